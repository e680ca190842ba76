"""What a WebSocket attempt says of a real server, and of handshakes and frames of every wrong kind."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import ssl
import time
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from aiohttp import web

from tests.probers.explaining import explained
from tests.probers.servers import http, reset_after, serving, silence
from tests.probers.test_http import GRACE_SECONDS, PATIENT_SECONDS, SHORT_SECONDS, answer, limit
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import CertificateDaysAbove, SecondsBelow
from uptime_daemon.probers.endpoints.web import WebsocketEndpoint
from uptime_daemon.probers.websocket import attempt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from uptime_daemon.probers.equipment import Equipment

    Contexts = Callable[[trustme.LeafCert | None], ssl.SSLContext]

pytestmark = pytest.mark.usefixtures("no_leak")

FIN, CONTINUATION, TEXT, CLOSE, PING = 0x80, 0x0, 0x1, 0x8, 0x9


async def tried(equipment: Equipment, url: str, seconds: float = PATIENT_SECONDS, **rest: Any) -> Attempt:
    """One attempt, which must end in time."""
    began = time.monotonic()
    seen = await attempt(WebsocketEndpoint(url, **rest), round(seconds * SECOND), equipment)
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    return seen


@asynccontextmanager
async def real_server(
    context: ssl.SSLContext | None = None, asked: list[web.Request] | None = None
) -> AsyncIterator[int]:
    """A real server that greets, answers a ping with a pong and says how it was left; yields its port."""

    async def talk(request: web.Request) -> web.WebSocketResponse:
        if asked is not None:
            asked.append(request)
        socket = web.WebSocketResponse(protocols=("sip",))
        await socket.prepare(request)
        await socket.send_str("welcome")
        async for message in socket:
            await socket.send_str("pong" if message.data == "ping" else f"what is {message.data}?")
            await socket.ping()
            await socket.send_bytes(b"binary \xff")
        return socket

    app = web.Application()
    app.router.add_get("/live", talk)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def frame(kind: int, payload: bytes = b"", flags: int = FIN) -> bytes:
    """One unmasked frame (RFC 6455, section 5.2)."""
    size = len(payload)
    head = bytes([flags | kind])
    head += bytes([size]) if size < 126 else bytes([126]) + size.to_bytes(2) if size < 65_536 else b"\x7f" + bytes(8)
    return head + payload


def upgraded(*said: bytes, accept: str | None = None, connection: str = "Upgrade", forever: bytes = b"") -> Any:
    """A talk that shakes hands and then says these bytes, maybe some of them without end, and closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line.split(": ")[1] for line in head.splitlines() if line.lower().startswith("sec-websocket-key"))
        right = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()  # noqa: S324 - as RFC 6455, section 4.2.2 wants it
        writer.write(
            f"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: {connection}\r\n"
            f"Sec-WebSocket-Accept: {right if accept is None else accept}\r\n\r\n".encode()
        )
        for part in said:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.01)
        while forever:
            writer.write(forever)
            await writer.drain()
            await asyncio.sleep(0)
        writer.write_eof()
        await reader.read()

    return talk


async def test_handshake_is_enough(equipment: Equipment) -> None:
    """Without anything to expect a handshake passes."""
    async with real_server() as port:
        seen = await tried(equipment, f"ws://vendor.example:{port}/live?token=hunter2hunter2")
    assert (seen.outcome, seen.phase, seen.status) == (Outcome.PASS, Phase.ANSWER, 101)
    assert [check.check for check in seen.checks] == ["status"]


async def test_server_that_chooses_no_subprotocol_is_told(equipment: Equipment) -> None:
    """Browsers would hang up, others go on: worth to be known, and no fail."""
    async with serving(upgraded()) as server:
        seen = await tried(equipment, server.url(scheme="ws"), protocols=("v1.events", "v2.events"))
    assert seen.outcome is Outcome.PASS
    assert [(each.check, each.expected, each.actual, each.means) for each in seen.checks if not each.holds] == [
        ("protocol", "v1.events or v2.events", "(nothing)", Means.NOTICE)
    ]


async def test_handshake_of_several_words_is_one(equipment: Equipment) -> None:
    """Proxies on the way may leave other words beside the one that counts (RFC 6455, section 4.1)."""
    async with serving(upgraded(frame(TEXT, b"pong"), connection="keep-alive, Upgrade")) as server:
        seen = await tried(equipment, server.url(scheme="ws"), expect="pong")
    assert (seen.outcome, seen.detail) == (Outcome.PASS, "")


