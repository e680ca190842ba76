"""Exact shares, limits, completed steps, caps and fees: worked examples whose wrong formulas give other figures."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import ALWAYS, contract, down, judge, rules, stretch
from tests.core.builders import stepped as stepped_credit
from uptime_daemon.core.judging.availability import Breach, Measure, budget, exceeds, fraction_text, held_against
from uptime_daemon.core.judging.credit import Loss, credited, next_step_downtime
from uptime_daemon.core.judging.fees import PeriodFee, period_fee
from uptime_daemon.core.judging.judgement import Judgement
from uptime_daemon.core.terms.agreement import Fee, FeeBase
from uptime_daemon.core.terms.contract import Contract
from uptime_daemon.core.terms.credit import Credit, NoCredit
from uptime_daemon.core.terms.downtime import Granularity, GranularityLevel
from uptime_daemon.core.terms.exclusion import Cause, ExclusionTerms, MaintenanceWindow
from uptime_daemon.core.terms.money import Money, Rounding, ratio_text
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.core.time.periods import PeriodKind, named_period
from uptime_daemon.core.time.spans import Spans
from uptime_daemon.core.time.windows import WeeklyWindow

PRAGUE: Final = ZoneInfo("Europe/Prague")
ROUNDED: Final = Granularity(MINUTE, Rounding.HALF_UP, GranularityLevel.SUM, "2.2")


def stepped(
    target: str, percent: str, *, cap: str | None = "100", rounding: Rounding = Rounding.HALF_UP, **changes: Any
) -> Contract:
    """A monthly contract in Prague: so many percent of the fee for each completed tenth of a point below a target."""
    return contract(
        zone=PRAGUE,
        targets=(Target("availability", TargetKind.AVAILABILITY, Fraction(target), "2.1"),),
        credit=stepped_credit("availability", "0.1", percent, cap, clauses=("2.3", "2.4"), rounding=rounding),
        **{"downtime": rules(granularity=ROUNDED), **changes},
    )


def month(name: str, seconds: int, terms: Contract, fee: int | None = 98_000) -> Judgement:
    """The judgement of a month that was down so many seconds from its start on."""
    period = named_period(name, PRAGUE)
    fees = () if fee is None else (Fee(period.span.start, None, Money(fee, "EUR"), FeeBase.MONTH),)
    timeline = down(period.span, (period.span.start, period.span.start + seconds * SECOND))
    return judge(timeline, period, terms, agreement=replace(ALWAYS, fees=fees)).judgement


@pytest.mark.parametrize(
    ("name", "minutes", "availability", "fraction", "shortfall", "steps", "percent", "amount"),
    [
        # 67 minutes are under a step in October, which has 745 hours, and one step in June with 720
        ("2025-10", 67, "99.8501118568", "44633/44700", "0.0998881432", 0, "0", "0.00"),
        ("2026-06", 67, "99.8449074074", "43133/43200", "0.1050925926", 1, "4", "39.20"),
        ("2026-03", 67, "99.8497083894", "44513/44580", "0.1002916106", 1, "4", "39.20"),  # 743 hours
        ("2026-07", 67, "99.8499103943", "44573/44640", "0.1000896057", 1, "4", "39.20"),
    ],
)
def test_real_hours_decide_a_step(
    name: str, minutes: int, availability: str, fraction: str, shortfall: str, steps: int, percent: str, amount: str
) -> None:
    """The denominator is what really passed in the month: an hour more or less turns a credit."""
    judgement = month(name, minutes * 60, stepped("99.95", "4"))
    measure = judgement.measure(judgement.point)
    assert measure.availability is not None
    assert ratio_text(measure.availability * 100) == availability
    assert fraction_text(measure, MINUTE) == fraction
    assert judgement.credit.shortfall is not None
    assert ratio_text(judgement.credit.shortfall) == shortfall
    assert (judgement.credit.steps, judgement.credit.percent) == (steps, Fraction(percent))
    assert str(judgement.credit.amount) == amount


@pytest.mark.parametrize(
    ("target", "seconds", "granularity", "availability", "steps"),
    [
        ("99.5", 20_736, None, "99.2", 3),  # in binary floating point (99.5 - 99.2) / 0.1 is 2.99...
        ("99.5", 20_736, ROUNDED, "99.1990740741", 3),
        ("99.5", 20_735, None, "99.2000385802", 2),
        ("99.5", 432 * 60, ROUNDED, "99", 5),
        ("99.5", 216 * 60, ROUNDED, "99.5", 0),  # exactly on target is met
        ("99.9", 2_592 + 2_592, None, "99.8", 1),  # exactly one step is one
        ("99.9", 2_592 + 2_591, None, "99.8000385802", 0),
    ],
)
def test_only_completed_steps_count(
    target: str, seconds: int, granularity: Granularity | None, availability: str, steps: int
) -> None:
    """Exactly a step below is a completed step, a second less is not: exact fractions, never floats."""
    judgement = month("2026-06", seconds, stepped(target, "1", downtime=rules(granularity=granularity)))
    measure = judgement.measure(judgement.point)
    assert measure.availability is not None
    assert ratio_text(measure.availability * 100) == availability
    assert judgement.credit.steps == steps
    assert judgement.credit.percent == steps
    met = availability == "99.5"
    assert [result.met for result in judgement.targets] == [met]


@pytest.mark.parametrize(
    ("cap", "percent", "amount"),
    [("100", "100", "980.00"), ("30", "30", "294.00"), (None, "396", "3880.80")],
)
def test_a_cap_limits_the_percent(cap: str | None, percent: str, amount: str) -> None:
    """90 % availability under 99.95 % is 99 steps of 4 %: 396 %, of which the cap leaves its share."""
    judgement = month("2026-06", 4_320 * 60, stepped("99.95", "4", cap=cap))
    assert judgement.credit.steps == 99
    assert judgement.credit.uncapped == 396
    assert judgement.credit.percent == Fraction(percent)
    assert str(judgement.credit.amount) == amount


@pytest.mark.parametrize(
    ("rounding", "amount"),
    [
        (Rounding.HALF_UP, "75.05"),
        (Rounding.HALF_EVEN, "75.04"),
        (Rounding.FLOOR, "75.04"),
        (Rounding.CEILING, "75.05"),
    ],
)
def test_windows_minutes_and_steps_together(rounding: Rounding, amount: str) -> None:
    """12,871 counted seconds are 215 minutes, 99.5023148148 %, three steps, 6 % of 1250.75 or 75.045, rounded once."""
    nights = WeeklyWindow(PRAGUE, frozenset({1, 2, 3, 4}), 21 * HOUR, 25 * HOUR, frozenset())
    excluded = ExclusionTerms(
        causes=(Cause("planned", "Planned", "7.2"),), windows=(MaintenanceWindow("planned", "7.2", nights, None),)
    )
    june = named_period("2026-06", PRAGUE)
    timeline = down(
        june.span,
        stretch("2026-06-08T10:00:00+02:00", "2026-06-08T12:14:31+02:00"),
        stretch("2026-06-11T20:20:00+02:00", "2026-06-11T23:00:00+02:00"),
        stretch("2026-06-12T00:30:00+02:00", "2026-06-12T01:40:00+02:00"),
    )
    fees = (Fee(june.span.start, None, Money(125_075, "EUR"), FeeBase.MONTH),)
    terms = stepped("99.9", "2", rounding=rounding, exclusions=excluded)
    judgement = judge(timeline, june, terms, agreement=replace(ALWAYS, fees=fees)).judgement
    assert judgement.labels.counted.total == 12_871 * SECOND
    assert judgement.point.downtime == 215 * MINUTE
    assert judgement.rounding == 29 * SECOND
    measure = judgement.measure(judgement.point)
    assert measure.availability is not None
    assert ratio_text(measure.availability * 100) == "99.5023148148"
    assert judgement.credit.shortfall is not None
    assert ratio_text(judgement.credit.shortfall) == "0.3976851852"
    assert (judgement.credit.steps, judgement.credit.percent) == (3, Fraction(6))
    assert str(judgement.credit.amount) == amount
    without_windows = judge(timeline, june, stepped("99.9", "2"), agreement=replace(ALWAYS, fees=fees)).judgement
    assert without_windows.point.downtime == 365 * MINUTE
    assert without_windows.credit.steps == 7


@pytest.mark.parametrize(
    ("minor", "per", "period", "base"),
    [
        (98_000, FeeBase.MONTH, PeriodKind.MONTH, Fraction(98_000)),
        (98_000, FeeBase.MONTH, PeriodKind.QUARTER, Fraction(294_000)),
        (98_000, FeeBase.MONTH, PeriodKind.YEAR, Fraction(1_176_000)),
        (100_000, FeeBase.YEAR, PeriodKind.MONTH, Fraction(100_000, 12)),  # a twelfth, whatever the month's length
        (100_000, FeeBase.YEAR, PeriodKind.QUARTER, Fraction(25_000)),
        (100_000, FeeBase.YEAR, PeriodKind.YEAR, Fraction(100_000)),
        (100_000, FeeBase.QUARTER, PeriodKind.MONTH, Fraction(100_000, 3)),
        (100_000, FeeBase.QUARTER, PeriodKind.QUARTER, Fraction(100_000)),
    ],
)
def test_fees_by_months(minor: int, per: FeeBase, period: PeriodKind, base: Fraction) -> None:
    """A fee is divided by months and never by days, exactly, before any rounding."""
    fee = Fee(0, None, Money(minor, "EUR"), per)
    terms = replace(stepped("99.9", "2"), period=period)
    over = named_period({"month": "2026-06", "quarter": "2026-Q2", "year": "2026"}[period], PRAGUE)
    assert isinstance(terms.credit, Credit)
    found = period_fee(terms.credit, terms, replace(ALWAYS, fees=(fee,)), over, {"service"})
    assert isinstance(found, PeriodFee)
    assert (found.amount, found.monthly) == (base, base / {"month": 1, "quarter": 3, "year": 12}[period])


def test_a_twelfth_is_rounded_with_the_credit_only() -> None:
    """99.99 % of a twelfth of 1000.00 is 83.325, so 83.33; of a twelfth rounded to 83.33 it would be 83.32."""
    june = named_period("2026-06", PRAGUE)
    fee = Fee(june.span.start, None, Money(100_000, "EUR"), FeeBase.YEAR)
    timeline = down(june.span, (june.span.start, june.span.start + 67 * MINUTE))
    judgement = judge(timeline, june, stepped("99.95", "99.99"), agreement=replace(ALWAYS, fees=(fee,))).judgement
    assert judgement.credit.base == Fraction(100_000, 12)
    assert str(judgement.credit.amount) == "83.33"


def test_currencies_have_their_own_digits() -> None:
    """A credit in yen is whole yen, one in dinars of Kuwait has three digits."""
    june = named_period("2026-06", PRAGUE)
    timeline = down(june.span, (june.span.start, june.span.start + 67 * MINUTE))
    for currency, shown in (("JPY", "3920"), ("KWD", "3.920"), ("EUR", "39.20")):
        fees = (Fee(june.span.start, None, Money(98_000, currency), FeeBase.MONTH),)
        terms = stepped("99.95", "4")
        assert str(judge(timeline, june, terms, agreement=replace(ALWAYS, fees=fees)).judgement.credit.amount) == shown


def test_without_a_fee_there_is_a_percent_and_no_amount() -> None:
    """What a breach is worth in percent is known without a fee."""
    credit = month("2026-06", 67 * 60, stepped("99.95", "4"), fee=None).credit
    assert credit.percent == 4
    assert (credit.amount, credit.base, credit.fee) == (None, None, None)


def test_no_credit_is_no_figure() -> None:
    """A contract without credit has neither percent nor amount."""
    credit = month("2026-06", 67 * 60, replace(stepped("99.95", "4"), credit=NoCredit("9"))).credit
    assert (credit.percent, credit.steps, credit.amount) == (None, None, None)


def test_what_the_shortest_outages_prove() -> None:
    """The claimed amount rests on the shortest brackets, the shown one on the first fails and first passes."""
    june = named_period("2026-06", PRAGUE)
    timeline = down(june.span, (june.span.start, june.span.start + 67 * MINUTE))
    narrow = replace(timeline, shortest=Spans.one(june.span.start, june.span.start + 64 * MINUTE))
    fees = (Fee(june.span.start, None, Money(98_000, "EUR"), FeeBase.MONTH),)
    judgement = judge(narrow, june, stepped("99.95", "4"), agreement=replace(ALWAYS, fees=fees)).judgement
    assert (str(judgement.credit.amount), str(judgement.credit_proven.amount)) == ("39.20", "0.00")
    assert judgement.targets[0].breach is Breach.PROVEN  # 64 minutes already miss 99.95 %


def measure(downtime: int, longest: int = 0, denominator: int = 43_200) -> Measure:
    """A measure in minutes."""
    return Measure(downtime * MINUTE, longest * MINUTE, denominator * MINUTE)


@pytest.mark.parametrize(
    ("kind", "limit", "downtime", "longest", "missed"),
    [
        (TargetKind.AVAILABILITY, "99.9", 43, 0, False),
        (TargetKind.AVAILABILITY, "99.9", 44, 0, True),  # 0.1 % of 43,200 minutes are 43.2
        (TargetKind.AVAILABILITY, "99.5", 216, 0, False),  # exactly on the limit is met
        (TargetKind.AVAILABILITY, "99.5", 217, 0, True),
        (TargetKind.TOTAL_DOWNTIME, "480", 480, 480, False),
        (TargetKind.TOTAL_DOWNTIME, "480", 481, 0, True),
        (TargetKind.SINGLE_OUTAGE, "30", 500, 30, False),
        (TargetKind.SINGLE_OUTAGE, "30", 31, 31, True),
    ],
)
def test_limits(kind: TargetKind, limit: str, downtime: int, longest: int, missed: bool) -> None:
    """Each kind of target is missed beyond its limit and met on it."""
    assert exceeds(Target("t", kind, Fraction(limit), "6"), measure(downtime, longest)) is missed


def test_eight_hours_are_no_tenth_of_a_percent_of_a_year() -> None:
    """490 minutes of a year miss a limit of 480 and meet one of 99.9 %, which allows 525.6."""
    year = measure(490, 460, 525_600)
    total = Target("total", TargetKind.TOTAL_DOWNTIME, Fraction(480), "1")
    share = Target("share", TargetKind.AVAILABILITY, Fraction("99.9"), "1")
    assert (exceeds(total, year), exceeds(share, year)) == (True, False)
    assert year.availability is not None
    assert ratio_text(year.availability * 100) == "99.9067732116"
    assert budget(share, year.denominator) == Fraction("525.6") * MINUTE
    assert budget(total, year.denominator) == 480 * MINUTE
    assert (total.unit, share.unit) == ("minutes", "percent")


@pytest.mark.parametrize(
    ("shortest", "point", "longest", "covered", "met", "breach"),
    [
        (44, 44, 44, True, False, Breach.PROVEN),
        (43, 44, 45, True, False, Breach.POSSIBLE),
        (42, 43, 44, True, True, Breach.POSSIBLE),
        (41, 42, 43, True, True, Breach.NOT_SHOWN),
        (41, 42, 43, False, None, Breach.NOT_SHOWN),
        (42, 43, 44, False, None, Breach.POSSIBLE),
        (44, 44, 44, False, False, Breach.PROVEN),
    ],
)
def test_how_surely_a_target_is_missed(
    shortest: int, point: int, longest: int, covered: bool, met: bool | None, breach: Breach
) -> None:
    """Met follows from the point figure and from enough measured time, the breach from the brackets around it."""
    target = Target("t", TargetKind.AVAILABILITY, Fraction("99.9"), "6")
    result = held_against(
        target, shortest=measure(shortest), point=measure(point), longest=measure(longest), covered=covered
    )
    assert (result.met, result.breach, result.exceeded) == (met, breach, point >= 44)


def test_an_empty_denominator_has_no_availability() -> None:
    """Without service time nothing is met and no availability is missed."""
    target = Target("t", TargetKind.AVAILABILITY, Fraction("99.9"), "6")
    nothing = measure(0, 0, 0)
    result = held_against(target, shortest=nothing, point=nothing, longest=nothing, covered=True)
    assert (nothing.availability, result.met, result.breach) == (None, None, Breach.NOT_SHOWN)


@pytest.mark.parametrize(
    ("downtime", "denominator", "unit", "text"),
    [
        (90 * MINUTE, 43_200 * MINUTE, MINUTE, "43110/43200"),
        (90 * MINUTE, 43_200 * MINUTE, None, "2586600/2592000"),
        (90 * SECOND, 43_200 * MINUTE, MINUTE, "2591910/2592000"),  # no whole minutes
        (1_500_000, 43_200 * MINUTE, MINUTE, "2591998500000/2592000000000"),
        (0, 43_200 * MINUTE, None, "2592000/2592000"),
    ],
)
def test_the_fraction_is_not_reduced(downtime: int, denominator: int, unit: int | None, text: str) -> None:
    """Availability as a fraction stands over the denominator in the contract's unit, or finer where that is needed."""
    assert fraction_text(Measure(downtime, 0, denominator), unit) == text


