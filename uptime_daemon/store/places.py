"""From the URL of a database to the place that it names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import IN_MEMORY
from uptime_daemon.store.memory import MemoryRecord
from uptime_daemon.store.postgresql import PostgresDatabase
from uptime_daemon.store.sqlite import SqliteFile

if TYPE_CHECKING:
    from uptime_daemon.store.engine import Place


def place_of(url: str) -> Place:
    """The place that a URL such as `sqlite:///uptime.db` or `postgresql://user@host/db` names, or `memory`.

    Records of one process in memory are told apart by a name: `memory:other`.
    """
    scheme, _, name = url.partition(":")
    if scheme == IN_MEMORY:
        return MemoryRecord(name)
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the database is no URL; write sqlite:///uptime.db") from None
    match parsed.drivername:
        case "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise StoreError("the URL names no file; write sqlite:///uptime.db, or memory for a record without one")
            return SqliteFile(Path(parsed.database))
        case "postgresql":
            if not parsed.database:
                raise StoreError("the URL names no database; write postgresql://user@host/uptime")
            return PostgresDatabase(parsed)
        case kind:
            raise StoreError(
                f"a database of kind {kind} cannot be used; write sqlite:///uptime.db or postgresql://user@host/uptime"
            )
