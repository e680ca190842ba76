"""Facts in: what a person states about tickets, conditions and the rest, checked against the contract, append-only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uptime_daemon.core.facts.records import Answer
from uptime_daemon.core.facts.ticket import CHANNELS, EventKind
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.desk.records import FactKind, stated
from uptime_daemon.store.ports import Fact

if TYPE_CHECKING:
    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.settings import SignedAgreement
    from uptime_daemon.store.ports import Store


class IntakeError(Exception):
    """What was stated cannot be a fact; the message says what to state instead."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who states a fact, when it happened and when it is recorded."""

    by: str
    at: Instant
    known_at: Instant

    def __post_init__(self) -> None:
        """A fact has an author, and nobody knows the future."""
        if not self.by.strip():
            raise IntakeError("a fact needs its author; name who states it (--by NAME)")
        if self.at > self.known_at:
            raise IntakeError(f"{format_instant(self.at)} has not come yet; state what has happened (--at INSTANT)")


def ticket_event(
    store: Store,
    signed: SignedAgreement,
    ticket: str,
    kind: EventKind,
    author: Author,
    *,
    group: str | None = None,
    channel: str | None = None,
    severity: str | None = None,
    cause: str | None = None,
    evidence: str | None = None,
) -> Fact:
    """A checked event of a ticket, not yet recorded; the first one opens it and names its group.

    Raises `IntakeError` for a group, channel or order of events that cannot be.
    """
    contract = signed.readings.chosen
    known = {each.id: each for each in stated(store.facts(agreement=signed.agreement.id)).tickets}.get(ticket)
    if channel is not None and channel not in CHANNELS:
        raise IntakeError(f"{channel!r} is no channel; state one of: {', '.join(CHANNELS)}")
    if known is None:
        group = _opening_group(contract, group, kind, ticket)
    else:
        _refuse_order(known, kind, author.at)
        if group is not None and group != known.group:
            raise IntakeError(f"ticket {ticket} is about {known.group}, not {group}; open another one")
        group = known.group
    body: dict[str, Any] = {
        "kind": kind.value,
        "group": group,
        "channel": channel,
        "severity": severity,
        "cause": cause,
    }
    return _fact(FactKind.TICKET_EVENT, ticket, body, signed, author, evidence)


def condition(
    signed: SignedAgreement, name: str, state: Answer, author: Author, *, evidence: str | None = None
) -> Fact:
    """A checked answer to a condition of the contract, not yet recorded."""
    known = [each.id for each in signed.readings.chosen.conditions]
    if name not in known:
        raise IntakeError(f"{name!r} is no condition of {signed.file.id}; state one of: {', '.join(known)}")
    return _fact(FactKind.CONDITION, name, {"state": state.value}, signed, author, evidence)


def next_ticket(store: Store, signed: SignedAgreement) -> str:
    """The name of a new ticket whose number at the vendor is not known yet: T1, T2, ..."""
    names = {each.id for each in stated(store.facts(agreement=signed.agreement.id)).tickets}
    number = 1
    while f"T{number}" in names:
        number += 1
    return f"T{number}"


def _opening_group(contract: Contract, group: str | None, kind: EventKind, ticket: str) -> str:
    if kind not in {EventKind.OPENED, EventKind.ATTEMPTED}:
        raise IntakeError(f"there is no ticket {ticket!r}; open it first (ticket open)")
    groups = [each.id for each in contract.groups]
    if group is None and len(groups) == 1:
        return groups[0]
    if group not in groups:
        named = "a ticket needs its group" if group is None else f"{group!r} is no group of {contract.id}"
        raise IntakeError(f"{named}; state one of: {', '.join(groups)} (--group NAME)")
    return group


def _refuse_order(ticket: Ticket, kind: EventKind, at: Instant) -> None:
    if kind is EventKind.OPENED and ticket.first(EventKind.OPENED):
        raise IntakeError(f"ticket {ticket.id} is open already; a second one about the same problem needs its own name")
    if at < ticket.events[0].at:
        first = format_instant(ticket.events[0].at)
        raise IntakeError(f"{kind} at {format_instant(at)} is before ticket {ticket.id} began at {first}; mend --at")
    if kind is EventKind.RESOLVED and ticket.first(EventKind.RESOLVED):
        raise IntakeError(f"ticket {ticket.id} is resolved already")


def _fact(
    kind: FactKind, subject: str, body: dict[str, Any], signed: SignedAgreement, author: Author, evidence: str | None
) -> Fact:
    return Fact(
        kind=kind.value,
        subject=subject,
        body={key: value for key, value in body.items() if value is not None},
        at=author.at,
        known_at=author.known_at,
        by=author.by,
        agreement=signed.agreement.id,
        evidence=evidence,
    )
