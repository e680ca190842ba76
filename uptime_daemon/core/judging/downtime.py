"""From down time to outages and the stretch of each that counts: tickets, start and stop events, minimum lengths."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.facts.timeline import connected
from uptime_daemon.core.terms.downtime import (
    DowntimeTerms,
    LengthComparison,
    LengthCounts,
    MinimumLength,
    ReceiptTime,
    StartEvent,
    StopEvent,
    TicketCover,
    TicketTerms,
)
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Spans


class NotCounted(StrEnum):
    """Why down time that is neither excluded nor unmeasured does not count."""

    NO_TICKET = "no_ticket"
    """No accepted ticket was open."""
    BEFORE_TICKET = "before_ticket"
    BELOW_MINIMUM = "below_minimum"
    NOT_PRIMARY = "not_primary"
    NOT_TOTAL = "not_total"


@dataclass(frozen=True, slots=True)
class JudgedOutage:
    """One outage after start and stop events and length rules."""

    span: Span
    """The whole outage, uncut."""
    counted: Span | None
    """The stretch that counts, None if none does."""
    ticket: Ticket | None
    receipt: Instant | None
    reason: NotCounted | None
    """Why some or all of it does not count."""
    lost: tuple[tuple[NotCounted, Span], ...] = ()
    """The stretches that do not count and why: together with `counted` they are the whole outage."""
    group: str = ""
    """The group of the contract that was down."""


def tickets_of(
    outages: Sequence[Span], tickets: Sequence[Ticket], terms: TicketTerms
) -> Mapping[Span, tuple[Ticket, Instant]]:
    """The ticket of each outage that has one, with the instant of its receipt.

    A ticket belongs to the outages a person linked it to, else to the earliest one without a ticket that it fits by
    the time it was sent; where the contract lets one ticket cover an open problem, also to later outages while it is
    unresolved. When the vendor counts it as received decides from when the outage counts, not whose ticket it is.
    """
    received = sorted(
        ((event.at, ticket.id, ticket) for ticket in tickets if (event := receipt(ticket, terms)) is not None),
        key=lambda each: each[:2],
    )
    owner: dict[Span, tuple[Ticket, Instant]] = {}

    def give(span: Span, ticket: Ticket, sent: Instant) -> None:
        owner.setdefault(span, (ticket, _received_at(sent, terms)))

    starts, ends = [span.start for span in outages], [span.end for span in outages]
    for sent, _, ticket in received:
        for named in ticket.outages:
            index = bisect_right(ends, named)
            if index < len(outages) and starts[index] <= named:
                give(outages[index], ticket, sent)
    for sent, _, ticket in received:
        fitting = outages[bisect_right(ends, sent) : bisect_right(starts, sent + terms.before)]
        if not ticket.outages and (free := next((span for span in fitting if span not in owner), None)):
            give(free, ticket, sent)
    if terms.covers is TicketCover.OPEN_PROBLEM:
        waiting = deque(received)
        unresolved: deque[tuple[Ticket, Instant]] = deque()
        for span in outages:
            while waiting and waiting[0][0] <= span.start:
                sent, _, ticket = waiting.popleft()
                unresolved.append((ticket, sent))
            while unresolved and _is_resolved(unresolved[0][0], span.start):
                unresolved.popleft()
            if unresolved:
                give(span, *unresolved[0])
    return owner


def _is_resolved(ticket: Ticket, at: Instant) -> bool:
    resolved = ticket.first(EventKind.RESOLVED)
    return resolved is not None and resolved.at <= at


def receipt(ticket: Ticket, terms: TicketTerms) -> TicketEvent | None:
    """The event by which the vendor received the ticket in the contract's sense; None if it never did.

    A ticket without a channel counts as received where the contract receives tickets. A failed attempt to open one
    counts only with evidence, where the contract's reading accepts attempts at all.
    """
    for event in ticket.events:
        if event.kind not in terms.receipts:
            continue
        if event.channel is not None and event.channel not in terms.received_by:
            continue
        if event.kind is EventKind.ATTEMPTED and not event.evidence:
            continue
        return event
    return None


def _received_at(sent: Instant, terms: TicketTerms) -> Instant:
    if terms.receipt_time is ReceiptTime.WORKING_TIME and terms.working_time is not None:
        return terms.working_time.next_open(sent)
    return sent


def judged_outages(
    group: str, down: Spans, unknown: Spans, tickets: Sequence[Ticket], terms: DowntimeTerms
) -> tuple[JudgedOutage, ...]:
    """The outages of a group's down time, each with the stretch that counts after start, stop and length rules."""
    outages = connected(down, unknown, splits=terms.unknown_splits)
    owner = tickets_of(outages, tickets, terms.tickets) if terms.tickets and tickets else {}
    if not owner and terms.starts is StartEvent.PROBE and not terms.confirmed_by and terms.minimum is None:
        return tuple(JudgedOutage(span, span, None, None, None, (), group) for span in outages)
    return tuple(_judged(group, span, owner.get(span), terms) for span in outages)


