"""The keys of a contract file that close no term by themselves: its name, versions, register, plans, parameters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.definitions.nodes import Node, mapping_of
from uptime_daemon.definitions.records import Key, ListOf, MapOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, AsNode, Text, Version, Whole
from uptime_daemon.definitions.terms.head import AMBIGUITY, PARAMETER, PLAN
from uptime_daemon.definitions.times import Day

if TYPE_CHECKING:
    from collections.abc import Mapping


FORMAT: Final = 1
"""The version of the contract language."""


@dataclass(frozen=True, slots=True)
class VersionHead:
    """A later version as the file writes it: what it changes against the one before."""

    version: str
    valid_from: date
    valid_to: date | None
    source: str | None
    change: Node


VERSION: Final = Record(
    VersionHead,
    {
        "version": required(Version()),
        "valid_from": required(Day()),
        "valid_to": optional(Day()),
        "source": optional(Text()),
        "change": required(AsNode()),
    },
)
SAME_IN_EVERY_VERSION: Final = ("contract", "id", "zone", "period", "version", "valid_from", "valid_to", "versions")
"""What a later version cannot change, or says beside its changes."""

OPEN_KEYS: Final[Mapping[str, Key[Any]]] = {
    "plans": optional(MapOf(PLAN, at_least=1), {}),
    "parameters": optional(MapOf(PARAMETER), {}),
    "ambiguities": optional(ListOf(AMBIGUITY), ()),
}
"""What closes the open places of the body."""
HEAD_KEYS: Final[Mapping[str, Key[Any]]] = {
    "contract": required(Whole(FORMAT, FORMAT)),
    "id": required(IDENTIFIER),
    "title": required(Text()),
    "vendor": required(Text()),
    "version": required(Version()),
    "language": required(Text("language", r"[a-z]{2}", "en")),
    "source": required(Text()),
    "valid_from": optional(Day()),
    "valid_to": optional(Day()),
    "versions": optional(ListOf(VERSION), ()),
    "words": optional(MapOf(MapOf(Text(), keys=r"[^\n]+"), keys=r"[a-z]{2}"), {}),
    **OPEN_KEYS,
}


def registered(node: Node, index: int) -> Node:
    """The node of one ambiguity in the file's register."""
    items = mapping_of(node)["ambiguities"].value
    return items[index] if isinstance(items, list) else node
