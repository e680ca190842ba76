"""The steps from a missed target to an amount, in words: each rule's arithmetic, every cap, every rounding."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from uptime_daemon.core.judging.step import Amount, Clock, Exact, Local, Named, Percent, Phrase, Step, say
from uptime_daemon.core.terms.credit import (
    Above,
    BlockCounts,
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
from uptime_daemon.core.terms.money import Rounding, decimal_text, exponent, ratio_text
from uptime_daemon.core.time.instants import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.judging.blocks import Block
    from uptime_daemon.core.judging.credit import CreditResult, Worth
    from uptime_daemon.core.judging.fees import PeriodFee
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.terms.tier import TierTable


def credit_steps(judgement: Judgement) -> Iterator[Step]:
    """From the miss to the amount, or to why there is none."""
    terms, credit = judgement.terms.credit, judgement.credit
    if isinstance(terms, NoCredit):
        yield Step(say("credit"), terms.clause, say("none: the contract names no amount"))
    else:
        yield from _percent_steps(terms, judgement)
        if credit.fees is None:
            yield Step(say("credit"), terms.clause, say("not computed: no fee is in force"))
        else:
            yield from _money_steps(terms, judgement, credit.fees)
            yield from _aside(terms, credit)
    if (right := judgement.termination) is not None:
        yield Step(
            say(
                "right to end the agreement: missed in %(periods)s of %(within)s periods",
                periods=str(right.terms.periods),
                within=str(right.terms.within),
            ),
            right.terms.clause,
            say("%(state)s: shown in %(counted)s", state=right.state, counted=str(right.counted)),
        )


def _percent_steps(terms: Credit, judgement: Judgement) -> Iterator[Step]:
    credit = judgement.credit
    worth = credit.worth
    if worth is None or credit.percent is None or credit.uncapped is None:
        return
    for each in credit.others:
        yield Step(
            say("by target %(name)s", name=_name(each.target)),
            terms.clause,
            say("%(percent)s of the fee", percent=_percent(each.percent)),
        )
    if credit.others and worth.percent:
        yield Step(say("the worst decides"), terms.clause, say("target %(name)s", name=_name(worth.target)))
    yield from _rule_steps(terms, worth, judgement)
    if (row := terms.consecutive) is not None:
        shown = say("shown") if credit.triggered else say("not shown, nothing is due")
        yield Step(say("missed in %(periods)s periods in a row", periods=str(row.periods)), row.clause, shown)
    for cap in credit.caps:
        if cap.kind in {CapKind.PERIOD_FEE, CapKind.DAYS}:
            yield Step(say("cap"), cap.clause, _cap(cap))


def _rule_steps(terms: Credit, worth: Worth, judgement: Judgement) -> Iterator[Step]:
    rule, clause = terms.rule, terms.clause
    if not isinstance(rule, Steps) and not worth.missed:
        yield Step(say("target met"), clause, say("nothing is due"))
        return
    match rule:
        case Steps():
            yield Step(say("below the target"), clause, _shortfall(worth))
            yield Step(
                say("completed steps of %(size)s points", size=_exact(rule.size)),
                clause,
                say(
                    "%(steps)s x %(percent)s = %(together)s",
                    steps=str(worth.steps),
                    percent=_percent(rule.percent),
                    together=_percent(worth.percent),
                ),
            )
        case Tiers():
            yield from _looked_up(say("availability"), worth, rule.table, clause)
        case ErrorRateTiers():
            yield from _looked_up(say("error rate"), worth, rule.table, clause)
        case PerBlock():
            yield from _block_steps(rule, worth, judgement)
        case Prorata():
            lost = Percent(ratio_text((worth.lost or Fraction(0)) * 100))
            yield Step(say("lost share"), clause, say("%(lost)s", lost=lost))
            yield Step(
                say("in proportion"),
                clause,
                say(
                    "%(lost)s x %(multiplier)s = %(percent)s",
                    lost=lost,
                    multiplier=_exact(rule.multiplier),
                    percent=_percent(worth.percent),
                ),
            )
        case DurationBands():
            length, percent = Clock(int(worth.value or 0)), _percent(worth.percent)
            said = say("%(length)s: %(percent)s", length=length, percent=percent)
            if worth.overridden:
                said = say(
                    "%(length)s: %(percent)s, by the availability instead of the length", length=length, percent=percent
                )
            yield Step(_BY_LENGTH[rule.of], clause, said)
        case Days():
            yield from _looked_up(say("availability"), worth, rule.table, clause)
            yield Step(
                say("days of service"),
                clause,
                say(
                    "%(days)s, worth %(percent)s of the period's fee",
                    days=_exact(worth.days or Fraction(0)),
                    percent=_percent(worth.percent),
                ),
            )
        case Fixed():
            yield Step(say("fixed"), clause, say("%(percent)s", percent=_percent(worth.percent)))
        case _:
            assert_never(rule)


_BY_LENGTH = {
    "total_downtime": say("downtime by length"),
    "single_outage": say("longest outage by length"),
}


def _looked_up(what: Phrase, worth: Worth, table: TierTable, clause: str) -> Iterator[Step]:
    if worth.value is None:
        return
    exact = Percent(ratio_text(worth.value))
    if (precision := table.precision) is not None:
        seen = Percent(decimal_text(table.looked_up(worth.value)))
        yield Step(
            say(
                "%(what)s to %(digits)s decimals, %(rounding)s",
                what=what,
                digits=str(precision.digits),
                rounding=precision.rounding,
            ),
            clause,
            say("%(exact)s: %(seen)s", exact=exact, seen=seen),
        )
        exact = seen
    given: Phrase | Percent = _percent(worth.percent)
    if worth.days is not None:
        given = say("%(days)s days", days=_exact(worth.days))
    yield Step(say("tier of the %(what)s", what=what), clause, say("%(exact)s: %(given)s", exact=exact, given=given))


def _block_steps(rule: PerBlock, worth: Worth, judgement: Judgement) -> Iterator[Step]:
    clause = judgement.terms.credit.clause
    for block in worth.blocks:
        said = say(
            "%(lost)s: %(number)s, %(percent)s",
            lost=_length(block.lost),
            number=str(block.number),
            percent=_percent(block.full),
        )
        if block.percent != block.full:
            said = say("%(blocks)s, at most %(percent)s", blocks=said, percent=_percent(block.percent))
        yield Step(_block_title(rule, block, judgement), clause, said)
    yield Step(say("blocks together"), clause, say("%(percent)s", percent=_percent(worth.percent)))


def _block_title(rule: PerBlock, block: Block, judgement: Judgement) -> Phrase:
    size = Clock(rule.block)
    blocks = {
        BlockCounts.COMPLETED: say("completed blocks of %(size)s", size=size),
        BlockCounts.STARTED: say("started blocks of %(size)s", size=size),
    }[rule.counts]
    if rule.level is BlockLevel.DAY:
        return say("%(blocks)s on %(day)s", blocks=blocks, day=block.name)
    if block.name == "sum":
        return blocks
    stretch = tuple(judgement.point.stretches)[int(block.name) - 1]
    return say("%(blocks)s, outage from %(start)s", blocks=blocks, start=Local(stretch.start, judgement.terms.zone))


def _money_steps(terms: Credit, judgement: Judgement, fees: PeriodFee) -> Iterator[Step]:
    credit = judgement.credit
    if credit.amount is None or credit.percent is None or credit.exact is None:
        return
    currency, scale = fees.currency, 10 ** exponent(fees.currency)
    base = decimal_text(fees.amount / scale)
    if len(fees.parts) > 1 or any(part.what for part in fees.parts):
        for part in fees.parts:
            what = part.what or say("recurring")
            amount = Amount(decimal_text(part.amount / scale), currency)
            yield Step(say("fee: %(what)s", what=what), terms.fee.clause, say("%(amount)s", amount=amount))
    is_preceding = terms.fee.of is FeeOf.PRECEDING
    rate = say("%(fee)s per %(per)s", fee=Exact(str(fees.fee.amount)), per=fees.fee.per)
    if fees.fee.seats > 1:
        rate = say("%(rate)s, %(seats)s seats", rate=rate, seats=str(fees.fee.seats))
    yield Step(
        say("fee of the period before") if is_preceding else say("fee of the period"),
        terms.fee.clause,
        say("%(amount)s (%(rate)s)", amount=Amount(base, currency), rate=rate),
    )
    exact = decimal_text(credit.exact / scale)
    for cap in credit.caps:
        if cap.kind in {CapKind.ANNUAL_TWELFTH, CapKind.ROLLING_YEAR}:
            said = say("%(cap)s: %(amount)s", cap=_cap(cap), amount=Amount(exact, currency))
            yield Step(say("cap"), cap.clause, said)
    if credit.too_small and terms.minimum is not None:
        least = Amount(decimal_text(terms.minimum.amount), currency)
        more = terms.minimum.comparison is Above.MORE_THAN
        said = (
            say("%(exact)s is not more than %(least)s: nothing is due", exact=Exact(exact), least=least)
            if more
            else say("%(exact)s is not at least %(least)s: nothing is due", exact=Exact(exact), least=least)
        )
        yield Step(say("smallest payable amount"), terms.minimum.clause, said)
    rounding = say("%(rounding)s, within its cap", rounding=Rounding.FLOOR) if credit.floored else terms.rounding
    yield Step(
        say("credit"),
        terms.clause,
        say(
            "%(base)s x %(percent)s = %(exact)s, %(rounding)s: %(amount)s",
            base=Exact(base),
            percent=_percent(credit.percent),
            exact=Exact(exact),
            rounding=rounding,
            amount=_amount(credit.amount),
        ),
    )
    proven = judgement.credit_proven.amount
    if proven is not None and proven != credit.amount:
        yield Step(say("proven by the shortest outages alone"), "", say("%(amount)s", amount=_amount(proven)))


def _aside(terms: Credit, credit: CreditResult) -> Iterator[Step]:
    """What stands beside the amount and changes nothing of it."""
    if terms.relief is not None and credit.relief is not None:
        yield Step(
            say("left off the bill by the vendor, no part of the credit"),
            terms.relief.clause,
            say("%(amount)s", amount=_amount(credit.relief)),
        )
    if credit.percent and terms.expiry is not None and terms.expiry.months is not None:
        yield Step(
            say("the credit is lost"),
            terms.expiry.clause,
            say("%(months)s months after it is granted", months=str(terms.expiry.months)),
        )


def _shortfall(worth: Worth) -> Phrase:
    return say(
        "%(limit)s - availability = %(points)s points",
        limit=_exact(worth.target.limit),
        points=Exact(ratio_text(worth.shortfall)),
    )


def _cap(cap: Cap) -> Phrase:
    limit, percent = _exact(cap.limit), _percent(cap.limit)
    return {
        CapKind.PERIOD_FEE: say("%(percent)s", percent=percent),
        CapKind.ANNUAL_TWELFTH: say("%(percent)s of a twelfth of the yearly fee", percent=percent),
        CapKind.ROLLING_YEAR: say("%(percent)s of the fees of twelve months, with the credits before", percent=percent),
        CapKind.DAYS: say("%(limit)s days of service", limit=limit),
        CapKind.INCIDENT: say("%(percent)s for each outage", percent=percent),
    }[cap.kind]


def _name(target: Target) -> Named:
    return Named(target.id, target.kind)


def _exact(exact: Fraction) -> Exact:
    return Exact(decimal_text(exact))


def _percent(exact: Fraction) -> Percent:
    return Percent(decimal_text(exact))


def _amount(amount: Money) -> Amount:
    return Amount(str(amount), amount.currency)


def _length(exact: Fraction) -> Clock | Phrase:
    """A length that is shown to the microsecond and computed exactly."""
    if exact.denominator == 1:
        return Clock(exact.__floor__())
    return say("%(seconds)s s", seconds=Exact(ratio_text(exact / SECOND)))
