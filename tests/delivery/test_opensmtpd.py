"""Talks with a real mail server of another hand: what it says is what is recorded."""

from __future__ import annotations

import asyncio
import hashlib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from tests.delivery.opensmtpd import vendor
from tests.delivery.servers import Mailbox, Server
from tests.delivery.test_smtp import OUTAGES, SENDER, _mime
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.delivery.fate import Fate
from uptime_daemon.delivery.message import Attachment, Envelope, mime
from uptime_daemon.delivery.smtp import Relay, talk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.needs_command("smtpd")
@pytest.mark.needs_root
async def test_a_server_that_takes_refuses_and_delays(tmp_path: Path) -> None:
    """Its reply, its name for the mail and its address are kept; one refused recipient or too large a mail is final."""
    mailbox = Mailbox()
    large = mime(
        Envelope("<large@acme.example>", parse_instant("2026-07-02T09:00:00+02:00"), SENDER, ("a@vendor.example",)),
        "Large", "text", "<p>text</p>", (Attachment("large.bin", "application/octet-stream", bytes(2_000_000)),),
    )  # fmt: skip
    async with vendor(tmp_path, mailbox) as port:
        relay = Relay(Server(port), SENDER)
        taken = await talk(relay, ("credits@vendor.example",), _mime())
        refused = await talk(relay, ("credits@vendor.example", "nobody@vendor.example"), _mime())
        delayed = await talk(relay, ("busy@vendor.example",), _mime())
        too_large = await talk(relay, ("credits@vendor.example",), large)
        for _ in range(1_200):
            if mailbox.received:
                break
            await asyncio.sleep(0.05)
    assert taken.fate is Fate.SENT
    assert taken.receipt is not None
    assert taken.reply == f"250 2.0.0 {taken.receipt.queue_id} Message accepted for delivery"
    assert (taken.receipt.peer, taken.receipt.tls) == (f"127.0.0.1:{port}", "")
    assert taken.receipt.sha256 == hashlib.sha256(_mime()).hexdigest()
    assert (refused.fate, refused.reply) == (Fate.REFUSED, "550 5.1.1 nobody here by that name")
    assert (delayed.fate, delayed.reply) == (Fate.LATER, "451 4.7.1 come again later")
    assert (too_large.fate, too_large.reply[:2]) == (Fate.REFUSED, "55")
    (envelope,) = mailbox.received  # of the two mails for one address only the one that was taken
    assert isinstance(envelope.content, bytes)
    received = message_from_bytes(envelope.content, _class=EmailMessage, policy=default)
    assert f"id {taken.receipt.queue_id}" in str(received["Received"])
    (attached,) = received.iter_attachments()
    assert attached.get_payload(decode=True) == OUTAGES
