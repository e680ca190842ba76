"""What was observed is read back exactly, across restarts, with what was missing named."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.samples import (
    EVER,
    HERE,
    STALE,
    T0,
    context,
    failed,
    observe_all,
    passed,
    runs_of_one,
)
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.probe import Confirmation
from uptime_daemon.core.facts.run import Run, runs_of
from uptime_daemon.core.facts.timeline import REPLACED, Absence, probe_timeline
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, Instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import ConflictError, StoreError
from uptime_daemon.store.kept import CLOCK_STEP, DAEMON_OFF, KeptAbsence, Rollup, Series
from uptime_daemon.store.latency import BUCKETS, bound_of, bucket_of
from uptime_daemon.store.ports import Store
from uptime_daemon.store.writer import GROUP_COMMIT_SECONDS


def test_runs_come_back_as_they_were_observed(store: Database) -> None:
    """Outcome, reason, both ends, number and largest distance of every run survive, to the microsecond."""
    observations = [
        passed(T0),
        passed(T0 + 30 * SECOND + 7),
        failed(T0 + 60 * SECOND),
        failed(T0 + 65 * SECOND, reason=Reason.CHECK),
        Observation("acme/web", HERE, T0 + 70 * SECOND, Outcome.ERROR, Reason.SENTINELS),
        passed(T0 + 100 * SECOND),
        passed(T0 + 400 * SECOND),
    ]
    observe_all(store, observations)
    assert runs_of_one(store) == list(runs_of(observations, STALE))
    assert store.series() == [Series("acme/web", HERE)]


def test_observations_become_durable_unasked(store: Database, url: str) -> None:
    """Without being asked the store commits what it was told, twice within the promised second."""
    assert GROUP_COMMIT_SECONDS <= 0.5
    store.observe(passed(T0), STALE)
    deadline = time.monotonic() + 120  # a busy machine may be slow to start a thread
    with open_store(url, create=False) as other:
        while not runs_of_one(other):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_only_the_open_run_grows(store: Database) -> None:
    """Later observations change last, number and distance of the open run; ended runs stay as they are."""
    observe_all(store, [passed(T0), failed(T0 + 30 * SECOND)])
    before = runs_of_one(store)
    observe_all(store, [failed(T0 + 40 * SECOND), failed(T0 + 90 * SECOND)])
    after = runs_of_one(store)
    assert after[0] == before[0]
    assert (after[1].first, after[1].last, after[1].count, after[1].distance) == (
        T0 + 30 * SECOND,
        T0 + 90 * SECOND,
        3,
        50 * SECOND,
    )


@pytest.mark.parametrize(
    ("pause", "runs"),
    [
        (STALE - SECOND, [(T0, T0 + STALE - SECOND, 2)]),
        (STALE + SECOND, [(T0, T0, 1), (T0 + STALE + SECOND, T0 + STALE + SECOND, 1)]),
    ],
)
def test_a_restart_continues_the_open_run_if_it_was_short(
    url: str, pause: int, runs: list[tuple[Instant, Instant, int]]
) -> None:
    """The first observation after a restart is judged by its distance, as if the daemon had been there."""
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        observe_all(store, [passed(T0)])
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0 + pause - SECOND)
        observe_all(store, [passed(T0 + pause)])
        assert [(run.first, run.last, run.count) for run in runs_of_one(store)] == runs


def test_the_time_between_two_sessions_is_daemon_off(url: str) -> None:
    """From the last sign of life to the next start nobody looked, at this vantage only."""
    with open_store(url, create=True) as store:
        assert store.open_session(HERE, T0) is None
        observe_all(store, [passed(T0 + SECOND)])
        store.alive(T0 + 10 * SECOND)
    with open_store(url, create=True) as store:
        off = KeptAbsence(T0 + 10 * SECOND, T0 + HOUR, DAEMON_OFF, HERE)
        assert store.open_session(HERE, T0 + HOUR) == off
        (kept,) = store.absences(EVER)
        assert (kept.start, kept.end, kept.reason, kept.vantage, kept.probe) == (
            off.start,
            off.end,
            DAEMON_OFF,
            HERE,
            None,
        )
        observe_all(store, [passed(T0 + HOUR + SECOND)])
        window = Span(T0, T0 + HOUR + SECOND)
        seen = probe_timeline(runs_of_one(store), window, Confirmation(), STALE, [kept.until(window.end)])
        assert [reason for reason, _ in seen.unknown] == [DAEMON_OFF, "no_data"]
        assert store.vantages() == {HERE: T0 + HOUR + SECOND}


def test_who_takes_over_replaces_who_measured_before(url: str) -> None:
    """One vantage at a time: the time between two is nobody's, and the name that comes back has its place again."""
    heard = {"old": T0 + MINUTE, "new": T0 + 2 * HOUR}
    offs = []
    for name, start, end in (
        ("old", T0, heard["old"]),
        ("new", T0 + HOUR, T0 + HOUR + MINUTE),
        ("new", T0 + HOUR + 2 * MINUTE, heard["new"]),
        ("old", T0 + 3 * HOUR, T0 + 4 * HOUR),
    ):
        with open_store(url, create=True) as store:
            offs.append(store.open_session(name, start))
            store.alive(end)
    assert offs == [
        None,
        KeptAbsence(heard["old"], T0 + HOUR, DAEMON_OFF, "new"),
        KeptAbsence(T0 + HOUR + MINUTE, T0 + HOUR + 2 * MINUTE, DAEMON_OFF, "new"),
        KeptAbsence(heard["new"], T0 + 3 * HOUR, DAEMON_OFF, "old"),
    ]
    with open_store(url, create=False) as store:
        replaced = [(each.vantage, each.start, each.end) for each in store.absences(EVER) if each.reason == REPLACED]
        assert replaced == [("old", heard["old"], heard["new"]), ("new", heard["new"], None)]


