"""Whether the contract's preconditions hold: yes, no, or unknown. Nothing is yes by default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.records import Answer, Condition
from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.terms.condition import ConditionKind, ConditionTerms, Reporting, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.judging.downtime import JudgedOutage
    from uptime_daemon.core.time.instants import Instant


class Claimable(StrEnum):
    """Whether a miss can be claimed as things stand."""

    YES = "yes"
    OPEN = "open"
    NO = "no"


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """The state of one condition and what shows it."""

    terms: ConditionTerms
    state: Answer
    evidence: str | None


def answered(
    terms: Sequence[ConditionTerms],
    stated: Sequence[Condition],
    outages: Sequence[JudgedOutage],
    *,
    partial_loss: bool,
) -> tuple[ConditionResult, ...]:
    """Every condition with its state; what a person stated last stands before what tickets show."""
    known = {condition.id: condition for condition in stated}
    return tuple(
        _answered(each, known.get(each.id), outages)
        for each in terms
        if partial_loss or each.kind is not ConditionKind.PARTIAL_LOSS
    )


def answered_for(
    terms: Sequence[ConditionTerms], stated: Sequence[Condition], ticket: Ticket
) -> tuple[ConditionResult, ...]:
    """Every condition as it bears on one ticket alone, whether or not it reports an outage."""
    known = {condition.id: condition for condition in stated}
    results = []
    for each in terms:
        own = known.get(each.id)
        if each.kind is ConditionKind.PARTIAL_LOSS:
            continue
        if own is not None or each.reporting is None:
            results.append(_answered(each, own, ()))
        elif _applies(ticket, each.reporting):
            state = _reported(ticket, ticket.events[0].at, each.reporting)
            results.append(ConditionResult(each, state, ticket.id))
    return tuple(results)


def claimable(conditions: Iterable[ConditionResult], *, waived: bool, doubted: bool = False) -> Claimable:
    """`no` if the contract waives it or any condition is no, `open` if any is unknown or it is doubted, else `yes`."""
    states = {condition.state for condition in conditions}
    if waived or Answer.NO in states:
        return Claimable.NO
    return Claimable.OPEN if doubted or Answer.UNKNOWN in states else Claimable.YES


def _answered(terms: ConditionTerms, stated: Condition | None, outages: Sequence[JudgedOutage]) -> ConditionResult:
    if stated is not None:
        return ConditionResult(terms, stated.state, stated.evidence)
    if terms.scope is not None:
        return ConditionResult(terms, *_covered(terms.scope))
    if terms.reporting is None:
        return ConditionResult(terms, Answer.UNKNOWN, None)
    counted = [outage for outage in outages if outage.counted and _applies(outage.ticket, terms.reporting)]
    states = [_reported(outage.ticket, outage.span.start, terms.reporting) for outage in counted]
    if Answer.NO in states:
        state = Answer.NO
    else:
        state = Answer.YES if states and Answer.UNKNOWN not in states else Answer.UNKNOWN
    names = dict.fromkeys(outage.ticket.id for outage in counted if outage.ticket is not None)
    return ConditionResult(terms, state, ", ".join(names) or None)


def _covered(scope: Scope) -> tuple[Answer, str | None]:
    """Whether every product of the agreement is covered; one that no list names stays unknown."""
    if not scope.products:
        return Answer.UNKNOWN, None
    named = ", ".join(scope.products)
    if scope.not_covered.intersection(scope.products):
        return Answer.NO, named
    return (Answer.YES if scope.covered.issuperset(scope.products) else Answer.UNKNOWN), named


def _applies(ticket: Ticket | None, reporting: Reporting) -> bool:
    """Whether the duty is about a ticket of this severity; one without a severity may be."""
    return (
        ticket is None or ticket.severity is None or not reporting.severities or ticket.severity in reporting.severities
    )


def _reported(ticket: Ticket | None, start: Instant, reporting: Reporting) -> Answer:
    """Whether a ticket came on one of the channels and in time; a channel that nobody recorded stays unknown."""
    if ticket is None:
        return Answer.UNKNOWN
    too_late = None if reporting.within is None else reporting.within.after(start)
    reports = [
        event.channel
        for event in ticket.events
        if event.kind in (EventKind.OPENED, EventKind.REPORTED) and (too_late is None or event.at < too_late)
    ]
    if any(channel in reporting.channels for channel in reports if channel):
        return Answer.YES
    if None in reports:
        return Answer.UNKNOWN
    return Answer.NO if reports or too_late is not None else Answer.UNKNOWN
