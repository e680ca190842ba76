"""HTTP/1.1 on one connection: a request as bytes, and the head of its answer as aiohttp's parser reads it.

aiohttp's client would do the same with connections, cookies, redirects and answers of its own, all of which an attempt
has to see to itself; without them one costs half the time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.probers import trouble
from uptime_daemon.probers.bodies import read_body
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from aiohttp import CookieJar, StreamReader
    from multidict import CIMultiDict, MultiMapping
    from yarl import URL

    from uptime_daemon.probers.checks import Answer
    from uptime_daemon.probers.way import Handler

_INTERIM: Final = range(100, 200)
_SWITCHING: Final = 101
"""The one status below 200 that is an answer (RFC 9110, section 15.2.2)."""
_WITHOUT_CONTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_WITH_CONTENT: Final = frozenset({"PATCH", "POST", "PUT"})
_INTERIM_MAX: Final = 64
"""How many interim answers may come before the answer: a server that says every 20 s that it still works needs 15 in
the longest attempt; reading a flood of them would hold the loop up."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to one address."""

    url: URL
    method: str
    headers: CIMultiDict[str]
    body: bytes

    def encoded(self, cookies: CookieJar | None = None) -> bytes:
        """As it goes over the wire (RFC 9112), on a connection that serves it alone."""
        headers = self.headers.copy()
        headers.setdefault("Host", self.url.host_port_subcomponent or "")
        headers.setdefault("Accept", "*/*")
        headers.setdefault("Connection", "close")
        if self.method in _WITH_CONTENT:
            headers.setdefault("Content-Type", "application/octet-stream")
        if (self.body or self.method not in _WITHOUT_CONTENT) and "Transfer-Encoding" not in headers:
            headers.setdefault("Content-Length", str(len(self.body)))
        if cookies is not None:
            kept = [f"{each.key}={each.coded_value}" for each in cookies.filter_cookies(self.url).values()]
            if own := headers.getall("Cookie", []) + kept:
                headers["Cookie"] = "; ".join(own)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {self.url.raw_path_qs} HTTP/1.1\r\n{lines}\r\n".encode() + self.body


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer, and where its body comes from."""

    method: str
    """Of the request: an answer to HEAD has no body, whatever it announces."""
    status: int
    headers: MultiMapping[str]
    content: StreamReader
    version: str = ""

    def told(self, answer: Answer) -> None:
        """Let it stand in the answer."""
        answer.status, answer.headers, answer.version = self.status, self.headers, self.version
        answer.charset = _charset(self.headers.get("Content-Type", "")) or answer.charset

    async def read(self, limit: int, answer: Answer) -> None:
        """Read the body into the answer, unless it is announced to be too long."""
        announced = self.headers.get("Content-Length", "")
        length = int(announced) if self.method != "HEAD" and announced.isdecimal() else 0
        if length > limit:
            raise AttemptError(Reason.ANSWER_TOO_LARGE, f"announces {length} bytes, more than {limit}")
        await read_body(self.content.iter_any(), self.headers.get("Content-Encoding", ""), answer.body, limit)


async def answered(request: bytes, method: str, transport: asyncio.Transport, handler: Handler) -> Head:
    """Ask, and wait for the head of the answer; those of interim answers are passed over."""
    handler.set_response_params(skip_payload=method == "HEAD", read_until_eof=True, auto_decompress=False)
    transport.write(request)
    for _ in range(_INTERIM_MAX + 1):
        message, content = await handler.read()
        if message.code not in _INTERIM or message.code == _SWITCHING:
            return Head(method, message.code, message.headers, content, "{}.{}".format(*message.version))
    raise AttemptError(Reason.ANSWER_INVALID, f"more than {_INTERIM_MAX} interim answers, and no answer")


def of_loss(lost: OSError | None) -> AttemptError:
    """What it means that a connection was lost before there was an answer."""
    if lost is not None:
        return trouble.of_exception(lost, Phase.ANSWER)
    return AttemptError(Reason.CONNECTION_RESET, "the connection was closed before any answer")


def of_aiohttp(error: aiohttp.ClientError | HttpProcessingError, lost: OSError | None) -> AttemptError:
    """What an exception of aiohttp means, once there was a connection, and what that was lost by."""
    match error:
        case aiohttp.ServerDisconnectedError() | OSError():
            return of_loss(lost)
        case aiohttp.ClientPayloadError():
            return trouble.of_exception(lost, Phase.ANSWER) if lost else AttemptError(Reason.ANSWER_INVALID, str(error))
        case aiohttp.ClientResponseError() | HttpProcessingError():
            # not the exception's own text, which names the whole address
            return AttemptError(Reason.ANSWER_INVALID, f"no HTTP: {error.message}")
        case _:
            raise error


@lru_cache(maxsize=256)
def _charset(content_type: str) -> str | None:
    """The charset that an answer names."""
    parts = Message()
    parts["Content-Type"] = content_type
    return parts.get_content_charset()
