"""Full disks, locks and damage: observing goes on, nothing wrong is stored, and what is lost has a name."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from tests.store.samples import EVER, HERE, STALE, T0, fact, failed, mail, observe_all, passed, runs_of_one, step
from tests.store.writing import measure_until_replaced
from uptime_daemon.core.facts.probe import Confirmation
from uptime_daemon.core.facts.run import runs_of
from uptime_daemon.core.facts.timeline import probe_timeline
from uptime_daemon.core.time.instants import HOUR, SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store import database, engine, writer
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import STORE_OVERFLOW
from uptime_daemon.store.pending import Pending

FULL = "the disk or the quota is full; free some space, a restart is not needed"
LOCKED = "end that program"


def eventually(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def full(store: Database) -> Iterator[None]:
    """The database may not grow: SQLite then reports what it reports on a full disk."""
    with store._writing.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    yield
    with store._writing.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program holds the database."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for a tenth of a second only, lest the tests take as long as a user would wait."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.1)


def test_a_full_disk_loses_nothing_that_has_room_to_wait(store: Database) -> None:
    """While the disk is full observations wait, the trouble is told, and afterwards all of them are there."""
    observations = [
        (failed if second % 90 == 0 else passed)(T0 + second * SECOND, f"acme/{number}")
        for second in range(0, 900, 30)
        for number in range(40)
    ]
    with full(store):
        with pytest.raises(StoreError, match=f"rows are not written yet: {FULL}"):
            observe_all(store, observations)
        stats = store.stats()
        assert stats.trouble == FULL
        assert stats.write_failures > 0
        assert stats.pending > 0
        assert store.runs(["acme/0"], EVER) == {}
    store.flush()
    for number in range(40):
        mine = [each for each in observations if each.probe == f"acme/{number}"]
        assert runs_of_one(store, f"acme/{number}") == list(runs_of(mine, STALE))
    assert (store.stats().trouble, store.stats().lost, store.stats().pending) == (None, {}, 0)


def test_a_full_disk_refuses_facts_at_once(store: Database) -> None:
    """Who states a fact or takes a step while the disk is full is told that it was not recorded, and it was not."""
    big = {"text": "x" * 100_000}
    with full(store):
        with pytest.raises(StoreError, match=FULL):
            store.append_fact(fact("T1", body=big))
        with pytest.raises(StoreError, match=FULL):
            store.append_claim_event(step(1), [mail("<1@x>"), mail(f"<{'2' * 100_000}@x>")])
    assert (store.facts(), store.claim_events(), store.outbox()) == ([], [], [])
    assert store.append_fact(fact("T1", body=big)) == 1
    assert store.append_claim_event(step(1), [mail("<1@x>")]) == 1


@pytest.mark.usefixtures("impatient")
def test_what_finds_no_room_to_wait_is_an_absence(url: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for 30 changes the rest of an hour's flapping is lost: counted, named, and unknown in the timeline."""
    monkeypatch.setattr(database, "Pending", lambda: Pending(runs_max=30, contexts_max=5, latencies_max=5))
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        with locked(path):
            for second in range(0, 3_600, 30):
                store.observe((failed if second % 60 else passed)(T0 + second * SECOND), STALE)
            with pytest.raises(StoreError, match=LOCKED):
                store.flush()
        for second in range(3_600, 3_900, 30):
            store.observe(passed(T0 + second * SECOND), STALE)
            store.flush()
        lost = store.stats().lost[STORE_OVERFLOW]
        runs = runs_of_one(store)
        assert lost + sum(run.count for run in runs) == 130
        assert lost >= 60
        (absence,) = store.absences(EVER)
        assert (absence.reason, absence.vantage, absence.probe) == (STORE_OVERFLOW, HERE, None)
        window = Span(T0, T0 + 3_900 * SECOND)
        seen = probe_timeline(runs, window, Confirmation(fails=1), STALE, [absence.until(window.end)])
        assert [reason for reason, _ in seen.unknown] == [STORE_OVERFLOW]
        # Nothing but the truth: a stored fail is at an instant that failed, and what was lost is neither up nor down.
        assert all((run.first - T0) % (60 * SECOND) for run in runs if run.outcome == "fail")
        assert seen.unknown_total.total > 25 * 60 * SECOND


