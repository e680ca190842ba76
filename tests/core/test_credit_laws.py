"""Laws of credit over random rules, fees and losses: caps hold, nothing is negative, more lost never earns less."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import ALWAYS, contract
from uptime_daemon.core.facts.earlier import EarlierPeriod
from uptime_daemon.core.judging.availability import Measure, exceeds
from uptime_daemon.core.judging.credit import CreditResult, Loss, credited
from uptime_daemon.core.judging.fees import PeriodFee, period_fee
from uptime_daemon.core.judging.history import history_of
from uptime_daemon.core.terms.agreement import Fee, FeeBase
from uptime_daemon.core.terms.contract import Contract
from uptime_daemon.core.terms.credit import (
    Above,
    Beyond,
    BlockCounts,
    BlockLevel,
    Cap,
    CapKind,
    Credit,
    CreditRule,
    Days,
    DurationBands,
    DurationOf,
    ErrorRateTiers,
    Fixed,
    PerBlock,
    Prorata,
    ServiceDay,
    SmallestPayable,
    Steps,
    Tiers,
)
from uptime_daemon.core.terms.fee import FeeTerms
from uptime_daemon.core.terms.money import Money, Rounding, rounded
from uptime_daemon.core.terms.target import OnLimit, Target, TargetKind
from uptime_daemon.core.terms.tier import Bounds, Tier, TierTable
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.core.time.periods import named_period
from uptime_daemon.core.time.spans import Spans

JUNE: Final = named_period("2026-06", contract().zone)
LIMIT: Final = Fraction("99.5")
PERCENTS: Final = st.fractions(0, 100, max_denominator=20)


@st.composite
def tables(draw: st.DrawFn, low: int, high: int, *, falling: bool) -> TierTable:
    """Tiers without a hole between two bounds, worth the more the worse the value."""
    inner = sorted(draw(st.lists(st.integers(low + 1, high - 1), min_size=1, max_size=4, unique=True)))
    edges = [Fraction(each) for each in (low, *inner, high)]
    worths = sorted(draw(st.lists(PERCENTS, min_size=len(edges) - 1, max_size=len(edges) - 1)), reverse=falling)
    ends = [None if edge == edges[-1] else edge for edge in edges[1:]]
    return TierTable(
        tuple(Tier(Bounds(edge, end), worth) for edge, end, worth in zip(edges, ends, worths, strict=False))
    )


TARGETS: Final = ("t",)
RULES: Final[st.SearchStrategy[CreditRule]] = st.one_of(
    st.builds(Steps, st.just(TARGETS), st.sampled_from([Fraction("0.1"), Fraction("0.37"), Fraction(3)]), PERCENTS),
    st.builds(Tiers, st.just(TARGETS), tables(0, 100, falling=True)),
    st.builds(ErrorRateTiers, st.just(TARGETS), tables(0, 100, falling=False)),
    st.builds(
        PerBlock,
        st.just(TARGETS),
        st.sampled_from([10 * MINUTE, 30 * MINUTE, 60 * MINUTE]),
        st.lists(PERCENTS, min_size=1, max_size=3).map(tuple),
        st.sampled_from(BlockCounts),
        st.sampled_from(Beyond),
        st.sampled_from(BlockLevel),
    ),
    st.builds(Prorata, st.just(TARGETS), st.fractions(0, 100, max_denominator=4), st.sampled_from(Beyond)),
    st.builds(DurationBands, st.just(TARGETS), tables(0, 30 * DAY, falling=False), st.sampled_from(DurationOf)),
    st.builds(Days, st.just(TARGETS), tables(0, 100, falling=True), st.sampled_from(ServiceDay)),
    st.builds(Fixed, st.just(TARGETS), PERCENTS),
)
CAPS: Final = st.lists(
    st.builds(
        Cap,
        st.sampled_from([CapKind.PERIOD_FEE, CapKind.ANNUAL_TWELFTH, CapKind.ROLLING_YEAR, CapKind.DAYS]),
        st.fractions(0, 60, max_denominator=7),
        st.just("7"),
    ),
    max_size=3,
).map(tuple)
MINIMUMS: Final = st.none() | st.builds(
    SmallestPayable, st.sampled_from([Fraction(1), Fraction("12.34")]), st.sampled_from(Above), st.just("7")
)
CREDITS: Final = st.builds(
    Credit,
    rule=RULES,
    clause=st.just("7"),
    fee=st.just(FeeTerms("7")),
    caps=CAPS,
    minimum=MINIMUMS,
    rounding=st.sampled_from(Rounding),
)
FEES: Final = st.builds(
    Fee, st.just(0), st.none(), st.builds(Money, st.integers(0, 10**7), st.just("EUR")), st.sampled_from(FeeBase)
)
LOSSES: Final = st.lists(st.integers(0, 3 * DAY // MINUTE), max_size=4)
"""Minutes of outages, each at the start of a week of its own."""


def terms(credit: Credit) -> Contract:
    """A monthly contract in UTC that promises 99.5 %."""
    return contract(targets=(Target("t", TargetKind.AVAILABILITY, LIMIT, "6"),), credit=credit)


def loss(minutes: list[int]) -> Loss:
    """What is lost by outages of so many minutes."""
    start = JUNE.span.start
    counted = Spans.of(
        (start + week * 7 * DAY, start + week * 7 * DAY + each * MINUTE) for week, each in enumerate(minutes)
    )
    lengths = tuple(each * MINUTE for each in minutes)
    return Loss(Measure(counted.total, max(lengths, default=0), JUNE.span.length), counted, lengths)


def earned(credit: Credit, fee: Fee, minutes: list[int]) -> tuple[CreditResult, PeriodFee]:
    """The credit of such a loss, with its fee."""
    agreed = replace(ALWAYS, fees=(fee,))
    over = terms(credit)
    base = period_fee(credit, over, agreed, JUNE, {"service"})
    assert isinstance(base, PeriodFee)
    given = [EarlierPeriod("service", "2026-05", frozenset(), credited=Money(1234, "EUR"))]
    history = history_of(over, JUNE, "service", given, 11)
    return credited(over, loss(minutes), JUNE, base, history), base


@given(CREDITS, FEES, LOSSES)
def test_no_credit_is_negative_or_above_a_cap(credit: Credit, fee: Fee, minutes: list[int]) -> None:
    """Whatever is lost, the amount is nothing or more, and within each of the caps by its own measure."""
    result, base = earned(credit, fee, minutes)
    assert result.amount is not None
    assert result.amount.minor >= 0
    for cap in credit.caps:
        limit = {
            CapKind.PERIOD_FEE: base.amount * cap.limit / 100,
            CapKind.ANNUAL_TWELFTH: base.monthly * cap.limit / 100,
            CapKind.ROLLING_YEAR: max(Fraction(0), (base.year or 0) * cap.limit / 100 - 1234),
        }.get(cap.kind)
        if limit is not None:
            assert result.amount.minor <= limit
        else:
            assert result.percent is not None
            assert result.percent <= cap.limit * 100 / 30


@given(CREDITS, FEES, LOSSES, st.data())
def test_more_lost_never_earns_less(credit: Credit, fee: Fee, minutes: list[int], data: st.DataObject) -> None:
    """Longer outages earn at least as much, under every rule whose tables give no less for worse."""
    longer = [each + data.draw(st.integers(0, DAY // MINUTE)) for each in minutes]
    before, after = earned(credit, fee, minutes)[0].amount, earned(credit, fee, longer)[0].amount
    assert before is not None
    assert after is not None
    assert not after < before


@given(CREDITS, FEES, LOSSES)
def test_nothing_is_due_while_the_target_is_met(credit: Credit, fee: Fee, minutes: list[int]) -> None:
    """A credit follows from a miss alone, whatever the tables say of values beyond the target."""
    result, _ = earned(credit, fee, minutes)
    if not exceeds(terms(credit).targets[0], loss(minutes).measure):
        assert result.percent == 0
        assert result.amount is not None
        assert result.amount.minor == 0


@given(CREDITS, FEES, LOSSES)
def test_money_is_rounded_once(credit: Credit, fee: Fee, minutes: list[int]) -> None:
    """The amount is the exact credit rounded by the contract's rule, or down where that would pass a cap."""
    result, _ = earned(credit, fee, minutes)
    assert result.exact is not None
    assert result.amount is not None
    if result.too_small:
        assert result.amount.minor == 0
    else:
        rule = Rounding.FLOOR if result.floored else credit.rounding
        assert result.amount.minor == rounded(result.exact, rule)
        assert abs(result.amount.minor - result.exact) < 1


@given(st.integers(1, 99_999), st.sampled_from(OnLimit))
def test_both_sides_of_a_limit(thousandths: int, on_limit: OnLimit) -> None:
    """Just above the limit is met, just below is missed, exactly on it is what the target says."""
    limit = Fraction(thousandths, 1000)
    target = Target("t", TargetKind.AVAILABILITY, limit, "6", on_limit=on_limit)
    whole = 100_000 * HOUR
    on = int((1 - limit / 100) * whole)
    assert exceeds(target, Measure(on, 0, whole)) is (on_limit is OnLimit.MISSED)
    assert exceeds(target, Measure(on + 1, 0, whole))
    assert not exceeds(target, Measure(on - 1, 0, whole))


@given(tables(0, 100, falling=True), st.integers(0, 99))
def test_both_sides_of_a_tier(table: TierTable, at: int) -> None:
    """A bound belongs to the tier above it, the least below it to the tier below."""
    value = Fraction(at)
    (tier,) = [each for each in table.tiers if value in each.bounds]
    assert table.worth(value) == tier.worth
    if tier.bounds.low == value and at > 0:
        (below,) = [each for each in table.tiers if each.bounds.high == value]
        assert table.worth(value - Fraction(1, 10**9)) == below.worth
