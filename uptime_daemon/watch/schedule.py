"""When each probe is due: a fixed grid for each, spread by a stable hash, kept over restarts and reloads.

Due times are readings of the monotonic clock; the grid is tied to the wall clock once, at the start, so that a probe
keeps its place in the interval over restarts while no step of the wall clock moves it.
"""

from __future__ import annotations

import heapq
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from uptime_daemon.core.facts.probe import Probe
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.watch.clockstep import Reading

_STALE_ENTRIES: Final = 1_024
"""How many outdated entries the heap may hold beside as many as it has probes, before it is built anew."""


class Slot(NamedTuple):
    """One probe that is due."""

    probe: str
    due: Duration
    """Reading of the monotonic clock."""
    missed: int
    """How many slots of its grid passed meanwhile without an attempt."""


def phase(probe: str, interval: Duration) -> Duration:
    """A probe's place in its interval, the same on every machine and at every start."""
    return int.from_bytes(blake2b(probe.encode(), digest_size=8).digest()) % interval


class Schedule:
    """One heap of due times. A probe has one due time: the next of its grid, or an earlier one that was asked for."""

    def __init__(self, start: Reading) -> None:
        self._offset = start.now - start.elapsed
        self._probes: dict[str, Probe] = {}
        self._phases: dict[str, Duration] = {}
        self._due: dict[str, Duration] = {}
        self._heap: list[tuple[Duration, str]] = []

    def __contains__(self, probe: str) -> bool:
        """Whether the probe is scheduled."""
        return probe in self._probes

    def put(self, probe: Probe, at: Duration) -> None:
        """Schedule a probe from now on; one with the same interval keeps its next due time."""
        known = self._probes.get(probe.id)
        self._probes[probe.id] = probe
        if known is None or known.cadence.interval != probe.cadence.interval:
            self._phases[probe.id] = phase(probe.id, probe.cadence.interval)
            self._push(probe.id, self._next(probe, at))

    def drop(self, probe: str) -> None:
        """Schedule a probe no more."""
        self._probes.pop(probe, None)
        self._phases.pop(probe, None)
        self._due.pop(probe, None)

    def hasten(self, probe: str, due: Duration) -> None:
        """Make a scheduled probe due earlier than its grid; the grid itself stays."""
        if due < self._due.get(probe, due):
            self._push(probe, due)

    def next_due(self) -> Duration | None:
        """When the next probe is due, or None if none ever will be."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, at: Duration) -> list[Slot]:
        """All probes that are due by now, each put on the next place of its grid."""
        slots: list[Slot] = []
        while (due := self.next_due()) is not None and due <= at:
            name = heapq.heappop(self._heap)[1]
            probe = self._probes[name]
            slots.append(Slot(name, due, (at - due) // probe.cadence.interval))
            self._push(name, self._next(probe, at))
        return slots

    def _next(self, probe: Probe, at: Duration) -> Duration:
        """The first place of the probe's grid after now."""
        interval = probe.cadence.interval
        return at + interval - (at + self._offset - self._phases[probe.id]) % interval

    def _push(self, probe: str, due: Duration) -> None:
        self._due[probe] = due
        heapq.heappush(self._heap, (due, probe))
        if len(self._heap) > 2 * len(self._due) + _STALE_ENTRIES:
            self._heap = [(each, name) for name, each in self._due.items()]
            heapq.heapify(self._heap)