def test_a_start_before_the_last_sign_of_life_has_no_absence(url: str) -> None:
    """A clock that was stepped back between two sessions makes no negative absence."""
    for start in (T0, T0 - HOUR):
        with open_store(url, create=True) as store:
            assert store.open_session(HERE, start) is None
            assert store.absences(EVER) == []


def test_one_process_measures_into_a_database(store: Database, url: str) -> None:
    """A second daemon is refused with the reason; reading and stating facts beside the first is not."""
    with open_store(url, create=False) as other:
        with pytest.raises(StoreError, match="another daemon measures into this database; end it first"):
            other.open_session(HERE, T0)
        assert other.runs(["acme/web"], EVER) == {}
        store.close()
        assert other.open_session(HERE, T0 + SECOND) is not None


def test_observing_needs_a_session(url: str) -> None:
    """Without a session nobody knows where the record goes on: observing is a mistake of the caller."""
    with open_store(url, create=True) as store, pytest.raises(RuntimeError, match="open_session"):
        store.observe(passed(T0), STALE)


def test_after_a_step_back_nothing_recorded_changes(store: Database) -> None:
    """What was recorded under the wrong clock stays; the record goes on before it and after it, never within."""
    observe_all(store, [passed(T0), passed(T0 + DAY), failed(T0 + DAY + 30 * SECOND)])
    store.clock_stepped(T0 + HOUR)
    observe_all(store, [passed(T0 + HOUR), passed(T0 + DAY), passed(T0 + DAY + 60 * SECOND)])
    assert [(run.outcome, run.first, run.last) for run in runs_of_one(store)] == [
        (Outcome.PASS, T0, T0),
        (Outcome.PASS, T0 + HOUR, T0 + HOUR),
        (Outcome.PASS, T0 + DAY, T0 + DAY),
        (Outcome.FAIL, T0 + DAY + 30 * SECOND, T0 + DAY + 30 * SECOND),
        (Outcome.PASS, T0 + DAY + 60 * SECOND, T0 + DAY + 60 * SECOND),
    ]
    assert store.stats().lost == {CLOCK_STEP: 1}
    assert [absence.reason for absence in store.absences(EVER)] == [CLOCK_STEP]


