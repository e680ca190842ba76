"""Recurring stretches that belong to the day on which they start, even when they pass midnight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import DAY, local_instant, moment
from uptime_daemon.core.time.openings import DAYS_OF_WEEK

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.openings import Dates

LAST: Final = -1
"""Among the places of a weekday in its month: the last one."""


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """A recurring stretch on some weekdays of every week, or on some of them in the months."""

    zone: ZoneInfo
    weekdays: frozenset[int]
    """ISO numbers of the days on which it starts."""
    starts: Duration
    """Wall-clock time after midnight of the start day."""
    ends: Duration
    """Wall-clock time after midnight of the start day; more than 24 h where it ends on the next day."""
    void_on: Dates
    """Start days on which the window does not occur."""
    places: frozenset[int] = frozenset()
    """Which of its weekdays in a month, 1 to 5 or `LAST`; empty: every one."""
    months: frozenset[int] = frozenset()
    """The months in which it starts; empty: all."""
    elapsed: bool = False
    """Whether it lasts equally long in every night; else until the wall clock shows its end."""

    def within(self, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
        """Every occurrence that shares an instant with the stretch, uncut."""
        day = moment(start - self.ends - DAY, self.zone).date()
        last = moment(end, self.zone).date()
        occurrences = []
        while day <= last:
            if self.occurs_on(day):
                opens, closes = self.of_day(day)
                if opens < end and start < closes:
                    occurrences.append((opens, closes))
            day += timedelta(days=1)
        return occurrences

    def occurs_on(self, day: date) -> bool:
        """Whether the window starts on a date."""
        in_month = not self.months or day.month in self.months
        return day.isoweekday() in self.weekdays and in_month and self._in_place(day) and day not in self.void_on

    def of_day(self, day: date) -> tuple[Instant, Instant]:
        """The stretch that starts on a date, whether the window occurs then or not."""
        opens = local_instant(day, self.starts, self.zone)
        closes = opens + self.ends - self.starts if self.elapsed else local_instant(day, self.ends, self.zone)
        return opens, closes

    def _in_place(self, day: date) -> bool:
        if not self.places:
            return True
        is_last = (day + timedelta(days=DAYS_OF_WEEK)).month != day.month
        return (day.day - 1) // DAYS_OF_WEEK + 1 in self.places or (is_last and LAST in self.places)
