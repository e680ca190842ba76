"""When a claim must have left the house: the contract's stages with their exclusive deadlines.

Where a text lets a deadline be read in two ways, ours is the earlier one: the duty is our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from uptime_daemon.core.judging.conditions import Claimable
from uptime_daemon.core.terms.claim import Deadline, DeadlineAnchor, Stage
from uptime_daemon.core.terms.contract import Contract
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.core.terms.downtime import PartialPeriod
from uptime_daemon.core.terms.target import OnLimit, TargetKind
from uptime_daemon.core.time.instants import MINUTE, moment
from uptime_daemon.core.time.periods import Calendar, Cycle, PeriodKind, Unit, calendar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.core.time.spans import Span


@dataclass(frozen=True, slots=True)
class DueStage:
    """One stage of one period's claim."""

    stage: Stage
    deadline: Instant | None
    """The first instant that is too late; None where the contract sets none."""
    opens: Instant | None = None
    """Before it a claim is too early; None where the contract takes one at any time."""


@dataclass(frozen=True, slots=True)
class Moments:
    """What the deadlines of one period's claim are counted from."""

    period: Period
    zone: ZoneInfo
    start_month: int
    incident: Instant
    """The start of the first counted outage; of the period where none counted."""
    eligible: Instant
    """The start of the counted outage with which a target was missed; as above where none was."""
    billing: Calendar | Cycle
    """The billing cycles: the contract's periods where they are such, else those of the fee in force, else months."""


def stages_of(statement: Statement) -> tuple[DueStage, ...]:
    """Every stage of a statement's claim with its deadline."""
    return due_stages(statement.judgement.terms, moments(statement))


def due_stages(contract: Contract, from_: Moments) -> tuple[DueStage, ...]:
    """Every stage of a contract with its deadline, counted from the moments of one claim."""
    return tuple(
        DueStage(
            stage,
            None if stage.deadline is None else instant_of(stage.deadline, from_),
            None if stage.not_before is None else instant_of(stage.not_before, from_),
        )
        for stage in contract.claim.stages
    )


def moments(statement: Statement) -> Moments:
    """What the deadlines of a statement's claim are counted from."""
    judgement, terms, period = statement.judgement, statement.judgement.terms, statement.period
    counted = [
        each.span
        for each in judgement.point.outages
        if each.counted is not None and judgement.point.counted.clip(each.counted)
    ]
    incident = min((span.start for span in counted), default=period.span.start)
    eligible = _eligible(judgement, counted)
    return Moments(
        period=period,
        zone=terms.zone,
        start_month=terms.start_month,
        incident=incident,
        eligible=incident if eligible is None else eligible,
        billing=_billing(judgement),
    )


def _billing(judgement: Judgement) -> Calendar | Cycle:
    terms, fee = judgement.terms, judgement.credit.fee
    if terms.period is PeriodKind.BILLING_CYCLE:
        return terms.cycle
    if fee is None:
        return calendar(PeriodKind.MONTH, terms.zone)
    return Calendar(Unit(fee.per.value), terms.zone, anchor=moment(fee.starts, terms.zone).replace(tzinfo=None))


def instant_of(deadline: Deadline, from_: Moments) -> Instant:
    """The instant of a deadline; a clock change moves no date, for days are counted on the zone's clocks."""
    anchor = _anchor(deadline, from_)
    if deadline.lapse is None:
        return anchor
    return deadline.lapse.before(anchor) if deadline.is_before else deadline.lapse.after(anchor)


def _anchor(deadline: Deadline, from_: Moments) -> Instant:
    match deadline.anchor:
        case DeadlineAnchor.PERIOD_END:
            return from_.period.span.end
        case DeadlineAnchor.INCIDENT | DeadlineAnchor.AWARENESS:
            return from_.incident
        case DeadlineAnchor.BECAME_ELIGIBLE:
            return from_.eligible
        case DeadlineAnchor.MONTH_END:
            return _end(calendar(PeriodKind.MONTH, from_.zone), from_.incident, 0)
        case DeadlineAnchor.NEXT_MONTH_END:
            return _end(calendar(PeriodKind.MONTH, from_.zone), from_.incident, 1)
        case DeadlineAnchor.QUARTER_END:
            return _end(calendar(PeriodKind.QUARTER, from_.zone, from_.start_month), from_.incident, 0)
        case DeadlineAnchor.BILLING_CYCLE_END:
            return _end(from_.billing, from_.incident, deadline.cycles)
        case _:
            assert_never(deadline.anchor)


def _end(windows: Calendar | Cycle, at: Instant, later: int) -> Instant:
    """The end of the window so many after the one that holds an instant."""
    if isinstance(windows, Cycle):
        for _ in range(later):
            at = windows.at(at).span.end
        return windows.at(at).span.end
    return windows.window(windows.index(at) + later).end


def _eligible(judgement: Judgement, outages: Sequence[Span]) -> Instant | None:
    """The earliest start of an outage with which a target with consequences was missed."""
    found = [
        _missed_with(result.target, judgement, outages)
        for result in judgement.targets
        if result.exceeded and result.target.claimable
    ]
    # Where one cannot be told the first outage stands for it: the earlier instant.
    return None if None in found else min((at for at in found if at is not None), default=None)


def _missed_with(target: Target, judgement: Judgement, outages: Sequence[Span]) -> Instant | None:
    """The start of the outage with which a target was missed; None where its limit is not the one that is written."""
    allowed: Fraction | Duration
    match target.kind:
        case TargetKind.SINGLE_OUTAGE:
            long = [span.start for span in outages if span.length > target.limit * MINUTE]
            return min(long, default=None)
        case TargetKind.AVAILABILITY:
            allowed = judgement.denominator * (100 - target.limit) / 100
        case TargetKind.TOTAL_DOWNTIME:
            if judgement.terms.downtime.partial_period is PartialPeriod.PRO_RATA:
                return None  # a shorter period allows less
            allowed = target.limit * MINUTE
        case _:
            assert_never(target.kind)
    total = 0
    for span in sorted(outages):
        total += judgement.point.counted.clip(span).total
        reached = total + max(judgement.rounding, 0)  # rounding up may miss the target earlier
        if reached > allowed or (reached == allowed and target.on_limit is OnLimit.MISSED):
            return span.start
    return None


def is_owed(statement: Statement) -> bool:
    """Whether there is something to claim: a target with consequences is missed and, with credit, an amount results."""
    judgement = statement.judgement
    if not judgement.breached or judgement.claimable is Claimable.NO:
        return False
    if isinstance(judgement.terms.credit, NoCredit) or judgement.credit.amount is None:
        return True
    return judgement.credit.amount.minor > 0
