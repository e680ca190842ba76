"""From a group's timeline to one label for every instant of a period, and to the amount of downtime that counts.

The order is fixed: outages -> tickets, start and stop events -> minimum length on the whole outage -> clip to the
period -> subtract exclusions -> granularity. It runs on each of the three brackets.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.ticket import EventKind, Ticket
from uptime_daemon.core.facts.timeline import connected
from uptime_daemon.core.terms.contract import (
    DowntimeTerms,
    GranularityLevel,
    LengthComparison,
    LengthCounts,
    ReceiptTime,
    StartEvent,
    StopEvent,
    TicketCover,
    TicketTerms,
)
from uptime_daemon.core.terms.money import rounded
from uptime_daemon.core.time.spans import Span, Spans, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.terms.contract import Granularity
    from uptime_daemon.core.time.instants import Duration, Instant


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


@dataclass(frozen=True, slots=True)
class Bracket:
    """What one bracket of a group's down time amounts to in a period."""

    outages: tuple[JudgedOutage, ...]
    """Those that share an instant with the period, uncut."""
    counted: Spans
    """What counts, inside the period, before rounding."""
    downtime: Duration
    """What counts after the contract's granularity."""

    @property
    def longest(self) -> Duration:
        """The longest counted stretch, before exclusions and uncut by the period."""
        return max((outage.counted.length for outage in self.outages if outage.counted), default=0)

    @property
    def number(self) -> int:
        """How many outages count in part or whole, before exclusions."""
        return sum(outage.counted is not None for outage in self.outages)


@dataclass(frozen=True, slots=True)
class Labels:
    """Every instant of a period under exactly one label."""

    up: Spans
    excluded: tuple[tuple[str, Spans], ...]
    unmeasured: tuple[tuple[str, Spans], ...]
    not_counted: tuple[tuple[NotCounted, Spans], ...]
    counted: Spans

    @property
    def total(self) -> Duration:
        """All labels together: the period, to the microsecond."""
        named = [spans for part in (self.excluded, self.unmeasured, self.not_counted) for _, spans in part]
        return sum(spans.total for spans in (self.up, self.counted, *named))


def tickets_of(
    outages: Sequence[Span], tickets: Sequence[Ticket], terms: TicketTerms
) -> Mapping[Span, tuple[Ticket, Instant]]:
    """The ticket of each outage that has one, with the instant of its receipt.

    A ticket belongs to the outages a person linked it to, else to the earliest one without a ticket that its receipt
    fits; where the contract lets one ticket cover an open problem, also to later outages while it is unresolved.
    """
    received = sorted(
        ((at, ticket) for ticket in tickets if (at := receipt(ticket, terms)) is not None),
        key=lambda pair: (pair[0], pair[1].id),
    )
    owner: dict[Span, tuple[Ticket, Instant]] = {}
    for at, ticket in received:
        if ticket.outages:
            linked = [span for span in outages if any(span.start <= each < span.end for each in ticket.outages)]
        else:
            linked = [span for span in outages if span not in owner and span.start - terms.before <= at < span.end][:1]
        for span in linked:
            owner.setdefault(span, (ticket, at))
    if terms.covers is TicketCover.OPEN_PROBLEM:
        for at, ticket in received:
            resolved = ticket.first(EventKind.RESOLVED)
            for span in outages:
                if span not in owner and at <= span.start and (resolved is None or span.start < resolved.at):
                    owner[span] = (ticket, at)
    return owner


