"""The state of a probe while its observations come in, by the rules of `core.facts.timeline`, and when to look closer.

The law that holds the two together: the down time that these changes paint, less the time that nobody could see, is
the `point` of the timeline over the same runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from uptime_daemon.core.facts.observation import Outcome
from uptime_daemon.core.facts.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.core.facts.probe import Probe
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.time.instants import Duration, Instant


@dataclass(frozen=True, slots=True)
class Changed:
    """A confirmed change; `since` lies back at the first fail or the first pass, before what was said meanwhile."""

    probe: str
    vantage: str
    state: State
    since: Instant


class Standing(NamedTuple):
    """How a probe stands at one vantage; a tuple, for every observation makes another one."""

    state: State = State.UNKNOWN
    since: Instant = 0
    last: Instant | None = None
    """The latest observation, which every next one must lie behind."""
    fails: int = 0
    passes: int = 0
    first_fail: Instant = 0
    first_pass: Instant = 0
    has_passed: bool = False
    """Whether there was a pass since the last gap."""
    is_down: bool = False

    @property
    def awaits(self) -> bool:
        """Whether a change awaits its confirmation, so that a closer look makes its edge sharper."""
        return self.passes > 0 if self.is_down else self.fails > 0


def advanced(standing: Standing, run: Run, probe: Probe) -> tuple[Standing, ...]:
    """The standings that a run, or one observation as a run, leads to in time order: two if it ends a gap, else one."""
    steps: tuple[Standing, ...] = ()
    if standing.last is not None and run.first - standing.last > probe.cadence.stale_after:
        standing = _after_gap(standing)
        steps = (standing,)
    match run.outcome:
        case Outcome.FAIL:
            after = _failed(standing, run, probe.confirmation.fails)
        case Outcome.PASS:
            after = _passed(standing, run, probe.confirmation.passes)
        case Outcome.ERROR:
            after = standing if standing.state is State.UNKNOWN else unseen(standing, run.first)
    return (*steps, after._replace(last=run.last))


def resumed(runs: Iterable[Run], probe: Probe) -> Standing:
    """How a probe stands after the runs of its past."""
    standing = Standing()
    for run in runs:
        *_, standing = advanced(standing, run, probe)
    return standing


def lapsed(standing: Standing, at: Instant, stale_after: Duration) -> Standing:
    """The standing once nothing was observed for too long, else the same."""
    is_stale = standing.last is not None and at - standing.last > stale_after
    return _after_gap(standing) if is_stale else standing


def unseen(standing: Standing, since: Instant) -> Standing:
    """The standing while nobody looks or can see; rows go on if somebody looks again in time."""
    return standing._replace(state=State.UNKNOWN, since=since)


def _failed(standing: Standing, run: Run, needed: int) -> Standing:
    row = standing._replace(
        fails=standing.fails + run.count,
        passes=0,
        first_fail=standing.first_fail if standing.fails else run.first,
    )
    if row.fails >= needed and not row.is_down:
        return row._replace(is_down=True, state=State.DOWN, since=row.first_fail)
    if row.is_down:
        return _stated(row, State.DOWN, run.first)
    # An unconfirmed fail leaves up what was up; what was never seen to be up stays unknown.
    return _stated(row, State.UP, run.first) if row.has_passed else row


def _passed(standing: Standing, run: Run, needed: int) -> Standing:
    if not standing.is_down:
        # nearly every observation there is comes this way: a pass after a pass
        is_quiet = standing.has_passed and not standing.fails
        row = standing if is_quiet else standing._replace(fails=0, has_passed=True)
        return _stated(row, State.UP, run.first)
    row = standing._replace(
        passes=standing.passes + run.count,
        first_pass=standing.first_pass if standing.passes else run.first,
    )
    if row.passes < needed:
        return _stated(row, State.DOWN, run.first)
    up = row._replace(is_down=False, fails=0, passes=0, has_passed=True)
    return up._replace(state=State.UP, since=row.first_pass)


def _after_gap(standing: Standing) -> Standing:
    """A gap ends every row; an outage in it ends with the last that was seen of it, or with a first pass."""
    seen_until = standing.last or 0
    if standing.is_down and standing.passes:
        since = standing.first_pass
    else:
        since = standing.since if standing.state is State.UNKNOWN else seen_until
    return Standing(state=State.UNKNOWN, since=since, last=standing.last)


def _stated(standing: Standing, state: State, since: Instant) -> Standing:
    return standing if standing.state is state else standing._replace(state=state, since=since)
