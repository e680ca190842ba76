"""Version 2: a number for each time that a daemon began to measure, so that a former one is told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Make the table of the one number."""
    op.create_table("lease", sa.Column("epoch", sa.BigInteger(), primary_key=True, autoincrement=False))
    op.execute("INSERT INTO lease (epoch) VALUES (0)")