@pytest.mark.needs_root
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """On a disk of one megabyte: the trouble is told, space is freed, and all is written without a restart."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True, timeout=300)
    try:
        with open_store(f"sqlite:///{disk}/uptime.db", create=True) as store:
            store.open_session(HERE, T0)
            store.append_fact(fact("before"))
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(1_024))
            for number in range(500):
                store.observe(passed(T0 + SECOND, f"acme/{number}"), STALE)
            eventually(lambda: store.stats().trouble == FULL)
            with pytest.raises(StoreError, match=FULL):
                store.append_fact(fact("meanwhile", body={"text": "x" * 100_000}))
            ballast.unlink()
            eventually(lambda: store.stats().trouble is None)
            store.flush()
            assert len(store.runs([f"acme/{number}" for number in range(500)], EVER)) == 500
            assert [kept.subject for kept in store.facts()] == ["before"]
            assert store.stats().lost == {}
    finally:
        subprocess.run(["umount", str(disk)], check=True, timeout=300)


def test_a_file_that_vanished_takes_nothing(store: Database, path: Path) -> None:
    """A file that was moved away would take every write and lose it: they wait, and are written once it is back."""
    store.append_fact(fact("before"))
    aside = path.with_name("aside.db")
    path.rename(aside)
    store.observe(passed(T0 + SECOND), STALE)
    with pytest.raises(StoreError, match=r"rows are not written yet: .*the file is gone; put it back"):
        store.flush()
    with pytest.raises(StoreError, match="the file is gone; put it back"):
        store.append_fact(fact("meanwhile"))
    path.write_bytes(b"")
    with pytest.raises(StoreError, match="another file has taken its place; start again to use that one"):
        store.append_fact(fact("meanwhile"))
    assert path.read_bytes() == b""
    aside.rename(path)
    store.flush()
    assert [run.count for run in runs_of_one(store)] == [1]
    assert [kept.subject for kept in store.facts()] == ["before"]
    assert (store.stats().trouble, store.stats().lost) == (None, {})


def test_a_log_that_was_removed_takes_nothing(url: str, path: Path) -> None:
    """Whoever tidies up beside the file is told before more is lost with it; what was acknowledged is all there."""
    store = open_store(url, create=True)
    store.open_session(HERE, T0)
    store.append_fact(fact("before"))
    for name in ("wal", "shm"):
        path.with_name(f"uptime.db-{name}").unlink()
    with pytest.raises(
        StoreError, match=r"its log uptime\.db-wal was removed; end the daemon, which puts into the file"
    ):
        store.append_fact(fact("meanwhile"))
    with pytest.raises(StoreError, match=r"its log uptime\.db-wal was removed; end the daemon"):
        open_store(url, create=False)  # what a command wrote would be gone once the daemon ends
    store.observe(passed(T0 + SECOND), STALE)
    with pytest.raises(StoreError, match=r"rows are not written yet: .*its log uptime\.db-wal was removed"):
        store.close()
    with open_store(url, create=False) as again:
        assert [kept.subject for kept in again.facts()] == ["before"]
        assert again.verify().problems == ()


def test_by_every_name_it_is_one_file(store: Database, path: Path) -> None:
    """A link to it is no way round the lock of the one who measures, and shares its log."""
    link = path.with_name("link.db")
    link.symlink_to(path)
    with open_store(f"sqlite:///{link}", create=False) as other:
        with pytest.raises(StoreError, match="another daemon measures into this database; end it first"):
            other.open_session("elsewhere", T0)
        store.append_fact(fact("T1"))
        assert [kept.subject for kept in other.facts()] == ["T1"]


def test_a_daemon_that_is_stopped_keeps_its_file(url: str) -> None:
    """It may be woken at any moment: nobody else measures meanwhile, and woken it goes on."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.store.writing"])
    receiver, sender = processes.Pipe(duplex=False)
    former = processes.Process(target=measure_until_replaced, args=(url, sender))
    former.start()
    sender.close()
    try:
        assert receiver.poll(300)
        assert former.pid is not None
        os.kill(former.pid, signal.SIGSTOP)
        while receiver.poll(0.2):
            receiver.recv()
        # Stopped between two writes it holds the claim alone, stopped within one the file's lock as well.
        refused = "another daemon measures into|another program has kept it locked"
        with open_store(url, create=False) as other, pytest.raises(StoreError, match=refused):
            other.open_session(HERE, T0 + HOUR)
        os.kill(former.pid, signal.SIGCONT)
        assert receiver.poll(300)
        assert receiver.recv()[0] == "durable"
    finally:
        former.kill()
        former.join(120)


