"""Which sockets of attempts can be read or written: one epoll for all of them, one descriptor of the event loop's.

asyncio makes and drops several objects each time it is asked about a descriptor, which costs more than the system
calls; an attempt asks two to five times. Here the system itself is asked, and only who waits is remembered.
"""

from __future__ import annotations

import asyncio
import select
from typing import Final
from weakref import ReferenceType, WeakKeyDictionary, ref

READABLE: Final = select.EPOLLIN
WRITABLE: Final = select.EPOLLOUT


class Readiness:
    """Who waits for which descriptor; each is waited for by one at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._epoll = select.epoll()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        loop.add_reader(self._epoll.fileno(), self._tell)

    async def wait(self, descriptor: int, events: int) -> None:
        """Wait until one of these can be done, or the connection is lost."""
        ready = self._waiting[descriptor] = asyncio.get_running_loop().create_future()
        once = events | select.EPOLLONESHOT
        try:
            try:
                self._epoll.modify(descriptor, once)
            except FileNotFoundError:  # it is new: the system forgets a descriptor that is closed
                self._epoll.register(descriptor, once)
            await ready
        except BaseException:
            self._waiting.pop(descriptor, None)
            raise

    def _tell(self) -> None:
        for descriptor, _ in self._epoll.poll(0):
            ready = self._waiting.pop(descriptor, None)
            if ready is not None and not ready.done():  # whoever waited may have been told to stop just now
                ready.set_result(None)


_OF_LOOPS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, ReferenceType[Readiness]]] = WeakKeyDictionary()
"""Not kept here: the loop keeps what it calls, and lets go of it, and of its descriptor, when it is closed."""


def readiness() -> Readiness:
    """That of the running loop."""
    loop = asyncio.get_running_loop()
    known = _OF_LOOPS.get(loop)
    found = known() if known else None
    if found is None:
        found = Readiness(loop)
        _OF_LOOPS[loop] = ref(found)
    return found
