"""Business calendars as files write them: hours, zone, holidays by country, half days, days of the agreement's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from uptime_daemon.core.time.business import BusinessCalendar
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.core.time.openings import NO_HOURS, Hours, JoinedOpenings, WorkingWeek, weekly
from uptime_daemon.definitions.holidays import (
    NO_HALF_DAYS,
    NO_HOLIDAYS,
    NO_MOVED_DAYS,
    Countries,
    HalfDays,
    Holidays,
    HolidaySet,
    MovedDays,
)
from uptime_daemon.definitions.nodes import ABSENT, Node
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import ListOf, Record, optional, required, unknown_keys
from uptime_daemon.definitions.shapes import Shape, Text, Version, named, refuse
from uptime_daemon.definitions.terms.common import CLAUSE, WEEKDAYS, Weekdays
from uptime_daemon.definitions.times import Day, WallTime
from uptime_daemon.definitions.zones import Zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from zoneinfo import ZoneInfo

T = TypeVar("T")
_DAY_NAMES: Final = "|".join(WEEKDAYS)
_CLOCK: Final = r"(?:[01]\d|2[0-4]):[0-5]\d"
_STRETCH: Final = rf"{_CLOCK}-{_CLOCK}"
_LINE: Final = re.compile(
    rf"(?P<first>{_DAY_NAMES})(-(?P<last>{_DAY_NAMES}))? (?P<hours>{_STRETCH}(, {_STRETCH})*)", re.ASCII
)
_OWN: Final = re.compile(
    rf"(?P<day>\d{{4}}-\d{{2}}-\d{{2}}) "
    rf"((?P<closed>closed)|like (?P<like>{_DAY_NAMES})|until (?P<until>{_CLOCK})|(?P<hours>{_STRETCH}(, {_STRETCH})*))",
    re.ASCII,
)
_KEYS: Final = ("weekdays", "from", "to", "hours")
_JOINS: Final = ("any_of", "all_of")


@dataclass(frozen=True, slots=True)
class WeekLines:
    """Hours by weekday: lines such as `mon-fri 09:00-12:00, 13:00-18:00`; a stretch may pass midnight."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A list of lines."""
        return (ListOf(Text("line of hours", _LINE.pattern, "mon-fri 09:00-18:00"), at_least=1),)

    def read(self, node: Node, path: str, problems: Problems) -> tuple[Hours, ...]:
        """The hours of each weekday, Monday first."""
        week: list[Hours] = [NO_HOURS] * len(WEEKDAYS)
        for index, line in enumerate(ListOf(Version(), at_least=1).read(node, path, problems)):
            found = _LINE.fullmatch(line)
            if found is None:
                place = node.at(index)
                message = f"{named(place)} is no line of hours; write one such as mon-fri 09:00-12:00, 13:00-18:00"
                raise refuse(place, f"{path}[{index}]", problems, message)
            hours = _hours(found["hours"], node, f"{path}[{index}]", problems)
            for day in _days(found["first"], found["last"]):
                week[day] = tuple(sorted((*week[day], *hours)))
        return tuple(week)


@dataclass(frozen=True, slots=True)
class _OwnDay:
    """One day of the agreement's own, before the week is known."""

    day: date
    hours: Hours | None
    like: int | None
    until: int | None

    def of(self, week: Sequence[Hours]) -> Hours:
        """Its hours in a week."""
        if self.hours is not None:
            return self.hours
        own = week[self.day.weekday() if self.like is None else self.like]
        until = 2 * DAY if self.until is None else self.until
        return tuple((opens, min(closes, until)) for opens, closes in own if opens < until)


