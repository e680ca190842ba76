"""What is opened is ours and of this version; everything else is refused with a message that says what to do."""

import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.store.samples import EVER, HERE, T0, fact, observe_all, passed, runs_of_one
from uptime_daemon.store.database import open_store
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.tables import METADATA, SCHEMA_VERSION

NOBODY = 65534
"""A user without rights on every Linux."""


def test_a_new_database_is_private_and_durable(url: str, path: Path) -> None:
    """It is created for its user only, with a write-ahead log, full synchronisation and foreign keys."""
    with open_store(url, create=True) as store:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with store._writing.begin() as connection:
            pragmas = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5_000}


def test_readers_cannot_write(url: str) -> None:
    """A page that reads has a connection that refuses to write."""
    with (
        open_store(url, create=True) as store,
        pytest.raises(StoreError, match="it cannot be written"),
    ):
        store._read(lambda connection: connection.exec_driver_sql("DELETE FROM fact"))


def test_a_database_that_is_not_there_is_only_created_when_asked(url: str, path: Path) -> None:
    """A command that reads does not leave an empty database behind."""
    with pytest.raises(StoreError, match=r"uptime\.db: there is no database; `uptime-daemon run` creates it"):
        open_store(url, create=False)
    assert not path.exists()


def test_an_empty_file_becomes_a_database_when_asked(url: str, path: Path) -> None:
    """What a crash between creating the file and its tables leaves is taken up again."""
    path.touch()
    with pytest.raises(StoreError, match="the file is empty; `uptime-daemon run` makes a database of it"):
        open_store(url, create=False)
    open_store(url, create=True).close()


def test_a_database_of_another_program_is_refused_untouched(url: str, path: Path) -> None:
    """A foreign database gets no table and no other journal."""
    with closing(sqlite3.connect(path)) as foreign:
        foreign.execute("CREATE TABLE heartbeat (id)")
        foreign.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="it is a database of another program; name another one"):
        open_store(url, create=True)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_file_that_is_no_database_is_refused_untouched(url: str, path: Path) -> None:
    """A text file stays a text file."""
    path.write_text("probes: probes/\n" * 100, encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="it is no SQLite database; name another file"):
        open_store(url, create=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 0])
def test_tables_of_another_version_are_refused(url: str, path: Path, version: int) -> None:
    """A newer database is not touched by an older program."""
    open_store(url, create=True).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE schema_version SET version = ?", (version,))
        database.commit()
    expected = (
        f"its tables have version {version}, this program knows versions up to {SCHEMA_VERSION}; use the version of"
    )
    with pytest.raises(StoreError, match=expected):
        open_store(url, create=True)


def test_a_damaged_file_says_so(url: str, path: Path) -> None:
    """Overwritten pages are named as damage, when they are read and when they are written."""
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        observe_all(store, [passed(T0, f"acme/{number}") for number in range(500)])
    content = bytearray(path.read_bytes())
    page = 4_096
    content[page:] = bytes(255 for _ in range(len(content) - page))
    path.write_bytes(content)
    with pytest.raises(StoreError, match="the file is damaged; restore a backup"):
        open_store(url, create=False)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("uptime.db", "the database is no URL; write sqlite:///uptime.db"),
        (
            "mysql://ana@db/uptime",
            "a database of kind mysql cannot be used; write sqlite:///uptime.db or postgresql://",
        ),
        ("postgresql+asyncpg://db/uptime", "a database of kind postgresql+asyncpg cannot be used; write sqlite:///"),
        ("postgresql://ana@db", "the URL names no database; write postgresql://user@host/uptime"),
        ("sqlite://", "the URL names no file; write sqlite:///uptime.db, or memory for a record without one"),
        ("sqlite:///:memory:", "the URL names no file; write sqlite:///uptime.db, or memory for a record without"),
        ("sqlite:////no/such/folder/uptime.db", "the folder /no/such/folder does not exist; create it"),
        ("sqlite:////", "that is a folder; name a file"),
    ],
)
def test_a_url_that_names_no_place_is_refused(url: str, message: str) -> None:
    """Each mistake in the URL says what to write instead."""
    with pytest.raises(StoreError) as refused:
        open_store(url, create=True)
    assert message in str(refused.value)


def test_a_password_in_the_url_is_not_repeated() -> None:
    """What may be a secret is not in the message."""
    with pytest.raises(StoreError) as refused:
        open_store("postgresql//ana:s3cret@db/uptime", create=True)
    assert "s3cret" not in str(refused.value)


def _open_as_nobody(url: str, told: Connection) -> None:
    """In a process of its own: give up all rights, try to open, and tell what came of it."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    try:
        open_store(url, create=True).close()
    except StoreError as error:
        told.send(str(error))
    else:
        told.send("opened")


@pytest.mark.needs_root
@pytest.mark.parametrize("there", [True, False])
def test_a_place_that_cannot_be_written_says_so(there: bool) -> None:
    """A user without write access to the folder, or to the file, is told which."""
    processes = multiprocessing.get_context("forkserver")  # it has imported what another user may not be able to read
    processes.set_forkserver_preload(["tests.store.test_opening"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "uptime.db"
        if there:
            open_store(f"sqlite:///{path}", create=True).close()
        Path(folder).chmod(0o777 if there else 0o755)
        heard, told = processes.Pipe(duplex=False)
        process = processes.Process(target=_open_as_nobody, args=(f"sqlite:///{path}", told))
        process.start()
        assert heard.poll(300)
        message = heard.recv()
        process.join(120)
    needed = path if there else path.parent
    assert message == f"{path}: {needed} cannot be written; give this user write access, SQLite needs both"


def test_many_processes_may_create_it_at_once(url: str) -> None:
    """Whoever comes second finds the tables that the first one made."""
    program = (
        "import sys\nfrom uptime_daemon.store.database import open_store\nopen_store(sys.argv[1], create=True).close()"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    with open_store(url, create=False) as store:
        assert store.append_fact(fact("T1")) == 1


def test_the_tables_are_made_for_every_database() -> None:
    """Instants are 64 bits wide in every database, and no table has a type that only one of them knows."""
    kinds = {
        (column.name, type(column.type).__name__) for table in METADATA.tables.values() for column in table.columns
    }
    narrow = {name for name, kind in kinds if kind == "Integer"}
    assert narrow == {"version", "slot", "day", "count", "number", "revision", "attempts"}
    assert {kind for _, kind in kinds} <= {"Integer", "BigInteger", "AutoString", "Text", "LargeBinary"}


def test_what_was_written_is_read_by_the_next_process(url: str) -> None:
    """Closing and opening changes nothing."""
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        observe_all(store, [passed(T0)])
        before = runs_of_one(store)
    with open_store(url, create=False) as store:
        assert runs_of_one(store) == before
        assert store.absences(EVER) == []
