"""The JSON Schema of contract and case files, made of the very shapes that read them: editors complete and underline.

A schema says less than the shapes: it knows keys, words and forms, not what two keys together may not say.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum
from inspect import getdoc
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from uptime_daemon.definitions.agreements import AGREEMENT_KEYS
from uptime_daemon.definitions.cases.head import CASE
from uptime_daemon.definitions.choices import CONSERVATIVE, RECOMMENDED
from uptime_daemon.definitions.contracts.body import body_keys
from uptime_daemon.definitions.contracts.head import HEAD_KEYS
from uptime_daemon.definitions.records import Key, ListOf, MapOf, Record, required
from uptime_daemon.definitions.shapes import AsNode, Choice, Flag, OneOf, Shape, Text, Version, Whole

if TYPE_CHECKING:
    from collections.abc import Mapping

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


@runtime_checkable
class Described(Protocol):
    """A shape that reads several forms, or one that another shape describes."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The shapes of which a value has one."""
        ...


def file_schema() -> Schema:
    """The schema of a contract file or, where it has the key `case`, of a case."""
    writer = _Writer()
    writer.definitions["contract"] = writer.record(
        "contract", "One vendor's contract.", {**HEAD_KEYS, **body_keys(ZoneInfo("UTC"))}, closed=frozenset(HEAD_KEYS)
    )
    contract = _reference("contract")
    case = writer.record(
        "case",
        "Contract, agreement, period and facts together: enough to judge.",
        {**CASE.keys, "agreement": required(Record(dict, AGREEMENT_KEYS))},
    )
    change: Schema = {"type": "object", "properties": {"from": {"type": "string"}, "change": {"type": "object"}}}
    case["properties"]["contract"] = {"anyOf": [{"type": "string"}, contract, change | {"additionalProperties": False}]}
    return {
        "$schema": DIALECT,
        "title": "uptime-daemon: contracts and cases",
        "type": "object",
        "if": {"required": ["case"]},
        "then": case,
        "else": contract,
        "$defs": dict(sorted(writer.definitions.items())),
    }


@dataclass(slots=True)
class _Writer:
    """Definitions by name, each shape written once."""

    definitions: dict[str, Schema] = field(default_factory=dict)
    _names: dict[tuple[object, bool], str] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)
    """Shapes that are told apart by their place in memory, which therefore must not be given to others."""

    def of(self, shape: Shape[Any], path: str, *, may_be_open: bool) -> Schema:
        """The schema of a shape; below a contract's head any value may be left open."""
        if not may_be_open and (plain := _plain(shape)) is not None:
            return plain
        key = (shape if isinstance(shape, Hashable) and _is_hashable(shape) else id(shape), may_be_open)
        if key not in self._names:
            self._kept.append(shape)
            name = self._names[key] = self._free(path)
            self.definitions[name] = {}  # taken, for a shape may hold itself
            plain = _plain(shape)
            written = self._compound(shape, name, may_be_open=may_be_open) if plain is None else plain
            self.definitions[name] = _opened(written, name) if may_be_open else written
        return _reference(self._names[key])

    def record(
        self, name: str, what: str, keys: Mapping[str, Key[Any]], *, closed: frozenset[str] | None = None
    ) -> Schema:
        """A mapping of known keys; those in `closed` cannot be left open."""
        return {
            "type": "object",
            "description": what,
            "properties": {
                key: self._value(each, f"{name}.{key}", may_be_open=closed is not None and key not in closed)
                for key, each in keys.items()
            },
            "required": [key for key, each in keys.items() if each.required],
            "additionalProperties": False,
        }

    def _value(self, key: Key[Any], path: str, *, may_be_open: bool) -> Schema:
        schema = self.of(key.shape, path, may_be_open=may_be_open)
        if not key.required:
            schema = {"anyOf": [schema, {"type": "null"}]}
        if isinstance(key.default, bool | StrEnum):
            schema = {**schema, "default": key.default}
        return schema

    def _compound(self, shape: Shape[Any], name: str, *, may_be_open: bool) -> Schema:
        match shape:
            case ListOf():
                items = self.of(shape.item, f"{name}[]", may_be_open=may_be_open)
                return {"type": "array", "items": items, "minItems": shape.at_least}
            case MapOf():
                return {
                    "type": "object",
                    "propertyNames": {"pattern": _pattern(shape.keys)},
                    "additionalProperties": self.of(shape.item, f"{name}.*", may_be_open=may_be_open),
                    "minProperties": shape.at_least,
                }
            case Record():
                what = (getdoc(shape.build) or "") if isinstance(shape.build, type) else ""
                return self.record(name, what.partition("\n")[0], shape.keys, closed=None if not may_be_open else _NONE)
            case Described():
                return {
                    "description": (getdoc(type(shape)) or "").partition("\n")[0],
                    "anyOf": [
                        self.of(form, f"{name}|{number}", may_be_open=may_be_open)
                        for number, form in enumerate(shape.forms(), start=1)
                    ],
                }
        raise TypeError(f"{type(shape).__name__} says not which forms it reads; give it a method forms()")

    def _free(self, path: str) -> str:
        name, number = path, 2
        while name in self.definitions:
            name, number = f"{path}~{number}", number + 1
        return name


_NONE: Final = frozenset[str]()


def _plain(shape: Shape[Any]) -> Schema | None:
    """The schema of a shape that holds no other; None for one that does."""
    match shape:
        case Text():
            told: Schema = {"description": shape.what} | ({"examples": [shape.example]} if shape.example else {})
            return {"type": "string", **told, "pattern": _pattern(shape.pattern) if shape.pattern else r"\S"}
        case Version():
            return {"type": ["string", "number"]}
        case Flag():
            return {"type": "boolean"}
        case Whole():
            return {"type": "integer", "minimum": shape.at_least, "maximum": shape.at_most}
        case Choice(words=words):
            return {"enum": [word.value for word in words]}
        case OneOf(words=words):
            return {"enum": list(words)}
        case AsNode():
            return {}
    return None


def _opened(closed: Schema, name: str) -> Schema:
    """A value or one of the three forms in which it is left open."""
    own = _reference(name)
    or_nothing = {"anyOf": [own, {"type": "null"}]}
    return {
        "anyOf": [
            closed,
            _exactly({"parameter": {"type": "string"}}),
            _exactly({"parameter": {"type": "string"}, "default": own}),
            _exactly({"by_plan": {"type": "object", "additionalProperties": own}}),
            _exactly({"ambiguity": {"type": "string"}, RECOMMENDED: or_nothing, CONSERVATIVE: or_nothing}),
        ]
    }


def _exactly(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _reference(name: str) -> Schema:
    escaped = name.replace("~", "~0").replace("/", "~1").replace("|", "%7C").replace("[", "%5B").replace("]", "%5D")
    return {"$ref": f"#/$defs/{escaped}"}


def _pattern(pattern: str) -> str:
    """A whole text, in the dialect of ECMA 262: no named groups, no text before or after."""
    return f"^(?:{_NAMED_GROUP.sub('(', pattern)})$"


_NAMED_GROUP: Final = re.compile(r"\(\?P<\w+>")


def _is_hashable(shape: object) -> bool:
    try:
        hash(shape)
    except TypeError:
        return False
    return True
