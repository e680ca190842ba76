"""Deadlines of claims: each anchor and unit, over clock changes; the earlier instant where a text leaves two."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from tests.core.builders import ALWAYS, contract, down, judge, office, rules, stepped
from uptime_daemon.core.claims.stages import DueStage, stages_of
from uptime_daemon.core.terms.agreement import Fee, FeeBase
from uptime_daemon.core.terms.claim import Channel, ClaimTerms, Deadline, DeadlineAnchor, Stage
from uptime_daemon.core.terms.downtime import PartialPeriod
from uptime_daemon.core.terms.lapse import Lapse, LapseUnit
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.terms.target import OnLimit, Target, TargetKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, format_instant, parse_instant
from uptime_daemon.core.time.periods import Cycle, Period, PeriodKind, named_period
from uptime_daemon.core.time.spans import Span

BELGRADE: Final = ZoneInfo("Europe/Belgrade")
WORKING: Final = office(BELGRADE, frozenset({1, 2, 3, 4, 5}), 9 * HOUR, 17 * HOUR, frozenset())


def due(
    deadline: Deadline | None,
    over: Period,
    zone: ZoneInfo = BELGRADE,
    *outages: str,
    minutes: int = 60,
    not_before: Deadline | None = None,
    fee: tuple[str, FeeBase] | None = None,
    targets: tuple[Target, ...] = (Target("availability", TargetKind.AVAILABILITY, Fraction("99.9"), "6"),),
    starts_in: int = 1,
    **terms_of_period: Any,
) -> DueStage:
    """The only stage of a claim after outages of so many minutes that start at these instants."""
    window = Span(over.span.start - 40 * DAY, over.span.end + 40 * DAY)
    spans = [(parse_instant(text), parse_instant(text) + minutes * MINUTE) for text in outages]
    stage = Stage("final", "8", deadline, not_before)
    fees = () if fee is None else (Fee(parse_instant(fee[0]), None, Money(100_00, "EUR"), fee[1]),)
    terms = contract(
        zone=zone,
        targets=targets,
        start_month=starts_in,
        **terms_of_period,
        claim=ClaimTerms(Channel.MAIL, "8", "Credit", ("en",), (stage,), ()),
        **({"credit": stepped("availability", "0.1", "4")} if fees else {}),
    )
    (found,) = stages_of(judge(down(window, *spans), over, terms, agreement=replace(ALWAYS, fees=fees)))
    return found


def later(
    anchor: DeadlineAnchor, amount: int = 0, unit: LapseUnit = LapseUnit.DAYS, *, before: bool = False
) -> Deadline:
    """A deadline so long after an anchor, in Belgrade."""
    return Deadline(
        anchor, Lapse(amount, unit, BELGRADE, WORKING if unit is LapseUnit.BUSINESS_DAYS else None), is_before=before
    )


@pytest.mark.parametrize(
    ("name", "zone", "days", "deadline"),
    [
        ("2026-06", "Europe/Belgrade", 0, "2026-06-30T22:00:00Z"),
        ("2026-06", "Europe/Belgrade", 7, "2026-07-07T22:00:00Z"),
        ("2026-02", "Europe/Belgrade", 7, "2026-03-07T23:00:00Z"),
        ("2026-02", "Europe/Belgrade", 30, "2026-03-30T22:00:00Z"),  # over the clock change: midnight stays midnight
        ("2026-09", "Europe/Belgrade", 25, "2026-10-25T23:00:00Z"),  # behind the day of 25 hours
        ("2026-09", "Europe/Belgrade", 24, "2026-10-24T22:00:00Z"),
        ("2026-03", "America/New_York", 7, "2026-04-08T04:00:00Z"),
        ("2026-Q1", "Asia/Kolkata", 7, "2026-04-07T18:30:00Z"),
        ("2026", "Australia/Lord_Howe", 100, "2027-04-10T13:30:00Z"),  # 1 January plus 100 days, after the half hour
    ],
)
def test_days_end_at_local_midnight(name: str, zone: str, days: int, deadline: str) -> None:
    """Calendar days after the period's end, at the zone's midnight, whatever its clocks do in between."""
    there = ZoneInfo(zone)
    end = Deadline(DeadlineAnchor.PERIOD_END, Lapse(days, LapseUnit.DAYS, there))
    found = due(end, named_period(name, there), there)
    assert found.deadline is not None
    assert format_instant(found.deadline) == deadline


def test_a_stage_may_have_no_deadline() -> None:
    """A stage without an anchor has none, and one without an opening may come at any time."""
    found = due(None, named_period("2026-06", BELGRADE))
    assert (found.deadline, found.opens) == (None, None)


def test_a_period_given_by_its_ends_keeps_its_time_of_day() -> None:
    """Days after an end at noon are due at noon, also when the clock has changed."""
    span = Span(parse_instant("2026-03-01T12:00:00+01:00"), parse_instant("2026-03-26T12:00:00+01:00"))
    found = due(later(DeadlineAnchor.PERIOD_END, 7), Period(None, "from-to", span))
    assert found.deadline == parse_instant("2026-04-02T12:00:00+02:00")


@pytest.mark.parametrize(
    ("anchor", "cycles", "deadline"),
    [
        # three outages of 60 min, the first on Friday 15 May; of 2,184 h at 99.9 % 131.04 min are allowed
        (DeadlineAnchor.INCIDENT, 0, "2026-05-15T10:00:00+02:00"),
        (DeadlineAnchor.AWARENESS, 0, "2026-05-15T10:00:00+02:00"),
        (DeadlineAnchor.BECAME_ELIGIBLE, 0, "2026-06-11T09:00:00+02:00"),  # with the third outage: 180 min
        (DeadlineAnchor.MONTH_END, 0, "2026-06-01T00:00:00+02:00"),
        (DeadlineAnchor.NEXT_MONTH_END, 0, "2026-07-01T00:00:00+02:00"),
        (DeadlineAnchor.QUARTER_END, 0, "2026-07-01T00:00:00+02:00"),
        (DeadlineAnchor.PERIOD_END, 0, "2026-07-01T00:00:00+02:00"),
        # cycles start on the 20th: the outage lies in the one until 20 May, the second after it ends on 20 July
        (DeadlineAnchor.BILLING_CYCLE_END, 2, "2026-07-20T00:00:00+02:00"),
        (DeadlineAnchor.BILLING_CYCLE_END, 0, "2026-05-20T00:00:00+02:00"),
    ],
)
def test_anchors(anchor: DeadlineAnchor, cycles: int, deadline: str) -> None:
    """Each anchor is counted from what its name says, by the zone's calendar."""
    found = due(
        Deadline(anchor, cycles=cycles),
        named_period("2026-Q2", BELGRADE),
        BELGRADE,
        "2026-05-15T10:00:00+02:00",
        "2026-06-10T09:00:00+02:00",
        "2026-06-11T09:00:00+02:00",
        fee=("2026-01-20T00:00:00+01:00", FeeBase.MONTH),
    )
    assert found.deadline == parse_instant(deadline)


