"""What carries SIP messages: datagrams, a stream, a WebSocket; each yields one message at a time, of bounded length."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.probers import trouble
from uptime_daemon.probers.connecting import connected, let_go, spoken
from uptime_daemon.probers.datagrams import addressed
from uptime_daemon.probers.endpoints.telephony import SipTransport
from uptime_daemon.probers.sip.message import parsed
from uptime_daemon.probers.trouble import AttemptError
from uptime_daemon.probers.websocket import opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uptime_daemon.probers.datagrams import Datagrams
    from uptime_daemon.probers.endpoints.telephony import SipEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress
    from uptime_daemon.probers.sip.message import Message
    from uptime_daemon.probers.websocket import Connection

MESSAGE_BYTES_MAX: Final = 64 * 1024
"""How long a message may be: the most that a datagram holds, and streams have no reason for more."""
_HEAD_END: Final = b"\r\n\r\n"


class Local(NamedTuple):
    """How the other side is told where we are."""

    via: str
    """The word of the Via header for what carries."""
    place: str
    """Our address and port, or a name that nobody can look up where a WebSocket hides them (RFC 7118, section 5)."""
    host: str
    """Our address alone, for media."""
    parameter: str
    """What the addresses of our contacts end with."""


class Carrier(Protocol):
    """Sends and receives messages."""

    local: Local
    resends: bool
    """Whether messages may be lost, so that they are sent again (RFC 3261, section 17)."""

    async def send(self, message: bytes) -> None:
        """Send one message."""

    async def receive(self) -> Message:
        """The next message; `AttemptError` if what comes is none, or nothing can come any more."""


@contextlib.asynccontextmanager
async def carrier(endpoint: SipEndpoint, equipment: Equipment, progress: Progress) -> AsyncIterator[Carrier | None]:
    """What carries messages to an endpoint; None where its WebSocket declined, which is in the progress."""
    if endpoint.transport in {SipTransport.WS, SipTransport.WSS}:
        async with opened(endpoint.websocket, equipment, progress) as socket:
            yield None if socket is None else _OverWebsocket(socket, endpoint.transport)
        return
    addresses = await equipment.resolver.addresses(endpoint.host, endpoint.port)
    if endpoint.transport is SipTransport.UDP:
        progress.enter(Phase.ANSWER)
        progress.dialled = (str(addresses[0]),)
        transport, datagrams = await addressed(addresses[0])
        try:
            yield _OverDatagrams(transport, datagrams, progress)
        finally:
            transport.abort()
        return
    secured = endpoint.transport is SipTransport.TLS
    context = progress.prepared(partial(equipment.context, endpoint)) if secured else None
    connection = await connected(addresses, progress)
    reader = asyncio.StreamReader(limit=MESSAGE_BYTES_MAX)
    protocol = asyncio.StreamReaderProtocol(reader)
    stream, _ = await spoken(lambda: protocol, connection, progress, context, endpoint.host)
    try:
        yield _OverStream(stream, reader, "TLS" if context else "TCP")
    finally:
        let_go(stream)


def _local(transport: asyncio.BaseTransport, via: str) -> Local:
    host, port, *_ = transport.get_extra_info("sockname")
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Local(via, place, host, f";transport={via.lower()}")


def _read(data: bytes) -> Message:
    try:
        return parsed(data)
    except ValueError as error:
        raise AttemptError(Reason.ANSWER_INVALID, f"no SIP: {error}") from error


class _OverDatagrams:
    """One message a datagram (RFC 3261, section 18.1)."""

    resends = True

    def __init__(self, transport: asyncio.DatagramTransport, datagrams: Datagrams, progress: Progress) -> None:
        self.local = _local(transport, "UDP")
        self._transport, self._datagrams, self._progress = transport, datagrams, progress

    async def send(self, message: bytes) -> None:
        """Send one message; whether it arrives nobody knows."""
        self._transport.sendto(message)

    async def receive(self) -> Message:
        """The next message."""
        progress = self._progress
        while True:
            try:
                data = await self._datagrams.receive()
            except OSError as error:
                refused = trouble.of_exception(error, Phase.ANSWER)
                if refused.reason is Reason.CONNECTION_REFUSED:
                    progress.peer = progress.dialled[0]
                raise refused from error
            progress.peer = progress.dialled[0]
            if data.strip(b"\r\n\0"):  # keepalives are empty (RFC 5626, section 3.5.1)
                return _read(data)


class _OverStream:
    """Messages one after another, told apart by their length (RFC 3261, section 18.3)."""

    resends = False

    def __init__(self, transport: asyncio.Transport, reader: asyncio.StreamReader, via: str) -> None:
        self.local = _local(transport, via)
        self._transport, self._reader = transport, reader

    async def send(self, message: bytes) -> None:
        """Send one message."""
        self._transport.write(message)

    async def receive(self) -> Message:
        """The next message."""
        skipped = 0
        while True:
            head = await self._head()
            skipped += len(head)
            if skipped > MESSAGE_BYTES_MAX:
                raise AttemptError(Reason.ANSWER_TOO_LARGE, f"more than {MESSAGE_BYTES_MAX} bytes of nothing")
            if told := head.lstrip(b"\r\n"):  # keepalives are empty (RFC 5626, section 3.5.1)
                break
        message = _read(told)
        try:
            length = message.length
        except ValueError as error:
            raise AttemptError(Reason.ANSWER_INVALID, f"no SIP: {error}") from error
        if length > MESSAGE_BYTES_MAX:
            raise AttemptError(Reason.ANSWER_TOO_LARGE, f"announces {length} bytes, more than {MESSAGE_BYTES_MAX}")
        try:
            await self._reader.readexactly(length)
        except asyncio.IncompleteReadError as end:
            raise AttemptError(Reason.CONNECTION_RESET, "the connection was closed in a message") from end
        return message

    async def _head(self) -> bytes:
        try:
            return await self._reader.readuntil(_HEAD_END)
        except asyncio.IncompleteReadError as end:
            how_far = "in a message" if end.partial.strip() else "before an answer"
            raise AttemptError(Reason.CONNECTION_RESET, f"the connection was closed {how_far}") from end
        except asyncio.LimitOverrunError as endless:
            raise AttemptError(Reason.ANSWER_TOO_LARGE, f"a head of more than {MESSAGE_BYTES_MAX} bytes") from endless


class _OverWebsocket:
    """One message a message (RFC 7118, section 5)."""

    resends = False

    def __init__(self, connection: Connection, transport: SipTransport) -> None:
        if connection.protocol != "sip":
            raise AttemptError(Reason.ANSWER_INVALID, "the server speaks WebSocket, but did not agree to speak SIP")
        name = f"{secrets.token_hex(6)}.invalid"
        self.local = Local(transport.value.upper(), name, "192.0.2.1", ";transport=ws")
        self._connection = connection

    async def send(self, message: bytes) -> None:
        """Send one message."""
        await self._connection.send(message.decode())

    async def receive(self) -> Message:
        """The next message."""
        while True:
            data = await self._connection.receive()
            if data is not None and data.strip(b"\r\n"):
                return _read(data)
