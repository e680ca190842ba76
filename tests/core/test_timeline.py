"""From observations to three states: laws, a slow interpreter of every second, and each rule by an example."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.generated import WIDELY, span_sets, windows
from tests.core.oracle import ticks, timeline_by_ticks
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.probe import Cadence, Confirmation, held_for
from uptime_daemon.core.facts.run import Run, extended, runs_of, started
from uptime_daemon.core.facts.timeline import (
    Absence,
    Timeline,
    connected,
    known,
    probe_timeline,
)
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.core.time.spans import Span, Spans

FAIL_REASONS = (Reason.STATUS, Reason.ANSWER_TIMEOUT, Reason.NONE)
ERROR_REASONS = (Reason.RESOLVER, Reason.SENTINELS)


@dataclass(frozen=True)
class World:
    """What one probe saw from one place, and how it is to be read."""

    observations: tuple[Observation, ...]
    window: Span
    confirmation: Confirmation
    stale_after: int
    absences: tuple[Absence, ...] = ()

    def timeline(self, runs: Sequence[Run]) -> Timeline:
        """The timeline of these runs."""
        return probe_timeline(runs, self.window, self.confirmation, self.stale_after, self.absences)


@st.composite
def observations(draw: st.DrawFn) -> tuple[Observation, ...]:
    """Observations of one probe in time order: rows of one outcome, close together but for a gap now and then."""
    at, seen = draw(st.integers(-20, 20)), []
    for _ in range(draw(st.integers(0, 8))):
        outcome, length = draw(st.sampled_from("PFFE")), draw(st.integers(1, 5))
        for _ in range(length):
            at += draw(st.sampled_from([1, 2, 2, 3, 3, 4, 5, 7, 12]))
            match outcome:
                case "P":
                    seen.append(Observation("v/p", "here", at, Outcome.PASS))
                case "F":
                    seen.append(Observation("v/p", "here", at, Outcome.FAIL, draw(st.sampled_from(FAIL_REASONS))))
                case _:
                    seen.append(Observation("v/p", "here", at, Outcome.ERROR, draw(st.sampled_from(ERROR_REASONS))))
    return tuple(seen)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any sequence of observations with any settings and absences, mostly looked at as a whole."""
    seen = draw(observations())
    first, last = (seen[0].at, seen[-1].at) if seen else (0, 30)
    window = Span(first - draw(st.integers(-12, 12)), max(first + 13, last + draw(st.integers(-12, 12))))
    absences = [
        Absence(
            draw(windows(window.start - 5, window.end + 5)), draw(st.sampled_from(["voided", "paused", "daemon_off"]))
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    confirmation = Confirmation(fails=draw(st.integers(1, 4)), passes=draw(st.integers(1, 3)))
    return World(seen, window, confirmation, draw(st.integers(4, 9)), tuple(absences))


@WIDELY
@given(worlds())
def test_runs_tell_what_observations_tell(world: World) -> None:
    """The law that makes runs a record: their timeline is that of the observations one by one."""
    runs = list(runs_of(world.observations, world.stale_after))
    assert world.timeline(runs) == world.timeline([started(each) for each in world.observations])


@WIDELY
@given(worlds())
def test_every_second_is_read_as_the_rules_say(world: World) -> None:
    """A slow interpreter that looks at every instant alone finds the same brackets and the same unknown time."""
    timeline = world.timeline(list(runs_of(world.observations, world.stale_after)))
    expected = timeline_by_ticks(
        world.observations,
        world.window,
        fails=world.confirmation.fails,
        passes=world.confirmation.passes,
        stale_after=world.stale_after,
        absences=[(*absence.span, absence.reason) for absence in world.absences],
    )
    assert ticks(timeline.point) == expected.point
    assert ticks(timeline.shortest) == expected.shortest
    assert ticks(timeline.longest) == expected.longest
    assert {at: reason for reason, spans in timeline.unknown for at in ticks(spans)} == expected.unknown


@given(worlds())
def test_brackets_are_nested_and_states_are_disjoint(world: World) -> None:
    """Shortest within point within longest within the window, which down, unknown and up fill without an overlap."""
    timeline = world.timeline(list(runs_of(world.observations, world.stale_after)))
    whole, unknown = Spans.one(*world.window), timeline.unknown_total
    assert not timeline.shortest - timeline.point
    assert not timeline.point - timeline.longest
    assert not timeline.longest - whole
    assert not unknown - timeline.longest
    assert not timeline.point & unknown
    assert sum(spans.total for _, spans in timeline.unknown) == unknown.total
    assert timeline.up.total + timeline.point.total + unknown.total == world.window.length
    assert timeline.up | timeline.point | unknown == whole


@given(worlds(), windows(-25, 90))
def test_clipping_is_looking_at_a_part(world: World, part: Span) -> None:
    """A clipped timeline holds the same states as the whole one inside the stretch and nothing outside."""
    timeline = world.timeline(list(runs_of(world.observations, world.stale_after)))
    clipped = timeline.clip(part)
    assert (clipped.shortest, clipped.point, clipped.longest) == (
        timeline.shortest.clip(part),
        timeline.point.clip(part),
        timeline.longest.clip(part),
    )
    assert clipped.unknown_total == timeline.unknown_total.clip(part)
    assert all(spans for _, spans in clipped.unknown)


def seen(story: str, step: int = 5) -> tuple[Observation, ...]:
    """Observations at equal distances from 0 on: P pass, F fail, T fail by timeout, E error, a dot none."""
    kinds = {
        "P": (Outcome.PASS, Reason.NONE),
        "F": (Outcome.FAIL, Reason.STATUS),
        "T": (Outcome.FAIL, Reason.ANSWER_TIMEOUT),
        "E": (Outcome.ERROR, Reason.RESOLVER),
    }
    return tuple(
        Observation("v/p", "here", number * step, *kinds[letter])
        for number, letter in enumerate(story)
        if letter != "."
    )


def told(
    story: str, *, fails: int = 3, passes: int = 1, end: int | None = None, absences: Sequence[Absence] = ()
) -> Timeline:
    """The timeline of a story told in steps of 5 seconds, where 12 seconds without observation are a gap."""
    window = Span(0, len(story) * 5 if end is None else end)
    return probe_timeline(list(runs_of(seen(story), 12)), window, Confirmation(fails, passes), 12, absences)


def bounds(timeline: Timeline) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """The three brackets as boundaries."""
    return timeline.shortest.bounds, timeline.point.bounds, timeline.longest.bounds


def test_a_confirmed_outage_is_dated_back_to_its_first_fail() -> None:
    """Three fails make an outage from the first of them; its edges lie between the neighbouring passes."""
    assert bounds(told("PPFFFPP")) == ((10, 20), (10, 25), (5, 25))


def test_unconfirmed_fails_stay_up() -> None:
    """Two fails are no outage where three are asked for, not even a possible one."""
    timeline = told("PPFFPPFP")
    assert bounds(timeline) == ((), (), ())
    assert timeline.up == Spans.one(0, 40)


def test_a_single_fail_that_counts_has_no_proven_length() -> None:
    """Where one fail is enough, one fail is an outage whose shortest bracket is empty."""
    assert bounds(told("PPFPP", fails=1)) == ((), (10, 15), (5, 15))


def test_fails_of_different_reasons_are_one_row() -> None:
    """What went wrong may change; the row of fails goes on."""
    assert bounds(told("PFTFP")) == ((5, 15), (5, 20), (0, 20))


def test_an_error_neither_extends_nor_breaks_a_row() -> None:
    """Two fails, an error and a fail are a row of three; its time is unknown and not down."""
    timeline = told("PFFEFP")
    assert bounds(timeline) == ((5, 15), (5, 15, 20, 25), (0, 25))
    assert timeline.unknown == (("resolver", Spans.one(15, 20)),)
    assert bounds(told("PFFEEPP")) == ((), (), (15, 25))
    assert bounds(told("PEEEEP")) == ((), (), (5, 25))


def test_an_error_before_a_fail_is_not_the_edge() -> None:
    """The longest bracket reaches back to the last pass, over the time in which nobody could see."""
    assert bounds(told("PEFFFP")) == ((10, 20), (10, 25), (0, 25))


def test_a_gap_ends_a_row() -> None:
    """Two fails before a gap and one after it are no row of three; the gap has no data."""
    timeline = told("PFF...FP")
    assert timeline.point == Spans()
    assert timeline.unknown == (("no_data", Spans.one(10, 30)),)


def test_an_outage_ends_in_a_gap_with_its_last_fail() -> None:
    """Nobody saw what came after the last fail: it is unknown, and only the longest bracket holds it."""
    timeline = told("PFFF...PP")
    assert bounds(timeline) == ((5, 15), (5, 15), (0, 35))
    assert timeline.unknown == (("no_data", Spans.one(15, 35)),)


def test_an_outage_may_go_on_behind_a_gap() -> None:
    """Confirmed before and behind a gap are two stretches of down time with unknown time between them."""
    timeline = told("PFFF...FFFP")
    assert bounds(timeline) == ((5, 15, 35, 45), (5, 15, 35, 50), (0, 50))
    assert connected(timeline.point, timeline.unknown_total, splits=False) == (Span(5, 50),)
    assert connected(timeline.point, timeline.unknown_total, splits=True) == (Span(5, 15), Span(35, 50))


@pytest.mark.parametrize(
    ("distance", "unknown"), [(12, Spans()), (13, Spans.one(0, 13))], ids=["at the limit", "beyond it"]
)
def test_the_distance_of_a_gap(distance: int, unknown: Spans) -> None:
    """Exactly `stale_after` is no gap; a microsecond more makes the whole distance unknown."""
    passes = [Observation("v/p", "here", at, Outcome.PASS) for at in (0, distance)]
    timeline = probe_timeline(list(runs_of(passes, 12)), Span(0, distance), Confirmation(), 12)
    assert timeline.unknown_total == unknown


def test_an_open_outage_ends_with_its_last_fail() -> None:
    """While an outage goes on, down is what was seen; the longest bracket reaches to the window's end."""
    timeline = told("PPFFF", end=27)
    assert bounds(timeline) == ((10, 20), (10, 20), (5, 27))
    assert timeline.unknown == (("no_data", Spans.one(20, 27)),)


def test_a_pass_holds_until_now() -> None:
    """After a pass it is up until the window ends, unless that is a gap away; before the first pass it is unknown."""
    assert told("..PP", end=25).unknown == (("no_data", Spans.one(0, 10)),)
    assert told("PP", end=17).unknown == ()
    assert told("PP", end=18).unknown == (("no_data", Spans.one(5, 18)),)


def test_a_recovery_needs_its_passes() -> None:
    """Where two passes are asked for, one pass between fails does not end an outage, and two end it at the first."""
    assert bounds(told("PFFFPFPP", passes=2)) == ((5, 25), (5, 30), (0, 30))
    assert bounds(told("PFFFPPP", passes=2)) == ((5, 15), (5, 20), (0, 20))


def test_nothing_observed_is_unknown() -> None:
    """Without a single observation the whole window has no data."""
    timeline = told("", end=30)
    assert bounds(timeline) == ((), (), (0, 30))
    assert timeline.unknown == (("no_data", Spans.one(0, 30)),)
    assert timeline.up == Spans()


def test_absences_name_the_reason_of_a_gap() -> None:
    """Time that somebody explains carries that reason, the rest of the gap has no data."""
    timeline = told("PP......PP", absences=[Absence(Span(10, 30), "paused")])
    assert timeline.unknown == (("no_data", Spans.of([(5, 10), (30, 40)])), ("paused", Spans.one(10, 30)))


def test_a_short_absence_is_unknown_too() -> None:
    """A daemon that was off for three seconds saw nothing in them, however soon it saw something again."""
    timeline = told("PPPP", absences=[Absence(Span(6, 9), "daemon_off")])
    assert timeline.unknown == (("daemon_off", Spans.one(6, 9)),)
    assert timeline.up == Spans.of([(0, 6), (9, 20)])


def test_a_short_absence_does_not_break_a_row() -> None:
    """Fails before and after a short absence are one row, like fails around an error."""
    timeline = told("PFFFP", absences=[Absence(Span(6, 9), "daemon_off")])
    assert bounds(timeline) == ((5, 6, 9, 15), (5, 6, 9, 20), (0, 20))


def test_voided_time_is_unknown_whatever_was_seen() -> None:
    """What a person declared a wrong measurement is neither up nor down; the rest of the outage stands."""
    timeline = told("PFFFFP", absences=[Absence(Span(0, 12), "voided"), Absence(Span(0, 30), "paused")])
    assert timeline.unknown == (("paused", Spans.one(12, 30)), ("voided", Spans.one(0, 12)))
    timeline = told("PFFFFP", absences=[Absence(Span(0, 12), "voided")])
    assert bounds(timeline) == ((12, 20), (12, 25), (0, 25))
    assert timeline.unknown == (("voided", Spans.one(0, 12)),)


def test_an_absence_reaches_no_further_than_the_window() -> None:
    """Time outside the window belongs to no set."""
    timeline = told("PPPP", absences=[Absence(Span(-50, 7), "voided"), Absence(Span(15, 90), "paused")])
    assert timeline.unknown == (("paused", Spans.one(15, 20)), ("voided", Spans.one(0, 7)))
    assert timeline.longest == Spans.of([(0, 7), (15, 20)])


def test_known_states_have_sharp_edges() -> None:
    """Stated down time has one bracket, unknown time is in the longest alone, and down time is never unknown."""
    timeline = known(
        Span(0, 100), Spans.of([(10, 20), (90, 120)]), [("a", Spans.one(15, 30)), ("b", Spans.one(25, 40))]
    )
    assert timeline.point == timeline.shortest == Spans.of([(10, 20), (90, 100)])
    assert timeline.unknown == (("a", Spans.one(20, 30)), ("b", Spans.one(30, 40)))
    assert timeline.longest == Spans.of([(10, 40), (90, 100)])
    assert timeline.up == Spans.of([(0, 10), (40, 90)])


@given(span_sets(0, 60), span_sets(0, 60))
def test_connected_outages_start_and_end_down(down: Spans, other: Spans) -> None:
    """Joined over unknown time, an outage still starts and ends with down time, and none of it is lost."""
    unknown = other - down
    outages = connected(down, unknown, splits=False)
    joined = Spans.of(outages)
    assert not down - joined
    assert not joined - down - unknown
    assert len(joined) == len(outages)
    assert all(outage.start in down and outage.end - 1 in down for outage in outages)
    assert connected(down, unknown, splits=True) == tuple(down)


def test_a_run_grows_forward_only() -> None:
    """An observation at or before a run's last one is refused: the record never changes backwards."""
    run = started(seen("P")[0])
    with pytest.raises(ValueError, match="is not after"):
        extended(run, seen("P")[0], 12)


def test_runs_keep_first_last_count_and_largest_distance() -> None:
    """A run is enough to know how dense it was; another reason or outcome, or a gap, starts another run."""
    times = [0, 5, 12, 15, 40]
    passes = [Observation("v/p", "here", at, Outcome.PASS) for at in times]
    assert [(run.first, run.last, run.count, run.distance) for run in runs_of(passes, 12)] == [
        (0, 15, 4, 7),
        (40, 40, 1, 0),
    ]
    kinds = [(run.outcome.value, run.reason.value, run.count) for run in runs_of(seen("PFFTEEP"), 12)]
    assert kinds == [
        ("pass", "none", 1),
        ("fail", "status", 2),
        ("fail", "answer_timeout", 1),
        ("error", "resolver", 2),
        ("pass", "none", 1),
    ]


@pytest.mark.parametrize(("first", "last", "count"), [(0, 5, 0), (5, 0, 2), (0, 0, 2), (0, 5, 1)])
def test_impossible_runs_are_refused(first: int, last: int, count: int) -> None:
    """A run has observations, does not end before it starts, and has one instant exactly if it has one observation."""
    with pytest.raises(ValueError, match="impossible run"):
        Run("v/p", "here", Outcome.PASS, Reason.NONE, first, last, count)


@given(observations())
def test_runs_lose_no_observation(told_observations: tuple[Observation, ...]) -> None:
    """Runs count every observation once and follow each other."""
    runs = list(runs_of(told_observations, 6))
    assert sum(run.count for run in runs) == len(told_observations)
    assert [run.first for run in runs] == sorted(run.first for run in runs)
    assert all(any(run.first <= each.at <= run.last for run in runs) for each in told_observations)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.PASS, Reason.STATUS),
        (Outcome.PASS, Reason.RESOLVER),
        (Outcome.ERROR, Reason.NONE),
        (Outcome.ERROR, Reason.STATUS),
        (Outcome.FAIL, Reason.ACCESS_REFUSED),
        (Outcome.FAIL, Reason.SENTINELS),
    ],
)
def test_reasons_belong_to_outcomes(outcome: Outcome, reason: Reason) -> None:
    """A reason that lies with us never makes a fail, and a fault of the endpoint never makes an error."""
    with pytest.raises(ValueError, match="cannot have the reason"):
        Observation("v/p", "here", 0, outcome, reason)


