"""From outages to the amount that counts: start and stop events, minimum length, rounding, unknown time inside."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from tests.core.builders import TICKETS, contract, down, judge, period, rules, ticket
from uptime_daemon.core.facts.ticket import Ticket
from uptime_daemon.core.facts.timeline import Timeline
from uptime_daemon.core.judging.brackets import Bracket
from uptime_daemon.core.judging.downtime import NotCounted
from uptime_daemon.core.judging.judgement import Judgement
from uptime_daemon.core.terms.downtime import (
    Granularity,
    GranularityLevel,
    LengthComparison,
    LengthCounts,
    MinimumLength,
    StartEvent,
    StopEvent,
)
from uptime_daemon.core.terms.group import GroupTerms
from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span, Spans

WINDOW: Final = Span(-100 * HOUR, 900 * HOUR)
JUNE: Final = period(0, 720 * HOUR)
"""A month of 43,200 minutes; outages and tickets lie at minutes of it."""


def minutes(*outages: tuple[float, float], unknown: tuple[float, float] | None = None) -> Timeline:
    """A timeline down in these minutes."""
    spans = [(int(start * MINUTE), int(end * MINUTE)) for start, end in outages]
    unseen = Spans.one(*(int(at * MINUTE) for at in unknown)) if unknown else None
    return down(WINDOW, *spans, unknown=unseen)


def judged(timeline: Timeline, sent: Sequence[Ticket] = (), /, **terms: Any) -> Judgement:
    """The judgement of a month with these tickets under rules of downtime."""
    return judge(timeline, JUNE, contract(downtime=rules(**terms)), tickets=sent).judgement


def not_counted(judgement: Judgement) -> dict[str, float]:
    """Minutes that do not count, by reason."""
    return {reason.value: spans.total / MINUTE for reason, spans in judgement.labels.not_counted}


def at_minutes(name: str, *events: tuple[str, int]) -> Ticket:
    """A ticket with its events at minutes."""
    return ticket(name, *((kind, at * MINUTE) for kind, at in events))


ONE: Final = minutes((100, 160))


@pytest.mark.parametrize(
    ("events", "starts", "stops", "counted", "lost"),
    [
        # one outage from minute 100 to 160
        ([], "probe", "recovery", 60, {}),
        ([], "ticket", "recovery", 0, {"no_ticket": 60}),
        ([], "probe", "resolved", 60, {}),
        ([("opened", 90)], "ticket", "recovery", 60, {}),  # before the first fail: the outage's own start counts
        ([("opened", 100)], "ticket", "recovery", 60, {}),
        ([("opened", 117)], "ticket", "recovery", 43, {"before_ticket": 17}),
        ([("opened", 117)], "probe", "recovery", 60, {}),
        ([("opened", 117), ("resolved", 150)], "ticket", "recovery", 43, {"before_ticket": 17}),
        ([("opened", 117), ("resolved", 150)], "ticket", "resolved", 33, {"before_ticket": 17, "no_ticket": 10}),
        ([("opened", 117), ("resolved", 150)], "probe", "resolved", 50, {"no_ticket": 10}),
        ([("opened", 117), ("resolved", 160)], "ticket", "resolved", 43, {"before_ticket": 17}),
        ([("opened", 117), ("resolved", 500)], "ticket", "resolved", 43, {"before_ticket": 17}),
        ([("opened", 117)], "ticket", "resolved", 43, {"before_ticket": 17}),  # not resolved yet
        ([("opened", 117), ("resolved", 117)], "ticket", "resolved", 0, {"before_ticket": 17, "no_ticket": 43}),
        ([("opened", 160)], "ticket", "recovery", 0, {"no_ticket": 60}),  # too late to be about it
    ],
)
def test_start_and_stop_events(
    events: list[tuple[str, int]], starts: str, stops: str, counted: int, lost: dict[str, float]
) -> None:
    """Counted is what lies between the later of ticket and outage and the earlier of recovery and resolution."""
    judgement = judged(
        ONE,
        [at_minutes("T1", *events)] if events else [],
        starts=StartEvent(starts),
        stops=StopEvent(stops),
        tickets=TICKETS,
    )
    assert judgement.point.downtime == counted * MINUTE
    assert not_counted(judgement) == lost
    assert judgement.point.number == (1 if counted else 0)


def test_a_contract_without_tickets_that_starts_with_one_counts_nothing() -> None:
    """Where no channel receives tickets, no outage has one."""
    judgement = judged(ONE, [at_minutes("T1", ("opened", 101))], starts=StartEvent.TICKET)
    assert judgement.point.downtime == 0
    assert not_counted(judgement) == {"no_ticket": 60}


@pytest.mark.parametrize(
    ("kinds", "counted"),
    [(["opened"], 0), (["opened", "acknowledged"], 60), (["opened", "registered"], 60), (["opened", "resolved"], 0)],
)
def test_an_outage_that_the_vendor_must_confirm(kinds: list[str], counted: int) -> None:
    """Where one of some events of the vendor is asked for, an outage without it does not count at all."""
    confirming: dict[str, Any] = {"tickets": TICKETS, "confirmed_by": frozenset({"acknowledged", "registered"})}
    ticket_of_it = at_minutes("T1", *((kind, 101 + number) for number, kind in enumerate(kinds)))
    judgement = judged(ONE, [ticket_of_it], **confirming)
    assert judgement.point.downtime == counted * MINUTE
    assert not_counted(judgement) == ({} if counted else {"no_ticket": 60})
    assert judged(ONE, [], **confirming).point.downtime == 0


@pytest.mark.parametrize(
    ("length", "comparison", "counts", "counted"),
    [
        # outages of exactly 10 minutes, of 10 minutes and a second, of 25 minutes
        (10, "at_least", "whole", [10, 10 + 1 / 60, 25]),
        (10, "more_than", "whole", [0, 10 + 1 / 60, 25]),
        (10, "at_least", "excess", [0, 1 / 60, 15]),
        (10, "more_than", "excess", [0, 1 / 60, 15]),
        (25, "at_least", "whole", [0, 0, 25]),
        (25, "more_than", "whole", [0, 0, 0]),
    ],
)
def test_minimum_length(length: int, comparison: str, counts: str, counted: list[float]) -> None:
    """An outage that is too short does not count; of a longer one the whole or what exceeds the minimum does."""
    minimum = MinimumLength(length * MINUTE, LengthComparison(comparison), LengthCounts(counts), "2")
    for end, expected in zip((110, 110 + 1 / 60, 125), counted, strict=True):
        judgement = judged(minutes((100, end)), minimum=minimum)
        assert judgement.point.downtime == round(expected * 60) * SECOND
        rest = (end - 100) - expected
        assert not_counted(judgement) == pytest.approx({"below_minimum": rest} if rest > 1e-9 else {})


def test_minimum_length_is_that_of_the_outage_after_its_events_and_before_its_period() -> None:
    """The rule looks at the stretch from the ticket on, and at an outage over the period's end as a whole."""
    minimum = MinimumLength(30 * MINUTE, LengthComparison.AT_LEAST, LengthCounts.WHOLE, "2")
    late = judged(ONE, [at_minutes("T1", ("opened", 131))], minimum=minimum, starts=StartEvent.TICKET, tickets=TICKETS)
    assert not_counted(late) == {"before_ticket": 31, "below_minimum": 29}
    over_the_start = judged(minutes((-25, 10)), minimum=minimum)
    assert over_the_start.point.downtime == 10 * MINUTE
    assert over_the_start.point.longest == 35 * MINUTE


