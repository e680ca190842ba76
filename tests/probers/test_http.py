"""What an HTTP attempt says of servers that are well, wrong, slow, endless, hostile or not there."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from tests.probers.servers import deaf_port, endless, free_port, http, reset_after, serving, silence
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import (
    BodyContains,
    BodyMatches,
    HeaderEquals,
    JsonEquals,
    SecondsBelow,
    StatusIs,
)
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.http import attempt
from uptime_daemon.probers.patterns import Pattern

if TYPE_CHECKING:
    from tests.probers.conftest import KnownNames
    from tests.probers.servers import Talk
    from uptime_daemon.probers.equipment import Equipment

pytestmark = pytest.mark.usefixtures("no_leak")

PATIENT_SECONDS = 30
"""The limit of attempts that end by themselves, however busy the machine."""
SHORT_SECONDS = 1.5
"""The limit of attempts that end by it: a busy machine comes within it to where they wait in vain."""
GRACE_SECONDS = 30
"""How much later than its limit an attempt may end on a busy machine."""
WAITED_FOR_IN_VAIN = {Reason.CONNECT_TIMEOUT, Reason.ANSWER_TIMEOUT}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def tried(equipment: Equipment, url: str, seconds: float = PATIENT_SECONDS, **rest: Any) -> Attempt:
    """One attempt, which must end in time."""
    began = time.monotonic()
    seen = await attempt(HttpEndpoint(url, **rest), round(seconds * SECOND), equipment)
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    return seen


def limit(reason: Reason) -> float:
    """The limit, in seconds, of an attempt that is to end so: only what is waited for in vain ends by it."""
    return SHORT_SECONDS if reason in WAITED_FOR_IN_VAIN else PATIENT_SECONDS


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """A whole answer."""
    head = "".join(f"{header}\r\n" for header in (f"HTTP/1.1 {status} Some", *headers, f"Content-Length: {len(body)}"))
    return head.encode() + b"\r\n" + body


async def test_good_answer_passes_and_tells_every_phase(equipment: Equipment) -> None:
    """A 200 passes; name, TCP and answer are timed and add up to less than the whole."""
    async with http(OK) as server:
        seen = await tried(equipment, server.url(host="vendor.example"))
    assert (seen.outcome, seen.reason, seen.phase, seen.status) == (Outcome.PASS, Reason.NONE, Phase.ANSWER, 200)
    assert seen.peer == f"127.0.0.1:{server.port}"
    assert [phase for phase, _ in seen.phases] == [Phase.NAME, Phase.TCP, Phase.ANSWER]
    assert 0 < sum(duration for _, duration in seen.phases) <= seen.duration
    assert [(check.check, check.expected, check.actual) for check in seen.checks] == [("status", "200 to 299", "200")]


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (204, Outcome.PASS, Reason.NONE),
        (301, Outcome.FAIL, Reason.STATUS),
        (404, Outcome.FAIL, Reason.STATUS),
        (500, Outcome.FAIL, Reason.STATUS),
        (503, Outcome.FAIL, Reason.STATUS),
        (401, Outcome.ERROR, Reason.ACCESS_REFUSED),
        (403, Outcome.ERROR, Reason.ACCESS_REFUSED),
        (407, Outcome.ERROR, Reason.ACCESS_REFUSED),
        (429, Outcome.ERROR, Reason.ACCESS_REFUSED),
    ],
)
async def test_status_decides(equipment: Equipment, status: int, outcome: Outcome, reason: Reason) -> None:
    """A status of the vendor's fails; one that speaks of our access is an error; without redirects 301 is a status."""
    async with http(answer(status, "Location: /elsewhere", body=b"" if status == 204 else b"why")) as server:
        seen = await tried(equipment, server.url())
    assert (seen.outcome, seen.reason, seen.status) == (outcome, reason, status)
    assert server.connections == 1
    assert seen.excerpt == ("" if status == 204 else "why")


