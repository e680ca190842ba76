"""The steps from a missed target to an amount, in words: each rule's arithmetic, every cap, every rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from uptime_daemon.core.judging.step import Step, local_text
from uptime_daemon.core.terms.credit import (
    Above,
    BlockLevel,
    Cap,
    CapKind,
    Credit,
    Days,
    DurationBands,
    ErrorRateTiers,
    Fixed,
    NoCredit,
    PerBlock,
    Prorata,
    Steps,
    Tiers,
)
from uptime_daemon.core.terms.fee import FeeOf
from uptime_daemon.core.terms.money import Money, Rounding, decimal_text, exponent, ratio_text
from uptime_daemon.core.time.instants import SECOND, clock_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.judging.blocks import Block
    from uptime_daemon.core.judging.credit import CreditResult, Worth
    from uptime_daemon.core.judging.fees import PeriodFee
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.terms.tier import TierTable


def credit_steps(judgement: Judgement) -> Iterator[Step]:
    """From the miss to the amount, or to why there is none."""
    terms, credit = judgement.terms.credit, judgement.credit
    if isinstance(terms, NoCredit):
        yield Step("credit", terms.clause, "none: the contract names no amount")
    else:
        yield from _percent_steps(terms, judgement)
        if credit.fees is None:
            yield Step("credit", terms.clause, "not computed: no fee is in force")
        else:
            yield from _money_steps(terms, judgement, credit.fees)
            yield from _aside(terms, credit)
    if (right := judgement.termination) is not None:
        yield Step(
            f"right to end the agreement: missed in {right.terms.periods} of {right.terms.within} periods",
            right.terms.clause,
            f"{right.state}: shown in {right.counted}",
        )


def _percent_steps(terms: Credit, judgement: Judgement) -> Iterator[Step]:
    credit = judgement.credit
    worth = credit.worth
    if worth is None or credit.percent is None or credit.uncapped is None:
        return
    for each in credit.others:
        yield Step(f"by target {each.target.id}", terms.clause, f"{_percent(each.percent)} of the fee")
    if credit.others and worth.percent:
        yield Step("the worst decides", terms.clause, f"target {worth.target.id}")
    yield from _rule_steps(terms, worth, judgement)
    if (row := terms.consecutive) is not None:
        shown = "shown" if credit.triggered else "not shown, nothing is due"
        yield Step(f"missed in {row.periods} periods in a row", row.clause, shown)
    for cap in credit.caps:
        if cap.kind in {CapKind.PERIOD_FEE, CapKind.DAYS}:
            yield Step("cap", cap.clause, _cap_text(cap))


def _rule_steps(terms: Credit, worth: Worth, judgement: Judgement) -> Iterator[Step]:
    rule, clause = terms.rule, terms.clause
    if not isinstance(rule, Steps) and not worth.missed:
        yield Step("target met", clause, "nothing is due")
        return
    match rule:
        case Steps():
            yield Step("below the target", clause, _shortfall(worth))
            yield Step(
                f"completed steps of {decimal_text(rule.size)} points",
                clause,
                f"{worth.steps} x {_percent(rule.percent)} = {_percent(worth.percent)}",
            )
        case Tiers():
            yield from _looked_up("availability", worth, rule.table, clause)
        case ErrorRateTiers():
            yield from _looked_up("error rate", worth, rule.table, clause)
        case PerBlock():
            yield from _block_steps(rule, worth, judgement)
        case Prorata():
            lost = worth.lost or Fraction(0)
            yield Step("lost share", clause, f"{_share(lost)} %")
            yield Step(
                "in proportion",
                clause,
                f"{_share(lost)} % x {decimal_text(rule.multiplier)} = {_percent(worth.percent)}",
            )
        case DurationBands():
            name = {"total_downtime": "downtime", "single_outage": "longest outage"}[rule.of]
            length = clock_text(int(worth.value or 0))
            decides = ", by the availability instead of the length" if worth.overridden else ""
            yield Step(f"{name} by length", clause, f"{length}: {_percent(worth.percent)}{decides}")
        case Days():
            yield from _looked_up("availability", worth, rule.table, clause)
            days = worth.days or Fraction(0)
            yield Step(
                "days of service", clause, f"{decimal_text(days)}, worth {_percent(worth.percent)} of the period's fee"
            )
        case Fixed():
            yield Step("fixed", clause, _percent(worth.percent))
        case _:
            assert_never(rule)


def _looked_up(what: str, worth: Worth, table: TierTable, clause: str) -> Iterator[Step]:
    if worth.value is None:
        return
    exact = f"{ratio_text(worth.value)} %"
    if (precision := table.precision) is not None:
        seen = decimal_text(table.looked_up(worth.value))
        yield Step(f"{what} to {precision.digits} decimals, {precision.rounding}", clause, f"{exact}: {seen} %")
        exact = f"{seen} %"
    given = f"{decimal_text(worth.days)} days" if worth.days is not None else _percent(worth.percent)
    yield Step(f"tier of the {what}", clause, f"{exact}: {given}")


def _block_steps(rule: PerBlock, worth: Worth, judgement: Judgement) -> Iterator[Step]:
    clause = judgement.terms.credit.clause
    for block in worth.blocks:
        limited = f", at most {_percent(block.percent)}" if block.percent != block.full else ""
        yield Step(
            f"{rule.counts} blocks of {clock_text(rule.block)}{_block_name(rule, block, judgement)}",
            clause,
            f"{_length(block.lost)}: {block.number}, {_percent(block.full)}{limited}",
        )
    yield Step("blocks together", clause, _percent(worth.percent))


def _block_name(rule: PerBlock, block: Block, judgement: Judgement) -> str:
    if rule.level is BlockLevel.DAY:
        return f" on {block.name}"
    if block.name == "sum":
        return ""
    stretch = tuple(judgement.point.stretches)[int(block.name) - 1]
    return f", outage from {local_text(stretch.start, judgement.terms.zone)}"


def _money_steps(terms: Credit, judgement: Judgement, fees: PeriodFee) -> Iterator[Step]:
    credit = judgement.credit
    if credit.amount is None or credit.percent is None or credit.exact is None:
        return
    currency, scale = fees.currency, 10 ** exponent(fees.currency)
    base = decimal_text(fees.amount / scale)
    seats = f", {fees.fee.seats} seats" if fees.fee.seats > 1 else ""
    whose = " before" if terms.fee.of is FeeOf.PRECEDING else ""
    if len(fees.parts) > 1 or any(part.what for part in fees.parts):
        for part in fees.parts:
            yield Step(
                f"fee: {part.what or 'recurring'}", terms.fee.clause, f"{decimal_text(part.amount / scale)} {currency}"
            )
    yield Step(
        f"fee of the period{whose}",
        terms.fee.clause,
        f"{base} {currency} ({fees.fee.amount} per {fees.fee.per}{seats})",
    )
    for cap in credit.caps:
        if cap.kind in {CapKind.ANNUAL_TWELFTH, CapKind.ROLLING_YEAR}:
            yield Step("cap", cap.clause, f"{_cap_text(cap)}: {decimal_text(credit.exact / scale)} {currency}")
    exact = decimal_text(credit.exact / scale)
    if credit.too_small and terms.minimum is not None:
        least = f"{decimal_text(terms.minimum.amount)} {currency}"
        words = "more than" if terms.minimum.comparison is Above.MORE_THAN else "at least"
        yield Step("smallest payable amount", terms.minimum.clause, f"{exact} is not {words} {least}: nothing is due")
    rounding = f"{Rounding.FLOOR}, within its cap" if credit.floored else terms.rounding
    yield Step(
        "credit", terms.clause, f"{base} x {_percent(credit.percent)} = {exact}, {rounding}: {credit.amount} {currency}"
    )
    proven = judgement.credit_proven.amount
    if proven is not None and proven != credit.amount:
        yield Step("proven by the shortest outages alone", "", f"{Money(proven.minor, currency)} {currency}")


def _aside(terms: Credit, credit: CreditResult) -> Iterator[Step]:
    """What stands beside the amount and changes nothing of it."""
    if terms.relief is not None and credit.relief is not None:
        yield Step(
            "left off the bill by the vendor, no part of the credit",
            terms.relief.clause,
            f"{credit.relief} {credit.relief.currency}",
        )
    if credit.percent and terms.expiry is not None and terms.expiry.months is not None:
        yield Step("the credit is lost", terms.expiry.clause, f"{terms.expiry.months} months after it is granted")


def _shortfall(worth: Worth) -> str:
    return f"{decimal_text(worth.target.limit)} - availability = {ratio_text(worth.shortfall)} points"


def _cap_text(cap: Cap) -> str:
    limit = decimal_text(cap.limit)
    return {
        CapKind.PERIOD_FEE: f"{limit} %",
        CapKind.ANNUAL_TWELFTH: f"{limit} % of a twelfth of the yearly fee",
        CapKind.ROLLING_YEAR: f"{limit} % of the fees of twelve months, with the credits before",
        CapKind.DAYS: f"{limit} days of service",
        CapKind.INCIDENT: f"{limit} % for each outage",
    }[cap.kind]


def _percent(exact: Fraction) -> str:
    return f"{decimal_text(exact)} %"


def _share(exact: Fraction) -> str:
    return ratio_text(exact * 100)


def _length(exact: Fraction) -> str:
    """A length that is shown to the microsecond and computed exactly."""
    return clock_text(exact.__floor__()) if exact.denominator == 1 else f"{ratio_text(exact / SECOND)} s"
