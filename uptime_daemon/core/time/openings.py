"""On which days and in which hours somebody works, as UTC stretches: weekly hours, days of their own, joins."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from uptime_daemon.core.time.instants import DAY, MICROSECOND, local_instant
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Duration, Instant

Hours: TypeAlias = "tuple[tuple[Duration, Duration], ...]"
"""Wall-clock stretches after midnight of the day on which they start; one over midnight ends after 24 h."""

NO_HOURS: Final[Hours] = ()
DAYS_OF_WEEK: Final = 7
_TICK: Final = timedelta(microseconds=MICROSECOND)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


class Dates(Protocol):
    """A set of calendar dates, such as the public holidays of a country."""

    def __contains__(self, day: date, /) -> bool:
        """Whether the date belongs to the set."""
        ...


class Closings(Protocol):
    """Days on which work ends early."""

    def get(self, day: date, /) -> Duration | None:
        """The wall-clock time after midnight from which nobody works, None on other days."""
        ...


class Openings(Protocol):
    """When somebody works."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days are told apart."""
        ...

    def works(self, day: date) -> bool:
        """Whether the date is a working day."""
        ...

    def stretches(self, first: date, beyond: date) -> Iterable[tuple[Instant, Instant]]:
        """The open stretches that start on the days from the first one until before the last one."""
        ...


@dataclass(frozen=True, slots=True)
class WorkingWeek:
    """Opening hours by weekday, without holidays, with days of their own."""

    zone: ZoneInfo
    week: tuple[Hours, ...]
    """The hours of each weekday, Monday first."""
    holidays: Dates = frozenset()
    closings: Closings = field(default_factory=dict[date, int])
    """Half days: the hours after the closing time are cut off."""
    moved: Dates = frozenset()
    """Days off that somebody declared working days; they have the hours of the week's first working day."""
    own: Mapping[date, Hours] = field(default_factory=dict)
    """Days with hours of their own, whatever weekday or holiday they are; none closes the day."""

    def hours(self, day: date) -> Hours:
        """The wall-clock hours of a date."""
        if (own := self.own.get(day)) is not None:
            return own
        hours = self.week[day.weekday()]
        if day in self.moved:
            hours = hours or next((each for each in self.week if each), NO_HOURS)
        elif hours and day in self.holidays:
            return NO_HOURS
        if hours and (closing := self.closings.get(day)) is not None:
            return tuple((opens, min(closes, closing)) for opens, closes in hours if opens < closing)
        return hours

    def works(self, day: date) -> bool:
        """Whether the date has any hours."""
        return any(opens < closes for opens, closes in self.hours(day))

    def stretches(self, first: date, beyond: date) -> list[tuple[Instant, Instant]]:
        """The open stretches of the days, in elapsed time; one that a clock change leaves empty is dropped.

        A day whose clock is not changed, nor that of the day after, needs one offset; only others ask for each bound.
        """
        zone, result = self.zone, []
        midnight = datetime(first.year, first.month, first.day, tzinfo=zone)
        one_day = timedelta(days=1)
        offset, following = midnight.utcoffset(), (midnight + one_day).utcoffset()
        midnight += 2 * one_day  # wall-clock time: datetimes of one zone add days, not hours
        for ordinal in range(first.toordinal(), beyond.toordinal()):
            after = midnight.utcoffset()
            day = date.fromordinal(ordinal)
            if hours := self.hours(day):
                if offset == following == after and offset is not None:
                    start = (ordinal - _EPOCH_DAY) * DAY - offset // _TICK
                    result += [(start + opens, start + closes) for opens, closes in hours if opens < closes]
                else:
                    bounds = [tuple(local_instant(day, wall, zone) for wall in each) for each in hours]
                    result += [(opens, closes) for opens, closes in bounds if opens < closes]
            offset, following = following, after
            midnight += one_day
        return result

    def skipped_or_twice(self, first: date, beyond: date) -> list[tuple[date, Duration]]:
        """The bounds of hours at wall-clock times that a clock change skips or shows twice on one of the days.

        They are read all the same (see `local_instant`), but not every reader would read them alike.
        """
        found = []
        for ordinal in range(first.toordinal(), beyond.toordinal()):
            day = date.fromordinal(ordinal)
            for wall in sorted({bound for each in self.hours(day) for bound in each}):
                naive = datetime(day.year, day.month, day.day) + wall * _TICK  # noqa: DTZ001 - the zone follows
                offsets = {naive.replace(tzinfo=self.zone, fold=fold).utcoffset() for fold in (0, 1)}
                if len(offsets) > 1:
                    found.append((day, wall))
        return found


@dataclass(frozen=True, slots=True)
class JoinedOpenings:
    """Several openings as one: open while any of them is, or only while all are."""

    members: tuple[Openings, ...]
    """At least one."""
    common: bool = False
    """Only the time in which all are open."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the first member."""
        return self.members[0].zone

    def works(self, day: date) -> bool:
        """Whether the date is a working day of any member, or of all."""
        return (all if self.common else any)(each.works(day) for each in self.members)

    def stretches(self, first: date, beyond: date) -> list[tuple[Instant, Instant]]:
        """The joined stretches, cut at the first and the last midnight, since many days may be open as one.

        In another zone a day starts earlier or later, so its neighbours are looked at too.
        """
        start, end = (local_instant(day, 0, self.zone) for day in (first, beyond))
        near = timedelta(days=2)
        joined: Spans | None = None
        for each in self.members:
            own = Spans.of(each.stretches(first - near, beyond + near))
            joined = own if joined is None else joined & own if self.common else joined | own
        return [(span.start, span.end) for span in (joined or Spans()).clip(Span(start, end))]


def weekly(weekdays: Iterable[int], opens: Duration, closes: Duration) -> tuple[Hours, ...]:
    """One stretch of hours on some weekdays, given as ISO numbers (Monday is 1)."""
    days = frozenset(weekdays)
    return tuple(((opens, closes),) if number in days else NO_HOURS for number in range(1, DAYS_OF_WEEK + 1))
