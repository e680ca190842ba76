"""`groups`, `total_loss`, `primary`, `period`, `plans`, `parameters`, `ambiguities`: what a contract speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from uptime_daemon.core.terms.contract import Ambiguity
from uptime_daemon.core.terms.group import PrimaryCombination, PrimaryTerms, TotalLoss
from uptime_daemon.core.time.periods import PeriodKind
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, Choice, Flag, OneOf, Shape, Text, Whole, named, refuse
from uptime_daemon.definitions.terms.common import AMBIGUITY_ID, CLAUSE
from uptime_daemon.definitions.times import Day


@dataclass(frozen=True, slots=True)
class GroupHead:
    """A group as the file writes it; its id is its key."""

    title: str
    clause: str
    counts: bool
    judged: bool


GROUP: Final = Record(
    GroupHead,
    {
        "title": required(Text()),
        "clause": required(CLAUSE),
        "counts": optional(Flag(), default=True),
        "judged": optional(Flag(), default=True),
    },
)


TOTAL_LOSS: Final = Record(
    TotalLoss,
    {
        "group": required(IDENTIFIER),
        "functions": required(IDENTIFIER),
        "condition": optional(IDENTIFIER),
        "clause": required(CLAUSE),
    },
)


@dataclass(frozen=True, slots=True)
class _Combination:
    """`either`, `both` or `{at_least: 2}`: how many main groups must fail."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The words, or a number."""
        return (OneOf(("either", "both")), Record(dict, {"at_least": required(Whole(1, _MAIN_GROUPS_MAX))}))

    def read(self, node: Node, path: str, problems: Problems) -> tuple[PrimaryCombination, int]:
        """The word and, for `at_least`, the number."""
        match node.value:
            case "either" | "both" as word:
                return PrimaryCombination(word), 0
            case dict() as mapping if set(mapping) == {"at_least"}:
                count = Whole(1, _MAIN_GROUPS_MAX).read(mapping["at_least"], f"{path}.at_least", problems)
                return PrimaryCombination.AT_LEAST, count
        message = f"{named(node)} says not which main groups fail the service; write either, both or {{at_least: 2}}"
        raise refuse(node, path, problems, message)


_MAIN_GROUPS_MAX: Final = 1000
"""More groups than any contract names."""


def _primary(combination: tuple[PrimaryCombination, int], clause: str) -> PrimaryTerms:
    return PrimaryTerms(combination[0], clause, combination[1])


PRIMARY: Final = Record(_primary, {"combination": required(_Combination()), "clause": required(CLAUSE)})


AMBIGUITY: Final = Record(
    Ambiguity,
    {
        "id": required(AMBIGUITY_ID),
        "clause": required(CLAUSE),
        "question": required(Text()),
        "recommended": required(Text()),
        "conservative": required(Text()),
    },
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the contract leaves to the agreement."""

    clause: str
    needed_for: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A variant of the contract with numbers of its own."""

    title: str
    clause: str


@dataclass(frozen=True, slots=True)
class PeriodHead:
    """A period as the file writes it."""

    kind: PeriodKind
    clause: str
    start_month: int
    day: int
    months: int
    days: int
    event: tuple[date, date] | None


def _period(kind: PeriodKind, from_: date | None, to_: date | None, **rest: Any) -> PeriodHead:
    if kind is not PeriodKind.EVENT and (from_ or to_):
        raise ValueError("from and to are the days of an event; write kind: event")
    if from_ is not None and to_ is not None and to_ <= from_:
        raise ValueError("the event ends before it starts; write a later `to`, the day after its last")
    return PeriodHead(kind, event=(from_, to_) if from_ and to_ else None, **rest)


_LAST_DAY: Final = 31
_CYCLE_MONTHS_MAX: Final = 12
_ROLLING_DAYS_MAX: Final = 366


PARAMETER: Final = Record(Parameter, {"clause": required(CLAUSE), "needed_for": required(Text())})


PLAN: Final = Record(Plan, {"title": required(Text()), "clause": required(CLAUSE)})


PERIOD: Final = Record(
    _period,
    {
        "kind": required(Choice(PeriodKind)),
        "clause": required(CLAUSE),
        "start_month": optional(Whole(1, 12), 1),
        "day": optional(Whole(1, _LAST_DAY), 1),
        "months": optional(Whole(1, _CYCLE_MONTHS_MAX), 1),
        "days": optional(Whole(1, _ROLLING_DAYS_MAX), 30),
        "from": optional(Day()),
        "to": optional(Day()),
    },
)
