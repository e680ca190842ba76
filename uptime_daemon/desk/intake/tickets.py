"""What was said to the vendor and by the vendor: events of tickets, in an order that can be."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.ticket import CHANNELS, EventKind
from uptime_daemon.core.terms.downtime import TicketCover
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.desk.intake.facts import IntakeError, checked_name, checked_note, made, refuse_unknown
from uptime_daemon.desk.intake.records import FactKind, stated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store

_CONTENT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_PERCENT: Final = re.compile(r"\d{1,3}(\.\d{1,6})?", re.ASCII)
_WHOLE: Final = 100
_BEGIN: Final = frozenset({EventKind.OPENED, EventKind.ATTEMPTED})
_ONCE: Final = {EventKind.OPENED: "open", EventKind.COMPLETED: "complete", EventKind.RESOLVED: "resolved"}
_ALSO_UNOPENED: Final = frozenset({EventKind.ATTEMPTED, EventKind.OPENED, EventKind.COMMENT, EventKind.ESCALATED})
"""What can happen while the vendor does not have the ticket."""
_AFTERWARDS: Final = frozenset({EventKind.COMMENT, EventKind.ESCALATED})
"""What is said of a resolved ticket without any doubt about the order."""


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
    reason: str | None = None,
    contents: str | None = None,
    users_percent: str | None = None,
    note: str | None = None,
    origin: str | None = None,
    evidence: str | None = None,
) -> Fact:
    """A checked event of a ticket, not yet recorded; the first one opens it and names its group.

    `reason` says why the vendor holds it, `contents` names what an answer held, separated by commas, and
    `users_percent` the share of users whom the failure hits. `origin` is the event's name in the system that told it.
    What is odd but possible is recorded with a flag that says why; an answer to no question is kept as a comment.
    Raises `IntakeError` for what cannot be.
    """
    checked_name(ticket, "a ticket's number", "ticket")
    others = stated(store.facts(agreement=signed.agreement.id)).tickets
    known = next((each for each in others if each.id == ticket), None)
    if channel is not None and channel not in CHANNELS:
        raise IntakeError(f"{channel!r} is no channel; state one of: {', '.join(CHANNELS)}", "channel")
    for name, value in (("severity", severity), ("cause", cause)):
        if value is not None:
            checked_name(value, f"a {name}", name)
    if reason is not None and not _CONTENT.fullmatch(reason):
        raise IntakeError(f"{reason!r} is no reason of a hold; state one such as waiting_for_customer", "reason")
    if known is None:
        group = _opening_group(signed, group, kind, ticket)
        told, flags = kind, list(_duplicates(signed, others, group, author.at))
    else:
        if group is not None and group != known.group:
            raise IntakeError(f"ticket {ticket} is about {known.group}, not {group}; open another one", "group")
        group = known.group
        told, flags = _ordered(known, kind, author.at)
    body = {
        "kind": told.value,
        "stated_as": kind.value if told is not kind else None,
        "group": group,
        "channel": channel,
        "severity": severity,
        "cause": cause,
        "reason": reason,
        "contents": None if contents is None else _contents(contents),
        "users_percent": None if users_percent is None else _share(users_percent),
        "note": checked_note(note),
        "origin": origin,
        "flags": flags or None,
    }
    return made(FactKind.TICKET_EVENT, ticket, body, signed, author, evidence)


def _contents(text: str) -> list[str]:
    """What an answer held, such as `engineer,assigned_at`."""
    names = sorted({each.strip() for each in text.split(",") if each.strip()})
    if wrong := [each for each in names if not _CONTENT.fullmatch(each)]:
        raise IntakeError(f"{wrong[0]!r} is no name of contents; state some such as engineer,assigned_at", "contents")
    return names


def _share(text: str) -> str:
    """A share in percent, exact."""
    if not _PERCENT.fullmatch(text) or Fraction(text) > _WHOLE:
        raise IntakeError(f"{text!r} is no share of users; state percent such as 80", "users_percent")
    return text


def next_ticket(store: Store, signed: SignedAgreement) -> str:
    """The name of a new ticket whose number at the vendor is not known yet: T1, T2, ..."""
    names = {each.id for each in stated(store.facts(agreement=signed.agreement.id)).tickets}
    return next_name("T", names)


def next_name(letter: str, names: set[str]) -> str:
    """The first name of a letter and a number that is not taken."""
    number = 1
    while f"{letter}{number}" in names:
        number += 1
    return f"{letter}{number}"


def named_group(signed: SignedAgreement, group: str | None, what: str) -> str:
    """The contract's group that is meant; a contract with one group needs no name."""
    groups = [each.id for each in signed.readings.chosen.groups]
    if group is None and len(groups) == 1:
        return groups[0]
    if group is None:
        raise IntakeError(f"{what} needs its group; state one of: {', '.join(groups)} (--group NAME)", "group")
    refuse_unknown(group, groups, "group", signed, "group")
    return group


