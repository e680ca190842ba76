"""Whether the tables in a database are ours and of this version, and how they come into being."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select

from uptime_daemon.store.ports import StoreError
from uptime_daemon.store.tables import METADATA, SCHEMA, SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from uptime_daemon.store.engine import Place


def checked(place: Place, connection: Connection) -> bool:
    """Whether the tables of this version are there; False if there are none at all."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return False
    if SCHEMA.name not in tables:
        raise StoreError(f"{place}: it is a database of another program; name another one")
    version = connection.execute(select(SCHEMA.c.version)).scalar()
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{place}: its tables have version {version}, this program knows version {SCHEMA_VERSION};"
            " use the version of uptime-daemon that wrote it"
        )
    return True


def make(place: Place, connection: Connection) -> None:
    """Make the tables, unless another program has made them since they were looked for."""
    if not checked(place, connection):
        METADATA.create_all(connection, checkfirst=False)
        connection.execute(insert(SCHEMA).values(version=SCHEMA_VERSION))
