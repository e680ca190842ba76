"""An event loop whose time jumps to the next timer as soon as nothing else can run, and the clocks that go with it.

It lies as soon as anything works outside of the loop, so it refuses threads and sockets.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from uptime_daemon.core.time.instants import SECOND, parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from uptime_daemon.core.time.instants import Duration, Instant

Result = TypeVar("Result")

START = parse_instant("2026-06-03T08:00:00Z")
"""When a virtual world begins unless it says otherwise."""


def _refuse(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError("virtual time knows no threads and no sockets; use fakes")


_refused: Any = _refuse


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, which begins at 0."""

    patience_seconds = 0.0
    """How long, in real time, something from outside of the loop is waited for before virtual time goes on."""

    def __init__(self) -> None:
        self.microseconds = 0
        super().__init__(_Jumping(self))
        self._clock_resolution = 1 / SECOND

    def time(self) -> float:
        """Virtual seconds."""
        return self.microseconds / SECOND

    run_in_executor = _refused
    create_connection = _refused
    create_server = _refused
    create_datagram_endpoint = _refused
    create_unix_connection = _refused
    create_unix_server = _refused
    subprocess_exec = _refused
    subprocess_shell = _refused
    sock_connect = _refused


class _Jumping(selectors.DefaultSelector):
    """A selector that does not wait but moves time."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Whatever is ready now; if nothing is, it is later."""
        ready = super().select(0 if timeout == 0 else self._loop.patience_seconds)
        if not ready:
            if timeout is None:
                raise RuntimeError("everybody waits and no timer will ever wake anybody")
            # upwards, so that the timer is due when the loop looks at it
            self._loop.microseconds += math.ceil(timeout * SECOND)
        return ready


class VirtualClock:
    """Both clocks in virtual time; the wall clock can be stepped, and the loop can be blocked."""

    def __init__(self, loop: VirtualLoop, start: Instant = START) -> None:
        self._loop = loop
        self._offset = start

    def now(self) -> Instant:
        """The wall clock."""
        return self._offset + self._loop.microseconds

    def elapsed(self) -> Duration:
        """The monotonic clock."""
        return self._loop.microseconds

    async def sleep(self, duration: Duration) -> None:
        """Wait."""
        await asyncio.sleep(max(duration, 0) / SECOND)

    def step(self, duration: Duration) -> None:
        """Step the wall clock, forward or back."""
        self._offset += duration

    def block(self, duration: Duration) -> None:
        """Let time pass while nothing else can run: a blocked loop, a stopped process."""
        self._loop.microseconds += duration


def run(world: Callable[[VirtualClock], Coroutine[Any, Any, Result]], start: Instant = START) -> Result:
    """What becomes of a world in virtual time."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(world(VirtualClock(loop, start)))
