"""What an SMTP attempt says of a real server, and of servers that refuse, misspeak, stall or never stop."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.delivery.servers import Mailbox, real_server, scripted_server
from tests.probers.explaining import explained
from tests.probers.servers import deaf_port, endless, free_port, reset_after, serving, silence
from tests.probers.test_http import GRACE_SECONDS, PATIENT_SECONDS, SHORT_SECONDS, limit
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import CertificateDaysAbove, SecondsBelow, StatusIs
from uptime_daemon.probers.endpoints.streams import SmtpEndpoint, SmtpTls
from uptime_daemon.probers.smtp import attempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.probers.equipment import Equipment

    Contexts = Callable[[trustme.LeafCert | None], ssl.SSLContext]

pytestmark = pytest.mark.usefixtures("no_leak")


async def tried(equipment: Equipment, port: int, seconds: float = PATIENT_SECONDS, **rest: Any) -> Attempt:
    """One attempt, which must end in time."""
    began = time.monotonic()
    seen = await attempt(SmtpEndpoint("127.0.0.1", port, **rest), round(seconds * SECOND), equipment)
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    return seen


def says(*replies: bytes) -> Any:
    """A talk that greets with the first of these and answers each line with the next."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            writer.write(reply)
            await writer.drain()
            await reader.readline()
        writer.write_eof()
        await reader.read()

    return talk


async def test_real_server_passes(equipment: Equipment) -> None:
    """A real server greets, names its extensions, and is left without a mail."""
    mailbox = Mailbox()
    async with real_server(mailbox) as port:
        seen = await tried(equipment, port, expect="8BITMIME", checks=(StatusIs((250,)),))
    assert (seen.outcome, seen.status, seen.certificate_subject) == (Outcome.PASS, 250, "")
    assert [phase for phase, _ in seen.phases] == [Phase.NAME, Phase.TCP, Phase.ANSWER]
    assert seen.excerpt.startswith("220 relay.example")
    assert mailbox.received == []


async def test_starttls_of_a_real_server_is_explained(
    equipment: Equipment, authority: trustme.CA, ca_file: str
) -> None:
    """After STARTTLS the certificate is verified and can be checked, and what matters is said again."""
    checks = (CertificateDaysAbove(30), SecondsBelow(1, Means.SLOW))
    async with real_server(Mailbox(), authority) as port:
        seen = await tried(equipment, port, tls=SmtpTls.STARTTLS, ca_file=ca_file, checks=checks, hello="probe.example")
    assert (seen.outcome, seen.degraded, seen.phase) == (Outcome.PASS, True, Phase.ANSWER)
    assert [phase for phase, _ in seen.phases] == [Phase.NAME, Phase.TCP, Phase.ANSWER, Phase.TLS]
    lines = explained(seen)
    assert any(line.startswith("  certificate ") for line in lines)
    assert any(line.startswith("  slow        seconds_below") for line in lines)


async def test_starttls_with_a_wrong_certificate_fails(equipment: Equipment, authority: trustme.CA) -> None:
    """A certificate that nobody trusts is the vendor's also after STARTTLS."""
    async with real_server(Mailbox(), authority) as port:
        seen = await tried(equipment, port, tls=SmtpTls.STARTTLS)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.CERTIFICATE, Phase.TLS)
    assert seen.certificate_subject


async def test_tls_from_the_first_byte(equipment: Equipment, server_context: Contexts, ca_file: str) -> None:
    """The port for submission over TLS shakes hands before it greets."""
    async with serving(says(b"220 vendor\r\n", b"250 vendor\r\n"), server_context(None)) as server:
        seen = await tried(equipment, server.port, tls=SmtpTls.TLS, ca_file=ca_file)
    assert (seen.outcome, [phase for phase, _ in seen.phases][2]) == (Outcome.PASS, Phase.TLS)


async def test_starttls_that_is_not_offered_fails(equipment: Equipment, ca_file: str) -> None:
    """A server without STARTTLS would take our mail in the clear: its check fails."""
    async with scripted_server(commands={"EHLO": "250-vendor\r\n250-STARTTLSX\r\n250 SIZE 100"}) as port:
        seen = await tried(equipment, port, tls=SmtpTls.STARTTLS, ca_file=ca_file)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CHECK)
    assert seen.detail.startswith("starttls: ")


async def test_starttls_that_fails(equipment: Equipment, ca_file: str) -> None:
    """A server that offers STARTTLS and then has none says so with its status."""
    async with scripted_server(commands={"EHLO": "250-vendor\r\n250 starttls", "STARTTLS": "454 not now"}) as port:
        seen = await tried(equipment, port, tls=SmtpTls.STARTTLS, ca_file=ca_file)
    assert (seen.outcome, seen.reason, seen.status) == (Outcome.FAIL, Reason.STATUS, 454)


