"""Corrections of what was measured: an outage that our probes could not see, a measurement that was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.facts import IntakeError, checked_note, made, refuse_future, stated_time
from uptime_daemon.desk.intake.records import FactKind, stated
from uptime_daemon.desk.intake.tickets import named_group, next_name
from uptime_daemon.desk.judging.judge import REACH

if TYPE_CHECKING:
    from collections.abc import Collection

    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store


def seen_outage(
    store: Store,
    signed: SignedAgreement,
    span: Span,
    author: Author,
    *,
    group: str | None = None,
    note: str | None = None,
    evidence: str | None,
) -> Fact:
    """An outage that others saw and that is proven, not yet recorded; it counts like a measured one.

    Our own probes say otherwise or nothing, so it stands on its evidence alone: without any it is refused.
    """
    refuse_future(span.end, author.known_at, "to")
    if evidence is None:
        raise IntakeError(
            "an outage that nobody of us measured stands on its evidence alone; add the file (--evidence FILE)",
            "evidence",
        )
    names = {fact.subject for fact in store.facts(agreement=signed.agreement.id, kind=FactKind.OUTAGE.value)}
    body = {
        "from": format_instant(span.start),
        "to": format_instant(span.end),
        "group": named_group(signed, group, "an outage"),
        "note": checked_note(note),
    }
    return made(FactKind.OUTAGE, next_name("O", names), body, signed, author, evidence)


def linked(judge: Judge, signed: SignedAgreement, ticket: str, inside: str, author: Author) -> Fact:
    """That a ticket is about the outage in which an instant lies, not yet recorded."""
    at = stated_time(signed, inside, "outage")
    tickets = {each.id: each for each in stated(judge.store.facts(agreement=signed.agreement.id)).tickets}
    if ticket not in tickets:
        listed = ", ".join(tickets) or "none"
        raise IntakeError(
            f"there is no ticket {ticket!r}; the tickets of {signed.agreement.id} are: {listed}", "ticket"
        )
    known = tickets[ticket]
    outage = judge.outage_at(signed.agreement.id, known.group, at, author.known_at)
    if outage is None:
        raise IntakeError(f"{known.group} has no outage at {format_instant(at)}; see `outages`", "outage")
    if any(outage.start <= each < outage.end for each in known.outages):
        raise IntakeError(f"ticket {ticket} is linked to that outage already", "outage")
    return made(FactKind.TICKET_LINK, ticket, {"outage": format_instant(at)}, signed, author, None)


def confirmation(
    judge: Judge, probe: str, inside: str, author: Author, *, why: str, evidence: str | None = None
) -> Fact:
    """That a probe whose endpoint looks gone for good saw an outage, not yet recorded: its definition is right."""
    _refuse_unknown(probe, judge.settings.probes)
    at = stated_time(None, inside, "outage")
    refuse_future(at, author.known_at, "outage")
    if not why.strip():
        raise IntakeError("a confirmation needs its reason; say how you know (--why TEXT)", "why")
    window = Span(at - REACH, author.known_at)
    own = [each for each in judge.group_suspicions(window) if each.probe == probe]
    if not any(each.span.start <= at <= each.span.end for each in own):
        stretches = "; ".join(
            f"from {format_instant(each.span.start)} to {format_instant(each.span.end)}" for each in own
        )
        raise IntakeError(
            f"{probe} does not look gone for good at {format_instant(at)}; it does: {stretches or 'never'}", "outage"
        )
    body = {"outage": format_instant(at), "why": checked_note(why)}
    return made(FactKind.CONFIRMATION, probe, body, None, author, evidence)


def void(
    probe: str,
    probes: Collection[str],
    span: Span,
    author: Author,
    *,
    why: str,
    vantage: str | None = None,
    evidence: str | None = None,
) -> Fact:
    """That a probe measured wrongly over a stretch, not yet recorded: the time becomes unknown, reason `voided`."""
    _refuse_unknown(probe, probes)
    refuse_future(span.end, author.known_at, "to")
    if not why.strip():
        raise IntakeError("a voided measurement needs its reason; say what was wrong (--why TEXT)", "why")
    body = {
        "from": format_instant(span.start),
        "to": format_instant(span.end),
        "vantage": vantage,
        "why": checked_note(why),
    }
    return made(FactKind.VOID, probe, body, None, author, evidence)


def _refuse_unknown(probe: str, probes: Collection[str]) -> None:
    if probe not in probes:
        raise IntakeError(f"there is no probe {probe!r}; the probes are: {', '.join(probes) or 'none'}", "probe")
