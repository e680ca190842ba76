"""The demonstration's mail server: what the daemon hands over arrives as it was, and nothing else is taken."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiosmtplib
import pytest

from uptime_daemon.delivery.fate import Fate
from uptime_daemon.delivery.message import Attachment, Envelope, mime
from uptime_daemon.delivery.smtp import Relay, talk
from uptime_daemon.demo import mailbox
from uptime_daemon.demo.mailbox import Mailbox
from uptime_daemon.settings.values import MailSettings

LINES = "..\r\n.\r\n.a line that begins with a dot\r\nDobrý den, Київ\r\n"


def relay(port: int) -> Relay:
    """The way to a mailbox."""
    return Relay(MailSettings("127.0.0.1", port, "none", None, None, "claims@acme.example"), "claims@acme.example")


def letter() -> bytes:
    """A letter with everything that travels badly."""
    envelope = Envelope("<1@acme.example>", 1_780_272_000_000_000, "claims@acme.example", ("credits@vendor.example",))
    attachments = (Attachment("case.json", "application/json", b'{"a": 1}\n'),)
    return mime(envelope, "Žluťoučký kůň", LINES, "<p>..</p>\r\n.\r\n", attachments)


async def test_a_letter_arrives_as_it_was_sent(tmp_path: Path) -> None:
    """Dots, letters of any script, the HTML part and the files are those that were handed over."""
    async with Mailbox(tmp_path / "mail") as own:
        for _ in range(2):
            ended = await talk(relay(own.port), ("credits@vendor.example",), letter())
            assert ended.fate is Fate.SENT
        latest, first = own.letters()
        assert (latest.number, first.number) == (2, 1)
        assert latest.header("Subject") == "Žluťoučký kůň"
        assert latest.text.splitlines() == LINES.splitlines()
        assert latest.html is not None
        assert latest.html.splitlines() == ["<p>..</p>", "."]
        assert latest.files == [("case.json", "application/json", b'{"a": 1}\n')]
    async with Mailbox(tmp_path / "mail") as again:
        assert [each.number for each in again.letters()] == [2, 1]
        await talk(relay(again.port), ("credits@vendor.example",), letter())
        assert again.letters()[0].number == 3


async def test_whoever_leaves_in_the_middle_has_sent_nothing(tmp_path: Path) -> None:
    """A letter without its final dot is none."""
    async with Mailbox(tmp_path / "mail") as own:
        reader, writer = await asyncio.open_connection("127.0.0.1", own.port)
        for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<c@d.example>", b"DATA", b"Subject: half", b"."):
            writer.write(line if line == b"." else line + b"\r\n")
            await writer.drain()
        await reader.readuntil(b"354")
        writer.close()
        await writer.wait_closed()
        assert own.letters() == []


async def test_what_is_out_of_order_or_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without recipients there is no letter, unknown words are unknown, and a letter has a bound."""
    monkeypatch.setattr(mailbox, "LETTER_BYTES_MAX", 4_096)
    async with Mailbox(tmp_path / "mail") as own:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=own.port) as client:
            assert (await client.execute_command(b"DATA")).code == 503
            assert (await client.execute_command(b"TURN")).code == 502
            assert (await client.execute_command(b"RSET")).code == 250
        assert (await talk(relay(own.port), ("credits@vendor.example",), letter() * 9)).fate is Fate.DOUBTFUL
        assert own.letters() == []
