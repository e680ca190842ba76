"""Old contexts and latencies go when they are told to; everything else stays, and nobody takes it for a forgery."""

import pytest
from sqlalchemy import text

from tests.store.samples import EVER, T0, failed, observe_all, passed
from uptime_daemon.core.facts.observation import Observation
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store import pruning
from uptime_daemon.store.database import Database
from uptime_daemon.store.kept import Prunable

NOW = T0 + 4 * DAY + 2 * HOUR
CUT = T0 + 2 * DAY


def days(count: int) -> list[Observation]:
    """A fail and a pass in each of so many days, from noon on."""
    return [
        observe(T0 + day * DAY + 12 * HOUR + second * SECOND)
        for day in range(count)
        for second, observe in ((0, failed), (30, passed))
    ]


def test_whole_days_of_one_kind_go(store: Database) -> None:
    """Contexts before the day are gone, all else stays; the fact says who did it and up to when."""
    observe_all(store, days(4))
    runs = store.runs(["acme/web"], EVER)
    assert store.prune(Prunable.CONTEXTS, CUT + 5 * HOUR, NOW, "ana") == 2
    assert [kept.observation.at for kept in store.failures(["acme/web"], EVER, 10)] == [
        T0 + day * DAY + 12 * HOUR for day in (2, 3)
    ]
    assert store.runs(["acme/web"], EVER) == runs
    assert len(store.rollups(["acme/web"], EVER)) == 4
    (fact,) = store.facts(kind="pruned")
    assert (fact.subject, fact.body, fact.by, fact.known_at) == ("contexts", {"before": CUT}, "ana", NOW)
    assert store.prune(Prunable.CONTEXTS, CUT, NOW, "ana") == 0


def test_old_latencies_go(store: Database) -> None:
    """Those of the day of the cut stay."""
    observe_all(store, days(4))
    assert store.prune(Prunable.LATENCY, CUT, NOW, "ana") == 2
    assert store.rollups(["acme/web"], Span(T0, CUT)) == []
    assert len(store.rollups(["acme/web"], EVER)) == 2
    assert len(store.failures(["acme/web"], EVER, 10)) == 4


def test_many_rows_go_in_many_transactions(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Observations find room between them."""
    observe_all(store, [failed(T0 + number * SECOND, f"acme/{number}") for number in range(40)])
    monkeypatch.setattr(pruning, "ROWS_AT_ONCE", 7)
    assert store.prune(Prunable.CONTEXTS, CUT, NOW, "ana") == 40


def test_what_was_pruned_is_told_and_nothing_else_is_excused(store: Database) -> None:
    """A missing context before the cut is no problem; one after it is, and so is a missing run before it."""
    store.seal(T0 + HOUR)
    observe_all(store, days(4))
    store.seal(NOW)
    store.prune(Prunable.CONTEXTS, CUT, NOW, "ana")
    found = store.verify()
    assert (found.problems, found.notes) == ((), ("contexts before 2026-06-03T00:00:00Z: pruned",))
    with store._writing.begin() as connection:
        connection.execute(text("DELETE FROM failure WHERE at = :at").bindparams(at=T0 + 3 * DAY + 12 * HOUR))
        connection.execute(text("DELETE FROM run WHERE first = :at").bindparams(at=T0 + 12 * HOUR))
    problems = [(problem[:10], problem.split("Z: ")[1].split(": ")[0]) for problem in store.verify().problems]
    assert problems == [("2026-06-01", "run begun"), ("2026-06-01", "run ended"), ("2026-06-04", "failure")]
