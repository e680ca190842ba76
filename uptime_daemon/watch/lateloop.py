"""How long the event loop could not run: while it is blocked, answers wait unread and timeouts lie."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import SECOND

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.watch.ports import Clock

BEAT: Final = SECOND // 10
"""How often lateness is taken, microseconds: ten times within the shortest sensible timeout of a second, and at some
5 microseconds a beat no load."""
_LATE_PARTS: Final = 10
"""A timeout is trusted while the loop was blocked for less than a tenth of it: an answer that used nine tenths of its
time is slower than any that is normally seen."""
HANGS_ON_TIME: Final = frozenset(
    {
        Reason.CONNECT_TIMEOUT,
        Reason.ANSWER_TIMEOUT,
        Reason.CONNECTION_RESET,  # the other side may have given up waiting for us
        Reason.CHECK,  # of the seconds, for one
        Reason.PROBER,  # it did not end in time
    }
)
"""Reasons that a blocked loop can bring about alone. A refusal, a certificate, a status are true however late."""


class LoopLag:
    """Adds up the lateness of the event loop while anything is in flight; at rest it does not even wake up."""

    __slots__ = ("_beat", "_blocked", "_clock", "_due", "_users", "last")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._blocked: Duration = 0
        self._due: Duration = 0
        self._users = 0
        self._beat: asyncio.TimerHandle | None = None
        self.last: Duration = 0
        """How late the latest beat was, microseconds."""

    def enter(self) -> Duration:
        """Somebody begins to depend on the loop; the reading to compare with later."""
        self._users += 1
        if self._beat is None:
            self._arm()
        return self.blocked()

    def leave(self) -> None:
        """Somebody depends on the loop no more."""
        self._users -= 1
        if not self._users and self._beat is not None:
            self._blocked = self.blocked()
            self._beat.cancel()
            self._beat = None

    def blocked(self) -> Duration:
        """The sum of all lateness so far, that of the beat to come included; only differences mean something."""
        overdue = 0 if self._beat is None else max(0, self._clock.elapsed() - self._due)
        return self._blocked + overdue

    def _arm(self) -> None:
        self._due = self._clock.elapsed() + BEAT
        self._beat = asyncio.get_running_loop().call_later(BEAT / SECOND, self._take)

    def _take(self) -> None:
        self.last = max(0, self._clock.elapsed() - self._due)
        self._blocked += self.last
        self._arm()


def is_untrusted(reason: Reason, blocked: Duration, timeout: Duration) -> bool:
    """Whether an attempt that ended so, the loop blocked for so long meanwhile, says nothing about the endpoint."""
    return reason in HANGS_ON_TIME and blocked * _LATE_PARTS > timeout
