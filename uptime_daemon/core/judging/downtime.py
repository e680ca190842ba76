"""From a group's timeline to one label for every instant of a period, and to the amount of downtime that counts.

The order is fixed: outages -> tickets, start and stop events -> minimum length on the whole outage -> clip to the
period -> subtract exclusions -> granularity. It runs on each of the three brackets.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.facts.timeline import connected
from uptime_daemon.core.terms.downtime import (
    DowntimeTerms,
    GranularityLevel,
    LengthComparison,
    LengthCounts,
    MinimumLength,
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
    from uptime_daemon.core.terms.downtime import Granularity
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
    lost: tuple[tuple[NotCounted, Span], ...] = ()
    """The stretches that do not count and why: together with `counted` they are the whole outage."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """What one bracket of a group's down time amounts to in a period."""

    outages: tuple[JudgedOutage, ...]
    """Those that share an instant with the period, uncut."""
    counted: Spans
    """What counts, inside the period, before rounding."""
    downtime: Duration
    """What counts after the contract's granularity."""
    longest: Duration
    """The longest counted stretch that touches the period, before exclusions and uncut by the period."""
    number: int
    """How many outages have such a stretch."""


NOTHING: Final = Bracket(outages=(), counted=Spans(), downtime=0, longest=0, number=0)
"""What a group amounts to that does not count."""


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
    down: Spans, unknown: Spans, tickets: Sequence[Ticket], terms: DowntimeTerms
) -> tuple[JudgedOutage, ...]:
    """The outages of a set of down time, each with the stretch that counts after start, stop and length rules."""
    outages = connected(down, unknown, splits=terms.unknown_splits)
    owner = tickets_of(outages, tickets, terms.tickets) if terms.tickets else {}
    return tuple(_judged(span, owner.get(span), terms) for span in outages)


def _judged(span: Span, owned: tuple[Ticket, Instant] | None, terms: DowntimeTerms) -> JudgedOutage:
    ticket, at = owned or (None, None)
    is_confirmed = not terms.confirmed_by or (ticket is not None and ticket.first(*terms.confirmed_by) is not None)
    if not is_confirmed or (terms.starts is StartEvent.TICKET and at is None):
        return JudgedOutage(span, None, ticket, at, NotCounted.NO_TICKET, ((NotCounted.NO_TICKET, span),))
    start, end = span
    reason: NotCounted | None = None
    lost: list[tuple[NotCounted, Span]] = []
    if terms.starts is StartEvent.TICKET and at is not None and at > start:
        reason, received = NotCounted.BEFORE_TICKET, min(at, end)
        lost.append((reason, Span(start, received)))
        start = received
    resolved = ticket.first(EventKind.RESOLVED) if ticket and terms.stops is StopEvent.RESOLVED else None
    if resolved is not None and resolved.at < end:
        stop = max(start, resolved.at)
        lost.append((NotCounted.NO_TICKET, Span(stop, end)))
        end = stop
    if (minimum := terms.minimum) is not None and start < end:
        short = _too_short(end - start, minimum)
        if short or minimum.counts is LengthCounts.EXCESS:
            reason, enough = NotCounted.BELOW_MINIMUM, end if short else start + minimum.length
            lost.append((reason, Span(start, enough)))
            start = enough
    return JudgedOutage(span, Span(start, end) if start < end else None, ticket, at, reason, tuple(lost))


def _too_short(length: Duration, minimum: MinimumLength) -> bool:
    return length < minimum.length if minimum.comparison is LengthComparison.AT_LEAST else length <= minimum.length


def bracket(
    outages: Sequence[JudgedOutage],
    down: Spans,
    terms: DowntimeTerms,
    period: Span,
    excluded: Spans,
) -> Bracket:
    """One bracket of the down time in a period; unknown time inside a whole outage does not count."""
    within = tuple(outage for outage in outages if _touches(outage.span, period))
    stretches = [outage.counted for outage in within if outage.counted and _touches(outage.counted, period)]
    counted = (Spans.of(stretches) & down).clip(period) - excluded
    return Bracket(
        outages=within,
        counted=counted,
        downtime=_granular(within, counted, terms.granularity),
        longest=max((stretch.length for stretch in stretches), default=0),
        number=len(stretches),
    )


def _touches(span: Span, period: Span) -> bool:
    return span.start < period.end and period.start < span.end


def kept_within(narrow: Bracket, wide: Bracket, terms: DowntimeTerms) -> Bracket:
    """The narrower bracket without what tickets, lengths or rounding would put outside the wider one."""
    counted = narrow.counted & wide.counted
    return replace(
        narrow,
        counted=counted,
        downtime=min(_granular(narrow.outages, counted, terms.granularity), wide.downtime),
        longest=min(narrow.longest, wide.longest),
    )


def kept_around(wide: Bracket, narrow: Bracket, terms: DowntimeTerms) -> Bracket:
    """The wider bracket with what tickets, lengths or rounding would leave to the narrower one alone."""
    counted = wide.counted | narrow.counted
    return replace(
        wide,
        counted=counted,
        downtime=max(_granular(wide.outages, counted, terms.granularity), narrow.downtime),
        longest=max(wide.longest, narrow.longest),
    )


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
        keep(reason, Spans.of(span for outage in point.outages for why, span in outage.lost if why is reason))
    keep(NotCounted.NO_TICKET, rest)
    return Labels(
        up=Spans.one(*period) - affected,
        excluded=tuple(excluded),
        unmeasured=tuple(unmeasured),
        not_counted=tuple(not_counted),
        counted=counted,
    )
