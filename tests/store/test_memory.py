"""A record in memory: who reads and who writes take turns in order, and it ends with the process that has it."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.store.conftest import new_place, places
from tests.store.samples import EVER, STALE, T0, fact, observe_all, passed, runs_of_one
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.store import memory
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.turns import Turns
from uptime_daemon.store.upkeep import backup, counted, upgrade

pytestmark = pytest.mark.parametrize("url", [places("memory")], indirect=True)
UNREACHABLE = "the record lives in the memory of the daemon alone; no other program can read or fill it"
BOUND_SECONDS = 2
"""Within how much work of this process a reader beside an import, whose transactions take milliseconds, must have its
turn. Work and not time: that the machine is busy with other things says nothing of turns."""
READS_MIN, WRITES_MIN, READS_MAX = 60, 10, 100_000
"""How many turns each side has at least, and after how many reads in vain there are no writes to wait for."""


@pytest.fixture
def another(request: pytest.FixtureRequest, path: Path) -> Iterator[str]:
    """A second record of this process."""
    request.param = "memory"
    with new_place(request, path.with_name("another")) as place:
        yield place


def test_it_is_found_by_its_name_as_long_as_the_process_lives(url: str, another: str) -> None:
    """Closed and opened again it is the same, and another name is another record."""
    with open_store(url, create=True) as store:
        store.append_fact(fact("T1"))
    with open_store(url, create=False) as again, open_store(another, create=True) as other:
        assert [kept.subject for kept in again.facts()] == ["T1"]
        assert other.facts() == []


def test_no_other_process_finds_it(url: str, tmp_path: Path) -> None:
    """What is asked for elsewhere is refused with the reason, by everything, and nothing is made."""
    open_store(url, create=True).close()
    program = (
        "import sys\nfrom uptime_daemon.store.database import open_store\n"
        "try:\n open_store(sys.argv[1], create=False)\nexcept Exception as error:\n print(error)"
    )
    said = subprocess.run([sys.executable, "-c", program, url], check=True, capture_output=True, text=True, timeout=300)
    assert said.stdout == f"{url}: {UNREACHABLE}\n"
    for ask in (upgrade, counted, lambda gone: backup(gone, tmp_path / "b.db", lambda *_: None)):
        with pytest.raises(StoreError, match=UNREACHABLE):
            ask(f"{url}-elsewhere")
    assert f"{url}-elsewhere".partition(":")[2] not in memory._RECORDS
    assert list(tmp_path.iterdir()) == []  # and nothing of the record itself lies on the disk


def test_an_sqlite_that_knows_no_shared_memory_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections would each have a record of their own."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(StoreError, match=r"SQLite 3\.\d+\.\d+ is too old for it; use 3\.36 or later"):
        open_store(url, create=True)


def test_readers_cannot_write(store: Database) -> None:
    """As in a file, and the connection is of use afterwards; here it is a mistake of ours and shown as one."""
    with pytest.raises(Exception, match="readonly database"):
        store._read(lambda connection: connection.execute(text("DELETE FROM fact")))
    store.append_fact(fact("T1"))
    assert len(store.facts()) == 1


def test_a_full_memory_is_named_and_loses_nothing_that_has_room_to_wait(store: Database) -> None:
    """What SQLite says at its gibibyte, here at once; what waits is written once there is room."""
    with store._writing.begin() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    for number in range(200):
        store.observe(passed(T0 + SECOND, f"acme/{number}"), STALE)
    with pytest.raises(StoreError, match="its memory is full, SQLite takes 1 GiB at most; name a place on a disk"):
        store.flush()
    assert "its memory is full" in (store.stats().trouble or "")
    with store._writing.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    store.flush()
    assert len(store.runs([f"acme/{number}" for number in range(200)], EVER)) == 200
    assert (store.stats().trouble, store.stats().lost) == (None, {})
    assert store.stats().size_bytes > pages * 4_096


def test_readers_have_their_turn_between_writes_that_never_pause(store: Database) -> None:
    """By SQLite's own locks they would starve: beside an import each is answered, and observing goes on."""
    ended, longest, reads, written = threading.Event(), 0.0, 0, 0

    def importing() -> None:
        nonlocal written
        while not ended.is_set():
            start = T0 - (2 + written) * 100 * HOUR
            run = [Run("acme/old", "import", Outcome.PASS, Reason.NONE, start + at, start + at) for at in range(400)]
            store.insert_history(run, MINUTE)
            written += 1

    writer = threading.Thread(target=importing)
    writer.start()
    try:
        while reads < READS_MIN or (written <= WRITES_MIN and reads < READS_MAX):
            store.observe(passed(T0 + reads * SECOND), STALE)
            began = time.process_time()
            store.runs(["acme/web"], EVER)
            longest, reads = max(longest, time.process_time() - began), reads + 1
    finally:
        ended.set()
        writer.join(120)
    store.flush()
    assert written > WRITES_MIN
    assert longest < BOUND_SECONDS
    assert [run.count for run in runs_of_one(store)] == [reads]


def test_a_long_read_holds_writes_up_and_loses_none(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that waits too long is told, observations wait, and readers who came after it did not overtake it."""
    monkeypatch.setattr(memory, "TURN_SECONDS_MAX", 0.2)
    observe_all(store, [passed(T0)])
    with store._reading.begin() as reading:
        assert reading.execute(text("SELECT count(*) FROM run")).scalar_one() == 1
        assert len(runs_of_one(store)) == 1  # nobody writes: readers go together
        store.observe(passed(T0 + 30 * SECOND), STALE)
        with pytest.raises(StoreError, match=r"others kept it busy for more than 0\.2 s; try again later"):
            store.append_fact(fact("T1"))
        assert reading.execute(text("SELECT max(count) FROM run")).scalar_one() == 1  # one state, to its end
    store.flush()
    assert [run.count for run in runs_of_one(store)] == [2]
    assert store.facts() == []


@pytest.mark.usefixtures("url")
def test_turns_come_in_order() -> None:
    """Readers together, a writer alone, none before who came first; who gives up leaves the line to the others."""
    turns, order = Turns(), list[str]()
    first = turns.take(1, alone=False)
    assert first is not None

    def waits(name: str, *, alone: bool) -> threading.Thread:
        def take() -> None:
            end = turns.take(60, alone=alone)
            assert end is not None
            order.append(name)
            end()

        before = len(turns._line)
        thread = threading.Thread(target=take)
        thread.start()
        while len(turns._line) == before:
            time.sleep(0.001)
        return thread

    assert turns.take(0.01, alone=True) is None  # a reader is there
    waiting = [waits("writer", alone=True), waits("reader", alone=False), waits("last", alone=True)]
    assert turns.take(0.01, alone=False) is None  # the writer came first
    assert order == []
    first()
    for thread in waiting:
        thread.join(120)
    assert order == ["writer", "reader", "last"]
    assert not turns._line
