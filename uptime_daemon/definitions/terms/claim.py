"""`conditions` and `claim`: what must hold, and how a miss is claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.ticket import CHANNELS
from uptime_daemon.core.terms.claim import Channel, ClaimTerms, DeadlineAnchor, Stage
from uptime_daemon.core.terms.condition import ConditionKind, ConditionTerms
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    Choice,
    ListOf,
    OneOf,
    Record,
    Text,
    Whole,
    optional,
    required,
)
from uptime_daemon.definitions.terms.common import CLAUSE

if TYPE_CHECKING:
    from collections.abc import Sequence


def _condition(channels: Sequence[str], kind: ConditionKind, **terms: Any) -> ConditionTerms:
    if (kind is ConditionKind.REPORTED) is not bool(channels):
        raise ValueError("kind reported and channels belong together; write both or neither")
    return ConditionTerms(kind=kind, channels=frozenset(channels), **terms)


CONDITION: Final = Record(
    _condition,
    {
        "id": required(IDENTIFIER),
        "clause": required(CLAUSE),
        "title": required(Text()),
        "kind": optional(Choice(ConditionKind), ConditionKind.STATED),
        "channels": optional(ListOf(OneOf(CHANNELS)), ()),
    },
)


def _stage(id: str, clause: str, anchor: DeadlineAnchor | None, days: int) -> Stage:  # noqa: A002 - the file's key
    if anchor is None and days:
        raise ValueError("days are counted from an anchor; write anchor: period_end")
    return Stage(id=id, clause=clause, anchor=anchor, days=days)


STAGE: Final = Record(
    _stage,
    {
        "id": required(OneOf(("provisional", "final"))),
        "clause": required(CLAUSE),
        "anchor": optional(Choice(DeadlineAnchor)),
        "days": optional(Whole(0, 3660), 0),
    },
)


CLAIM: Final = Record(
    ClaimTerms,
    {
        "channel": required(Choice(Channel)),
        "clause": required(CLAUSE),
        "subject": required(Text()),
        "languages": required(ListOf(Text("language", r"[a-z]{2}", "en"), at_least=1)),
        "stages": required(ListOf(STAGE, at_least=1)),
        "evidence": required(ListOf(Text())),
        "address": optional(Text("mail address", r"[^@\s]+@[^@\s]+", "credits@vendor.example")),
    },
)