def test_runs_of_a_window_begin_with_the_last_settled_pass(store: Database) -> None:
    """An outage over the window's edge comes with all its runs, from the last pass that surely ended another."""
    observations = [
        *(passed(T0 + second * SECOND) for second in (0, 30, 60)),
        failed(T0 + 90 * SECOND),
        passed(T0 + 120 * SECOND),
        failed(T0 + 150 * SECOND),
        failed(T0 + 180 * SECOND, reason=Reason.CHECK),
        passed(T0 + 210 * SECOND),
        failed(T0 + 240 * SECOND),
    ]
    observe_all(store, observations)
    window = Span(T0 + 170 * SECOND, T0 + 240 * SECOND)

    def firsts(settled: int) -> list[int]:
        runs = store.runs(["acme/web"], window, settled)["acme/web", HERE]
        return [(run.first - T0) // SECOND for run in runs]

    assert firsts(1) == [120, 150, 180, 210]
    assert firsts(2) == [0, 90, 120, 150, 180, 210]
    assert firsts(9) == [0, 90, 120, 150, 180, 210]


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(1, 90), st.sampled_from("ppfce")), min_size=1, max_size=60),
    st.integers(0, 2_000),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_a_window_read_alone_tells_what_the_whole_record_tells(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]], start: int, fails: int, passes: int
) -> None:
    """The timeline from the runs of a window is the timeline of everything, cut to the window."""
    at, observations = T0, []
    kinds = {
        "p": (Outcome.PASS, Reason.NONE),
        "f": (Outcome.FAIL, Reason.STATUS),
        "c": (Outcome.FAIL, Reason.CHECK),
        "e": (Outcome.ERROR, Reason.RESOLVER),
    }
    for seconds, kind in steps:
        at += seconds * SECOND
        observations.append(Observation("acme/web", HERE, at, *kinds[kind]))
    window = Span(T0 + start * SECOND, at + SECOND)
    if window.length <= 0:
        return
    confirmation = Confirmation(fails=fails, passes=passes)
    path = tmp_path_factory.mktemp("window") / "uptime.db"
    with open_store(f"sqlite:///{path}", create=True) as store:
        store.open_session(HERE, T0)
        observe_all(store, observations)
        part = store.runs(["acme/web"], window, passes).get(("acme/web", HERE), [])
    whole = probe_timeline(list(runs_of(observations, STALE)), Span(T0, window.end), confirmation, STALE)
    assert probe_timeline(part, window, confirmation, STALE) == whole.clip(window)


def test_probes_are_read_by_name(store: Database) -> None:
    """Of three probes two are asked for, of which one is known."""
    observe_all(store, [passed(T0, "acme/web"), passed(T0, "acme/sip"), passed(T0, "acme/mail")])
    assert set(store.runs(["acme/web", "acme/none"], EVER)) == {("acme/web", HERE)}
    assert store.runs([], EVER) == {}


def test_contexts_come_back_whole(store: Database) -> None:
    """Attempt, checks, phases, certificate, votes and even a broken character survive."""
    observation = failed(T0 + SECOND)
    error = Observation("acme/web", HERE, T0 + 2 * SECOND, Outcome.ERROR, Reason.SENTINELS, 5)
    observe_all(store, [observation, error])
    assert store.failures(["acme/web"], EVER, 10) == [context(observation), context(error)]
    assert store.failures(["acme/web"], EVER, 1) == [context(observation)]
    assert store.failures(["acme/web"], Span(T0, T0 + SECOND), 10) == []
    assert store.failures(["acme/sip"], EVER, 10) == []


def test_rollups_count_the_passes_of_five_minutes(store: Database) -> None:
    """Number, sum, longest and buckets of passes; a failure's duration is no latency."""
    observe_all(
        store,
        [
            passed(T0, duration=20_000),
            passed(T0 + 30 * SECOND, duration=900),
            failed(T0 + 60 * SECOND),
            passed(T0 + 90 * SECOND, duration=70 * SECOND),
            passed(T0 + 5 * MINUTE, duration=31_000),
        ],
    )
    first = Rollup("acme/web", HERE, T0, 3, 70_020_900, 70 * SECOND, ((1_024, 1), (24_576, 1), (None, 1)))
    second = Rollup("acme/web", HERE, T0 + 5 * MINUTE, 1, 31_000, 31_000, ((32_768, 1),))
    assert store.rollups(["acme/web"], EVER) == [first, second]
    assert store.rollups(["acme/web"], Span(T0 + 1, T0 + HOUR)) == [second]
    assert store.rollups(["acme/web"], Span(T0, T0 + 5 * MINUTE)) == [first]


def test_a_rollup_goes_on_after_a_restart(url: str) -> None:
    """The passes before and after a restart within the same five minutes are counted together."""
    for start in (T0, T0 + MINUTE):
        with open_store(url, create=True) as store:
            store.open_session(HERE, start)
            observe_all(store, [passed(start + SECOND, duration=20_000)])
            rollups = store.rollups(["acme/web"], EVER)
    assert [(rollup.count, rollup.total) for rollup in rollups] == [(2, 40_000)]


