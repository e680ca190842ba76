"""What a missed target is worth: exact percent of an exact fee, limited by every cap, rounded once to the minor unit.

The order is fixed: the rule for each target it names, of which the worst decides -> periods in a row -> caps -> the
smallest payable amount -> one rounding, which never lifts an amount over its cap.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from uptime_daemon.core.judging.availability import Measure, budget, exceeds
from uptime_daemon.core.judging.blocks import Block, blocks_lost
from uptime_daemon.core.judging.fees import PeriodFee, calendar_days, period_months
from uptime_daemon.core.judging.history import History, in_a_row
from uptime_daemon.core.terms.credit import (
    Above,
    Beyond,
    Cap,
    CapKind,
    Credit,
    Days,
    DurationBands,
    DurationOf,
    ErrorRateTiers,
    Fixed,
    NoCredit,
    PerBlock,
    Prorata,
    ServiceDay,
    Steps,
    Tiers,
)
from uptime_daemon.core.terms.money import Money, Rounding, exponent, rounded
from uptime_daemon.core.terms.target import TargetKind
from uptime_daemon.core.time.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.terms.agreement import Fee
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.periods import Period

_NONE = Fraction(0)


@dataclass(frozen=True, slots=True)
class Loss:
    """What one bracket lost, as far as a credit looks at it."""

    measure: Measure
    counted: Spans = field(default_factory=Spans)
    """What counts of the period, before rounding."""
    outages: tuple[Duration, ...] = ()
    """How much of each outage counts, in time order."""
    targets: tuple[Target, ...] = ()
    """The targets as judged, where a partial period changes their limits; else those of the contract."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What missing one target is worth by the contract's rule, before any cap."""

    target: Target
    missed: bool
    percent: Fraction
    """Of the fee."""
    shortfall: Fraction
    """Percentage points below an availability target, 0 when it is met or limits minutes."""
    value: Fraction | None = None
    """What a table was asked for: percent, or microseconds; None where the rule has no table."""
    steps: int | None = None
    days: Fraction | None = None
    blocks: tuple[Block, ...] = ()
    lost: Fraction | None = None
    """The share of the fee's time that is lost, under a rule that is proportional to it."""
    overridden: bool = False
    """Whether the availability decided instead of the length."""


@dataclass(frozen=True, slots=True)
class CreditResult:
    """A credit with what a derivation shows of its making. All None under a contract without credit."""

    percent: Fraction | None = None
    """Percent of the fee after every cap."""
    uncapped: Fraction | None = None
    worth: Worth | None = None
    """Of the target that decides."""
    others: tuple[Worth, ...] = ()
    """Of the other targets that the rule names."""
    triggered: bool = True
    """False where a miss has consequences only after several periods in a row, which are not shown."""
    days: Fraction | None = None
    """Days of service after every cap, under a rule that gives days."""
    fees: PeriodFee | None = None
    """None where no fee is known."""
    exact: Fraction | None = None
    """Minor units after the caps, before rounding."""
    caps: tuple[Cap, ...] = ()
    """The caps that took something, in the order of the contract."""
    too_small: bool = False
    """Whether it is too small to be paid."""
    floored: bool = False
    """Whether rounding would have lifted it over its cap, so that it was rounded down."""
    relief: Money | None = None
    """What the vendor leaves off the bill by itself; no part of the amount."""
    amount: Money | None = None

    @property
    def shortfall(self) -> Fraction | None:
        """Percentage points below the target that decides."""
        return None if self.worth is None else self.worth.shortfall

    @property
    def steps(self) -> int | None:
        """Completed steps below the target that decides."""
        return None if self.worth is None else self.worth.steps

    @property
    def base(self) -> Fraction | None:
        """The fee that it is a part of, exact minor units."""
        return None if self.fees is None else self.fees.amount

    @property
    def fee(self) -> Fee | None:
        """The recurring fee in force."""
        return None if self.fees is None else self.fees.fee


def credited(
    contract: Contract, loss: Loss, period: Period, fees: PeriodFee | None, history: History | None = None
) -> CreditResult:
    """The credit that a loss earns under the contract; `history` is what earlier periods came to."""
    credit = contract.credit
    if isinstance(credit, NoCredit):
        return CreditResult()
    named = [target for target in loss.targets or contract.targets if target.id in credit.rule.targets]
    worths = [_worth(target, credit, contract, loss, period) for target in named]
    if not worths:
        return CreditResult(percent=_NONE, uncapped=_NONE, fees=fees)
    decisive = max(worths, key=lambda each: each.percent)  # of equals the first in the contract
    triggered = credit.consecutive is None or in_a_row(
        decisive.target, credit.consecutive.periods, missed=decisive.missed, history=history
    )
    result = CreditResult(
        percent=decisive.percent if triggered else _NONE,
        uncapped=decisive.percent,
        worth=decisive,
        others=tuple(each for each in worths if each is not decisive),
        triggered=triggered,
        days=decisive.days if triggered or decisive.days is None else _NONE,
        fees=fees,
    )
    capped = _within_percent_caps(result, credit, contract, period)
    if fees is None:
        return capped
    return replace(_paid(capped, credit, fees, history), relief=_relief(credit, loss, fees))