async def test_real_server_passes_and_is_explained(
    equipment: Equipment, server_context: Contexts, ca_file: str
) -> None:
    """Over TLS, with a subprotocol and a header, a ping is answered after the greeting."""
    asked: list[web.Request] = []
    checks = (CertificateDaysAbove(30), SecondsBelow(1, Means.SLOW))
    async with real_server(server_context(None), asked) as port:
        seen = await tried(
            equipment,
            f"wss://vendor.example:{port}/live",
            headers=(("Authorization", "Bearer hunter2hunter2"),),
            protocols=("sip",),
            send="ping",
            expect="pong",
            checks=checks,
            ca_file=ca_file,
        )
    assert (seen.outcome, seen.degraded, seen.excerpt) == (Outcome.PASS, True, "welcome\npong\n")
    assert asked[0].headers["Authorization"] == "Bearer hunter2hunter2"
    assert asked[0].headers["Sec-WebSocket-Protocol"] == "sip"
    lines = explained(seen)
    assert "  holds       status: expected 101, got 101" in lines
    assert any(line.startswith("  holds       certificate_days_above") for line in lines)
    assert Phase.TLS in dict(seen.phases)


async def test_expected_message_that_never_comes_is_a_timeout(equipment: Equipment) -> None:
    """A server that goes on saying other things is silent; what we sent stays out of the evidence."""
    async with real_server() as port:
        url = f"ws://127.0.0.1:{port}/live"
        seen = await tried(equipment, url, SHORT_SECONDS, send="hunter2hunter2", expect="pong")
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.ANSWER_TIMEOUT)
    assert seen.excerpt.startswith("welcome\nwhat is ***?\nbinary")
    assert "hunter2" not in repr(seen)


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (200, Outcome.FAIL, Reason.STATUS),
        (302, Outcome.FAIL, Reason.STATUS),
        (404, Outcome.FAIL, Reason.STATUS),
        (503, Outcome.FAIL, Reason.STATUS),
        (401, Outcome.ERROR, Reason.ACCESS_REFUSED),
        (403, Outcome.ERROR, Reason.ACCESS_REFUSED),
        (429, Outcome.ERROR, Reason.ACCESS_REFUSED),
    ],
)
async def test_handshake_that_is_declined(equipment: Equipment, status: int, outcome: Outcome, reason: Reason) -> None:
    """Any other status than 101 decides, with the page that came; a redirect is not followed."""
    async with http(answer(status, "Location: http://127.0.0.1:1/", body=b"sorry")) as server:
        seen = await tried(equipment, server.url(scheme="ws"), expect="pong")
    assert (seen.outcome, seen.reason, seen.status) == (outcome, reason, status)
    assert (seen.excerpt, server.connections) == ("sorry", 1)


async def test_page_that_declines_may_be_packed(equipment: Equipment) -> None:
    """Where a web server answers instead, packed as it likes to, the status decides and its page is shown."""
    packed = gzip.compress(b"welcome")
    async with http(answer(200, "Content-Encoding: gzip", body=packed)) as server:
        seen = await tried(equipment, server.url(scheme="ws"))
    assert (seen.outcome, seen.reason, seen.excerpt) == (Outcome.FAIL, Reason.STATUS, "welcome")
    assert b"\r\nAccept-Encoding: gzip\r\n" in server.requests[0]


@pytest.mark.parametrize(
    ("talk", "outcome", "reason"),
    [
        (upgraded(accept="bm90IHRoZSBrZXk="), Outcome.FAIL, Reason.ANSWER_INVALID),
        (upgraded(connection="close"), Outcome.FAIL, Reason.ANSWER_INVALID),
        (upgraded(connection="keep-alive, Upgrades"), Outcome.FAIL, Reason.ANSWER_INVALID),
        (silence, Outcome.FAIL, Reason.ANSWER_TIMEOUT),
        (reset_after(b""), Outcome.FAIL, Reason.CONNECTION_RESET),
    ],
    ids=["wrong key", "no upgrade", "several words", "silent", "reset"],
)
async def test_wrong_handshake(equipment: Equipment, talk: Any, outcome: Outcome, reason: Reason) -> None:
    """A handshake that is no WebSocket's is invalid; silence and resets are what they are elsewhere."""
    async with serving(talk) as server:
        seen = await tried(equipment, server.url(scheme="ws"), limit(reason), expect="pong")
    assert (seen.outcome, seen.reason, seen.phase) == (outcome, reason, Phase.ANSWER)


