"""How the tables of one version become those of the next: one file a version, in the same words for every database.

A file here is never changed once it is released, and says by itself what its tables look like: `tables` is always the
present. Never any judgement about rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from uptime_daemon.store.migrations import days, first, lease, seals, sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

STEPS: Final[Mapping[int, Callable[[Operations], None]]] = {
    1: first.upgrade,
    2: lease.upgrade,
    3: seals.upgrade,
    4: days.upgrade,
    5: sessions.upgrade,
}
"""What makes the tables of a version from those of the one before."""


def carry(connection: Connection, version: int, to: int) -> None:
    """Carry the tables from a version (0: there are none) to a later one, within the caller's transaction."""
    operations = Operations(MigrationContext.configure(connection))
    for step in range(version + 1, to + 1):
        STEPS[step](operations)
    statement = (
        "INSERT INTO schema_version (version) VALUES (:to)"
        if version == 0
        else "UPDATE schema_version SET version = :to"
    )
    connection.execute(text(statement), {"to": to})
