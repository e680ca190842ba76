"""The ledger: what moves when, and that it always balances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.claims.claim import FOLLOWS, ClaimState
from uptime_daemon.core.claims.ledger import (
    LOST,
    Account,
    EntryKind,
    Happening,
    Matter,
    balances,
    entries,
)
from uptime_daemon.core.terms.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

MATTER = Matter("acme", "2026-06", "service")


@dataclass(frozen=True)
class Step:
    """A happening in short."""

    state: ClaimState | None
    cents: int | None = None
    claim: str = "final"
    currency: str = "EUR"


def happened(steps: Sequence[Step]) -> list[Happening]:
    """The steps one after the other."""
    return [
        Happening(
            at=number,
            matter=MATTER,
            state=step.state,
            amount=None if step.cents is None else Money(step.cents, step.currency),
            claim="" if step.state is None else step.claim,
        )
        for number, step in enumerate(steps)
    ]


def moved(*steps: Step) -> list[tuple[str, str, str, int]]:
    """Kind, debit, credit and minor units of each entry."""
    return [(each.kind, each.debit, each.credit, each.amount.minor) for each in entries(happened(steps))]


def held(*steps: Step) -> dict[str, int]:
    """What each account holds in the end."""
    found = balances(entries(happened(steps)))
    return {account: minor for (_, account), minor in found.items() if minor}


CLOSED = Step(None, 7840)
ELIGIBLE = Step(ClaimState.ELIGIBLE, 3920)
APPROVED = Step(ClaimState.APPROVED, 3920)
SENT = Step(ClaimState.SENT)


def test_from_the_closing_to_the_credit_note() -> None:
    """Accrued when the period closes, receivable on approval, credited by the note; what nobody could prove is lost."""
    assert moved(CLOSED, ELIGIBLE, APPROVED, SENT, Step(ClaimState.CREDITED, 3920), Step(ClaimState.SETTLED, 3920)) == [
        (EntryKind.ACCRUAL, Account.ACCRUED, Account.INCOME, 7840),
        (EntryKind.RECEIVABLE, Account.RECEIVABLE, Account.ACCRUED, 3920),
        (EntryKind.SETTLEMENT, Account.CREDITED, Account.RECEIVABLE, 3920),
        (EntryKind.SETTLEMENT, Account.NOT_PROVEN, Account.ACCRUED, 3920),
    ]


@pytest.mark.parametrize(
    ("ending", "account"),
    [
        ((Step(ClaimState.EXPIRED),), Account.EXPIRED),
        ((Step(ClaimState.WAIVED),), Account.WAIVED),
        ((APPROVED, SENT, Step(ClaimState.WITHDRAWN)), Account.WITHDRAWN),
        ((APPROVED, SENT, Step(ClaimState.REJECTED), Step(ClaimState.SETTLED)), Account.REJECTED),
    ],
)
def test_what_is_lost_and_why(ending: Sequence[Step], account: Account) -> None:
    """What was provable is lost for the reason by which its claim ended, the rest was never provable."""
    assert held(CLOSED, ELIGIBLE, *ending) == {Account.INCOME: -7840, account: 3920, Account.NOT_PROVEN: 3920}


def test_less_than_claimed() -> None:
    """What the vendor kept is lost once we settle for less."""
    assert held(
        Step(None, 3920), ELIGIBLE, APPROVED, SENT, Step(ClaimState.CREDITED, 1000), Step(ClaimState.SETTLED, 1000)
    ) == {Account.INCOME: -3920, Account.CREDITED: 1000, Account.LESS_CREDITED: 2920}


def test_before_the_closing_letters_say_what_there_is() -> None:
    """A provisional claim that was settled for less has lost the difference, until the closing says otherwise."""
    steps = (ELIGIBLE, APPROVED, SENT, Step(ClaimState.CREDITED, 1000), Step(ClaimState.SETTLED, 1000))
    assert held(*steps) == {Account.INCOME: -3920, Account.CREDITED: 1000, Account.LESS_CREDITED: 2920}
    assert held(*steps, Step(None, 1000)) == {Account.INCOME: -1000, Account.CREDITED: 1000}


def test_more_than_owed() -> None:
    """Goodwill beyond what was owed is income too."""
    assert held(
        Step(None, 3920), ELIGIBLE, APPROVED, SENT, Step(ClaimState.CREDITED, 5000), Step(ClaimState.SETTLED, 5000)
    ) == {Account.INCOME: -5000, Account.CREDITED: 5000}


def test_a_rejection_alone_ends_nothing() -> None:
    """We may hold on to it: the receivable stands."""
    assert held(Step(None, 3920), ELIGIBLE, APPROVED, SENT, Step(ClaimState.REJECTED)) == {
        Account.INCOME: -3920,
        Account.RECEIVABLE: 3920,
    }


PROVISIONAL = (
    Step(ClaimState.ELIGIBLE, 3920, "provisional"),
    Step(ClaimState.APPROVED, 3920, "provisional"),
    Step(ClaimState.SENT, None, "provisional"),
)


def test_two_stages_are_one_receivable() -> None:
    """The final letter takes the place of the provisional one; both together claim what the later says."""
    steps = (*PROVISIONAL, CLOSED, Step(ClaimState.ELIGIBLE, 7840), Step(ClaimState.APPROVED, 7840), SENT)
    assert held(*steps) == {Account.INCOME: -7840, Account.RECEIVABLE: 7840}
    assert moved(*steps)[0] == (EntryKind.RECEIVABLE, Account.RECEIVABLE, Account.INCOME, 3920)  # before the closing
    settled = (*steps, Step(ClaimState.CREDITED, 7840), Step(ClaimState.SETTLED, 7840))
    assert held(*settled) == {Account.INCOME: -7840, Account.CREDITED: 7840}


def test_a_final_claim_that_expired_leaves_the_provisional_one() -> None:
    """What was sent before is still to be answered."""
    steps = (*PROVISIONAL, CLOSED, Step(ClaimState.ELIGIBLE, 7840), Step(ClaimState.EXPIRED))
    assert held(*steps) == {Account.INCOME: -7840, Account.RECEIVABLE: 3920, Account.ACCRUED: 3920}


def test_an_expired_claim_that_is_sent_late_is_no_loss_yet() -> None:
    """The loss is taken back by an entry of its own."""
    steps = (Step(None, 3920), ELIGIBLE, Step(ClaimState.EXPIRED), APPROVED)
    assert moved(*steps)[-1] == (EntryKind.RECEIVABLE, Account.RECEIVABLE, Account.EXPIRED, 3920)


def test_later_facts_correct_what_was_accrued() -> None:
    """Less is owed: the difference moves back; an amount that is withdrawn rightly is no loss."""
    assert moved(CLOSED, Step(None, 3920))[-1] == (EntryKind.CORRECTION, Account.INCOME, Account.ACCRUED, 3920)
    assert held(CLOSED, ELIGIBLE, APPROVED, SENT, Step(None, None), Step(ClaimState.WITHDRAWN)) == {}


def test_currencies_never_meet() -> None:
    """A fee that changed its currency leaves each amount in its own."""
    steps = (
        CLOSED,
        ELIGIBLE,
        APPROVED,
        SENT,
        Step(None, 9000, currency="USD"),
        Step(ClaimState.ELIGIBLE, 9000, "final.2", "USD"),
        Step(ClaimState.APPROVED, 9000, "final.2", "USD"),
        Step(ClaimState.SUPERSEDED),
    )
    found = balances(entries(happened(steps)))
    assert {key: minor for key, minor in found.items() if minor} == {
        ("USD", Account.INCOME): -9000,
        ("USD", Account.RECEIVABLE): 9000,
    }


@st.composite
def lives(draw: st.DrawFn) -> list[Step]:
    """Up to three claims of one matter, each in an order that can be, with closings between."""
    states: dict[str, ClaimState] = {}
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 20))):
        cents = draw(st.integers(0, 500))
        claim = draw(st.sampled_from(["provisional", "final", "final.2"]))
        following = [state for state in ClaimState if claim in states and states[claim] in FOLLOWS[state]]
        state = draw(st.sampled_from([None, *(following or [ClaimState.ELIGIBLE])]))
        if state is None:
            steps.append(Step(None, cents))
        elif claim in states or state is ClaimState.ELIGIBLE:
            states[claim] = state
            steps.append(Step(state, cents, claim))
    return steps


@given(lives())
def test_it_balances_whatever_happens(steps: list[Step]) -> None:
    """After every step debits are credits, nothing is negative but income, and every entry moves something."""
    for length in range(1, len(steps) + 1):
        made = list(entries(happened(steps[:length])))
        assert all(entry.amount.minor > 0 and entry.debit is not entry.credit for entry in made)
        found = {account: minor for (_, account), minor in balances(made).items()}
        assert sum(found.values()) == 0
        assert all(minor >= 0 for account, minor in found.items() if account is not Account.INCOME)
        going = {step.claim: step.state for step in steps[:length] if step.state is not None}
        if set(going.values()) & {ClaimState.ELIGIBLE, ClaimState.DRAFTED} and ClaimState.SETTLED not in going.values():
            assert not any(found.get(account) for account in LOST)
