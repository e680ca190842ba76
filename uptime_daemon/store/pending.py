"""What was observed and is not on disk yet: observations folded into runs, so that waiting for the disk stays small.

A pass that continues its run costs no room however long the disk is full; only runs that begin, contexts of failures
and rollups add rows, and each of these has its bound. What finds no room is counted and its time named as an absence.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Outcome
from uptime_daemon.core.facts.run import Run, extended, started
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.kept import CLOCK_STEP, STORE_OVERFLOW, KeptAbsence
from uptime_daemon.store.latency import SLOT, Latency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.observation import Observation
    from uptime_daemon.core.time.instants import Duration, Instant

RUNS_MAX: Final = 100_000
"""Changed runs that may wait: ten thousand probes that each change ten times while the disk is full; some 40 MB."""
CONTEXTS_MAX: Final = 20_000
"""Contexts of failures that may wait: some 2 kB each, 40 MB."""
LATENCIES_MAX: Final = 100_000
"""Rollups that may wait: ten thousand probes for most of an hour; some 60 MB."""
ABSENCES_MAX: Final = 1_000
"""Absences for lost observations that may wait; beyond it the last one grows."""

CONTEXTS_FIRST: Final = 20
"""Of each run the contexts of its first 20 failures are kept: they hold the edge, its class and its confirmation."""
CONTEXTS_EVERY: Final = 60
"""After them every 60th: one each half hour at 30 s shows that the failure stayed the same, and a week of it is 350
rows instead of 20,000. How many there were stands in the run."""

Key = tuple[str, str]
"""Probe and vantage."""

_Whose = tuple[str, str, str | None]
"""The reason of a loss, the vantage and the probe that lost, None for all probes."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Where the record of one probe and vantage goes on."""

    run: Run | None = None
    """The last run that begins no later than now."""
    latency: Latency | None = None
    """The rollup of the slot that now lies in."""
    recorded: Span | None = None
    """Time that is recorded already although it lies ahead: the wall clock was stepped back."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction makes durable. Writing it twice changes nothing."""

    runs: tuple[Run, ...]
    failures: tuple[Failure, ...]
    latencies: tuple[tuple[Key, Latency], ...]
    absences: tuple[KeptAbsence, ...]
    alive: tuple[str, Instant] | None
    """The vantage and when its daemon was last known alive."""

    @property
    def rows(self) -> int:
        """How many rows it writes."""
        return len(self.runs) + len(self.failures) + len(self.latencies) + len(self.absences)


@dataclass(slots=True)
class _Lane:
    """The growing end of one series."""

    run: Run | None = None
    last: Instant | None = None
    """Up to where the record is; nothing may be added at or before it."""
    latency: Latency | None = None
    recorded: Span | None = None
    turn: int = 0
    """In which turn it last took an observation; see `Pending.turn`."""


@dataclass(slots=True)
class _Waiting:
    """Everything that the next batch takes."""

    runs: dict[tuple[str, str, Instant], Run] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    latencies: dict[tuple[Key, int], Latency] = field(default_factory=dict)
    absences: dict[tuple[_Whose, Instant], KeptAbsence] = field(default_factory=dict)


