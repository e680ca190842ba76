"""A document as a tree of nodes that know their line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from uptime_daemon.definitions.problems import Problem

DEPTH_MAX: Final = 50
"""Three times as deep as any key of a contract, a case or the settings lies."""


@dataclass(frozen=True, slots=True)
class FloatText:
    """An unquoted number with a point, as written: never turned into a binary float."""

    text: str


class Absent:
    """The place of a parameter that the agreement leaves open."""


ABSENT: Final = Absent()


class Refused:
    """The place of a value that is refused already: reading it again gives no second problem."""


REFUSED: Final = Refused()

_SCALARS: Final = (str, int, FloatText)
Value: TypeAlias = "str | int | bool | FloatText | Absent | Refused | dict[str, Node] | list[Node] | None"


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document and the line it stands on."""

    value: Value
    file: str
    line: int

    def problem(self, path: str, message: str) -> Problem:
        """A problem at this place."""
        return Problem(self.file, self.line, path, message)

    def at(self, *steps: str | int) -> Node:
        """The node down these keys and items; where one is left out the nearest that is there, to point at."""
        node = self
        for step in steps:
            match node.value, step:
                case dict() as mapping, str() if step in mapping:
                    node = mapping[step]
                case list() as items, int() if step < len(items):
                    node = items[step]
                case _:
                    return node
        return node


def mapping_of(node: Node) -> dict[str, Node]:
    """The children of a mapping; of anything else none, for that is refused where it is read."""
    return node.value if isinstance(node.value, dict) else {}


def plain(node: Node) -> object:
    """The tree as plain values, numbers with a point as text: what is stored and put into a case."""
    match node.value:
        case dict() as mapping:
            return {key: plain(child) for key, child in mapping.items()}
        case list() as items:
            return [plain(child) for child in items]
        case FloatText(text):
            return text
        case Absent() | Refused():
            return None
        case other:
            return other


def node_of(value: object, file: str, line: int = 1, depth: int = 0) -> Node:
    """Plain values as a tree whose every node stands on one line. `RecursionError` beyond `DEPTH_MAX` levels."""
    if depth > DEPTH_MAX:
        raise RecursionError
    if value is None or isinstance(value, _SCALARS):  # most values by far
        return Node(value, file, line)
    match value:
        case dict():
            return Node({str(key): node_of(child, file, line, depth + 1) for key, child in value.items()}, file, line)
        case list() | tuple():
            return Node([node_of(child, file, line, depth + 1) for child in value], file, line)
        case _:
            return Node(FloatText(str(value)), file, line)


def patched(node: Node, change: Node) -> Node:
    """A tree with some keys exchanged: RFC 7386, null removes a key."""
    if not isinstance(change.value, dict):
        return change
    merged = dict(node.value) if isinstance(node.value, dict) else {}
    for key, child in change.value.items():
        if child.value is None:
            merged.pop(key, None)
        else:
            merged[key] = patched(merged.get(key, replace(child, value={})), child)
    return replace(node, value=merged)
