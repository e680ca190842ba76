"""Notices in the outbox: each event once a webhook, with what it tells of in one transaction, and a bound."""

from dataclasses import replace

import pytest

from tests.store.samples import HERE, T0, mail, step
from uptime_daemon.core.time.instants import HOUR, MINUTE
from uptime_daemon.store import notices
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import ConflictError
from uptime_daemon.store.kept import MailKind, MailState, Notice


def notice(event: str, webhook: str = "ops", due_at: int = T0) -> Notice:
    """A notice of an outage."""
    return Notice(webhook, event, "outage.started", b'{"type":"outage.started"}', due_at)


def test_an_event_is_told_a_webhook_once(store: Database) -> None:
    """The same event for two webhooks are two notices, told twice they stay two; mails are another matter."""
    two = [notice("e1"), notice("e1", "desk")]
    assert (store.queue_notices(two), store.queue_notices(two)) == (2, 0)
    found = [(each.notice, each.state, each.attempts) for each in store.notices()]
    assert found == [(each, MailState.PENDING, 0) for each in two]
    assert [each.notice.webhook for each in store.notices("desk")] == ["desk"]
    assert store.outbox() == []
    assert store.due_outbox(T0) == []
    assert [each.notice.event for each in store.notices(newest=1)] == ["e1"]
    assert store.notices(topic="breach.found") == []


def test_what_is_due_comes_in_order_and_in_portions(store: Database) -> None:
    """The longest due first, never what is due later, never more than asked for."""
    store.queue_notices([notice("late", due_at=T0 + HOUR), notice("b", due_at=T0 - MINUTE), notice("c"), notice("a")])
    assert [each.notice.event for each in store.due_notices("ops", T0, 10)] == ["b", "c", "a"]
    assert [each.notice.event for each in store.due_notices("ops", T0, 1)] == ["b"]


def test_a_step_its_mail_and_its_notice_are_one(store: Database) -> None:
    """A step that is refused takes its notice back with it."""
    store.append_claim_event(step(1), [mail("<1@x>")], [notice("breach")])
    with pytest.raises(ConflictError):
        store.append_claim_event(step(2), [mail("<1@x>")], [notice("never")])
    with pytest.raises(ConflictError):
        store.append_claim_event(step(1), [], [notice("never")])
    assert store.queue_mail(mail("<2@x>", MailKind.INTERNAL), [notice("outage")]) is True
    assert store.queue_mail(mail("<2@x>", MailKind.INTERNAL), [notice("outage"), notice("more")]) is False
    assert [each.notice.event for each in store.notices()] == ["breach", "outage", "more"]


def test_the_oldest_make_room(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that is gone for good cannot fill the disk; what was dropped says why."""
    monkeypatch.setattr(notices, "NOTICES_WAITING_MAX", 2)
    store.queue_notices([notice("other", "desk"), notice("1"), notice("2")])
    store.queue_notices([notice("3"), notice("4")])
    states = {each.notice.event: (each.state, each.last_error) for each in store.notices()}
    dropped = (MailState.FAILED, "made room: more than 2 were waiting")
    waiting = (MailState.PENDING, "")
    assert states == {"other": waiting, "1": dropped, "2": dropped, "3": waiting, "4": waiting}


def test_a_notice_that_was_being_sent_is_sent_again(url: str) -> None:
    """A receiver knows an event by its id, so in doubt it is told twice."""
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        store.queue_notices([notice("e1")])
        store.mark(store.notices()[0].id, MailState.PENDING, MailState.SENDING)
    with open_store(url, create=False) as store:
        store.open_session(HERE, T0 + HOUR)
        (again,) = store.notices()
    assert again == replace(
        again, state=MailState.PENDING, attempts=1, last_error="the daemon ended while this was being sent"
    )
