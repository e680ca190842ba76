"""Connections: where the database is, whether it is ours, how it is opened, and what its troubles mean to people."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from uptime_daemon.store.ports import StoreError
from uptime_daemon.store.tables import METADATA, SCHEMA, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_TIMEOUT_SECONDS: Final = 5
"""How long a statement waits for a lock of another program: far longer than a command's transaction, which takes
milliseconds, and short enough that a stuck program is named while somebody still watches."""
READERS_MAX: Final = 8
"""Connections that read at the same time: pages, commands and the judging, with room; the next one waits."""
READER_WAIT_SECONDS: Final = 30
"""How long a reader waits for its turn before it gives up: the longest read of a year takes a few seconds."""

_PRIVATE: Final = 0o600  # letters, contracts and names of people: for the daemon's user only

_LOCKED: Final = f"another program has kept it locked for more than {BUSY_TIMEOUT_SECONDS} s; end that program"
# By the start of SQLite's name of an error of the world: what it means and what to do.
_TROUBLES: Final = {
    "SQLITE_FULL": "the disk or the quota is full; free some space, a restart is not needed",
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_PROTOCOL": _LOCKED,
    "SQLITE_READONLY": "it cannot be written; give this user write access to the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; the file and its folder must be writable for this user",
    "SQLITE_PERM": "it cannot be opened; the file and its folder must be writable for this user",
    "SQLITE_NOTADB": "it is no SQLite database; name another file",
    "SQLITE_CORRUPT": "the file is damaged; restore a backup",
    "SQLITE_IOERR": "the disk reports an error; look at the system's log",
    "SQLITE_NOMEM": "the memory is full; end other programs",
}


def trouble(error: DBAPIError | sqlite3.Error) -> str | None:
    """What an error of the world means, for people; None for a mistake of ours, which must not be taken for one."""
    name = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlite_errorname", "")
    return next((text for start, text in _TROUBLES.items() if name.startswith(start)), None)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn the database's troubles into `StoreError` with the file's name; mistakes of ours pass unchanged."""
    try:
        yield
    except PoolTimeoutError as error:
        raise StoreError(
            f"{path}: {READERS_MAX} reads have not ended for {READER_WAIT_SECONDS} s; try again later"
        ) from error
    except (DBAPIError, sqlite3.Error) as error:
        if (text := trouble(error)) is None:
            raise
        raise StoreError(f"{path}: {text}") from error


def location(url: str) -> Path:
    """The file that a database URL names."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the database is no URL; write sqlite:///uptime.db") from None
    if parsed.get_backend_name() != "sqlite":
        raise StoreError(f"a database of kind {parsed.get_backend_name()} cannot be used; write sqlite:///uptime.db")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError("a record in memory proves nothing; write sqlite:///uptime.db")
    return Path(parsed.database)


def writing_engine(path: Path) -> Engine:
    """The engine of the one thread that writes: one connection, every transaction locked from its first statement."""
    return _engine(path, 1, ("synchronous=FULL",), "BEGIN IMMEDIATE")


def reading_engine(path: Path) -> Engine:
    """The engine of all that reads: each transaction sees one state of the database, and none can write."""
    return _engine(path, READERS_MAX, ("query_only=ON",), "BEGIN")


def _engine(path: Path, connections: int, pragmas: tuple[str, ...], begin: str) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=READER_WAIT_SECONDS,
        # Without an isolation level Python's driver begins no transactions by itself; ours hold reads and DDL as well.
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        for pragma in ("foreign_keys=ON", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def prepare(path: Path, *, create: bool) -> None:
    """Make sure that the file is a database of ours with the tables of this version; create it if asked."""
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist; create it")
    if path.is_dir():
        raise StoreError(f"{path}: that is a folder; name a file")
    if not path.exists() and not create:
        raise StoreError(f"{path}: there is no database; `uptime-daemon run` creates it")
    for needed in (path.parent, *(each for each in (path,) if each.exists())):
        if not os.access(needed, os.W_OK):
            raise StoreError(f"{path}: {needed} cannot be written; give this user write access, SQLite needs both")
    if not path.exists():
        with suppress(FileExistsError):  # another program creates it at the same time: both go on with that file
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))
    with told(path):
        # First only looked at: a file of another program must not be touched, and one of ours may be in use.
        with _closing(reading_engine(path)) as engine, engine.begin() as connection:
            made = _checked(path, connection)
        if not made and not create:
            raise StoreError(f"{path}: the file is empty; `uptime-daemon run` makes a database of it")
        with _closing(writing_engine(path)) as engine:
            if not made:
                _make_tables(path, engine)
            _switch_log_on(path, engine)


@contextmanager
def _closing(engine: Engine) -> Iterator[Engine]:
    """An engine whose connections are closed at the end."""
    try:
        yield engine
    finally:
        engine.dispose()


def _make_tables(path: Path, engine: Engine) -> None:
    with engine.begin() as connection:
        if not _checked(path, connection):  # another program may have made them since
            METADATA.create_all(connection, checkfirst=False)
            connection.execute(insert(SCHEMA).values(version=SCHEMA_VERSION))


def _checked(path: Path, connection: Connection) -> bool:
    """Whether the tables of this version are there; False if there are none at all."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return False
    if SCHEMA.name not in tables:
        raise StoreError(f"{path}: it is a database of another program; name another file")
    version = connection.execute(select(SCHEMA.c.version)).scalar()
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{path}: its tables have version {version}, this program knows version {SCHEMA_VERSION};"
            " use the version of uptime-daemon that wrote it"
        )
    return True


def _switch_log_on(path: Path, engine: Engine) -> None:
    """Use a write-ahead log: readers and the writer never wait for each other."""
    connection = engine.raw_connection()  # the mode cannot change within a transaction
    try:
        cursor = connection.cursor()
        (mode,) = cursor.execute("PRAGMA journal_mode").fetchone()
        if mode != "wal":
            (mode,) = cursor.execute("PRAGMA journal_mode=WAL").fetchone()
    finally:
        connection.close()
    if mode != "wal":
        raise StoreError(f"{path}: this file system allows no write-ahead log; use a local disk")


class MeasuringLock:
    """Held by the one process that measures into a database; the system lets go of it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}-daemon")  # beside it: a lock on the file itself would disturb SQLite
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock, or say that another process has it."""
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, _PRIVATE)
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}; this user must be able to write it") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise StoreError(f"{self._path}: another daemon measures into this database; end it first") from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
