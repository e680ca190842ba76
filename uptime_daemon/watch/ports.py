"""What watching needs from outside: clocks, one try at an endpoint, sentinels, and somebody who takes what was seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

from uptime_daemon.core.facts.attempt import Attempt

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Failure, Vote
    from uptime_daemon.core.facts.observation import Observation
    from uptime_daemon.core.facts.timeline import Absence
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.watch.admission import Skip
    from uptime_daemon.watch.confirmation import Changed

Try: TypeAlias = Callable[[], Awaitable[Attempt]]
"""One attempt at one endpoint, bound to it: a prober, its endpoint and its timeout."""


class Clock(Protocol):
    """The clocks of this machine, or of a simulation."""

    def now(self) -> Instant:
        """The wall clock; it may step."""
        ...

    def elapsed(self) -> Duration:
        """The monotonic clock; it is the event loop's."""
        ...

    async def sleep(self, duration: Duration) -> None:
        """Wait."""
        ...


class Witness(Protocol):
    """Whoever can tell whether this vantage could see at all."""

    async def verdict(self) -> tuple[Vote, ...]:
        """What the sentinels see now."""
        ...


class Sink(Protocol):
    """Whoever takes what was seen: store, metrics, logs. Nothing here may block or wait; a full queue is its affair."""

    def record(self, observation: Observation, failure: Failure | None) -> None:
        """A fact to keep; with its context unless it passed."""
        ...

    def measured(self, observation: Observation, attempt: Attempt) -> None:
        """The attempt behind an observation, also of a pass: phases, certificate, slow checks. After `record`."""
        ...

    def skipped(self, probe: str, reason: Skip, slots: int) -> None:
        """Attempts that were due and not made; they are no observations."""
        ...

    def changed(self, change: Changed) -> None:
        """A probe's confirmed state changed."""
        ...

    def absent(self, absence: Absence) -> None:
        """A stretch that this whole vantage cannot vouch for."""
        ...
