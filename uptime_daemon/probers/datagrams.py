"""Datagrams to and from one address: a bounded queue of what comes, and what the system says of what was sent."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from uptime_daemon.probers.ports import Address

DATAGRAMS_MAX: Final = 16
"""How many datagrams wait to be looked at; a flood of wrong ones costs no memory."""

_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
"""Linux's numbers (ip(7), ipv6(7)), which Python does not name."""


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


def tell_all_errors(connection: socket.socket) -> None:
    """Have the system tell also of hosts and networks that cannot be reached: otherwise that looks like silence.

    With an error the socket is let go of; waiting on would spin, for such errors stay until they are fetched.
    """
    if connection.family == socket.AF_INET6:
        connection.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    else:
        connection.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)


async def addressed(address: Address) -> tuple[asyncio.DatagramTransport, Datagrams]:
    """A socket for one address: a datagram's connect sends nothing, it filters who answers."""
    connection = socket.socket(address.family, socket.SOCK_DGRAM)
    try:
        connection.setblocking(False)  # noqa: FBT003 - the name of the call says it
        tell_all_errors(connection)
        place = (address.host, address.port)
        connection.connect((*place, address.flow, address.scope) if address.family == socket.AF_INET6 else place)
        return await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, sock=connection)
    except BaseException:
        connection.close()
        raise
