"""The addresses of a name, asked of the system's resolver in threads of its own: a slow one delays nobody else."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from uptime_daemon.probers.ports import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

RESOLVER_THREADS: Final = 16
"""Lookups at a time. One over the network takes some 20 ms, so 16 threads answer 800 in a second: twice what 10,000
endpoints every 30 s ask; a thread that hangs on a dead resolver costs 8 MB of address space, not of memory."""


class SystemResolver:
    """The resolver of this machine; nothing is remembered, for an outage of a name is an outage.

    Lookups of one name at the same time are one lookup, so there are never more in the queue than names.
    """

    def __init__(self, threads: int = RESOLVER_THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolver")
        self._asked: dict[str, asyncio.Future[Sequence[Address]]] = {}

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of a name, or of an address itself without asking anybody; `socket.gaierror` otherwise."""
        with suppress(ValueError):
            return (literal(host, port),)
        asked = self._asked.get(host)
        if asked is None:
            asked = asyncio.get_running_loop().run_in_executor(self._threads, _lookup, host)
            self._asked[host] = asked
            asked.add_done_callback(lambda done: self._told(host, done))
        # Whoever stops waiting, at its timeout, must not take the answer away from the others.
        return [address._replace(port=port) for address in await asyncio.shield(asked)]

    def close(self) -> None:
        """Ask nothing more; a lookup that hangs in the system cannot be called back and ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _told(self, host: str, done: asyncio.Future[Sequence[Address]]) -> None:
        del self._asked[host]
        if not done.cancelled():
            done.exception()  # seen by those who wait; if all of them are gone, nobody needs it


LITERALS_MAX: Final = 20_000
"""Hosts whose addresses, or lack of one, are remembered: twice as many as one daemon is meant to probe."""


def literal(host: str, port: int) -> Address:
    """The address that a host is by itself; `ValueError` if somebody must be asked."""
    family = _family(host)
    if family is None:
        raise ValueError("that is a name, or only the system knows the number of a zone such as %eth0")
    return Address(family, host, port)


@lru_cache(maxsize=LITERALS_MAX)
def _family(host: str) -> int | None:
    """The family of an address; None where somebody must be asked."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return socket.AF_INET
    return None if address.scope_id else socket.AF_INET6


def _lookup(host: str) -> Sequence[Address]:
    # Without AI_ADDRCONFIG: where only loopback is configured it turns every name into one that does not exist.
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [_address(family, place) for family, _, _, _, place in found]


def _address(family: int, place: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]) -> Address:
    host, port, *rest = place
    return Address(family, str(host), int(port), *(int(part) for part in rest))
