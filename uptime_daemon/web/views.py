"""What the pages show, as values ready to print: every choice of words and every position of a bar is made here."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.terms.target import OnLimit, TargetKind
from uptime_daemon.core.time.instants import MINUTE, clock_text
from uptime_daemon.desk.showing.budget import (
    LOW_BUDGET_PERCENT,
    allowed,
    longest_allowed,
    next_step,
    objective,
    remaining,
)
from uptime_daemon.web.words import amount_text, exact_length_text, limit_text, minute_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uptime_daemon.core.judging.availability import TargetResult
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Figure, Statement
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.spans import Spans
    from uptime_daemon.desk.showing.board import AgreementEntry, JudgedEntry

RANGE_WIDTH: Final = 1000

CLAIM_MARKS: Final = {
    ClaimState.ELIGIBLE: "slow",
    ClaimState.DRAFTED: "slow",
    ClaimState.APPROVED: "slow",
    ClaimState.CREDITED: "up",
    ClaimState.SETTLED: "up",
    ClaimState.EXPIRED: "down",
    ClaimState.REJECTED: "down",
}


@dataclass(frozen=True, slots=True)
class TargetView:
    """One target held against what was measured."""

    name: str
    clause: str
    limit: str
    measured: str
    mark: str
    verdict: str


@dataclass(frozen=True, slots=True)
class RangeView:
    """Where the three figures and the target stand on one line, in units of `RANGE_WIDTH`; 100 % is its right end."""

    longest: int
    point: int
    shortest: int
    target: int
    left: str
    """What the left end of the line stands for."""
    limit: str


@dataclass(frozen=True, slots=True)
class BudgetView:
    """The error budget and what is left of it."""

    left: str
    whole: str
    share: int
    """Percent that is left, 0 to 100."""
    mark: str


@dataclass(frozen=True, slots=True)
class CreditView:
    """The credit, or where there is no amount whether a target is missed, under both readings."""

    name: str
    recommended: str
    conservative: str
    next_step: str
    """Further downtime until the next step, empty if there is none."""


@dataclass(frozen=True, slots=True)
class JudgedView:
    """One judged group in the running period."""

    group: str
    period: str
    ends: str
    status: str
    mark: str
    verdict: str
    best_case: str
    so_far: str
    shortest: str
    longest: str
    range: RangeView | None
    budget: BudgetView | None
    downtime: str
    outages: str
    longest_outage: str
    coverage: str
    apart: tuple[tuple[str, str], ...]
    """Time that is neither up nor counted: label and length."""
    targets: tuple[TargetView, ...]
    credit: CreditView
    claimable: str
    reviews: tuple[str, ...]


def judged_view(entry: JudgedEntry, statement: Statement, agreement: AgreementEntry) -> JudgedView:
    """A judged group over the period of a statement."""
    judgement, period = statement.judgement, statement.period
    limit = _objective_ratio(statement)
    mark, verdict = _verdict(judgement)
    so_far = statement.so_far
    return JudgedView(
        group=entry.group,
        period=period.name,
        ends=minute_text(period.span.end, agreement.zone),
        status=statement.status.value,
        mark=mark,
        verdict=verdict,
        best_case=_availability(judgement, "point", limit),
        so_far="" if so_far is None or so_far.availability is None else percent_text(so_far.availability, limit),
        shortest=_availability(judgement, "shortest", limit),
        longest=_availability(judgement, "longest", limit),
        range=_range(judgement, limit),
        budget=_budget(statement),
        downtime=clock_text(judgement.point.downtime),
        outages=str(judgement.point.number),
        longest_outage=_longest(statement),
        coverage="" if judgement.coverage is None else percent_text(judgement.coverage),
        apart=tuple(_apart(judgement)),
        targets=tuple(_target(result, judgement) for result in judgement.targets),
        credit=_credit(statement, agreement.currency),
        claimable=judgement.claimable.value,
        reviews=statement.needs_review,
    )


def _objective_ratio(statement: Statement) -> Fraction | None:
    result = objective(statement)
    return None if result is None else result.target.limit / 100


def _availability(judgement: Judgement, bracket: str, limit: Fraction | None) -> str:
    exact = judgement.measure(getattr(judgement, bracket)).availability
    return "" if exact is None else percent_text(exact, limit)


def _verdict(judgement: Judgement) -> tuple[str, str]:
    """The class and the words for all targets of a group together."""
    binding = [result for result in judgement.targets if result.target.claimable] or list(judgement.targets)
    if not judgement.group.counts:
        return "unknown", "shown, not counted"
    missed = [result for result in binding if result.exceeded]
    if any(result.breach is Breach.PROVEN for result in missed):
        return "down", "breach proven"
    if missed:
        return "down", "missed, not proven"
    # With too little measured almost every breach is possible: that says nothing about the vendor.
    if any(result.met is None for result in binding):
        return "unknown", "too little measured"
    if any(result.breach is Breach.POSSIBLE for result in binding):
        return "slow", "breach possible"
    return "up", "within target"


def _range(judgement: Judgement, limit: Fraction | None) -> RangeView | None:
    """The line reaches left beyond the lowest of the figures by a third of what is shown, right to 100 %."""
    figures = [
        judgement.measure(part).availability for part in (judgement.longest, judgement.point, judgement.shortest)
    ]
    longest, point, shortest = figures
    if longest is None or point is None or shortest is None or limit is None or min(longest, limit) == 1:
        return None
    left = max(Fraction(0), 1 - (1 - min(longest, limit)) * Fraction(4, 3))

    def place(ratio: Fraction) -> int:
        return round(RANGE_WIDTH * (ratio - left) / (1 - left))

    return RangeView(
        longest=place(longest),
        point=place(point),
        shortest=place(shortest),
        target=place(limit),
        left=percent_text(left),
        limit=limit_text(limit * 100, "percent"),
    )


def _budget(statement: Statement) -> BudgetView | None:
    whole, left = allowed(statement), remaining(statement)
    if whole is None or left is None:
        return None
    share = max(0, min(100, (left * 100 / whole).__floor__())) if whole > 0 else 0
    mark = "down" if left < 0 else ("slow" if share < LOW_BUDGET_PERCENT else "up")
    return BudgetView(exact_length_text(left), exact_length_text(whole), share, mark)


def _longest(statement: Statement) -> str:
    text = clock_text(statement.judgement.point.longest)
    limit = longest_allowed(statement)
    return text if limit is None else f"{text} of {clock_text(limit)}"


def _apart(judgement: Judgement) -> Iterable[tuple[str, str]]:
    parts: tuple[tuple[str, Sequence[tuple[str, Spans]]], ...] = (
        ("excluded", judgement.labels.excluded),
        ("unmeasured", judgement.labels.unmeasured),
        ("not counted", judgement.labels.not_counted),
    )
    for name, labelled in parts:
        for label, spans in labelled:
            yield f"{name}: {label.replace('_', ' ')}", clock_text(spans.total)


_STRICT = {"at least": "more than", "at most": "less than"}
"""What a limit is called on which a figure is already a miss."""


def _target(result: TargetResult, judgement: Judgement) -> TargetView:
    target = result.target
    measure = judgement.measure(judgement.point)
    match target.kind:
        case TargetKind.AVAILABILITY:
            exact = measure.availability
            measured = "" if exact is None else percent_text(exact, target.limit / 100)
            relation = "at least"
        case TargetKind.TOTAL_DOWNTIME:
            measured, relation = _minutes(measure.downtime), "at most"
        case TargetKind.SINGLE_OUTAGE:
            measured, relation = _minutes(measure.longest), "at most"
    if target.on_limit is OnLimit.MISSED:
        relation = _STRICT[relation]
    if result.exceeded:
        mark, verdict = "down", "missed" if result.breach is not Breach.PROVEN else "missed, proven"
    elif result.met is None:
        mark, verdict = "unknown", "too little measured"
    else:
        mark, verdict = ("slow", "possibly missed") if result.breach is Breach.POSSIBLE else ("up", "met")
    notes = [] if target.claimable else ["not claimable"]
    notes += [f"rests on {', '.join(target.rests_on)}"] if target.rests_on else []
    return TargetView(
        name=target.id.replace("_", " "),
        clause=target.clause,
        limit=f"{relation} {limit_text(target.limit, target.unit)}",
        measured=measured,
        mark=mark,
        verdict="; ".join([verdict, *notes]),
    )


def _minutes(duration: Duration) -> str:
    exact = Fraction(duration, MINUTE)
    return limit_text(exact, "minutes") if exact.denominator == 1 else clock_text(duration)


def _credit(statement: Statement, currency: str | None) -> CreditView:
    further = next_step(statement)
    return CreditView(
        name="Breached" if statement.recommended.amount is None else "Credit",
        recommended=_figure(statement.recommended, currency),
        conservative=_figure(statement.conservative, currency),
        next_step="" if further is None else exact_length_text(further),
    )


def _figure(figure: Figure, currency: str | None) -> str:
    if figure.amount is None:
        return "yes" if figure.breached else "no"
    return amount_text(figure.amount, currency)
