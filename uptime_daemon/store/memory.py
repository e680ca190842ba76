"""A record in the memory of this process: for status page, metrics and alerts without a disk; it proves nothing.

It is SQLite with everything but the durability: the same tables and statements as in a file. A record has a name and
lives as long as the process; whoever opens the name again finds it.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, cast
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from uptime_daemon.store.engine import MEASURED_BY_ANOTHER, READERS_MAX, closing, told
from uptime_daemon.store.errors import UNREACHABLE, MeasuredError, StoreError
from uptime_daemon.store.kept import IN_MEMORY
from uptime_daemon.store.schema import make
from uptime_daemon.store.sqlite_engine import READ_ONLY, meaning_of, sqlite_engine
from uptime_daemon.store.turns import Turns, TurnTaking

VERSION_MIN: Final = (3, 36)
"""The first SQLite in which the connections of one process share a database in memory by its name."""
TURN_SECONDS_MAX: Final = 20
"""How long a transaction waits for its turn: longer than any reading of what fits into memory, and shorter than the
30 s that the caller of a writer waits, so that he learns what came of it."""

_SIZE: Final = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"

# By the start of SQLite's name of an error of the world: what it means and what to do.
_TROUBLES: Final = {
    "SQLITE_FULL": "its memory is full, SQLite takes 1 GiB at most; name a place on a disk and start again",
    "SQLITE_NOMEM": "the memory is full; end other programs",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What the places of one name share."""

    keeper: sqlite3.Connection
    """A database in memory is gone with its last connection: this one is never closed."""
    turns: Turns = field(default_factory=Turns)
    measured: Lock = field(default_factory=Lock)
    """Held by whoever measures into it."""


_RECORDS: Final[dict[str, Kept]] = {}
"""The records of this process, by name."""
_KEEPING: Final = Lock()


class MemoryRecord:
    """A database that ends with this process. Its transactions take turns: it has no log that readers could read by."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._size = 0

    def __str__(self) -> str:
        return f"{IN_MEMORY}:{self._name}" if self._name else IN_MEMORY

    def prepare(self, *, create: bool) -> None:
        """Make sure that the record is there with the tables of this version; make them if asked."""
        self.look(create=create)
        with told(self), closing(self.writing_engine()) as engine, engine.begin() as connection:
            make(self, connection)

    def look(self, *, create: bool) -> None:
        """Make sure that the record is one of this process unless it is to be created."""
        if sqlite3.sqlite_version_info < VERSION_MIN:
            least = ".".join(map(str, VERSION_MIN))
            raise StoreError(f"{self}: SQLite {sqlite3.sqlite_version} is too old for it; use {least} or later")
        if not create and self._name not in _RECORDS:
            raise StoreError(f"{self}: {UNREACHABLE}")

    def writing_engine(self) -> Engine:
        """The engine of the one thread that writes: each transaction has the record for itself."""
        return self._engine(1, (), "BEGIN IMMEDIATE", alone=True)

    def reading_engine(self) -> Engine:
        """The engine of all that reads: transactions that share their turns, and none can write."""
        return self._engine(READERS_MAX, (READ_ONLY,), "BEGIN", alone=False)

    def measuring_lock(self, writing: Engine) -> ProcessLock:  # noqa: ARG002 - other databases hold it by a connection
        """A lock within this process, which alone has the record."""
        return ProcessLock(self)

    def size_bytes(self, reading: Engine) -> int:
        """Its pages; what was known last while it cannot be read."""
        with suppress(StoreError), told(self), reading.begin() as connection:
            self._size = int(connection.exec_driver_sql(_SIZE).scalar_one())
        return self._size

    def damage(self, reading: Engine) -> list[str]:  # noqa: ARG002 - files are asked
        """Nothing: no page of it is ever written by half or by another program, and the seals find what rows say."""
        return []

    def trouble(self, error: DBAPIError | sqlite3.Error | OSError) -> str | None:
        """What an error of the world means, for people; None for a mistake of ours, as a lock within it would be."""
        return meaning_of(error, _TROUBLES)

    def _engine(self, connections: int, pragmas: tuple[str, ...], begin: str, *, alone: bool) -> Engine:
        def take_turn(connection: Connection) -> None:
            own = cast("TurnTaking", connection.connection.dbapi_connection)
            own.end_turn = self.kept().turns.take(TURN_SECONDS_MAX, alone=alone)
            if own.end_turn is None:
                raise StoreError(f"{self}: others kept it busy for more than {TURN_SECONDS_MAX} s; try again later")

        url = URL.create("sqlite", database=self._file, query={"vfs": "memdb", "uri": "true"})
        return sqlite_engine(url, connections, pragmas, begin, take_turn, factory=TurnTaking)

    def kept(self) -> Kept:
        """What the places of this name share; with it the record begins, not with an engine that is not yet used."""
        with _KEEPING:
            if self._name not in _RECORDS:
                # It belongs to no thread: whoever comes first makes it.
                keeper = sqlite3.connect(f"{self._file}?vfs=memdb", uri=True, check_same_thread=False)
                _RECORDS[self._name] = Kept(keeper)
            return _RECORDS[self._name]

    @property
    def _file(self) -> str:
        return f"file:/uptime-{quote(self._name)}"  # by the slash it is one for all connections of this process


class ProcessLock:
    """The lock of the one store that measures into a record of this process."""

    def __init__(self, place: MemoryRecord) -> None:
        self._place = place
        self._held: Lock | None = None

    def acquire(self, connection: Any) -> None:  # noqa: ARG002 - the lock is beside the database
        """Take the lock, or say that another store has it."""
        if self._held is not None:
            return
        lock = self._place.kept().measured
        if not lock.acquire(blocking=False):
            raise MeasuredError(f"{self._place}: {MEASURED_BY_ANOTHER}")
        self._held = lock

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._held is not None:
            self._held.release()
            self._held = None