@pytest.mark.parametrize(
    ("talk", "outcome", "reason"),
    [
        (upgraded(frame(0x3, b"x")), Outcome.FAIL, Reason.ANSWER_INVALID),
        (upgraded(frame(TEXT, b"x", flags=FIN | 0x40)), Outcome.FAIL, Reason.ANSWER_INVALID),
        (upgraded(frame(TEXT, b"\xff\xfe")), Outcome.FAIL, Reason.ANSWER_INVALID),
        (upgraded(frame(CONTINUATION, b"x")), Outcome.FAIL, Reason.ANSWER_INVALID),
        (upgraded(frame(PING, b"x", flags=0)), Outcome.FAIL, Reason.ANSWER_INVALID),
        (upgraded(frame(CLOSE, (99).to_bytes(2))), Outcome.FAIL, Reason.ANSWER_INVALID),
        (upgraded(b"HTTP/1.1 200 OK\r\n\r\n"), Outcome.FAIL, Reason.ANSWER_INVALID),
        (upgraded(frame(CLOSE, (1011).to_bytes(2) + b"broken")), Outcome.FAIL, Reason.CONNECTION_RESET),
        (upgraded(frame(TEXT, b"bye"), frame(CLOSE, (1000).to_bytes(2))), Outcome.FAIL, Reason.CHECK),
        (upgraded(frame(CLOSE, (1008).to_bytes(2))), Outcome.ERROR, Reason.ACCESS_REFUSED),
        (upgraded(frame(CLOSE, (3000).to_bytes(2))), Outcome.ERROR, Reason.ACCESS_REFUSED),
        (upgraded(frame(TEXT, b"half of it")[:5]), Outcome.FAIL, Reason.CONNECTION_RESET),
        (upgraded(), Outcome.FAIL, Reason.CONNECTION_RESET),
        (upgraded(forever=frame(TEXT, b"x" * 100)), Outcome.FAIL, Reason.ANSWER_TOO_LARGE),
        (
            upgraded(frame(TEXT, flags=0), forever=frame(CONTINUATION, b"x" * 100, 0)),
            Outcome.FAIL,
            Reason.ANSWER_TOO_LARGE,
        ),
        (upgraded(b"\x81\x7f" + (10**10).to_bytes(8)), Outcome.FAIL, Reason.ANSWER_TOO_LARGE),
        (upgraded(forever=frame(PING, b"x")), Outcome.FAIL, Reason.ANSWER_TIMEOUT),
    ],
    ids=(
        "kind bits text continuation ping-in-parts close-code http close-1011 close-after-words close-1008 close-3000 "
        "half eof endless endless-parts huge pings"
    ).split(),
)
async def test_wrong_frames(equipment: Equipment, talk: Any, outcome: Outcome, reason: Reason) -> None:
    """Whatever comes after the handshake, the attempt ends in time and in bounded memory with the right reason."""
    tracemalloc.start()
    try:
        async with serving(talk) as server:
            seen = await tried(equipment, server.url(scheme="ws"), limit(reason), expect="pong")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (seen.outcome, seen.reason, seen.phase) == (outcome, reason, Phase.ANSWER)
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("url", "parts", "words"),
    [
        ("https://vendor.example/", {}, "no ws or wss scheme"),
        ("ws://", {}, "no http or https scheme or no host"),
        ("ws://vendor.example/", {"protocols": ("a b",)}, "is no subprotocol"),
        ("ws://vendor.example/", {"checks": (CertificateDaysAbove(1),)}, "needs TLS"),
        ("ws://vendor.example/", {"headers": (("X", "a\r\nb"),)}, "line break"),
    ],
)
def test_what_could_never_be_tried_is_refused(url: str, parts: dict[str, Any], words: str) -> None:
    """An endpoint that cannot be tried is a mistake that says what to write."""
    with pytest.raises(ValueError, match=words):
        WebsocketEndpoint(url, **parts)


def test_place_shows_no_secrets() -> None:
    """What evidence shows of the address is without user and query."""
    endpoint = WebsocketEndpoint("wss://user:hunter2@vendor.example:8443/live?token=hunter2")
    assert endpoint.place == {"url": "wss://vendor.example:8443/live"}
    assert "hunter2" not in repr(endpoint)
