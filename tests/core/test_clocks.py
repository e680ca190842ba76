"""Clocks of tickets: due times with pauses against counting minutes, rounds, chains, ends, and what they never do."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import office
from tests.core.oracle import open_minutes
from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.judging.clock_words import ending, promise
from uptime_daemon.core.judging.dues import due
from uptime_daemon.core.judging.rounds import ClockState, Round, questions, rounds, severity_of
from uptime_daemon.core.terms.clock import (
    ANY,
    ChainPoint,
    ClockTerms,
    DayEnd,
    EventRule,
    Limit,
    LimitUnit,
    Pauses,
    Severity,
    SeverityTerms,
    StartRule,
    SupportTerms,
)
from uptime_daemon.core.time.business import BusinessCalendar
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, format_instant, parse_instant
from uptime_daemon.core.time.openings import WorkingWeek, weekly
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from uptime_daemon.core.terms.contract import Contract

PRAGUE: Final = ZoneInfo("Europe/Prague")
WEEK: Final = WorkingWeek(PRAGUE, weekly(range(1, 6), 9 * HOUR, 18 * HOUR))
OFFICE: Final = BusinessCalendar(WEEK)
FRIDAY: Final = parse_instant("2026-10-23T10:00:00+02:00")  # the clock is set back on the Sunday after it
OPENED: Final = StartRule((EventRule("opened"),))
FOR_EVER: Final = parse_instant("2030-01-01T00:00:00Z")


class Terms:
    """What judging of clocks reads of a contract."""

    zone = PRAGUE

    def __init__(self, *clocks: ClockTerms, severities: SeverityTerms = SeverityTerms()) -> None:  # noqa: B008 - frozen
        self.support = SupportTerms({"office": OFFICE}, severities, clocks)


def limit(unit: LimitUnit, amount: int | None, ends: DayEnd = DayEnd.SAME_TIME) -> Limit:
    """The same limit for every severity."""
    return Limit(unit, {ANY: amount}, ends)


def clock(name: str = "reaction", **terms: Any) -> ClockTerms:
    """Twenty business minutes from opening to a response, unless said otherwise."""
    given_terms: dict[str, Any] = {
        "start": OPENED,
        "stops": (EventRule("response"),),
        "limit": limit(LimitUnit.BUSINESS_MINUTES, 20),
        "calendar_id": "office",
        "calendar": OFFICE,
    }
    return ClockTerms(name, "8", "Reaction", **(given_terms | terms))


def ticket(*events: tuple[str, int], **about: Any) -> Ticket:
    """A ticket with events so many minutes after Friday 10:00."""
    happened = tuple(TicketEvent(EventKind(kind), FRIDAY + minutes * MINUTE) for kind, minutes in events)
    return Ticket("T1", "service", happened, **about)


def ran(terms: Terms, of: Ticket, as_of: int = FOR_EVER) -> list[Round]:
    """The rounds of a ticket."""
    contract: Contract = terms  # type: ignore[assignment]  # all that is read of one
    return list(rounds(contract, [of], as_of))


def after(at: int | None) -> float | None:
    """Minutes after Friday 10:00."""
    return None if at is None else (at - FRIDAY) / MINUTE


@given(
    st.integers(0, 5 * 24 * 60),
    st.integers(1, 20 * 60),
    st.lists(st.tuples(st.integers(0, 6 * 24 * 60), st.integers(1, 600)), max_size=3),
    st.sampled_from([LimitUnit.BUSINESS_MINUTES, LimitUnit.CLOCK_MINUTES]),
)
def test_due_times_are_counted_minutes(start: int, amount: int, holds: list[tuple[int, int]], unit: LimitUnit) -> None:
    """Over a change of the clock and any pauses, the minutes that ran until the due time are exactly the limit."""
    at = FRIDAY + start * MINUTE
    paused = Spans.of((FRIDAY + begun * MINUTE, FRIDAY + (begun + length) * MINUTE) for begun, length in holds)
    reached = due(limit(unit, amount), amount, at, OFFICE, PRAGUE, paused.clip(Span(at, FOR_EVER)))
    ran_in = open_minutes(WEEK, at, reached) if unit is LimitUnit.BUSINESS_MINUTES else range(at, reached, MINUTE)
    counted = [minute for minute in ran_in if minute not in paused]
    assert len(counted) == amount
    assert counted[-1] == reached - MINUTE


@pytest.mark.parametrize(
    ("unit", "amount", "ends", "expected"),
    [
        (LimitUnit.BUSINESS_HOURS, 9, DayEnd.SAME_TIME, "2026-10-26T10:00:00+01:00"),
        (LimitUnit.CLOCK_HOURS, 72, DayEnd.SAME_TIME, "2026-10-26T09:00:00+01:00"),
        (LimitUnit.BUSINESS_DAYS, 1, DayEnd.SAME_TIME, "2026-10-26T10:00:00+01:00"),
        (LimitUnit.BUSINESS_DAYS, 1, DayEnd.CLOSE, "2026-10-26T18:00:00+01:00"),
        (LimitUnit.BUSINESS_DAYS, 2, DayEnd.MIDNIGHT, "2026-10-28T00:00:00+01:00"),
        (LimitUnit.CALENDAR_DAYS, 3, DayEnd.SAME_TIME, "2026-10-26T10:00:00+01:00"),
        (LimitUnit.CALENDAR_DAYS, 1, DayEnd.MIDNIGHT, "2026-10-25T00:00:00+02:00"),
        (LimitUnit.CALENDAR_DAYS, 1, DayEnd.CLOSE, "2026-10-25T00:00:00+02:00"),  # a Saturday has no close of its own
        (LimitUnit.MONTHS, 1, DayEnd.SAME_TIME, "2026-11-23T10:00:00+01:00"),
        (LimitUnit.MONTHS, 4, DayEnd.MIDNIGHT, "2027-02-24T00:00:00+01:00"),
    ],
)
def test_units(unit: LimitUnit, amount: int, ends: DayEnd, expected: str) -> None:
    """Each unit over a weekend on which the clock is set back: hours elapse, days and months keep the wall clock."""
    reached = due(limit(unit, amount, ends), amount, FRIDAY, OFFICE, PRAGUE, Spans())
    assert format_instant(reached, PRAGUE) == expected


def test_months_end_with_their_last_day() -> None:
    """A month from 31 January ends on 28 February, and a limit in days moves on by the time of a pause before it."""
    january = parse_instant("2026-01-31T12:00:00+01:00")
    month = limit(LimitUnit.MONTHS, 1)
    assert format_instant(due(month, 1, january, None, PRAGUE, Spans()), PRAGUE) == "2026-02-28T12:00:00+01:00"
    pause = Spans.one(january + DAY, january + 3 * DAY)
    assert format_instant(due(month, 1, january, None, PRAGUE, pause), PRAGUE) == "2026-03-02T12:00:00+01:00"
    day = limit(LimitUnit.BUSINESS_DAYS, 1)
    hour = Spans.one(FRIDAY + HOUR, FRIDAY + 2 * HOUR)
    assert format_instant(due(day, 1, FRIDAY, OFFICE, PRAGUE, hour), PRAGUE) == "2026-10-26T11:00:00+01:00"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["response", "question", "answer", "hold", "resume", "comment", "resolved", "completed"]),
            st.integers(1, 3 * 24 * 60),
        ),
        max_size=12,
    ),
    st.integers(0, 4 * 24 * 60),
    st.booleans(),
)
def test_what_clocks_never_do(events: list[tuple[str, int]], as_of: int, inside: bool) -> None:
    """Whatever happens in whatever order: rounds follow one another, a stop in time is kept.

    A later event never turns a clock that was missed into one that was kept.
    """
    terms = Terms(
        clock(stops=(EventRule("response"), EventRule("question")), restarts=True, inside=inside),
        clock("progress", repeats=True, limit=limit(LimitUnit.CLOCK_HOURS, 1)),
        clock("answer", pauses=Pauses(questions=True, holds=True), limit=limit(LimitUnit.CLOCK_HOURS, 3)),
    )
    whole = ticket(("opened", 0), *sorted(events, key=lambda event: event[1]))
    then, finally_ = (
        {(each.terms.id, each.number): each for each in ran(terms, whole, at)}
        for at in (FRIDAY + as_of * MINUTE, FOR_EVER)
    )
    for name in ("reaction", "progress", "answer"):
        own = [each for each in finally_.values() if each.terms.id == name]
        assert [each.number for each in own] == list(range(1, len(own) + 1))
        assert all(one.start < other.start for one, other in pairwise(own))
        assert len(own) <= len(events) + 1
    for key, before in then.items():
        now = finally_[key]
        if before.state in {ClockState.KEPT, ClockState.MISSED, ClockState.NOT_SHOWN} and not now.terms.pauses.holds:
            assert now.state is before.state
        if now.stopped is not None and now.due is not None:
            assert (now.state is ClockState.KEPT) is (now.stopped <= now.due)
        assert (now.state is ClockState.MISSED) <= (not now.terms.inside)


def test_rounds_of_a_restarted_clock() -> None:
    """Only the first answer after a question starts a round; a late round stays missed when a later one is kept."""
    terms = Terms(clock(stops=(EventRule("response"), EventRule("question")), restarts=True))
    of = ticket(
        ("opened", 0),
        ("answer", 5),
        ("question", 30),
        ("comment", 40),
        ("answer", 60),
        ("answer", 70),
        ("response", 75),
    )
    assert [(after(each.start), after(each.due), after(each.stopped), each.state.value) for each in ran(terms, of)] == [
        (0, 20, 30, "missed"),
        (60, 80, 75, "kept"),
    ]
    assert questions(of.events) == [(FRIDAY + 30 * MINUTE, FRIDAY + 60 * MINUTE)]


def test_chained_from_the_end_of_the_time_or_from_the_act() -> None:
    """From `due` an early answer wins nothing for us, from `stopped` it does; without an end nothing starts."""
    first = clock("first", limit=limit(LimitUnit.CLOCK_HOURS, 2))
    for point, minutes in ((ChainPoint.DUE, 180), (ChainPoint.STOPPED, 70)):
        chained = StartRule(after="first", chained_from=point)
        second = clock("second", start=chained, stops=(), limit=limit(LimitUnit.CLOCK_HOURS, 1))
        found = {each.terms.id: each for each in ran(Terms(first, second), ticket(("opened", 0), ("response", 10)))}
        assert after(found["second"].due) == minutes
        alone = [each.terms.id for each in ran(Terms(first, second), ticket(("opened", 0)))]
        assert alone == (["first", "second"] if point is ChainPoint.DUE else ["first"])


def test_reports_again_and_again() -> None:
    """Each report starts the time until the next one; the resolution ends the row."""
    terms = Terms(clock(stops=(EventRule("reported"),), repeats=True, limit=limit(LimitUnit.CLOCK_MINUTES, 60)))
    of = ticket(("opened", 0), ("reported", 50), ("reported", 120), ("resolved", 150), ("reported", 160))
    assert [(after(each.start), after(each.stopped), each.state.value) for each in ran(terms, of)] == [
        (0, 50, "kept"),
        (50, 120, "missed"),
        (120, 150, "kept"),
    ]


def test_a_pause_without_an_end() -> None:
    """While it stands still nothing is due; what begins after it was stopped moves nothing any more."""
    terms = Terms(clock(pauses=Pauses(holds=True), limit=limit(LimitUnit.CLOCK_MINUTES, 60)))
    (held,) = ran(terms, ticket(("opened", 0), ("hold", 30)))
    (late,) = ran(terms, ticket(("opened", 0), ("hold", 90)))
    (stopped,) = ran(terms, ticket(("opened", 0), ("response", 20), ("hold", 30)))
    (resolved,) = ran(terms, ticket(("opened", 0), ("hold", 30), ("resolved", 200)))
    assert (held.due, held.state) == (None, ClockState.RUNNING)
    assert (after(late.due), late.state) == (60, ClockState.MISSED)
    assert (after(stopped.due), stopped.state) == (60, ClockState.KEPT)
    assert (after(resolved.due), resolved.state) == (230, ClockState.KEPT)


def test_holds_that_the_contract_knows() -> None:
    """A hold for another reason stops nothing; one without a reason is read in the vendor's favour."""
    terms = Terms(
        clock(pauses=Pauses(holds=True, reasons=frozenset({"customer"})), limit=limit(LimitUnit.CLOCK_MINUTES, 60))
    )
    for reason, minutes in (("customer", 90), (None, 90), ("holiday", 60)):
        held = TicketEvent(EventKind.HOLD, FRIDAY + 10 * MINUTE, reason=reason)
        back = TicketEvent(EventKind.RESUME, FRIDAY + 40 * MINUTE)
        of = Ticket("T1", "service", (TicketEvent(EventKind.OPENED, FRIDAY), held, back))
        assert after(ran(terms, of)[0].due) == minutes


