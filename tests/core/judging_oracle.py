"""A slow judge: it asks of every instant of a period alone why it does or does not count, as the design words it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.terms.downtime import DowntimeTerms, TicketTerms


@dataclass
class Verdict:
    """What the slow judge says of a period."""

    labels: dict[int, str] = field(default_factory=dict)
    downtime: int = 0
    longest: int = 0
    number: int = 0


def judged_by_ticks(
    *,
    down: set[int],
    unknown: Mapping[int, str],
    excluded: Mapping[int, str],
    tickets: Sequence[Ticket],
    terms: DowntimeTerms,
    period: tuple[int, int],
) -> Verdict:
    """One label for each instant of the period, and what counts after rounding."""
    outages = _outages(down, set() if terms.unknown_splits else set(unknown))
    owners = _owners(outages, tickets, terms.tickets) if terms.tickets else {}
    whys = {outage: _why(outage, owners.get(outage), terms) for outage in outages}
    verdict = Verdict()
    for at in range(*period):
        why = next((whys[start, end].get(at) for start, end in outages if start <= at < end), None)
        if at not in down and at not in unknown:
            verdict.labels[at] = "up"
        elif at in excluded:
            verdict.labels[at] = f"excluded {excluded[at]}"
        elif at in unknown:
            verdict.labels[at] = f"unmeasured {unknown[at]}"
        else:
            verdict.labels[at] = why or "counted"
    for start, end in outages:
        countable = [at for at in range(start, end) if at not in whys[start, end]]
        if not any(period[0] <= at < period[1] for at in countable):
            continue
        verdict.number += 1
        verdict.longest = max(verdict.longest, len(countable))
    verdict.downtime = _rounded(verdict, outages, terms, period)
    return verdict


def _outages(down: set[int], joining: set[int]) -> list[tuple[int, int]]:
    """The longest stretches in which every instant is down or joins, from the first down instant to the last."""
    found: list[list[int]] = []
    before: int | None = None
    for at in sorted(down | joining):
        if before is None or at != before + 1:
            found.append([])
        if at in down:
            found[-1].append(at)
        before = at
    return [(each[0], each[-1] + 1) for each in found if each]


def _owners(
    outages: Sequence[tuple[int, int]], tickets: Sequence[Ticket], terms: TicketTerms
) -> dict[tuple[int, int], tuple[Ticket, int]]:
    """Whose ticket reports which outage: what a person named, then the earliest free one, then open problems."""
    sent = sorted(
        ((at, ticket.id, ticket) for ticket in tickets if (at := _sent(ticket, terms)) is not None),
        key=lambda each: each[:2],
    )
    owners: dict[tuple[int, int], tuple[Ticket, int]] = {}
    for at, _, ticket in sent:
        for start, end in outages:
            if (start, end) not in owners and any(start <= named < end for named in ticket.outages):
                owners[start, end] = (ticket, at)
    for at, _, ticket in sent:
        for start, end in outages:
            if not ticket.outages and (start, end) not in owners and start - terms.before <= at < end:
                owners[start, end] = (ticket, at)
                break
    if terms.covers == "open_problem":
        for at, _, ticket in sent:
            closed = [event.at for event in ticket.events if event.kind == "resolved"]
            for start, end in outages:
                if (start, end) not in owners and at <= start and not any(each <= start for each in closed[:1]):
                    owners[start, end] = (ticket, at)
    return owners


def _sent(ticket: Ticket, terms: TicketTerms) -> int | None:
    """When a ticket was first sent in a way that the contract accepts."""
    for event in ticket.events:
        by = event.channel is None or event.channel in terms.received_by
        proven = event.kind != "attempted" or event.evidence is not None
        if event.kind in terms.receipts and by and proven:
            return event.at
    return None


def _begins(ticket: Ticket | None, sent: int | None, terms: DowntimeTerms) -> int | None:
    """From when the time of an outage with this ticket counts."""
    if terms.starts == "probe":
        return -(10**9)
    if ticket is None:
        return None
    if terms.starts == "ticket":
        return sent
    if terms.starts == "registered" and terms.registered_as and ticket.severity not in terms.registered_as:
        return None
    kinds = {"notice": {"opened", "reported"}, "registered": {"registered"}}[terms.starts]
    return next((event.at for event in ticket.events if event.kind in kinds), None)


def _ended(ticket: Ticket | None, terms: DowntimeTerms) -> int | None:
    """Until when the time of an outage with this ticket counts, None where only the recovery ends it."""
    kinds = {
        "recovery": set[str](),
        "resolved": {"resolved"},
        "workaround": {"workaround"},
        "earliest": {"workaround", "resolved"},
    }[terms.stops]
    return min((event.at for event in (ticket.events if ticket else ()) if event.kind in kinds), default=None)


def _why(outage: tuple[int, int], owner: tuple[Ticket, int] | None, terms: DowntimeTerms) -> dict[int, str]:
    """For each instant of an outage that does not count, why not: the first reason that fits."""
    ticket, sent = owner or (None, None)
    kinds = set() if ticket is None else {event.kind for event in ticket.events}
    begins, ended = _begins(ticket, sent, terms), _ended(ticket, terms)
    why: dict[int, str] = {}
    for at in range(*outage):
        unconfirmed = bool(terms.confirmed_by) and not kinds & terms.confirmed_by
        if unconfirmed or begins is None:
            why[at] = "no_ticket"
        elif at < begins:
            why[at] = "before_ticket"
        elif ended is not None and at >= ended:
            why[at] = "no_ticket"
    left = [at for at in range(*outage) if at not in why]
    if terms.minimum is not None and left:
        least = terms.minimum.length
        enough = len(left) > least or (len(left) == least and terms.minimum.comparison == "at_least")
        if not enough:
            why |= dict.fromkeys(left, "below_minimum")
        elif terms.minimum.counts == "excess":
            why |= dict.fromkeys(left[:least], "below_minimum")
    return why


def _rounded(
    verdict: Verdict, outages: Sequence[tuple[int, int]], terms: DowntimeTerms, period: tuple[int, int]
) -> int:
    """What counts, in the contract's unit: each outage alone, or all together."""
    counted = [at for at, label in verdict.labels.items() if label == "counted"]
    if terms.granularity is None:
        return len(counted)
    unit, level = terms.granularity.unit, terms.granularity.level
    pieces = {
        "outage": list(outages),
        "sum": [period],
        "interval": [(at, min(at + unit, period[1])) for at in range(period[0], period[1], unit)],
    }[level]
    total = 0
    for start, end in pieces:
        size = end - start if level == "interval" else unit
        units, rest = divmod(sum(start <= at < end for at in counted), size)
        share = Fraction(rest, size)
        up = {
            "floor": False,
            "ceiling": share > 0,
            "half_up": share >= Fraction(1, 2),
            "half_even": share > Fraction(1, 2) or (share == Fraction(1, 2) and units % 2 == 1),
        }[terms.granularity.rounding]
        total += (units + up) * size
    return total
