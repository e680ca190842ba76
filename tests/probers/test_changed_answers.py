"""Good answers of every protocol, changed at random: what a vendor writes is read in time and is never our error."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import hashlib
import random
import socket
import time
from typing import TYPE_CHECKING, Any

import dns.message
import dns.rrset
import pytest

from tests.probers import real
from tests.probers.servers import serving
from tests.probers.test_http import GRACE_SECONDS
from tests.probers.test_pki import told_by
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import BodyMatches, HeaderEquals, HeaderMatches, JsonEquals
from uptime_daemon.probers.endpoints.nameservers import DnsEndpoint, DnsTransport
from uptime_daemon.probers.endpoints.pki import TspEndpoint
from uptime_daemon.probers.endpoints.scenarios import Capture, ScenarioEndpoint, Source, Step
from uptime_daemon.probers.endpoints.streams import SmtpEndpoint
from uptime_daemon.probers.endpoints.telephony import SipEndpoint, SipRequest, SipTransport
from uptime_daemon.probers.endpoints.web import Auth, AuthScheme, HttpEndpoint, WebsocketEndpoint
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.patterns import Pattern
from uptime_daemon.probers.registry import PROBERS
from uptime_daemon.probers.resolver import literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from tests.probers.servers import Talk
    from uptime_daemon.probers.ports import Address

    Answers = Callable[[bytes, Callable[[bytes], bytes]], bytes]
    """From what was asked, and what changes bytes at random, to what is said."""

ROUNDS = 200
"""How many changed answers of each protocol."""
WITHIN_SECONDS = 0.25
PIECES = [
    b'"',
    b"'",
    b"%",
    b"*",
    b";",
    b"=",
    b" ",
    b"\0",
    b"\xff",
    b"<",
    b"[",
    b":",
    b"@",
    b"9" * 30,
    b"\r\n",
    b"\\ud800",
]


def changing(chance: random.Random) -> Callable[[bytes], bytes]:
    """What changes, adds and takes away some bytes."""

    def changed(good: bytes) -> bytes:
        data = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data) + 1)
            match chance.randrange(3):
                case 0:
                    data[at : at + 1] = chance.randbytes(1)
                case 1:
                    data[at:at] = chance.choice(PIECES)
                case _:
                    del data[at : at + chance.randint(1, 5)]
        return bytes(data)

    return changed


def http(head: str, body: bytes = b"") -> Answers:
    """A whole answer over HTTP."""
    good = f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    return lambda _, changed: changed(good)


def packed(body: bytes) -> Answers:
    """An answer over HTTP that is well but for its body."""
    return lambda _, changed: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(told := changed(body)), told)


def websocket(asked: bytes, changed: Callable[[bytes], bytes]) -> bytes:
    """A handshake that is right, and frames that are not."""
    key = asked.lower().split(b"sec-websocket-key: ")[1].split(b"\r\n")[0]
    key = asked[asked.lower().index(key) :][: len(key)]
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())  # noqa: S324 - as RFC 6455, section 4.2.2 wants it
    head = (
        b"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    return head + changed(b"\x81\x05hell0\x82\x03abc\x89\x01a\x88\x02\x03\xe8")


def sip(asked: bytes, changed: Callable[[bytes], bytes]) -> bytes:
    """A challenge to the request, and a success."""
    names = {b"Via", b"From", b"To", b"Call-ID", b"CSeq"}
    own = b"\r\n".join(line for line in asked.split(b"\r\n") if line.split(b":")[0] in names)
    rest = b'\r\nContact: <sip:a@b>\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\nContent-Length: 0\r\n\r\n'
    return changed(b"SIP/2.0 401 Who\r\n" + own + rest) + changed(b"SIP/2.0 200 OK\r\n" + own + rest)


def smtp(_: bytes, changed: Callable[[bytes], bytes]) -> bytes:
    """A greeting and what it offers."""
    return changed(b"220 hi ESMTP\r\n250-x\r\n250-SIZE 1000\r\n250 AUTH PLAIN\r\n")


def nameserver(asked: bytes, changed: Callable[[bytes], bytes]) -> bytes:
    """An alias and its address, over a stream."""
    response = dns.message.make_response(dns.message.from_wire(asked[2:]))
    response.answer.append(dns.rrset.from_text("www.vendor.example.", 60, "IN", "CNAME", "a.example."))
    response.answer.append(dns.rrset.from_text("a.example.", 60, "IN", "A", "192.0.2.80"))
    told = response.to_wire()
    told = told[:2] + changed(told[2:])
    return len(told).to_bytes(2) + told


def saying(answers: Answers, changed: Callable[[bytes], bytes], *, first: bool) -> Talk:
    """A talk that says so once it was asked, or at once, and ends."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = b"" if first else await reader.read(65_536)
        if asked or first:
            writer.write(answers(asked, changed))
            await writer.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WITHIN_SECONDS / 10):
                await reader.read()

    return talk


