"""What is done to a database as a whole: its tables carried to this version, its rows copied out and in.

A backup is a SQLite file whatever the database is, with every row of one moment; it is opened and verified like any
other, and restored into either engine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import MetaData, Table, func, select

from uptime_daemon.store.claims import doubt_waiting_letters
from uptime_daemon.store.dialects import Prepared, count_on
from uptime_daemon.store.engine import closing, told
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.migrations import carry
from uptime_daemon.store.places import place_of
from uptime_daemon.store.schema import version_of
from uptime_daemon.store.sqlite import SqliteFile
from uptime_daemon.store.tables import LEASE, SCHEMA, SCHEMA_VERSION

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection
    from sqlalchemy.exc import DBAPIError

    from uptime_daemon.store.engine import Place

    Told = Callable[[str, int], None]
    """Is told the table that has been copied, and how many rows it has."""

ROWS_AT_ONCE: Final = 1_000
"""Rows in memory while they are copied; an evidence row may be megabytes."""
_FILLED: Final = frozenset({SCHEMA.name, LEASE.name})  # every new database has these rows


@dataclass(frozen=True, slots=True)
class Counted:
    """What is in a database."""

    place: str
    version: int
    """Of the tables."""
    size_bytes: int
    rows: Mapping[str, int]
    """By table."""


class Backup(SqliteFile):
    """A copy of a backup in a folder: one of an older version is upgraded, and a backup is never changed.

    Its troubles are told by the name of the backup.
    """

    def __init__(self, file: Path, folder: Path) -> None:
        own = folder / "backup.db"
        try:
            # A file that was copied beside a running daemon has a part of its rows in its log.
            for end in ("", "-wal"):
                if (part := file.with_name(file.name + end)).exists():
                    shutil.copyfile(part, own.with_name(own.name + end))
        except OSError as error:
            raise StoreError(
                f"{file}: it cannot be copied to {folder}: {error.strerror}; TMPDIR may name a folder with more room"
            ) from error
        super().__init__(own)
        self._named = file

    def trouble(self, error: DBAPIError | sqlite3.Error | OSError) -> str | None:
        """What an error of the world means, for people; None for a mistake of ours."""
        text = super().trouble(error)
        return text and text.replace("restore a backup", "take another backup")


def upgrade(url: str) -> tuple[int, int]:
    """Carry the tables to this program's version, all or nothing; returns the versions before and after."""
    return upgraded(place_of(url))


def upgraded(place: Place) -> tuple[int, int]:
    """The same of a place."""
    with told(place), closing(place.writing_engine()) as engine:
        lock = place.measuring_lock(engine)
        try:
            with _there(place) as connection:
                version = _made(place, connection)
            with engine.begin() as connection:
                lock.acquire(connection)
                version = _made(place, connection)  # another program may have done it meanwhile
                if version < SCHEMA_VERSION:
                    carry(connection, version, SCHEMA_VERSION)
        finally:
            lock.release()
    return version, SCHEMA_VERSION


def backup(url: str, file: Path, heard: Told) -> int:
    """Write every row of one moment into a new SQLite file, beside a running daemon; returns the number of rows."""
    if file.exists():
        raise StoreError(f"{file}: it exists already; name a new file")
    if not file.parent.is_dir():
        raise StoreError(f"{file}: the folder {file.parent} does not exist; create it")
    place = place_of(url)
    part = file.with_name(f"{file.name}.part")
    _remove(part)
    copy = SqliteFile(part)
    try:
        with _there(place) as source:
            version = _made(place, source)
            copy.touch()
            with told(copy), closing(copy.writing_engine()) as engine, engine.begin() as target:
                carry(target, 0, version)
                rows = _copied(source, target, heard)
        copy.settle()
        _named(part, file)
        SqliteFile(file).settle()
    except FileExistsError:
        raise StoreError(f"{file}: it exists already; name a new file") from None
    finally:
        _remove(part)
    return rows


def restore(url: str, file: Path, heard: Told) -> int:
    """Fill a new or empty database with the rows of a backup, all or nothing; returns the number of rows.

    Letters to vendors that wait in it are in doubt from then on, for a vendor must not get one twice.
    """
    if not file.is_file():
        raise StoreError(f"{file}: there is no such file; name a backup")
    place = place_of(url)
    with tempfile.TemporaryDirectory(prefix="uptime-restore-") as folder, told(place):
        backed = Backup(file, Path(folder))
        upgraded(backed)
        place.prepare(create=True)
        with _there(backed) as source, closing(place.writing_engine()) as engine:
            lock = place.measuring_lock(engine)
            try:
                with engine.begin() as target:
                    lock.acquire(target)
                    _refuse_filled(place, target)
                    rows = _copied(source, target, heard)
                    doubt_waiting_letters(target)
                    return rows
            finally:
                lock.release()


def counted(url: str) -> Counted:
    """How many rows each table has at one moment, and how much room the whole takes."""
    place = place_of(url)
    with _there(place) as connection, closing(place.reading_engine()) as engine:
        version = _made(place, connection)
        rows = {
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in sorted(_tables(connection), key=lambda table: table.name)
        }
        return Counted(str(place), version, place.size_bytes(engine), rows)


@contextmanager
def _there(place: Place) -> Iterator[Connection]:
    """A reading transaction in a database that is there."""
    place.look(create=False)
    with told(place), closing(place.reading_engine()) as engine, engine.begin() as connection:
        yield connection


def _made(place: Place, connection: Connection) -> int:
    version = version_of(place, connection)
    if version == 0:
        raise StoreError(f"{place}: there are no tables in it; `uptime-daemon run` makes them")
    return version


def _refuse_filled(place: Place, connection: Connection) -> None:
    for table in _tables(connection):
        if table.name not in _FILLED and connection.execute(select(table).limit(1)).first() is not None:
            raise StoreError(f"{place}: it holds rows already; restore into a new database")


def _tables(connection: Connection) -> list[Table]:
    """The tables as they are in a database, what others refer to first."""
    found = MetaData()
    found.reflect(connection)
    return list(found.sorted_tables)


def _copied(source: Connection, target: Connection, heard: Told) -> int:
    """Copy every row of every table; what cannot be counted again in the copy is an error."""
    total = 0
    for table in _tables(target):
        if table.name == SCHEMA.name:
            continue
        target.execute(table.delete())  # what every new database has
        keys = [column for column in table.columns if column.primary_key]
        insert = Prepared(target.dialect, table.insert())
        reading = source.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)
        written = 0
        for rows in reading.execute(select(*table.columns).order_by(*keys)).partitions():
            insert.write(target, [tuple(_bare(value) for value in row) for row in rows])
            written += len(rows)
        there = target.execute(select(func.count()).select_from(table)).scalar_one()
        if there != written:
            raise StoreError(f"{table.name}: {written} rows were read and {there} are in the copy; look at both disks")
        count_on(target, table)
        heard(table.name, written)
        total += written
    return total


def _bare(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview | bytearray) else value


def _named(part: Path, file: Path) -> None:
    """Give a whole file its name; `FileExistsError` if another one has it, for a rename would replace that."""
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:  # this file system knows no second name of a file
        file.touch(exist_ok=False)
        part.replace(file)


def _remove(part: Path) -> None:
    for name in (part.name, f"{part.name}-wal", f"{part.name}-shm", f"{part.name}-journal"):
        part.with_name(name).unlink(missing_ok=True)
