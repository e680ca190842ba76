"""The channel of an attempt over HTTP: what the system does not take at once, and how connections end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from tests.probers.servers import serving
from tests.probers.test_http import PATIENT_SECONDS
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.channel import PlainChannel
from uptime_daemon.probers.endpoints.conditions import StatusIs
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.http import attempt

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    import trustme

    from tests.probers.servers import Server
    from uptime_daemon.probers.equipment import Equipment

LARGE = b"words, " * 1_000_000
"""More than both sides of a connection over loopback hold for one who does not read; no word may be a secret."""


@pytest.fixture(params=["http", "https"])
def scheme(request: pytest.FixtureRequest) -> str:
    """In the clear and under TLS."""
    return str(request.param)


@pytest.fixture
def context(scheme: str, server_context: Callable[[trustme.LeafCert | None], ssl.SSLContext]) -> ssl.SSLContext | None:
    """The server's TLS, if any."""
    return server_context(None) if scheme == "https" else None


def asked(server: Server, scheme: str, ca_file: str, status: int, body: bytes) -> HttpEndpoint:
    """A request with a body."""
    checks = (StatusIs((status,)),)
    return HttpEndpoint(server.url(scheme=scheme), method="POST", body=body, ca_file=ca_file, checks=checks)


@pytest.mark.usefixtures("no_leak")
async def test_large_request_arrives_whole() -> None:
    """What the system does not take at once follows as it takes it, while the answer is waited for."""
    sent = bytes(range(256)) * 1_000

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.requests.append(await reader.readexactly(len(sent)))
        writer.write(b"ok")
        await writer.drain()

    async with serving(talk) as server:
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        connection.setblocking(False)
        with contextlib.closing(PlainChannel(connection)) as channel:
            channel.send(sent[:100])
            channel.send(sent[100:])
            assert await channel.receive() == b"ok"
            assert not await channel.receive()
    assert server.requests == [sent]


@pytest.mark.usefixtures("no_leak")
async def test_answer_to_half_a_request_is_an_answer(
    equipment: Equipment, scheme: str, context: ssl.SSLContext | None, ca_file: str
) -> None:
    """RFC 9110, section 15.5.14: a server may answer before it has read all, and need not read the rest."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        await asyncio.Event().wait()

    async with serving(talk, context) as server:
        seen = await attempt(asked(server, scheme, ca_file, 413, LARGE), PATIENT_SECONDS * SECOND, equipment)
    assert (seen.outcome, seen.status) == (Outcome.PASS, 413), seen.detail


@pytest.mark.usefixtures("no_leak")
@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", Outcome.PASS, Reason.NONE),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf", Outcome.FAIL, Reason.ANSWER_INVALID),
    ],
)
async def test_end_without_goodbye(
    equipment: Equipment,
    scheme: str,
    context: ssl.SSLContext | None,
    ca_file: str,
    said: bytes,
    outcome: Outcome,
    reason: Reason,
) -> None:
    """A server that hangs up without the goodbye of TLS has said what it has said: HTTP tells whether that was all."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()

    async with serving(talk, context) as server:
        seen = await attempt(asked(server, scheme, ca_file, 200, b""), PATIENT_SECONDS * SECOND, equipment)
    assert (seen.outcome, seen.reason) == (outcome, reason), seen.detail
    if reason is Reason.ANSWER_INVALID:
        assert seen.detail == "no HTTP: Not enough data to satisfy content length header (received 4 of 20 bytes)."
