"""Whether an address is one of the public internet: what may be posted to unless the configuration says otherwise.

The check is made on the very address that is connected to. A name that is public when the files are read and private
when the notice leaves (a rebound name) would otherwise make us talk to a neighbour, or to a cloud's metadata service.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver
from aiohttp.resolver import ThreadedResolver

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are the IPv4 address that is meant."""


class PrivateAddressError(OSError):
    """An address that is not of the public internet, where only such a one is allowed."""

    def __init__(self, host: str) -> None:
        message = f"{host} is not of the public internet; write private: true if it is meant to be"
        super().__init__(errno.EHOSTUNREACH, message)  # as a network would say it: whoever wraps it keeps the words


def is_public(text: str) -> bool:
    """Whether an IP address is of the public internet, however it is wrapped."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            address = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        else:
            address = address.ipv4_mapped or address.sixtofour or address
    return address.is_global and not address.is_multicast


def refuse_private(url: str) -> None:
    """Refuse a URL whose host is a private address as it stands there. Raises `PrivateAddressError`."""
    host = urlsplit(url).hostname or ""
    try:
        public = is_public(host)
    except ValueError:
        try:
            public = is_public(socket.inet_ntoa(socket.inet_aton(host)))  # 127.1 and 0x7f000001 are addresses, too
        except OSError:
            public = host != "localhost" and not host.endswith(".localhost")  # RFC 6761, section 6.3
    if not public:
        raise PrivateAddressError(host)


class GuardedResolver(AbstractResolver):
    """Looks names up and keeps only their public addresses."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The public addresses of a name. Raises `PrivateAddressError` where there are others only."""
        found = await self._inner.resolve(host, port, family)
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise PrivateAddressError(host)
        return public

    async def close(self) -> None:
        """Nothing is held."""
        await self._inner.close()
