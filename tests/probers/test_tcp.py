"""What a TCP attempt says, and what any attempt says of names, addresses and this machine's own limits."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.probers.conftest import KnownNames, NoAnswer
from tests.probers.servers import deaf_port, endless, free_port, reset_after, serving, silence
from tests.probers.test_http import GRACE_SECONDS, PATIENT_SECONDS, SHORT_SECONDS
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import CertificateDaysAbove, SecondsBelow
from uptime_daemon.probers.endpoints.streams import TcpEndpoint
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.ports import Address
from uptime_daemon.probers.tcp import attempt

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("no_leak")


async def tried(
    equipment: Equipment, port: int, host: str = "127.0.0.1", seconds: float = PATIENT_SECONDS, **rest: Any
) -> Attempt:
    """One attempt, which must end in time."""
    began = time.monotonic()
    seen = await attempt(TcpEndpoint(host, port, **rest), round(seconds * SECOND), equipment)
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    return seen


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Greet in two pieces, then answer a ping, then wait."""
    writer.write(b"220 ven")
    await writer.drain()
    await asyncio.sleep(0.02)
    writer.write(b"dor ready\r\n")
    if await reader.readline() == b"PING\r\n":
        writer.write(b"+PONG\r\n")
    await reader.read()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hear what is said, say nothing, hang up."""
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()


async def test_connection_is_enough(equipment: Equipment) -> None:
    """Without anything to expect a connection passes."""
    async with serving(silence) as server:
        seen = await tried(equipment, server.port)
    assert (seen.outcome, seen.phase, seen.checks) == (Outcome.PASS, Phase.ANSWER, ())


@pytest.mark.parametrize(("send", "expect"), [(b"", b"220 vendor"), (b"PING\r\n", b"+PONG")])
async def test_expected_text_passes(equipment: Equipment, send: bytes, expect: bytes) -> None:
    """A greeting, or an answer to what was sent, may come in pieces."""
    checks = (SecondsBelow(SECOND // 100, Means.SLOW),)
    async with serving(greet) as server:
        seen = await tried(equipment, server.port, send=send, expect=expect, checks=checks)
    assert (seen.outcome, seen.degraded) == (Outcome.PASS, True)
    assert (seen.checks[0].check, seen.checks[0].expected) == ("expect", expect.decode())


async def test_other_text_fails_with_what_came(equipment: Equipment) -> None:
    """A server that says something else and hangs up fails its check."""

    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001 - says one thing
        writer.write(b"421 too busy\r\n")
        await writer.drain()
        writer.write_eof()
        await asyncio.sleep(1)

    async with serving(busy) as server:
        seen = await tried(equipment, server.port, expect=b"220 ")
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CHECK)
    assert seen.detail == "expect: expected 220 , got 421 too busy"
    assert seen.excerpt == "421 too busy\r\n"


async def test_expected_text_that_never_comes_is_a_timeout(equipment: Equipment) -> None:
    """A server that keeps the line open and says too little is silent."""
    async with serving(greet) as server:
        seen = await tried(equipment, server.port, expect=b"no such words", seconds=SHORT_SECONDS)
    assert (seen.outcome, seen.reason, seen.excerpt) == (Outcome.FAIL, Reason.ANSWER_TIMEOUT, "220 vendor ready\r\n")


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (endless(b"", b"x" * 10_000), Reason.ANSWER_TOO_LARGE),
        (reset_after(b"", asked=False), Reason.CONNECTION_RESET),
        (reset_after(b"22", asked=False), Reason.CONNECTION_RESET),
        (hang_up, Reason.CONNECTION_RESET),
    ],
    ids=["endless", "reset at once", "reset in the answer", "hung up"],
)
async def test_bad_talk(equipment: Equipment, talk: Any, reason: Reason) -> None:
    """Endless talk is cut, a reset is a reset."""
    async with serving(talk) as server:
        seen = await tried(equipment, server.port, send=b"\r\n\r\n", expect=b"220 ")
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, reason, Phase.ANSWER)


async def test_tls(equipment: Equipment, server_context: Callable[[None], ssl.SSLContext], ca_file: str) -> None:
    """With TLS the vendor's certificate is verified and can be checked."""
    checks = (CertificateDaysAbove(30),)
    async with serving(greet, server_context(None)) as server:
        seen = await tried(equipment, server.port, tls=True, ca_file=ca_file, expect=b"220", checks=checks)
        unknown = await tried(equipment, server.port, tls=True)
    assert (seen.outcome, seen.checks[1].holds) == (Outcome.PASS, True)
    assert Phase.TLS in dict(seen.phases)
    assert (unknown.outcome, unknown.reason) == (Outcome.FAIL, Reason.CERTIFICATE)


