"""`conditions` and `customer_duties`: what must hold before a miss can be claimed, and what is asked of us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from uptime_daemon.core.facts.ticket import CHANNELS
from uptime_daemon.core.terms.condition import ConditionKind, ConditionTerms, Reporting, Scope
from uptime_daemon.core.terms.duty import CustomerDuty
from uptime_daemon.core.terms.lapse import Lapse
from uptime_daemon.definitions.records import ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, Choice, Flag, OneOf, Text, Version
from uptime_daemon.definitions.terms.common import CLAUSE
from uptime_daemon.definitions.terms.lapse import lapse


def _built(
    kind: ConditionKind,
    channels: Sequence[str],
    within: Lapse | None,
    severities: Sequence[str],
    covered: Sequence[str],
    not_covered: Sequence[str],
    products: Sequence[str] | None,
    **terms: Any,
) -> ConditionTerms:
    if (kind is ConditionKind.REPORTED) is not bool(channels):
        raise ValueError("kind reported and channels belong together; write both or neither")
    if (within is not None or severities) and not channels:
        raise ValueError("within and severities are about a report; write kind: reported with its channels")
    if (kind is ConditionKind.COVERED) is not bool(covered):
        raise ValueError("kind covered and the products that are covered belong together; write both or neither")
    if (not_covered or products is not None) and not covered:
        raise ValueError("products are held against a list; write kind: covered with its covered")
    if both := sorted(set(covered) & set(not_covered)):
        raise ValueError(f"{', '.join(both)} is covered and not; keep one")
    reporting = Reporting(frozenset(channels), within, frozenset(severities)) if channels else None
    scope = (
        Scope(frozenset(covered), frozenset(not_covered), None if products is None else tuple(products))
        if covered
        else None
    )
    return ConditionTerms(kind=kind, reporting=reporting, scope=scope, **terms)


def condition(zone: ZoneInfo) -> Record[ConditionTerms]:
    """A precondition or reporting duty; days are those of the contract's zone."""
    return Record(
        _built,
        {
            "id": required(IDENTIFIER),
            "clause": required(CLAUSE),
            "title": required(Text()),
            "kind": optional(Choice(ConditionKind), ConditionKind.STATED),
            "channels": optional(ListOf(OneOf(CHANNELS)), ()),
            "within": optional(lapse(zone)),
            "severities": optional(ListOf(Version()), ()),
            "covered": optional(ListOf(IDENTIFIER), ()),
            "not_covered": optional(ListOf(IDENTIFIER), ()),
            "products": optional(ListOf(IDENTIFIER)),
        },
    )


def _duty(before: str, lead: Lapse | None, every: Lapse | None, remind: Lapse | None, **terms: Any) -> CustomerDuty:
    if bool(before) is not (lead is not None):
        raise ValueError("before and lead belong together; write what it precedes and how long before")
    if remind is not None and lead is None and every is None:
        raise ValueError("a reminder comes before a latest moment; write lead or every")
    return CustomerDuty(before=before, lead=lead, every=every, remind=remind, **terms)


def customer_duty(zone: ZoneInfo) -> Record[CustomerDuty]:
    """A duty of ours; days are those of the contract's zone."""
    return Record(
        _duty,
        {
            "id": required(IDENTIFIER),
            "clause": required(CLAUSE),
            "title": required(Text()),
            "before": optional(Text(), ""),
            "lead": optional(lapse(zone)),
            "every": optional(lapse(zone)),
            "remind": optional(lapse(zone)),
            "contacts": optional(Flag(), default=False),
        },
    )
