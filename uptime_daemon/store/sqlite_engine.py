"""What every record in SQLite shares, be it in a file or in memory: its connections and the names of its troubles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from uptime_daemon.store import engine as engines
from uptime_daemon.store.engine import READER_WAIT_SECONDS
from uptime_daemon.store.errors import DAMAGED

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping


READ_ONLY: Final = "query_only=ON"
"""The pragma of connections that read."""


def sqlite_engine(
    url: URL,
    connections: int,
    pragmas: tuple[str, ...],
    begin: str,
    before: Callable[[Connection], None] | None = None,
    **driver: Any,
) -> Engine:
    """An engine whose transactions begin with a statement, after something that may refuse them.

    `driver` goes to Python's own.
    """
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=READER_WAIT_SECONDS,
        # Without an isolation level Python's driver begins no transactions by itself; ours hold reads and DDL too.
        connect_args={
            "timeout": engines.BUSY_TIMEOUT_SECONDS,
            "isolation_level": None,
            "check_same_thread": False,
            **driver,
        },
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        for pragma in ("foreign_keys=ON", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if before is not None:
            before(connection)
        connection.exec_driver_sql(begin)

    return engine


_NO_TEXT: Final = "Could not decode to UTF-8"
"""How Python's driver begins its word of a text that is none; SQLite itself takes it, so it has no name for it."""


def is_no_text(error: DBAPIError) -> bool:
    """Whether a row holds what is no text where there should be one: nobody who writes by this program leaves that."""
    return str(error.orig).startswith(_NO_TEXT)


def meaning_of(error: DBAPIError | sqlite3.Error | OSError, troubles: Mapping[str, str]) -> str | None:
    """What an error of the world means, by the start of SQLite's name of it; None for a mistake of ours."""
    if isinstance(error, DBAPIError) and is_no_text(error):
        return f"a row cannot be read ({error.orig}): {DAMAGED}"
    name = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlite_errorname", "")
    return next((text for start, text in troubles.items() if name.startswith(start)), None)
