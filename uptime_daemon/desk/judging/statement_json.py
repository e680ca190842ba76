"""Statements as the JSON that the command line, the API and the evidence share: exact figures, stable names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uptime_daemon.core.claims.stages import is_owed, stages_of
from uptime_daemon.core.judging.availability import fraction_text
from uptime_daemon.core.judging.conditions import Claimable, claimable
from uptime_daemon.core.judging.derivation import derivation
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.core.terms.money import decimal_text, ratio_text
from uptime_daemon.core.time.instants import SECOND, format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.judging.availability import TargetResult
    from uptime_daemon.core.judging.credit import CreditResult
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.periods import Period


def seconds(duration: Duration) -> int | float:
    """Seconds as a JSON number, exact: whole ones as integers, others with up to 6 digits.

    A double keeps 15 significant digits, so that its shortest text is the exact decimal for any length up to 30 years.
    """
    whole, rest = divmod(duration, SECOND)
    return whole if rest == 0 else duration / SECOND


def period_json(period: Period) -> dict[str, Any]:
    """A period with its two instants and its length."""
    return {
        "name": period.name,
        "start": format_instant(period.span.start),
        "end": format_instant(period.span.end),
        "seconds": seconds(period.span.length),
    }


def statements_json(statements: Sequence[Statement], reading: str) -> dict[str, Any]:
    """All statements of one agreement and one period."""
    first = statements[0]
    terms = first.judgement.terms
    return {
        "case": 1,
        "contract": terms.id,
        "plan": terms.plan,
        "reading": reading,
        "period": period_json(first.period),
        "statements": [statement_json(statement) for statement in statements],
        "clocks": [],
        "claims": _claims_json([statement for statement in statements if is_owed(statement)]),
        "needs_review": list(dict.fromkeys(line for statement in statements for line in statement.needs_review)),
    }


def claimed_json(statements: Sequence[Statement]) -> dict[str, Any]:
    """The same for the other side: the claimed reading alone, no other one, no note of what we have to look at."""
    inside = {"readings", "needs_review", "reading"}
    whole = statements_json(statements, "")
    kept = {key: value for key, value in whole.items() if key not in inside}
    return kept | {
        "statements": [{key: value for key, value in each.items() if key not in inside} for each in whole["statements"]]
    }


def _claims_json(owed: Sequence[Statement]) -> list[dict[str, Any]]:
    """The stages of what is owed, each with the earliest deadline that any group has."""
    claims = []
    for stages in zip(*(stages_of(statement) for statement in owed), strict=True):
        deadlines = [due.deadline for due in stages if due.deadline is not None]
        opens = [due.opens for due in stages if due.opens is not None]
        claim = {"stage": stages[0].stage.id, "deadline": format_instant(min(deadlines)) if deadlines else None}
        claims.append(claim | ({"opens": format_instant(max(opens))} if opens else {}))
    return claims


def statement_json(statement: Statement) -> dict[str, Any]:
    """One group's statement with its derivation."""
    judgement = statement.judgement
    labels, point = judgement.labels, judgement.point
    measure = judgement.measure(point)
    grain = judgement.terms.downtime.granularity
    availability = measure.availability
    so_far = statement.so_far
    return {
        "group": judgement.group.name,
        "status": statement.status.value,
        "as_of": format_instant(statement.as_of),
        "service_seconds": seconds(statement.period.span.length),
        "denominator_seconds": seconds(judgement.denominator),
        "up_seconds": seconds(labels.up.total),
        "excluded_seconds": {cause: seconds(spans.total) for cause, spans in labels.excluded},
        "unmeasured_seconds": {reason: seconds(spans.total) for reason, spans in labels.unmeasured},
        "not_counted_seconds": {reason.value: seconds(spans.total) for reason, spans in labels.not_counted},
        "counted_seconds": seconds(labels.counted.total),
        "rounding_seconds": seconds(judgement.rounding),
        "downtime_seconds": seconds(point.downtime),
        "downtime_seconds_shortest": seconds(judgement.shortest.downtime),
        "downtime_seconds_longest": seconds(judgement.longest.downtime),
        "outages": point.number,
        "longest_outage_seconds": seconds(point.longest),
        "coverage": None if judgement.coverage is None else ratio_text(judgement.coverage),
        "availability": None if availability is None else ratio_text(availability * 100),
        "availability_fraction": fraction_text(measure, grain.unit if grain else None),
        "availability_so_far": (
            None if so_far is None or so_far.availability is None else ratio_text(so_far.availability * 100)
        ),
        "targets": [_target_json(result, judgement) for result in judgement.targets],
        "conditions": [
            {
                "id": condition.terms.id,
                "clause": condition.terms.clause,
                "state": condition.state.value,
                "evidence": condition.evidence,
            }
            for condition in judgement.conditions
        ],
        "credit": _credit_json(judgement),
        **_probing_json(judgement),
        **_termination_json(judgement),
        "readings": {
            "recommended": {"amount": statement.recommended.amount, "breached": statement.recommended.breached},
            "conservative": {"amount": statement.conservative.amount, "breached": statement.conservative.breached},
            "differs_by": {name: figure.text for name, figure in statement.differs_by.items()},
        },
        "derivation": [
            {"step": step.step, "clause": step.clause or None, "value": step.value} for step in derivation(statement)
        ],
    }


def _target_json(result: TargetResult, judgement: Judgement) -> dict[str, Any]:
    target = result.target
    own: Claimable = claimable(judgement.conditions, waived=not target.claimable, doubted=bool(judgement.doubted))
    return {
        "id": target.id,
        "kind": target.kind.value,
        "limit": decimal_text(target.limit),
        "unit": target.unit,
        "met": result.met,
        "breach": result.breach.value,
        "claimable": own.value,
        "rests_on": list(target.rests_on),
    }


def _credit_json(judgement: Judgement) -> dict[str, Any]:
    credit = judgement.credit
    if isinstance(judgement.terms.credit, NoCredit):
        return {"kind": "none", "claimable": judgement.claimable.value}
    proven = judgement.credit_proven.amount
    return {
        "kind": judgement.terms.credit.kind.value,
        "percent": None if credit.percent is None else decimal_text(credit.percent),
        "amount": None if credit.amount is None else str(credit.amount),
        "currency": None if credit.amount is None else credit.amount.currency,
        "amount_proven": None if proven is None else str(proven),
        "claimable": judgement.claimable.value,
        **_beside(credit),
    }


def _beside(credit: CreditResult) -> dict[str, Any]:
    """What only some contracts give beside an amount."""
    given = {
        "days": None if credit.days is None else decimal_text(credit.days),
        "automatic_relief": None if credit.relief is None else str(credit.relief),
    }
    return {key: value for key, value in given.items() if value is not None}


def _probing_json(judgement: Judgement) -> dict[str, Any]:
    """How closely was looked, where that is on record."""
    sight = judgement.sight
    if sight is None:
        return {}
    return {
        "probing": {
            "shortest_outage_seconds": seconds(sight.shortest),
            "attempts_per_hour": decimal_text(sight.attempts_per_hour),
            **({"with_history": True} if sight.with_history else {}),
        }
    }


def _termination_json(judgement: Judgement) -> dict[str, Any]:
    """The right to end the agreement, where the contract gives one."""
    right = judgement.termination
    if right is None:
        return {}
    return {
        "termination": {
            "clause": right.terms.clause,
            "state": right.state.value,
            "periods_missed": right.counted,
            "periods_needed": right.terms.periods,
            "periods_unknown": list(right.unknown),
        }
    }
