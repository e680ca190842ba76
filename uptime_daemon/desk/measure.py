"""Observations in: each goes to the record, is counted, and may change a group's live state. Waits for nothing."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.core.facts.observation import Observation, Outcome
from uptime_daemon.core.facts.state import State
from uptime_daemon.desk.members import GroupState, Members
from uptime_daemon.desk.showing.board import Durations, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from uptime_daemon.core.facts.attempt import Attempt, Failure
    from uptime_daemon.core.facts.observation import Reason
    from uptime_daemon.core.facts.probe import Group, Probe
    from uptime_daemon.core.facts.timeline import Absence
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.store.ports import Store
    from uptime_daemon.watch.admission import Skip
    from uptime_daemon.watch.confirmation import Changed

WAITING_MAX: Final = 1000
"""How many absences and changes may wait to be written and told: a clock that steps every second for a quarter of an
hour. What no longer fits is named in the count of the lost."""


@dataclass(slots=True)
class ProbeTally:
    """What has been seen of one probe since the start."""

    last: Observation | None = None
    trace: Trace = field(default_factory=Trace)
    attempts: int = 0
    failures: Counter[Reason] = field(default_factory=Counter)
    errors: Counter[Reason] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    certificate_end: Instant | None = None
    degraded: bool = False
    paused: bool = False
    state: State = State.UNKNOWN
    since: Instant | None = None


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A functional group whose confirmed state changed."""

    group: str
    before: GroupState
    now: GroupState
    states: Mapping[str, GroupState]
    """All groups at that moment: a contract's group may be bound to several."""


_UNSEEN: Final = GroupState(State.UNKNOWN, None)


@dataclass(slots=True)
class _GroupTally:
    members: Members = field(default_factory=Members)
    state: GroupState = _UNSEEN
    observed: Duration = 0
    down: Duration = 0
    durations: list[int] = field(default_factory=lambda: list(Durations().counts))
    duration: Duration = 0
    """The sum of all."""


