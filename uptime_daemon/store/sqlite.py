"""A record in one SQLite file: how it is opened, locked and measured, and what its troubles mean to people."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from uptime_daemon.store.engine import LOCKED, MEASURED_BY_ANOTHER, READERS_MAX, closing, told
from uptime_daemon.store.errors import MeasuredError, StoreError
from uptime_daemon.store.schema import checked, make
from uptime_daemon.store.sqlite_engine import READ_ONLY, meaning_of, sqlite_engine

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

DAMAGES_MAX: Final = 10
"""Damages told of one file: it is to be restored whatever else is wrong."""
LOG_TRIES: Final = 10
LOG_PAUSE_SECONDS: Final = 0.1
"""A daemon that ends removes its log a moment before it lets go of its lock."""
_LOG_GONE: Final = (
    "its log {} was removed; end the daemon, which puts into the file what the log held, and start it again"
)
_PRIVATE: Final = 0o600  # letters, contracts and names of people: for the daemon's user only

# By the start of SQLite's name of an error of the world: what it means and what to do.
_TROUBLES: Final = {
    "SQLITE_FULL": "the disk or the quota is full; free some space, a restart is not needed",
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_PROTOCOL": LOCKED,
    "SQLITE_READONLY": "it cannot be written; give this user write access to the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; the file and its folder must be writable for this user",
    "SQLITE_PERM": "it cannot be opened; the file and its folder must be writable for this user",
    "SQLITE_NOTADB": "it is no SQLite database; name another file",
    "SQLITE_CORRUPT": "the file is damaged; restore a backup",
    "SQLITE_IOERR": "the disk reports an error; look at the system's log",
    "SQLITE_NOMEM": "the memory is full; end other programs",
}


class SqliteFile:
    """A database in one file with a write-ahead log: readers and the writer never wait for each other."""

    def __init__(self, path: Path) -> None:
        self._named = path
        # By every name that a link gives it it is one file, with one log and one lock.
        self._path = Path(os.path.realpath(path))
        self._log = Path(f"{self._path}-wal")

    def __str__(self) -> str:
        return str(self._named)

    def prepare(self, *, create: bool) -> None:
        """Make sure that the file is a database of ours with the tables of this version; create it if asked."""
        self.look(create=create)
        if not self._path.exists():
            self.touch()
        with told(self):
            # First only looked at: a file of another program must not be touched, and one of ours may be in use.
            with closing(self.reading_engine()) as engine, engine.begin() as connection:
                made = checked(self, connection)
            if not made and not create:
                raise StoreError(f"{self}: the file is empty; `uptime-daemon run` makes a database of it")
            with closing(self.writing_engine()) as engine:
                if not made:
                    with engine.begin() as connection:
                        make(self, connection)
                self._switch_log_on(engine)

    def look(self, *, create: bool) -> None:
        """Make sure that the file can be used, and that it is there unless it is to be created."""
        path = self._path
        if not path.parent.is_dir():
            raise StoreError(f"{self}: the folder {path.parent} does not exist; create it")
        if path.is_dir():
            raise StoreError(f"{self}: that is a folder; name a file")
        if not path.exists() and not create:
            raise StoreError(f"{self}: there is no database; `uptime-daemon run` creates it")
        if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
            raise StoreError(f"{self}: the disk is mounted read-only; mount it for writing, or name another place")
        for needed in (path.parent, *(each for each in (path,) if each.exists())):
            if not os.access(needed, os.W_OK):
                raise StoreError(f"{self}: {needed} cannot be written; give this user write access, SQLite needs both")
        self._refuse_without_log()

    def touch(self) -> None:
        """Create the empty file for this user alone."""
        with suppress(FileExistsError):  # another program creates it at the same time: both go on with that file
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))

    def settle(self) -> None:
        """Make the file whole by itself and durable, so that it can be moved."""
        for place in (self._path, self._path.parent):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def writing_engine(self) -> Engine:
        """The engine of the one thread that writes: every transaction is locked from its first statement."""
        engine = self._engine(1, ("synchronous=FULL",), "BEGIN IMMEDIATE")

        @event.listens_for(engine, "connect")
        def _look_at_the_file(_connection: Any, record: ConnectionPoolEntry) -> None:
            record.info["file"] = _identity(self._path)

        # Before the transaction begins: an open file that was removed or moved takes every write, and all is lost.
        @event.listens_for(engine, "begin", insert=True)
        def _is_still_there(connection: Connection) -> None:
            found = _identity(self._path)
            if found is None:
                raise StoreError(f"{self}: the file is gone; put it back, or restore a backup and start again")
            if found != connection.info["file"]:
                raise StoreError(f"{self}: another file has taken its place; start again to use that one")
            if connection.info.get("log") not in {None, _identity(self._log)}:
                raise StoreError(f"{self}: {_LOG_GONE.format(self._log.name)}")

        @event.listens_for(engine, "begin")
        def _look_at_the_log(connection: Connection) -> None:
            if connection.info.get("log") is None:
                connection.info["log"] = _identity(self._log)

        return engine

    def reading_engine(self) -> Engine:
        """The engine of all that reads: each transaction sees one state of the database, and none can write."""
        return self._engine(READERS_MAX, (READ_ONLY,), "BEGIN")

    def measuring_lock(self, writing: Engine) -> FileLock:  # noqa: ARG002 - other databases hold it by a connection
        """A lock beside the file."""
        return FileLock(self._path)

    def size_bytes(self, reading: Engine) -> int:  # noqa: ARG002 - other databases have to be asked
        """The file and its log."""
        files = (self._path, self._log)
        return sum(file.stat().st_size for file in files if file.exists())

    def damage(self, reading: Engine) -> list[str]:
        """What of its pages does not fit together: a page that was written by half, or by another program."""
        try:
            with reading.begin() as connection:
                found = connection.exec_driver_sql(f"PRAGMA quick_check({DAMAGES_MAX})").scalars().all()
        except DBAPIError as error:
            if (text := self.trouble(error)) is None:
                raise
            return [text]
        return [f"the file is damaged: {text}; restore a backup" for text in found if text != "ok"]

    def trouble(self, error: DBAPIError | sqlite3.Error | OSError) -> str | None:
        """What an error of the world means, for people; None for a mistake of ours."""
        return meaning_of(error, _TROUBLES)

    def _refuse_without_log(self) -> None:
        """A daemon that measures has a log; one that was removed it still holds, and puts it over what others write."""
        pause = Event()
        for _ in range(LOG_TRIES):
            if self._log.exists() or not FileLock(self._path).is_held_by_another():
                return
            pause.wait(LOG_PAUSE_SECONDS)
        raise StoreError(f"{self}: {_LOG_GONE.format(self._log.name)}")

    def _engine(self, connections: int, pragmas: tuple[str, ...], begin: str) -> Engine:
        return sqlite_engine(URL.create("sqlite", database=str(self._path)), connections, pragmas, begin)

    def _switch_log_on(self, engine: Engine) -> None:
        connection = engine.raw_connection()  # the mode cannot change within a transaction
        try:
            cursor = connection.cursor()
            (mode,) = cursor.execute("PRAGMA journal_mode").fetchone()
            if mode != "wal":
                (mode,) = cursor.execute("PRAGMA journal_mode=WAL").fetchone()
        finally:
            connection.close()
        if mode != "wal":
            raise StoreError(f"{self}: this file system allows no write-ahead log; use a local disk")


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file lies at a path, None if none does."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


class FileLock:
    """The lock of the one process that measures; the system lets go of it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}-daemon")  # beside it: a lock on the file itself would disturb SQLite
        self._descriptor: int | None = None

    def acquire(self, connection: Connection | None = None) -> None:  # noqa: ARG002 - the lock is beside the database
        """Take the lock, or say that another process has it."""
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, _PRIVATE)
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}; this user must be able to write it") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise MeasuredError(f"{self._path}: {MEASURED_BY_ANOTHER}") from error
        self._descriptor = descriptor

    def is_held_by_another(self) -> bool:
        """Whether another process has it, or another part of this one."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