@pytest.mark.usefixtures("impatient")
def test_a_locked_database_is_waited_for_and_named(url: str, path: Path) -> None:
    """While another program holds it nothing is lost and the message says whom to blame; then all is written."""
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        with locked(path):
            store.observe(passed(T0 + SECOND), STALE)
            eventually(lambda: LOCKED in (store.stats().trouble or ""))
            with pytest.raises(StoreError, match=LOCKED):
                store.append_fact(fact("T1"))
            assert store.runs(["acme/web"], EVER) == {}  # reading goes on
            store.observe(passed(T0 + 31 * SECOND), STALE)
        store.flush()
        assert [run.count for run in runs_of_one(store)] == [2]
        assert store.facts() == []


@pytest.mark.usefixtures("impatient")
def test_a_database_locked_at_the_start_is_refused(url: str, path: Path) -> None:
    """A daemon that cannot begin its session says why and holds no lock afterwards."""
    open_store(url, create=True).close()
    with locked(path), open_store(url, create=True) as store, pytest.raises(StoreError, match=LOCKED):
        store.open_session(HERE, T0)
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)


def test_a_short_lock_is_not_noticed(store: Database, path: Path) -> None:
    """A command that writes at the same moment only costs a little time."""
    with locked(path):
        store.observe(passed(T0 + SECOND), STALE)
        time.sleep(0.7)
    store.flush()
    assert (store.stats().write_failures, [run.count for run in runs_of_one(store)]) == (0, [1])


def test_a_writer_that_does_not_answer_is_told(url: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long learns whether the write may still happen: one that waits in line is taken back."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 20)
    with open_store(url, create=True) as store:
        monkeypatch.setattr(writer, "WAIT_SECONDS_MAX", 1)
        with locked(path):
            with pytest.raises(StoreError, match=r"no answer for 1 s; look whether it was written before trying again"):
                store.append_fact(fact("running"))
            with pytest.raises(StoreError, match=r"no answer for 1 s; nothing was written"):
                store.append_fact(fact("waiting"))
        monkeypatch.undo()
        store.flush()
        assert [kept.subject for kept in store.facts()] == ["running"]


def test_closing_on_a_full_disk_says_what_is_lost(url: str) -> None:
    """A daemon that ends while nothing can be written tells how much it takes with it."""
    store = open_store(url, create=True)
    store.open_session(HERE, T0)
    with full(store):
        for number in range(200):
            store.observe(passed(T0 + SECOND, f"acme/{number}"), STALE)
        with pytest.raises(StoreError, match=f"4\\d\\d rows are not written yet: {FULL}"):
            store.close()
    with open_store(url, create=True) as store:
        off = store.open_session(HERE, T0 + HOUR)
        assert off is not None
        assert off.start == T0  # unknown from the last instant that is on disk


def test_a_mistake_of_ours_is_not_taken_for_trouble(store: Database) -> None:
    """A statement that can never work ends the writing, and the next call raises it: no endless repetition."""
    with store._writing.begin() as connection:
        connection.exec_driver_sql("DROP TABLE rollup")
    store.observe(passed(T0 + SECOND), STALE)

    def raised() -> bool:
        try:
            store.alive(T0 + SECOND)
        except RuntimeError as error:
            return isinstance(error.__cause__, OperationalError) and "no such table" in str(error.__cause__)
        return False

    eventually(raised)
    with pytest.raises(RuntimeError, match="a mistake of its own"):
        store.append_fact(fact("T1"))
    store._pending.take()
    store._writer._in_hand = None
    store._writer._latest = None
