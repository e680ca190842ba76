"""Attempts in virtual time over real sockets: what takes half a minute by its standard is over in a second.

Time goes on when nothing has come for a while, and then to the next timer. So a busy machine takes nothing of the time
that an attempt has, and what is sent again is sent again because it was lost, not because its answer was late.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from tests.probers.conftest import KnownNames
from tests.sim.virtual import VirtualClock, VirtualLoop
from uptime_daemon.probers.equipment import Equipment

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class LeapingLoop(VirtualLoop):
    """Virtual time with sockets of this machine, both ends of each in this loop: whatever is sent is there at once."""

    patience_seconds = 0.05

    create_connection = asyncio.SelectorEventLoop.create_connection
    create_server = asyncio.SelectorEventLoop.create_server
    create_datagram_endpoint = asyncio.SelectorEventLoop.create_datagram_endpoint
    sock_connect = asyncio.SelectorEventLoop.sock_connect


def leaping(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test in virtual time: its first parameter is equipment whose clock is the loop's, all else is pytest's."""

    def in_virtual_time(**given: Any) -> None:
        loop = LeapingLoop()
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(test(Equipment(VirtualClock(loop), KnownNames({})), **given))

    signature = inspect.signature(test)
    _, *rest = signature.parameters.values()
    in_virtual_time.__doc__ = test.__doc__
    in_virtual_time.__name__ = test.__name__
    in_virtual_time.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
    return in_virtual_time
