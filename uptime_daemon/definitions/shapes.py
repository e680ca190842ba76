"""What a part of a document may look like: small shapes that read a node into a value or collect what is wrong with it.

A shape either returns the value or adds a `Problem` and raises `RefusedError`. Those of words and numbers stand here,
those of time in `times`; `records` makes lists, mappings and records of them.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, Generic, Protocol, TypeVar

from uptime_daemon.definitions.nodes import REFUSED, Absent, FloatText, Node, Refused
from uptime_daemon.definitions.problems import Problems, RefusedError

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
