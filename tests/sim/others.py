"""The vantages beside the daemon's: what they put on record of the same services, in worlds of several vantages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.sim.plan import OTHERS, SERVICES, Mood
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.probe import Cadence
from uptime_daemon.core.facts.run import runs_of
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.store.pending import Batch
from uptime_daemon.store.recording import Recorder

if TYPE_CHECKING:
    from tests.sim.plan import Plan, WallClock
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.store.database import Database

CADENCE = Cadence()


class Others:
    """Each looks at every interval, from a phase of its own, and tells the truth except when it lies."""

    def __init__(self, plan: Plan, wall: WallClock) -> None:
        self._plan, self._wall = plan, wall
        asked = [(vantage, service) for vantage in OTHERS for service in SERVICES] if plan.mood is Mood.LIES else []
        self._next = {key: (1 + 7 * number) * SECOND for number, key in enumerate(asked)}
        self._open: dict[tuple[str, str], list[Observation]] = {key: [] for key in asked}
        """What the latest run of each series is made of, for it may grow."""

    def report(self, store: Database, elapsed: Duration) -> None:
        """Put on record what was seen until now."""
        runs = []
        for key, seen in self._open.items():
            while self._next[key] <= elapsed:
                seen.append(self._seen(*key, self._next[key]))
                self._next[key] += CADENCE.interval
            found = list(runs_of(seen, CADENCE.stale_after))
            runs += found
            if found:
                self._open[key] = [each for each in seen if each.at >= found[-1].first]
        if runs:
            Recorder(store._writing.dialect).write(store._writing.begin, Batch(tuple(runs), (), (), (), None))

    def _seen(self, vantage: str, service: str, at: Duration) -> Observation:
        is_down = (at in self._plan.down[service]) != self._plan.ours.lying(vantage, at)
        seen = (Outcome.FAIL, Reason.STATUS) if is_down else (Outcome.PASS, Reason.NONE)
        return Observation(f"acme/{service}", vantage, self._wall.at(at), *seen, duration=SECOND // 10)
