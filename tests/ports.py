"""Ports for programs that are told which one to take: nobody else gets them before those programs have bound them.

A port that the system chose (`bind` to 0) and that was let go again may be given to anybody the next moment: to another
test's server as well. These lie below all that Linux gives away by itself (`ip_local_port_range` of ip(7), from 32,768
on), and each process has a block of them alone.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
from typing import Final

FIRST: Final = 12_000
BLOCK: Final = 500
"""How many ports a process has: one comes again only when all others were given out meanwhile."""
BLOCKS: Final = 40
"""How many processes may have one at a time; the last block ends below 32,768."""


def _taken() -> tuple[socket.socket, int]:
    """What keeps a block for this process until it ends, however it ends, and the first port of that block."""
    for block in range(BLOCKS):
        lock = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError):
            lock.bind(f"\0uptime-daemon-ports-{block}")
            return lock, FIRST + block * BLOCK
        lock.close()
    raise AssertionError(f"{BLOCKS} processes have ports already")


# At the import and not at the first use: a test that counts open descriptors shall not find this one.
_LOCK, _BEGIN = _taken()
_offsets = itertools.count()


def free_ports(number: int) -> list[int]:
    """So many neighbours that are free over TCP and UDP."""
    for offset in itertools.islice(_offsets, 2 * BLOCK):
        first = offset % BLOCK
        ports = range(_BEGIN + first, _BEGIN + first + number)
        if first + number <= BLOCK and all(map(_is_free, ports)):
            for _ in ports[1:]:
                next(_offsets)
            return list(ports)
    raise AssertionError(f"no {number} free neighbours from port {_BEGIN} on")


def _is_free(port: int) -> bool:
    """Whether a program can take it, as programs do: what is left of connections that ended is no hindrance."""
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(socket.socket())
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        datagrams = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        with contextlib.suppress(OSError):
            stream.bind(("127.0.0.1", port))
            datagrams.bind(("127.0.0.1", port))
            return True
    return False
