"""Whether the contract's preconditions hold: yes, no, or unknown. Nothing is yes by default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.records import Answer, Condition
from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.terms.condition import ConditionKind, ConditionTerms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.judging.downtime import JudgedOutage


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


def claimable(conditions: Iterable[ConditionResult], *, waived: bool) -> Claimable:
    """`no` if the contract waives it or any condition is no, `open` if any is unknown, else `yes`."""
    states = {condition.state for condition in conditions}
    if waived or Answer.NO in states:
        return Claimable.NO
    return Claimable.OPEN if Answer.UNKNOWN in states else Claimable.YES


def _answered(terms: ConditionTerms, stated: Condition | None, outages: Sequence[JudgedOutage]) -> ConditionResult:
    if stated is not None:
        return ConditionResult(terms, stated.state, stated.evidence)
    if terms.kind is not ConditionKind.REPORTED:
        return ConditionResult(terms, Answer.UNKNOWN, None)
    tickets = [outage.ticket for outage in outages if outage.counted]
    states = [_reported(ticket, terms.channels) for ticket in tickets]
    if Answer.NO in states:
        state = Answer.NO
    else:
        state = Answer.YES if states and Answer.UNKNOWN not in states else Answer.UNKNOWN
    names = dict.fromkeys(ticket.id for ticket in tickets if ticket is not None)
    return ConditionResult(terms, state, ", ".join(names) or None)


def _reported(ticket: Ticket | None, channels: frozenset[str]) -> Answer:
    """Whether a ticket came on one of the channels; a channel that nobody recorded stays unknown."""
    if ticket is None:
        return Answer.UNKNOWN
    reports = [event.channel for event in ticket.events if event.kind in (EventKind.OPENED, EventKind.REPORTED)]
    if any(channel in channels for channel in reports if channel):
        return Answer.YES
    return Answer.UNKNOWN if None in reports or not reports else Answer.NO