def test_excess_after_a_late_ticket() -> None:
    """Before the ticket, within the minimum, then counted: each minute has its own reason."""
    minimum = MinimumLength(10 * MINUTE, LengthComparison.AT_LEAST, LengthCounts.EXCESS, "2")
    judgement = judged(
        ONE, [at_minutes("T1", ("opened", 117))], minimum=minimum, starts=StartEvent.TICKET, tickets=TICKETS
    )
    assert judgement.point.downtime == 33 * MINUTE
    assert not_counted(judgement) == {"before_ticket": 17, "below_minimum": 10}


@pytest.mark.parametrize(
    ("level", "rounding", "downtime", "rounding_seconds"),
    [
        # outages of 30, 89 and 90 seconds: 209 seconds, 3 minutes and 29 seconds
        ("sum", "half_up", 3, -29),
        ("sum", "half_even", 3, -29),
        ("sum", "floor", 3, -29),
        ("sum", "ceiling", 4, 31),
        ("outage", "half_up", 4, 31),  # 1 + 1 + 2
        ("outage", "half_even", 3, -29),  # 0 + 1 + 2
        ("outage", "floor", 2, -89),
        ("outage", "ceiling", 5, 91),
    ],
)
def test_granularity(level: str, rounding: str, downtime: int, rounding_seconds: int) -> None:
    """Rounding each outage and rounding the sum differ; what rounding adds stands apart from what is counted."""
    grain = Granularity(MINUTE, Rounding(rounding), GranularityLevel(level), "2")
    judgement = judged(minutes((10, 10.5), (20, 20 + 89 / 60), (30, 31.5)), granularity=grain)
    assert judgement.labels.counted.total == 209 * SECOND
    assert judgement.point.downtime == downtime * MINUTE
    assert judgement.rounding == rounding_seconds * SECOND


