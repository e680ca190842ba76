"""A world around a watcher: endpoints that follow a script, sentinels that see or not, a sink that keeps all."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from uptime_daemon.core.facts.attempt import Attempt, Vote
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.facts.probe import Cadence, Confirmation, Probe
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.watch.schedule import phase
from uptime_daemon.watch.watcher import Target, Watcher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.sim.virtual import VirtualClock
    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.observation import Observation
    from uptime_daemon.core.facts.timeline import Absence
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.watch.admission import Skip
    from uptime_daemon.watch.confirmation import Changed

PASSED = Attempt(Outcome.PASS, Reason.NONE, 50_000, Phase.ANSWER)
FAILED = Attempt(Outcome.FAIL, Reason.STATUS, 50_000, Phase.ANSWER, detail="status: expected 200, got 500")
SILENT = Attempt(Outcome.FAIL, Reason.ANSWER_TIMEOUT, 10 * SECOND, Phase.ANSWER)


@dataclass
class Kept:
    """A sink that keeps everything."""

    observations: list[Observation] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    skips: list[tuple[str, Skip, int]] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)

    def record(self, observation: Observation, failure: Failure | None) -> None:
        """Keep a fact."""
        assert (failure is None) is (observation.outcome is Outcome.PASS)
        self.observations.append(observation)
        if failure:
            assert failure.observation is observation
            self.failures.append(failure)

    def measured(self, observation: Observation, attempt: Attempt) -> None:
        """Keep an attempt."""
        assert self.observations[-1] is observation
        self.attempts.append(attempt)

    def skipped(self, probe: str, reason: Skip, slots: int) -> None:
        """Keep a skip."""
        self.skips.append((probe, reason, slots))

    def changed(self, change: Changed) -> None:
        """Keep a change."""
        self.changes.append(change)

    def absent(self, absence: Absence) -> None:
        """Keep an absence."""
        self.absences.append(absence)

    @property
    def reasons(self) -> list[Reason]:
        """Of all observations, in order."""
        return [observation.reason for observation in self.observations]


@dataclass
class Sight:
    """Sentinels that see or do not."""

    sees: bool = True
    asked: int = 0
    clock: VirtualClock | None = None
    takes: Duration = 0
    """How long the slowest of them takes, on a clock."""

    async def verdict(self) -> tuple[Vote, ...]:
        """Two places."""
        self.asked += 1
        if self.clock is not None:
            await self.clock.sleep(self.takes)
        return (Vote("quad9", passed=False), Vote("debian", passed=self.sees))


@dataclass
class Endpoint:
    """An endpoint that does as it is told and counts who is there at once."""

    clock: VirtualClock
    act: Callable[[int], Attempt] = lambda _: PASSED
    takes: Duration = 50_000
    tries: int = 0
    present: int = 0
    present_max: int = 0

    async def attempt(self) -> Attempt:
        """One try."""
        self.tries += 1
        number = self.tries
        self.present += 1
        self.present_max = max(self.present_max, self.present)
        try:
            await self.clock.sleep(self.takes)
            return self.act(number)
        finally:
            self.present -= 1


def probe(name: str = "vendor/web", **rest: Any) -> Probe:
    """A probe with the default cadence, or another."""
    confirmation = rest.pop("confirmation", Confirmation())
    return Probe(name, "vendor/group", Cadence(**rest), confirmation)


def target(endpoint: Endpoint, name: str = "vendor/web", host: str = "vendor.example", **rest: Any) -> Target:
    """A probe of an endpoint."""
    return Target(probe(name, **rest), host, endpoint.attempt)


def first_due(clock: VirtualClock, watched: Probe) -> Duration:
    """How long from now until a probe's place in its interval."""
    interval = watched.cadence.interval
    return (phase(watched.id, interval) - clock.now()) % interval


@asynccontextmanager
async def watching(
    clock: VirtualClock, *targets: Target, sight: Sight | None = None, **rest: Any
) -> AsyncIterator[tuple[Watcher, Kept]]:
    """A watcher at work, and its sink; it is stopped at the end."""
    kept, stop = Kept(), asyncio.Event()
    watcher = Watcher("here", clock, sight or Sight(), kept, **rest)
    watcher.watch(targets)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watcher.run(stop))
        yield watcher, kept
        stop.set()
