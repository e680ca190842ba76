"""Letters that may leave unread, and figures that take the place of what was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.desk.claim_sources import CaseSources
from tests.desk.test_claims import AFTER, DURING, FINAL, PROVISIONAL, TOO_LATE, US, WORSE
from tests.letters.cases import JUNE_OUTAGES
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import DAY, HOUR
from uptime_daemon.desk.claims.approvals import granted, released, revoked, standing
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.house import House
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailKind, MailState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.ports import Store

EUR_40 = Money(4000, "EUR")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    opened = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True)
    yield opened
    opened.close()


def _desk(store: Store, house: House = US, outages: Sequence[tuple[str, str, str, str]] = JUNE_OUTAGES) -> ClaimsDesk:
    return ClaimsDesk(replace(CaseSources().only("acme-daktela"), outages=outages), store, house)


def _leave(desk: ClaimsDesk, claim: str, at: Instant) -> None:
    """The vendor's server takes the letter."""
    mail = desk.claim(claim, at).mail
    assert mail is not None
    desk.store.mark(mail.id, MailState.PENDING, MailState.SENDING)
    desk.store.mark(mail.id, MailState.SENDING, MailState.SENT, error="250 ok")
    desk.record_deliveries(at)


def _sent(desk: ClaimsDesk, claim: str, at: Instant) -> None:
    desk.review(at)
    desk.approve(claim, at, "ana")
    desk.send(claim, at, "ana")
    _leave(desk, claim, at)


def _letter_amount(desk: ClaimsDesk, claim: str) -> str:
    letter = desk.steps.one(claim).letter
    assert letter is not None
    return str(letter.amount)


def test_a_standing_approval_lets_a_provisional_letter_leave(store: Store) -> None:
    """In the name of who gave it, and the event says by which approval; once."""
    desk = _desk(store)
    number = granted(desk, "acme-daktela", EUR_40, AFTER, "ana", DURING - DAY)
    desk.review(DURING)
    assert list(released(desk, DURING)) == [PROVISIONAL]
    assert list(released(desk, DURING)) == []
    approval = desk.steps.one(PROVISIONAL).last(ClaimState.APPROVED)
    assert approval is not None
    assert (approval.by, approval.body["standing_approval"]) == ("ana", number)
    assert [each.mail.kind for each in store.outbox()] == [MailKind.INTERNAL, MailKind.VENDOR]


@pytest.mark.parametrize(
    ("ceiling", "until", "at"),
    [
        (Money(3919, "EUR"), AFTER, DURING),  # the letter claims 39.20
        (Money(99999, "USD"), AFTER, DURING),
        (EUR_40, DURING, DURING),  # its end is exclusive
    ],
)
def test_what_it_does_not_cover_waits(store: Store, ceiling: Money, until: Instant, at: Instant) -> None:
    """A larger amount, another currency and a day that has come wait for a person."""
    desk = _desk(store)
    granted(desk, "acme-daktela", ceiling, until, "ana", DURING - DAY)
    desk.review(at)
    assert list(released(desk, at)) == []
    assert desk.steps.one(PROVISIONAL).state is ClaimState.ELIGIBLE


def test_final_letters_are_always_read(store: Store) -> None:
    """No standing approval reaches a final claim."""
    desk = _desk(store)
    granted(desk, "acme-daktela", EUR_40, AFTER + 30 * DAY, "ana", DURING)
    desk.review(AFTER)
    assert list(released(desk, AFTER)) == []
    assert desk.steps.one(FINAL).state is ClaimState.ELIGIBLE


def test_who_may_no_longer_decide_releases_nothing(store: Store) -> None:
    """A standing approval ends with its giver's right, and two people are two people."""
    desk = _desk(store)
    granted(desk, "acme-daktela", EUR_40, AFTER, "ana", DURING - DAY)
    desk.review(DURING)
    assert list(released(_desk(store, House("claims@acme.example", approvers=frozenset({"ivo"}))), DURING)) == []
    four_eyes = House("claims@acme.example", four_eyes={"EUR": Money(100, "EUR")})
    assert list(released(_desk(store, four_eyes), DURING)) == []
    assert desk.steps.one(PROVISIONAL).message_id is None


def test_a_standing_approval_is_taken_back(store: Store) -> None:
    """Revoked it is gone from the list and releases nothing; an unknown number lists the known."""
    desk = _desk(store)
    number = granted(desk, "acme-daktela", EUR_40, AFTER, "ana", DURING - DAY)
    with pytest.raises(ClaimError, match=f"there is no standing approval 99; those in force are: {number}"):
        revoked(desk, 99, "ana", DURING)
    revoked(desk, number, "ana", DURING)
    assert standing(store) == ()
    desk.review(DURING)
    assert list(released(desk, DURING)) == []


@pytest.mark.parametrize(
    ("agreement", "ceiling", "until", "message"),
    [
        ("nobody", EUR_40, AFTER, "there is no agreement 'nobody'; the agreements are: acme-daktela"),
        ("acme-daktela", Money(0, "EUR"), AFTER, "an amount above zero and an end to come"),
        ("acme-daktela", EUR_40, DURING, "an amount above zero and an end to come"),
    ],
)
def test_bad_standing_approvals_are_refused(
    store: Store, agreement: str, ceiling: Money, until: Instant, message: str
) -> None:
    """Nothing is recorded of them."""
    with pytest.raises(ClaimError, match=message):
        granted(_desk(store), agreement, ceiling, until, "ana", DURING)
    assert standing(store) == ()


def test_added_downtime_makes_another_revision(store: Store) -> None:
    """What was sent is superseded once the letter with more has left, and that letter says whose place it takes."""
    _sent(_desk(store), PROVISIONAL, DURING)
    worse = _desk(store, outages=WORSE)
    later = DURING + 4 * DAY
    assert worse.review(later).eligible == (f"{PROVISIONAL}.2",)
    assert worse.review(later + HOUR).eligible == ()
    draft = worse.approve(f"{PROVISIONAL}.2", later, "ana")
    assert f"claim {PROVISIONAL}" in " ".join(draft.letter.text.split())
    worse.send(f"{PROVISIONAL}.2", later, "ana")
    assert worse.steps.one(PROVISIONAL).state is ClaimState.SENT
    _leave(worse, f"{PROVISIONAL}.2", later)
    assert worse.steps.one(PROVISIONAL).state is ClaimState.SUPERSEDED
    assert _letter_amount(worse, f"{PROVISIONAL}.2") != _letter_amount(worse, PROVISIONAL)


def test_more_is_not_claimed_after_the_deadline(store: Store) -> None:
    """A late fact that adds downtime changes nothing that was sent, once the deadline is over."""
    _sent(_desk(store), FINAL, AFTER)
    assert _desk(store, outages=WORSE).review(TOO_LATE).eligible == ()


def test_what_is_no_longer_proven_is_taken_back_at_any_time(store: Store) -> None:
    """A late fact that takes downtime away makes a revision without a deadline: too much claimed is never left so."""
    _sent(_desk(store, outages=WORSE), FINAL, AFTER)
    desk = _desk(store)
    assert desk.review(TOO_LATE + DAY).eligible == (f"{FINAL}.2",)
    assert desk.review(TOO_LATE + 2 * DAY).expired == ()
    draft = desk.approve(f"{FINAL}.2", TOO_LATE + DAY, "ana")
    assert not draft.kept.late
    assert draft.kept.amount == Money(3920, "EUR")
