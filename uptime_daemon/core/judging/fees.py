"""The fee that a credit is a part of: which items of which time, divided exactly, before any rounding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from dateutil.relativedelta import relativedelta

from uptime_daemon.core.terms.agreement import MONTHS, Fee, ItemKind
from uptime_daemon.core.terms.credit import CapKind, Credit
from uptime_daemon.core.terms.fee import Division, FeeOf, FeeTerms
from uptime_daemon.core.time.instants import format_instant, local_date
from uptime_daemon.core.time.periods import PeriodKind, midnight
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.periods import Period

_PERIOD_MONTHS: Final = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.YEAR: 12,
    PeriodKind.ROLLING: 1,
    PeriodKind.EVENT: 1,
}
_WHOLE_MONTHS: Final = frozenset({PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR})
_YEAR_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class FeePart:
    """One line of the sum that is the fee."""

    what: str
    amount: Fraction
    """Exact minor units."""


@dataclass(frozen=True, slots=True)
class PeriodFee:
    """The fee of the period as a credit sees it."""

    amount: Fraction
    """Exact minor units."""
    currency: str
    fee: Fee
    """The recurring fee in force."""
    parts: tuple[FeePart, ...]
    monthly: Fraction
    """The whole recurring fee of a month, divided by months: what caps by the year's twelfth are measured by."""
    year: Fraction | None = None
    """The recurring fees of the twelve months that end with the period, where a cap needs them."""


@dataclass(frozen=True, slots=True)
class NoFee:
    """Why there is no fee to take a part of."""

    reason: str


def period_months(contract: Contract) -> int:
    """How many months of the fee a period of the contract pays for; rolling days and events go by one month."""
    return contract.cycle_months if contract.period is PeriodKind.BILLING_CYCLE else _PERIOD_MONTHS[contract.period]


def calendar_days(span: Span, zone: ZoneInfo) -> int:
    """How many dates of the zone's calendar share an instant with a stretch."""
    return (local_date(span.end - 1, zone) - local_date(span.start, zone)).days + 1


def period_fee(
    credit: Credit, contract: Contract, agreement: Agreement, period: Period, groups: Collection[str]
) -> PeriodFee | NoFee:
    """The fee of a period under the contract's terms; `groups` are those that the statement is about."""
    terms, zone = credit.fee, contract.zone
    span = _preceding(contract, period) if terms.of is FeeOf.PRECEDING else period.span
    covered = Span(*agreement.covered(span))
    fee = agreement.fee_at(covered.start) if covered.start < covered.end else None
    if fee is None:
        return NoFee(f"none in force at {format_instant(covered.start)}")
    lines = list(_recurring(terms, fee, groups))
    if not lines and terms.affected_only and all(item.group is None for item in fee.items):
        return NoFee("its items name no groups, and only the affected group's fee counts")
    parts = [FeePart(what, share) for what, minor in lines if (share := _divided(terms, contract, fee, span, minor))]
    parts += _billed(terms, agreement, span, zone, groups, fee.amount.currency)
    return PeriodFee(
        amount=sum((part.amount for part in parts), start=Fraction(0)),
        currency=fee.amount.currency,
        fee=fee,
        parts=tuple(parts),
        monthly=Fraction(_whole(fee), MONTHS[fee.per]),
        year=_year(agreement, span, zone) if any(cap.kind is CapKind.ROLLING_YEAR for cap in credit.caps) else None,
    )


def _preceding(contract: Contract, period: Period) -> Span:
    if period.kind is None:
        return Span(period.span.start - period.span.length, period.span.start)
    return contract.cycle.before(period).span


def _recurring(terms: FeeTerms, fee: Fee, groups: Collection[str]) -> Iterator[tuple[str, int]]:
    """What of a fee belongs to the base, in minor units of the time that it pays for."""
    if not fee.items and not terms.affected_only:
        yield "", fee.amount.minor
    for item in fee.items:
        is_meant = item.covered or not terms.covered_only
        is_affected = item.group in groups or not terms.affected_only
        is_billed = {ItemKind.RECURRING: True, ItemKind.ONE_TIME: terms.one_time, ItemKind.USAGE: terms.usage}
        if is_meant and is_affected and is_billed[item.kind]:
            yield item.name, item.amount.minor


def _whole(fee: Fee) -> int:
    """The recurring part of a fee in minor units, whatever it covers."""
    if not fee.items:
        return fee.amount.minor
    return sum(item.amount.minor for item in fee.items if item.kind is not ItemKind.ONE_TIME)


def _divided(terms: FeeTerms, contract: Contract, fee: Fee, span: Span, minor: int) -> Fraction:
    """The share of an amount that falls on a period."""
    months = period_months(contract)
    by_months = Fraction(minor * months, MONTHS[fee.per])
    if terms.divided is Division.MONTHS or (months == MONTHS[fee.per] and contract.period in _WHOLE_MONTHS):
        return by_months
    interval = _paid_for(fee, span.start, contract.zone)
    by_days = Fraction(minor * calendar_days(span, contract.zone), calendar_days(interval, contract.zone))
    return by_days if terms.divided is Division.DAYS else min(by_months, by_days)


def _paid_for(fee: Fee, at: Instant, zone: ZoneInfo) -> Span:
    """The stretch that one payment of a fee covers, counted from the fee's first day, and that holds an instant."""
    first, months = local_date(fee.starts, zone), MONTHS[fee.per]
    day = local_date(at, zone)
    index = ((day.year - first.year) * _YEAR_MONTHS + day.month - first.month) // months
    if _after(first, months * index) > day:
        index -= 1
    return Span(midnight(_after(first, months * index), zone), midnight(_after(first, months * (index + 1)), zone))


def _after(day: date, months: int) -> date:
    return day + relativedelta(months=months)


def _billed(
    terms: FeeTerms, agreement: Agreement, span: Span, zone: ZoneInfo, groups: Collection[str], currency: str
) -> Iterator[FeePart]:
    """What was billed for a stretch of its own, by the calendar days that fall on the period."""
    if not terms.usage:
        return
    for bill in agreement.billed:
        shared = Span(max(bill.span.start, span.start), min(bill.span.end, span.end))
        is_meant = (bill.covered or not terms.covered_only) and (bill.group in groups or not terms.affected_only)
        if is_meant and shared.start < shared.end and bill.amount.currency == currency:
            days = Fraction(calendar_days(shared, zone), calendar_days(bill.span, zone))
            yield FeePart(bill.name, bill.amount.minor * days)


def _year(agreement: Agreement, span: Span, zone: ZoneInfo) -> Fraction:
    """The recurring fees of the twelve months that end with a stretch, each month by the fee at its start."""
    end = local_date(span.end - 1, zone) + timedelta(days=1)
    starts = [midnight(_after(end, -months), zone) for months in range(1, _YEAR_MONTHS + 1)]
    fees = [agreement.fee_at(start) for start in starts]
    return sum((Fraction(_whole(fee), MONTHS[fee.per]) for fee in fees if fee is not None), start=Fraction(0))
