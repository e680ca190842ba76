"""What a missed target is worth: exact percent of an exact fee, capped, rounded once to the minor unit."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from uptime_daemon.core.terms.agreement import FeeBase, monthly
from uptime_daemon.core.terms.credit import NoCredit, Steps
from uptime_daemon.core.terms.money import Money, rounded
from uptime_daemon.core.time.periods import PeriodKind

if TYPE_CHECKING:
    from uptime_daemon.core.judging.availability import Measure
    from uptime_daemon.core.terms.agreement import Fee
    from uptime_daemon.core.terms.contract import Contract

_PERIOD_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


@dataclass(frozen=True, slots=True)
class CreditResult:
    """A credit with what a derivation shows of its making. All None under a contract without credit."""

    percent: Fraction | None = None
    """Percent of the fee after the cap."""
    uncapped: Fraction | None = None
    shortfall: Fraction | None = None
    """Percentage points below the target, 0 when it is met."""
    steps: int | None = None
    base: Fraction | None = None
    """The period's fee in minor units, exact; None where no fee is known."""
    fee: Fee | None = None
    amount: Money | None = None


def credited(contract: Contract, measure: Measure, fee: Fee | None) -> CreditResult:
    """The credit that a measure earns under the contract."""
    match contract.credit:
        case NoCredit():
            return CreditResult()
        case Steps() as steps:
            return _stepped(steps, contract, measure, fee)
        case _:
            assert_never(contract.credit)


def _stepped(terms: Steps, contract: Contract, measure: Measure, fee: Fee | None) -> CreditResult:
    limit = next(target.limit for target in contract.targets if target.id == terms.target)
    availability = measure.availability
    shortfall = max(Fraction(0), limit - availability * 100) if availability is not None else Fraction(0)
    # Only completed steps count: floor of an exact fraction, so that exactly one step is one (AMB-DAK-7).
    steps = (shortfall / terms.size).__floor__()
    uncapped = steps * terms.percent
    percent = uncapped if terms.cap is None else min(uncapped, terms.cap)
    if fee is None:
        return CreditResult(percent=percent, uncapped=uncapped, shortfall=shortfall, steps=steps)
    base = period_fee(fee, contract.period)
    return CreditResult(
        percent=percent,
        uncapped=uncapped,
        shortfall=shortfall,
        steps=steps,
        base=base,
        fee=fee,
        amount=Money(rounded(base * percent / 100, terms.rounding), fee.amount.currency),
    )


def period_fee(fee: Fee, period: PeriodKind) -> Fraction:
    """The fee's part for one period in exact minor units: whole fees by months, a year's twelfth for a month."""
    if (period, fee.per) in {(PeriodKind.MONTH, FeeBase.MONTH), (PeriodKind.YEAR, FeeBase.YEAR)}:
        return Fraction(fee.amount.minor)
    return monthly(fee) * _PERIOD_MONTHS.get(period, 1)


def next_step_downtime(terms: Steps, contract: Contract, measure: Measure) -> Fraction:
    """How many exact microseconds of further downtime complete the next credit step, 0 once the cap is reached."""
    limit = next(target.limit for target in contract.targets if target.id == terms.target)
    availability = measure.availability
    if availability is None:
        return Fraction(0)
    shortfall = limit - availability * 100
    steps = max(0, (shortfall / terms.size).__floor__())
    if terms.cap is not None and steps * terms.percent >= terms.cap:
        return Fraction(0)
    next_availability = (limit - (steps + 1) * terms.size) / 100
    return (availability - next_availability) * measure.denominator
