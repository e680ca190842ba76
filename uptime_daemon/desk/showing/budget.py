"""What a statement leaves of the error budget, how far it is to the next step of credit, where the period is going."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.judging.availability import budget
from uptime_daemon.core.judging.credit import next_step_downtime
from uptime_daemon.core.terms.target import TargetKind
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from uptime_daemon.core.judging.availability import TargetResult
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration

PROJECTED_FROM: Final[Duration] = 7 * DAY
"""How much of what has passed is taken for what is to come: a week holds each weekday once."""

LOW_BUDGET_PERCENT: Final = 25
"""Below a quarter of the budget a single usual outage can use up the rest: the share at which alerts warn."""


def objective(statement: Statement) -> TargetResult | None:
    """The availability target that figures are held against: the first whose miss has consequences, else the first."""
    results = [each for each in statement.judgement.targets if each.target.kind is TargetKind.AVAILABILITY]
    return next((each for each in results if each.target.claimable), results[0] if results else None)


def longest_allowed(statement: Statement) -> Duration | None:
    """The length of one outage that the contract allows, microseconds; None where it limits none."""
    limits = [
        budget(result.target, statement.judgement.denominator)
        for result in statement.judgement.targets
        if result.target.kind is TargetKind.SINGLE_OUTAGE
    ]
    return min(limits).__floor__() if limits else None


def allowed(statement: Statement) -> Fraction | None:
    """The error budget: how much downtime the period may have before a target is missed, exact microseconds.

    Of several targets on the sum of downtime the tightest with consequences; single outages have their own limit, and
    availability that is a share of requests or users allows no time.
    """
    apart = {TargetKind.SINGLE_OUTAGE}
    if statement.judgement.point.share is not None:
        apart.add(TargetKind.AVAILABILITY)
    summed = [each.target for each in statement.judgement.targets if each.target.kind not in apart]
    binding = [target for target in summed if target.claimable] or summed
    return min((budget(target, statement.judgement.denominator) for target in binding), default=None)


def remaining(statement: Statement) -> Fraction | None:
    """What is left of the error budget, exact microseconds; negative after a breach."""
    whole = allowed(statement)
    return None if whole is None else whole - statement.judgement.point.downtime


def projected(statement: Statement) -> Fraction | None:
    """The availability of the whole period if the rest of it goes like the last seven days; None before it starts.

    The period so far would not do: an outage on its first day would foretell a breach, one on its last day none.
    """
    passed = Span(statement.period.span.start, min(statement.as_of, statement.period.span.end))
    judgement, so_far = statement.judgement, statement.so_far
    if so_far is None or judgement.denominator <= 0:
        return None
    recent = Span(max(passed.start, passed.end - PROJECTED_FROM), passed.end)
    ahead = judgement.denominator - so_far.denominator
    further = Fraction(judgement.point.counted.clip(recent).total * ahead, recent.length)
    return max(Fraction(0), 1 - (judgement.point.downtime + further) / judgement.denominator)


def next_step(statement: Statement) -> Fraction | None:
    """Further downtime until the next completed step of credit; None without steps or when the cap is reached."""
    judgement = statement.judgement
    further = next_step_downtime(judgement.terms, judgement.measure(judgement.point))
    return further or None
