"""A breach of a Daktela contract by command line, from eligible to settled, with a real daemon and mail server."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from tests.daemon.running import PATIENCE_SECONDS, ROOT, Files, command, files, listener, running, service, until
from tests.delivery.opensmtpd import vendor
from tests.delivery.servers import Mailbox, scripted_server

BEAN_CHECK = Path(sys.executable).with_name("bean-check")


def history(ends: datetime) -> str:
    """A month of up time and three hours of downtime that have ended."""
    rows = [
        *((ends - timedelta(days=days), "up") for days in range(32, 0, -1)),
        (ends - timedelta(hours=3), "down"),
        (ends, "up"),
    ]
    return "time,target,status\n" + "".join(f"{at:%Y-%m-%dT%H:%M:%SZ},voice,{state}\n" for at, state in rows)


async def said(own: Files, *words: str) -> str:
    """What a command prints that must succeed."""
    code, output = await command(*words, "--config", str(own.configuration))
    assert code == 0, output
    return output


async def claims(own: Files) -> list[Any]:
    """The claims as `claim list` shows them."""
    return list(json.loads(await said(own, "claim", "list", "--format", "json")))


async def state_of(own: Files, claim: str) -> str:
    """Where a claim stands."""
    return str(next(row["state"] for row in await claims(own) if row["claim"] == claim))


async def breached(own: Files) -> str:
    """Import the downtime; the number of a claim that is open."""
    ends = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    (own.folder / "history.csv").write_text(history(ends), encoding="utf-8")
    words = ("--kind", "changes", "--map", "voice=acme/voice")
    await said(own, "import", "csv", str(own.folder / "history.csv"), *words)
    await said(own, "claim", "review")
    return str(next(row["claim"] for row in await claims(own) if row["state"] == "eligible"))


def elsewhere(folder: Path, *words: str) -> tuple[int, str]:
    """A command of a copy of the program in another place, with no configuration and no database."""
    shutil.copytree(ROOT / "uptime_daemon", folder / "uptime_daemon", dirs_exist_ok=True)
    where = "import uptime_daemon, sys; sys.stderr.write(uptime_daemon.__file__)"
    assert (
        str(folder)
        in subprocess.run(
            [sys.executable, "-c", where],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE_SECONDS,
        ).stderr
    )
    done = subprocess.run(
        [sys.executable, "-m", "uptime_daemon", *words],
        cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.prove
@pytest.mark.needs_command("smtpd")
@pytest.mark.needs_root
async def test_from_eligible_to_settled(tmp_path: Path) -> None:
    """Read, approved, sent by the daemon, taken by OpenSMTPD, proven elsewhere, answered, settled, in the books."""
    (tmp_path / "mta").mkdir()
    mailbox = Mailbox()
    async with service() as watched, listener() as one, listener() as two, vendor(tmp_path / "mta", mailbox) as mail:
        own = files(tmp_path / "own", watched.port, (one.port, two.port), mail)
        key = await command("evidence", "key", "--to", str(tmp_path / "evidence.key"))
        public = key[1].rsplit("public key: ", 1)[1].strip()
        signed = f'evidence: {{signing_key: "${{file:{tmp_path}/evidence.key}}"}}\n'
        own.configuration.write_text(own.configuration.read_text(encoding="utf-8") + signed, encoding="utf-8")
        async with running(own) as daemon:
            claim = await breached(own)
            rendered = await said(own, "claim", "render", claim, "--by", "ana")
            assert "To: credits@vendor.example" in rendered
            digest = next(line for line in rendered.splitlines() if line.startswith("Letter: ")).split()[1]
            await said(own, "claim", "approve", claim, "--digest", digest, "--by", "ana")
            await said(own, "claim", "send", claim, "--by", "ana")

            async def has_left() -> bool:
                return await state_of(own, claim) == "sent"

            await until(has_left, lambda: "".join(daemon.log[-20:]))
            shown = await said(own, "claim", "show", claim)
            for words in ("dispatched", "Message accepted for delivery", "queue_id", f"127.0.0.1:{mail}", "sha256"):
                assert words in shown
            await said(own, "claim", "acknowledge", claim, "--reference", "V-1", "--by", "ana")
            await said(own, "claim", "settle", claim, "--amount", "39.20", "--reference", "CN-7", "--by", "ana")
            assert await state_of(own, claim) == "settled"
            book = tmp_path / "credits.beancount"
            await said(own, "export", "ledger", "--format", "beancount", "--to", str(book))
            checked = await asyncio.to_thread(
                subprocess.run, [BEAN_CHECK, book], capture_output=True, text=True, check=False, timeout=300
            )
            assert (checked.returncode, checked.stderr) == (0, "")
            assert "39.20 EUR" in book.read_text(encoding="utf-8")
            assert await daemon.end() == 0
        letters = [each for each in mailbox.received if each.rcpt_tos == ["credits@vendor.example"]]
    (letter,) = letters
    assert isinstance(letter.content, bytes)
    message = message_from_bytes(letter.content, _class=EmailMessage, policy=default)
    assert "Auto-Submitted" not in message
    bundle = next(part for part in message.iter_attachments() if part.get_filename() == "evidence.zip")
    content = bundle.get_payload(decode=True)
    assert isinstance(content, bytes)
    (tmp_path / "elsewhere").mkdir()
    received = tmp_path / "elsewhere" / "received.zip"
    received.write_bytes(content)
    code, output = await asyncio.to_thread(elsewhere, tmp_path / "elsewhere", "verify", "received.zip", "--key", public)
    assert (code, output.strip().endswith(f"{claim}: everything agrees")) == (0, True), output
    damaged = bytearray(content)
    damaged[len(damaged) // 3] ^= 1
    received.write_bytes(damaged)
    code, output = await asyncio.to_thread(elsewhere, tmp_path / "elsewhere", "verify", "received.zip")
    assert code in {1, 2}, output


@pytest.mark.prove
async def test_a_letter_in_doubt_waits_for_a_person(tmp_path: Path) -> None:
    """The server ends the line after the content: the daemon sends the letter to nobody twice, and a person decides."""
    async with service() as watched, listener() as one, listener() as two, scripted_server(content=None) as mail:
        own = files(tmp_path / "own", watched.port, (one.port, two.port), mail)
        async with running(own) as daemon:
            claim = await breached(own)
            await said(own, "claim", "approve", claim, "--by", "ana")
            await said(own, "claim", "send", claim, "--by", "ana")

            async def is_doubtful() -> bool:
                return "doubtful: no clear reply after DATA" in await said(own, "claim", "show", claim)

            await until(is_doubtful, lambda: "".join(daemon.log[-20:]))
            code, output = await command("claim", "waive", claim, "--reason", "x", "--config", str(own.configuration))
            assert (code, "its letter may have left (doubtful)" in output) == (2, True)
            await said(own, "claim", "send", claim, "--arrived", "--by", "ana")
            assert await state_of(own, claim) == "sent"
            assert await daemon.end() == 0
