"""One connection over WebSocket (RFC 6455): the handshake, maybe a message, maybe the wait for an answer.

aiohttp speaks the protocol, on the connection of the HTTP prober; a redirect is an answer with that status.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.probers.endpoints.conditions import Check, Expected
from uptime_daemon.probers.endpoints.places import parsed_url
from uptime_daemon.probers.endpoints.web import SWITCHING_PROTOCOLS
from uptime_daemon.probers.http import NO_TIMEOUT, Connections, of_aiohttp, of_loss, read_answer, secrets
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.web import WebsocketEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

ANSWER_BYTES_MAX: Final = 64 * 1024
"""How much of the messages is searched: what a service says first are events, not pages."""

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
    handshake = endpoint.handshake
    connections = Connections(handshake, equipment, progress)

    async def looked_at(request: ClientRequest, ask: ClientHandlerType) -> ClientResponse:
        response = await ask(request)
        progress.answer.status, progress.answer.headers = response.status, response.headers
        if response.status == SWITCHING_PROTOCOLS and not _is_unreadable(response):
            return response
        with contextlib.closing(response):
            if response.status == SWITCHING_PROTOCOLS:
                raise AttemptError(Reason.PROBER, "this prober cannot read a Connection header of several words")
            await read_answer(response, handshake, progress.answer)
        raise _NoUpgradeError

    session = aiohttp.ClientSession(connector=connections, timeout=NO_TIMEOUT, middlewares=(looked_at,))
    try:
        async with session.ws_connect(
            parsed_url(handshake.url),
            headers=[("User-Agent", "uptime-daemon"), *handshake.headers],
            protocols=endpoint.protocols,
            autoclose=False,
            timeout=_NO_GOODBYE,
            max_msg_size=ANSWER_BYTES_MAX,
        ) as socket:
            if endpoint.send:
                await socket.send_str(endpoint.send)
            if endpoint.expect:
                await _read(socket, endpoint.expect.encode(), connections, progress.answer.body)
    except _NoUpgradeError:
        return
    except aiohttp.WSServerHandshakeError as error:
        raise AttemptError(Reason.ANSWER_INVALID, f"no WebSocket: {error.message}") from error
    except aiohttp.ClientError as error:
        raise of_aiohttp(error, connections.lost) from error
    finally:
        connections.abort()
        await session.close()


def _is_unreadable(response: ClientResponse) -> bool:
    """Whether aiohttp would refuse a good handshake: RFC 6455, section 4.1 has `Upgrade` among other words."""
    words = [word.strip().lower() for word in response.headers.get("Connection", "").split(",")]
    return len(words) > 1 and "upgrade" in words


async def _read(
    socket: aiohttp.ClientWebSocketResponse, expected: bytes, connections: Connections, body: bytearray
) -> None:
    while expected not in body:
        message = await socket.receive()
        match message.type:
            case aiohttp.WSMsgType.TEXT:
                body += message.data.encode() + b"\n"
            case aiohttp.WSMsgType.BINARY:
                body += message.data + b"\n"
            case aiohttp.WSMsgType.CLOSE:
                _closed(message.data, message.extra or "", body)
                return
            case aiohttp.WSMsgType.ERROR:
                raise _of_frames(message.data)
            case _:
                raise of_loss(connections.lost)
        if len(body) > ANSWER_BYTES_MAX:
            raise AttemptError(Reason.ANSWER_TOO_LARGE, f"more than {ANSWER_BYTES_MAX} bytes without the expected")


def _closed(code: int, why: str, body: bytearray) -> None:
    """What a close before the expected means; with some messages the check tells what came instead."""
    told = f"closed with {code} {why}".rstrip()
    if code in _ACCESS_REFUSED:
        raise AttemptError(Reason.ACCESS_REFUSED, f"our access was refused: {told}")
    if not body:
        raise AttemptError(Reason.CONNECTION_RESET, f"{told} before any message")


def _of_frames(error: BaseException) -> AttemptError:
    """What an exception of aiohttp's reader of frames means."""
    if isinstance(error, aiohttp.WebSocketError):
        if error.code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
            return AttemptError(Reason.ANSWER_TOO_LARGE, f"a message of more than {ANSWER_BYTES_MAX} bytes")
        return AttemptError(Reason.ANSWER_INVALID, f"no WebSocket: {error}")
    return AttemptError(Reason.PROBER, f"the frames cannot be read ({type(error).__name__})")