def smaller(one: CreditResult, other: CreditResult) -> CreditResult:
    """The credit of two that claims less, the first of equals."""
    mine, theirs = (each.exact if each.exact is not None else each.percent for each in (one, other))
    return other if mine is not None and theirs is not None and theirs < mine else one


def _worth(target: Target, credit: Credit, contract: Contract, loss: Loss, period: Period) -> Worth:
    measure = loss.measure
    plain = Worth(target, exceeds(target, measure), _NONE, _shortfall(target, measure))
    if not plain.missed and not isinstance(credit.rule, Steps):
        return replace(plain, value=_asked(credit, measure))
    match credit.rule:
        case Steps() as steps:
            # Only completed steps count: floor of an exact fraction, so that exactly one step is one (AMB-DAK-7).
            number = (plain.shortfall / steps.size).__floor__()
            return replace(plain, percent=number * steps.percent, steps=number)
        case Tiers() | ErrorRateTiers() as tiers:
            value = _asked(credit, measure)
            return replace(plain, value=value, percent=_NONE if value is None else tiers.table.worth(value))
        case PerBlock() as rule:
            caps = [cap.limit for cap in credit.caps if cap.kind is CapKind.INCIDENT]
            blocks = blocks_lost(rule, target, measure, loss.counted, loss.outages, contract.zone, period.span, caps)
            return replace(plain, percent=sum((each.percent for each in blocks), start=_NONE), blocks=blocks)
        case Prorata() as rule:
            lost = _lost_share(rule.beyond, target, measure)
            return replace(plain, lost=lost, percent=rule.multiplier * lost * 100)
        case DurationBands() as rule:
            return _banded(rule, plain, measure)
        case Days() as rule:
            value = _asked(credit, measure)
            days = _NONE if value is None else rule.table.worth(value)
            percent = days * _day_percent(rule.day, contract, period)
            return replace(plain, value=value, days=days, percent=percent)
        case Fixed(percent=percent):
            return replace(plain, percent=percent)
        case _:
            assert_never(credit.rule)


def _shortfall(target: Target, measure: Measure) -> Fraction:
    if target.kind is not TargetKind.AVAILABILITY or measure.availability is None:
        return _NONE
    return max(_NONE, target.limit - measure.availability * 100)


def _asked(credit: Credit, measure: Measure) -> Fraction | None:
    """What the rule's table is asked for; None where the rule has none or nothing was measured."""
    match credit.rule:
        case Tiers() | Days():
            return None if measure.availability is None else measure.availability * 100
        case ErrorRateTiers():
            return None if measure.availability is None else 100 - measure.availability * 100
        case DurationBands(of=of):
            return Fraction(measure.downtime if of is DurationOf.TOTAL else measure.longest)
        case _:
            return None


def _banded(rule: DurationBands, plain: Worth, measure: Measure) -> Worth:
    value = Fraction(measure.downtime if rule.of is DurationOf.TOTAL else measure.longest)
    instead = _NONE
    if rule.override is not None and measure.availability is not None:
        instead = rule.override.worth(measure.availability * 100)
    return replace(plain, value=value, percent=instead or rule.bands.worth(value), overridden=bool(instead))


def _lost_share(beyond: Beyond, target: Target, measure: Measure) -> Fraction:
    """The lost share of the denominator: all of it, or what goes beyond what the target allows."""
    if measure.denominator <= 0 or measure.availability is None:
        return _NONE
    if target.kind is TargetKind.AVAILABILITY:
        allowed = 1 - target.limit / 100 if beyond is Beyond.TARGET else _NONE
        return max(_NONE, 1 - measure.availability - allowed)
    lost = measure.longest if target.kind is TargetKind.SINGLE_OUTAGE else measure.downtime
    allowed_time = budget(target, measure.denominator) if beyond is Beyond.TARGET else _NONE
    return min(Fraction(1), max(_NONE, lost - allowed_time) / measure.denominator)


