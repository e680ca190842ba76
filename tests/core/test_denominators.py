"""What downtime is a share of, and what a period is measured against of which only a part is under agreement."""

from dataclasses import replace
from fractions import Fraction
from typing import Final

import pytest

from tests.core.builders import ALWAYS, contract, down, judge, period, rules
from uptime_daemon.core.facts.records import Decision, Exclusion
from uptime_daemon.core.judging.derivation import derivation
from uptime_daemon.core.terms.downtime import Denominator, DowntimeTerms, PartialPeriod, Unmeasured
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.core.time.spans import Span, Spans

MONTH: Final = period(0, 30 * DAY)
EXCUSED: Final = (
    Exclusion(Span(10 * DAY, 10 * DAY + 3 * HOUR), "planned", Decision.ACCEPTED),
    Exclusion(Span(20 * DAY, 20 * DAY + 2 * HOUR), "customer", Decision.ACCEPTED),
)


@pytest.mark.parametrize(
    ("terms", "minutes", "words"),
    [
        (rules(), 43_200, None),
        (rules(denominator=Denominator.PERIOD_MINUS_EXCLUDED), 43_200 - 300, "service time minus excluded windows"),
        (
            rules(denominator=Denominator.PERIOD_MINUS_CAUSES, denominator_causes=frozenset({"customer"})),
            43_200 - 120,
            "service time minus what is excluded as customer",
        ),
        (rules(denominator=Denominator.DEPLOYED), 43_200, None),
        (rules(denominator=Denominator.FIXED, denominator_fixed=50_000 * MINUTE), 50_000, "fixed by the contract"),
        (rules(unmeasured=Unmeasured.EXCLUDED), 43_200 - 30, "service time minus unmeasured time"),
    ],
)
def test_denominators(terms: DowntimeTerms, minutes: int, words: str | None) -> None:
    """An hour of downtime is held against what the contract says, and the derivation says against what."""
    timeline = down(MONTH.span, (DAY, DAY + HOUR), unknown=Spans.one(2 * DAY, 2 * DAY + 30 * MINUTE))
    statement = judge(timeline, MONTH, contract(downtime=terms), exclusions=EXCUSED)
    judgement = statement.judgement
    assert judgement.denominator == minutes * MINUTE
    assert judgement.measure(judgement.point).availability == Fraction(minutes - 60, minutes)
    shown = {step.step: step.value for step in derivation(statement) if step.step.startswith("denominator")}
    assert shown == ({} if words is None else {f"denominator: {words}": f"{minutes // 60}:{minutes % 60:02d}:00"})


def test_more_downtime_than_a_fixed_denominator_leaves_nothing() -> None:
    """A month of 31 days that is down throughout has no availability below zero."""
    month = period(0, 31 * DAY)
    terms = rules(denominator=Denominator.FIXED, denominator_fixed=43_200 * MINUTE)
    judgement = judge(down(month.span, (0, 31 * DAY)), month, contract(downtime=terms)).judgement
    assert judgement.measure(judgement.point).availability == 0
    assert judgement.point.downtime == 31 * DAY


TOTAL: Final = Target("total", TargetKind.TOTAL_DOWNTIME, Fraction(60), "6")
SINGLE: Final = Target("single", TargetKind.SINGLE_OUTAGE, Fraction(60), "6")


@pytest.mark.parametrize(
    ("partial", "denominator", "limit"),
    [
        (PartialPeriod.REST_UP, 30 * DAY, 60),
        (PartialPeriod.EXISTING_PART, 10 * DAY, 60),
        (PartialPeriod.PRO_RATA, 10 * DAY, 20),
    ],
)
def test_partial_periods(partial: PartialPeriod, denominator: int, limit: int) -> None:
    """Ten of thirty days under agreement: held against the month, against them, or with a third of the budget."""
    agreement = replace(ALWAYS, starts=20 * DAY)
    terms = contract(downtime=rules(partial_period=partial), targets=(TOTAL, SINGLE))
    timeline = down(MONTH.span, (5 * DAY, 6 * DAY), (25 * DAY, 25 * DAY + 21 * MINUTE))
    judgement = judge(timeline, MONTH, terms, agreement=agreement).judgement
    assert judgement.point.downtime == 21 * MINUTE
    assert judgement.denominator == denominator
    total, single = judgement.targets
    assert total.target.limit == limit
    assert total.met is (limit > 20)
    assert single.target.limit == 60  # one outage is as long as it is
    whole = judge(timeline, MONTH, terms).judgement
    assert whole.denominator == 30 * DAY
    assert whole.targets[0].target.limit == 60


@pytest.mark.parametrize("partial", [PartialPeriod.EXISTING_PART, PartialPeriod.PRO_RATA])
def test_a_period_without_the_agreement_has_no_share(partial: PartialPeriod) -> None:
    """Where the agreement was not in force for an instant there is no availability at all."""
    agreement = replace(ALWAYS, starts=40 * DAY)
    terms = contract(downtime=rules(partial_period=partial))
    judgement = judge(down(MONTH.span, (DAY, 2 * DAY)), MONTH, terms, agreement=agreement).judgement
    assert judgement.denominator == 0
    assert judgement.measure(judgement.point).availability is None


def test_excused_time_outside_the_existing_part_is_in_no_denominator() -> None:
    """Only excused time under the agreement leaves the existing part."""
    terms = rules(denominator=Denominator.PERIOD_MINUS_EXCLUDED, partial_period=PartialPeriod.EXISTING_PART)
    agreement = replace(ALWAYS, starts=20 * DAY + HOUR)
    judgement = judge(
        down(MONTH.span), MONTH, contract(downtime=terms), agreement=agreement, exclusions=EXCUSED
    ).judgement
    assert judgement.denominator == 10 * DAY - HOUR - HOUR


@pytest.mark.parametrize(
    ("terms", "passed"),
    [
        (rules(), 15 * DAY),
        (rules(denominator=Denominator.PERIOD_MINUS_EXCLUDED), 15 * DAY - 3 * HOUR),
        (rules(denominator=Denominator.DEPLOYED), 10 * DAY),
        (rules(denominator=Denominator.FIXED, denominator_fixed=20 * DAY), 10 * DAY),
    ],
)
def test_so_far_is_held_against_what_has_passed(terms: DowntimeTerms, passed: int) -> None:
    """Half of the month has passed, and the agreement runs from its fifth day."""
    agreement = replace(ALWAYS, starts=5 * DAY)
    statement = judge(
        down(MONTH.span), MONTH, contract(downtime=terms), agreement=agreement, exclusions=EXCUSED, as_of=15 * DAY
    )
    assert statement.so_far is not None
    assert statement.so_far.denominator == passed
