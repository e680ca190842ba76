"""What waits for the disk: folded exactly, bounded, and honest about what found no room."""

from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import HERE, STALE, T0, context, failed, passed
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.run import Run, runs_of
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.kept import CLOCK_STEP, STORE_OVERFLOW, KeptAbsence
from uptime_daemon.store.latency import SLOT
from uptime_daemon.store.pending import ABSENCES_MAX, CONTEXTS_EVERY, CONTEXTS_FIRST, Batch, Pending, Resumed


def begun(runs_max: int = 1_000, contexts_max: int = 1_000, latencies_max: int = 1_000) -> Pending:
    """A record that begins at T0."""
    pending = Pending(runs_max=runs_max, contexts_max=contexts_max, latencies_max=latencies_max)
    pending.resume(HERE, T0, {})
    return pending


def taken(pending: Pending) -> Batch:
    """What waits; something does."""
    batch = pending.take()
    assert batch is not None
    return batch


OBSERVED = st.lists(
    st.tuples(
        st.sampled_from(["acme/web", "acme/sip"]),
        st.integers(1, 100),
        st.sampled_from(
            [
                (Outcome.PASS, Reason.NONE),
                (Outcome.FAIL, Reason.STATUS),
                (Outcome.FAIL, Reason.CHECK),
                (Outcome.ERROR, Reason.RESOLVER),
            ]
        ),
        st.booleans(),
    ),
    max_size=80,
)


@given(OBSERVED)
def test_folding_makes_the_runs_of_the_observations(steps: list[tuple[str, int, tuple[Outcome, Reason], bool]]) -> None:
    """However often the disk takes what waits, the last words on each run are the runs of the observations."""
    pending = begun()
    at = T0
    written: dict[tuple[str, int], Run] = {}
    observed: dict[str, list[Observation]] = {"acme/web": [], "acme/sip": []}
    for probe, seconds, (outcome, reason), take in steps:
        at += seconds * SECOND
        observation = Observation(probe, HERE, at, outcome, reason)
        observed[probe].append(observation)
        pending.observe(observation, STALE, None)
        if take:
            written |= {(run.probe, run.first): run for run in taken(pending).runs}
    if (rest := pending.take()) is not None:
        written |= {(run.probe, run.first): run for run in rest.runs}
    for probe, observations in observed.items():
        kept = sorted((run for run in written.values() if run.probe == probe), key=lambda run: run.first)
        assert kept == list(runs_of(observations, STALE))
    assert pending.lost == {}


def test_a_state_that_holds_needs_no_room() -> None:
    """A day of passes waits as one row of a run, with its rollups."""
    pending = begun(runs_max=1)
    for at in range(T0, T0 + DAY, 30 * SECOND):
        pending.observe(passed(at), STALE, None)
    batch = taken(pending)
    assert [(run.count, run.distance) for run in batch.runs] == [(2_880, 30 * SECOND)]
    assert len(batch.latencies) == DAY // SLOT
    assert pending.take() is None


def test_what_finds_no_room_is_lost_counted_and_named() -> None:
    """With room for two runs the third is left out; its time and its neighbours' reach are an absence."""
    pending = begun(runs_max=2)
    pending.observe(passed(T0), STALE, None)
    pending.observe(failed(T0 + 30 * SECOND), STALE, None)
    pending.observe(passed(T0 + 60 * SECOND), STALE, None)
    pending.observe(failed(T0 + 90 * SECOND), STALE, None)
    batch = taken(pending)
    assert [(run.outcome, run.last) for run in batch.runs] == [(Outcome.PASS, T0), (Outcome.FAIL, T0 + 30 * SECOND)]
    assert pending.lost == {STORE_OVERFLOW: 2}
    lost = Span(T0 + 60 * SECOND - STALE, T0 + 90 * SECOND + STALE)
    assert batch.absences == (KeptAbsence(lost.start, lost.end, STORE_OVERFLOW, HERE),)


def test_a_run_never_spans_a_lost_observation() -> None:
    """After a loss the next observation begins a run, although it equals the one before the loss."""
    pending = begun(runs_max=1)
    pending.observe(failed(T0), STALE, None)
    pending.observe(passed(T0 + 30 * SECOND), STALE, None)
    taken(pending)
    pending.observe(failed(T0 + 60 * SECOND), STALE, None)
    assert [(run.first, run.count) for run in taken(pending).runs] == [(T0 + 60 * SECOND, 1)]


def test_losses_far_apart_are_absences_of_their_own() -> None:
    """Two losses a day apart do not name the day between them; the number of absences is bounded."""
    pending = begun(runs_max=0)
    for number in range(ABSENCES_MAX + 50):
        pending.observe(passed(T0 + number * DAY), STALE, None)
    absences = taken(pending).absences
    assert len(absences) == ABSENCES_MAX
    assert absences[1] == KeptAbsence(T0 + DAY - STALE, T0 + DAY + STALE, STORE_OVERFLOW, HERE)
    assert absences[-1].end == T0 + (ABSENCES_MAX + 49) * DAY + STALE