async def test_expected_refusal_passes(equipment: Equipment) -> None:
    """Whoever checks that a door is locked may expect a 401."""
    async with http(answer(401)) as server:
        seen = await tried(equipment, server.url(), checks=(StatusIs((401, 403)),))
    assert seen.outcome is Outcome.PASS
    assert seen.checks[0].expected == "401 or 403"


@pytest.mark.parametrize(
    ("status", "header"),
    [(503, "cf-mitigated: challenge"), (202, "x-amzn-waf-action: challenge"), (405, "x-amzn-waf-action: captcha")],
)
async def test_firewall_page_is_an_error(equipment: Equipment, status: int, header: str) -> None:
    """A page that asks for a proof of humanity, whatever its status, says nothing about the service."""
    async with http(answer(status, header)) as server:
        seen = await tried(equipment, server.url())
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.ACCESS_REFUSED)


async def test_failed_check_shows_expected_and_actual(equipment: Equipment) -> None:
    """The first check that means down decides; all of them are kept."""
    body = b'{"state": "starting", "load": 0.5}'
    checks = (
        StatusIs((200,)),
        JsonEquals("$.state", "ready"),
        BodyMatches(Pattern(r"load.: 0\.\d")),
        HeaderEquals("Content-Type", "application/json"),
    )
    async with http(answer(200, "Content-Type: text/plain", body=body)) as server:
        seen = await tried(equipment, server.url(), checks=checks)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CHECK)
    assert seen.detail == 'json $.state: expected "ready", got "starting"'
    assert [check.holds for check in seen.checks] == [True, False, True, False]
    assert seen.checks[3].actual == "text/plain"


