"""Facts as the store keeps them <-> tickets, conditions, maintenance and exclusions as the core judges them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from uptime_daemon.core.facts.measured import NamedAbsence
from uptime_daemon.core.facts.records import Answer, Condition, Decision, Exclusion, Maintenance, SeenOutage
from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.facts.timeline import VOIDED, Absence
from uptime_daemon.core.terms.money import decimal_text
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.kept import Fact, in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from uptime_daemon.core.time.instants import Instant


class FactKind(StrEnum):
    """What a stored fact is about."""

    TICKET_EVENT = "ticket_event"
    TICKET_LINK = "ticket_link"
    """A ticket is about a certain outage."""
    CONDITION = "condition"
    MAINTENANCE = "maintenance"
    """One announcement."""
    MAINTENANCE_CANCELLED = "maintenance_cancelled"
    EXCLUSION = "exclusion"
    OUTAGE = "outage"
    """An outage that others saw."""
    VENDOR_POST = "vendor_post"
    """One version of what a vendor posted on its status page: no judgement rests on it."""
    VOID = "void"
    """A measurement was wrong."""
    CONFIRMATION = "confirmation"
    """A measurement that looks wrong is right."""
    PAUSE = "pause"
    """A probe is tried no more."""
    RESUMPTION = "resumption"
    """A paused probe is tried again."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What people and vendors stated about one agreement."""

    tickets: tuple[Ticket, ...] = ()
    conditions: tuple[Condition, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    outages: tuple[SeenOutage, ...] = ()


def stated(facts: Iterable[Fact]) -> Stated:
    """The core values of an agreement's facts; what a later fact supersedes is left out."""
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    for fact in in_force(facts):
        by_kind[fact.kind].append(fact)
    conditions = {fact.subject: _condition(fact) for fact in by_kind[FactKind.CONDITION]}
    cancelled = {fact.subject: fact.at for fact in by_kind[FactKind.MAINTENANCE_CANCELLED]}
    return Stated(
        tickets=tuple(_tickets(by_kind[FactKind.TICKET_EVENT], by_kind[FactKind.TICKET_LINK])),
        conditions=tuple(conditions.values()),
        maintenance=tuple(_maintenance(fact, cancelled) for fact in by_kind[FactKind.MAINTENANCE]),
        exclusions=tuple(_exclusion(fact) for fact in by_kind[FactKind.EXCLUSION]),
        outages=tuple(
            SeenOutage(fact.body["group"], _span(fact.body), fact.evidence, fact.known_at)
            for fact in by_kind[FactKind.OUTAGE]
        ),
    )


def voided(facts: Iterable[Fact]) -> list[NamedAbsence]:
    """What was measured and declared wrong, as time that nobody saw."""
    return [
        NamedAbsence(Absence(_span(fact.body), VOIDED), fact.subject, fact.body.get("vantage"))
        for fact in in_force(facts)
        if fact.kind == FactKind.VOID
    ]


def stated_json(records: Stated) -> dict[str, list[dict[str, Any]]]:
    """The same in the words of a case file."""
    return {
        "tickets": [_ticket_json(ticket) for ticket in records.tickets],
        "conditions": [
            _without_none(
                {
                    "id": each.id,
                    "state": each.state.value,
                    "evidence": each.evidence,
                    "known_at": _instant_text(each.known_at),
                }
            )
            for each in records.conditions
        ],
        "maintenance": [_maintenance_json(work) for work in records.maintenance],
        "exclusions": [_exclusion_json(exclusion) for exclusion in records.exclusions],
        "outages": [
            _without_none(
                {
                    "group": outage.group,
                    "from": format_instant(outage.span.start),
                    "to": format_instant(outage.span.end),
                    "evidence": outage.evidence,
                    "known_at": _instant_text(outage.known_at),
                }
            )
            for outage in records.outages
        ],
    }


def _tickets(events: Sequence[Fact], links: Sequence[Fact]) -> Iterable[Ticket]:
    linked: dict[str, list[Instant]] = defaultdict(list)
    for fact in links:
        linked[fact.subject].append(parse_instant(fact.body["outage"]))
    by_ticket: dict[str, list[Fact]] = defaultdict(list)
    for fact in events:
        by_ticket[fact.subject].append(fact)
    for name, own in by_ticket.items():
        ordered = sorted(own, key=lambda fact: (fact.at, fact.id))
        merged: dict[str, Any] = {}
        for fact in own:
            merged |= {key: value for key, value in fact.body.items() if value is not None}
        yield Ticket(
            id=name,
            group=merged["group"],
            severity=merged.get("severity"),
            cause=merged.get("cause"),
            events=tuple(
                TicketEvent(
                    EventKind(fact.body["kind"]),
                    fact.at,
                    fact.body.get("channel"),
                    fact.evidence,
                    fact.known_at,
                    fact.body.get("reason"),
                    frozenset(fact.body["contents"]) if "contents" in fact.body else None,
                )
                for fact in ordered
            ),
            outages=tuple(linked[name]),
            users=Fraction(merged["users_percent"]) if "users_percent" in merged else None,
        )


def _condition(fact: Fact) -> Condition:
    return Condition(
        fact.subject, Answer(fact.body["state"]), fact.evidence or fact.body.get("evidence"), fact.known_at
    )


def _span(body: Mapping[str, Any]) -> Span:
    return Span(parse_instant(body["from"]), parse_instant(body["to"]))


def _maintenance(fact: Fact, cancelled: Mapping[str, Instant]) -> Maintenance:
    body = fact.body
    return Maintenance(
        span=_span(body),
        group=body.get("group"),
        kind=body.get("kind"),
        cause=body.get("cause"),
        announced_at=_optional_instant(body.get("announced_at")),
        received_at=_optional_instant(body.get("received_at")),
        channel=body.get("channel"),
        id=fact.subject,
        replaces=body.get("replaces"),
        published_at=_optional_instant(body.get("published_at")),
        cancelled_at=cancelled.get(fact.subject),
        emergency=bool(body.get("emergency", False)),
        known_at=fact.known_at,
        evidence=fact.evidence,
    )


def _exclusion(fact: Fact) -> Exclusion:
    body = fact.body
    return Exclusion(
        span=_span(body),
        cause=body["cause"],
        decision=Decision(body["decision"]),
        group=body.get("group"),
        known_at=fact.known_at,
        evidence=fact.evidence,
    )


def _optional_instant(text: str | None) -> Instant | None:
    return None if text is None else parse_instant(text)


def _ticket_json(ticket: Ticket) -> dict[str, Any]:
    return _without_none(
        {
            "id": ticket.id,
            "group": ticket.group,
            "severity": ticket.severity,
            "cause": ticket.cause,
            "users_percent": None if ticket.users is None else decimal_text(ticket.users),
            "outage": [format_instant(each) for each in ticket.outages] or None,
            "events": [
                _without_none(
                    {
                        "kind": event.kind.value,
                        "at": format_instant(event.at),
                        "channel": event.channel,
                        "evidence": event.evidence,
                        "known_at": _instant_text(event.known_at),
                        "reason": event.reason,
                        "contents": None if event.contents is None else sorted(event.contents),
                    }
                )
                for event in ticket.events
            ],
        }
    )


def _maintenance_json(work: Maintenance) -> dict[str, Any]:
    return _without_none(
        {
            "id": work.id,
            "replaces": work.replaces,
            "from": format_instant(work.span.start),
            "to": format_instant(work.span.end),
            "group": work.group,
            "kind": work.kind,
            "emergency": work.emergency or None,
            "cause": work.cause,
            "announced_at": _instant_text(work.announced_at),
            "received_at": _instant_text(work.received_at),
            "published_at": _instant_text(work.published_at),
            "channel": work.channel,
            "cancelled": work.cancelled or None,
            "cancelled_at": _instant_text(work.cancelled_at),
            "known_at": _instant_text(work.known_at),
            "evidence": work.evidence,
        }
    )


def _exclusion_json(exclusion: Exclusion) -> dict[str, Any]:
    return _without_none(
        {
            "from": format_instant(exclusion.span.start),
            "to": format_instant(exclusion.span.end),
            "group": exclusion.group,
            "cause": exclusion.cause,
            "decision": exclusion.decision.value,
            "known_at": _instant_text(exclusion.known_at),
            "evidence": exclusion.evidence,
        }
    )


def _instant_text(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


def _without_none(mapping: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if value is not None}
