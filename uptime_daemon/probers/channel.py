"""A connected socket, in the clear or under TLS, for whoever asks once and then reads until enough has come.

asyncio's transports read all the time into buffers, with a protocol, callbacks and flow control, for those who talk all
day long. Here nothing is read but what is waited for, so the other side's flood waits with the system, and an attempt
costs a third less.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import Any, Final, Protocol

from uptime_daemon.probers.readiness import READABLE, WRITABLE, readiness

PIECE_BYTES_MAX: Final = 64 * 1024
"""How much is read at once: what glibc still takes from its heap instead of asking the system for pages each time."""
_UNDER_WAY: Final = frozenset({errno.EINPROGRESS, errno.EAGAIN, errno.EINTR})


class Channel(Protocol):
    """Both directions of one connection."""

    def send(self, data: bytes) -> None:
        """Send what the system takes at once; the rest goes while `receive` waits."""
        ...

    async def receive(self) -> bytes:
        """Some of what comes next, empty at the end; `OSError` where the connection is lost."""
        ...

    def close(self) -> None:
        """End it at once: nobody waits for the other side's goodbye."""
        ...


async def connect(connection: socket.socket, place: tuple[Any, ...]) -> None:
    """Connect a socket that does not block to an address; `OSError` where that fails."""
    code = connection.connect_ex(place)
    if code in _UNDER_WAY:
        await readiness().wait(connection.fileno(), WRITABLE)
        code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


class PlainChannel:
    """A channel in the clear."""

    __slots__ = ("_descriptor", "_readiness", "_socket", "_unsent")

    def __init__(self, connection: socket.socket) -> None:
        """Take a connected socket over."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self._descriptor = connection, connection.fileno()
        self._readiness = readiness()
        self._unsent = bytearray()

    def send(self, data: bytes) -> None:
        """See `Channel`."""
        self._unsent += data
        self._push()

    async def receive(self) -> bytes:
        """See `Channel`."""
        while True:
            await self._readiness.wait(self._descriptor, READABLE | WRITABLE if self._unsent else READABLE)
            if self._unsent:
                try:
                    self._push()
                except OSError:
                    self._unsent.clear()  # reading tells what happened, and what the other side may have said before
            try:
                return self._socket.recv(PIECE_BYTES_MAX)
            except BlockingIOError:
                continue  # it could only be written, or the system was mistaken, which poll(2) allows it

    def close(self) -> None:
        """See `Channel`."""
        self._socket.close()

    def _push(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            return
        del self._unsent[:sent]


class SecuredChannel:
    """A channel under TLS on one in the clear."""

    __slots__ = ("_incoming", "_outgoing", "_plain", "session")

    def __init__(self, plain: Channel, context: ssl.SSLContext, host: str) -> None:
        """Nothing is said before `shake_hands`."""
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    async def shake_hands(self) -> None:
        """The handshake; the last word of ours goes out with what is sent first. `OSError` where it fails."""
        while True:
            try:
                self.session.do_handshake()
            except ssl.SSLWantReadError:
                await self._exchange()
            else:
                return

    def send(self, data: bytes) -> None:
        """See `Channel`."""
        self.session.write(data)
        self._plain.send(self._outgoing.read())

    async def receive(self) -> bytes:
        """See `Channel`."""
        while True:
            try:
                return self.session.read(PIECE_BYTES_MAX)
            except ssl.SSLWantReadError:
                await self._exchange()
            except ssl.SSLEOFError:
                return b""  # many servers leave without the goodbye of TLS, and what HTTP has announced is looked at

    def close(self) -> None:
        """See `Channel`."""
        self._plain.close()

    async def _exchange(self) -> None:
        """Send what TLS has to say, and take what comes."""
        if self._outgoing.pending:
            self._plain.send(self._outgoing.read())
        if piece := await self._plain.receive():
            self._incoming.write(piece)
        else:
            self._incoming.write_eof()
