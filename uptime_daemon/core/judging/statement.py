"""The judgement of each functional group over one period: labels, figures, targets, credit, readings, what to review.

One engine for every contract: it knows closed sets of terms, never a vendor. A statement is recomputed from facts at
any time; the same facts and terms give the same statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.records import Answer, Decision
from uptime_daemon.core.facts.sight import sight_of
from uptime_daemon.core.judging.availability import Measure, held_against
from uptime_daemon.core.judging.conditions import answered, claimable
from uptime_daemon.core.judging.counted import by_requests, with_shares
from uptime_daemon.core.judging.credit import CreditResult
from uptime_daemon.core.judging.credit_reviews import credit_reviews
from uptime_daemon.core.judging.denominator import denominator, prorated
from uptime_daemon.core.judging.downtime import NotCounted
from uptime_daemon.core.judging.groups import JudgedGroup, in_force, judged_groups
from uptime_daemon.core.judging.judgement import Judgement
from uptime_daemon.core.judging.measured import measured
from uptime_daemon.core.judging.memory import once
from uptime_daemon.core.judging.worth import valued
from uptime_daemon.core.time.instants import clock_text, format_instant
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.core.judging.memory import Memory
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract, Readings
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.periods import Period


class Status(StrEnum):
    """How final a statement is."""

    OPEN = "open"
    SETTLING = "settling"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Figure:
    """What a reading comes to."""

    amount: str | None
    """The amount in major units, None under a contract without credit or without a known fee."""
    breached: bool

    @property
    def text(self) -> str:
        """The amount, or whether it is breached where there is none."""
        return self.amount if self.amount is not None else ("breached" if self.breached else "not breached")


@dataclass(frozen=True, slots=True)
class Statement:
    """The judgement of one group over one period with what other readings come to."""

    period: Period
    as_of: Instant
    status: Status
    judgement: Judgement
    """Under the chosen reading."""
    recommended: Figure
    conservative: Figure
    differs_by: Mapping[str, Figure] = field(default_factory=dict)
    """The ambiguities whose turning alone changes the recommended figure."""
    needs_review: tuple[str, ...] = ()

    @property
    def so_far(self) -> Measure | None:
        """The part of the period that has passed, None before it starts; contract figures use the whole period."""
        elapsed = Span(self.period.span.start, min(self.as_of, self.period.span.end))
        if elapsed.length <= 0:
            return None
        judgement = self.judgement
        passed = denominator(
            judgement.terms.downtime,
            self.period.span,
            judgement.covered,
            judgement.excused,
            judgement.labels.unmeasured,
            elapsed=elapsed,
        )
        return Measure(judgement.point.downtime, judgement.point.longest, passed, judgement.point.share)


def judged(
    readings: Readings, agreement: Agreement, period: Period, facts: Facts, as_of: Instant
) -> tuple[Statement, ...]:
    """The statements of all groups of an agreement for one period, as known at an instant."""
    then = facts.known_at(as_of)
    memory: Memory = {}

    def under(terms: Contract) -> dict[str, Judgement]:
        seen = by_requests(then, terms, period.span, memory)
        return {each.group.name: each for each in _judgements(terms, agreement, period, seen, as_of, memory)}

    chosen = under(readings.chosen)
    recommended = chosen if readings.chosen == readings.recommended else under(readings.recommended)
    # Reading terms conservatively must never help the claim: the smaller of both totals stands (design, section 5).
    strict = under(readings.conservative)
    turned = {name: under(terms) for name, terms in readings.turned.items() if terms != readings.recommended}
    statements = []
    for name, judgement in chosen.items():
        figure = _figure(recommended.get(name, judgement))
        effects = {key: _figure(by_group[name]) for key, by_group in turned.items() if name in by_group}
        statements.append(
            Statement(
                period=period,
                as_of=as_of,
                status=_status(readings.chosen, period, as_of),
                judgement=judgement,
                recommended=figure,
                conservative=_smaller(figure, _figure(strict[name])) if name in strict else figure,
                differs_by={key: effect for key, effect in effects.items() if effect != figure},
                needs_review=tuple(
                    dict.fromkeys(
                        (
                            *_versions_reviewed(readings, judgement),
                            *_reviews(judgement, agreement, period, then, as_of),
                        )
                    )
                ),
            )
        )
    return tuple(statements)


def _judgements(
    terms: Contract, agreement: Agreement, period: Period, facts: Facts, as_of: Instant, memory: Memory
) -> Iterator[Judgement]:
    covered = Span(*agreement.covered(period.span))
    elapsed = Span(covered.start, min(covered.end, as_of))
    for group in judged_groups(terms, agreement, facts):
        judgement = _judgement(terms, in_force(group, agreement), period, facts, covered, elapsed, memory)
        yield valued(judgement, agreement, period, facts.earlier)


def _judgement(
    terms: Contract,
    group: JudgedGroup,
    period: Period,
    facts: Facts,
    covered: Span,
    elapsed: Span,
    memory: Memory,
) -> Judgement:
    rules, span, unknown = terms.downtime, period.span, group.timeline.unknown_total
    found = measured(terms, group, span, facts, memory)
    whole = denominator(rules, span, covered, found.excuses, found.labels.unmeasured)
    found = with_shares(found, terms, group, span, covered, whole, facts)
    coverage = _coverage(unknown, elapsed)
    is_covered = coverage is None or coverage >= terms.min_coverage
    measures = {
        which: Measure(part.downtime, part.longest, whole, part.share)
        for which, part in (("shortest", found.shortest), ("point", found.point), ("longest", found.longest))
    }
    conditions = answered(
        terms.conditions, facts.conditions, found.reported, partial_loss=bool(group.losses.clip(span))
    )
    counted = found.point.counted
    doubted = tuple(
        each
        for each in facts.suspicions
        if each.confirmed_at is None and each.group in group.groups and counted.clip(each.span)
    )
    return Judgement(
        terms=terms,
        group=group,
        labels=found.labels,
        excused=found.excuses,
        shortest=found.shortest,
        point=found.point,
        longest=found.longest,
        covered=covered,
        denominator=whole,
        coverage=coverage,
        targets=tuple(
            held_against(target, **measures, covered=is_covered)
            for target in prorated(terms.targets, rules, span, covered)
        ),
        conditions=conditions,
        claimable=claimable(conditions, waived=not terms.is_valid(covered.start), doubted=bool(doubted)),
        credit=CreditResult(),
        credit_proven=CreditResult(),
        sight=once(memory, "sight", (facts.watched, group.groups), lambda: sight_of(facts.watched, group.groups)),
        doubted=doubted,
    )


def _coverage(unknown: Spans, elapsed: Span) -> Fraction | None:
    if elapsed.length <= 0:
        return None
    return 1 - Fraction(unknown.clip(elapsed).total, elapsed.length)


def _status(terms: Contract, period: Period, as_of: Instant) -> Status:
    if as_of < period.span.end:
        return Status.OPEN
    return Status.SETTLING if as_of < period.span.end + terms.closes_after else Status.CLOSED


def _figure(judgement: Judgement) -> Figure:
    amount = judgement.credit.amount
    return Figure(None if amount is None else str(amount), judgement.breached)


def _smaller(one: Figure, other: Figure) -> Figure:
    amounts = [each.amount for each in (one, other) if each.amount is not None]
    return Figure(
        amount=min(amounts, key=Fraction) if amounts else None,
        breached=one.breached and other.breached,
    )


def _reviews(judgement: Judgement, agreement: Agreement, period: Period, facts: Facts, as_of: Instant) -> Iterator[str]:
    """Everything a person has to look at before the figures are relied upon."""
    terms, group = judgement.terms, judgement.group
    for condition in judgement.conditions:
        if condition.state is Answer.UNKNOWN:
            yield f"{condition.terms.clause} {condition.terms.id}: unknown"
    for missing in terms.missing:
        yield f"{missing.clause} parameter {missing.name}: missing, needed for {missing.needed_for}"
    if terms.primary is not None and not agreement.primary:
        yield f"{terms.primary.clause} primary_group: missing, every group is judged as if it were the main one"
    for suspicion in judgement.doubted:
        yield f"{suspicion.group}: {suspicion.told}"
    yield from _loose_outages(judgement)
    yield from _undecided(judgement, period, facts)
    if judgement.coverage is not None and judgement.coverage < terms.min_coverage:
        yield f"{group.name}: too little of the period was measured to call a target met"
    yield from credit_reviews(judgement, agreement, period, is_open=as_of < period.span.end)
    yield from _loose_tickets(judgement, Span(period.span.start, min(as_of, period.span.end)))


def _versions_reviewed(readings: Readings, judgement: Judgement) -> Iterator[str]:
    """Changes of terms inside the period, and a period for which no version of the contract is known."""
    terms = judgement.terms
    for at in readings.changed_at:
        shown = format_instant(at)
        yield f"terms: changed at {shown} inside the period; version {terms.version} decides ({terms.on_change})"
    start = judgement.covered.start
    if not terms.is_valid(start):
        yield f"version {terms.version}: not in force at {format_instant(start)}, nothing is claimable"


def _loose_tickets(judgement: Judgement, elapsed: Span) -> Iterator[str]:
    """Tickets of the period that belong to no outage: a wrong group, a wrong time, or an outage nobody measured."""
    if not judgement.group.counts:
        return
    for member in judgement.group.members:
        outages = [outage for outage in judgement.point.outages if outage.group == member.name]
        owned = {outage.ticket.id for outage in outages if outage.ticket}
        covered = Spans.of(outage.span for outage in outages)
        for ticket in member.tickets:
            opened = ticket.events[0].at
            is_loose = ticket.id not in owned and opened not in covered  # inside an outage it is a duplicate
            if is_loose and elapsed.start <= opened < elapsed.end:
                yield f"ticket {ticket.id}: belongs to no outage of {member.name}"


def _loose_outages(judgement: Judgement) -> Iterator[str]:
    """Outages that count only with a ticket and have none."""
    for outage in judgement.point.outages:
        if outage.reason is NotCounted.NO_TICKET:
            yield (
                f"{judgement.terms.downtime.clause} {outage.group}: "
                f"outage from {format_instant(outage.span.start)} of {clock_text(outage.span.length)} "
                "has no accepted ticket and does not count"
            )


def _undecided(judgement: Judgement, period: Period, facts: Facts) -> Iterator[str]:
    """Exclusions inside the period that nobody has decided."""
    for exclusion in facts.exclusions:
        touches = exclusion.span.start < period.span.end and period.span.start < exclusion.span.end
        if exclusion.decision is Decision.PROPOSED and touches and exclusion.group in {None, *judgement.group.groups}:
            yield f"exclusion {exclusion.cause} from {format_instant(exclusion.span.start)}: undecided"
