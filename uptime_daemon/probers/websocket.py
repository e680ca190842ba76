"""One connection over WebSocket (RFC 6455): the handshake, maybe a message, maybe the wait for an answer.

aiohttp speaks the protocol, on the connection of the HTTP prober; a redirect is an answer with that status.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy

from uptime_daemon.core.facts.attempt import CheckResult, Means
from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.probers.bodies import ENCODINGS
from uptime_daemon.probers.endpoints.conditions import Check, Expected
from uptime_daemon.probers.endpoints.places import parsed_url
from uptime_daemon.probers.endpoints.web import SWITCHING_PROTOCOLS
from uptime_daemon.probers.http import read_answer, secrets
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError
from uptime_daemon.probers.way import Handler, Way
from uptime_daemon.probers.wire import Head, StreamedBody, of_aiohttp, of_loss

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
    from aiohttp.tracing import Trace

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.web import WebsocketEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

ANSWER_BYTES_MAX: Final = 64 * 1024
"""How much of the messages is searched: what a service says first are events, not pages."""

_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=None)
"""The attempt's own timeout bounds everything."""
_NO_GOODBYE: Final = aiohttp.ClientWSTimeout(ws_close=0)
"""Our goodbye is sent, and nobody waits for the other side's."""
_ACCESS_REFUSED: Final = frozenset({1008, 3000, 3003})
"""Closes that speak of us: policy violation (RFC 6455, section 7.4.1), unauthorized, forbidden (IANA's registry)."""


async def attempt(endpoint: WebsocketEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at a WebSocket endpoint that ends within the given elapsed microseconds."""
    checks: tuple[Check, ...] = (*endpoint.handshake.checks, *endpoint.checks)
    if endpoint.expect:
        checks = (*checks, Expected(endpoint.expect))
    hidden = [*secrets(endpoint.handshake), endpoint.send]
    return await tried(partial(_exchange, endpoint, equipment), checks, within, equipment.clock, hidden)


class _NoUpgradeError(Exception):
    """The server answered with something else than an upgrade, which the status tells."""


async def _exchange(endpoint: WebsocketEndpoint, equipment: Equipment, progress: Progress) -> None:
    """Shake hands, say what is to be said, read until the expected came, into the progress."""
    async with opened(endpoint, equipment, progress) as connection:
        if connection is None:
            return
        if endpoint.protocols:
            # browsers hang up then, other clients may go on (RFC 6455, section 4.1)
            offered, chosen = " or ".join(endpoint.protocols), connection.protocol
            result = CheckResult(
                "protocol", offered, chosen or "(nothing)", holds=chosen is not None, means=Means.NOTICE
            )
            progress.told.append(result)
        if endpoint.send:
            await connection.send(endpoint.send)
        while endpoint.expect.encode() not in progress.answer.body:
            message = await connection.receive(with_messages=bool(progress.answer.body))
            if message is None:
                return
            progress.answer.body += message + b"\n"
            if len(progress.answer.body) > ANSWER_BYTES_MAX:
                detail = f"more than {ANSWER_BYTES_MAX} bytes without the expected"
                raise AttemptError(Reason.ANSWER_TOO_LARGE, detail)


class Connection:
    """A connection whose handshake is done."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, way: Way) -> None:
        self._socket, self._way = socket, way
        self.protocol = socket.protocol
        """The subprotocol that the server chose."""

    async def send(self, text: str) -> None:
        """Send a text message."""
        await self._socket.send_str(text)

    async def receive(self, *, with_messages: bool = False) -> bytes | None:
        """The next message; None where the server closed after some, `AttemptError` where it did before any."""
        message = await self._socket.receive()
        match message.type:
            case aiohttp.WSMsgType.TEXT:
                return bytes(message.data.encode())
            case aiohttp.WSMsgType.BINARY:
                return bytes(message.data)
            case aiohttp.WSMsgType.CLOSE:
                _closed(message.data, message.extra or "", with_messages=with_messages)
                return None
            case aiohttp.WSMsgType.ERROR:
                raise _of_frames(message.data)
            case _:
                raise of_loss(self._way.lost)


class _Connector(aiohttp.BaseConnector):
    """Gives aiohttp the connection of an attempt, and never a second one."""

    def __init__(self, way: Way) -> None:
        super().__init__(force_close=True, limit=0)
        self._way = way

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],  # noqa: ARG002 - the signature is aiohttp's
        timeout: aiohttp.ClientTimeout,  # noqa: ARG002, ASYNC109 - the signature is aiohttp's
    ) -> Handler:
        if self._way.is_taken:
            # aiohttp repeats a request whose connection was lost; one attempt is one try.
            raise of_loss(self._way.lost)
        return await self._way.handler(self._loop, req.url)


