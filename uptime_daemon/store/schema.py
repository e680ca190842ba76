"""Whether the tables in a database are ours and of this version, and how they become so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select

from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.tables import LEASE, METADATA, SCHEMA, SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from uptime_daemon.store.engine import Place


def version_of(place: Place, connection: Connection) -> int:
    """The version of the tables, 0 if there are none at all; a later one than this program's is refused."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return 0
    if SCHEMA.name not in tables:
        raise StoreError(f"{place}: it is a database of another program; name another one")
    version = connection.execute(select(SCHEMA.c.version)).scalar()
    if version is None or not 0 < version <= SCHEMA_VERSION:
        raise StoreError(
            f"{place}: its tables have version {version}, this program knows versions up to {SCHEMA_VERSION};"
            " use the version of uptime-daemon that wrote it"
        )
    return int(version)


def checked(place: Place, connection: Connection) -> bool:
    """Whether the tables of this version are there; False if there are none at all."""
    version = version_of(place, connection)
    if 0 < version < SCHEMA_VERSION:
        raise StoreError(
            f"{place}: its tables have version {version}, this program works with version {SCHEMA_VERSION};"
            " end the daemon, then run `uptime-daemon database backup FILE` and `uptime-daemon database upgrade`"
        )
    return version > 0


def make(place: Place, connection: Connection) -> None:
    """Make the tables, unless another program has made them since they were looked for."""
    if not checked(place, connection):
        METADATA.create_all(connection, checkfirst=False)
        connection.execute(insert(SCHEMA).values(version=SCHEMA_VERSION))
        connection.execute(insert(LEASE).values(epoch=0))
