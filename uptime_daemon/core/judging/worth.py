"""A judgement with its worth: the credit of the measured and the shortest outages, and what a row of misses gives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.brackets import Bracket, outage_lengths
from uptime_daemon.core.judging.credit import CreditResult, Loss, credited, smaller
from uptime_daemon.core.judging.fees import NoFee, period_fee
from uptime_daemon.core.judging.history import History, history_of, periods_needed
from uptime_daemon.core.judging.termination import Termination, termination
from uptime_daemon.core.terms.credit import BlockLevel, NoCredit, PerBlock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.facts.earlier import EarlierPeriod
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.credit import CreditRule
    from uptime_daemon.core.time.periods import Period


def valued(judgement: Judgement, agreement: Agreement, period: Period, earlier: Sequence[EarlierPeriod]) -> Judgement:
    """The judgement with its credit, the fee that it is a part of, and the right to end the agreement."""
    terms, group = judgement.terms, judgement.group
    history = history_of(terms, period, group.name, earlier, periods_needed(terms))
    right = _termination(judgement, history)
    if isinstance(terms.credit, NoCredit):
        return replace(judgement, history=history, termination=right)
    base = period_fee(terms.credit, terms, agreement, period, group.groups)
    fees = None if isinstance(base, NoFee) else base
    rule = terms.credit.rule
    targets = tuple(result.target for result in judgement.targets)

    def worth(of: Bracket) -> CreditResult:
        lengths = outage_lengths(of, terms.downtime.granularity) if _looks_at_outages(rule) else ()
        return credited(terms, Loss(judgement.measure(of), of.counted, lengths, targets), period, fees, history)

    measured = worth(judgement.point)
    is_sharp = _looked_at(judgement.shortest) == _looked_at(judgement.point)
    return replace(
        judgement,
        credit=measured,
        # A table in which less availability earns less must not let the shortest outages prove more.
        credit_proven=measured if is_sharp else smaller(measured, worth(judgement.shortest)),
        no_fee=base.reason if isinstance(base, NoFee) else "",
        history=history,
        termination=right,
    )


def _looked_at(of: Bracket) -> tuple[object, ...]:
    """All of a bracket that a credit looks at: where two agree in it they earn the same."""
    return of.downtime, of.longest, of.counted, of.stretches, of.share


def _looks_at_outages(rule: CreditRule) -> bool:
    return isinstance(rule, PerBlock) and rule.level is not BlockLevel.DAY


def _termination(judgement: Judgement, history: History | None) -> Termination | None:
    terms = judgement.terms.termination
    if terms is None:
        return None
    availability = judgement.measure(judgement.point).availability
    return termination(
        terms,
        missed=any(each.exceeded for each in judgement.targets if each.target.id == terms.target),
        availability=None if availability is None else availability * 100,
        history=history,
    )
