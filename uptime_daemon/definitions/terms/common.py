"""What several terms of a contract share: clauses, ambiguity ids, weekdays, working time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import ListOf
from uptime_daemon.definitions.shapes import OneOf, Shape, Text, Version

CLAUSE: Final = Version()


AMBIGUITY_ID: Final = Text("ambiguity id", r"AMB-[A-Z0-9]+-\d+[A-Z]?", "AMB-ABC-1")


WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Weekdays:
    """A list such as `[mon, fri]`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A list of names."""
        return (ListOf(OneOf(WEEKDAYS), at_least=1),)

    def read(self, node: Node, path: str, problems: Problems) -> frozenset[int]:
        """ISO numbers, Monday is 1."""
        names = ListOf(OneOf(WEEKDAYS), at_least=1).read(node, path, problems)
        return frozenset(WEEKDAYS.index(name) + 1 for name in names)
