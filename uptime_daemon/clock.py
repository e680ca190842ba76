"""The only place that reads a clock or waits; everything else is handed one, so that a test can move time."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from uptime_daemon.core.time.instants import SECOND

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration, Instant

_NANOSECONDS_OF_A_MICROSECOND = 1_000


class SystemClock:
    """The clocks of this machine."""

    __slots__ = ()

    def now(self) -> Instant:
        """The wall clock; it may step."""
        return time.time_ns() // _NANOSECONDS_OF_A_MICROSECOND

    def elapsed(self) -> Duration:
        """The monotonic clock: only the difference of two readings means something."""
        return time.monotonic_ns() // _NANOSECONDS_OF_A_MICROSECOND

    async def sleep(self, duration: Duration) -> None:
        """Wait; 0 or less lets others run once."""
        await asyncio.sleep(max(duration, 0) / SECOND)