async def test_slow_answer_is_degraded_not_down(equipment: Equipment) -> None:
    """A check that means slow leaves the attempt a pass."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.15)
        writer.write(OK)
        await writer.drain()

    async with serving(talk) as server:
        seen = await tried(equipment, server.url(), checks=(SecondsBelow(SECOND // 10, Means.SLOW),))
    assert (seen.outcome, seen.degraded) == (Outcome.PASS, True)
    assert seen.duration >= 150_000


SILENT: dict[str, tuple[Talk, Reason]] = {
    "nothing": (silence, Reason.ANSWER_TIMEOUT),
    "half a head": (endless(b"HTTP/1.1 200 OK\r\nContent-", b"", 0.1), Reason.ANSWER_TIMEOUT),
    "a byte now and then": (
        endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"x", 0.1),
        Reason.ANSWER_TIMEOUT,
    ),
    "interim answers now and then": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.1), Reason.ANSWER_TIMEOUT),
}


@pytest.mark.parametrize("name", SILENT)
async def test_answer_that_never_ends_is_a_timeout(equipment: Equipment, name: str) -> None:
    """The one timeout bounds everything: silence, drips and answers before the answer."""
    talk, reason = SILENT[name]
    async with serving(talk) as server:
        seen = await tried(equipment, server.url(), SHORT_SECONDS)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, reason, Phase.ANSWER)
    assert seen.duration >= SHORT_SECONDS * SECOND


OVERLONG: dict[str, tuple[Talk, Reason]] = {
    "endless body": (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536), Reason.ANSWER_TOO_LARGE),
    "endless chunks": (
        endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + b"x" * 0x4000 + b"\r\n"),
        Reason.ANSWER_TOO_LARGE,
    ),
    "endless headers": (endless(b"HTTP/1.1 200 OK\r\n", b"X-More: yes\r\n" * 100), Reason.ANSWER_INVALID),
    "endless interim answers": (endless(b"", b"HTTP/1.1 103 Hints\r\n\r\n" * 1000), Reason.ANSWER_INVALID),
    "endless header": (endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x" * 10_000), Reason.ANSWER_INVALID),
    "endless status line": (endless(b"HTTP/1.1 200 ", b"x" * 10_000), Reason.ANSWER_INVALID),
    "ten gigabytes announced": (
        endless(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", b"x" * 1000, 0.05),
        Reason.ANSWER_TOO_LARGE,
    ),
}


@pytest.mark.parametrize("name", OVERLONG)
async def test_endless_answer_is_cut(equipment: Equipment, name: str) -> None:
    """Whatever has no end in an answer is ended before the timeout and without filling memory."""
    talk, reason = OVERLONG[name]
    async with serving(talk) as server:
        tracemalloc.start()
        seen = await tried(equipment, server.url())
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, reason)
    assert seen.duration < (PATIENT_SECONDS - 1) * SECOND
    assert peak_bytes < 8 * 1024 * 1024


async def test_gzip_bomb_is_cut(equipment: Equipment) -> None:
    """Sixty-four megabytes packed into 64 KB fail as too large, and at most the limit is unpacked."""
    packed = gzip.compress(bytes(64 * 1024 * 1024))
    async with http(answer(200, "Content-Encoding: gzip", body=packed)) as server:
        tracemalloc.start()
        seen = await tried(equipment, server.url(), max_body_bytes=100_000)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.ANSWER_TOO_LARGE)
    assert peak_bytes < 2 * 1024 * 1024


async def test_packed_answer_is_unpacked(equipment: Equipment) -> None:
    """A gzip answer, even of several members, is checked as the text that it means."""
    packed = gzip.compress(b"all is ") + gzip.compress(b"well")
    async with http(answer(200, "Content-Encoding: gzip", body=packed)) as server:
        seen = await tried(equipment, server.url(), checks=(BodyContains("is well"),))
    assert (seen.outcome, seen.excerpt) == (Outcome.PASS, "all is well")
    assert b"Accept-Encoding: gzip\r\n" in server.requests[0]


INVALID: dict[str, bytes] = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "absurd status": b"HTTP/1.1 banana OK\r\n\r\n",
    "bad chunk size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
    "chunks cut short": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok",
    "body cut short": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nonly this",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "broken packing": answer(200, "Content-Encoding: gzip", body=b"this is no gzip"),
    "packing cut short": answer(200, "Content-Encoding: gzip", body=gzip.compress(b"cut short" * 100)[:-9]),
}


@pytest.mark.parametrize("name", INVALID)
async def test_broken_answer_is_invalid(equipment: Equipment, name: str) -> None:
    """What is no HTTP, or less of it than announced, is the vendor's fault."""
    async with http(INVALID[name]) as server:
        seen = await tried(equipment, server.url())
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.ANSWER_INVALID)
    assert seen.detail


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (b"", False),
        (b"", True),
        (b"HTTP/1.1 200 OK\r\nContent-Le", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha", True),
    ],
    ids=["at once", "when asked", "in the head", "in the body", "in a chunk"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_reset_is_told_and_not_repeated(equipment: Equipment, method: str, said: bytes, asked: bool) -> None:
    """A reset in any phase of the answer is a reset, after one connection only."""
    async with serving(reset_after(said, asked=asked)) as server:
        seen = await tried(equipment, server.url(), method=method)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.CONNECTION_RESET, Phase.ANSWER)
    assert server.connections == 1


async def test_lost_connection_is_not_tried_again(equipment: Equipment) -> None:
    """One attempt is one try: a server that would answer the second time has failed."""
    async with http(b"", OK) as server:
        seen = await tried(equipment, server.url())
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CONNECTION_RESET)
    assert server.connections == 1


async def test_refused_port(equipment: Equipment) -> None:
    """Nobody listens: refused, by a peer that is named."""
    with free_port() as port:
        seen = await tried(equipment, f"http://127.0.0.1:{port}/")
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.CONNECTION_REFUSED, Phase.TCP)
    assert seen.peer == f"127.0.0.1:{port}"


