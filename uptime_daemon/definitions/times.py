"""Durations, instants, dates and times of day, as files write them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import DAY, HOUR, INSTANT_PATTERN, MINUTE, SECOND, parse_instant
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.shapes import Shape, Text, named, refuse

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration, Instant


_DURATION: Final = re.compile(
    r"(?P<number>\d{1,15})(?P<unit>us|ms|s|m|h|d)|"
    r"P((?P<days>\d{1,6})D)?(T((?P<hours>\d{1,6})H)?((?P<minutes>\d{1,9})M)?((?P<seconds>\d{1,9})S)?)?",
    re.ASCII,
)
_UNIT: Final = {"us": 1, "ms": 1000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}


def parse_duration(text: str) -> Duration:
    """`30s`, `5m`, `8h`, `2d` or ISO 8601 such as PT8H, in microseconds; `ValueError` for anything else."""
    match = _DURATION.fullmatch(text)
    if not match or text in {"P", "PT"} or text.endswith("T"):
        raise ValueError(f"{text!r} is no duration such as 30s, 5m or PT8H")
    if match["number"]:
        return int(match["number"]) * _UNIT[match["unit"]]
    parts = ((match["days"], DAY), (match["hours"], HOUR), (match["minutes"], MINUTE), (match["seconds"], SECOND))
    return sum(int(number) * unit for number, unit in parts if number)


@dataclass(frozen=True, slots=True)
class Length:
    """A positive duration."""

    at_most: Duration = 366 * DAY

    def forms(self) -> tuple[Shape[Any], ...]:
        """A text with number and unit."""
        return (Text("duration", _DURATION.pattern, "30s"),)

    def read(self, node: Node, path: str, problems: Problems) -> Duration:
        """Elapsed microseconds."""
        if not isinstance(node.value, str):
            raise refuse(node, path, problems, f"{named(node)} is no duration; write one such as 30s, 5m or PT8H")
        try:
            duration = parse_duration(node.value)
        except ValueError as error:
            raise refuse(node, path, problems, f"{error}; write one of these forms") from error
        if not 0 < duration <= self.at_most:
            raise refuse(
                node,
                path,
                problems,
                f"{node.value} is out of range; write more than 0s, at most {self.at_most // SECOND}s",
            )
        return duration


YEARS: Final = range(1970, 2200)
"""A year outside is a slip of the pen, and far outside no calendar reaches."""
_YEARS_TEXT: Final = f"the years {YEARS.start} to {YEARS.stop - 1}"
_FIRST: Final = parse_instant(f"{YEARS.start}-01-01T00:00:00Z")
_BEYOND: Final = parse_instant(f"{YEARS.stop}-01-01T00:00:00Z")


@dataclass(frozen=True, slots=True)
class Moment:
    """An ISO 8601 instant with its offset."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A text with date, time and offset."""
        return (Text("instant with an offset", INSTANT_PATTERN, "2026-06-03T10:00:00+02:00"),)

    def read(self, node: Node, path: str, problems: Problems) -> Instant:
        """Microseconds since the epoch."""
        if isinstance(node.value, str):
            with suppress(ValueError):
                at = parse_instant(node.value)
                if _FIRST <= at < _BEYOND:
                    return at
                raise refuse(node, path, problems, f"{named(node)} is not in {_YEARS_TEXT}; mend the year")
        message = f"{named(node)} is no instant with an offset; write one such as 2026-06-03T10:00:00+02:00"
        raise refuse(node, path, problems, message)


_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar date."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A text with year, month and day."""
        return (Text("date", _DATE.pattern, "2026-01-01"),)

    def read(self, node: Node, path: str, problems: Problems) -> date:
        """The date."""
        if isinstance(node.value, str) and _DATE.fullmatch(node.value):
            with suppress(ValueError):
                day = date.fromisoformat(node.value)
                if YEARS.start <= day.year < YEARS.stop:
                    return day
                raise refuse(node, path, problems, f"{node.value} is not in {_YEARS_TEXT}; mend the year")
        raise refuse(node, path, problems, f"{named(node)} is no date; write one such as 2026-01-01")


_WALL: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class WallTime:
    """A wall-clock time from 00:00 to 24:00."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A text with hours and minutes."""
        return (Text("time of day", _WALL.pattern, "21:00"),)

    def read(self, node: Node, path: str, problems: Problems) -> Duration:
        """Microseconds after midnight."""
        if isinstance(node.value, str) and (match := _WALL.fullmatch(node.value)):
            wall = int(match[1]) * HOUR + int(match[2]) * MINUTE
            if wall <= DAY:
                return wall
        raise refuse(node, path, problems, f'{named(node)} is no time of day; write one such as "21:00"')