async def test_what_was_sent_stays_out_of_the_evidence(equipment: Equipment) -> None:
    """A server that echoes a password it was sent does not get it into the evidence."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"-ERR unknown " + await reader.readline())
        await writer.drain()
        writer.close()

    async with serving(echo) as server:
        seen = await tried(equipment, server.port, send=b"AUTH hunter2hunter2\r\n", expect=b"+OK")
    assert seen.excerpt == "-ERR unknown AUTH ***\r\n"
    assert "hunter2" not in repr(seen)


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        (socket.EAI_NONAME, Outcome.FAIL, Reason.NAME_NOT_FOUND),
        (socket.EAI_NODATA, Outcome.FAIL, Reason.NAME_NOT_FOUND),
        (socket.EAI_AGAIN, Outcome.ERROR, Reason.RESOLVER),
        (socket.EAI_FAIL, Outcome.ERROR, Reason.RESOLVER),
        (socket.EAI_SYSTEM, Outcome.ERROR, Reason.RESOLVER),
    ],
)
async def test_name_trouble(
    equipment: Equipment, names: KnownNames, code: int, outcome: Outcome, reason: Reason
) -> None:
    """A name that is not there is the vendor's; a resolver that cannot tell is ours."""
    names.names["gone.example"] = socket.gaierror(code, "as the test wants it")
    seen = await tried(equipment, 80, host="gone.example")
    assert (seen.outcome, seen.reason, seen.phase) == (outcome, reason, Phase.NAME)
    assert seen.detail == "as the test wants it"


async def test_hanging_resolver_is_ours() -> None:
    """No answer of the resolver within the timeout says nothing about the vendor."""
    seen = await tried(Equipment(SystemClock(), NoAnswer()), 80, host="vendor.example", seconds=SHORT_SECONDS)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.ERROR, Reason.RESOLVER, Phase.NAME)


async def test_no_way_from_here_is_ours(equipment: Equipment) -> None:
    """An address that this machine has no way to is an error."""
    seen = await tried(equipment, 80, host="224.0.0.1")
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.ERROR, Reason.NO_ROUTE, Phase.ROUTE)
    assert "ENETUNREACH" in seen.detail


async def test_no_descriptors_left_is_ours(equipment: Equipment) -> None:
    """A machine that cannot open a socket does not blame the vendor."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with serving(silence) as server:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            seen = await tried(equipment, server.port)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.DESCRIPTORS)
    assert "EMFILE" in seen.detail


async def test_one_dead_address_of_several_is_no_outage(equipment: Equipment, names: KnownNames) -> None:
    """A silent address costs a head start, a refusing one nothing; the one that answers is the peer."""
    async with serving(silence) as server:
        with deaf_port() as deaf, free_port() as free:
            places = [Address(socket.AF_INET, "127.0.0.1", port) for port in (deaf, free, server.port)]
            names.names["vendor.example"] = places
            seen = await tried(equipment, server.port, host="vendor.example")
    assert (seen.outcome, seen.peer) == (Outcome.PASS, f"127.0.0.1:{server.port}")
    assert 250_000 <= seen.duration < PATIENT_SECONDS // 2 * SECOND


async def test_most_telling_trouble_of_several_addresses(equipment: Equipment, names: KnownNames) -> None:
    """A refusal tells more than that one of the addresses has no way from here."""
    with free_port() as free:
        names.names["vendor.example"] = ["224.0.0.1", Address(socket.AF_INET, "127.0.0.1", free)]
        seen = await tried(equipment, free, host="vendor.example")
    assert (seen.outcome, seen.reason, seen.peer) == (Outcome.FAIL, Reason.CONNECTION_REFUSED, f"127.0.0.1:{free}")


async def test_all_addresses_silent(equipment: Equipment, names: KnownNames) -> None:
    """Several silent addresses are one silence within the timeout, and none of the dials stays behind."""
    with deaf_port() as one, deaf_port() as two:
        names.names["vendor.example"] = [Address(socket.AF_INET, "127.0.0.1", port) for port in (one, two)]
        seen = await tried(equipment, one, host="vendor.example", seconds=SHORT_SECONDS)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.CONNECT_TIMEOUT, Phase.TCP)
    assert seen.detail == f"no connection in time to 127.0.0.1:{one}, 127.0.0.1:{two}"