@dataclass(frozen=True, slots=True)
class OwnDays:
    """Days that the agreement names: `2026-12-31 closed`, `... until 13:00`, `... like mon`, `... 10:00-14:00`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A list of lines."""
        return (ListOf(Text("day of its own", _OWN.pattern, "2026-12-31 closed")),)

    def read(self, node: Node, path: str, problems: Problems) -> tuple[_OwnDay, ...]:
        """The days, each once."""
        found: list[_OwnDay] = []
        for index, line in enumerate(ListOf(Version()).read(node, path, problems)):
            place = node.at(index)
            inner = f"{path}[{index}]"
            match = _OWN.fullmatch(line)
            if match is None:
                message = (
                    f"{named(place)} is no day of its own; write one such as 2026-12-31 closed, 2026-12-24 until 13:00"
                )
                raise refuse(place, inner, problems, f"{message}, 2026-05-04 like mon, 2026-05-05 10:00-14:00")
            day = Day().read(Node(match["day"], place.file, place.line), inner, problems)
            if any(each.day == day for each in found):
                raise refuse(place, inner, problems, f"{day} stands twice; keep one")
            hours = NO_HOURS if match["closed"] else None
            if match["hours"]:
                hours = _hours(match["hours"], place, inner, problems)
            like = WEEKDAYS.index(match["like"]) if match["like"] else None
            until = _wall(match["until"]) if match["until"] else None
            found.append(_OwnDay(day, hours, like, until))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class CalendarShape:
    """A calendar: hours in a zone with holidays, or several as one by `any_of` or `all_of`."""

    zone: ZoneInfo
    """The contract's, where the calendar names none."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """Hours of its own, or several calendars as one."""
        return (
            self._own(dict),
            *(Record(dict, {"clause": optional(CLAUSE), join: required(ListOf(self, at_least=1))}) for join in _JOINS),
        )

    def read(self, node: Node, path: str, problems: Problems) -> BusinessCalendar | None:
        """The calendar; None where its hours rest on a parameter that is not set."""
        if isinstance(node.value, dict) and any(join in node.value for join in _JOINS):
            return self._joined(node, path, problems)
        return self._own(partial(self._built, node)).read(node, path, problems)

    def _own(self, build: Callable[..., T]) -> Record[T]:
        """The keys of a calendar that is not joined of others."""
        return Record(
            build,
            {
                "clause": optional(CLAUSE),
                "zone": optional(Zone(), self.zone),
                "weekdays": optional(Weekdays()),
                "from": optional(WallTime()),
                "to": optional(WallTime()),
                "hours": optional(WeekLines()),
                "holidays": optional(Holidays(), NO_HOLIDAYS),
                "half_days": optional(Countries(), ()),
                "moved_working_days": optional(Countries(), ()),
                "own_days": optional(OwnDays(), ()),
            },
        )

    def _joined(self, node: Node, path: str, problems: Problems) -> BusinessCalendar | None:
        assert isinstance(node.value, dict)  # noqa: S101 - its caller looked
        if unknown_keys(node, path, problems, ("clause", *_JOINS)):
            raise RefusedError
        if len(words := [join for join in _JOINS if join in node.value]) > 1:
            raise refuse(node, path, problems, "has any_of and all_of; write one of them")
        members = ListOf(self, at_least=1).read(node.value[words[0]], f"{path}.{words[0]}", problems)
        known = [each.openings for each in members if each is not None]
        if len(known) < len(members):
            return None
        return BusinessCalendar(JoinedOpenings(tuple(known), common=words[0] == "all_of"))

    def _built(
        self,
        node: Node,
        zone: ZoneInfo,
        hours: tuple[Hours, ...] | None,
        holidays: HolidaySet,
        half_days: tuple[str, ...],
        moved_working_days: tuple[str, ...],
        own_days: tuple[_OwnDay, ...],
        **simple: Any,
    ) -> BusinessCalendar | None:
        written = node.value if isinstance(node.value, dict) else {}
        if hours is not None and any(key in written for key in _KEYS[:3]):
            raise ValueError("has hours and weekdays, from, to; write one of both forms")
        week = hours
        if week is None:
            if any(written[key].value in (ABSENT, None) for key in _KEYS if key in written):
                return None
            week = _simple_week(simple["weekdays"], simple["from_"], simple["to_"])
        own = {each.day: each.of(week) for each in own_days}
        if not any((*week, *own.values())):
            raise ValueError("has no working hour; write hours such as mon-fri 09:00-18:00")
        return BusinessCalendar(
            WorkingWeek(
                zone=zone,
                week=week,
                holidays=holidays,
                closings=HalfDays(half_days) if half_days else NO_HALF_DAYS,
                moved=MovedDays(moved_working_days) if moved_working_days else NO_MOVED_DAYS,
                own=own,
            )
        )


@dataclass(frozen=True, slots=True)
class WorkingTimeShape:
    """A calendar whose hours must be known."""

    zone: ZoneInfo

    def forms(self) -> tuple[Shape[Any], ...]:
        """A calendar."""
        return (CalendarShape(self.zone),)

    def read(self, node: Node, path: str, problems: Problems) -> BusinessCalendar:
        """The calendar."""
        calendar = CalendarShape(self.zone).read(node, path, problems)
        if calendar is None:
            raise refuse(node, path, problems, "rests on a parameter that is not set; write the hours")
        return calendar


def _simple_week(weekdays: frozenset[int] | None, opens: int | None, closes: int | None) -> tuple[Hours, ...]:
    if weekdays is None or opens is None or closes is None:
        raise ValueError("has no hours; write weekdays, from and to, or hours such as mon-fri 09:00-18:00")
    if closes <= opens:
        raise ValueError("closes before it opens; write a later `to`")
    return weekly(weekdays, opens, closes)


def _days(first: str, last: str | None) -> Iterator[int]:
    """The weekdays of `mon-fri`; `sun-thu` passes the week's end."""
    start = WEEKDAYS.index(first)
    length = 1 if last is None else (WEEKDAYS.index(last) - start) % len(WEEKDAYS) + 1
    return ((start + each) % len(WEEKDAYS) for each in range(length))


def _hours(text: str, node: Node, path: str, problems: Problems) -> Hours:
    found = []
    for part in text.split(", "):
        opens, closes = (_wall(each) for each in part.split("-"))
        if opens == closes or max(opens, closes) > DAY:
            raise refuse(node, path, problems, f"{part} is no stretch of a day; write one such as 09:00-18:00")
        found.append((opens, closes if opens < closes else closes + DAY))
    return tuple(found)


def _wall(text: str) -> int:
    return int(text[:2]) * HOUR + int(text[3:]) * MINUTE
