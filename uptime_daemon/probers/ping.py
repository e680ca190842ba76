"""One echo over ICMP (RFC 792, RFC 4443): asked for every second until one is answered."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from functools import partial
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.probers.datagrams import tell_all_errors
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.machines import IcmpEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.ports import Address
    from uptime_daemon.probers.progress import Progress

RESEND_SECONDS: Final = 1
"""The distance of echoes: that of ping, which networks expect."""
_BYTES_MAX: Final = 1500
"""How much of an answer is read: ours are 64 bytes long."""
_HEAD: Final = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier, number."""
_IPV4_LENGTH_MASK: Final = 0x0F
_WORD: Final = 4
_REQUEST: Final[Mapping[int, int]] = {socket.AF_INET: 8, socket.AF_INET6: 128}
_REPLY: Final[Mapping[int, int]] = {socket.AF_INET: 0, socket.AF_INET6: 129}


async def attempt(endpoint: IcmpEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at a machine that ends within the given elapsed microseconds."""
    return await tried(partial(_echoed, endpoint, equipment), endpoint.checks, within, equipment.clock)


async def _echoed(endpoint: IcmpEndpoint, equipment: Equipment, progress: Progress) -> None:
    """Ask until an answer is ours."""
    address = (await equipment.resolver.addresses(endpoint.host, 0))[0]
    progress.enter(Phase.ANSWER)
    progress.dialled = (address.host,)
    with _socket(address.family) as connection:
        connection.setblocking(False)  # noqa: FBT003 - the name of the call says it
        tell_all_errors(connection)
        place = (address.host, 0)
        connection.connect((*place, address.flow, address.scope) if address.family == socket.AF_INET6 else place)
        await _answered(connection, address, progress)


async def _answered(connection: socket.socket, address: Address, progress: Progress) -> None:
    loop = asyncio.get_running_loop()
    token, number = secrets.token_bytes(56), 0
    while True:  # a lost datagram is no outage
        number += 1
        await loop.sock_sendall(connection, _packed(_REQUEST[address.family], number, token))
        try:
            async with asyncio.timeout(RESEND_SECONDS):
                while not _is_ours(await loop.sock_recv(connection, _BYTES_MAX), address.family, token):
                    pass  # another's echo, which sockets of this sort all hear
        except TimeoutError:
            continue
        progress.peer = address.host
        return


def _socket(family: int) -> socket.socket:
    """A socket for echoes: the unprivileged sort where the system allows it, else the raw one."""
    protocol = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    try:
        return socket.socket(family, socket.SOCK_DGRAM, protocol)
    except PermissionError:
        pass
    try:
        return socket.socket(family, socket.SOCK_RAW, protocol)
    except PermissionError as error:
        message = "this program may send no echo; widen net.ipv4.ping_group_range, or grant CAP_NET_RAW"
        raise AttemptError(Reason.PROBER, message) from error


def _packed(kind: int, number: int, token: bytes) -> bytes:
    """An echo request; its identifier is the system's affair, or nobody's: the token says that an answer is ours."""
    message = _HEAD.pack(kind, 0, 0, 0, number & 0xFFFF) + token
    return _HEAD.pack(kind, 0, _checksum(message), 0, number & 0xFFFF) + token


def _is_ours(data: bytes, family: int, token: bytes) -> bool:
    if family == socket.AF_INET and data[:1] and data[0] >> 4 == _WORD:  # the raw sort hands out the head of IPv4, too
        data = data[(data[0] & _IPV4_LENGTH_MASK) * _WORD :]
    return data[:1] == bytes([_REPLY[family]]) and data[_HEAD.size :] == token


def _checksum(message: bytes) -> int:
    """RFC 1071; over IPv6 the system replaces it."""
    total: int = sum(struct.unpack(f"!{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
