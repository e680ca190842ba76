"""Deadlines that come near, vendors that are silent, amounts that need two people."""

from __future__ import annotations

from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest

from tests.desk.claim_sources import CaseSources
from tests.desk.test_claims import AFTER, FINAL, US
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.terms.agreement import People
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.claims.reminders import BEFORE, ClaimReminders
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.ports import Store

PEOPLE = People("ana", "ivo@acme.example", "finance@acme.example", "sre@acme.example")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    opened = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True)
    yield opened
    opened.close()


def _desk(store: Store, house: House = US, people: People = PEOPLE) -> ClaimsDesk:
    return ClaimsDesk(CaseSources().only("acme-daktela", people=people), store, house)


def _reminders(desk: ClaimsDesk) -> ClaimReminders:
    return ClaimReminders(desk.sources, desk.steps)


def _deadline(desk: ClaimsDesk) -> Instant:
    deadline = desk.steps.one(FINAL).deadline
    assert deadline is not None
    return deadline


def _mails(store: Store) -> list[tuple[str, str]]:
    """Recipient and subject of every mail but the first, which told of the claim."""
    return [(each.mail.recipients[0], each.mail.subject) for each in store.outbox()[1:]]


def test_finance_is_reminded_at_each_step(store: Store) -> None:
    """Once for each distance from the deadline, the deputy too from two days on; looking often changes nothing."""
    desk = _desk(store)
    desk.review(AFTER)
    deadline = _deadline(desk)
    at = AFTER
    while at < deadline:
        assert _reminders(desk).remind(at) == ()
        at += 20 * MINUTE
    steps = [each for each in BEFORE if deadline - each > AFTER]
    to_finance = [subject for to, subject in _mails(store) if to == "finance@acme.example"]
    to_deputy = [subject for to, subject in _mails(store) if to == "ivo@acme.example"]
    assert len(to_finance) == len(to_deputy) == len(steps) == 6
    assert to_finance[0] == f"2 days left to claim: Daktela s.r.o., 39.20 EUR [{FINAL}]"
    assert to_finance[-1].startswith("1 hour left to claim")
    first, *later = [message_from_bytes(each.mail.mime) for each in store.outbox()]
    assert {mail["In-Reply-To"] for mail in later} == {first["Message-ID"]}  # one thread


def test_after_a_pause_the_nearest_alone(store: Store) -> None:
    """A daemon that was off does not send what it has missed."""
    desk = _desk(store)
    desk.review(AFTER)
    _reminders(desk).remind(_deadline(desk) - 5 * HOUR)
    assert len(_mails(store)) == 2
    assert _mails(store)[0][1].startswith("5 hours left")


def test_what_has_left_is_not_reminded_of(store: Store) -> None:
    """A letter in the outbox, a letter sent and a claim that expired need no reminder."""
    desk = _desk(store)
    desk.review(AFTER)
    desk.approve(FINAL, AFTER, "ana")
    desk.send(FINAL, AFTER, "ana")
    before = _mails(store)
    _reminders(desk).remind(_deadline(desk) - HOUR)
    _reminders(desk).remind(_deadline(desk))
    assert _mails(store) == before


def test_a_name_is_no_mailbox(store: Store) -> None:
    """A deputy without an address is named in the mail; a finance contact without one is a warning with its key."""
    desk = _desk(store, people=People("ana", "ivo", "nobody", ""))
    desk.review(AFTER)
    (warning,) = _reminders(desk).remind(_deadline(desk) - HOUR)
    assert warning.startswith(f"claim {FINAL}: finance is not reminded: agreements[acme-daktela].people.finance: ")


def test_a_silent_vendor_is_noticed_once(store: Store) -> None:
    """After the configured time without a word; any new event starts it anew."""
    desk = _desk(store, House("claims@acme.example", silence=20 * DAY))
    desk.review(AFTER)
    desk.approve(FINAL, AFTER, "ana")
    desk.send(FINAL, AFTER, "ana")
    mail = desk.claim(FINAL, AFTER).mail
    assert mail is not None
    store.mark(mail.id, MailState.PENDING, MailState.SENDING)
    store.mark(mail.id, MailState.SENDING, MailState.SENT, error="250 ok")
    desk.record_deliveries(AFTER)
    before = len(_mails(store))
    _reminders(desk).remind(AFTER + 20 * DAY - 1)
    assert len(_mails(store)) == before
    for _ in range(2):
        _reminders(desk).remind(AFTER + 20 * DAY)
    assert _mails(store)[before:] == [
        ("finance@acme.example", f"No answer for 20 days: Daktela s.r.o., 39.20 EUR [{FINAL}]")
    ]


def test_a_large_amount_needs_two_people(store: Store) -> None:
    """The first release keeps the claim drafted; the same person or another letter is not the second."""
    desk = _desk(store, House("claims@acme.example", four_eyes={"EUR": Money(3919, "EUR")}))
    desk.review(AFTER)
    desk.approve(FINAL, AFTER, "ana")
    desk.approve(FINAL, AFTER, "ana")
    assert desk.steps.one(FINAL).state is ClaimState.DRAFTED
    with pytest.raises(ClaimError, match="is drafted, and only an approved one is sent"):
        desk.send(FINAL, AFTER, "ana")
    desk.approve(FINAL, AFTER, "ivo")
    assert desk.steps.one(FINAL).state is ClaimState.APPROVED


def test_the_limit_itself_needs_one(store: Store) -> None:
    """Exactly the limit is not above it, and other currencies have their own."""
    for limits in ({"EUR": Money(3920, "EUR")}, {"USD": Money(1, "USD")}):
        desk = _desk(store, House("claims@acme.example", four_eyes=limits))
        desk.review(AFTER)
        desk.render(FINAL, AFTER, "ana", anew=True)
        desk.approve(FINAL, AFTER, "ana")
        assert desk.steps.one(FINAL).state is ClaimState.APPROVED


def test_another_letter_needs_both_again(store: Store) -> None:
    """A release is of one letter, word for word."""
    desk = _desk(store, House("claims@acme.example", four_eyes={"EUR": Money(0, "EUR")}))
    desk.review(AFTER)
    desk.approve(FINAL, AFTER, "ana")
    desk.render(FINAL, AFTER + HOUR, "ana", anew=True)
    desk.approve(FINAL, AFTER + HOUR, "ivo")
    assert desk.steps.one(FINAL).state is ClaimState.DRAFTED
    desk.approve(FINAL, AFTER + HOUR, "ana")
    assert desk.steps.one(FINAL).state is ClaimState.APPROVED