def test_two_and_a_half_intervals_make_a_gap() -> None:
    """The longest distance over which an outcome holds follows from the interval."""
    assert Cadence(interval=30 * SECOND).stale_after == 75 * SECOND
    assert Cadence(interval=13 * SECOND, timeout=10 * SECOND).stale_after == 32 * SECOND + SECOND // 2
    # Tried, doubted, and tried again at the next place of the grid: 2 s, 10 s, 3 s, and half an interval to spare.
    assert Cadence(interval=2 * SECOND, timeout=10 * SECOND).stale_after == 16 * SECOND
    assert held_for(1) == 2


@pytest.mark.prove
@given(st.integers(1, 4), st.integers(1, 3), st.lists(st.sampled_from("PPPPFFFE."), min_size=100, max_size=300))
def test_long_stories_are_read_as_the_rules_say(fails: int, passes: int, letters: list[str]) -> None:
    """The slow interpreter agrees on hundreds of observations at a time."""
    story = "".join(letters)
    timeline = told(story, fails=fails, passes=passes)
    expected = timeline_by_ticks(seen(story), timeline.window, fails=fails, passes=passes, stale_after=12)
    assert (ticks(timeline.shortest), ticks(timeline.point)) == (expected.shortest, expected.point)
    assert ticks(timeline.longest) == expected.longest
