"""Business time: adding and measuring time that runs only while somebody works, exact over every clock change.

A calendar keeps one sorted table of its open stretches in UTC with prefix sums, so that every question is answered by
binary searches. The table grows by years as questions ask for them.
"""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import Duration, Instant, local_instant, moment
from uptime_daemon.core.time.openings import Openings
from uptime_daemon.core.time.spans import Spans

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_SEARCH_DAYS_MAX: Final = 400
"""A calendar without a working day in more than a year has none; searching on would not end."""
_EMPTY_YEARS_MAX: Final = 2
"""How many years without an open minute in a row are read before a search gives up: as above, in years."""
_OVERNIGHT: Final = timedelta(days=2)
"""Hours of one day end at most so long after its midnight."""


class NoWorkingTimeError(ValueError):
    """A calendar in which nobody ever works cannot tell when working time has passed."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The open stretches of some calendar years with the open time before each."""

    first: int
    beyond: int
    """The years from the first until before this one."""
    start: Instant
    end: Instant
    opens: tuple[Instant, ...]
    closes: tuple[Instant, ...]
    before: tuple[Duration, ...]
    """Open time before each stretch, and in the end all of it."""

    def worked(self, at: Instant) -> Duration:
        """The open time before an instant of the table's years."""
        index = bisect_right(self.opens, at)
        if not index:
            return 0
        last = self.closes[index - 1]
        return self.before[index] - (last - at if last > at else 0)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When somebody works, and arithmetic with that time."""

    openings: Openings
    _tables: list[_Table] = field(default_factory=list, init=False, repr=False, compare=False)
    """A memory of what follows from the openings, at most one table."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which its days are told apart."""
        return self.openings.zone

    def works(self, day: date) -> bool:
        """Whether the date is a working day."""
        return self.openings.works(day)

    def add(self, at: Instant, amount: Duration) -> Instant:
        """The first instant by which so much open time has passed; for a negative amount the last one before.

        It may be the instant of closing: 40 hours from Monday's opening end with Friday's closing, not with the next
        opening. Nothing added changes nothing. Raises `NoWorkingTimeError`.
        """
        table = self._covering(at, at)
        empty = 0
        while amount:
            target = table.worked(at) + amount
            if amount > 0 and target <= table.before[-1]:
                index = bisect_left(table.before, target)
                reached = table.closes[index - 1] - (table.before[index] - target)
                if reached <= table.end:
                    return reached
            elif amount < 0 <= target:
                index = bisect_right(table.before, target) - 1
                reached = table.opens[index] + target - table.before[index]
                if reached >= table.start:
                    return reached
            known = table.before[-1]
            forth = amount > 0
            table = self._of_years(table.first - (not forth), table.beyond + forth)
            empty = 0 if table.before[-1] > known else empty + 1
            if empty > _EMPTY_YEARS_MAX:
                raise NoWorkingTimeError(f"no working time within {empty} years")
        return at

    def measure(self, start: Instant, end: Instant) -> Duration:
        """The open time between two instants, negative where the second is the earlier one."""
        table = self._covering(start, end)
        return table.worked(end) - table.worked(start)

    def next_open(self, at: Instant) -> Instant:
        """The instant itself if it lies in open time, else the next opening. Raises `NoWorkingTimeError`."""
        table = self._covering(at, at)
        for _ in range(_EMPTY_YEARS_MAX + 1):
            index = bisect_right(table.closes, at)
            if index < len(table.opens) and table.opens[index] < table.end:
                return max(at, table.opens[index])
            table = self._of_years(table.first, table.beyond + 1)
        raise NoWorkingTimeError(f"no working time within {_EMPTY_YEARS_MAX} years")

    def hours_of(self, day: date) -> Spans:
        """The open stretches that start on a date."""
        return Spans.of(self.openings.stretches(day, day + timedelta(days=1)))

    def day_later(self, day: date, days: int) -> date:
        """The working day so many after the date (before it for a negative number).

        With 0 it is the date itself or the working day that comes next. Raises `NoWorkingTimeError`.
        """
        step = timedelta(days=-1 if days < 0 else 1)
        left = abs(days) or int(not self.works(day))
        searched = 0
        while left:
            day += step
            searched += 1
            if self.works(day):
                left, searched = left - 1, 0
            elif searched > _SEARCH_DAYS_MAX:
                raise NoWorkingTimeError(f"no working day within {_SEARCH_DAYS_MAX} days")
        return day

    def days_later(self, at: Instant, days: int) -> Instant:
        """The same wall-clock time on the `days`-th working day after the instant's date."""
        local = moment(at, self.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        wall_time = (local.replace(tzinfo=None) - midnight) // timedelta(microseconds=1)
        day = local.date()
        return local_instant(self.day_later(day, days) if days else day, wall_time, self.zone)

    def _covering(self, one: Instant, other: Instant) -> _Table:
        """A table in whose years both instants lie."""
        if self._tables:
            table = self._tables[0]
            if table.start <= one < table.end and table.start <= other < table.end:
                return table
        years = [moment(each, self.zone).year for each in (one, other)]
        return self._of_years(min(years), max(years) + 1)

    def _of_years(self, first: int, beyond: int) -> _Table:
        """The table of at least these years; what was known before stays in it."""
        if self._tables:
            known = self._tables[0]
            first, beyond = min(first, known.first), max(beyond, known.beyond)
            if (first, beyond) == (known.first, known.beyond):
                return known
        table = _tabulated(self.openings, first, beyond)
        self._tables[:] = [table]
        return table


def _tabulated(openings: Openings, first: int, beyond: int) -> _Table:
    # Hours that start on the last day before may reach into the first year.
    found = list(openings.stretches(date(first, 1, 1) - _OVERNIGHT, date(beyond, 1, 1)))
    opens, closes = zip(*found, strict=True) if found else ((), ())
    if not all(map(operator.lt, closes, islice(opens, 1, None))):
        merged = Spans.of(found).bounds
        opens, closes = merged[::2], merged[1::2]
    start, end = (local_instant(date(year, 1, 1), 0, openings.zone) for year in (first, beyond))
    lengths = map(operator.sub, closes, opens)
    return _Table(first, beyond, start, end, opens, closes, tuple(accumulate(lengths, initial=0)))
