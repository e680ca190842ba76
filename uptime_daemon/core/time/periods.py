"""Which stretch of UTC a contract's month, quarter, year or billing cycle is: computed in the zone, then in UTC.

Every calendar period is one idea: windows of `count` units from an anchor, a wall-clock time in a zone. The k-th window
starts at anchor + k*count units; a day that a month lacks becomes that month's last day (anchor day 31 in February is
28 or 29), always counted from the anchor, so that one short month does not shift all later ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from dateutil.relativedelta import relativedelta

from uptime_daemon.core.time.instants import Duration, Instant, instant, local_instant, moment
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo


class Unit(StrEnum):
    """Calendar units; their length in seconds depends on the zone and the year."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_STEP: Final = {
    Unit.DAY: relativedelta(days=1),
    Unit.WEEK: relativedelta(days=7),
    Unit.MONTH: relativedelta(months=1),
    Unit.QUARTER: relativedelta(months=3),
    Unit.YEAR: relativedelta(years=1),
}
# The Gregorian calendar repeats after 400 years of so many days, which hold so many of each unit.
_CYCLE_DAYS: Final = 146_097
_IN_CYCLE: Final = {
    Unit.DAY: _CYCLE_DAYS,
    Unit.WEEK: _CYCLE_DAYS // 7,
    Unit.MONTH: 4_800,
    Unit.QUARTER: 1_600,
    Unit.YEAR: 400,
}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Back-to-back windows of `count` units from a wall-clock anchor in a zone."""

    unit: Unit
    zone: ZoneInfo
    count: int = 1
    anchor: datetime = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall-clock time; the zone stands beside it

    def start(self, index: int) -> Instant:
        """The first instant of the window with this index; index 0 starts at the anchor."""
        wall = self.anchor + _STEP[self.unit] * (self.count * index)
        return instant(wall.replace(tzinfo=self.zone, fold=0))

    def window(self, index: int) -> Span:
        """The stretch of one window; each ends where the next starts."""
        return Span(self.start(index), self.start(index + 1))

    def index(self, at: Instant) -> int:
        """The index of the window that holds the instant."""
        elapsed_days = (moment(at, self.zone).replace(tzinfo=None) - self.anchor).days
        guess = elapsed_days * _IN_CYCLE[self.unit] // (_CYCLE_DAYS * self.count)
        while self.start(guess) > at:
            guess -= 1
        while self.start(guess + 1) <= at:
            guess += 1
        return guess

    def containing(self, at: Instant) -> Span:
        """The window that holds the instant."""
        return self.window(self.index(at))


def rolling(length: Duration, end: Instant) -> Span:
    """The stretch of the given elapsed length that ends at an instant."""
    return Span(end - length, end)


class PeriodKind(StrEnum):
    """The calendar periods that contracts are judged over; also the values of the metrics' label `period`."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """One named stretch over which an agreement is judged."""

    kind: PeriodKind | None
    """None for a stretch given by its two ends."""
    name: str
    """`2026-06`, `2026-Q2`, `2026`, or the two instants for a stretch given by its ends."""
    span: Span

    def __post_init__(self) -> None:
        """Availability is a share of time, and no time has no shares."""
        if self.span.end <= self.span.start:
            raise ValueError(f"period {self.name} ends before it starts")


# From 1900 to 2999: far enough from both ends of the calendar that no zone's offset leaves it.
NAME_PATTERN: Final = r"(?P<year>(19|2\d)\d{2})(-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4]))?"
_NAME: Final = re.compile(NAME_PATTERN, re.ASCII)


def calendar(kind: PeriodKind, zone: ZoneInfo, start_month: int = 1) -> Calendar:
    """The calendar of a period kind; quarters and years may start in a month other than January."""
    return Calendar(unit=Unit(kind.value), zone=zone, anchor=datetime(2000, start_month, 1))  # noqa: DTZ001


def named_period(name: str, zone: ZoneInfo, start_month: int = 1) -> Period:
    """The period that a name such as 2026-06, 2026-Q2 or 2026 means in a zone; `ValueError` if it is no such name."""
    match = _NAME.fullmatch(name)
    if not match:
        raise ValueError(f"{name!r} is no period; write 2026-06, 2026-Q2 or 2026")
    year = int(match["year"])
    if match["month"]:
        kind, first = PeriodKind.MONTH, date(year, int(match["month"]), 1)
    elif match["quarter"]:
        kind = PeriodKind.QUARTER
        first = date(year, start_month, 1) + relativedelta(months=3 * (int(match["quarter"]) - 1))
    else:
        kind, first = PeriodKind.YEAR, date(year, start_month, 1)
    return Period(kind, name, calendar(kind, zone, start_month).containing(local_instant(first, 0, zone)))


def period_name(kind: PeriodKind, start: Instant, zone: ZoneInfo, start_month: int = 1) -> str:
    """The name of the period of this kind that starts at an instant."""
    first = moment(start, zone).date()
    shifted = first - relativedelta(months=start_month - 1)
    match kind:
        case PeriodKind.MONTH:
            return f"{first:%Y-%m}"
        case PeriodKind.QUARTER:
            return f"{shifted:%Y}-Q{(shifted.month - 1) // 3 + 1}"
        case PeriodKind.YEAR:
            return f"{shifted:%Y}"
        case _:
            assert_never(kind)


def period_at(kind: PeriodKind, at: Instant, zone: ZoneInfo, start_month: int = 1) -> Period:
    """The period of a kind that holds an instant."""
    span = calendar(kind, zone, start_month).containing(at)
    return Period(kind, period_name(kind, span.start, zone, start_month), span)


def periods_within(kind: PeriodKind, span: Span, zone: ZoneInfo, start_month: int = 1) -> Iterator[Period]:
    """Every period of a kind that shares an instant with the stretch, in time order."""
    windows = calendar(kind, zone, start_month)
    index = windows.index(span.start)
    while (window := windows.window(index)).start < span.end:
        yield Period(kind, period_name(kind, window.start, zone, start_month), window)
        index += 1


def days_within(span: Span, zone: ZoneInfo) -> Iterator[date]:
    """Every calendar date of the zone that shares an instant with the stretch; a date that the zone skips has none."""
    day = moment(span.start, zone).date()
    while (opens := midnight(day, zone)) < span.end:
        if max(opens, span.start) < min(midnight(day + timedelta(days=1), zone), span.end):
            yield day
        day += timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> Instant:
    """The first instant of a calendar date in a zone."""
    return instant(datetime.combine(day, time(0), tzinfo=zone))
