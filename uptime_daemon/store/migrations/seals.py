"""Version 3: the chain of digests over what was recorded, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from uptime_daemon.store.migrations.first import BIG_ID

if TYPE_CHECKING:
    from alembic.operations import Operations


def upgrade(op: Operations) -> None:
    """Make the tables of the chain and of what is to be sealed anew."""
    op.create_table(
        "seal",
        sa.Column("id", BIG_ID, primary_key=True),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("seal_start", "seal", ["start"])
    op.create_table(
        "seal_due",
        sa.Column("start", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("why", sa.String(), nullable=False),
    )
