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

from uptime_daemon.core.time.instants import Instant, instant, local_instant, moment
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


class PeriodKind(StrEnum):
    """The periods that contracts are judged over; also the values of the metrics' label `period`."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    BILLING_CYCLE = "billing_cycle"
    """One or more months from a day of the month on."""
    ROLLING = "rolling"
    """So many days up to each day."""
    EVENT = "event"
    """One stretch of days and no other."""


@dataclass(frozen=True, slots=True)
class Period:
    """One named stretch over which an agreement is judged."""

    kind: PeriodKind | None
    """None for a stretch given by its two ends."""
    name: str
    """`2026-06`, `2026-Q2`, `2026`; the first day of a billing cycle or event, the last one of rolling days; or the two
    instants of a stretch given by its ends."""
    span: Span

    def __post_init__(self) -> None:
        """Availability is a share of time, and no time has no shares."""
        if self.span.end <= self.span.start:
            raise ValueError(f"period {self.name} ends before it starts")


# From 1900 to 2999: far enough from both ends of the calendar that no zone's offset leaves it.
DAY_PATTERN: Final = r"(19|2\d)\d{2}-\d{2}-\d{2}"
_DAY_NAME: Final = re.compile(DAY_PATTERN, re.ASCII)
NAME_PATTERN: Final = r"(?P<year>(19|2\d)\d{2})(-(?P<month>0[1-9]|1[0-2])|-Q(?P<quarter>[1-4]))?"
_NAME: Final = re.compile(NAME_PATTERN, re.ASCII)


def calendar(kind: PeriodKind, zone: ZoneInfo, start_month: int = 1) -> Calendar:
    """The calendar of a period kind; quarters and years may start in a month other than January."""
    first = datetime(2000, start_month, 1)  # noqa: DTZ001 - wall-clock time; the zone stands beside it
    return Calendar(unit=Unit(kind.value), zone=zone, anchor=first)


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
        case PeriodKind.BILLING_CYCLE | PeriodKind.ROLLING | PeriodKind.EVENT:
            return first.isoformat()
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


@dataclass(frozen=True, slots=True)
class Cycle:
    """What the periods of a contract are."""

    kind: PeriodKind
    zone: ZoneInfo
    start_month: int = 1
    """The month in which years start; quarters and billing cycles of several months are counted from it."""
    day: int = 1
    """The day of the month on which billing cycles start; the last one of a month that lacks it."""
    months: int = 1
    """How long a billing cycle is."""
    days: int = 30
    """How many calendar days roll."""
    event: tuple[date, date] | None = None
    """The first day of the event and the one after its last."""

    def at(self, at: Instant) -> Period:
        """The period that holds an instant; of rolling days the one that ends with its day, of an event that event."""
        match self.kind:
            case PeriodKind.MONTH | PeriodKind.QUARTER | PeriodKind.YEAR:
                return period_at(self.kind, at, self.zone, self.start_month)
            case PeriodKind.BILLING_CYCLE:
                return self._cycle(self._calendar().index(at))
            case PeriodKind.ROLLING:
                return self._rolling(moment(at, self.zone).date())
            case PeriodKind.EVENT:
                return self._event()
            case _:
                assert_never(self.kind)

    def before(self, period: Period) -> Period:
        """The period before one of these; the only event is its own."""
        if self.kind is PeriodKind.ROLLING:
            return self._rolling(moment(period.span.end - 1, self.zone).date() - timedelta(days=1))
        return self.at(period.span.start - 1)

    def claimed(self, at: Instant) -> tuple[Period, ...]:
        """The last period and the current one, as far as they may both be claimed.

        Rolling periods overlap: so that no downtime is claimed twice, only back-to-back ones are.
        """
        if self.kind is PeriodKind.ROLLING:
            blocks = Calendar(Unit.DAY, self.zone, self.days)
            index = blocks.index(at)
            ends = [blocks.start(each) - 1 for each in (index, index + 1)]
            return tuple(self._rolling(moment(end, self.zone).date()) for end in ends)
        current = self.at(at)
        return tuple(dict.fromkeys((self.before(current), current)))

    def named(self, name: str) -> tuple[Period, ...]:
        """The periods that a name covers, a coarser one several; `ValueError` for what names none."""
        if self.kind in _NAMED_BY_DAY:
            return self._named_by_day(name)
        period = named_period(name, self.zone, self.start_month)
        order = list(PeriodKind)
        if period.kind is not None and order.index(period.kind) < order.index(self.kind):
            raise ValueError(f"{name} is shorter than a {self.kind}, over which it is judged; name one")
        return tuple(periods_within(self.kind, period.span, self.zone, self.start_month))

    def _named_by_day(self, name: str) -> tuple[Period, ...]:
        if _DAY_NAME.fullmatch(name):
            try:
                day = date.fromisoformat(name)
            except ValueError as error:
                raise ValueError(f"{name} is no day; write one such as 2026-06-15") from error
            period = self.at(midnight(day, self.zone))
            if period.name != name:
                raise ValueError(f"no {self.kind.replace('_', ' ')} is named {name}; the nearest is {period.name}")
            return (period,)
        stretch = named_period(name, self.zone, self.start_month).span
        found = []
        if self.kind is PeriodKind.EVENT:
            found = [each for each in [self._event()] if stretch.start <= each.span.start < stretch.end]
        elif self.kind is PeriodKind.ROLLING:
            found = [self._rolling(day) for day in days_within(stretch, self.zone)]
        else:
            calendar = self._calendar()
            index = calendar.index(stretch.start)
            while (start := calendar.start(index)) < stretch.end:
                found += [self._cycle(index)] if start >= stretch.start else []
                index += 1
        if not found:
            raise ValueError(f"no {self.kind.replace('_', ' ')} starts in {name}; name another time")
        return tuple(found)

    def _calendar(self) -> Calendar:
        first = datetime(2000, self.start_month if self.months > 1 else 1, 1)  # noqa: DTZ001 - a wall-clock time
        # A month that has the day, so that a shorter one does not shift the cycles of the others.
        months = (first + relativedelta(months=self.months * step) for step in range(_MONTHS_IN_YEAR))
        anchors = [month + relativedelta(day=self.day) for month in months]
        anchor = next((each for each in anchors if each.day == self.day), anchors[0])
        return Calendar(Unit.MONTH, self.zone, self.months, anchor)

    def _cycle(self, index: int) -> Period:
        span = self._calendar().window(index)
        return Period(self.kind, moment(span.start, self.zone).date().isoformat(), span)

    def _rolling(self, last: date) -> Period:
        first, beyond = last - timedelta(days=self.days - 1), last + timedelta(days=1)
        return Period(self.kind, last.isoformat(), Span(midnight(first, self.zone), midnight(beyond, self.zone)))

    def _event(self) -> Period:
        if self.event is None:
            raise ValueError("the days of the event are not known; set the parameters that name them")
        first, beyond = self.event
        return Period(self.kind, first.isoformat(), Span(midnight(first, self.zone), midnight(beyond, self.zone)))


_MONTHS_IN_YEAR: Final = 12
_NAMED_BY_DAY: Final = frozenset({PeriodKind.BILLING_CYCLE, PeriodKind.ROLLING, PeriodKind.EVENT})


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
