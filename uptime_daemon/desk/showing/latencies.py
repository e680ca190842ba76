"""How long passes took, for plots: percentiles over stretches of time, from the counts by length on record.

A percentile read from a count is the upper bound of its bucket, so it is never shown too low and at most half too high.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.store.kept import Rollup
    from uptime_daemon.store.ports import Store

PERCENTILES: Final = (50, 90, 99)
REACHES: Final[Mapping[str, tuple[Duration, Duration]]] = {
    "1d": (DAY, 5 * MINUTE),
    "7d": (7 * DAY, HOUR),
    "90d": (90 * DAY, 6 * HOUR),
}
"""How far back a plot looks and what one of its points stands for: some three hundred points each."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """The passes within one stretch of time."""

    at: Instant
    """Its start."""
    count: int
    percentiles: tuple[Duration, ...]
    """As many as `PERCENTILES`."""
    longest: Duration


def latencies(store: Store, probe: str, reach: str, now: Instant) -> dict[str, tuple[Latencies, ...]]:
    """By vantage the points of a plot, in time order; stretches without a pass are left out."""
    back, step = REACHES[reach]
    first = (now - back) // step * step
    by_vantage: dict[str, list[Rollup]] = {}
    for rollup in store.rollups({probe}, Span(first, now)):
        by_vantage.setdefault(rollup.vantage, []).append(rollup)
    return {vantage: tuple(_points(own, step)) for vantage, own in sorted(by_vantage.items())}


def _points(rollups: Iterable[Rollup], step: Duration) -> Iterator[Latencies]:
    stretches: dict[Instant, list[Rollup]] = {}
    for rollup in rollups:
        stretches.setdefault(rollup.start // step * step, []).append(rollup)
    for at, own in sorted(stretches.items()):
        counts: Counter[Duration | None] = Counter()
        for rollup in own:
            counts.update(dict(rollup.buckets))
        longest = max(rollup.longest for rollup in own)
        yield Latencies(at, counts.total(), _percentiles(counts, longest), longest)


def _percentiles(counts: Mapping[Duration | None, int], longest: Duration) -> tuple[Duration, ...]:
    """The upper bound of the bucket in which each percentile lies; never beyond the longest pass."""
    whole = sum(counts.values())
    order: Sequence[tuple[Duration, int]] = sorted(
        (longest if bound is None else min(bound, longest), count) for bound, count in counts.items()
    )
    found = []
    for percentile in PERCENTILES:
        left = -(-whole * percentile // 100)  # at least this many lie within it
        for bound, count in order:
            left -= count
            if left <= 0:
                found.append(bound)
                break
    return tuple(found)