def receipt(ticket: Ticket, terms: TicketTerms) -> Instant | None:
    """When the vendor received the ticket in the contract's sense; None if it never did.

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
        if terms.receipt_time is ReceiptTime.WORKING_TIME and terms.working_time is not None:
            return terms.working_time.next_open(event.at)
        return event.at
    return None


def judged_outages(
    down: Spans, unknown: Spans, tickets: Sequence[Ticket], terms: DowntimeTerms
) -> tuple[JudgedOutage, ...]:
    """The outages of a set of down time, each with the stretch that counts after start, stop and length rules."""
    outages = connected(down, unknown, splits=terms.unknown_splits)
    owner = tickets_of(outages, tickets, terms.tickets) if terms.tickets else {}
    return tuple(_judged(span, owner.get(span), terms) for span in outages)


def _judged(span: Span, owned: tuple[Ticket, Instant] | None, terms: DowntimeTerms) -> JudgedOutage:
    ticket, at = owned or (None, None)
    if terms.confirmed_by and (ticket is None or ticket.first(*terms.confirmed_by) is None):
        return JudgedOutage(span, None, ticket, at, NotCounted.NO_TICKET)
    start, end = span
    reason: NotCounted | None = None
    if terms.starts is StartEvent.TICKET:
        if at is None:
            return JudgedOutage(span, None, None, None, NotCounted.NO_TICKET)
        if at > start:
            start, reason = min(at, end), NotCounted.BEFORE_TICKET
    if terms.stops is StopEvent.RESOLVED and ticket and (resolved := ticket.first(EventKind.RESOLVED)):
        end = max(start, min(end, resolved.at))
    if (minimum := terms.minimum) is not None:
        enough = (
            end - start >= minimum.length
            if minimum.comparison is LengthComparison.AT_LEAST
            else end - start > minimum.length
        )
        if not enough:
            return JudgedOutage(span, None, ticket, at, NotCounted.BELOW_MINIMUM)
        if minimum.counts is LengthCounts.EXCESS:
            start, reason = start + minimum.length, NotCounted.BELOW_MINIMUM
    counted = Span(start, end) if start < end else None
    return JudgedOutage(span, counted, ticket, at, reason)


def bracket(
    outages: Sequence[JudgedOutage],
    down: Spans,
    terms: DowntimeTerms,
    period: Span,
    excluded: Spans,
) -> Bracket:
    """One bracket of the down time in a period; unknown time inside a whole outage does not count."""
    outages = tuple(outage for outage in outages if outage.span.start < period.end and period.start < outage.span.end)
    stretches = Spans.of(outage.counted for outage in outages if outage.counted)
    counted = (stretches & down).clip(period) - excluded
    return Bracket(outages, counted, _granular(outages, counted, terms.granularity))


def _granular(outages: Iterable[JudgedOutage], counted: Spans, granularity: Granularity | None) -> Duration:
    """The counted time in the contract's unit; the only rounding of time there is."""
    if granularity is None:
        return counted.total
    if granularity.level is GranularityLevel.SUM:
        lengths = [counted.total]
    else:
        lengths = [counted.clip(outage.counted).total for outage in outages if outage.counted]
    unit = granularity.unit
    return sum(rounded(Fraction(length, unit), granularity.rounding) * unit for length in lengths)


def labels(
    timeline: Timeline,
    partial: Spans,
    point: Bracket,
    excused: Sequence[tuple[str, Spans]],
    period: Span,
    *,
    counts: bool,
) -> Labels:
    """One label for every instant of the period, the first that fits.

    `partial` is down time of single functions that is no total loss; `counts` is False for a group whose failure the
    contract does not count for this customer.
    """
    down = timeline.point.clip(period)
    unknown = [(reason, spans.clip(period)) for reason, spans in timeline.unknown]
    losses = partial.clip(period) - down - union(spans for _, spans in unknown)
    affected = union([down, losses, *(spans for _, spans in unknown)])
    excluded = [(cause, part) for cause, spans in excused if (part := affected & spans)]
    gone = union(spans for _, spans in excluded)
    unmeasured = [(reason, part) for reason, spans in unknown if (part := spans - gone)]
    counted = point.counted if counts else Spans()
    rest = (down | losses) - gone - counted
    not_counted: list[tuple[NotCounted, Spans]] = []

    def keep(reason: NotCounted, spans: Spans) -> None:
        nonlocal rest
        if part := rest & spans:
            not_counted.append((reason, part))
            rest -= part

    if not counts:
        keep(NotCounted.NOT_PRIMARY, rest)
    keep(NotCounted.NOT_TOTAL, losses)
    for reason in (NotCounted.BEFORE_TICKET, NotCounted.BELOW_MINIMUM):
        keep(
            reason, Spans.of(outage.span for outage in point.outages if outage.reason is reason) - _after(point, reason)
        )
    keep(NotCounted.NO_TICKET, rest)
    return Labels(
        up=Spans.one(*period) - affected,
        excluded=tuple(excluded),
        unmeasured=tuple(unmeasured),
        not_counted=tuple(not_counted),
        counted=counted,
    )


def _after(point: Bracket, reason: NotCounted) -> Spans:
    """What follows the counted stretch of outages with this reason: the time after the ticket was resolved."""
    return Spans.of(
        (outage.counted.end, outage.span.end)
        for outage in point.outages
        if outage.reason is reason and outage.counted is not None
    )
