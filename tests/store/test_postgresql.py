"""What only a server can do: vanish and come back, serve several programs, be set up so that it may lose data."""

import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import make_url

from tests.store.samples import EVER, HERE, STALE, T0, context, fact, failed, observe_all, passed, runs_of_one
from tests.store.server import Server
from tests.store.writing import measure_until_replaced
from uptime_daemon.core.facts.run import runs_of
from uptime_daemon.core.time.instants import HOUR, SECOND
from uptime_daemon.store import engine
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import StoreError

pytestmark = pytest.mark.needs_command("initdb", "postgres")
FULL = "the server's disk is full; free some space, a restart is not needed"
LOST = "the connection to the server is lost|the server cannot be reached"


@pytest.fixture
def url(server: Server) -> str:
    """A place on the server without tables."""
    return server.url()


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def setting(server: Server, change: str, back: str) -> Iterator[None]:
    """A setting of the whole server."""
    server.execute(f"ALTER SYSTEM SET {change}")
    server.execute("SELECT pg_reload_conf()")
    name = change.partition("=")[0]
    eventually(lambda: server.execute(f"SHOW {name}") == [[change.partition("=")[2]]])
    try:
        yield
    finally:
        server.execute(f"ALTER SYSTEM RESET {name}")
        server.execute("SELECT pg_reload_conf()")
        eventually(lambda: server.execute(f"SHOW {name}") == [[back]])


