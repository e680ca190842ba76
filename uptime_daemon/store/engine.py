"""What every database is asked for, and how its troubles are told; `sqlite`, `postgresql` and `memory` answer."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from uptime_daemon.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

BUSY_TIMEOUT_SECONDS: Final = 5
"""How long a statement waits for a lock of another program: far longer than a command's transaction, which takes
milliseconds, and short enough that a stuck program is named while somebody still watches."""
READERS_MAX: Final = 8
"""Connections that read at the same time: pages, commands and the judging, with room; the next one waits."""
READER_WAIT_SECONDS: Final = 30
"""How long a reader waits for its turn before it gives up: the longest read of a year takes a few seconds."""

LOCKED: Final = f"another program has kept it locked for more than {BUSY_TIMEOUT_SECONDS} s; end that program"
MEASURED_BY_ANOTHER: Final = "another daemon measures into this database; end it first"


class MeasuringLock(Protocol):
    """Held by the one process that measures into a database; it is gone when the process is."""

    def acquire(self, connection: Connection) -> None:
        """Hold the lock by this connection or beside it, or say that another process has it. Held is held."""

    def release(self) -> None:
        """Let go of the lock, if it is held."""


class Place(Protocol):
    """Where a database is, and all in which one engine differs from another but its SQL, see `dialects`.

    As text it is the place as people know it, without a password.
    """

    def prepare(self, *, create: bool) -> None:
        """Make sure that there is a database of ours with the tables of this version; make them if asked."""

    def look(self, *, create: bool) -> None:
        """Make sure that it can be used, whatever tables it has, and is there unless it is to be created."""

    def writing_engine(self) -> Engine:
        """The engine of the one thread that writes: one connection, each transaction keeps other writers out."""

    def reading_engine(self) -> Engine:
        """The engine of all that reads: each transaction sees one state of the database, and none can write."""

    def measuring_lock(self, writing: Engine) -> MeasuringLock:
        """What keeps a second daemon out of this database."""

    def size_bytes(self, reading: Engine) -> int:
        """How much room it takes, as far as known; never raises for trouble."""

    def damage(self, reading: Engine) -> list[str]:
        """What of its pages does not fit together, as far as the engine can tell."""

    def trouble(self, error: DBAPIError | sqlite3.Error | OSError) -> str | None:
        """What an error of the world means, for people; None for a mistake of ours, never to be taken for one."""


@contextmanager
def told(place: Place) -> Iterator[None]:
    """Turn the database's troubles into `StoreError` with its name; mistakes of ours pass unchanged."""
    try:
        yield
    except PoolTimeoutError as error:
        raise StoreError(
            f"{place}: {READERS_MAX} reads have not ended for {READER_WAIT_SECONDS} s; try again later"
        ) from error
    except (DBAPIError, sqlite3.Error, OSError) as error:
        if (text := place.trouble(error)) is None:
            raise
        raise StoreError(f"{place}: {text}") from error


@contextmanager
def closing(engine: Engine) -> Iterator[Engine]:
    """An engine whose connections are closed at the end."""
    try:
        yield engine
    finally:
        engine.dispose()
