"""Pages that were written by half, rows that say nonsense, disks that cannot be written, tables from the future."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.store.conftest import EVERY, places
from tests.store.samples import EVER, HERE, STALE, T0, fact, failed, mail, observe_all, passed, runs_of_one, step
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.tables import SCHEMA_VERSION
from uptime_daemon.store.upkeep import backup, restore

PAGE = 4_096


def settled(url: str, probes: int = 200) -> None:
    """A database with many pages of runs, sealed."""
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        observe_all(store, [passed(T0, f"acme/{number}") for number in range(probes)])
        store.seal(T0 + 2 * DAY)


def test_a_page_that_was_written_by_half_is_found(tmp_path: Path) -> None:
    """Whichever page it is: nothing is read from it without a word, and verifying names the damage."""
    whole = tmp_path / "whole.db"
    settled(f"sqlite:///{whole}")
    content = whole.read_bytes()
    found = 0
    for page in range(1, len(content) // PAGE):
        torn = tmp_path / f"torn{page}.db"
        middle = page * PAGE + PAGE // 2
        torn.write_bytes(content[:middle] + b"\xa5" * (PAGE // 2) + content[middle + PAGE // 2 :])
        try:
            with open_store(f"sqlite:///{torn}", create=False) as store:
                problems = store.verify().problems
        except StoreError as error:
            problems = (str(error),)
        if content[middle : middle + PAGE // 2].strip(b"\0"):  # half a page of nothing is nothing that is missing
            assert problems, page
            found += any("damaged" in problem or "was removed" in problem for problem in problems)
        torn.unlink()
    assert found > 5


def test_a_log_that_was_written_by_half_ends_at_the_last_commit(store: Database, path: Path, tmp_path: Path) -> None:
    """After a power cut within a write: everything that was acknowledged is there, nothing of what was not."""
    store.append_fact(fact("acknowledged"))
    log = path.with_name(f"{path.name}-wal")
    acknowledged = log.stat().st_size
    store.append_fact(fact("in flight", body={"text": "x" * 20_000}))
    size = log.stat().st_size
    for length in (acknowledged + 1, acknowledged + PAGE, (acknowledged + size) // 2, size - 1):
        torn = tmp_path / "torn" / "uptime.db"
        torn.parent.mkdir()
        shutil.copyfile(path, torn)
        torn.with_name("uptime.db-wal").write_bytes(log.read_bytes()[:length])
        with open_store(f"sqlite:///{torn}", create=False) as again:
            assert [kept.subject for kept in again.facts()] == ["acknowledged"]
            assert again.verify().problems == ()
            again.open_session(HERE, T0 + HOUR)
        shutil.rmtree(torn.parent)


def test_a_run_that_says_nonsense_is_named(store: Database, path: Path) -> None:
    """An outcome that nobody wrote, a run that ends before it begins: never a figure, never a crash."""
    observe_all(store, [passed(T0), passed(T0 + SECOND), passed(T0, "acme/sip")])
    for change in (
        "UPDATE run SET outcome = 'maybe' WHERE series_id = 1",
        "UPDATE run SET outcome = 'pass', last = first - 1 WHERE series_id = 1",
        "UPDATE run SET last = first + 1, count = 'x' WHERE series_id = 1",
        "UPDATE run SET count = 2.5 WHERE series_id = 1",
        "UPDATE run SET count = x'3132' || 'x' WHERE series_id = 1",
        "UPDATE run SET count = '2,2' WHERE series_id = 1",
        "UPDATE run SET count = 2, distance = '' WHERE series_id = 1",
        "UPDATE run SET distance = 1, reason = 'none,none' WHERE series_id = 1",
        "UPDATE run SET reason = 'none\"' WHERE series_id = 1",
    ):
        with closing(sqlite3.connect(path)) as other, other:
            other.execute(change)
        with pytest.raises(StoreError, match=r"a run of acme/\w+ at prague-1 cannot be read .*damaged; look at it"):
            store.runs(["acme/web", "acme/sip"], EVER)


def test_rows_that_say_nonsense_are_named(store: Database, path: Path) -> None:
    """Facts, steps of claims, mails, contexts and latencies: never a figure, never a crash."""
    observe_all(store, [passed(T0), failed(T0 + SECOND)])
    store.append_fact(fact("T1"))
    store.append_claim_event(step(1), [mail("<1@x>")])
    store.seal(T0 + 2 * DAY)
    for change, read, named in (
        ("fact SET body = 'x'", store.facts, "fact 1"),
        ("fact SET body = CAST(x'ff' AS TEXT)", store.facts, "Could not decode to UTF-8 column 'body'"),
        ("claim_event SET body = '5'", store.claim_events, "step 1 of claim 2026-06/service"),
        ("outbox SET recipients = '-'", store.outbox, "mail 1"),
        ("failure SET votes = '5'", lambda: store.failures(["acme/web"], EVER, 9), "a failure of acme/web at prague-1"),
        ("failure SET votes = x'00'", store.pack, "failure of series 1 on 2026-06-01"),
        ("rollup SET buckets = x'00'", lambda: store.rollups(["acme/web"], EVER), "a latency of acme/web at prague-1"),
        ("run SET distance = x'ff'", lambda: store.runs(["acme/web"], EVER), "Could not decode to UTF-8"),
        ("heartbeat SET alive_at = 'x'", lambda: reopened(path), "the sign of life of a vantage"),
    ):
        with closing(sqlite3.connect(path)) as other, other:
            other.execute(f"UPDATE {change}")
        with pytest.raises(StoreError, match=rf"{named}.*: it was changed or damaged; look at it with `uptime-daemon"):
            read()


def reopened(path: Path) -> None:
    """A daemon that starts on a copy of the file."""
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    with open_store(f"sqlite:///{copy}", create=False) as store:
        store.open_session(HERE, T0 + HOUR)


def test_a_text_that_is_none_is_found_where_it_lies(store: Database, path: Path) -> None:
    """By its day and its kind; nothing of that day is sealed anew meanwhile."""
    store.append_fact(fact("T1"))
    store.seal(T0 + 2 * DAY)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE fact SET subject = CAST(x'ff' AS TEXT)")
        other.execute("INSERT INTO seal_due SELECT start, 'a fact was stated' FROM seal")
    problems = store.verify().problems
    assert any("to 2026-06-02T00:00:00Z: fact: a row cannot be read (Could not decode" in each for each in problems)
    with pytest.raises(StoreError, match="fact: a row cannot be read"):
        store.seal(T0 + 2 * DAY)
    assert [seal.start for seal in store.seal(T0 + 4 * DAY)] == [T0 + DAY, T0 + 2 * DAY]  # no other day waits for it
    with pytest.raises(StoreError, match="fact: a row cannot be read"):
        store.seal(T0 + 4 * DAY)


def test_evidence_that_is_gone_is_missed(store: Database, path: Path) -> None:
    """The fact that rests on it tells, sealed or not."""
    store.append_fact(fact("T1", evidence=store.keep_evidence(b"%PDF", "mail.pdf", T0)))
    assert store.verify().problems == ()
    with closing(sqlite3.connect(path)) as other, other:  # without the foreign keys that we ask for
        other.execute("DELETE FROM evidence")
    (problem,) = store.verify().problems
    assert problem.endswith(" of fact 1: it is not there any more")


@pytest.mark.needs_root
def test_a_disk_that_is_mounted_read_only(tmp_path: Path) -> None:
    """The message says that it is the disk; mounted for writing it goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    url = f"sqlite:///{disk}/uptime.db"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=True, timeout=300)
    try:
        settled(url, 3)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, timeout=300)
        with pytest.raises(StoreError, match="the disk is mounted read-only; mount it for writing, or name another"):
            open_store(url, create=True)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True, timeout=300)
        with open_store(url, create=False) as store:
            assert len(runs_of_one(store, "acme/1")) == 1
    finally:
        subprocess.run(["umount", str(disk)], check=True, timeout=300)


@pytest.mark.parametrize("url", [places(kind) for kind in EVERY], indirect=True)
def test_tables_from_the_future_are_refused_by_everything(url: str, tmp_path: Path) -> None:
    """Opening, copying out and copying in say which version is known and what to do; nothing is changed."""
    file = tmp_path / "kept.db"
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        observe_all(store, [passed(T0)], STALE)
        backup(url, file, lambda *_: None)
        with store._writing.begin() as connection:
            connection.execute(text("UPDATE schema_version SET version = 99"))
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("UPDATE schema_version SET version = 99")
    refused = f"have version 99, this program knows versions up to {SCHEMA_VERSION}; use the version of uptime-daemon"
    with pytest.raises(StoreError, match=refused):
        open_store(url, create=True)
    with pytest.raises(StoreError, match=refused):
        backup(url, tmp_path / "other.db", lambda *_: None)
    with pytest.raises(StoreError, match=refused):
        restore(f"sqlite:///{tmp_path}/new.db", file, lambda *_: None)
    assert not (tmp_path / "other.db").exists()
