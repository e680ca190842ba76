"""`groups`, `total_loss`, `primary`, `period`, `plans`, `parameters`, `ambiguities`: what a contract speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from uptime_daemon.core.terms.contract import Ambiguity
from uptime_daemon.core.terms.group import PrimaryCombination, PrimaryTerms, TotalLoss
from uptime_daemon.core.time.periods import PeriodKind
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    Choice,
    Flag,
    Record,
    Text,
    Whole,
    optional,
    required,
)
from uptime_daemon.definitions.terms.common import AMBIGUITY_ID, CLAUSE


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


PRIMARY: Final = Record(PrimaryTerms, {"combination": required(Choice(PrimaryCombination)), "clause": required(CLAUSE)})


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


def _period(kind: PeriodKind, clause: str, start_month: int) -> PeriodHead:
    return PeriodHead(kind, clause, start_month)


PARAMETER: Final = Record(Parameter, {"clause": required(CLAUSE), "needed_for": required(Text())})


PLAN: Final = Record(Plan, {"title": required(Text()), "clause": required(CLAUSE)})


PERIOD: Final = Record(
    _period,
    {
        "kind": required(Choice(PeriodKind)),
        "clause": required(CLAUSE),
        "start_month": optional(Whole(1, 12), 1),
    },
)
