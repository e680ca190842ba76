"""The whole way out: a claim on a real database, the worker, a real SMTP server, and back to the claim."""

from __future__ import annotations

import hashlib
import io
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from tests.delivery.servers import Mailbox, Server, real_server, scripted_server
from tests.delivery.test_outbox import StillClock
from tests.desk.claim_sources import CaseSources
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.time.instants import SECOND, Instant, parse_instant
from uptime_daemon.delivery.fate import Fate, Receipt, Talk
from uptime_daemon.delivery.outbox import deliver_due
from uptime_daemon.delivery.ports import OutboxError
from uptime_daemon.delivery.smtp import Relay, Timeouts, by_mail
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.claims.outbox import StoredOutbox
from uptime_daemon.store.database import open_store
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import MailKind, MailState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.store.ports import Store

AFTER = parse_instant("2026-07-02T09:00:00+02:00")
DEADLINE = parse_instant("2026-07-08T00:00:00+02:00")
FINAL = "acme-daktela.2026-06.service.final"
QUICK = Timeouts(connect_seconds=0.3, command_seconds=0.3, content_seconds=0.3, quit_seconds=0.1)


class ClaimClock(StillClock):
    """The instant of the claims' tests."""

    def now(self) -> Instant:
        """The second of July."""
        return AFTER


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    opened = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True)
    yield opened
    opened.close()


def _sent(store: Store) -> ClaimsDesk:
    """A desk whose final claim is approved and in the outbox, as is the mail to finance."""
    desk = ClaimsDesk(CaseSources().only("acme-daktela"), store, House("claims@acme.example"))
    desk.review(AFTER)
    desk.approve(FINAL, AFTER, "ana")
    desk.send(FINAL, AFTER, "ana")
    return desk


def _relay(port: int) -> Relay:
    return Relay(Server(port), "claims@acme.example", QUICK)


async def _deliver(store: Store, port: int) -> None:
    await deliver_due(StoredOutbox(store), by_mail(_relay(port)), ClaimClock(), lambda _: None)


async def test_from_claim_to_received_letter_and_back(store: Store) -> None:
    """Finance's mail and the vendor's letter arrive; the letter's files match its words; the claim becomes sent."""
    desk = _sent(store)
    async with real_server(mailbox := Mailbox()) as port:
        await _deliver(store, port)
        await _deliver(store, port)
    received = {envelope.rcpt_tos[0]: envelope for envelope in mailbox.received}
    assert set(received) == {"finance@acme.example", "credits@vendor.example"}
    assert len(mailbox.received) == 2
    content = received["credits@vendor.example"].content
    assert isinstance(content, bytes)
    letter = message_from_bytes(content, _class=EmailMessage, policy=default)
    assert letter["Subject"].startswith("SLA Service Credit - ")
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    files = {file.get_filename(): file.get_payload(decode=True) for file in letter.iter_attachments()}
    assert list(files) == ["letter.pdf", "case.json", "outages.csv", "evidence.zip"]
    assert isinstance(printed := files.pop("letter.pdf"), bytes)
    assert PdfReader(io.BytesIO(printed)).attachments.keys() == files.keys()
    for file in files.values():
        assert isinstance(file, bytes)
        digest = hashlib.sha256(file).hexdigest()
        assert digest in text.get_content()
        assert digest in html.get_content()
    assert desk.record_deliveries(AFTER) == (FINAL,)
    assert desk.claim(FINAL, AFTER).events[-1].body["reply"] == "250 2.0.0 queued as 4711"


