"""What is on record about an agreement, as rows for tables and the API: every fact with author, times and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.records import standing
from uptime_daemon.core.time.instants import clock_text, format_instant
from uptime_daemon.desk.intake.records import FactKind, stated
from uptime_daemon.store.kept import in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from uptime_daemon.core.facts.records import Maintenance
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact


def ticket_rows(signed: SignedAgreement, facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """Every ticket with its events in time order."""
    events = [fact for fact in in_force(facts) if fact.kind == FactKind.TICKET_EVENT]
    return [
        {
            "agreement": signed.agreement.id,
            "ticket": ticket.id,
            "group": ticket.group,
            "severity": ticket.severity,
            "cause": ticket.cause,
            "outages": [format_instant(each) for each in ticket.outages],
            "events": [
                {"kind": fact.body["kind"], "channel": fact.body.get("channel"), **_common(fact)}
                for fact in sorted(
                    (fact for fact in events if fact.subject == ticket.id), key=lambda fact: (fact.at, fact.id)
                )
            ],
        }
        for ticket in stated(facts).tickets
    ]


def condition_rows(signed: SignedAgreement, facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """Every condition of the contract with the answer that stands; one that only tickets show says so."""
    answers = {fact.subject: fact for fact in in_force(facts) if fact.kind == FactKind.CONDITION}
    rows = []
    for terms in signed.readings.chosen.conditions:
        fact = answers.get(terms.id)
        rows.append(
            {
                "agreement": signed.agreement.id,
                "condition": terms.id,
                "clause": terms.clause,
                "state": terms.kind.value if fact is None else fact.body["state"],
                "title": terms.title,
                "by": None if fact is None else fact.by,
                "at": None if fact is None else format_instant(fact.at),
                "known_at": None if fact is None else format_instant(fact.known_at),
                "evidence": None if fact is None else fact.evidence,
            }
        )
    return rows


def maintenance_rows(signed: SignedAgreement, facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """Every announcement as it was first seen, and what of it stands."""
    works = stated(facts).maintenance
    left = {work.id: span for work, span in standing(works)}
    kept = {fact.subject: fact for fact in in_force(facts) if fact.kind == FactKind.MAINTENANCE}
    rows = []
    for work in works:
        fact = kept[work.id or ""]
        span = left.get(work.id)
        rows.append(
            {
                "agreement": signed.agreement.id,
                "id": work.id,
                "from": format_instant(work.span.start),
                "to": format_instant(work.span.end),
                "stands": _stands(work, None if span is None else (span.start, span.end)),
                "group": work.group,
                "kind": work.kind,
                "cause": work.cause,
                "emergency": work.emergency,
                "announced_at": _text(work.announced_at),
                "received_at": _text(work.received_at),
                "published_at": _text(work.published_at),
                "cancelled_at": _text(work.cancelled_at),
                "notice": _notice(work),
                "channel": work.channel,
                "replaces": work.replaces,
                **_common(fact),
            }
        )
    return rows


def exclusion_rows(signed: SignedAgreement, facts: Sequence[Fact]) -> list[dict[str, Any]]:
    """Every exclusion with the decision that stands."""
    return [
        {
            "agreement": signed.agreement.id,
            "id": fact.subject,
            "from": fact.body["from"],
            "to": fact.body["to"],
            "group": fact.body.get("group"),
            "cause": fact.body["cause"],
            "decision": fact.body["decision"],
            **_common(fact),
        }
        for fact in in_force(facts)
        if fact.kind == FactKind.EXCLUSION
    ]


def fact_row(fact: Fact) -> dict[str, Any]:
    """One fact as it was recorded."""
    body = {key: value for key, value in fact.body.items() if key not in {"note", "flags"}}
    return {"kind": fact.kind, "subject": fact.subject, "agreement": fact.agreement, "body": body, **_common(fact)}


def _common(fact: Fact) -> dict[str, Any]:
    return {
        "at": format_instant(fact.at),
        "by": fact.by,
        "known_at": format_instant(fact.known_at),
        "evidence": fact.evidence,
        "note": fact.body.get("note"),
        "flags": list(fact.body.get("flags", ())),
        "fact": fact.id,
    }


def _stands(work: Maintenance, left: tuple[Instant, Instant] | None) -> str:
    """Whether the work excuses at all, as far as that does not depend on the contract."""
    if left is None:
        return "cancelled" if work.called_off else "taken back"
    return "whole" if left == tuple(work.span) else "in part"


def _notice(work: Maintenance) -> str | None:
    """How long before its start the earliest known time of the announcement lies."""
    times = [at for at in (work.announced_at, work.received_at, work.published_at) if at is not None]
    return clock_text(work.span.start - min(times)) if times else None


def _text(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


LISTS: Final[Mapping[str, Callable[[SignedAgreement, Sequence[Fact]], list[dict[str, Any]]]]] = {
    "tickets": ticket_rows,
    "conditions": condition_rows,
    "maintenance": maintenance_rows,
    "exclusions": exclusion_rows,
}
"""What can be listed, by the name under which the API lists it."""


def rows(judge: Judge, kind: str, agreement: str | None, as_of: Instant | None = None) -> list[dict[str, Any]]:
    """What is on record of a kind, of one agreement or all, as known at an instant. Raises `UnknownError`."""
    wanted = [judge.signed(agreement)] if agreement else list(judge.settings.agreements)
    return [
        row
        for signed in wanted
        for row in LISTS[kind](signed, judge.store.facts(agreement=signed.agreement.id, as_of=as_of))
    ]
