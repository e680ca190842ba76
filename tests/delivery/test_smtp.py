"""One SMTP talk: what arrives, and what may be said when something goes wrong."""

from __future__ import annotations

import hashlib
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.delivery.servers import Mailbox, Password, Server, real_server, scripted_server
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.delivery.fate import Fate, Talk
from uptime_daemon.delivery.message import Attachment, Envelope, message_id, mime
from uptime_daemon.delivery.smtp import InsecureServerError, Relay, Timeouts, queue_id, talk

if TYPE_CHECKING:
    from uptime_daemon.delivery.ports import Tls

SENDER = "claims@acme.example"
VENDOR = ("credits@vendor.example",)
QUICK = Timeouts(connect_seconds=0.5, command_seconds=0.5, content_seconds=0.5, quit_seconds=0.2)
OUTAGES = b"number,seconds\r\n1,4020\r\n"


def _mime() -> bytes:
    envelope = Envelope(
        message_id("acme.2026-06.service.final", "approval-3", SENDER),
        parse_instant("2026-07-02T09:00:00+02:00"),
        SENDER,
        VENDOR,
        "Acme Ltd",
        SENDER,
    )
    return mime(
        envelope,
        "SLA Service Credit - Contact centre",
        "39.20 EUR\n.a line that begins with a dot\n",
        "<p>39.20&nbsp;EUR</p>",
        (Attachment("outages.csv", "text/csv", OUTAGES),),
    )


async def _handed(port: int, *, tls: Tls = "none", context: ssl.SSLContext | None = None, **more: object) -> Talk:
    password = more.get("password")
    assert password is None or isinstance(password, str)
    server = Server(port, tls, "uptime" if password else None, Password(password) if password else None)
    relay = Relay(server, SENDER, QUICK, context) if context else Relay(server, SENDER, QUICK)
    return await talk(relay, VENDOR, _mime())


def _trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_letter_arrives_whole_over_starttls_with_login() -> None:
    """The server takes the mail after STARTTLS and AUTH; parsed back it has the same subject, parts and digests."""
    authority, mailbox = trustme.CA(), Mailbox()
    async with real_server(mailbox, authority, "s3cret") as port:
        ended = await _handed(port, tls="starttls", context=_trusting(authority), password="s3cret")
    assert (ended.fate, ended.reply) == (Fate.SENT, "250 2.0.0 queued as 4711")
    receipt = ended.receipt
    assert receipt is not None
    assert (receipt.peer, receipt.queue_id) == (f"127.0.0.1:{port}", "4711")
    assert receipt.tls.startswith("TLSv1.")
    assert len(receipt.certificate) == 64
    assert (receipt.sha256, receipt.size_bytes) == (hashlib.sha256(_mime()).hexdigest(), len(_mime()))
    (envelope,) = mailbox.received
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, list(VENDOR))
    assert isinstance(envelope.content, bytes)
    received = message_from_bytes(envelope.content, _class=EmailMessage, policy=default)
    assert received["Subject"] == "SLA Service Credit - Contact centre"
    body = received.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["39.20 EUR", ".a line that begins with a dot"]
    (attached,) = received.iter_attachments()
    assert attached.get_payload(decode=True) == OUTAGES


async def test_unknown_authority_is_no_server_of_ours() -> None:
    """A certificate that nobody we trust has signed ends the talk before anything is said."""
    mailbox = Mailbox()
    async with real_server(mailbox, trustme.CA()) as port:
        ended = await _handed(port, tls="starttls", context=_trusting(trustme.CA()))
    assert ended.fate is Fate.LATER
    assert "certificate" in ended.reply.lower()
    assert mailbox.received == []


async def test_no_letter_in_the_clear_where_tls_is_asked_for() -> None:
    """A server that offers no STARTTLS gets nothing, not even a recipient."""
    mailbox = Mailbox()
    async with real_server(mailbox) as port:
        ended = await _handed(port, tls="starttls")
    assert ended.fate is Fate.LATER
    assert "STARTTLS" in ended.reply
    assert mailbox.received == []


def test_no_tls_is_for_loopback_alone() -> None:
    """A relay elsewhere without TLS is refused when it is made."""
    with pytest.raises(InsecureServerError, match=r"mail\.tls: none is for loopback only, not for 192\.0\.2\.1"):
        Relay(Server(25, "none", host="192.0.2.1"), SENDER)


async def test_wrong_password_is_our_trouble_and_not_the_mails() -> None:
    """A refused login keeps the mail for later, and the password stands in no message."""
    authority, mailbox = trustme.CA(), Mailbox()
    async with real_server(mailbox, authority, "s3cret") as port:
        ended = await _handed(port, tls="starttls", context=_trusting(authority), password="wrong-one")
    assert ended.fate is Fate.LATER
    assert ended.reply.startswith("535")
    assert "wrong-one" not in ended.reply


