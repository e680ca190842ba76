"""A run is a stretch of equal observations of one probe and vantage: the record that is kept for ever.

A run ends when outcome or reason changes or when the distance to the next observation exceeds `stale_after`. Only the
open run changes, and only forward. The law that makes runs enough: timeline(runs) = timeline(observations).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import starmap
from operator import eq, le
from typing import TYPE_CHECKING, Any, overload

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


class Runs(Sequence[Run]):
    """Runs of one probe and vantage in time order, kept column by column: a year of them is judged without objects."""

    __slots__ = ("counts", "distances", "firsts", "lasts", "outcomes", "probe", "reasons", "vantage")

    def __init__(
        self,
        probe: str,
        vantage: str,
        outcomes: Sequence[Outcome],
        reasons: Sequence[Reason],
        firsts: Sequence[Instant],
        lasts: Sequence[Instant],
        counts: Sequence[int],
        distances: Sequence[Duration],
    ) -> None:
        """Columns of equal length; `ValueError` where one of the runs is impossible."""
        self.probe, self.vantage = probe, vantage
        self.outcomes, self.reasons = outcomes, reasons
        self.firsts, self.lasts, self.counts, self.distances = firsts, lasts, counts, distances
        at_once = list(map(eq, firsts, lasts))
        if not all(map(le, firsts, lasts)) or [count == 1 for count in counts] != at_once or min(counts, default=1) < 1:
            for _ in self:  # which names the first one
                pass

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Runs:
        """The columns of some runs."""
        if isinstance(runs, Runs):
            return runs
        if not runs:
            return cls("", "", (), (), (), (), (), ())
        rows = [(run.outcome, run.reason, run.first, run.last, run.count, run.distance) for run in runs]
        return cls(runs[0].probe, runs[0].vantage, *zip(*rows, strict=True))

    def __eq__(self, other: object) -> bool:
        """Whether another sequence holds the same runs, however it keeps them."""
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        """That of a tuple of the same runs."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Run by run."""
        return f"Runs.of({list(self)})"

    def __len__(self) -> int:
        """How many."""
        return len(self.firsts)

    def __iter__(self) -> Iterator[Run]:
        """Each in time order."""
        return starmap(partial(Run, self.probe, self.vantage), zip(*self._columns, strict=True))

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Run]: ...
    def __getitem__(self, index: int | slice) -> Run | Sequence[Run]:
        """One run, or some."""
        if isinstance(index, slice):
            return Runs(self.probe, self.vantage, *(column[index] for column in self._columns))
        return Run(self.probe, self.vantage, *(column[index] for column in self._columns))

    @property
    def _columns(self) -> tuple[Sequence[Any], ...]:
        return self.outcomes, self.reasons, self.firsts, self.lasts, self.counts, self.distances


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