class Pending:
    """The folding end of the record. Its lock is held for microseconds, never during I/O."""

    def __init__(
        self, *, runs_max: int = RUNS_MAX, contexts_max: int = CONTEXTS_MAX, latencies_max: int = LATENCIES_MAX
    ) -> None:
        self._runs_max = runs_max
        self._contexts_max = contexts_max
        self._latencies_max = latencies_max
        self._lock = threading.Lock()
        self._lanes: dict[Key, _Lane] | None = None
        self._waiting = _Waiting()
        self._losses: dict[_Whose, Span] = {}
        self._lost: Counter[str] = Counter()
        self._contexts_lost = 0
        self._vantage = ""
        self._alive: Instant | None = None
        self._alive_waits = False
        self._turn = 0

    def turn(self) -> None:
        """Begin a turn: what is taken from now on stays at the next `resume`, the rest is read from disk by then."""
        with self._lock:
            self._turn += 1

    def resume(self, vantage: str, at: Instant, lanes: Mapping[Key, Resumed]) -> None:
        """Go on at `at` from what is on disk, and from what was taken in this turn, which may not be there yet."""
        with self._lock:
            self._vantage = vantage
            self._alive = at
            taken = {key: lane for key, lane in (self._lanes or {}).items() if lane.turn == self._turn}
            self._lanes = {
                key: _Lane(lane.run, lane.run.last if lane.run else None, lane.latency, lane.recorded)
                for key, lane in lanes.items()
            } | taken

    def alive(self, at: Instant) -> None:
        """The daemon lives; the word that came last stands, for the wall clock may have been stepped back."""
        with self._lock:
            self._alive = at
            self._alive_waits = True

    def observe(self, observation: Observation, stale_after: Duration, failure: Failure | None) -> None:
        """Fold one observation into its run, or count it as lost."""
        with self._lock:
            lane = self._lane(observation)
            if lane.recorded is not None and observation.at >= lane.recorded.start:
                if observation.at < lane.recorded.end:
                    self._lose(observation, stale_after, CLOCK_STEP, observation.probe)
                    return
                lane.run = lane.recorded = None
            if lane.last is not None and observation.at <= lane.last:
                self._lose(observation, stale_after, CLOCK_STEP, observation.probe)
                return
            lane.last = observation.at
            run = (extended(lane.run, observation, stale_after) if lane.run else None) or started(observation)
            if not self._keeps(run):
                # The next observation that finds room begins a run of its own: a run has no hole that it does not tell.
                lane.run = None
                self._lose(observation, stale_after, STORE_OVERFLOW, None)
                return
            lane.run, lane.turn = run, self._turn
            if self._alive is None or self._alive < observation.at:
                self._alive = observation.at
                self._alive_waits = True
            if failure is not None and (run.count <= CONTEXTS_FIRST or run.count % CONTEXTS_EVERY == 0):
                self._keep_context(failure)
            if observation.outcome is Outcome.PASS:
                self._keep_latency(lane, observation)

    def take(self) -> Batch | None:
        """Everything that waits, or None if nothing does. What is taken is the taker's to make durable."""
        with self._lock:
            waiting, self._waiting = self._waiting, _Waiting()
            alive = (self._vantage, self._alive) if self._alive is not None and self._alive_waits else None
            self._alive_waits = False
        batch = Batch(
            runs=tuple(waiting.runs.values()),
            failures=tuple(waiting.failures),
            latencies=tuple((key, latency) for (key, _), latency in waiting.latencies.items()),
            absences=tuple(waiting.absences.values()),
            alive=alive,
        )
        return batch if batch.rows or batch.alive else None

    @property
    def rows(self) -> int:
        """How many rows wait."""
        with self._lock:
            waiting = self._waiting
            return len(waiting.runs) + len(waiting.failures) + len(waiting.latencies) + len(waiting.absences)

    @property
    def lost(self) -> dict[str, int]:
        """How many observations were lost, by reason."""
        with self._lock:
            return dict(self._lost)

    @property
    def contexts_lost(self) -> int:
        """How many contexts and durations were lost although their observation was kept."""
        with self._lock:
            return self._contexts_lost

    def _lane(self, observation: Observation) -> _Lane:
        if self._lanes is None:
            raise RuntimeError("observations come after open_session, which says where their record goes on")
        key = (observation.probe, observation.vantage)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane()
        return lane

    def _keeps(self, run: Run) -> bool:
        runs = self._waiting.runs
        identity = (run.probe, run.vantage, run.first)
        if identity not in runs and len(runs) >= self._runs_max:
            return False
        runs[identity] = run
        return True

    def _keep_context(self, failure: Failure) -> None:
        if len(self._waiting.failures) < self._contexts_max:
            self._waiting.failures.append(failure)
        else:
            self._contexts_lost += 1

    def _keep_latency(self, lane: _Lane, observation: Observation) -> None:
        slot = observation.at // SLOT
        latency = lane.latency if lane.latency is not None and lane.latency.slot == slot else Latency(slot)
        lane.latency = latency.with_one(observation.duration)
        latencies = self._waiting.latencies
        identity = ((observation.probe, observation.vantage), slot)
        if identity in latencies or len(latencies) < self._latencies_max:
            latencies[identity] = lane.latency
        else:
            self._contexts_lost += 1

    def _lose(self, observation: Observation, stale_after: Duration, reason: str, probe: str | None) -> None:
        """Count a lost observation and name the time around it, as far as its neighbours could have reached."""
        self._lost[reason] += 1
        start, end = observation.at - stale_after, observation.at + stale_after
        whose = (reason, observation.vantage, probe)
        span = self._losses.get(whose)
        absences = self._waiting.absences
        if span is None or (not span.start <= start <= span.end and len(absences) < ABSENCES_MAX):
            span = Span(start, end)
        else:
            span = Span(span.start, max(span.end, end))
        self._losses[whose] = span
        absences[whose, span.start] = KeptAbsence(span.start, span.end, reason, observation.vantage, probe)