async def test_silent_port_is_a_connect_timeout(equipment: Equipment) -> None:
    """Nobody answers at all: silent, and the address that was tried is named."""
    with deaf_port() as port:
        seen = await tried(equipment, f"http://127.0.0.1:{port}/", SHORT_SECONDS)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.CONNECT_TIMEOUT, Phase.TCP)
    assert seen.peer == ""
    assert f"127.0.0.1:{port}" in seen.detail


async def test_request_is_sent_as_defined(equipment: Equipment) -> None:
    """Method, headers, body and query arrive; cookies of an attempt before do not."""
    async with http(answer(200, "Set-Cookie: seen=1")) as server:
        for _ in range(2):
            await tried(
                equipment,
                server.url("/health?deep=1", host="vendor.example"),
                method="PUT",
                headers=(("X-Key", "k"), ("User-Agent", "acme")),
                body=b"{}",
            )
    for request in server.requests:
        assert request.startswith(b"PUT /health?deep=1 HTTP/1.1\r\n")
        assert b"X-Key: k\r\n" in request
        assert request.count(b"User-Agent") == 1
        assert b"Cookie" not in request


async def test_head_has_no_body(equipment: Equipment) -> None:
    """The length that a HEAD announces is not waited for, however large."""
    async with http(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n") as server:
        seen = await tried(equipment, server.url(), method="HEAD")
    assert seen.outcome is Outcome.PASS


async def test_padding_behind_a_packed_body_is_passed_over(equipment: Equipment) -> None:
    """Zeros behind the last member, which browsers take, too, are nobody's outage; a second member belongs to it."""
    packed = gzip.compress(b"all is ") + gzip.compress(b"well") + bytes(512)
    async with http(answer(200, "Content-Encoding: gzip", body=packed)) as server:
        seen = await tried(equipment, server.url(), checks=(BodyContains("all is well"),))
    assert (seen.outcome, seen.detail, seen.excerpt) == (Outcome.PASS, "", "all is well")


async def test_secrets_stay_out_of_the_evidence(equipment: Equipment) -> None:
    """A server that echoes the request does not get our secrets into excerpt, checks or detail."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        said = head + await reader.readexactly(28)
        said += b"x" * 150 + head  # one secret lies across the cut of what is kept
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
        await writer.drain()

    secrets = ("s3cret-token-of-ours", "query-secret", "body-secret-of-ours")
    async with serving(echo) as server:
        seen = await tried(
            equipment,
            server.url(f"/?key={secrets[1]}"),
            method="POST",
            headers=(("Authorization", f"Bearer {secrets[0]}"),),
            body=b'{"pin":"body-secret-of-ours"}'[:28],
            checks=(StatusIs((500,)), BodyContains("nowhere")),
        )
    assert seen.reason is Reason.CHECK
    assert "***" in seen.excerpt
    assert [part for part in secrets if part[:12] in repr(seen)] == []


async def test_cancelled_attempt_leaves_nothing_behind(equipment: Equipment) -> None:
    """Whoever stops an attempt gets it stopped; the connection is closed."""
    async with serving(silence) as server:
        task = asyncio.create_task(attempt(HttpEndpoint(server.url()), 30 * SECOND, equipment))
        await server.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("number", "outcome", "reason"),
    [
        (socket.EAI_NONAME, Outcome.FAIL, Reason.NAME_NOT_FOUND),
        (socket.EAI_AGAIN, Outcome.ERROR, Reason.RESOLVER),
        (socket.EAI_FAIL, Outcome.ERROR, Reason.RESOLVER),
    ],
)
async def test_name_trouble_is_told_as_such(
    equipment: Equipment, names: KnownNames, number: int, outcome: Outcome, reason: Reason
) -> None:
    """A name that is not there is the vendor's, a resolver that cannot tell is ours: no connection was lost."""
    names.names["gone.example"] = socket.gaierror(number, "no")
    seen = await tried(equipment, "https://gone.example/")
    assert (seen.outcome, seen.reason, seen.phase) == (outcome, reason, Phase.NAME)
