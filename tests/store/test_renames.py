"""A probe that was renamed keeps its record, which stays on disk under the name that it had."""

from tests.store.samples import EVER, HERE, STALE, T0, failed, observe_all, passed
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.probe import Confirmation
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.facts.timeline import probe_timeline
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.database import Database
from uptime_daemon.store.kept import KeptAbsence, Series

FORMER = {"acme/page": "acme/web", "acme/oldest": "acme/web"}


def test_the_record_of_all_names_is_one(store: Database) -> None:
    """Runs, contexts, latencies, absences and series of both former names are those of the name in force, in order."""
    observe_all(store, [passed(T0, "acme/oldest")])
    before = [passed(T0 + MINUTE, "acme/page"), failed(T0 + 2 * MINUTE, "acme/page")]
    after = [failed(T0 + 3 * MINUTE), passed(T0 + 4 * MINUTE), passed(T0 + 4 * MINUTE, "acme/sip")]
    observe_all(store, [*before, *after])
    store.append_absence(KeptAbsence(T0 + HOUR, T0 + 2 * HOUR, "paused", HERE, "acme/page"))
    assert [run.outcome for run in store.runs(["acme/web"], EVER)["acme/web", HERE]] == ["fail", "pass"]
    store.rename(FORMER)
    runs = store.runs(["acme/web"], EVER)
    assert [(run.probe, run.outcome, run.first) for run in runs["acme/web", HERE]] == [
        ("acme/web", outcome, T0 + minute * MINUTE)
        for minute, outcome in enumerate(["pass", "pass", "fail", "fail", "pass"])
    ]
    assert list(runs) == [("acme/web", HERE)]
    assert [each.observation.probe for each in store.failures(["acme/web"], EVER, 9)] == ["acme/web"] * 2
    assert {each.probe for each in store.rollups(["acme/web"], EVER)} == {"acme/web"}
    assert [each.probe for each in store.absences(EVER)] == ["acme/web"]
    assert store.series() == [Series("acme/sip", HERE), Series("acme/web", HERE)]
    store.rename({})
    assert store.runs(["acme/web"], EVER).keys() == {("acme/web", HERE)}
    assert len(store.runs(["acme/page"], EVER)["acme/page", HERE]) == 2


def test_an_outage_goes_on_over_a_rename(store: Database) -> None:
    """Down before and after: one outage, with no unknown time between two names."""
    observations = [passed(T0, "acme/page")]
    observations += [failed(T0 + number * 30 * SECOND, "acme/page") for number in range(1, 4)]
    observations += [failed(T0 + number * 30 * SECOND) for number in range(4, 7)]
    observe_all(store, observations)
    store.rename(FORMER)
    window = Span(T0, T0 + 180 * SECOND)
    timeline = probe_timeline(
        store.runs(["acme/web"], window)["acme/web", HERE], window, Confirmation(fails=3), STALE, []
    )
    assert list(timeline.shortest) == [Span(T0 + 30 * SECOND, T0 + 180 * SECOND)]
    assert timeline.unknown_total.total == 0


def test_two_names_at_once_are_not_added_up(store: Database) -> None:
    """Where both were measured, the name in force is believed."""
    observe_all(store, [passed(T0, "acme/page"), passed(T0 + MINUTE), failed(T0 + 2 * MINUTE, "acme/page")])
    store.rename(FORMER)
    assert [(run.outcome, run.first) for run in store.runs(["acme/web"], EVER)["acme/web", HERE]] == [
        ("pass", T0),
        ("pass", T0 + MINUTE),
    ]


def test_imported_history_of_a_former_name_is_read_as_such(store: Database) -> None:
    """How its states hold comes with it."""
    run = Run("acme/page", "import", Outcome.PASS, Reason.NONE, T0 - 9 * HOUR, T0 - HOUR, 9, HOUR)
    store.insert_history([run], HOUR)
    observe_all(store, [passed(T0)])
    store.rename(FORMER)
    assert store.series() == [Series("acme/web", "import", HOUR), Series("acme/web", HERE)]
    assert set(store.runs(["acme/web"], EVER)) == {("acme/web", "import"), ("acme/web", HERE)}