def test_the_last_instant_is_in_time() -> None:
    """Stopped or judged exactly at its due time a clock is kept or runs, a microsecond later it is missed."""
    for late, stopped, running in ((0, ClockState.KEPT, ClockState.RUNNING), (1, ClockState.MISSED, ClockState.MISSED)):
        at = FRIDAY + 20 * MINUTE + late
        answered = Ticket("T1", "service", (TicketEvent(EventKind.OPENED, FRIDAY), TicketEvent(EventKind.RESPONSE, at)))
        assert ran(Terms(clock()), answered)[0].state is stopped
        assert ran(Terms(clock()), ticket(("opened", 0)), at)[0].state is running


def test_what_is_left() -> None:
    """What is left runs in the time that the clock counts: over the weekend nothing of it goes by."""
    (running,) = ran(Terms(clock(limit=limit(LimitUnit.BUSINESS_HOURS, 12))), ticket(("opened", 0)), FRIDAY)
    saturday, sunday = FRIDAY + DAY, FRIDAY + 2 * DAY
    assert running.remaining(FRIDAY) == 12 * HOUR
    assert running.remaining(saturday) == running.remaining(sunday) == 4 * HOUR
    assert running.due is not None
    assert running.remaining(running.due + HOUR) == -HOUR


def test_words() -> None:
    """Promise and ending in words, for each way in which a clock can end."""
    late = ran(Terms(clock()), ticket(("opened", 0), ("response", 30)))[0]
    assert (promise(late), ending(late)) == ("20 business minutes", "missed, it came too late")
    one = ran(Terms(clock(limit=limit(LimitUnit.MONTHS, 1))), ticket(("opened", 0)))[0]
    assert (promise(one), ending(one)) == ("1 month", "missed")
    assert promise(ran(Terms(clock(limit=None)), ticket(("opened", 0)))[0]) == "best effort"
    assert promise(ran(Terms(clock(limit=limit(LimitUnit.MONTHS, None))), ticket(("opened", 0)))[0]) == "best effort"
    unset = ran(Terms(clock(limit=Limit(LimitUnit.BUSINESS_HOURS, {}))), ticket(("opened", 0), ("response", 5)))[0]
    assert promise(unset) == "a time that the agreement does not state yet"
    assert unset.state is ClockState.NOT_SHOWN
    hidden = ran(Terms(clock(inside=True)), ticket(("opened", 0)))[0]
    assert ending(hidden) == "not shown, the act happens inside the vendor's house"