@pytest.mark.parametrize(
    ("after", "reason"),
    [("silent", Reason.CONNECT_TIMEOUT), ("clear", Reason.TLS_FAILED), ("closed", Reason.CONNECTION_RESET)],
)
async def test_handshake_that_goes_wrong_after_starttls(
    equipment: Equipment, ca_file: str, after: str, reason: Reason
) -> None:
    """Silence, more words in the clear and a closed connection are told apart, in the phase TLS."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in (b"220 vendor\r\n", b"250-vendor\r\n250 STARTTLS\r\n", b"220 go on\r\n"):
            writer.write(reply)
            await writer.drain()
            if not reply.startswith(b"220 go"):
                await reader.readline()
        await reader.readline()
        await reader.read(10)
        if after == "clear":
            writer.write(b"250 injected\r\n")
        if after == "closed":
            writer.write_eof()
        await reader.read()

    async with serving(talk) as server:
        seen = await tried(equipment, server.port, limit(reason), tls=SmtpTls.STARTTLS, ca_file=ca_file)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, reason, Phase.TLS)


async def test_words_slipped_in_before_tls_count_for_nothing(
    equipment: Equipment, server_context: Contexts, ca_file: str
) -> None:
    """A reply that somebody added in the clear is not taken for the answer under TLS (CVE-2011-0411)."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 vendor\r\n")
        await reader.readline()
        writer.write(b"250-vendor\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go on\r\n250 slipped in\r\n")
        await writer.start_tls(server_context(None))
        await reader.readline()
        writer.write(b"421 too busy\r\n")
        await reader.read()

    async with serving(talk) as server:
        seen = await tried(equipment, server.port, tls=SmtpTls.STARTTLS, ca_file=ca_file)
    assert (seen.outcome, seen.reason, seen.status) == (Outcome.FAIL, Reason.STATUS, 421)
    assert "slipped" not in seen.excerpt


@pytest.mark.parametrize(
    ("greeting", "hello", "outcome", "reason"),
    [
        ("421 closing", "250 OK", Outcome.FAIL, Reason.STATUS),
        ("521 no mail here", "250 OK", Outcome.FAIL, Reason.STATUS),
        ("220 vendor", "502 no such command", Outcome.FAIL, Reason.STATUS),
        ("554 no service for you", "250 OK", Outcome.ERROR, Reason.ACCESS_REFUSED),
        ("421 4.7.0 too many connections from you", "250 OK", Outcome.ERROR, Reason.ACCESS_REFUSED),
        ("220 vendor", "550 5.7.1 blocked", Outcome.ERROR, Reason.ACCESS_REFUSED),
        ("220 vendor", "501 what a name", Outcome.ERROR, Reason.ACCESS_REFUSED),
    ],
)
async def test_refusals_are_the_vendors_or_ours(
    equipment: Equipment, greeting: str, hello: str, outcome: Outcome, reason: Reason
) -> None:
    """What speaks of our name or address is an error; that the service is not there is a fail."""
    async with scripted_server(greeting=greeting, commands={"EHLO": hello}) as port:
        seen = await tried(equipment, port)
    assert (seen.outcome, seen.reason) == (outcome, reason)
    told = greeting if not greeting.startswith("220") else hello
    assert seen.status == int(told[:3])


async def test_refusal_that_is_expected_passes(equipment: Equipment) -> None:
    """A check may expect the status of a refusal: a relay that must not let us in."""
    async with scripted_server(greeting="554 5.7.1 go away") as port:
        seen = await tried(equipment, port, checks=(StatusIs((554,)),))
    assert (seen.outcome, seen.status) == (Outcome.PASS, 554)


async def test_missing_words_fail(equipment: Equipment) -> None:
    """An extension that is expected and not named is a check that does not hold."""
    async with scripted_server() as port:
        seen = await tried(equipment, port, expect="AUTH")
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CHECK)


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (says(b"SSH-2.0-OpenSSH\r\n"), Reason.ANSWER_INVALID),
        (says(b"220-vendor\r\n421 busy\r\n"), Reason.ANSWER_INVALID),
        (says(b"999 what\r\n"), Reason.ANSWER_INVALID),
        (says(b"220 half a li"), Reason.ANSWER_TIMEOUT),
        (reset_after(b"", asked=False), Reason.CONNECTION_RESET),
        (reset_after(b"220 ", asked=False), Reason.CONNECTION_RESET),
        (says(b"220 vendor\r\n"), Reason.CONNECTION_RESET),
        (silence, Reason.ANSWER_TIMEOUT),
        (endless(b"220-", b"x" * 10_000), Reason.ANSWER_TOO_LARGE),
        (endless(b"", b"220-more\r\n" * 1000), Reason.ANSWER_TOO_LARGE),
        (endless(b"", b"2", pause_seconds=0.05), Reason.ANSWER_TIMEOUT),
    ],
    ids=["ssh", "two codes", "no code", "half", "reset", "reset later", "closed", "silent", "line", "lines", "drip"],
)
async def test_hostile_server(equipment: Equipment, talk: Any, reason: Reason) -> None:
    """Whatever a server says or does not say, the attempt ends in time with the right reason."""

    async def at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = asyncio.StreamReader()
        ready.feed_data(b"\r\n\r\n")  # these talks wait to be asked, and an SMTP client waits for a greeting
        await talk(ready if talk.__qualname__.startswith("endless") else reader, writer)

    async with serving(at_once) as server:
        seen = await tried(equipment, server.port, limit(reason))
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, reason, Phase.ANSWER)


async def test_nobody_there(equipment: Equipment) -> None:
    """A refused port and a deaf one are told as everywhere."""
    with free_port() as port:
        refused = await tried(equipment, port)
    with deaf_port() as port:
        deaf = await tried(equipment, port, SHORT_SECONDS)
    assert (refused.reason, deaf.reason) == (Reason.CONNECTION_REFUSED, Reason.CONNECT_TIMEOUT)


def test_certificate_check_needs_tls() -> None:
    """There is no certificate on a plain talk."""
    with pytest.raises(ValueError, match="needs TLS"):
        SmtpEndpoint("vendor.example", 25, checks=(CertificateDaysAbove(1),))
