"""What a part of a document may look like: small shapes that read a node into a value or collect what is wrong with it.

A shape either returns the value or adds a `Problem` and raises `RefusedError`. A `Record` reads all of its keys before
it gives up, so that one run names every mistake.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from uptime_daemon.core.time.instants import DAY, HOUR, INSTANT_PATTERN, MINUTE, SECOND, parse_instant
from uptime_daemon.definitions.documents import ABSENT, REFUSED, Absent, FloatText, Node, Refused
from uptime_daemon.definitions.problems import Problems, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from uptime_daemon.core.time.instants import Duration, Instant

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Shape(Protocol[T_co]):
    """Anything that reads a node."""

    def read(self, node: Node, path: str, problems: Problems) -> T_co:
        """The value, or a collected problem and `RefusedError`."""
        ...


def refuse(node: Node, path: str, problems: Problems, message: str) -> RefusedError:
    """Collect a problem at a node; raise what this returns. A place that is refused already gets no second one."""
    if node.value is not REFUSED:
        problems.add(node.problem(path, message))
    return RefusedError()


_SHOWN_MAX: Final = 60
"""How much of a wrong text a message repeats: enough to find it, little enough to stay on a line."""


def named(node: Node) -> str:
    """A node's value in words, for a message."""
    match node.value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "nothing"
        case bool() as flag:
            return "true" if flag else "false"
        case FloatText(text):
            return f"the unquoted number {text}"
        case int() as number:
            return f"the unquoted number {number}"
        case Absent():
            return "a parameter that is not set"
        case Refused():
            return "a refused value"
        case str() as text:
            return repr(text if len(text) <= _SHOWN_MAX else f"{text[: _SHOWN_MAX - 3]}...")


@dataclass(frozen=True, slots=True)
class Text:
    """A text on one or more lines; `what` says in words what is expected."""

    what: str = "text"
    pattern: str | None = None
    example: str = ""

    def read(self, node: Node, path: str, problems: Problems) -> str:
        """The text."""
        text = node.value
        if isinstance(text, str) and text.strip() and (not self.pattern or re.fullmatch(self.pattern, text, re.ASCII)):
            return text
        hint = f" such as {self.example}" if self.example else ""
        if not isinstance(text, str):
            raise refuse(node, path, problems, f"{named(node)} is no {self.what}; write {self.what} in quotes{hint}")
        what = (
            f"{named(node)} is no {self.what}; write one{hint}"
            if text.strip()
            else f"is empty; write {self.what}{hint}"
        )
        raise refuse(node, path, problems, what)


IDENTIFIER: Final = Text("identifier", r"[a-z0-9][a-z0-9_-]*", "acme-voice")


@dataclass(frozen=True, slots=True)
class AsNode:
    """Whatever stands there, kept with its line for a shape that is known only later."""

    def read(self, node: Node, path: str, problems: Problems) -> Node:  # noqa: ARG002 - a shape's signature
        """The node itself."""
        return node


@dataclass(frozen=True, slots=True)
class Version:
    """A short text that may look like a number: a version, a contract number."""

    def read(self, node: Node, path: str, problems: Problems) -> str:
        """The text as written."""
        match node.value:
            case FloatText(text):
                return text
            case int() as number if not isinstance(number, bool):
                return str(number)
            case str() as text if text.strip():
                return text
        raise refuse(node, path, problems, f"{named(node)} is no text; write some")


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def read(self, node: Node, path: str, problems: Problems) -> bool:
        """The flag."""
        if isinstance(node.value, bool):
            return node.value
        raise refuse(node, path, problems, f"{named(node)} is neither true nor false; write one of them")


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds."""

    at_least: int
    at_most: int

    def read(self, node: Node, path: str, problems: Problems) -> int:
        """The number."""
        is_whole = isinstance(node.value, int) and not isinstance(node.value, bool)
        if isinstance(node.value, int) and is_whole and self.at_least <= node.value <= self.at_most:
            return node.value
        alone = self.at_least == self.at_most
        wanted = f"{self.at_least}" if alone else f"a whole number from {self.at_least} to {self.at_most}"
        what = f"{node.value} is out of range" if is_whole else f"{named(node)} is no whole number"
        raise refuse(node, path, problems, f"{what}; write {wanted}")


E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Choice(Generic[E]):
    """One word of a closed set."""

    words: type[E]

    def read(self, node: Node, path: str, problems: Problems) -> E:
        """The word's value."""
        if isinstance(node.value, str):
            with suppress(ValueError):
                return self.words(node.value)
        raise refuse(node, path, problems, f"{named(node)} is none of: {', '.join(self.words)}")


@dataclass(frozen=True, slots=True)
class OneOf:
    """One word of a closed set that is no enumeration."""

    words: tuple[str, ...]

    def read(self, node: Node, path: str, problems: Problems) -> str:
        """The word."""
        if isinstance(node.value, str) and node.value in self.words:
            return node.value
        raise refuse(node, path, problems, f"{named(node)} is none of: {', '.join(self.words)}")


