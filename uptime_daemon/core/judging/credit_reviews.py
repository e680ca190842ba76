"""What a person has to look at before a credit is claimed: fees, earlier periods, other contracts, lapses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.core.facts.records import Answer
from uptime_daemon.core.terms.credit import CapKind, NoCredit, StackingRule
from uptime_daemon.core.terms.metric import can_recover
from uptime_daemon.core.time.instants import format_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.credit import Credit, Stacking
    from uptime_daemon.core.time.periods import Period

_STACKED = {
    StackingRule.ONE_ONLY: "only one of the credits may be claimed for one failure",
    StackingRule.HIGHEST: "only the highest of the credits is due for one failure",
    StackingRule.SUM: "the credits add up for one failure",
}


def credit_reviews(judgement: Judgement, agreement: Agreement, period: Period, *, is_open: bool) -> Iterator[str]:
    """Every such line of one judgement."""
    metric = judgement.terms.metric
    if is_open and metric is not None and can_recover(metric) and judgement.credit.percent:
        yield f"{metric.clause} {metric.kind}: may still recover while the period runs; claim when it is over"
    right = judgement.termination
    if right is not None and right.state is Answer.UNKNOWN:
        missing = ", ".join(right.unknown) or "the periods before"
        yield f"{right.terms.clause} termination: what {missing} came to is not known; state it under facts.earlier"
    credit = judgement.terms.credit
    if isinstance(credit, NoCredit):
        return
    if judgement.no_fee:
        yield f"{credit.clause} fee: {judgement.no_fee}"
    yield from _earlier(judgement, credit)
    if judgement.credit.percent:
        if credit.stacking is not None:
            yield _stacked(credit.stacking)
        yield from _expires(credit, agreement, period)


def _earlier(judgement: Judgement, credit: Credit) -> Iterator[str]:
    """Earlier periods that a rule looks at and of which nothing is known."""
    history, result = judgement.history, judgement.credit
    rule = credit.consecutive
    if rule is not None and result.worth is not None and result.worth.missed and not result.triggered:
        unknown = () if history is None else history.unknown(rule.periods - 1)
        missing = ", ".join(unknown) if history is not None else "the periods before"
        if missing:
            yield (
                f"{rule.clause} {rule.periods} periods in a row: what {missing} came to is not known; "
                "state it under facts.earlier"
            )
    for cap in credit.caps:
        if cap.kind is CapKind.ROLLING_YEAR and result.percent:
            unknown = () if history is None else history.without_credit()
            missing = ", ".join(unknown) if history is not None else "the periods before"
            if missing:
                yield (
                    f"{cap.clause} cap of twelve months: what was credited for {missing} is not known and taken as "
                    "nothing; state it under facts.earlier"
                )


def _stacked(terms: Stacking) -> str:
    return f"{terms.clause} stacking with {', '.join(terms.contracts)}: {_STACKED[terms.rule]}"


def _expires(credit: Credit, agreement: Agreement, period: Period) -> Iterator[str]:
    expiry = credit.expiry
    if expiry is None or not expiry.at_termination or agreement.ends is None:
        return
    if agreement.ends <= period.span.end:
        yield (
            f"{expiry.clause} credit: is lost with the agreement, which ends at {format_instant(agreement.ends)}, "
            "unless a later bill takes it"
        )