def outage_rules(terms: DowntimeTerms) -> tuple[object, ...]:
    """The terms on which outages and what counts of them rest; the others speak of sums and shares."""
    return (
        terms.starts,
        terms.registered_as,
        terms.stops,
        terms.confirmed_by,
        terms.minimum,
        terms.unknown_splits,
        terms.tickets,
    )


def _judged(group: str, span: Span, owned: tuple[Ticket, Instant] | None, terms: DowntimeTerms) -> JudgedOutage:
    ticket, at = owned or (None, None)
    is_confirmed = not terms.confirmed_by or (ticket is not None and ticket.first(*terms.confirmed_by) is not None)
    begins = span.start if terms.starts is StartEvent.PROBE else _begins(ticket, at, terms)
    if not is_confirmed or begins is None:
        return JudgedOutage(span, None, ticket, at, NotCounted.NO_TICKET, ((NotCounted.NO_TICKET, span),), group)
    start, end = span
    reason: NotCounted | None = None
    lost: list[tuple[NotCounted, Span]] = []
    if begins > start:
        reason, begins = NotCounted.BEFORE_TICKET, min(begins, end)
        lost.append((reason, Span(start, begins)))
        start = begins
    ended = ticket.first(*_ENDS[terms.stops]) if ticket else None
    if ended is not None and ended.at < end:
        stop = max(start, ended.at)
        lost.append((NotCounted.NO_TICKET, Span(stop, end)))
        end = stop
    if (minimum := terms.minimum) is not None and start < end:
        short = _too_short(end - start, minimum)
        if short or minimum.counts is LengthCounts.EXCESS:
            reason, enough = NotCounted.BELOW_MINIMUM, end if short else start + minimum.length
            lost.append((reason, Span(start, enough)))
            start = enough
    return JudgedOutage(span, Span(start, end) if start < end else None, ticket, at, reason, tuple(lost), group)


_ENDS: Final = {
    StopEvent.RECOVERY: (),
    StopEvent.RESOLVED: (EventKind.RESOLVED,),
    StopEvent.WORKAROUND: (EventKind.WORKAROUND,),
    StopEvent.EARLIEST: (EventKind.WORKAROUND, EventKind.RESOLVED),
}
"""The ticket's events that end what counts before the recovery does."""
_NOTICES: Final = (EventKind.OPENED, EventKind.REPORTED)


def _begins(ticket: Ticket | None, receipt_at: Instant | None, terms: DowntimeTerms) -> Instant | None:
    """The instant of the start event that is the ticket's, None where there was none."""
    if ticket is None or receipt_at is None:
        return None
    match terms.starts:
        case StartEvent.NOTICE:
            event = ticket.first(*_NOTICES)
        case StartEvent.REGISTERED:
            fits = not terms.registered_as or ticket.severity in terms.registered_as
            event = ticket.first(EventKind.REGISTERED) if fits else None
        case _:
            return receipt_at
    return None if event is None else event.at


def _too_short(length: Duration, minimum: MinimumLength) -> bool:
    return length < minimum.length if minimum.comparison is LengthComparison.AT_LEAST else length <= minimum.length
