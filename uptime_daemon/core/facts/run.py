"""A run is a stretch of equal observations of one probe and vantage: the record that is kept for ever.

A run ends when outcome or reason changes or when the distance to the next observation exceeds `stale_after`. Only the
open run changes, and only forward. The law that makes runs enough: timeline(runs) = timeline(observations).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.observation import Observation, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uptime_daemon.core.time.instants import Duration, Instant


@dataclass(frozen=True, slots=True)
class Run:
    """Equal observations of one probe and vantage in a row."""

    probe: str
    vantage: str
    outcome: Outcome
    reason: Reason
    first: Instant
    last: Instant
    count: int = 1
    distance: Duration = 0
    """The largest distance between two neighbouring observations of the run, microseconds."""

    def __post_init__(self) -> None:
        """A run holds at least one observation and does not end before it starts."""
        if self.count < 1 or self.last < self.first or (self.count == 1) is not (self.first == self.last):
            raise ValueError(f"impossible run: {self}")


def started(observation: Observation) -> Run:
    """The run that one observation starts."""
    return Run(
        probe=observation.probe,
        vantage=observation.vantage,
        outcome=observation.outcome,
        reason=observation.reason,
        first=observation.at,
        last=observation.at,
    )


def extended(run: Run, observation: Observation, stale_after: Duration) -> Run | None:
    """The run with one more observation, or None if that observation starts another run.

    Raises `ValueError` for an observation that is not after the run's last one: a record only grows forward.
    """
    distance = observation.at - run.last
    if distance <= 0:
        raise ValueError(f"{observation} is not after {run}")
    if observation.outcome is not run.outcome or observation.reason is not run.reason or distance > stale_after:
        return None
    longest = max(run.distance, distance)
    return Run(  # written out: every observation that continues its run comes this way
        run.probe, run.vantage, run.outcome, run.reason, run.first, observation.at, run.count + 1, longest
    )


def runs_of(observations: Iterable[Observation], stale_after: Duration) -> Iterator[Run]:
    """The runs of one probe's and vantage's observations in time order."""
    current: Run | None = None
    for observation in observations:
        grown = extended(current, observation, stale_after) if current else None
        if current and not grown:
            yield current
        current = grown or started(observation)
    if current:
        yield current
