"""The keys of a case file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.definitions.cases.facts import FACTS, FactList
from uptime_daemon.definitions.cases.period import PeriodName
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.records import ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import AsNode, Flag, OneOf, Whole
from uptime_daemon.definitions.times import Moment

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Span

FORMAT: Final = 1
"""The version of the case format; every released version verifies for ever."""


@dataclass(frozen=True, slots=True)
class EarlierProbes:
    """Definitions of probes that were in force until an instant."""

    until: Instant
    probes: Node


_EARLIER_PROBES: Final = Record(EarlierProbes, {"until": required(Moment()), "probes": required(AsNode())})


@dataclass(frozen=True, slots=True)
class CaseHead:
    """A case file as it stands there."""

    case: int
    contract: Node
    agreement: Node
    period: str | Span
    otherwise: str | None
    as_of: Instant | None
    facts: FactList
    probes: Node | None
    earlier_probes: tuple[EarlierProbes, ...]
    demonstration: bool


CASE: Final = Record(
    CaseHead,
    {
        "case": required(Whole(FORMAT, FORMAT)),
        "contract": required(AsNode()),
        "agreement": required(AsNode()),
        "period": required(PeriodName()),
        "otherwise": optional(OneOf(("up", "unknown"))),
        "as_of": optional(Moment()),
        "facts": optional(FACTS, FactList()),
        "probes": optional(AsNode()),
        "earlier_probes": optional(ListOf(_EARLIER_PROBES), ()),
        "demonstration": optional(Flag(), default=False),
    },
)
