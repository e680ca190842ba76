"""A claim's life against a table written down again, its deadlines over clock changes, and whether there is a claim."""

from dataclasses import replace
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import ALWAYS, contract, down, judge, period
from uptime_daemon.core.claims.claim import (
    ClaimEvent,
    ClaimId,
    ClaimOrderError,
    ClaimState,
    followed,
    state_after,
)
from uptime_daemon.core.claims.stages import due_stages, is_owed
from uptime_daemon.core.facts.records import Answer, Condition
from uptime_daemon.core.terms.agreement import Fee, FeeBase
from uptime_daemon.core.terms.claim import Channel, ClaimTerms, DeadlineAnchor, Stage
from uptime_daemon.core.terms.condition import ConditionTerms
from uptime_daemon.core.terms.contract import Contract
from uptime_daemon.core.terms.credit import Steps
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, format_instant, parse_instant
from uptime_daemon.core.time.periods import Period, PeriodKind, named_period
from uptime_daemon.core.time.spans import Span

# What each state may become. Rows in the order of a claim's life; whatever is not named is refused.
MAY_BECOME: Final = {
    "new": "eligible",
    "eligible": "drafted approved expired waived superseded",
    "drafted": "drafted approved expired waived superseded",
    "approved": "drafted sent expired waived superseded",
    "sent": "acknowledged credited rejected disputed withdrawn superseded",
    "acknowledged": "credited rejected disputed withdrawn superseded",
    "rejected": "credited disputed settled withdrawn superseded",
    "disputed": "credited rejected settled withdrawn superseded",
    "credited": "settled",
    "expired": "approved waived superseded",
    "settled": "",
    "waived": "",
    "withdrawn": "",
    "superseded": "",
}
PAIRS: Final = [(state, event.value) for state in MAY_BECOME for event in ClaimState]


def test_the_table_has_every_state() -> None:
    """Each state has its row, and there is one for a claim that does not exist yet."""
    assert set(MAY_BECOME) == {"new", *ClaimState}


@pytest.mark.parametrize(("state", "event"), PAIRS, ids=[f"{state} to {event}" for state, event in PAIRS])
def test_every_pair_of_states(state: str, event: str) -> None:
    """An event follows exactly where the table allows it, else it is refused and says what it follows."""
    before = None if state == "new" else ClaimState(state)
    if event in MAY_BECOME[state].split():
        assert followed(before, ClaimState(event)) is ClaimState(event)
        return
    with pytest.raises(ClaimOrderError, match=f"a claim that is {state} cannot become {event}; that follows"):
        followed(before, ClaimState(event))


@given(st.lists(st.sampled_from(ClaimState), max_size=8))
def test_events_fold_to_a_state(states: list[ClaimState]) -> None:
    """The state after events is that of the last one, if each may follow the one before it."""
    events = [ClaimEvent(state, at, "ana") for at, state in enumerate(states)]
    before = ["new", *(state.value for state in states)]
    if all(state.value in MAY_BECOME[last].split() for last, state in zip(before, states, strict=False)):
        assert state_after(events) == (states[-1] if states else None)
    else:
        with pytest.raises(ClaimOrderError):
            state_after(events)


def test_a_claim_has_a_number() -> None:
    """The number of a claim names agreement, period, group and stage."""
    assert str(ClaimId("acme-daktela", "2026-06", "service", "final")) == "acme-daktela.2026-06.service.final"


BELGRADE: Final = ZoneInfo("Europe/Belgrade")


def staged(zone: ZoneInfo, *days: int | None) -> Contract:
    """A contract whose claim has stages due so many days after the period, or without a deadline."""
    stages = tuple(
        Stage(f"s{number}", "8", None if each is None else DeadlineAnchor.PERIOD_END, each or 0)
        for number, each in enumerate(days)
    )
    return contract(zone=zone, claim=ClaimTerms(Channel.MAIL, "8", "Credit", ("en",), stages, ()))


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
def test_deadlines_are_local_midnights(name: str, zone: str, days: int, deadline: str) -> None:
    """Calendar days after the period end at the zone's midnight, whatever its clocks do in between."""
    terms = staged(ZoneInfo(zone), days)
    (due,) = due_stages(terms, named_period(name, terms.zone))
    assert due.deadline is not None
    assert format_instant(due.deadline) == deadline


def test_stages_are_due_in_the_order_of_the_contract() -> None:
    """Each stage has its own deadline; one without an anchor has none."""
    found = due_stages(staged(BELGRADE, 0, 7, None), named_period("2026-06", BELGRADE))
    assert [(due.stage.id, due.deadline and format_instant(due.deadline)) for due in found] == [
        ("s0", "2026-06-30T22:00:00Z"),
        ("s1", "2026-07-07T22:00:00Z"),
        ("s2", None),
    ]


def test_a_period_given_by_its_ends_keeps_its_time_of_day() -> None:
    """Days after an end at noon are due at noon, also when the clock has changed."""
    span = Span(parse_instant("2026-03-01T12:00:00+01:00"), parse_instant("2026-03-26T12:00:00+01:00"))
    (due,) = due_stages(staged(BELGRADE, 7), Period(None, "from-to", span))
    assert due.deadline == parse_instant("2026-04-02T12:00:00+02:00")


MONTH: Final = period(0, 30 * DAY)
SUPPORTED: Final = ConditionTerms("supported", "9.3", "Supported")
STEPS: Final = Steps("availability", Fraction("0.1"), Fraction(4), None, "7", "7")


@pytest.mark.parametrize(
    ("minutes", "credit", "fee", "answer", "owed"),
    [
        # 43.2 minutes are the target of 99.9 %, the first step is complete at 86.4 minutes
        (90, True, 98_000, Answer.YES, True),
        (90, True, 98_000, Answer.UNKNOWN, True),  # may still turn out well
        (90, True, 98_000, Answer.NO, False),
        (80, True, 98_000, Answer.YES, False),  # missed, but no step is complete
        (40, True, 98_000, Answer.YES, False),
        (90, True, None, Answer.YES, True),  # what it is worth is not known yet
        (80, False, None, Answer.YES, True),  # a breach notice has no amount
        (40, False, None, Answer.YES, False),
        (90, True, 1, Answer.YES, False),  # four percent of a cent are none
    ],
)
def test_whether_there_is_something_to_claim(
    minutes: int, credit: bool, fee: int | None, answer: Answer, owed: bool
) -> None:
    """There is a claim where a target with consequences is missed and something, or nobody knows how much, results."""
    fees = () if fee is None else (Fee(0, None, Money(fee, "EUR"), FeeBase.MONTH),)
    terms = contract(conditions=(SUPPORTED,), **({"credit": STEPS} if credit else {}))
    statement = judge(
        down(MONTH.span, (HOUR, HOUR + minutes * MINUTE)),
        MONTH,
        terms,
        agreement=replace(ALWAYS, fees=fees),
        conditions=[Condition("supported", answer)],
    )
    assert is_owed(statement) is owed


def test_a_waived_miss_is_no_claim() -> None:
    """A target that the contract waives gives nothing to claim, however badly it is missed."""
    single = Target("single", TargetKind.SINGLE_OUTAGE, Fraction(30), "6", claimable=False)
    statement = judge(down(MONTH.span, (HOUR, 5 * HOUR)), MONTH, contract(targets=(single,)))
    assert statement.judgement.targets[0].met is False
    assert not is_owed(statement)


def test_kinds_of_periods_are_those_of_the_metrics() -> None:
    """The label `period` of the metrics has the values that contracts are judged over."""
    assert [kind.value for kind in PeriodKind] == ["month", "quarter", "year"]