def _day_percent(day: ServiceDay, contract: Contract, period: Period) -> Fraction:
    """What one day of service is of the period's fee, in percent."""
    if day is ServiceDay.THIRTIETH:
        return Fraction(100, 30 * period_months(contract))
    return Fraction(100, calendar_days(period.span, contract.zone))


def _within_percent_caps(result: CreditResult, credit: Credit, contract: Contract, period: Period) -> CreditResult:
    """The result within the caps that a percentage of this very fee, or a number of days, can express."""
    for cap in credit.caps:
        match cap.kind:
            case CapKind.PERIOD_FEE:
                limit = cap.limit
            case CapKind.DAYS:
                day = credit.rule.day if isinstance(credit.rule, Days) else ServiceDay.PERIOD
                limit = cap.limit * _day_percent(day, contract, period)
            case CapKind.INCIDENT:
                if any(block.full > cap.limit for block in (result.worth.blocks if result.worth else ())):
                    result = replace(result, caps=(*result.caps, cap))
                continue
            case CapKind.ANNUAL_TWELFTH | CapKind.ROLLING_YEAR:
                continue
            case _:
                assert_never(cap.kind)
        if (percent := result.percent) is not None and percent > limit:
            days = None if result.days is None else result.days * limit / percent
            result = replace(result, percent=limit, days=days, caps=(*result.caps, cap))
    return result


def _paid(result: CreditResult, credit: Credit, fees: PeriodFee, history: History | None) -> CreditResult:
    """The result in money: caps by other fees, the smallest payable amount, one rounding."""
    if result.percent is None:
        return result
    exact = fees.amount * result.percent / 100
    caps, limits = list(result.caps), list(_money_caps(credit, fees, history))
    for cap, limit in limits:
        if exact > limit:
            exact = limit
            caps.append(cap)
    too_small = credit.minimum is not None and _is_too_small(exact, credit, fees.currency)
    whole = 0 if too_small else rounded(exact, credit.rounding)
    highest = [limit for _, limit in limits]
    highest += [fees.amount * cap.limit / 100 for cap in credit.caps if cap.kind is CapKind.PERIOD_FEE]
    floored = any(whole > limit for limit in highest)
    if floored:
        whole = rounded(exact, Rounding.FLOOR)
    percent = result.percent if fees.amount == 0 else exact * 100 / fees.amount
    return replace(
        result,
        percent=percent,
        exact=exact,
        caps=tuple(caps),
        too_small=too_small,
        floored=floored,
        amount=Money(whole, fees.currency),
    )


def _money_caps(credit: Credit, fees: PeriodFee, history: History | None) -> Iterator[tuple[Cap, Fraction]]:
    """The caps that are measured by another fee than the credit's own, in exact minor units."""
    for cap in credit.caps:
        if cap.kind is CapKind.ANNUAL_TWELFTH:
            yield cap, fees.monthly * cap.limit / 100
        elif cap.kind is CapKind.ROLLING_YEAR and fees.year is not None:
            given = history.credited(fees.currency) if history else 0
            yield cap, max(_NONE, fees.year * cap.limit / 100 - given)


def _is_too_small(exact: Fraction, credit: Credit, currency: str) -> bool:
    if credit.minimum is None or exact == 0:
        return False
    least = credit.minimum.amount * 10 ** exponent(currency)
    return exact < least or (exact == least and credit.minimum.comparison is Above.MORE_THAN)


def _relief(credit: Credit, loss: Loss, fees: PeriodFee) -> Money | None:
    if credit.relief is None or loss.measure.availability is None:
        return None
    return Money(rounded(fees.amount * (1 - loss.measure.availability), credit.rounding), fees.currency)


def next_step_downtime(contract: Contract, measure: Measure) -> Fraction | None:
    """How many exact microseconds of further downtime complete the next credit step, 0 once the cap is reached.

    None where the contract gives no credit by steps, or is judged by a share that is no time.
    """
    credit = contract.credit
    if isinstance(credit, NoCredit) or not isinstance(credit.rule, Steps) or measure.share is not None:
        return None
    named = [target for target in contract.targets if target.id in credit.rule.targets]
    return min((_to_next_step(credit.rule, target, credit.percent_cap, measure) for target in named), default=None)


def _to_next_step(rule: Steps, target: Target, cap: Fraction | None, measure: Measure) -> Fraction:
    availability = measure.availability
    if availability is None:
        return _NONE
    shortfall = target.limit - availability * 100
    steps = max(0, (shortfall / rule.size).__floor__())
    if cap is not None and steps * rule.percent >= cap:
        return _NONE
    next_availability = (target.limit - (steps + 1) * rule.size) / 100
    return (availability - next_availability) * measure.denominator
