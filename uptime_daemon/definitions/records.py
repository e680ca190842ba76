"""Lists, mappings and records of shapes: every part is read before anything is refused, so that one run shows all."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from uptime_daemon.definitions.nodes import ABSENT, Node
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.shapes import Shape, named, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")


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
class OneOrMore(Generic[T]):
    """One, or a list of them."""

    item: Shape[T]
    at_least: int = 1

    def forms(self) -> tuple[Shape[Any], ...]:
        """One alone, or a list."""
        return (self.item, ListOf(self.item, self.at_least))

    def read(self, node: Node, path: str, problems: Problems) -> tuple[T, ...]:
        """All of them."""
        if isinstance(node.value, list):
            return ListOf(self.item, self.at_least).read(node, path, problems)
        return (self.item.read(node, path, problems),)


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


@dataclass(frozen=True, slots=True)
class ByKind(Generic[T]):
    """One of several mappings, told apart by `kind`."""

    what: str
    """What it is of which there are kinds, in words."""
    example: str
    """What to write, in words."""
    shapes: Mapping[str, Record[T]]
    """By the word of each kind."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The keys of each kind."""
        return tuple(self.shapes.values())

    def read(self, node: Node, path: str, problems: Problems) -> T:
        """What the shape of its kind reads."""
        if not isinstance(node.value, dict):
            raise refuse(node, path, problems, f"is no mapping; write {self.example} with its keys")
        kind = node.value.get("kind")
        if kind is not None and isinstance(kind.value, str) and kind.value in self.shapes:
            return self.shapes[kind.value].read(node, path, problems)
        what = "is missing" if kind is None else f"{named(kind)} is no {self.what}"
        raise refuse(kind or node, f"{path}.kind", problems, f"{what}; write one of: {', '.join(self.shapes)}")


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