@pytest.mark.parametrize(("seconds", "downtime"), [(29, 0), (30, 1), (89, 1), (90, 2), (12_871, 215), (20_736, 346)])
def test_a_sum_is_rounded_half_up_to_the_minute(seconds: int, downtime: int) -> None:
    """Half a minute goes up, less goes down."""
    grain = Granularity(MINUTE, Rounding.HALF_UP, GranularityLevel.SUM, "2")
    judgement = judged(minutes((10, 10 + seconds / 60)), granularity=grain)
    assert judgement.point.downtime == downtime * MINUTE


def test_unknown_time_inside_an_outage() -> None:
    """Unknown time does not split an outage and never counts; split, each part is judged alone."""
    timeline = minutes((100, 120), (150, 160), unknown=(120, 150))
    minimum = MinimumLength(15 * MINUTE, LengthComparison.AT_LEAST, LengthCounts.WHOLE, "2")
    joined = judged(timeline, minimum=minimum)
    assert [outage.span for outage in joined.point.outages] == [Span(100 * MINUTE, 160 * MINUTE)]
    assert joined.point.downtime == 30 * MINUTE
    assert joined.point.longest == 60 * MINUTE
    assert [(reason, spans.total) for reason, spans in joined.labels.unmeasured] == [("no_data", 30 * MINUTE)]
    split = judged(timeline, minimum=minimum, unknown_splits=True)
    assert split.point.downtime == 20 * MINUTE
    assert split.point.longest == 20 * MINUTE
    assert not_counted(split) == {"below_minimum": 10}


