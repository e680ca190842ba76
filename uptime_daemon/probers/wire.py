"""HTTP/1.1 on one connection: a request as bytes, and the head of its answer as aiohttp's parser reads it.

aiohttp's client would do the same with connections, cookies, redirects and answers of its own, all of which an attempt
has to see to itself; without them one costs half the time.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import aiohttp
from aiohttp.http import HttpProcessingError, HttpResponseParser
from aiohttp.streams import EMPTY_PAYLOAD

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.probers import trouble
from uptime_daemon.probers.bodies import read_body
from uptime_daemon.probers.channel import PIECE_BYTES_MAX
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from aiohttp import CookieJar, StreamReader
    from aiohttp.http import RawResponseMessage
    from multidict import CIMultiDict, MultiMapping
    from yarl import URL

    from uptime_daemon.probers.channel import Channel
    from uptime_daemon.probers.checks import Answer

_INTERIM: Final = range(100, 200)
_SWITCHING: Final = 101
"""The one status below 200 that is an answer (RFC 9110, section 15.2.2)."""
_EMPTY: Final = frozenset({*_INTERIM, 204, 304})
"""Answers that have no body, whatever they announce (RFC 9112, section 6.3)."""
_WITHOUT_CONTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_WITH_CONTENT: Final = frozenset({"PATCH", "POST", "PUT"})
_CHARSET: Final = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE | re.ASCII)
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
        head = f"{self.method} {self.url.raw_path_qs} HTTP/1.1\r\n{lines}\r\n"
        # what a server named in bytes that are no text, such as a realm, it gets back as it was
        return head.encode(errors="surrogateescape") + self.body


class Body(Protocol):
    """The body of an answer, packed as it is sent."""

    def came(self) -> bytes:
        """What of it has come already."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """All of it as it comes; `AttemptError` or an exception of aiohttp where it is broken."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer, and where its body comes from."""

    method: str
    """Of the request: an answer to HEAD has no body, whatever it announces."""
    status: int
    headers: MultiMapping[str]
    body: Body
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
        await read_body(self.body.pieces(), self.headers.get("Content-Encoding", ""), answer.body, limit)


async def answered(request: bytes, method: str, channel: Channel) -> Head:
    """Ask, and wait for the head of the answer; those of interim answers are passed over."""
    parser = HttpResponseParser(
        _NO_FLOW_CONTROL,
        asyncio.get_running_loop(),
        PIECE_BYTES_MAX,
        response_with_body=method != "HEAD",
        read_until_eof=True,
        auto_decompress=False,
    )
    channel.send(request)
    interim = 0
    while piece := await channel.receive():
        for message, content in _parsed(parser, piece):
            if message.code not in _INTERIM or message.code == _SWITCHING:
                body = _OwnBody(channel, parser, EMPTY_PAYLOAD if message.code in _EMPTY else content)
                return Head(method, message.code, message.headers, body, "{}.{}".format(*message.version))
            interim += 1
            if interim > _INTERIM_MAX:
                raise AttemptError(Reason.ANSWER_INVALID, f"more than {_INTERIM_MAX} interim answers, and no answer")
    raise of_loss(None)


class _NoFlowControl:
    """What aiohttp's parser tells when it has enough: whoever reads a piece at a time need not be told."""

    def pause_reading(self) -> None:
        """Nothing is read unasked."""

    def resume_reading(self, *, resume_parser: bool = True) -> None:
        """The next piece is read when it is wanted."""


_NO_FLOW_CONTROL: Final[Any] = _NoFlowControl()


class _OwnBody:
    """A body on a channel, cut into pieces by the parser that read its head."""

    __slots__ = ("_channel", "_content", "_parser")

    def __init__(self, channel: Channel, parser: HttpResponseParser, content: StreamReader) -> None:
        self._channel, self._parser, self._content = channel, parser, content

    def came(self) -> bytes:
        """See `Body`."""
        return self._content.read_nowait()

    async def pieces(self) -> AsyncIterator[bytes]:
        """See `Body`."""
        while True:
            if piece := self._content.read_nowait():
                yield piece
            if self._content.is_eof():
                return
            try:
                packed = await self._channel.receive()
            except OSError as lost:
                self._end(lost)
            else:
                if packed:
                    _parsed(self._parser, packed)
                else:
                    self._end(None)

    def _end(self, lost: OSError | None) -> None:
        """Nothing more comes; a body that has told no length is whole, however the connection ended."""
        try:
            self._parser.feed_eof()
        except HttpProcessingError as error:
            raise of_loss(lost) if lost else _of_parser(error) from error


class StreamedBody:
    """A body as aiohttp's client streams it."""

    def __init__(self, content: StreamReader) -> None:
        self._content = content

    def came(self) -> bytes:
        """See `Body`."""
        return b"" if self._content.exception() else self._content.read_nowait()

    def pieces(self) -> AsyncIterator[bytes]:
        """See `Body`."""
        return self._content.iter_any()


def _parsed(parser: HttpResponseParser, piece: bytes) -> Sequence[tuple[RawResponseMessage, StreamReader]]:
    try:
        return parser.feed_data(piece)[0]
    except HttpProcessingError as error:
        raise _of_parser(error) from error


def _of_parser(error: HttpProcessingError) -> AttemptError:
    # not the exception's own text, which names the whole address
    return AttemptError(Reason.ANSWER_INVALID, f"no HTTP: {error.message}")


def of_loss(lost: OSError | None) -> AttemptError:
    """What it means that a connection was lost before there was an answer."""
    if lost is not None:
        return trouble.of_exception(lost, Phase.ANSWER)
    return AttemptError(Reason.CONNECTION_RESET, "the connection was closed before any answer")


def of_aiohttp(error: aiohttp.ClientError, lost: OSError | None) -> AttemptError:
    """What an exception of aiohttp means, once there was a connection, and what that was lost by."""
    match error:
        case aiohttp.ServerDisconnectedError() | OSError():
            return of_loss(lost)
        case aiohttp.ClientPayloadError():
            return trouble.of_exception(lost, Phase.ANSWER) if lost else AttemptError(Reason.ANSWER_INVALID, str(error))
        case aiohttp.ClientResponseError():
            # not the exception's own text, which names the whole address
            return AttemptError(Reason.ANSWER_INVALID, f"no HTTP: {error.message}")
        case _:
            raise error


def _charset(content_type: str) -> str | None:
    """The charset that an answer names (RFC 9110, section 8.3.2)."""
    found = _CHARSET.search(content_type)
    return found[1] if found else None