@pytest.mark.parametrize(
    ("replies", "fate", "reply"),
    [
        ({VENDOR[0]: "550 5.1.1 no such user"}, Fate.REFUSED, "550 5.1.1 no such user"),
        ({VENDOR[0]: "451 4.7.1 greylisted, try again"}, Fate.LATER, "451 4.7.1 greylisted, try again"),
        ({"DATA": "552 5.3.4 too big"}, Fate.REFUSED, "552 5.3.4 too big"),
        ({"DATA": "451 4.3.0 scanner busy"}, Fate.LATER, "451 4.3.0 scanner busy"),
    ],
    ids=["550 recipient", "451 recipient", "552 content", "451 content"],
)
async def test_clear_refusals(replies: dict[str, str], fate: Fate, reply: str) -> None:
    """A clear 4xx means later, a clear 5xx about the mail means never, also after DATA; the words are kept."""
    mailbox = Mailbox(replies)
    async with real_server(mailbox) as port:
        assert await _handed(port) == Talk(fate, reply)
    assert mailbox.received == []


async def test_all_recipients_or_none() -> None:
    """One refused recipient of two leaves both without the mail, so that it can be sent again as a whole."""
    mailbox = Mailbox({"b@vendor.example": "550 unknown"})
    async with real_server(mailbox) as port:
        ended = await talk(Relay(Server(port), SENDER, QUICK), ("a@vendor.example", "b@vendor.example"), _mime())
    assert ended == Talk(Fate.REFUSED, "550 unknown")
    assert mailbox.received == []


@pytest.mark.parametrize(
    "content", [None, "", "what?", "250-half a reply", "200 odd"], ids=["cut", "silent", "garbage", "half", "odd code"]
)
async def test_no_clear_reply_after_data_is_doubt(content: str | None) -> None:
    """After the content only a clear reply says whether the server took responsibility."""
    async with scripted_server(content=content) as port:
        ended = await _handed(port)
    assert ended.fate is Fate.DOUBTFUL
    assert ended.reply


@pytest.mark.parametrize("greeting", [None, "", "554 go away", "garbage"], ids=["cut", "silent", "refused", "garbage"])
async def test_trouble_before_data_is_later(greeting: str | None) -> None:
    """Nothing can have left before DATA, whatever the server does."""
    async with scripted_server(greeting=greeting) as port:
        assert (await _handed(port)).fate is Fate.LATER


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT"])
@pytest.mark.parametrize("reply", [None, ""], ids=["cut", "silent"])
async def test_silence_in_the_envelope_is_later(command: str, reply: str | None) -> None:
    """A server that falls silent at any command before DATA has nothing of ours."""
    async with scripted_server(commands={command: reply}) as port:
        assert (await _handed(port)).fate is Fate.LATER


async def test_nobody_listens() -> None:
    """A refused connection is told with its address and tried later."""
    async with scripted_server() as port:
        pass
    ended = await _handed(port)
    assert ended.fate is Fate.LATER
    assert str(port) in ended.reply


async def test_goodbye_changes_nothing() -> None:
    """A mail that was taken is sent, even if the server never answers QUIT."""
    async with scripted_server(commands={"QUIT": ""}) as port:
        ended = await _handed(port)
    assert (ended.fate, ended.reply) == (Fate.SENT, "250 OK")
    assert ended.receipt is not None
    assert ended.receipt.tls == ended.receipt.certificate == ended.receipt.queue_id == ""


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("250 2.0.0 Ok: queued as 4XyZ12abc", "4XyZ12abc"),
        ("250 OK id=1tGz5K-0000aB-1x", "1tGz5K-0000aB-1x"),
        ("250 2.0.0 32a42767 Message accepted for delivery", "32a42767"),
        ("250 2.6.0 <a@acme.example> [InternalId=7120398, Hostname=X] Queued mail for delivery", "7120398"),
        ("250 2.0.0 OK 1732790000 d2e1a72fcca58-7251 - gsmtp", "1732790000 d2e1a72fcca58-7251"),
        ("250 OK", ""),
    ],
)
def test_the_servers_own_name_for_a_mail(reply: str, name: str) -> None:
    """By which its operator finds it; a reply without one is kept whole all the same."""
    assert queue_id(reply) == name


async def test_long_reply_is_cut() -> None:
    """A server cannot fill the outbox with its reasons."""
    async with scripted_server(content="550 " + "x" * 3_000) as port:
        ended = await _handed(port)
    assert ended.fate is Fate.REFUSED
    assert len(ended.reply) == 500
    assert ended.reply.endswith("...")
