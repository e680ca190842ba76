"""When a vendor works: opening hours on working days of a zone, and what "the next working time" then means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from uptime_daemon.core.time.instants import DAY, local_instant, moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Duration, Instant

_SEARCH_DAYS_MAX: Final = 400
"""A calendar without a working day in more than a year has none; searching on would not end."""


class Dates(Protocol):
    """A set of calendar dates, such as the public holidays of a country."""

    def __contains__(self, day: date, /) -> bool:
        """Whether the date belongs to the set."""
        ...


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Opening hours on the working days of a zone."""

    zone: ZoneInfo
    weekdays: frozenset[int]
    """ISO numbers: Monday is 1, Sunday 7."""
    opens: Duration
    """Wall-clock time after midnight."""
    closes: Duration
    holidays: Dates

    def works(self, day: date) -> bool:
        """Whether the date is a working day."""
        return day.isoweekday() in self.weekdays and day not in self.holidays

    def next_open(self, at: Instant) -> Instant:
        """The instant itself if it lies in working time, else the start of the next working time."""
        day = moment(at, self.zone).date()
        for _ in range(_SEARCH_DAYS_MAX):
            if self.works(day) and at < local_instant(day, self.closes, self.zone):
                return max(at, local_instant(day, self.opens, self.zone))
            day += timedelta(days=1)
        raise ValueError(f"no working day within {_SEARCH_DAYS_MAX} days")

    def days_later(self, at: Instant, days: int) -> Instant:
        """The same wall-clock time on the `days`-th working day after the instant's date."""
        local = moment(at, self.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        wall_time = (local.replace(tzinfo=None) - midnight) // timedelta(microseconds=1)
        day = local.date()
        for _ in range(_SEARCH_DAYS_MAX):
            if days == 0:
                return local_instant(day, wall_time, self.zone)
            day += timedelta(days=1)
            days -= self.works(day)
        raise ValueError(f"no working day within {_SEARCH_DAYS_MAX} days")


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """A recurring stretch that belongs to the day on which it starts, even when it passes midnight."""

    zone: ZoneInfo
    weekdays: frozenset[int]
    """ISO numbers of the days on which it starts."""
    starts: Duration
    """Wall-clock time after midnight of the start day."""
    ends: Duration
    """Wall-clock time after midnight of the start day; more than 24 h where it ends on the next day."""
    void_on: Dates
    """Start days on which the window does not occur."""

    def within(self, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
        """Every occurrence that shares an instant with the stretch, uncut, in elapsed time."""
        day = moment(start - self.ends - DAY, self.zone).date()
        last = moment(end, self.zone).date()
        occurrences = []
        while day <= last:
            if day.isoweekday() in self.weekdays and day not in self.void_on:
                opens, closes = (local_instant(day, wall, self.zone) for wall in (self.starts, self.ends))
                if opens < end and start < closes:
                    occurrences.append((opens, closes))
            day += timedelta(days=1)
        return occurrences
