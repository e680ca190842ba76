"""By when something is due: limits in open time, on the clock, in days and months, pauses, reports late in the day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

from dateutil.relativedelta import relativedelta

from uptime_daemon.core.terms.clock import BeforeOpening, DayEnd, LateRule, LimitUnit
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, local_date, local_instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.clock import Limit
    from uptime_daemon.core.time.business import BusinessCalendar
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Spans

_LENGTH: Final = {
    LimitUnit.BUSINESS_MINUTES: MINUTE,
    LimitUnit.BUSINESS_HOURS: HOUR,
    LimitUnit.CLOCK_MINUTES: MINUTE,
    LimitUnit.CLOCK_HOURS: HOUR,
}


def due(
    limit: Limit, amount: int, start: Instant, calendar: BusinessCalendar | None, zone: ZoneInfo, paused: Spans
) -> Instant:
    """The last instant in time of a limit that runs from an instant, with the stretches in which it stands still.

    `zone` is that of calendar days where there is no calendar. A limit in days or months moves on by the time for
    which it stood still: open time in business days, elapsed time in others.
    """
    unit = limit.unit
    if calendar is None and unit.is_business:
        raise ValueError(f"a limit in {unit} needs a calendar")
    match unit:
        case LimitUnit.BUSINESS_MINUTES | LimitUnit.BUSINESS_HOURS if calendar is not None:
            return _run(start, amount * _LENGTH[unit], paused, calendar.add, calendar.measure)
        case LimitUnit.CLOCK_MINUTES | LimitUnit.CLOCK_HOURS:
            return _run(start, amount * _LENGTH[unit], paused, _elapsed, _between)
        case LimitUnit.BUSINESS_DAYS if calendar is not None:
            day = calendar.day_later(local_date(start, calendar.zone), amount)
            reached = _end_of(limit.ends, start, day, calendar.zone, calendar)
            return _moved_on(start, reached, paused, calendar.add, calendar.measure)
        case LimitUnit.CALENDAR_DAYS | LimitUnit.MONTHS:
            own = zone if calendar is None else calendar.zone
            step = relativedelta(months=amount) if unit is LimitUnit.MONTHS else relativedelta(days=amount)
            reached = _end_of(limit.ends, start, local_date(start, own) + step, own, calendar)
            return _moved_on(start, reached, paused, _elapsed, _between)
        case _:
            raise AssertionError(f"the guards above hold for {unit}")


def late(rule: LateRule, at: Instant, calendar: BusinessCalendar) -> date | None:
    """The business day to which a report late in the day or outside hours belongs; None for one in good time."""
    day = local_date(at, calendar.zone)
    hours = calendar.hours_of(day)
    if not hours:
        return calendar.day_later(day, 1)
    opens, closes = hours.bounds[0], hours.bounds[-1]
    if at < opens:
        match rule.before_opening:
            case BeforeOpening.SAME_DAY:
                return day
            case BeforeOpening.NEXT_DAY:
                return calendar.day_later(day, 1)
            case _:
                assert_never(rule.before_opening)
    after = local_instant(day, rule.after, calendar.zone)
    is_late = at >= closes or at > after or (rule.inclusive and at == after)
    return calendar.day_later(day, 1) if is_late else None


def appointment(day: date, wall_time: Duration, start: Instant, calendar: BusinessCalendar, paused: Spans) -> Instant:
    """A wall-clock time of a day, moved on by the open time of every pause that begins before it."""
    reached = local_instant(day, wall_time, calendar.zone)
    return _moved_on(start, reached, paused, calendar.add, calendar.measure)


def _elapsed(at: Instant, amount: Duration) -> Instant:
    return at + amount


def _between(start: Instant, end: Instant) -> Duration:
    return end - start


def _run(
    start: Instant,
    amount: Duration,
    paused: Spans,
    add: Callable[[Instant, Duration], Instant],
    measure: Callable[[Instant, Instant], Duration],
) -> Instant:
    """The instant by which so much has run outside the pauses."""
    at, left = start, amount
    for pause in paused:
        if pause.end <= at:
            continue
        running = measure(at, max(pause.start, at))
        if running >= left:
            break
        at, left = pause.end, left - running
    return add(at, left)


def _moved_on(
    start: Instant,
    reached: Instant,
    paused: Spans,
    add: Callable[[Instant, Duration], Instant],
    measure: Callable[[Instant, Instant], Duration],
) -> Instant:
    """A due instant that moves on by every pause that begins before it."""
    for pause in paused:
        if start < pause.end and pause.start < reached:
            reached = add(reached, measure(max(pause.start, start), pause.end))
    return reached


def _end_of(ends: DayEnd, start: Instant, day: date, zone: ZoneInfo, calendar: BusinessCalendar | None) -> Instant:
    match ends:
        case DayEnd.SAME_TIME:
            wall_time = start - local_instant(local_date(start, zone), 0, zone)
            return local_instant(day, wall_time % DAY, zone)
        case DayEnd.CLOSE:
            hours = None if calendar is None else calendar.hours_of(day)
            return hours.bounds[-1] if hours else local_instant(day + timedelta(days=1), 0, zone)
        case DayEnd.MIDNIGHT:
            return local_instant(day + timedelta(days=1), 0, zone)
        case _:
            assert_never(ends)