def _opening_group(signed: SignedAgreement, group: str | None, kind: EventKind, ticket: str) -> str:
    if kind not in _BEGIN:
        raise IntakeError(f"there is no ticket {ticket!r}; open it first (ticket open)", "ticket")
    return named_group(signed, group, "a ticket")


def _duplicates(signed: SignedAgreement, others: Sequence[Ticket], group: str, at: Instant) -> Iterator[str]:
    """An unresolved ticket that covers the problem: a second one may be refused or deleted by the vendor."""
    rules = signed.readings.chosen.downtime.tickets
    if rules is None or rules.covers is not TicketCover.OPEN_PROBLEM:
        return
    for each in others:
        if each.group == group and each.events[0].at <= at and each.first(EventKind.RESOLVED) is None:
            clause = signed.readings.chosen.downtime.clause
            yield f"ticket {each.id} about {group} is not resolved and covers this problem too ({clause})"


def _ordered(ticket: Ticket, kind: EventKind, at: Instant) -> tuple[EventKind, list[str]]:
    """As what an event is recorded and what is odd about it. Raises `IntakeError` if it cannot be."""
    first = ticket.events[0]
    if at < first.at:
        raise IntakeError(
            f"{kind} at {format_instant(at)} is before ticket {ticket.id} began at {format_instant(first.at)};"
            " state the right time (--at)",
            "at",
        )
    if kind in _ONCE and ticket.first(kind):
        tail = "; a second one about the same problem needs its own name" if kind is EventKind.OPENED else ""
        raise IntakeError(f"ticket {ticket.id} is {_ONCE[kind]} already{tail}", "kind")
    opened = ticket.first(EventKind.OPENED)
    if kind is EventKind.ATTEMPTED and opened and opened.at <= at:
        raise IntakeError(f"ticket {ticket.id} is open already; there is nothing left to attempt", "kind")
    if kind not in _ALSO_UNOPENED and (opened is None or at < opened.at):
        raise IntakeError(f"{kind} before ticket {ticket.id} was opened; record first that it was (ticket open)", "at")
    before = [event.kind for event in ticket.events if event.at <= at]
    _refuse_hold(ticket, kind, before)
    flags = []
    if kind is EventKind.ANSWER and _last(before, EventKind.QUESTION, EventKind.ANSWER) is not EventKind.QUESTION:
        kind = EventKind.COMMENT
        flags.append("an answer to no question: kept as a comment, restarts nothing")
    resolved = ticket.first(EventKind.RESOLVED)
    if resolved and resolved.at <= at and kind not in _AFTERWARDS:
        flags.append(f"after the ticket was resolved at {format_instant(resolved.at)}")
    later = [event for event in ticket.events if event.at > at and event.kind not in _AFTERWARDS]
    if kind is EventKind.RESOLVED and later:
        flags.append(f"before {later[0].kind} at {format_instant(later[0].at)}, which is on record already")
    return kind, flags


def _refuse_hold(ticket: Ticket, kind: EventKind, before: Sequence[EventKind]) -> None:
    held = _last(before, EventKind.HOLD, EventKind.RESUME) is EventKind.HOLD
    if kind is EventKind.RESUME and not held:
        raise IntakeError(f"ticket {ticket.id} is not on hold at that time; there is nothing to resume", "kind")
    if kind is EventKind.HOLD and held:
        raise IntakeError(f"ticket {ticket.id} is on hold already", "kind")


def _last(kinds: Sequence[EventKind], *wanted: EventKind) -> EventKind | None:
    return next((kind for kind in reversed(kinds) if kind in wanted), None)