async def test_what_shows_that_it_left(store: Store) -> None:
    """The server's words and its name for the mail, who it was, and the message itself under its digest."""
    desk = _sent(store)
    (queued,) = [each for each in store.outbox() if each.mail.kind is MailKind.VENDOR]
    async with real_server(mailbox := Mailbox()) as port:
        await _deliver(store, port)
    desk.record_deliveries(AFTER)
    kinds = [event.kind for event in desk.steps.one(FINAL).events]
    assert kinds == ["eligible", "approved", "queued", "dispatched", "sent"]
    proof = desk.steps.one(FINAL).last("dispatched")
    assert proof is not None
    assert proof.body == {
        "message_id": queued.mail.message_id,
        "recipients": "credits@vendor.example",
        "reply": "250 2.0.0 queued as 4711",
        "queue_id": "4711",
        "peer": f"127.0.0.1:{port}",
        "tls": None,
        "certificate_sha256": None,
        "bytes": len(queued.mail.mime),
        "sha256": hashlib.sha256(queued.mail.mime).hexdigest(),
    }
    kept = store.evidence(proof.body["sha256"])
    assert kept is not None
    assert (kept.name, kept.content) == (f"{FINAL}.eml", queued.mail.mime)
    assert queued.mail.mime in [envelope.content for envelope in mailbox.received]


async def test_a_crash_between_proof_and_mark_leaves_no_doubt(store: Store) -> None:
    """The server's reply is on record: nobody has to decide whether it arrived."""
    desk = _sent(store)
    outbox = StoredOutbox(store)
    for mail in await outbox.due(AFTER):
        if mail.at_most_once:
            await outbox.taken(mail.id)
            receipt = Receipt("192.0.2.1:25", "TLSv1.3", "ab" * 32, "q1", "cd" * 32, len(mail.mime))
            for _ in range(2):  # a locked database makes the worker try the same again
                outbox._dispatched(mail.id, AFTER, Talk(Fate.SENT, "250 queued as q1", receipt))
            store.mark(mail.id, MailState.SENDING, MailState.DOUBTFUL, error="the daemon ended")
    assert [event.kind for event in desk.steps.one(FINAL).events].count("dispatched") == 1
    assert desk.record_deliveries(AFTER) == (FINAL,)
    view = desk.claim(FINAL, AFTER)
    assert view.mail is not None
    assert (view.state, view.mail.state) == (ClaimState.SENT, MailState.SENT)


async def test_an_archive_gets_every_letter_that_left(store: Store) -> None:
    """Byte for byte, with what shows that it left, as an internal mail; once, and only when it has left."""
    desk = ClaimsDesk(
        CaseSources().only("acme-daktela"), store, House("claims@acme.example", archive="archive@acme.example")
    )
    desk.review(AFTER)
    desk.approve(FINAL, AFTER, "ana")
    desk.send(FINAL, AFTER, "ana")
    assert "archive@acme.example" not in {each.mail.recipients[0] for each in store.outbox()}
    async with real_server(mailbox := Mailbox()) as port:
        await _deliver(store, port)
        for _ in range(2):
            desk.record_deliveries(AFTER)
        await _deliver(store, port)
    (letter,) = [each for each in mailbox.received if each.rcpt_tos == ["credits@vendor.example"]]
    (copy,) = [each for each in mailbox.received if each.rcpt_tos == ["archive@acme.example"]]
    assert isinstance(copy.content, bytes)
    message = message_from_bytes(copy.content, _class=EmailMessage, policy=default)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"].startswith("Archive: SLA Service Credit - ")
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == (f"{FINAL}.eml", letter.content)
    body = message.get_body(("plain",))
    assert body is not None
    assert "queue_id: 4711" in body.get_content()


async def test_an_attachment_that_the_server_refuses(store: Store) -> None:
    """The mail fails with the server's words, the claim stays approved, and nothing of it has left."""
    desk = _sent(store)
    async with real_server(mailbox := Mailbox({"DATA": "552 5.3.4 no archives here"})) as port:
        await _deliver(store, port)
    assert mailbox.received == []
    view = desk.claim(FINAL, AFTER)
    assert view.mail is not None
    assert (view.state, view.mail.state) == (ClaimState.APPROVED, MailState.FAILED)
    assert view.mail.last_error == "552 5.3.4 no archives here"
    assert desk.record_deliveries(AFTER) == ()
    desk.send_again(FINAL, AFTER, "ana")
    async with real_server(mailbox) as port:
        mailbox.replies = {}
        await _deliver(store, port)
    assert desk.record_deliveries(AFTER) == (FINAL,)