CHECKS = (
    JsonEquals("$.a[0].b", 1),
    HeaderMatches("X-A", Pattern("b")),
    HeaderEquals("Set-Cookie", "x"),
    BodyMatches(Pattern("b.d")),
)
WHO = Auth(AuthScheme.DIGEST, "probe", "a-password")
JSON = http(
    "200 OK\r\nContent-Type: application/json; charset=utf-8\r\nSet-Cookie: a=b; Path=/\r\nX-A: b",
    b'{"a": [{"b": 1e9}]}',
)
CAPTURES = (
    Capture("j", Source.JSON, "$.a[0].b"),
    Capture("h", Source.HEADER, "X-A"),
    Capture("t", Source.BODY, pattern=Pattern("(?s).*")),
)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


def scenario(port: int) -> ScenarioEndpoint:
    """What one answer said goes into everything of the next request."""
    url = f"http://127.0.0.1:{port}/"
    last = HttpEndpoint(url + "{{j}}", method="POST", headers=(("X-B", "{{h}}"),), body=b"{{t}}")
    return ScenarioEndpoint((Step("first", HttpEndpoint(url), CAPTURES), Step("last", last, always=True)))


def page(port: int) -> HttpEndpoint:
    """A request with checks that goes where it is sent."""
    return HttpEndpoint(f"http://127.0.0.1:{port}/", checks=CHECKS, follow_redirects=2, auth=WHO)


def call(port: int) -> SipEndpoint:
    """A registration."""
    return SipEndpoint("127.0.0.1", port, SipTransport.TCP, SipRequest.REGISTER, user="probe", password="a-password")


CASES: dict[str, tuple[Callable[[int], Any], Answers]] = {
    "http": (page, JSON),
    "http-redirect": (page, http("302 Found\r\nLocation: http://127.0.0.1:1/x/../y?z=%20#f")),
    "http-challenge": (page, http('401 Who\r\nWWW-Authenticate: Digest realm="r", nonce="n", qop="auth"')),
    "http-chunks": (page, lambda _, changed: changed(CHUNKED)),
    "http-gzip": (page, http("200 OK\r\nContent-Encoding: gzip", gzip.compress(b"all is well" * 20))),
    "scenario": (scenario, JSON),
    "websocket": (lambda port: WebsocketEndpoint(f"ws://127.0.0.1:{port}/", expect="hello"), websocket),
    "sip": (call, sip),
    "smtp": (lambda port: SmtpEndpoint("127.0.0.1", port), smtp),
    "dns": (
        lambda port: DnsEndpoint("127.0.0.1", "www.vendor.example", port=port, transport=DnsTransport.TCP), nameserver,
    ),
}  # fmt: skip


class Addresses:
    """A resolver that knows no name."""

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """An address, or a clear no."""
        try:
            return (literal(host, port),)
        except ValueError:
            raise socket.gaierror(socket.EAI_NONAME, "no") from None


async def all_ended(make: Callable[[int], Any], talk: Callable[[], Talk]) -> set[Reason]:
    """The reasons of many attempts, each of which ends in time."""
    reasons: set[Reason] = set()
    equipment = Equipment(SystemClock(), Addresses())
    for _ in range(ROUNDS):
        async with serving(talk()) as server:
            endpoint = make(server.port)
            began = time.monotonic()
            attempt: Awaitable[Any] = PROBERS[endpoint.kind](endpoint, round(WITHIN_SECONDS * SECOND), equipment)
            reasons.add((await attempt).reason)
            assert time.monotonic() - began < WITHIN_SECONDS + GRACE_SECONDS
    return reasons


@pytest.mark.prove
@pytest.mark.parametrize("case", CASES)
async def test_changed_answer_is_never_our_error(case: str) -> None:
    """An exception would end the attempt as ours, which no vendor may choose."""
    make, answers = CASES[case]
    changed = changing(random.Random(case))
    reasons = await all_ended(make, lambda: saying(answers, changed, first=case == "smtp"))
    assert Reason.PROBER not in reasons
    assert len(reasons) > 1, "some of the changes matter"


@pytest.mark.prove
@pytest.mark.parametrize("kind", ["ocsp", "tsp"])
async def test_changed_answer_of_an_authority_ends(tmp_path: Path, kind: str) -> None:
    """What such an answer says of us is ours; nothing it holds is an exception."""
    pki = real.pki(tmp_path)
    root = str(tmp_path / "root.pem")
    good = told_by(pki) if kind == "ocsp" else bytes.fromhex("30053003020102")
    changed = changing(random.Random(1))

    def endpoint(port: int) -> Any:
        url = f"http://127.0.0.1:{port}/"
        return pki.endpoint(url) if kind == "ocsp" else TspEndpoint(HttpEndpoint(url), root)

    reasons = await all_ended(endpoint, lambda: saying(packed(good), changed, first=False))
    assert Reason.CHECK in reasons
