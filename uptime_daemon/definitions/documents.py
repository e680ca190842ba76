"""A YAML or JSON file as a tree of nodes that know their line; duplicate keys refused, nothing guessed.

YAML 1.2 core scalars only: `yes`, `on` and `22:30` are text, a number with a point stays visible as such, so that a
shape can ask for quotes where a binary float would spoil an exact figure.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from uptime_daemon.definitions.problems import Problem, Problems, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ruamel.yaml.nodes import Node as YamlNode

DOCUMENT_BYTES_MAX: Final = 64 * 1024 * 1024
"""A case with a year of observations of a large group has some 50 MiB; more is no document but a mistake."""
NODES_MAX: Final = 4_000_000
"""What 64 MiB of dense JSON can hold; a small file with more is a bomb of aliases."""

_INT: Final = re.compile(r"[-+]?\d+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
_CONSTANTS: Final[Mapping[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_REFERENCE: Final = re.compile(r"\$\{(?P<file>file:)?(?P<name>[^}]*)\}")


@dataclass(frozen=True, slots=True)
class FloatText:
    """An unquoted number with a point, as written: never turned into a binary float."""

    text: str


class Absent:
    """The place of a parameter that the agreement leaves open."""


ABSENT: Final = Absent()

Value: TypeAlias = "str | int | bool | FloatText | Absent | dict[str, Node] | list[Node] | None"


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document and the line it stands on."""

    value: Value
    file: str
    line: int

    def problem(self, path: str, message: str) -> Problem:
        """A problem at this place."""
        return Problem(self.file, self.line, path, message)


def read_document(path: Path, problems: Problems, shown: str | None = None) -> Node:
    """The tree of a file. Raises `RefusedError` when it cannot be read at all, with the reason collected."""
    file = shown if shown is not None else str(path)
    try:
        if path.stat().st_size > DOCUMENT_BYTES_MAX:
            problems.add(Problem(file, 1, "", f"larger than {DOCUMENT_BYTES_MAX} bytes; split it"))
            raise RefusedError
        text = path.read_text(encoding="utf-8")
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

    JSON is read some fifty times faster without the lines of its values; `lines` asks for them.
    """
    if not lines and file.endswith(".json") and (fast := _plain_json(text, file)) is not None:
        return fast
    # Composing alone builds no objects: tags and types are decided here, not by the file.
    composer = YAML(typ="safe", pure=True)
    composer.version = (1, 2)
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
    budget = [NODES_MAX]
    refused = len(problems.found)
    node = _converted(tree, file, "", problems, budget)
    if len(problems.found) > refused:
        raise RefusedError
    return node


def interpolated(node: Node, environment: Mapping[str, str], path: str, problems: Problems) -> Node:
    """The tree with `${NAME}` and `${file:/path}` in texts replaced; an unknown one is a problem."""
    match node.value:
        case str() as text if "${" in text:
            return replace(
                node, value=_REFERENCE.sub(lambda found: _referred(found, node, environment, path, problems), text)
            )
        case dict() as mapping:
            return replace(
                node,
                value={
                    key: interpolated(child, environment, f"{path}.{key}".lstrip("."), problems)
                    for key, child in mapping.items()
                },
            )
        case list() as items:
            return replace(
                node,
                value=[
                    interpolated(child, environment, f"{path}[{index}]", problems) for index, child in enumerate(items)
                ],
            )
        case _:
            return node


def plain(node: Node) -> object:
    """The tree as plain values, numbers with a point as text: what is stored and put into a case."""
    match node.value:
        case dict() as mapping:
            return {key: plain(child) for key, child in mapping.items()}
        case list() as items:
            return [plain(child) for child in items]
        case FloatText(text):
            return text
        case Absent():
            return None
        case other:
            return other


def node_of(value: object, file: str, line: int) -> Node:
    """Plain values as a tree whose every node stands on one line."""
    match value:
        case dict():
            return Node({str(key): node_of(child, file, line) for key, child in value.items()}, file, line)
        case list() | tuple():
            return Node([node_of(child, file, line) for child in value], file, line)
        case None | str() | bool() | int():
            return Node(value, file, line)
        case _:
            return Node(FloatText(str(value)), file, line)


def _plain_json(text: str, file: str) -> Node | None:
    """A JSON text without duplicate keys, fast and without lines; None lets the YAML reader find what is wrong."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        mapping = dict(pairs)
        if len(mapping) != len(pairs):
            raise ValueError("duplicate key")
        return mapping

    try:
        return node_of(json.loads(text, object_pairs_hook=unique, parse_float=FloatText), file, 1)
    except (ValueError, RecursionError):
        return None


def _converted(node: YamlNode, file: str, path: str, problems: Problems, budget: list[int]) -> Node:
    line = node.start_mark.line + 1
    budget[0] -= 1
    if budget[0] < 0:
        problems.add(Problem(file, line, path, f"holds more than {NODES_MAX} values; write aliases out or split it"))
        raise RefusedError
    match node:
        case MappingNode():
            return Node(_mapping(node, file, path, problems, budget), file, line)
        case SequenceNode():
            items = [
                _converted(child, file, f"{path}[{index}]", problems, budget) for index, child in enumerate(node.value)
            ]
            return Node(items, file, line)
        case ScalarNode():
            return Node(_scalar(node), file, line)
        case _:
            raise AssertionError(f"unknown node {node}")


def _mapping(node: MappingNode, file: str, path: str, problems: Problems, budget: list[int]) -> dict[str, Node]:
    result: dict[str, Node] = {}
    lines: dict[str, int] = {}
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
            message = f"duplicate key {key!r}, first on line {lines[key]}; keep one"
            problems.add(Problem(file, line, f"{path}.{key}".lstrip("."), message))
            continue
        child = _converted(value_node, file, f"{path}.{key}".lstrip("."), problems, budget)
        # A block value starts on the line after its key, yet the key is where a reader looks.
        result[key] = replace(child, line=line)
        lines[key] = line
    return result


def _scalar(node: ScalarNode) -> str | int | bool | FloatText | None:
    text = str(node.value)
    if node.style is not None:  # quoted or a block: text, whatever it looks like
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    return FloatText(text) if _FLOAT.fullmatch(text) else text


def _referred(found: re.Match[str], node: Node, environment: Mapping[str, str], path: str, problems: Problems) -> str:
    name = found["name"]
    if not found["file"]:
        if name in environment:
            return environment[name]
        problems.add(node.problem(path, f"the environment has no variable {name!r}; set it before the start"))
        return ""
    try:
        return Path(name).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no UTF-8 text"
        problems.add(node.problem(path, f"the file {name!r} cannot be read: {reason}"))
        return ""
