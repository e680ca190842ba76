"""The state that changes tell while observations come in is the state that the timeline finds afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.probe import Cadence, Confirmation, Probe
from uptime_daemon.core.facts.run import runs_of, started
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.facts.timeline import probe_timeline
from uptime_daemon.core.time.instants import SECOND, Instant
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.watch.confirmation import Standing, advanced, lapsed, resumed, unseen

REASONS = {Outcome.PASS: Reason.NONE, Outcome.FAIL: Reason.STATUS, Outcome.ERROR: Reason.RESOLVER}
OUTCOMES = {"P": Outcome.PASS, "F": Outcome.FAIL, "E": Outcome.ERROR}


def observation(at: Instant, letter: str) -> Observation:
    """One observation: P, F or E."""
    outcome = OUTCOMES[letter]
    return Observation("vendor/web", "here", at, outcome, REASONS[outcome])


def probe(fails: int = 3, passes: int = 1) -> Probe:
    """A probe with the default cadence: 75 s without an observation are a gap."""
    return Probe("vendor/web", "vendor/group", Cadence(), Confirmation(fails=fails, passes=passes))


def told(letters: str, *, fails: int = 3, passes: int = 1) -> list[tuple[State, int]]:
    """The changes that observations every 10 s tell, since which second; a dot is 80 s without any."""
    asked, at, standing, changes = probe(fails, passes), 0, Standing(), list[tuple[State, int]]()
    for letter in letters:
        at += 80 if letter == "." else 10
        if letter == ".":
            continue
        for step in advanced(standing, started(observation(at * SECOND, letter)), asked):
            if (step.state, step.since) != (standing.state, standing.since):
                changes.append((step.state, step.since // SECOND))
            standing = step
    return changes


UP, DOWN, UNKNOWN = State.UP, State.DOWN, State.UNKNOWN


@pytest.mark.parametrize(
    ("letters", "fails", "passes", "changes"),
    [
        ("PPPP", 3, 1, [(UP, 10)]),
        ("PFFP", 3, 1, [(UP, 10)]),
        ("PFFFP", 3, 1, [(UP, 10), (DOWN, 20), (UP, 50)]),
        ("FFFP", 3, 1, [(DOWN, 10), (UP, 40)]),
        ("FFPP", 3, 1, [(UP, 30)]),
        ("PFFEFP", 3, 1, [(UP, 10), (UNKNOWN, 40), (DOWN, 20), (UP, 60)]),
        ("PFFFPPFPPP", 3, 3, [(UP, 10), (DOWN, 20), (UP, 80)]),
        ("PEP", 3, 1, [(UP, 10), (UNKNOWN, 20), (UP, 30)]),
        ("PFFFEEF", 3, 1, [(UP, 10), (DOWN, 20), (UNKNOWN, 50), (DOWN, 70)]),
        ("PFFF.FFF", 3, 1, [(UP, 10), (DOWN, 20), (UNKNOWN, 40), (DOWN, 130)]),
        ("PFF.F", 3, 1, [(UP, 10), (UNKNOWN, 30)]),
        ("PFFFP.P", 3, 2, [(UP, 10), (DOWN, 20), (UNKNOWN, 50), (UP, 140)]),
    ],
)
def test_changes(letters: str, fails: int, passes: int, changes: list[tuple[State, int]]) -> None:
    """Outages go back to their first fail; errors and gaps are unknown; unconfirmed fails change nothing."""
    assert told(letters, fails=fails, passes=passes) == changes


@pytest.mark.parametrize(
    ("letters", "passes", "awaits"),
    [("P", 1, False), ("PF", 1, True), ("PFE", 1, True), ("PFFF", 1, False), ("PFFFP", 2, True), ("PFP", 1, False)],
)
def test_closer_look_is_due_only_while_a_change_awaits_confirmation(letters: str, passes: int, awaits: bool) -> None:
    """A first fail, or a first pass that is not yet enough, asks for repeats."""
    runs = runs_of((observation(10 * SECOND * at, letter) for at, letter in enumerate(letters)), 75 * SECOND)
    assert resumed(runs, probe(passes=passes)).awaits is awaits


DISTANCES = st.sampled_from([1, 5 * SECOND, 30 * SECOND, 75 * SECOND, 75 * SECOND + 1, 400 * SECOND])
HISTORIES = st.lists(st.tuples(DISTANCES, st.sampled_from("PPFFFE")), min_size=1, max_size=40)
NEEDED = st.integers(1, 4)


def observed(history: list[tuple[int, str]]) -> list[Observation]:
    """Observations at these distances."""
    at, result = 1_000, list[Observation]()
    for distance, letter in history:
        at += distance
        result.append(observation(at, letter))
    return result


@given(history=HISTORIES, fails=NEEDED, passes=NEEDED)
def test_changes_paint_the_timeline(history: list[tuple[int, str]], fails: int, passes: int) -> None:
    """Law: the painted down time without the unknown time is the timeline's point, whatever happens."""
    asked, observations = probe(fails, passes), observed(history)
    end = observations[-1].at + 10 * asked.cadence.stale_after
    standing, painted = Standing(), list[tuple[Instant, State]]()

    def paint(step: Standing) -> Standing:
        if (step.state, step.since) != (standing.state, standing.since):
            # a change holds from its `since` on and takes back what was said of that time
            painted[:] = [each for each in painted if each[0] < step.since]
            painted.append((step.since, step.state))
        return step

    for each in observations:
        for step in advanced(standing, started(each), asked):
            standing = paint(step)
    standing = paint(lapsed(standing, end, asked.cadence.stale_after))
    edges = [*painted, (end, State.UNKNOWN)]
    down = Spans.of((since, edges[at + 1][0]) for at, (since, state) in enumerate(painted) if state is State.DOWN)

    runs = list(runs_of(observations, asked.cadence.stale_after))
    timeline = probe_timeline(runs, Span(0, end), asked.confirmation, asked.cadence.stale_after)
    assert down - timeline.unknown_total == timeline.point
    assert standing.state is State.UNKNOWN


@given(history=HISTORIES, fails=NEEDED, passes=NEEDED)
def test_restart_goes_on_from_the_runs(history: list[tuple[int, str]], fails: int, passes: int) -> None:
    """Law: the runs of the past lead to the same standing as their observations did one by one."""
    asked, observations = probe(fails, passes), observed(history)
    standing = Standing()
    for each in observations:
        *_, standing = advanced(standing, started(each), asked)
    assert resumed(runs_of(observations, asked.cadence.stale_after), asked) == standing


def test_paused_time_is_unknown_and_the_row_goes_on() -> None:
    """Who does not look does not know; looking again in time, the row of fails is not lost."""
    asked, standing = probe(), resumed([started(observation(0, "P"))], probe())
    for at in (10, 20):
        *_, standing = advanced(standing, started(observation(at, "F")), asked)
    standing = unseen(standing, 20)
    assert standing.state is State.UNKNOWN
    *_, standing = advanced(standing, started(observation(30, "F")), asked)
    assert (standing.state, standing.since) == (State.DOWN, 10)


def test_nothing_observed_is_nothing_lapsed() -> None:
    """A probe that was never tried stands unknown and stays so."""
    assert lapsed(Standing(), 10**12, 1) == Standing()
