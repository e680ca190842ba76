"""Steps of claims and their mails: together or not at all, in order, and to a vendor never twice."""

from dataclasses import replace

import pytest

from tests.store.samples import HERE, T0, mail, step
from uptime_daemon.core.time.instants import HOUR, MINUTE
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import ConflictError
from uptime_daemon.store.kept import MAIL_STEPS, MailKind, MailState, OutboxMail


def test_steps_and_mails_come_back(store: Database) -> None:
    """Every field of both survives, bytes and foreign letters included."""
    first, second = step(1), replace(step(2, "sent"), body={"message_id": "<1@x>"})
    letter, note = mail("<1@x>"), mail("<2@x>", MailKind.INTERNAL, T0 + HOUR)
    ids = [store.append_claim_event(first), store.append_claim_event(second, [letter, note])]
    assert store.claim_events() == [replace(first, id=ids[0]), replace(second, id=ids[1])]
    assert store.outbox() == [
        OutboxMail(1, letter, MailState.PENDING, 0, ""),
        OutboxMail(2, note, MailState.PENDING, 0, ""),
    ]


def test_steps_are_read_by_claim(store: Database) -> None:
    """Each claim numbers its own steps."""
    store.append_claim_event(step(1))
    store.append_claim_event(step(1, claim="2026-07/service"))
    store.append_claim_event(step(2))
    assert [event.number for event in store.claim_events("2026-06/service")] == [1, 2]
    assert store.claim_events("2026-08/service") == []


@pytest.mark.parametrize("number", [1, 3])
def test_a_step_that_rests_on_an_older_state_is_refused(store: Database, number: int) -> None:
    """Two people who send the same claim do not both succeed: no second letter leaves."""
    store.append_claim_event(step(1))
    with pytest.raises(ConflictError, match=f"has 1 steps; {number} is not the next one: somebody else acted"):
        store.append_claim_event(step(number, "sent"), [mail("<1@x>")])
    assert len(store.claim_events()) == 1
    assert store.outbox() == []


def test_a_step_with_a_known_mail_is_not_written(store: Database) -> None:
    """A message id that is in the outbox already takes the whole step back."""
    store.append_claim_event(step(1), [mail("<1@x>")])
    with pytest.raises(ConflictError, match="a mail <1@x> is in the outbox already"):
        store.append_claim_event(step(2, "sent"), [mail("<2@x>"), mail("<1@x>")])
    assert len(store.claim_events()) == 1
    assert [waiting.mail.message_id for waiting in store.outbox()] == ["<1@x>"]


def test_an_internal_mail_is_queued_once(store: Database) -> None:
    """The same message id twice is one mail."""
    assert store.queue_mail(mail("<outage-1@x>", MailKind.INTERNAL)) is True
    assert store.queue_mail(mail("<outage-1@x>", MailKind.INTERNAL)) is False
    assert len(store.outbox()) == 1


def test_due_mails_come_longest_due_first(store: Database) -> None:
    """Only pending mails whose time has come are due; a repeated attempt moves that time."""
    for message_id, due_at in (("<late@x>", T0 + HOUR), ("<now@x>", T0), ("<soon@x>", T0 + MINUTE)):
        store.queue_mail(mail(message_id, due_at=due_at))
    assert [each.mail.message_id for each in store.due_outbox(T0 + MINUTE)] == ["<now@x>", "<soon@x>"]
    (now, _) = store.due_outbox(T0 + MINUTE)
    store.mark(now.id, MailState.PENDING, MailState.SENDING)
    assert [each.mail.message_id for each in store.due_outbox(T0 + MINUTE)] == ["<soon@x>"]
    store.mark(now.id, MailState.SENDING, MailState.PENDING, due_at=T0 + 2 * HOUR, error="451 greylisted")
    (again,) = [each for each in store.outbox([MailState.PENDING]) if each.id == now.id]
    assert (again.attempts, again.mail.due_at, again.last_error) == (1, T0 + 2 * HOUR, "451 greylisted")
    assert [each.mail.message_id for each in store.due_outbox(T0 + 2 * HOUR)] == ["<soon@x>", "<late@x>", "<now@x>"]


def test_only_one_sender_gets_a_mail(store: Database) -> None:
    """Who wants to send a mail that another one is sending already is refused."""
    store.queue_mail(mail("<1@x>"))
    store.mark(1, MailState.PENDING, MailState.SENDING)
    with pytest.raises(ConflictError, match="mail 1 is not pending any more; look at it again"):
        store.mark(1, MailState.PENDING, MailState.SENDING)
    assert store.outbox()[0].attempts == 1


@pytest.mark.parametrize("was", MailState)
@pytest.mark.parametrize("state", MailState)
def test_a_mail_goes_only_where_it_may(store: Database, was: MailState, state: MailState) -> None:
    """A sent mail stays sent; nothing is sent that was not being sent; only a known step is taken."""
    store.queue_mail(mail("<1@x>"))
    ways = {
        MailState.PENDING: [],
        MailState.SENDING: [MailState.SENDING],
        MailState.SENT: [MailState.SENDING, MailState.SENT],
        MailState.DOUBTFUL: [MailState.SENDING, MailState.DOUBTFUL],
        MailState.FAILED: [MailState.FAILED],
    }
    at = MailState.PENDING
    for following in ways[was]:
        store.mark(1, at, following)
        at = following
    if state in MAIL_STEPS[was]:
        store.mark(1, was, state)
    else:
        with pytest.raises(ValueError, match=f"a mail that is {was} does not become {state}"):
            store.mark(1, was, state)
        state = was
    assert [each.state for each in store.outbox()] == [state]


def test_a_crash_while_sending_leaves_a_vendor_mail_in_doubt(url: str) -> None:
    """What was being sent when the daemon ended: a person decides for the vendor, our own people get it again."""
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0)
        for number, kind in ((1, MailKind.VENDOR), (2, MailKind.INTERNAL), (3, MailKind.VENDOR)):
            store.queue_mail(mail(f"<{number}@x>", kind))
        store.mark(1, MailState.PENDING, MailState.SENDING)
        store.mark(2, MailState.PENDING, MailState.SENDING)
    with open_store(url, create=False) as reader:
        assert reader.outbox()[0].state is MailState.SENDING  # a command is no daemon
    with open_store(url, create=True) as store:
        store.open_session(HERE, T0 + HOUR)
        ended = "the daemon ended while this was being sent"
        assert [(each.state, each.attempts, each.last_error) for each in store.outbox()] == [
            (MailState.DOUBTFUL, 1, ended),
            (MailState.PENDING, 1, ended),
            (MailState.PENDING, 0, ""),
        ]
