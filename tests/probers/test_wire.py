"""A request as it goes over the wire, and the heads of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from multidict import CIMultiDict
from yarl import URL

from tests.probers.servers import http
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.http import attempt
from uptime_daemon.probers.wire import Request

if TYPE_CHECKING:
    from uptime_daemon.probers.equipment import Equipment


@pytest.mark.parametrize(
    ("method", "body", "lines"),
    [
        ("GET", b"", []),
        ("HEAD", b"", []),
        ("GET", b"{}", ["Content-Length: 2"]),
        ("DELETE", b"", ["Content-Length: 0"]),
        ("POST", b"", ["Content-Type: application/octet-stream", "Content-Length: 0"]),
        ("PUT", b"abc", ["Content-Type: application/octet-stream", "Content-Length: 3"]),
    ],
)
def test_lengths_are_told_where_they_matter(method: str, body: bytes, lines: list[str]) -> None:
    """RFC 9110, section 8.6: a request whose method has a meaning for content says how long it is, also of none."""
    request = Request(URL("http://vendor.example/a b?q=ž#part"), method, CIMultiDict(), body)
    wanted = [f"{method} /a%20b?q=%C5%BE HTTP/1.1", "Host: vendor.example", "Accept: */*", "Connection: close", *lines]
    assert request.encoded() == "\r\n".join([*wanted, "", ""]).encode() + body


def test_what_is_written_stands() -> None:
    """A header of the definition is not written over, and none is sent twice; an odd port stands in the host."""
    headers = CIMultiDict({"host": "other.example", "accept": "text/html", "content-type": "text/plain"})
    sent = Request(URL("https://[::1]:8443/"), "POST", headers, b"x").encoded().decode()
    assert [line.lower().partition(":")[0] for line in sent.splitlines()[1:-2]] == [
        "host", "accept", "content-type", "connection", "content-length",
    ]  # fmt: skip
    assert "other.example" in sent
    bare = Request(URL("https://[::1]:8443/"), "GET", CIMultiDict(), b"").encoded()
    assert b"\r\nHost: [::1]:8443\r\n" in bare


async def test_cookies_go_where_they_belong() -> None:
    """A cookie of the jar stands beside one of the definition, and only at the server that set it."""
    jar = aiohttp.CookieJar()
    jar.update_cookies_from_headers(['session="a b"; Path=/'], URL("http://vendor.example/"))
    headers = CIMultiDict({"Cookie": "own=1"})
    assert b'\r\nCookie: own=1; session="a b"\r\n' in Request(
        URL("http://vendor.example/"), "GET", headers, b""
    ).encoded(jar)
    assert b"\r\nCookie: own=1\r\n" in Request(URL("http://other.example/"), "GET", headers, b"").encoded(jar)


INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("said", "outcome", "reason", "status"),
    [
        (INTERIM + WHOLE, Outcome.PASS, Reason.NONE, 200),
        (INTERIM, Outcome.FAIL, Reason.CONNECTION_RESET, None),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", Outcome.PASS, Reason.NONE, 200),
        (b'HTTP/1.0 200 OK\r\nContent-Type: text/plain; charset="\xff;;=\r\n\r\nx', Outcome.PASS, Reason.NONE, 200),
        (b"HTTP/1.1 200 OK\r\nContent-Type: t\xdc; charset*0*=a; charset*=b\r\n\r\nx", Outcome.PASS, Reason.NONE, 200),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Outcome.PASS, Reason.NONE, 204),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\nx", Outcome.FAIL, Reason.ANSWER_TOO_LARGE, 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx", Outcome.FAIL, Reason.ANSWER_INVALID, None),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nxx",
            Outcome.FAIL,
            Reason.ANSWER_INVALID,
            None,
        ),
    ],
)
async def test_heads(equipment: Equipment, said: bytes, outcome: Outcome, reason: Reason, status: int | None) -> None:
    """Interim answers are passed over; a body without a length goes on until the end; ten gigabytes are not read."""
    async with http(said) as server:
        seen = await attempt(HttpEndpoint(server.url()), 10 * SECOND, equipment)
    assert (seen.outcome, seen.reason, seen.status) == (outcome, reason, status), seen.detail
