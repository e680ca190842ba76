"""Datagrams to and from one address: a bounded queue of what comes, and what the system says of what was sent."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from uptime_daemon.probers.ports import Address

DATAGRAMS_MAX: Final = 16
"""How many datagrams wait to be looked at; a flood of wrong ones costs no memory."""


class Datagrams(asyncio.DatagramProtocol):
    """What comes from one address, in its order."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[bytes | OSError] = asyncio.Queue(DATAGRAMS_MAX)

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Keep it, if there is room."""
        del addr
        if not self._came.full():
            self._came.put_nowait(data)

    def error_received(self, exc: OSError) -> None:  # type: ignore[override] # a socket's error is always one of the system
        """The system heard that nobody takes what we send."""
        if not self._came.full():
            self._came.put_nowait(exc)

    async def receive(self) -> bytes:
        """The next datagram; `OSError` if nobody takes what we send."""
        came = await self._came.get()
        if isinstance(came, OSError):
            raise came
        return came


async def addressed(address: Address) -> tuple[asyncio.DatagramTransport, Datagrams]:
    """A socket for one address: a datagram's connect sends nothing, it filters who answers."""
    connection = socket.socket(address.family, socket.SOCK_DGRAM)
    try:
        connection.setblocking(False)  # noqa: FBT003 - the name of the call says it
        place = (address.host, address.port)
        connection.connect((*place, address.flow, address.scope) if address.family == socket.AF_INET6 else place)
        return await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, sock=connection)
    except BaseException:
        connection.close()
        raise
