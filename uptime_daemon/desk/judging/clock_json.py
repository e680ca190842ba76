"""Clocks and the calendars they ran in as JSON: what `evaluate`, the API and the evidence share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from uptime_daemon.core.claims.case import clock_reviews, clocks, statements
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, format_instant, local_date
from uptime_daemon.core.time.openings import JoinedOpenings, WorkingWeek
from uptime_daemon.definitions.holidays import HOLIDAYS_VERSION, HalfDays, HolidaySet
from uptime_daemon.definitions.terms.common import WEEKDAYS
from uptime_daemon.definitions.zones import TZDATA_VERSION
from uptime_daemon.desk.judging.statement_json import statements_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from uptime_daemon.core.claims.case import Case
    from uptime_daemon.core.judging.clocks import JudgedClock
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.openings import Hours, Openings


def case_json(case: Case) -> dict[str, Any]:
    """Everything that one judgement comes to: statements, clocks, the calendars they ran in, what to review."""
    judged = clocks(case)
    result = statements_json(statements(case), case.readings.name)
    result["clocks"] = [clock_json(each) for each in judged]
    if calendars := calendars_json(judged):
        result["calendars"] = calendars
    result["needs_review"] = list(
        dict.fromkeys([*result["needs_review"], *clock_reviews(case, judged), *calendar_reviews(judged)])
    )
    return result


def clock_json(judged: JudgedClock) -> dict[str, Any]:
    """One round of one clock."""
    each = judged.round
    return {
        "clock": each.terms.id,
        "ticket": each.ticket.id,
        "clause": each.terms.clause,
        "title": each.terms.title,
        "severity": each.severity,
        "round": each.number,
        "start": format_instant(each.start),
        "due": _text(each.due),
        "stopped": _text(each.stopped),
        "state": each.state.value,
        "claimable": judged.claimable.value,
        "conservative_due": _text(judged.conservative_due),
        "contested": judged.is_contested,
        "differs_by": {name: _text(due) for name, due in judged.differs_by.items()},
        "paused": [[format_instant(span.start), format_instant(span.end)] for span in each.paused],
    }


def calendars_json(judged: Sequence[JudgedClock]) -> list[dict[str, Any]]:
    """The calendars that clocks ran in, frozen: hours and every special day of the years that matter."""
    result = []
    for name, own in _by_calendar(judged).items():
        calendar = own[0].round.terms.calendar
        if calendar is not None:
            first, last = _reach(own)
            weeks = [_week_json(week, first, last) for week in _weeks(calendar.openings)]
            result.append({"calendar": name, "days_from": str(first), "days_to": str(last), "openings": weeks})
    return result


def calendar_reviews(judged: Sequence[JudgedClock]) -> list[str]:
    """Days of calendars that nobody has confirmed and that a clock came past, and gaps of what holidays are known."""
    lines: list[str] = []
    for name, own in _by_calendar(judged).items():
        calendar = own[0].round.terms.calendar
        if calendar is None:
            continue
        first, last = _reach(own)
        years = range(first.year, last.year + 1)
        for week in _weeks(calendar.openings):
            if isinstance(week.holidays, HolidaySet):
                lines += [
                    f"calendar {name}: {day} is not confirmed, {week.holidays.label(day)}; state it as an own day"
                    for day in week.holidays.within(years)
                    if first <= day <= last and week.holidays.is_estimated(day) and day not in week.own
                ]
                lines += [f"calendar {name}: {gap}; state them as own days" for gap in week.holidays.gaps(years)]
            if isinstance(week.closings, HalfDays):
                lines += [f"calendar {name}: {gap}; state it as an own day" for gap in week.closings.gaps(years)]
            lines += [
                f"calendar {name}: {_wall(wall)} on {day} is a time that the clock change skips or shows twice"
                for day, wall in week.skipped_or_twice(first, last + timedelta(days=1))
            ]
    return lines


def _by_calendar(judged: Sequence[JudgedClock]) -> Mapping[str, list[JudgedClock]]:
    found: dict[str, list[JudgedClock]] = {}
    for each in judged:
        if each.round.terms.calendar_id is not None:
            found.setdefault(each.round.terms.calendar_id, []).append(each)
    return found


def _reach(judged: Sequence[JudgedClock]) -> tuple[date, date]:
    """The first and the last date that bear on some clocks of one calendar."""
    instants: list[Instant] = []
    for each in judged:
        ends = (each.round.due, each.round.stopped, each.conservative_due, *each.differs_by.values())
        instants += [each.round.start, *(end for end in ends if end is not None)]
    calendar = judged[0].round.terms.calendar
    assert calendar is not None  # noqa: S101 - its callers looked
    return local_date(min(instants), calendar.zone), local_date(max(instants), calendar.zone)


def _weeks(openings: Openings) -> Iterator[WorkingWeek]:
    match openings:
        case WorkingWeek():
            yield openings
        case JoinedOpenings(members=members):
            for member in members:
                yield from _weeks(member)


def _week_json(week: WorkingWeek, first: date, last: date) -> dict[str, Any]:
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    return {
        "zone": week.zone.key,
        "hours": {name: _hours_text(hours) for name, hours in zip(WEEKDAYS, week.week, strict=True) if hours},
        "days": {
            str(day): _hours_text(hours) or f"closed{_because(week, day)}"
            for day in days
            if (hours := week.hours(day)) != week.week[day.weekday()]
        },
        "source": f"holidays {HOLIDAYS_VERSION}, tzdata {TZDATA_VERSION}",
    }


def _because(week: WorkingWeek, day: date) -> str:
    label = week.holidays.label(day) if isinstance(week.holidays, HolidaySet) and day not in week.own else ""
    return f": {label}" if label else ""


def _hours_text(hours: Hours) -> str:
    return ", ".join(f"{_wall(opens)}-{_wall(closes % DAY or DAY)}" for opens, closes in hours)


def _wall(wall: Duration) -> str:
    return f"{wall // HOUR:02d}:{wall % HOUR // MINUTE:02d}"


def _text(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)