def test_a_server_that_is_away_for_minutes_costs_nothing(store: Database, server: Server) -> None:
    """Observations wait, facts are refused, the trouble has a name; when it is back everything is written, once."""
    before = [passed(T0 + SECOND), failed(T0 + 31 * SECOND)]
    observe_all(store, before)
    assert store.append_fact(fact("before")) == 1
    size = store.stats().size_bytes
    server.stop()
    try:
        away = [(failed if second // 30 % 3 else passed)(T0 + second * SECOND) for second in range(61, 900, 30)]
        for observation in away:
            store.observe(observation, STALE, context(observation) if observation.outcome == "fail" else None)
        eventually(lambda: store.stats().trouble is not None)
        with pytest.raises(StoreError, match=LOST):
            store.append_fact(fact("away"))
        with pytest.raises(StoreError, match=LOST):
            store.facts()
        assert store.stats().pending > 0
        assert store.stats().size_bytes == size > 1_000_000
    finally:
        server.start()
    store.flush()
    assert runs_of_one(store) == list(runs_of([*before, *away], STALE))
    stats = store.stats()
    assert (stats.trouble, stats.lost, stats.contexts_lost, stats.pending) == (None, {}, 0, 0)
    assert [kept.subject for kept in store.facts()] == ["before"]
    assert len(store.failures(["acme/web"], EVER, 100)) == sum(each.outcome == "fail" for each in [*before, *away])
    assert store.absences(EVER) == []


def test_a_database_that_is_dropped_stops_nothing(server: Server) -> None:
    """Observations wait, facts are refused with the reason, and nothing is written anywhere else."""
    server.execute("CREATE DATABASE doomed")
    url = server.url().replace("/postgres?", "/doomed?").partition("&")[0]
    store = open_store(url, create=True)
    try:
        store.open_session(HERE, T0)
        server.execute("DROP DATABASE doomed WITH (FORCE)")
        store.observe(passed(T0 + SECOND), STALE)
        with pytest.raises(StoreError, match="there is no such database"):
            store.append_fact(fact("meanwhile"))
        eventually(lambda: "there is no such database" in (store.stats().trouble or ""))
        store.observe(passed(T0 + 31 * SECOND), STALE)
        assert store.stats().pending > 0
        assert store.stats().lost == {}
    finally:
        with pytest.raises(StoreError, match=r"rows are not written yet: .*there is no such database"):
            store.close()


@pytest.mark.needs_root
def test_a_disk_of_the_server_that_is_really_full(server: Server) -> None:
    """Tables on a disk of two megabytes: the trouble is told, space is freed, and all is written without a restart."""
    url = make_url(server.url())
    disk = Path(str(url.query["host"])) / "small"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,uid=postgres", "tmpfs", str(disk)], check=True, timeout=300)
    options = f"{url.query['options']} -cdefault_tablespace=small"
    try:
        server.execute(f"CREATE TABLESPACE small LOCATION '{disk}'")
        small = url.update_query_dict({"options": options})
        with open_store(small.render_as_string(hide_password=False), create=True) as store:
            store.open_session(HERE, T0)
            store.append_fact(fact("before"))
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(1_024))
            for number in range(2_000):
                store.observe(passed(T0 + SECOND, f"acme/{number}"), STALE)
            eventually(lambda: FULL in (store.stats().trouble or ""))
            with pytest.raises(StoreError, match=FULL):
                store.append_fact(fact("meanwhile", body={"text": token_hex(250_000)}))
            ballast.unlink()
            eventually(lambda: store.stats().trouble is None)
            store.flush()
            assert len(store.runs([f"acme/{number}" for number in range(2_000)], EVER)) == 2_000
            assert [kept.subject for kept in store.facts()] == ["before"]
            assert store.stats().lost == {}
    finally:
        server.execute(f"DROP SCHEMA {str(url.query['options']).rpartition('=')[2]} CASCADE")
        server.execute("DROP TABLESPACE small")
        subprocess.run(["umount", str(disk)], check=True, timeout=300)


def test_a_server_that_crashes_keeps_what_it_acknowledged(store: Database, server: Server) -> None:
    """After a crash every acknowledged fact and run is there."""
    numbers = [store.append_fact(fact(str(number))) for number in range(20)]
    observe_all(store, [passed(T0 + SECOND)])
    server.stop(server.CRASH)
    server.start()
    assert [kept.id for kept in store.facts()] == numbers
    assert len(runs_of_one(store)) == 1


def test_a_measuring_daemon_keeps_others_out_after_it_lost_its_connection(
    store: Database, server: Server, url: str
) -> None:
    """The lock is taken again with the new connection, before anything is written."""
    for second in (1, 31):
        with open_store(url, create=False) as other, pytest.raises(StoreError, match="another daemon measures into"):
            other.open_session("elsewhere", T0)
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        observe_all(store, [passed(T0 + second * SECOND)])
    assert store.stats().lost == {}


def freeze(daemon: int, server: Server, *, within_a_transaction: bool) -> None:
    """Stop a process that writes all the time, within one of its transactions or between two."""
    asked = "SELECT state FROM pg_stat_activity WHERE application_name = 'uptime-daemon'"
    deadline = time.monotonic() + 60
    while True:
        os.kill(daemon, signal.SIGSTOP)
        while ["active"] in (states := server.execute(asked)):  # what the server is still doing for it ends
            time.sleep(0.001)
        if within_a_transaction == (["idle in transaction"] in states):
            return
        os.kill(daemon, signal.SIGCONT)
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("within_a_transaction", [True, False])
def test_a_frozen_daemon_writes_nothing_after_another_took_over(
    url: str, server: Server, *, within_a_transaction: bool
) -> None:
    """The server ends its session, another one measures; woken, it is told so and nothing of it is kept."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.store.writing"])
    receiver, sender = processes.Pipe(duplex=False)
    former = processes.Process(target=measure_until_replaced, args=(url, sender))
    former.start()
    sender.close()
    try:
        assert receiver.poll(300)
        assert receiver.recv()[0] == "durable"
        assert former.pid is not None
        freeze(former.pid, server, within_a_transaction=within_a_transaction)
        with open_store(url, create=False) as store:
            deadline = time.monotonic() + 60
            while True:
                try:
                    store.open_session(HERE, T0 + HOUR)
                except StoreError:
                    assert time.monotonic() < deadline
                else:
                    break
            observe_all(store, [passed(T0 + HOUR + SECOND)])
            before = runs_of_one(store)
            os.kill(former.pid, signal.SIGCONT)
            last = ("", "")
            with suppress(EOFError):
                while receiver.poll(300):
                    last = receiver.recv()
            assert last[0] == "replaced"
            assert "another daemon has taken over measuring; this one ends" in last[1]
            assert runs_of_one(store) == before
    finally:
        former.kill()
        former.join(120)


def test_writers_wait_for_each_other(store: Database, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that holds the database for too long is named; what waits is written afterwards."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.2)
    with open_store(url, create=False) as second:
        with store._writing.begin():
            with pytest.raises(StoreError, match="another program has kept it locked for more than 5 s; end that"):
                second.append_fact(fact("T1"))
            assert second.facts() == []  # reading goes on
        assert second.append_fact(fact("T1")) == 1


def test_readers_cannot_write(store: Database) -> None:
    """A page that reads has a connection that refuses to write."""
    with pytest.raises(StoreError, match="it cannot be written; the server or this connection only reads"):
        store._read(lambda connection: connection.exec_driver_sql("DELETE FROM fact"))


def test_what_is_acknowledged_is_on_disk(server: Server, url: str) -> None:
    """A server that acknowledges before it writes is told to write first; one that never makes sure is refused."""
    with setting(server, "synchronous_commit=off", "on"), open_store(url, create=True) as store:
        shown = store._writer.carry_out(lambda connection: connection.exec_driver_sql("SHOW synchronous_commit").all())
        assert shown == [("on",)]
    with (
        setting(server, "fsync=off", "on"),
        pytest.raises(StoreError, match="the server has fsync off and may lose what it acknowledged; switch it on"),
    ):
        open_store(url, create=True)


def test_a_place_without_tables_is_only_filled_when_asked(url: str) -> None:
    """A command that reads leaves no tables behind."""
    with pytest.raises(StoreError, match="the database is empty; `uptime-daemon run` makes the tables"):
        open_store(url, create=False)
    open_store(url, create=True).close()
    open_store(url, create=False).close()


def test_a_database_of_another_program_is_refused(server: Server, url: str) -> None:
    """Its tables are neither touched nor joined."""
    schema = make_url(url).query["options"]
    assert isinstance(schema, str)
    server.execute(f"CREATE TABLE {schema.partition('=')[2]}.heartbeat (id int)")
    with pytest.raises(StoreError, match="it is a database of another program; name another one"):
        open_store(url, create=True)


def test_an_encoding_that_cannot_hold_every_letter_is_refused(server: Server) -> None:
    """Names and letters come in every script."""
    server.execute("CREATE DATABASE narrow ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    with pytest.raises(StoreError, match="its encoding is LATIN1; create it with encoding UTF8"):
        open_store(server.url().replace("/postgres?", "/narrow?"), create=True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("/postgres?", "/none?", 'there is no such database; create it with `createdb` .database "none" does not'),
        ("postgres@", "eve:s3cret@", 'refuses this user; look at .*role "eve" does not exist'),
        ("uptime-postgres-", "uptime-nowhere-", "the server cannot be reached: No such file or directory"),
    ],
)
def test_a_server_that_cannot_be_used_says_why(url: str, old: str, new: str, message: str) -> None:
    """The server's own words, the database's name, and never the password."""
    with pytest.raises(StoreError, match=message) as refused:
        open_store(url.replace(old, new), create=True)
    assert "s3cret" not in str(refused.value)
    assert str(refused.value).startswith("postgresql:///")


def test_it_is_named_without_user_and_password() -> None:
    """Logs show the server and the database."""
    with pytest.raises(StoreError) as refused:
        open_store("postgresql://ana:s3cret@127.0.0.1:1/uptime", create=True)
    assert str(refused.value).startswith("postgresql://127.0.0.1:1/uptime: the server cannot be reached: ")
    assert "s3cret" not in str(refused.value)