_DECIMAL: Final = re.compile(r"\d{1,15}(\.\d{1,15})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quoted:
    """An exact non-negative decimal in quotes: a percentage, a number of minutes, a step."""

    what: str
    example: str
    at_most: int | None = None

    def forms(self) -> tuple[Shape[Any], ...]:
        """A decimal in quotes."""
        return (Text(self.what, _DECIMAL.pattern, self.example),)

    def read(self, node: Node, path: str, problems: Problems) -> Fraction:
        """The exact fraction."""
        match node.value:
            case FloatText(text):
                message = f'{text} is an unquoted number, which is not exact; write "{text}" in quotes'
                raise refuse(node, path, problems, message)
            case bool():
                pass
            case int() as number:
                raise refuse(node, path, problems, f'{number} is an unquoted number; write "{number}" in quotes')
            case str() as text if _DECIMAL.fullmatch(text):
                value = Fraction(text)
                if self.at_most is not None and value > self.at_most:
                    raise refuse(
                        node, path, problems, f"{text} is more than {self.at_most}; write {self.what} up to it"
                    )
                return value
        raise refuse(
            node, path, problems, f'{named(node)} is no {self.what}; write one in quotes such as "{self.example}"'
        )


PERCENT: Final = Quoted("percentage", "99.9", at_most=100)
LIMIT: Final = Quoted("limit in percent or minutes", "99.9")

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


@dataclass(frozen=True, slots=True)
class ListOf(Generic[T]):
    """A list of one shape; a place left open by a parameter that is not set is skipped."""

    item: Shape[T]
    at_least: int = 0

    def read(self, node: Node, path: str, problems: Problems) -> tuple[T, ...]:
        """All items, every one read before any refusal."""
        if not isinstance(node.value, list):
            raise refuse(node, path, problems, f"{named(node)} is no list; write one item a line, each after a dash")
        items: list[T] = []
        refused = False
        for index, child in enumerate(node.value):
            if child.value is ABSENT:
                continue
            try:
                items.append(self.item.read(child, f"{path}[{index}]", problems))
            except RefusedError:
                refused = True
        if refused:
            raise RefusedError
        if len(items) < self.at_least:
            raise refuse(node, path, problems, f"has {len(items)} items; write at least {self.at_least}")
        return tuple(items)


@dataclass(frozen=True, slots=True)
class MapOf(Generic[T]):
    """A mapping from identifiers to one shape."""

    item: Shape[T]
    keys: str = r"[a-zA-Z0-9][a-zA-Z0-9_.-]*"
    at_least: int = 0

    def read(self, node: Node, path: str, problems: Problems) -> dict[str, T]:
        """All entries in the file's order."""
        if not isinstance(node.value, dict):
            raise refuse(node, path, problems, f"{named(node)} is no mapping; write `name: value` lines")
        result: dict[str, T] = {}
        refused = False
        for key, child in node.value.items():
            inner = f"{path}.{key}".lstrip(".")
            if not re.fullmatch(self.keys, key, re.ASCII):
                problems.add(child.problem(inner, f"{key!r} is no name; write letters, digits, - and _"))
                refused = True
                continue
            if child.value is ABSENT:
                continue
            try:
                result[key] = self.item.read(child, inner, problems)
            except RefusedError:
                refused = True
        if refused:
            raise RefusedError
        if len(result) < self.at_least:
            raise refuse(node, path, problems, f"has {len(result)} entries; write at least {self.at_least}")
        return result


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """One key of a record."""

    shape: Shape[T]
    required: bool = False
    default: Any = None


def required(shape: Shape[T]) -> Key[T]:
    """A key that must be there."""
    return Key(shape, required=True)


def optional(shape: Shape[T], default: Any = None) -> Key[T]:
    """A key that may be left out; then it has the default."""
    return Key(shape, default=default)


@dataclass(frozen=True, slots=True)
class Record(Generic[T]):
    """A mapping with known keys; unknown ones are refused, all are read before it gives up."""

    build: Callable[..., T]
    """Called with every key by name (a dash or a Python keyword as underscore); its `ValueError` is a problem."""
    keys: Mapping[str, Key[Any]] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    """Keys of the same mapping that somebody else reads."""

    def read(self, node: Node, path: str, problems: Problems) -> T:
        """What `build` makes of the keys."""
        if not isinstance(node.value, dict):
            raise refuse(node, path, problems, f"{named(node)} is no mapping; write the keys {_listed(self.keys)}")
        values: dict[str, Any] = {}
        refused = not node.value.keys() <= self.keys.keys() and unknown_keys(
            node, path, problems, (*self.beside, *self.keys)
        )
        for name, key in self.keys.items():
            child = node.value.get(name)
            values[argument(name)] = key.default
            if child is None or child.value is ABSENT or (child.value is None and not key.required):
                if key.required:
                    what = "is missing" if child is None else "rests on a parameter that is not set"
                    problems.add((child or node).problem(f"{path}.{name}".lstrip("."), f"{what}; write {name}"))
                    refused = True
                continue
            try:
                values[argument(name)] = key.shape.read(child, f"{path}.{name}" if path else name, problems)
            except RefusedError:
                refused = True
        if refused:
            raise RefusedError
        try:
            return self.build(**values)
        except ValueError as error:
            raise refuse(node, path, problems, str(error)) from error


@cache
def argument(key: str) -> str:
    """The argument name of a key: `from` and `pass` are words of Python."""
    name = key.replace("-", "_")
    return f"{name}_" if name in {"from", "to", "pass", "json", "is"} else name


def unknown_keys(node: Node, path: str, problems: Problems, known: Mapping[str, object] | Sequence[str]) -> bool:
    """Whether a mapping has keys that nobody knows; each is a problem."""
    found = False
    if isinstance(node.value, dict):
        for key, child in node.value.items():
            if key not in known:
                inner = f"{path}.{key}".lstrip(".")
                problems.add(child.problem(inner, f"unknown key {key!r}; the keys here are {_listed(known)}"))
                found = True
    return found


def _listed(keys: Mapping[str, object] | Sequence[str]) -> str:
    return ", ".join(keys)
