"""Version 4: contexts and latencies of days that are over in one row a series and day; no foreign keys to series.

The rows themselves are packed by the daemon while it measures, a few at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alembic.operations import Operations


_SHAPES: Final[Mapping[str, Mapping[str, object]]] = {"run": {}, "failure": {}, "rollup": {"sqlite_with_rowid": False}}
"""The large tables, and what SQLite does not tell of itself."""


def upgrade(op: Operations) -> None:
    """Make the tables of packed days, and the large ones without foreign keys."""
    for name in ("failure_day", "rollup_day"):
        op.create_table(
            name,
            sa.Column("series_id", sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("day", sa.Integer(), nullable=False),
            sa.Column("count", sa.Integer(), nullable=False),
            sa.Column("content", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("series_id", "day"),
        )
    for name, shape in _SHAPES.items():
        if op.get_context().dialect.name == "sqlite":  # it cannot drop a constraint, only make the table anew
            with op.batch_alter_table(
                name, recreate="always", copy_from=_without_foreign_keys(op, name), table_kwargs=shape
            ):
                pass
        else:
            op.drop_constraint(f"{name}_series_id_fkey", name, type_="foreignkey")


def _without_foreign_keys(op: Operations, name: str) -> sa.Table:
    found = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind(), resolve_fks=False)
    for constraint in found.foreign_key_constraints:
        found.constraints.discard(constraint)
    return found