@pytest.mark.parametrize(
    ("amount", "unit", "deadline"),
    [
        (24, LapseUnit.HOURS, "2026-03-29T11:00:00+02:00"),  # elapsed: the night has 23 hours on the clock
        (1, LapseUnit.DAYS, "2026-03-29T10:00:00+02:00"),
        (3, LapseUnit.BUSINESS_DAYS, "2026-04-01T10:00:00+02:00"),  # Monday, Tuesday, Wednesday
        (1, LapseUnit.MONTHS, "2026-04-28T10:00:00+02:00"),
        (11, LapseUnit.MONTHS, "2027-02-28T10:00:00+01:00"),
    ],
)
def test_units(amount: int, unit: LapseUnit, deadline: str) -> None:
    """Hours are elapsed; days, business days and months keep the time on the clocks (outage: Saturday, 10:00)."""
    found = due(
        later(DeadlineAnchor.INCIDENT, amount, unit),
        named_period("2026-03", BELGRADE),
        BELGRADE,
        "2026-03-28T10:00:00+01:00",
    )
    assert found.deadline == parse_instant(deadline)


def test_a_month_that_lacks_the_day_ends_earlier() -> None:
    """A month after 31 January is 28 February: the earlier instant, for the duty is ours."""
    found = due(
        later(DeadlineAnchor.INCIDENT, 1, LapseUnit.MONTHS),
        named_period("2026-01", BELGRADE),
        BELGRADE,
        "2026-01-31T08:00:00+01:00",
    )
    assert found.deadline == parse_instant("2026-02-28T08:00:00+01:00")


def test_not_before() -> None:
    """A claim that is taken only in the last seven days of the month opens seven dates before its end."""
    opening = later(DeadlineAnchor.PERIOD_END, 7, before=True)
    found = due(Deadline(DeadlineAnchor.PERIOD_END), named_period("2026-03", BELGRADE), not_before=opening)
    assert found.opens == parse_instant("2026-03-25T00:00:00+01:00")  # before the clock change, on local midnight
    assert found.deadline == parse_instant("2026-04-01T00:00:00+02:00")