def test_unknown_time_beside_an_outage_joins_nothing() -> None:
    """Unknown time before, after or between outages that it does not touch changes none of them."""
    judgement = judged(minutes((100, 120), (150, 160), unknown=(121, 150)))
    assert [outage.span.length // MINUTE for outage in judgement.point.outages] == [20, 10]
    assert judgement.longest.downtime == 59 * MINUTE
    assert judgement.longest.longest == 39 * MINUTE


def test_the_ticket_of_an_outage_with_unknown_time_covers_it_whole() -> None:
    """One ticket reports both sides of the unknown time, unless it splits the outage."""
    timeline = minutes((100, 120), (150, 160), unknown=(120, 150))
    one = [at_minutes("T1", ("opened", 100))]
    assert judged(timeline, one, starts=StartEvent.TICKET, tickets=TICKETS).point.downtime == 30 * MINUTE
    split = judged(timeline, one, starts=StartEvent.TICKET, tickets=TICKETS, unknown_splits=True)
    assert split.point.downtime == 20 * MINUTE
    assert not_counted(split) == {"no_ticket": 10}


def test_outages_are_clipped_to_the_period_and_stay_whole() -> None:
    """An outage over the month's end counts in each month for its own part; the table keeps it whole."""
    judgement = judged(minutes((43_190, 43_215)))
    assert judgement.point.downtime == 10 * MINUTE
    assert judgement.point.longest == 25 * MINUTE
    assert judgement.point.outages[0].span == Span(43_190 * MINUTE, 43_215 * MINUTE)
    assert judged(minutes((-60, 0), (43_200, 43_300))).point.outages == ()


def test_an_outage_that_counts_in_another_month_is_none_of_this_one() -> None:
    """Resolved before the month began, an outage that went on into it is shown and is no outage that counts here."""
    before = [at_minutes("T1", ("opened", -60), ("resolved", -30))]
    judgement = judged(minutes((-60, 10)), before, stops=StopEvent.RESOLVED, tickets=TICKETS)
    assert not_counted(judgement) == {"no_ticket": 10}
    assert len(judgement.point.outages) == 1
    assert (judgement.point.number, judgement.point.longest, judgement.point.downtime) == (0, 0, 0)


def test_brackets_are_judged_each_by_itself() -> None:
    """Minimum length and rounding apply to each bracket, and each is kept within the next wider one."""
    timeline = Timeline(
        WINDOW,
        shortest=Spans.one(101 * MINUTE, 109 * MINUTE),
        point=Spans.one(100 * MINUTE, 110 * MINUTE),
        longest=Spans.one(99 * MINUTE, 112 * MINUTE),
    )
    assert [part.downtime // MINUTE for part in _brackets(judged(timeline))] == [8, 10, 13]
    ten = MinimumLength(10 * MINUTE, LengthComparison.AT_LEAST, LengthCounts.WHOLE, "2")
    assert [part.downtime // MINUTE for part in _brackets(judged(timeline, minimum=ten))] == [0, 10, 13]
    grain = Granularity(15 * MINUTE, Rounding.HALF_UP, GranularityLevel.SUM, "2")
    assert [part.downtime // MINUTE for part in _brackets(judged(timeline, granularity=grain))] == [15, 15, 15]


def test_a_narrower_bracket_never_has_the_longer_outage() -> None:
    """A ticket between the last fail and the first pass reports the first outage and, in the shortest, no other one."""
    timeline = Timeline(
        WINDOW,
        shortest=Spans.of([(100 * MINUTE, 105 * MINUTE), (115 * MINUTE, 160 * MINUTE)]),
        point=Spans.of([(100 * MINUTE, 110 * MINUTE), (115 * MINUTE, 165 * MINUTE)]),
        longest=Spans.of([(99 * MINUTE, 110 * MINUTE), (114 * MINUTE, 165 * MINUTE)]),
    )
    judgement = judged(timeline, [at_minutes("T1", ("opened", 107))], starts=StartEvent.TICKET, tickets=TICKETS)
    assert [part.longest // MINUTE for part in _brackets(judgement)] == [3, 3, 3]
    assert [part.downtime // MINUTE for part in _brackets(judgement)] == [0, 3, 3]


@pytest.mark.parametrize(
    ("rounding", "outages", "expected"),
    [
        # intervals of 5 minutes from the period's start on
        (Rounding.FLOOR, [(4, 11)], 5),  # only 5 to 10 is down throughout
        (Rounding.CEILING, [(4, 11)], 15),  # three intervals are touched
        (Rounding.HALF_UP, [(4, 11)], 5),  # one minute of five is less than half
        (Rounding.HALF_UP, [(2, 5)], 5),
        (Rounding.CEILING, [(1, 2), (3, 4)], 5),  # two outages of one interval
        (Rounding.FLOOR, [(0, 2), (2, 5)], 5),
        (Rounding.FLOOR, [(0, 2), (3, 5)], 0),
        (Rounding.CEILING, [(5, 10)], 5),  # up to an interval's end is not the next one
    ],
)
def test_intervals_of_the_clock(rounding: Rounding, outages: list[tuple[int, int]], expected: int) -> None:
    """Where intervals count, each counts wholly or not at all, however many outages it holds."""
    grain = Granularity(5 * MINUTE, rounding, GranularityLevel.INTERVAL, "2.2")
    judgement = judged(minutes(*outages), granularity=grain)
    assert judgement.point.downtime == expected * MINUTE


@pytest.mark.parametrize(
    ("starts", "registered_as", "expected"),
    [
        ("probe", (), 60),
        ("ticket", (), 50),  # the portal's receipt at 110
        ("notice", (), 55),  # the call at 105
        ("registered", (), 40),  # by the vendor at 120
        ("registered", ("critical",), 40),
        ("registered", ("minor",), 0),
    ],
)
def test_start_events(starts: str, registered_as: tuple[str, ...], expected: int) -> None:
    """An outage from minute 100 to 160 counts from its probe, receipt, first notice or registration."""
    told = ticket(
        "T1",
        ("opened phone", 105 * MINUTE),
        ("opened portal", 110 * MINUTE),
        ("registered", 120 * MINUTE),
        severity="critical",
    )
    terms = {"starts": StartEvent(starts), "registered_as": frozenset(registered_as), "tickets": TICKETS}
    assert judged(minutes((100, 160)), [told], **terms).point.downtime == expected * MINUTE


@pytest.mark.parametrize(
    ("stops", "expected"), [("recovery", 60), ("resolved", 45), ("workaround", 30), ("earliest", 30)]
)
def test_stop_events(stops: str, expected: int) -> None:
    """It counts until it recovers, is resolved, has a workaround, or the earliest of them."""
    told = ticket("T1", ("opened portal", 100 * MINUTE), ("workaround", 130 * MINUTE), ("resolved", 145 * MINUTE))
    judgement = judged(minutes((100, 160)), [told], stops=StopEvent(stops), tickets=TICKETS)
    assert judgement.point.downtime == expected * MINUTE


def _brackets(judgement: Judgement) -> tuple[Bracket, Bracket, Bracket]:
    return judgement.shortest, judgement.point, judgement.longest


def test_a_group_that_does_not_count_keeps_its_time_apart() -> None:
    """Down time of a group that never counts is labelled so, whatever tickets say."""
    shown = contract(groups=(GroupTerms("service", "Service", "1", counts=False),))
    judgement = judge(ONE, JUNE, shown).judgement
    assert judgement.point.downtime == judgement.shortest.downtime == judgement.longest.downtime == 0
    assert not_counted(judgement) == {NotCounted.NOT_PRIMARY.value: 60}
