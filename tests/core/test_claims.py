"""A claim's life against a table written down again, and whether there is a claim."""

from dataclasses import replace
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import ALWAYS, contract, down, judge, period, stepped
from uptime_daemon.core.claims.claim import (
    ClaimEvent,
    ClaimId,
    ClaimOrderError,
    ClaimState,
    followed,
    state_after,
)
from uptime_daemon.core.claims.stages import is_owed
from uptime_daemon.core.facts.records import Answer, Condition
from uptime_daemon.core.terms.agreement import Fee, FeeBase
from uptime_daemon.core.terms.condition import ConditionTerms
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.core.time.periods import PeriodKind

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


MONTH: Final = period(0, 30 * DAY)
SUPPORTED: Final = ConditionTerms("supported", "9.3", "Supported")
STEPS: Final = stepped("availability", "0.1", "4")


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
    assert [kind.value for kind in PeriodKind] == ["month", "quarter", "year", "billing_cycle", "rolling", "event"]
