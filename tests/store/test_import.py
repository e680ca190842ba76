"""Runs that others measured, put beside what is kept: the same twice changes nothing, overlaps are left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from tests.store.samples import EVER, HERE, STALE, T0, observe_all, passed
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import HOUR, MINUTE
from uptime_daemon.store import database
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import Inserted, Series

INTERVAL = 5 * MINUTE

BATCH = 500
"""Runs in one transaction, here."""


def run(start: int, end: int, outcome: Outcome = Outcome.PASS, vantage: str = "import") -> Run:
    """A run between two hours."""
    reason = Reason.NONE if outcome is Outcome.PASS else Reason.STATUS
    first, last = T0 + start * HOUR, T0 + end * HOUR
    return Run(
        "acme/web", vantage, outcome, reason, first, last, 1 + (end - start) * 12, INTERVAL if end > start else 0
    )


def kept(store: Database) -> Sequence[Run]:
    """What is kept of the imported history."""
    return store.runs(["acme/web"], EVER).get(("acme/web", "import"), [])


def test_importing_twice_changes_nothing(store: Database) -> None:
    """The second import finds every run unchanged."""
    runs = [run(0, 3), run(4, 5, Outcome.FAIL), run(5, 9)]
    runs[2] = replace(runs[2], first=T0 + 5 * HOUR + MINUTE, count=48)
    assert store.insert_history(runs, INTERVAL) == Inserted(new=3)
    assert store.insert_history(iter(runs), INTERVAL) == Inserted(unchanged=3)
    assert kept(store) == runs
    assert store.series() == [Series("acme/web", "import", INTERVAL)]


def test_a_longer_history_lets_the_last_run_grow(store: Database) -> None:
    """The run at the end goes on and new ones follow; an older, shorter history takes nothing back."""
    store.insert_history([run(0, 3)], INTERVAL)
    assert store.insert_history([run(0, 5), run(6, 7, Outcome.FAIL)], INTERVAL) == Inserted(new=1, grown=1)
    assert store.insert_history([run(0, 3)], INTERVAL) == Inserted(unchanged=1)
    assert kept(store) == [run(0, 5), run(6, 7, Outcome.FAIL)]


@pytest.mark.parametrize(
    "other",
    [
        run(2, 3),
        run(1, 5, Outcome.FAIL),
        run(0, 2, Outcome.FAIL),
        run(3, 5),
        run(4, 7),
        run(5, 6),
        run(6, 9, Outcome.FAIL),
        run(0, 6),
        run(-1, 0),
        run(-2, 20),
    ],
)
def test_a_run_that_overlaps_another_one_is_left_out(store: Database, other: Run) -> None:
    """Of kept runs from 0 to 3 and 6 to 8 nothing changes, whatever touches them."""
    there = [run(0, 3), run(6, 8)]
    store.insert_history(there, INTERVAL)
    assert store.insert_history([other], INTERVAL) == Inserted(conflicting=1)
    assert kept(store) == there


def test_runs_of_one_import_do_not_overlap_either(store: Database) -> None:
    """The second of two overlapping runs of one file is left out."""
    assert store.insert_history([run(0, 3), run(2, 4)], INTERVAL) == Inserted(new=1, conflicting=1)
    assert kept(store) == [run(0, 3)]


def test_one_history_is_imported_one_way(store: Database) -> None:
    """Another interval would mean other gaps: it is refused with both figures, and nothing is written."""
    store.insert_history([run(0, 3)], INTERVAL)
    with pytest.raises(StoreError, match=r"acme/web at import was imported with gaps beyond 300 s, .* beyond 60 s"):
        store.insert_history([run(10, 12)], MINUTE)
    assert kept(store) == [run(0, 3)]


def test_measured_and_imported_history_never_mix(store: Database, url: str) -> None:
    """Nothing is imported into what we measured, and no daemon measures into what was imported."""
    observe_all(store, [passed(T0)])
    with pytest.raises(StoreError, match=f"acme/web at {HERE} was measured here"):
        store.insert_history([run(1, 2, vantage=HERE)], INTERVAL)
    store.insert_history([run(1, 2)], INTERVAL)
    store.close()
    with open_store(url, create=False) as other:
        with pytest.raises(StoreError, match="the vantage import holds imported history of acme/web; give this daemon"):
            other.open_session("import", T0 + HOUR)
        assert other.open_session(HERE, T0 + HOUR) is not None


def test_a_long_history_is_written_in_batches(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are taken from the source as they are written, one batch at a time, while observing goes on."""
    monkeypatch.setattr(database, "HISTORY_BATCH", BATCH)
    drawn = 0

    def endless() -> Iterator[Run]:
        nonlocal drawn
        for number in range(2 * BATCH + 10):
            drawn += 1
            if number == BATCH + 1:
                assert len(kept(store)) == BATCH
                observe_all(store, [passed(T0)], STALE)
            yield run(2 * number, 2 * number + 1, Outcome.FAIL if number % 2 else Outcome.PASS)

    assert store.insert_history(endless(), INTERVAL) == Inserted(new=2 * BATCH + 10)
    assert drawn == len(kept(store)) == 2 * BATCH + 10


def test_an_import_that_broke_off_is_finished_by_another(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written before the source failed stays, and importing again adds the rest."""
    monkeypatch.setattr(database, "HISTORY_BATCH", BATCH)
    runs = [run(2 * number, 2 * number + 1) for number in range(BATCH + 5)]

    def broken() -> Iterator[Run]:
        yield from runs[:-3]
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        store.insert_history(broken(), INTERVAL)
    assert store.insert_history(runs, INTERVAL) == Inserted(new=5, unchanged=BATCH)
    assert kept(store) == runs
