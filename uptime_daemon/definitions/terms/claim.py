"""`claim`: how a miss is claimed, until when, with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.terms.claim import (
    Channel,
    ClaimTerms,
    Deadline,
    DeadlineAnchor,
    Escalation,
    EscalationCase,
    EvidenceItem,
    Holding,
    Redaction,
    Risk,
    Stage,
    TruthSource,
)
from uptime_daemon.core.terms.lapse import Lapse, LapseUnit
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import Choice, Flag, OneOf, Shape, Text, Whole
from uptime_daemon.definitions.terms.common import CLAUSE
from uptime_daemon.definitions.terms.lapse import lapse, lapse_keys, with_lapse

_CYCLES_MAX: Final = 120


def _deadline(anchor: DeadlineAnchor, cycles: int | None, lapse: Lapse | None, *, before: bool) -> Deadline:
    if (anchor is DeadlineAnchor.BILLING_CYCLE_END) is not (cycles is not None):
        raise ValueError("anchor billing_cycle_end and cycles belong together; write both or neither")
    if before and lapse is None:
        raise ValueError("lies before its anchor by no time; write how long, such as days: 7")
    if before and lapse is not None and lapse.unit is LapseUnit.BUSINESS_DAYS:
        raise ValueError("business days are counted forward only; write days, or leave before out")
    return Deadline(anchor, lapse, cycles or 0, before)


def _deadline_keys(zone: ZoneInfo) -> dict[str, Any]:
    return {"cycles": optional(Whole(0, _CYCLES_MAX)), **lapse_keys(zone)}


def _stage(zone: ZoneInfo) -> Record[Stage]:
    def build(
        id: str,  # noqa: A002 - the file's key
        clause: str,
        anchor: DeadlineAnchor | None,
        cycles: int | None,
        lapse: Lapse | None,
        not_before: Deadline | None,
    ) -> Stage:
        if anchor is None:
            if lapse is not None or cycles is not None:
                raise ValueError("time is counted from an anchor; write one such as anchor: period_end")
            return Stage(id, clause, None, not_before)
        return Stage(id, clause, _deadline(anchor, cycles, lapse, before=False), not_before)

    not_before: Record[Deadline] = Record(
        with_lapse(zone, _deadline),
        {
            "anchor": required(Choice(DeadlineAnchor)),
            "before": optional(Flag(), default=False),
            **_deadline_keys(zone),
        },
    )
    return Record(
        with_lapse(zone, build),
        {
            "id": required(OneOf(("provisional", "final"))),
            "clause": required(CLAUSE),
            "anchor": optional(Choice(DeadlineAnchor)),
            **_deadline_keys(zone),
            "not_before": optional(not_before),
        },
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What has to be shown: a text, or what it is and what of our records shows it."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A text or a record."""
        return (Text(), EVIDENCE)

    def read(self, node: Node, path: str, problems: Problems) -> EvidenceItem:
        """The item; one without a record is for a person to add."""
        if isinstance(node.value, str):
            return EvidenceItem(Text().read(node, path, problems))
        return EVIDENCE.read(node, path, problems)


EVIDENCE: Final = Record(EvidenceItem, {"what": required(Text()), "held": optional(Choice(Holding), Holding.PERSON)})


RISK: Final = Record(Risk, {"clause": required(CLAUSE), "what": required(Text())})


def claim(zone: ZoneInfo) -> Record[ClaimTerms]:
    """How a miss is claimed; days are those of the contract's zone."""
    escalation = Record(
        Escalation,
        {
            "when": required(Choice(EscalationCase)),
            "clause": required(CLAUSE),
            "how": required(Text()),
            "after": optional(lapse(zone)),
        },
    )
    return Record(
        ClaimTerms,
        {
            "channel": required(Choice(Channel)),
            "clause": required(CLAUSE),
            "subject": required(Text()),
            "languages": required(ListOf(Text("language", r"[a-z]{2}", "en"), at_least=1)),
            "stages": required(ListOf(_stage(zone), at_least=1)),
            "evidence": required(ListOf(Evidence())),
            "address": optional(Text("mail address", r"[^@\s]+@[^@\s]+", "credits@vendor.example")),
            "redact": optional(ListOf(Choice(Redaction)), ()),
            "truth_source": optional(Choice(TruthSource), TruthSource.NOT_STATED),
            "escalation": optional(ListOf(escalation), ()),
            "sole_remedy": optional(CLAUSE),
            "risks": optional(ListOf(RISK), ()),
        },
    )