def test_cycles_without_a_fee_are_calendar_months() -> None:
    """Where no fee is known nobody knows when invoices start: calendar months are taken."""
    found = due(
        Deadline(DeadlineAnchor.BILLING_CYCLE_END, cycles=2),
        named_period("2026-05", BELGRADE),
        BELGRADE,
        "2026-05-15T10:00:00+02:00",
    )
    assert found.deadline == parse_instant("2026-08-01T00:00:00+02:00")


def test_cycles_of_a_contract_that_is_judged_by_them() -> None:
    """Where billing cycles are the periods, they are the cycles of the deadline as well, whatever the fee says."""
    found = due(
        Deadline(DeadlineAnchor.BILLING_CYCLE_END, cycles=2),
        Cycle(PeriodKind.BILLING_CYCLE, BELGRADE, day=31).at(parse_instant("2026-02-15T10:00:00+01:00")),
        BELGRADE,
        "2026-02-15T10:00:00+01:00",
        fee=("2026-01-20T00:00:00+01:00", FeeBase.MONTH),
        period=PeriodKind.BILLING_CYCLE,
        cycle_day=31,
    )  # from 31 January to 28 February, then to 31 March, then to 30 April
    assert found.deadline == parse_instant("2026-04-30T00:00:00+02:00")


def test_an_outage_over_the_start_of_the_period() -> None:
    """An outage that started in the month before is an incident of its start: the earlier deadline is kept."""
    found = due(
        later(DeadlineAnchor.INCIDENT, 7),
        named_period("2026-06", BELGRADE),
        BELGRADE,
        "2026-05-31T23:30:00+02:00",
    )
    assert found.deadline == parse_instant("2026-06-07T23:30:00+02:00")


def test_eligible_with_the_outage_that_is_too_long() -> None:
    """A limit on a single outage makes eligible with the first that exceeds it; a waived target makes nothing so."""
    single = Target("single", TargetKind.SINGLE_OUTAGE, Fraction(59), "6")
    waived = Target("total", TargetKind.TOTAL_DOWNTIME, Fraction(1), "6", claimable=False)
    starts = ("2026-06-03T08:00:00+02:00", "2026-06-05T08:00:00+02:00")
    for targets in ((single,), (waived, single)):
        found = due(
            Deadline(DeadlineAnchor.BECAME_ELIGIBLE),
            named_period("2026-06", BELGRADE),
            BELGRADE,
            *starts,
            targets=targets,
        )
        assert found.deadline == parse_instant(starts[0])


@pytest.mark.parametrize(
    ("on_limit", "eligible"),
    [(OnLimit.MISSED, "2026-06-04T08:00:00+02:00"), (OnLimit.MET, "2026-06-05T08:00:00+02:00")],
)
def test_eligible_on_the_limit(on_limit: OnLimit, eligible: str) -> None:
    """With the second of three hours two hours are reached: that misses the target only where the text says so."""
    found = due(
        Deadline(DeadlineAnchor.BECAME_ELIGIBLE),
        named_period("2026-06", BELGRADE),
        BELGRADE,
        *(f"2026-06-0{day}T08:00:00+02:00" for day in (3, 4, 5)),
        targets=(Target("total", TargetKind.TOTAL_DOWNTIME, Fraction(120), "6", on_limit=on_limit),),
    )
    assert found.deadline == parse_instant(eligible)


def test_eligible_under_a_limit_that_shrinks() -> None:
    """Where a partial period allows less than is written, the first outage stands for the one that missed."""
    found = due(
        Deadline(DeadlineAnchor.BECAME_ELIGIBLE),
        named_period("2026-06", BELGRADE),
        BELGRADE,
        *(f"2026-06-0{day}T08:00:00+02:00" for day in (3, 4, 5)),
        targets=(Target("total", TargetKind.TOTAL_DOWNTIME, Fraction(120), "6"),),
        downtime=rules(partial_period=PartialPeriod.PRO_RATA),
    )
    assert found.deadline == parse_instant("2026-06-03T08:00:00+02:00")


def test_quarters_of_a_year_that_starts_in_february() -> None:
    """The quarter's end follows the contract's own first month."""
    found = due(
        Deadline(DeadlineAnchor.QUARTER_END),
        named_period("2026-05", BELGRADE),
        BELGRADE,
        "2026-05-15T10:00:00+02:00",
        starts_in=2,
    )
    assert found.deadline == parse_instant("2026-08-01T00:00:00+02:00")