def test_severity_as_stated_and_by_share() -> None:
    """What is stated stands, looked at where the share differs; else the share, the gap, the default decide."""
    classes = (
        Severity("S1", "Down", "9", users_at_least=Fraction(80)),
        Severity("S2", "Moderate", "9", users_at_most=Fraction(25)),
        Severity("S3", "Question", "9"),
    )
    terms = SeverityTerms(classes, gap="S2", default="S3")
    assert severity_of(ticket(("opened", 0)), terms) == ("S3", False)
    assert severity_of(ticket(("opened", 0), users=Fraction(80)), terms) == ("S1", False)
    assert severity_of(ticket(("opened", 0), users=Fraction(50)), terms) == ("S2", True)
    assert severity_of(ticket(("opened", 0), severity="S1", users=Fraction(90)), terms) == ("S1", False)
    assert severity_of(ticket(("opened", 0), severity="S2", users=Fraction(90)), terms) == ("S2", True)
    assert severity_of(ticket(("opened", 0), severity="S3"), terms) == ("S3", False)


def test_a_calendar_in_which_nobody_works_tells_no_due_time() -> None:
    """It is an error, not an endless search: such calendars are refused where files are read."""
    never = office(PRAGUE, (), 9 * HOUR, 18 * HOUR, frozenset())
    with pytest.raises(ValueError, match="no working time"):
        due(limit(LimitUnit.BUSINESS_MINUTES, 1), 1, FRIDAY, never, PRAGUE, Spans())
    with pytest.raises(ValueError, match="needs a calendar"):
        due(limit(LimitUnit.BUSINESS_MINUTES, 1), 1, FRIDAY, None, PRAGUE, Spans())
