"""What a cadence lets be seen: how short an outage may be and is sure to be confirmed all the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.probe import Probe
from uptime_daemon.core.time.instants import HOUR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from uptime_daemon.core.facts.measured import Defined, Record
    from uptime_daemon.core.facts.probe import Group
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.terms.need import Binding
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.spans import Span


@dataclass(frozen=True, slots=True)
class Watched:
    """Who watched a contract's group while its probes were defined one way."""

    probes: tuple[Probe, ...]
    """Those that a vantage of ours tried in the period."""
    with_history: bool
    """Whether others recorded a part of the period: how closely they looked is not on record."""


Watch = Mapping[str, Watched]
"""By the contract's group who watched it, during one stretch of a period."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How closely some groups were looked at: at the least, where definitions changed within the period."""

    interval: Duration
    """From one attempt at an endpoint to the next, while nothing is down; of the one that is tried least often."""
    attempts_per_hour: Fraction
    """Of all probes together, at each vantage, while nothing is down."""
    shortest: Duration
    """An outage of this length, of any one endpoint, is seen for sure; a shorter one may fall between attempts."""
    with_history: bool = False
    """Whether a part of the period is history that others recorded, of which this says nothing."""


def watches(
    bindings: Mapping[str, Binding], defined: Sequence[Defined], record: Record, period: Span
) -> tuple[Watch, ...]:
    """Who watched a contract's groups in a period, each stretch by the definitions then in force.

    As for `bound_over` they stand in time order, and the last have no end.
    """
    inside = _Inside(record, period)
    found: list[Watch] = []
    start = period.start
    for each in defined:
        end = period.end if each.until is None else min(each.until, period.end)
        if start < end:
            found.append(
                {
                    name: inside.watched([each.probes[probe] for probe in _members(binding.groups, each.groups)])
                    for name, binding in bindings.items()
                }
            )
            start = end
    return tuple(found)


def sight_of(watched: Iterable[Watch], groups: Collection[str]) -> Sight | None:
    """How closely groups of a contract were looked at together; None where that is not on record.

    A probe that stands in several of them is tried once.
    """
    least: Sight | None = None
    for watch in watched:
        own = [watch[name] for name in groups if name in watch]
        probes = {probe.id: probe for each in own for probe in each.probes}
        if probes:
            seen = _sight(probes.values(), with_history=any(each.with_history for each in own))
            least = seen if least is None else _least(least, seen)
    return least


@dataclass(frozen=True, slots=True)
class _Inside:
    """Whose record reaches into a period."""

    record: Record
    period: Span

    def watched(self, probes: Sequence[Probe]) -> Watched:
        """Some probes with who tried them."""
        seen = {probe.id: set(self._seen(probe.id)) for probe in probes}
        return Watched(
            tuple(probe for probe in probes if False in seen[probe.id]),
            any(True in is_history for is_history in seen.values()),
        )

    def _seen(self, probe: str) -> Iterator[bool]:
        """Of each series of a probe that reaches into the period: whether it is history that others recorded."""
        for vantage in self.record.vantages.get(probe, ()):
            if _touches(self.record.runs[probe, vantage], self.period):
                yield (probe, vantage) in self.record.recorded


def _touches(runs: Sequence[Run], period: Span) -> bool:
    """Whether one of some runs in time order lies in a period or reaches into it."""
    before = bisect_left(runs, period.end, key=lambda run: run.first)
    return before > 0 and runs[before - 1].last >= period.start


def _members(names: Iterable[str], groups: Mapping[str, Group]) -> Iterable[str]:
    return dict.fromkeys(probe for name in names for probe in groups[name].probes)


def _sight(probes: Collection[Probe], *, with_history: bool) -> Sight:
    return Sight(
        max(probe.cadence.interval for probe in probes),
        sum((Fraction(HOUR, probe.cadence.interval) for probe in probes), Fraction(0)),
        max(surely_seen(probe) for probe in probes),
        with_history,
    )


def _least(one: Sight, other: Sight) -> Sight:
    return Sight(
        max(one.interval, other.interval),
        min(one.attempts_per_hour, other.attempts_per_hour),
        max(one.shortest, other.shortest),
        one.with_history or other.with_history,
    )


def surely_seen(probe: Probe) -> Duration:
    """It may begin right after an attempt that passed, and the last fail that confirms it must begin before its end.

    One fail may take as long as its timeout, and a sentinel as long as it may, before the next can begin.
    """
    cadence = probe.cadence
    return cadence.interval + (probe.confirmation.fails - 1) * max(cadence.repeat, cadence.attempt_max)