async def test_cut_after_data_leaves_the_letter_in_doubt(store: Store) -> None:
    """The vendor's letter waits for a person, finance's mail is tried again, and the claim stays approved."""
    desk = _sent(store)
    async with scripted_server(content=None) as port:
        await _deliver(store, port)
    states = {each.mail.kind: (each.state, each.attempts) for each in store.outbox()}
    assert states == {MailKind.VENDOR: (MailState.DOUBTFUL, 1), MailKind.INTERNAL: (MailState.PENDING, 1)}
    assert desk.record_deliveries(AFTER) == ()
    view = desk.claim(FINAL, AFTER)
    assert view.state is ClaimState.APPROVED
    assert view.mail is not None
    assert "no clear reply after DATA" in view.mail.last_error
    async with real_server(mailbox := Mailbox()) as port:
        await deliver_due(StoredOutbox(store), by_mail(_relay(port)), ClaimClock(), lambda _: None)
        assert mailbox.received == []  # finance's mail is due in a minute, the vendor's never by itself
        desk.send_again(FINAL, AFTER, "ana")
        await _deliver(store, port)
    assert [envelope.rcpt_tos for envelope in mailbox.received] == [["credits@vendor.example"]]
    assert desk.record_deliveries(AFTER) == (FINAL,)


async def test_a_letter_that_waited_past_its_deadline_does_not_leave(store: Store) -> None:
    """It says that it is in time; the claim expires, and the letter that is written anew says that it is late."""
    desk = _sent(store)
    outbox = StoredOutbox(store)
    assert {each.at_most_once for each in await outbox.due(DEADLINE - 1)} == {True, False}
    assert [each.at_most_once for each in await outbox.due(DEADLINE)] == [False]
    (letter,) = [each for each in store.outbox() if each.mail.kind is MailKind.VENDOR]
    assert letter.state is MailState.FAILED
    assert letter.last_error == ("the deadline 2026-07-07T22:00:00Z passed before it could leave; claim render --anew")
    assert desk.review(DEADLINE).expired == (FINAL,)
    assert desk.approve(FINAL, DEADLINE, "ana").kept.late
    desk.send(FINAL, DEADLINE, "ana")
    assert {each.at_most_once for each in await outbox.due(DEADLINE)} == {True, False}


async def test_killed_while_sending_is_doubt(tmp_path: Path) -> None:
    """A vendor's mail found half sent after a crash is doubtful; our own people's is sent again."""
    url = f"sqlite:///{tmp_path / 'uptime.db'}"
    before = open_store(url, create=True)
    _sent(before)
    for mail in before.due_outbox(AFTER):
        assert await StoredOutbox(before).taken(mail.id)
    before.close()
    after = open_store(url, create=False)
    after.open_session("prague-1", AFTER + SECOND)
    assert {each.mail.kind: each.state for each in after.outbox()} == {
        MailKind.VENDOR: MailState.DOUBTFUL,
        MailKind.INTERNAL: MailState.PENDING,
    }
    after.close()


async def test_two_workers_take_a_mail_once(store: Store) -> None:
    """Whoever comes second is told so, and sends nothing."""
    _sent(store)
    outbox = StoredOutbox(store)
    mail = (await outbox.due(AFTER))[0]
    assert [await outbox.taken(mail.id), await outbox.taken(mail.id)] == [True, False]


async def test_locked_database_is_an_outbox_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble of the database reaches the worker as trouble of the outbox, never as a crash."""

    def locked(*_: object, **__: object) -> None:
        raise StoreError("uptime.db: another program has kept it locked")

    for name in ("due_outbox", "mark"):
        monkeypatch.setattr(type(store), name, locked)
    outbox = StoredOutbox(store)
    for question in (
        outbox.due(AFTER),
        outbox.taken(1),
        outbox.sent(1, AFTER, Talk(Fate.SENT, "250")),
        outbox.later(1, AFTER, "451"),
    ):
        with pytest.raises(OutboxError, match="kept it locked"):
            await question