def test_contexts_of_a_long_outage_stay_few() -> None:
    """Of a run the first 20 contexts are kept, then every 60th; a new run begins anew."""
    pending = begun()
    for number in range(300):
        observation = failed(T0 + number * 30 * SECOND)
        pending.observe(observation, STALE, context(observation))
    other = failed(T0 + 9_000 * SECOND, reason=Reason.CHECK)
    pending.observe(other, STALE, context(other))
    batch = taken(pending)
    assert [failure.observation.at for failure in batch.failures] == [
        *(T0 + number * 30 * SECOND for number in range(CONTEXTS_FIRST)),
        *(T0 + (number - 1) * 30 * SECOND for number in range(CONTEXTS_EVERY, 301, CONTEXTS_EVERY)),
        other.at,
    ]
    assert [run.count for run in batch.runs] == [300, 1]


def test_context_and_duration_without_room_cost_no_observation() -> None:
    """The runs count what has no room for its context or duration; both losses are counted."""
    pending = begun(contexts_max=1, latencies_max=1)
    for number in range(3):
        observation = failed(T0 + number * 30 * SECOND)
        pending.observe(observation, STALE, context(observation))
    pending.observe(passed(T0 + HOUR), STALE, None)
    pending.observe(passed(T0 + 2 * HOUR), STALE, None)
    batch = taken(pending)
    assert (len(batch.failures), len(batch.latencies)) == (1, 1)
    assert [run.count for run in batch.runs] == [3, 1, 1]
    assert (pending.contexts_lost, pending.lost) == (3, {})


def test_an_observation_of_the_past_is_refused_and_named() -> None:
    """The record grows only forward: what a clock that was stepped back delivers is counted as its gap."""
    pending = begun()
    pending.observe(passed(T0 + HOUR), STALE, None)
    pending.observe(passed(T0 + HOUR), STALE, None)
    pending.observe(failed(T0), STALE, None)
    batch = taken(pending)
    assert [(run.first, run.last) for run in batch.runs] == [(T0 + HOUR, T0 + HOUR)]
    assert pending.lost == {CLOCK_STEP: 2}
    assert {(absence.reason, absence.probe) for absence in batch.absences} == {(CLOCK_STEP, "acme/web")}


def test_after_a_step_back_the_record_goes_on_around_what_is_there() -> None:
    """Before time that is recorded already there is room; within it nothing is kept; after it the record goes on."""
    pending = Pending()
    recorded = Span(T0 + MINUTE, T0 + 2 * MINUTE)
    pending.resume(HERE, T0, {("acme/web", HERE): Resumed(recorded=recorded)})
    for seconds in (0, 30, 60, 90, 120, 150):
        pending.observe(passed(T0 + seconds * SECOND), STALE, None)
    assert [(run.first, run.last) for run in taken(pending).runs] == [
        (T0, T0 + 30 * SECOND),
        (T0 + 2 * MINUTE, T0 + 150 * SECOND),
    ]
    assert pending.lost == {CLOCK_STEP: 2}


def test_what_is_observed_while_the_disk_is_read_stays() -> None:
    """A run that began after the turn is not replaced by the older one on disk: the record never overlaps itself."""
    pending = begun()
    pending.observe(passed(T0), STALE, None)
    pending.observe(passed(T0, "acme/sip"), STALE, None)
    on_disk = {(run.probe, run.vantage): Resumed(run) for run in taken(pending).runs}
    pending.turn()
    pending.observe(failed(T0 + 30 * SECOND), STALE, None)
    pending.resume(HERE, T0 + 31 * SECOND, on_disk)
    pending.observe(passed(T0 + 60 * SECOND), STALE, None)
    pending.observe(passed(T0 + 60 * SECOND, "acme/sip"), STALE, None)
    assert [(run.probe, run.first, run.last) for run in taken(pending).runs] == [
        ("acme/web", T0 + 30 * SECOND, T0 + 30 * SECOND),
        ("acme/web", T0 + 60 * SECOND, T0 + 60 * SECOND),
        ("acme/sip", T0, T0 + 60 * SECOND),
    ]


def test_the_last_word_on_being_alive_stands() -> None:
    """An observation, which began earlier, does not take back what the daemon said; a clock stepped back may."""
    pending = begun()
    pending.observe(passed(T0 + SECOND), STALE, None)
    assert taken(pending).alive == (HERE, T0 + SECOND)
    pending.alive(T0 + 5 * SECOND)
    pending.observe(passed(T0 + 3 * SECOND), STALE, None)
    assert taken(pending).alive == (HERE, T0 + 5 * SECOND)
    pending.alive(T0)
    assert taken(pending).alive == (HERE, T0)
