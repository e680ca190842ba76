"""The watch at one vantage: who is due is tried, what was seen is doubted, then recorded, confirmed and told.

Doubts come in this order: the clock stepped, the event loop was late, no sentinel answers. Each makes an `error` of
what the prober saw. A mistake in this program ends the watch with an exception; trouble of one attempt never does.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.attempt import Failure
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.run import started
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import MINUTE, SECOND
from uptime_daemon.watch.admission import Admission, Limits, Skip
from uptime_daemon.watch.clockstep import Reading, is_step, reading, step_absence
from uptime_daemon.watch.confirmation import Changed, Standing, advanced, lapsed, resumed, unseen
from uptime_daemon.watch.holding import held
from uptime_daemon.watch.lateloop import LoopLag, is_untrusted
from uptime_daemon.watch.schedule import Schedule, Slot
from uptime_daemon.watch.sentinels import doubted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from uptime_daemon.core.facts.attempt import Vote
    from uptime_daemon.core.facts.probe import Probe
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.watch.ports import Clock, Sink, Try, Witness

REST_MAX: Final = MINUTE
"""The longest rest, microseconds: even with nothing due the clocks are compared every minute."""


@dataclass(frozen=True, slots=True)
class Target:
    """A probe and how it is tried from here."""

    probe: Probe
    host: str
    """The host that it is tried at; attempts at one host share a limit."""
    attempt: Try


class _StoppedError(Exception):
    """The watch was told to stop."""


class Watcher:
    """Tries every probe when it is due, for as long as it runs."""

    def __init__(
        self,
        vantage: str,
        clock: Clock,
        witness: Witness,
        sink: Sink,
        limits: Limits | None = None,
        history: Mapping[str, Sequence[Run]] | None = None,
    ) -> None:
        """Watch from a vantage; `history` holds the latest runs of each probe, so that a restart goes on from there."""
        self._vantage, self._clock, self._witness, self._sink = vantage, clock, witness, sink
        self._history = dict(history or {})
        self._admission = Admission(limits or Limits())
        self._lag = LoopLag(clock)
        self._read = reading(clock)
        self._sees_since: Duration | None = self._read.elapsed
        """Since when this vantage is known to see; None after a verdict in which nobody answered."""
        self._schedule = Schedule(self._read)
        self._targets: dict[str, Target] = {}
        self._standings: dict[str, Standing] = {}
        self._paused: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def in_flight(self) -> int:
        """How many attempts are under way."""
        return len(self._admission)

    @property
    def loop_lag(self) -> Duration:
        """How late the event loop came to the latest beat, microseconds."""
        return self._lag.last

    def standing(self, probe: str) -> Standing:
        """How a probe stands."""
        return self._standings.get(probe, Standing())

    def watch(self, targets: Iterable[Target]) -> None:
        """Watch these from now on and no others; whoever stays the same keeps its place in time."""
        before, self._targets = self._targets, {target.probe.id: target for target in targets}
        for name in before.keys() - self._targets.keys():
            self._forgo(name)
        for name, target in self._targets.items():
            if name not in self._standings:
                self._standings[name] = resumed(self._history.pop(name, ()), target.probe)
            if name not in self._paused:
                self._schedule.put(target.probe, self._clock.elapsed())
        self._wake.set()

    def lapse(self) -> None:
        """Let what was seen too long ago be unknown: before the first attempts, nobody else would notice."""
        now = self._clock.now()
        for name, target in self._targets.items():
            self._stand(name, lapsed(self._standings[name], now, target.probe.cadence.stale_after))

    def pause(self, probe: str) -> None:
        """Try a probe no more until it is resumed; an attempt under way still ends. The time is unknown."""
        self._paused.add(probe)
        self._forgo(probe)

    def resume(self, probe: str) -> None:
        """Try a paused probe again, in its place of the interval."""
        self._paused.discard(probe)
        if target := self._targets.get(probe):
            self._schedule.put(target.probe, self._clock.elapsed())
            self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until told to stop; attempts under way are then given up, unseen. A mistake in here ends it, loudly."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._tasks.create_task(self._wake_at(stop))
                await self._watch(stop)
        except* _StoppedError:
            pass

    async def _watch(self, stop: asyncio.Event) -> None:
        """Begin what is due until told to stop; ends with an exception, so that the group cancels what is under way."""
        while not stop.is_set():
            for slot in self._schedule.take(self._look_at_clocks().elapsed):
                self._fall_due(slot)
            await self._rest()
        raise _StoppedError

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _rest(self) -> None:
        """Wait until something is due, or until somebody changed what is."""
        due = self._schedule.next_due()
        duration = REST_MAX if due is None else min(due - self._clock.elapsed(), REST_MAX)
        timer = asyncio.get_running_loop().call_later(max(duration, 0) / SECOND, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()
        self._wake.clear()

    def _look_at_clocks(self) -> Reading:
        """Both clocks; a step since the last look is told."""
        before, self._read = self._read, reading(self._clock)
        if is_step(before, self._read):
            self._sink.absent(step_absence(before, self._read))
        return self._read

    def _fall_due(self, slot: Slot) -> None:
        """Try a probe that is due, or say why not."""
        if slot.missed:
            self._skip(slot.probe, Skip.LATE_LOOP, slot.missed)
        waits_for = self._admission.waits_for(slot.probe)
        if slot.probe in self._admission:
            self._skip(slot.probe, Skip.STILL_RUNNING)
        elif waits_for:
            self._skip(slot.probe, waits_for)
        elif self._admission.enter(slot.probe, self._targets[slot.probe].host):
            self._begin(slot.probe)

    def _skip(self, name: str, reason: Skip, slots: int = 1) -> None:
        """Tell a slot without an attempt; too many of them, and nobody knows how the probe stands.

        Unless an attempt is under way: it began in time, or what it sees will tell that it did not.
        """
        self._sink.skipped(name, reason, slots)
        if name in self._admission:
            return
        stale_after = self._targets[name].probe.cadence.stale_after
        self._stand(name, lapsed(self._standings[name], self._clock.now(), stale_after))

    def _begin(self, name: str) -> None:
        """Try a probe that has a place."""
        if self._tasks is None:
            raise RuntimeError("a probe can only be tried while the watch runs")
        self._tasks.create_task(self._try(self._targets[name]))

    async def _try(self, target: Target) -> None:
        """Try a probe, then give its place to the next."""
        await self._observe(target)
        following = self._admission.leave(target.probe.id)
        if following:
            self._begin(following)

    async def _observe(self, target: Target) -> None:
        """One attempt, its doubts, its record."""
        probe = target.probe
        began = self._look_at_clocks()
        standing = self._standings[probe.id]
        if standing.last is not None and began.now <= standing.last:
            self._sink.skipped(probe.id, Skip.CLOCK_STEP, 1)
            self._hide(probe.id)
            return
        blocked = self._lag.enter()
        try:
            attempt = await held(target.attempt, target.probe.cadence.timeout)
            blocked = self._lag.blocked() - blocked
        finally:
            self._lag.leave()
        ended = self._look_at_clocks()
        outcome, reason = attempt.outcome, attempt.reason
        votes: tuple[Vote, ...] = ()
        if is_step(began, ended):
            outcome, reason = Outcome.ERROR, Reason.CLOCK_STEP
        elif is_untrusted(reason, blocked, probe.cadence.timeout):
            outcome, reason = Outcome.ERROR, Reason.LATE_LOOP
        elif outcome is Outcome.FAIL:
            votes = await self._witness.verdict()
            doubt = doubted(reason, votes) if self._saw(began.elapsed, votes) else Reason.SENTINELS
            if doubt is not None:
                outcome, reason = Outcome.ERROR, doubt
        elif self._sees_since is None and outcome is Outcome.PASS and attempt.peer:
            # a report that came to us, or a program of ours, passes without anybody outside being reached
            self._sees_since = ended.elapsed
        duration = ended.elapsed - began.elapsed
        observation = Observation(probe.id, self._vantage, began.now, outcome, reason, duration)
        self._sink.record(observation, None if outcome is Outcome.PASS else Failure(observation, attempt, votes))
        self._sink.measured(observation, attempt)
        self._confirm(observation, began.elapsed)

    def _saw(self, began: Duration, votes: Sequence[Vote]) -> bool:
        """Whether this vantage could see when an attempt began that has failed; the votes are those of its end.

        It may have begun while the vantage was blind and have ended after it: until somebody has shown that the
        vantage sees again, whoever answers at the end vouches for the end alone.
        """
        if not any(vote.passed for vote in votes):
            self._sees_since = None
            return False
        if self._sees_since is None:
            self._sees_since = self._clock.elapsed()
        return self._sees_since <= began

    def _confirm(self, observation: Observation, began: Duration) -> None:
        """What an observation says about how its probe stands, and whether to look again soon."""
        name = observation.probe
        target = self._targets.get(name)
        if target is None:
            return
        steps = advanced(self._standings[name], started(observation), target.probe)
        if name not in self._schedule:  # paused meanwhile
            self._standings[name] = unseen(steps[-1], observation.at)
            return
        for step in steps:
            self._stand(name, step)
        if steps[-1].awaits:
            self._schedule.hasten(name, began + target.probe.cadence.repeat)
            self._wake.set()

    def _forgo(self, name: str) -> None:
        """Try a probe no more."""
        self._schedule.drop(name)
        self._admission.forget(name)
        self._hide(name)

    def _hide(self, name: str) -> None:
        """Nobody looks, so from the latest observation on nobody knows."""
        standing = self.standing(name)
        if standing.last is not None and standing.state is not State.UNKNOWN:
            self._stand(name, unseen(standing, standing.last))

    def _stand(self, name: str, standing: Standing) -> None:
        before, self._standings[name] = self._standings[name], standing
        if (before.state, before.since) != (standing.state, standing.since):
            self._sink.changed(Changed(name, self._vantage, standing.state, standing.since))