@pytest.mark.parametrize(
    ("downtime", "more"),
    [
        # steps of 0.1 points are 43.2 minutes of June; below 99.9 % the first is complete at 86.4 minutes
        ("0", "86.4"),
        ("43.2", "43.2"),
        ("86.3", "0.1"),
        ("86.4", "43.2"),  # the first step is complete, the next one 43.2 minutes away
        ("100", "29.6"),
        ("4320", "0"),  # at the cap
    ],
)
def test_how_far_the_next_step_is(downtime: str, more: str) -> None:
    """How much more downtime completes the next step, nothing once the cap is reached."""
    terms = stepped("99.9", "2", cap="60")
    now = Measure(int(Fraction(downtime) * MINUTE), 0, 43_200 * MINUTE)
    assert next_step_downtime(terms, now) == Fraction(more) * MINUTE
    assert next_step_downtime(terms, Measure(0, 0, 0)) == 0


@given(
    st.integers(0, 43_200 * 60),
    st.sampled_from(["99.9", "99.95", "99.5", "50"]),
    st.sampled_from(["0.1", "0.03", "1"]),
    st.sampled_from(["1", "2.5"]),
    st.sampled_from([None, "10", "100"]),
)
def test_more_downtime_never_earns_less(seconds: int, target: str, size: str, percent: str, cap: str | None) -> None:
    """Credit grows with downtime by whole steps, the distance to the next step is exact, and the cap holds."""
    steps = stepped_credit("t", size, percent, cap)
    terms = contract(targets=(Target("t", TargetKind.AVAILABILITY, Fraction(target), "6"),), credit=steps)
    june = named_period("2026-06", PRAGUE)
    whole = 43_200 * 60
    now, later = (Measure(each * SECOND, 0, whole * SECOND) for each in (seconds, min(seconds + 60, whole)))
    first, second = (credited(terms, Loss(each), june, None) for each in (now, later))
    assert first.percent is not None
    assert second.percent is not None
    assert 0 <= first.percent <= second.percent
    assert cap is None or second.percent <= Fraction(cap)
    assert first.steps is not None
    more = next_step_downtime(terms, now)
    assert more is not None
    if more > 0:
        exact = Fraction(now.downtime) + more
        shortfall = Fraction(target) - (1 - exact / now.denominator) * 100
        assert shortfall / Fraction(size) == first.steps + 1