class _Response(aiohttp.ClientResponse):
    """An answer that may say `Upgrade` among other words (RFC 6455, section 4.1), where aiohttp knows it alone."""

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """What came, with the one word that counts."""
        came = super().headers
        words = [word.strip().lower() for line in came.getall("Connection", ()) for word in line.split(",")]
        if "upgrade" not in words:
            return came
        told = CIMultiDict(came)
        told["Connection"] = "Upgrade"
        return CIMultiDictProxy(told)


@contextlib.asynccontextmanager
async def opened(
    endpoint: WebsocketEndpoint, equipment: Equipment, progress: Progress
) -> AsyncIterator[Connection | None]:
    """A connection, or None where the server answered with another status, which is in the progress."""
    handshake = endpoint.handshake
    way = Way(handshake, equipment, progress)

    async def looked_at(request: ClientRequest, ask: ClientHandlerType) -> ClientResponse:
        response = await ask(request)
        version = "{}.{}".format(*response.version) if response.version else ""
        body = StreamedBody(response.content)
        head = Head(response.method, response.status, response.headers, body, version)
        head.told(progress.answer)
        if response.status == SWITCHING_PROTOCOLS:
            return response
        with contextlib.closing(response):
            await read_answer(head, (SWITCHING_PROTOCOLS,), handshake.max_body_bytes, progress.answer)
        raise _NoUpgradeError

    # what declines is read, and unpacked, as the HTTP prober does it
    session = aiohttp.ClientSession(
        connector=_Connector(way),
        timeout=_NO_TIMEOUT,
        middlewares=(looked_at,),
        response_class=_Response,
        auto_decompress=False,
    )
    try:
        async with session.ws_connect(
            parsed_url(handshake.url),
            headers=[("User-Agent", "uptime-daemon"), ("Accept-Encoding", ENCODINGS), *handshake.headers],
            protocols=endpoint.protocols,
            autoclose=False,
            timeout=_NO_GOODBYE,
            max_msg_size=ANSWER_BYTES_MAX,
        ) as socket:
            yield Connection(socket, way)
    except _NoUpgradeError:
        yield None
    except aiohttp.WSServerHandshakeError as error:
        raise AttemptError(Reason.ANSWER_INVALID, f"no WebSocket: {error.message}") from error
    except aiohttp.ClientError as error:
        raise of_aiohttp(error, way.lost) from error
    finally:
        way.abort()
        await session.close()


def _closed(code: int, why: str, *, with_messages: bool) -> None:
    """What a close before the expected means; with some messages the check tells what came instead."""
    told = f"closed with {code} {why}".rstrip()
    if code in _ACCESS_REFUSED:
        raise AttemptError(Reason.ACCESS_REFUSED, f"our access was refused: {told}")
    if not with_messages:
        raise AttemptError(Reason.CONNECTION_RESET, f"{told} before any message")


def _of_frames(error: BaseException) -> AttemptError:
    """What an exception of aiohttp's reader of frames means."""
    if isinstance(error, aiohttp.WebSocketError):
        if error.code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
            return AttemptError(Reason.ANSWER_TOO_LARGE, f"a message of more than {ANSWER_BYTES_MAX} bytes")
        return AttemptError(Reason.ANSWER_INVALID, f"no WebSocket: {error}")
    return AttemptError(Reason.PROBER, f"the frames cannot be read ({type(error).__name__})")
