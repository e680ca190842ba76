"""What several terms of a contract share: clauses, ambiguity ids, weekdays, working time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.time.business import BusinessCalendar, office
from uptime_daemon.definitions.documents import Node
from uptime_daemon.definitions.holidays import NO_HOLIDAYS, Holidays
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.shapes import (
    ListOf,
    OneOf,
    Record,
    Text,
    Version,
    WallTime,
    optional,
    required,
)

CLAUSE: Final = Version()


AMBIGUITY_ID: Final = Text("ambiguity id", r"AMB-[A-Z0-9]+-\d+[A-Z]?", "AMB-ABC-1")


_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Weekdays:
    """A list such as `[mon, fri]`."""

    def read(self, node: Node, path: str, problems: Problems) -> frozenset[int]:
        """ISO numbers, Monday is 1."""
        names = ListOf(OneOf(_WEEKDAYS), at_least=1).read(node, path, problems)
        return frozenset(_WEEKDAYS.index(name) + 1 for name in names)


@dataclass(frozen=True, slots=True)
class WorkingTimeShape:
    """`{weekdays, from, to, holidays}` in the contract's zone."""

    zone: ZoneInfo

    def read(self, node: Node, path: str, problems: Problems) -> BusinessCalendar:
        """The working time."""

        def build(weekdays: frozenset[int], from_: int, to_: int, holidays: Any) -> BusinessCalendar:
            if to_ <= from_:
                raise ValueError("closes before it opens; write a later `to`")
            return office(self.zone, weekdays, from_, to_, holidays)

        return Record(
            build,
            {
                "weekdays": required(Weekdays()),
                "from": required(WallTime()),
                "to": required(WallTime()),
                "holidays": optional(Holidays(), NO_HOLIDAYS),
            },
        ).read(node, path, problems)