class Measure:
    """Takes what the watch sees. Everything here happens on the event loop and ends at once."""

    def __init__(self, store: Store, vantage: str, on_change: Callable[[], None] = lambda: None) -> None:
        self.vantage = vantage
        self._on_change = on_change
        self.absences: deque[Absence] = deque(maxlen=WAITING_MAX)
        """Absences that are not written yet."""
        self.changes: deque[GroupChange] = deque(maxlen=WAITING_MAX)
        """Changes of groups that nobody has been told yet."""
        self._store = store
        self._probes: dict[str, Probe] = {}
        self._groups: dict[str, Group] = {}
        self._tallies: dict[str, ProbeTally] = {}
        self._group_tallies: dict[str, _GroupTally] = {}
        self._counted_at: Duration | None = None
        self._touched: set[str] = set()

    def define(self, groups: Mapping[str, Group], probes: Mapping[str, Probe]) -> None:
        """The definitions from now on; what is gone is forgotten, what stays keeps its counts."""
        self._groups, self._probes = dict(groups), dict(probes)
        self._tallies = {name: self._tallies.get(name, ProbeTally()) for name in probes}
        self._group_tallies = {name: self._group_tallies.get(name, _GroupTally()) for name in groups}
        for name, group in groups.items():
            tally = self._group_tallies[name]
            tally.members = Members(self._tallies[probe] for probe in group.probes)
            tally.state = tally.members.combined(group.need)
        self._touched = set(probes)

    def stand(self, probe: str, state: State, since: Instant | None) -> None:
        """How a probe stood when the watch began: known from the record, so nobody is told."""
        self._touched.add(probe)
        self._move(probe, state, since)

    def record(self, observation: Observation, failure: Failure | None) -> None:
        """An observation to keep."""
        probe = self._probes.get(observation.probe)
        if probe is not None:
            self._store.observe(observation, probe.cadence.stale_after, failure)

    def measured(self, observation: Observation, attempt: Attempt) -> None:
        """The attempt behind an observation: counts, certificate, slowness."""
        tally = self._tallies.get(observation.probe)
        if tally is None:
            return
        self._touched.add(observation.probe)
        tally.last, tally.trace = observation, _trace(attempt)
        tally.attempts += 1
        tally.degraded = attempt.degraded
        if attempt.certificate_end is not None:
            tally.certificate_end = attempt.certificate_end
        if observation.outcome is Outcome.FAIL:
            tally.failures[observation.reason] += 1
        elif observation.outcome is Outcome.ERROR:
            tally.errors[observation.reason] += 1
        group = self._group_tallies.get(self._probes[observation.probe].group)
        if group is not None:
            group.durations[Durations.bucket(observation.duration)] += 1
            group.duration += observation.duration

    def skipped(self, probe: str, reason: Skip, slots: int) -> None:
        """Attempts that were due and not made."""
        if (tally := self._tallies.get(probe)) is not None:
            self._touched.add(probe)
            tally.skipped[reason.value] += slots

    def changed(self, change: Changed) -> None:
        """A probe's confirmed state changed."""
        if change.probe not in self._probes:
            return
        self._touched.add(change.probe)
        name = self._probes[change.probe].group
        before = self._group_tallies[name].state
        self._move(change.probe, change.state, change.since)
        now = self._group_tallies[name].state
        if now.state is not before.state:
            self.changes.append(GroupChange(name, before, now, self.states()))
            self._on_change()

    def absent(self, absence: Absence) -> None:
        """A stretch that this vantage cannot vouch for; written by the daemon's own loop."""
        self.absences.append(absence)

    def pause(self, probe: str, *, paused: bool) -> None:
        """Whether a probe is tried at all."""
        if (tally := self._tallies.get(probe)) is not None:
            self._touched.add(probe)
            tally.paused = paused

    def taken_touched(self) -> set[str]:
        """The probes of which something changed since the last call."""
        touched, self._touched = self._touched, set()
        return touched

    def tally(self, probe: str) -> ProbeTally:
        """What has been seen of a probe."""
        return self._tallies[probe]

    def group_state(self, group: str) -> GroupState:
        """How a group stands now."""
        return self._group_tallies[group].state

    def states(self) -> dict[str, GroupState]:
        """How each group stands now; may be asked from another thread while files are read anew."""
        return {name: each.state for name, each in self._group_tallies.items()}

    def observed(self, group: str) -> tuple[Duration, Duration, Durations]:
        """Since the start: time in a known state, of it down, and how long attempts took."""
        tally = self._group_tallies[group]
        return tally.observed, tally.down, Durations(tuple(tally.durations), tally.duration)

    def count_time(self, reading: Duration) -> None:
        """Add the time since the last call to the groups' counters, in the state they are in now.

        `reading` is the monotonic clock's: a step of the wall clock is nobody's up or down time.
        """
        elapsed = 0 if self._counted_at is None else reading - self._counted_at
        self._counted_at = reading
        for tally in self._group_tallies.values():
            if tally.state.state is not State.UNKNOWN:
                tally.observed += elapsed
            if tally.state.state is State.DOWN:
                tally.down += elapsed

    def _move(self, probe: str, state: State, since: Instant | None) -> None:
        """A probe stands otherwise, and with it maybe its group."""
        tally, group = self._tallies[probe], self._groups[self._probes[probe].group]
        whole = self._group_tallies[group.id]
        whole.members.move(tally, state, since)
        tally.state, tally.since = state, since
        whole.state = whole.members.combined(group.need)


def _trace(attempt: Attempt) -> Trace:
    """What of an attempt is shown; its texts are not, they may be long."""
    return Trace(
        phases=attempt.phases,
        status=attempt.status,
        version=attempt.version,
        tls_version=attempt.tls_version,
        redirects=attempt.redirects,
        ip_version=(6 if attempt.peer.startswith("[") else 4) if attempt.peer else None,
        failed_checks=tuple(each.check for each in attempt.checks if not each.holds and each.means is Means.DOWN),
    )