@given(st.integers(0, 100 * SECOND))
def test_every_duration_lies_in_its_bucket(duration: int) -> None:
    """A duration is below the bound of its bucket and not below the one before."""
    bucket = bucket_of(duration)
    above = bound_of(bucket)
    below = bound_of(bucket - 1) if bucket else 0
    assert below is not None
    assert below <= duration
    assert bucket == BUCKETS - 1 if above is None else duration < above


def test_absences_are_kept_ended_and_read_by_window(store: Database) -> None:
    """A pause goes on until it is ended, once; the same absence twice is one; windows are half-open."""
    pause = store.append_absence(KeptAbsence(T0, None, "paused", HERE, "acme/web"))
    step = store.append_absence(KeptAbsence(T0 + HOUR, T0 + 2 * HOUR, CLOCK_STEP))
    assert store.append_absence(KeptAbsence(T0 + HOUR, T0 + 2 * HOUR, CLOCK_STEP)) == step
    (going_on,) = store.absences(Span(T0 + 10 * DAY, T0 + 11 * DAY))
    assert going_on == KeptAbsence(T0, None, "paused", HERE, "acme/web", pause)
    assert going_on.until(T0 + DAY) == Absence(Span(T0, T0 + DAY), "paused")
    store.end_absence(pause, T0 + 3 * HOUR)
    with pytest.raises(ConflictError, match=f"absence {pause} does not go on"):
        store.end_absence(pause, T0 + 4 * HOUR)
    assert [absence.id for absence in store.absences(Span(T0 + 2 * HOUR, T0 + 3 * HOUR))] == [pause]
    assert store.absences(Span(T0 + 3 * HOUR, EVER.end)) == []
    assert store.absences(Span(T0, T0 + HOUR + 1))[1] == KeptAbsence(
        T0 + HOUR, T0 + 2 * HOUR, CLOCK_STEP, None, None, step
    )


def test_many_threads_may_use_the_store(store: Database) -> None:
    """Observing, stating and reading from several threads at once neither fails nor loses anything."""
    mistakes: list[BaseException] = []

    def running(work: Callable[[], None]) -> threading.Thread:
        def caught() -> None:
            try:
                work()
            except BaseException as error:
                mistakes.append(error)
                raise

        thread = threading.Thread(target=caught)
        thread.start()
        return thread

    def observing(number: int) -> None:
        for second in range(300):
            store.observe(passed(T0 + second * SECOND, f"acme/{number}"), STALE)

    def reading() -> None:
        for _ in range(20):
            store.runs(["acme/0", "acme/1", "acme/2"], EVER)
            store.append_absence(KeptAbsence(T0, T0 + 1, "paused"))

    threads = [running(partial(observing, number)) for number in range(3)]
    threads += [running(reading) for _ in range(3)]
    for thread in threads:
        thread.join(120)
    store.flush()
    assert mistakes == []
    assert [runs_of_one(store, f"acme/{number}")[0].count for number in range(3)] == [300, 300, 300]


def test_the_store_keeps_the_promises_of_its_port(store: Database) -> None:
    """What `ports.Store` names, the database has: the type checker compares the signatures here."""
    promised: Store = store
    stats = promised.stats()
    assert (stats.pending, stats.write_failures, stats.lost, stats.trouble) == (0, 0, {}, None)
    assert stats.size_bytes > 0


def test_a_closed_store_says_so(url: str) -> None:
    """After closing, nothing is taken any more, and that is said; closing again does no harm."""
    store = open_store(url, create=True)
    store.close()
    with pytest.raises(StoreError, match="the store is closed"):
        store.append_absence(KeptAbsence(T0, T0 + 1, "paused"))
    with pytest.raises(StoreError, match="the store is closed"):
        store.observe(passed(T0), STALE)
    store.close()


def test_vantages_stand_apart(store: Database) -> None:
    """One probe has runs of its own at each vantage."""
    other = Run("acme/web", "vienna-1", Outcome.PASS, Reason.NONE, T0, T0)
    store.observe(Observation("acme/web", "vienna-1", T0, Outcome.PASS), STALE)
    observe_all(store, [passed(T0)])
    assert store.runs(["acme/web"], EVER)["acme/web", "vienna-1"] == [other]
