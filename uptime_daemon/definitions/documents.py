"""A YAML or JSON file as a tree of nodes that know their line; duplicate keys refused, nothing guessed.

YAML 1.2 core scalars only: `yes`, `on` and `22:30` are text, a number with a point stays visible as such, so that a
shape can ask for quotes where a binary float would spoil an exact figure.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from uptime_daemon.definitions.nodes import DEPTH_MAX, FloatText, Node, node_of
from uptime_daemon.definitions.problems import Problem, Problems, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ruamel.yaml.nodes import Node as YamlNode

DOCUMENT_BYTES_MAX: Final = 64 * 1024 * 1024
"""A case with a year of observations of a large group has some 50 MiB; more is no document but a mistake."""
YAML_BYTES_MAX: Final = 16 * 1024 * 1024
"""YAML is read at some 200 KiB a second into 50 times its size: more would take minutes and gigabytes."""
NODES_OF_ALIASES_MAX: Final = 10_000
"""How many values a file may hold beyond one a character: so many only aliases make, and more of them is a bomb."""

_INT_DIGITS_MAX: Final = 18
"""What 64 bits hold: a longer row of digits is no count of anything."""
_INT: Final = re.compile(rf"[-+]?\d{{1,{_INT_DIGITS_MAX}}}", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
_CONSTANTS: Final[Mapping[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_JSON_SPACE: Final = re.compile(r"[ \t\n\r]*")
_TAGS: Final = "tag:yaml.org,2002:"
_TAGS_PLAIN: Final = frozenset({"bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp"})


def read_document(path: Path, problems: Problems, shown: str | None = None) -> Node:
    """The tree of a file. Raises `RefusedError` when it cannot be read at all, with the reason collected."""
    file = shown if shown is not None else str(path)
    most, advice = (DOCUMENT_BYTES_MAX, "split it") if file.endswith(".json") else (YAML_BYTES_MAX, "write it as JSON")
    try:
        with path.open("rb") as opened:
            octets = opened.read(most + 1)
        if len(octets) > most:
            problems.add(Problem(file, 1, "", f"is longer than {most} bytes; {advice}"))
            raise RefusedError
        text = octets.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problems.add(Problem(file, 1, "", f"cannot be read: {reason}; check the path and its permissions"))
        raise RefusedError from error
    except UnicodeDecodeError as error:
        problems.add(Problem(file, 1, "", f"is no UTF-8 text at byte {error.start}; save it as UTF-8"))
        raise RefusedError from error
    return parse_document(text, file, problems)


def parse_document(text: str, file: str, problems: Problems, *, lines: bool = False) -> Node:
    """The tree of a text. Raises `RefusedError` when it is no document, with the reason collected.

    JSON is read several times faster without the lines of its values; `lines` asks for them.
    """
    try:
        return (_json if file.endswith(".json") else _yaml)(text, file, problems, lines=lines)
    except RecursionError:
        message = f"is nested deeper than {DEPTH_MAX} levels or holds itself by an alias; write it flatter"
        problems.add(Problem(file, 1, "", message))
        raise RefusedError from None


def _json(text: str, file: str, problems: Problems, *, lines: bool) -> Node:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        mapping = dict(pairs)
        if len(mapping) != len(pairs):
            raise ValueError("duplicate key")
        return mapping

    if not lines:
        try:
            # "NaN" is no int and a ValueError
            value = json.loads(
                text, object_pairs_hook=unique, parse_int=_whole, parse_float=FloatText, parse_constant=int
            )
            return node_of(value, file)
        except ValueError:
            pass  # a slower reading finds out what it is and on which line
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        problems.add(Problem(file, error.lineno, "", f"is no JSON: {error.msg} at character {error.colno}; mend it"))
        raise RefusedError from error
    return _read(_JsonText(text, file, problems).node, problems)


@dataclass(slots=True)
class _JsonText:
    """A JSON text of good form, read with the lines of its values and with all its duplicate keys."""

    text: str
    file: str
    problems: Problems
    breaks: list[int] = field(init=False)
    at: int = 0

    def __post_init__(self) -> None:
        self.breaks = [found.start() for found in re.finditer("\n", self.text)]

    def node(self, path: str = "", depth: int = 0) -> Node:
        """The value that starts at the next sign."""
        if depth > DEPTH_MAX:
            raise RecursionError
        sign = self._next()
        line = bisect_right(self.breaks, self.at) + 1
        match sign:
            case "{":
                return Node(self._mapping(path, depth), self.file, line)
            case "[":
                return Node(self._items(path, depth), self.file, line)
        value, self.at = _JSON_SCALAR.raw_decode(self.text, self.at)
        if isinstance(value, FloatText) and value.text.lstrip("-") in {"NaN", "Infinity"}:  # RFC 8259, section 6
            self.problems.add(Problem(self.file, line, path, f"{value.text} is no JSON; write a number or null"))
        return Node(value, self.file, line)

    def _mapping(self, path: str, depth: int) -> dict[str, Node]:
        result: dict[str, Node] = {}
        self.at += 1
        while self._next() != "}":
            line = bisect_right(self.breaks, self.at) + 1
            key, self.at = _JSON_SCALAR.raw_decode(self.text, self.at)
            self._next()
            self.at += 1  # the colon
            inner = f"{path}.{key}".lstrip(".")
            child = self.node(inner, depth + 1)
            if key in result:
                self.problems.add(Problem(self.file, line, inner, _duplicate(key, result[key].line)))
            result.setdefault(key, replace(child, line=line))
            self.at += self._next() == ","
        self.at += 1
        return result

    def _items(self, path: str, depth: int) -> list[Node]:
        items: list[Node] = []
        self.at += 1
        while self._next() != "]":
            items.append(self.node(f"{path}[{len(items)}]", depth + 1))
            self.at += self._next() == ","
        self.at += 1
        return items

    def _next(self) -> str:
        space = _JSON_SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.text[self.at]


def _yaml(text: str, file: str, problems: Problems, *, lines: bool) -> Node:  # noqa: ARG001 - lines are always known
    # Composing alone builds no objects: tags and types are decided here, not by the file.
    composer = YAML(typ="safe", pure=True)
    composer.version = (1, 2)
    composer.composer.warn_double_anchors = False  # YAML 1.2, 3.2.2.2: an anchor may be set anew
    try:
        tree = composer.compose(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.add(Problem(file, mark.line + 1 if mark else 1, "", f"is no YAML: {error.problem or error.context}"))
        raise RefusedError from error
    except (YAMLError, ValueError) as error:
        problems.add(Problem(file, 1, "", f"is no YAML: {str(error).splitlines()[0]}"))
        raise RefusedError from error
    if tree is None:
        return Node(None, file, 1)
    budget = [len(text) + NODES_OF_ALIASES_MAX]
    return _read(lambda: _converted(tree, file, "", problems, budget), problems)


def _read(reading: Callable[[], Node], problems: Problems) -> Node:
    """What the reading gives. Raises `RefusedError` if it found a problem."""
    before = len(problems.found)
    node = reading()
    if len(problems.found) > before:
        raise RefusedError
    return node


def _duplicate(key: str, first: int) -> str:
    return f"duplicate key {key!r}, first on line {first}; keep one"


def _converted(node: YamlNode, file: str, path: str, problems: Problems, budget: list[int], depth: int = 0) -> Node:
    line = node.start_mark.line + 1
    budget[0] -= 1
    if budget[0] < 0:
        problems.add(Problem(file, line, path, "repeats more values by aliases than it has characters; write them out"))
        raise RefusedError
    if depth > DEPTH_MAX:
        raise RecursionError
    if (tag := str(node.tag).removeprefix(_TAGS)) not in _TAGS_PLAIN:
        problems.add(Problem(file, line, path, f"tags such as {tag} are not used here; write the value alone"))
    match node:
        case MappingNode():
            return Node(_mapping(node, file, path, problems, budget, depth), file, line)
        case SequenceNode():
            items = [
                _converted(child, file, f"{path}[{index}]", problems, budget, depth + 1)
                for index, child in enumerate(node.value)
            ]
            return Node(items, file, line)
        case ScalarNode():
            return Node(_scalar(node), file, line)
        case _:
            raise AssertionError(f"unknown node {node}")


def _mapping(
    node: MappingNode, file: str, path: str, problems: Problems, budget: list[int], depth: int
) -> dict[str, Node]:
    result: dict[str, Node] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            problems.add(Problem(file, line, path, "a key is a list or a mapping; write a plain word"))
            continue
        key = str(key_node.value)
        if key == "<<":
            problems.add(Problem(file, line, path, "merge keys are not used here; write the values out"))
            continue
        if key in result:
            problems.add(Problem(file, line, f"{path}.{key}".lstrip("."), _duplicate(key, result[key].line)))
            continue
        child = _converted(value_node, file, f"{path}.{key}".lstrip("."), problems, budget, depth + 1)
        # A block value starts on the line after its key, yet the key is where a reader looks.
        result[key] = replace(child, line=line)
    return result


def _scalar(node: ScalarNode) -> str | int | bool | FloatText | None:
    text = str(node.value)
    # Quoted, a block, or tagged as a text: text, whatever it looks like.
    return text if node.style is not None or node.tag == f"{_TAGS}str" else _unquoted(text)


def _whole(text: str) -> int | FloatText:
    return int(text) if len(text.lstrip("-")) <= _INT_DIGITS_MAX else FloatText(text)


def _unquoted(text: str) -> str | int | bool | FloatText | None:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    return FloatText(text) if _FLOAT.fullmatch(text) else text


_JSON_SCALAR: Final = json.JSONDecoder(parse_int=_whole, parse_float=FloatText, parse_constant=FloatText)
