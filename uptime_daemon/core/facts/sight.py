"""What a cadence lets be seen: how short an outage may be and is sure to be confirmed all the same."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.time.instants import HOUR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from uptime_daemon.core.facts.probe import Group, Probe
    from uptime_daemon.core.terms.need import Binding
    from uptime_daemon.core.time.instants import Duration


@dataclass(frozen=True, slots=True)
class Sight:
    """What the probes of a group see."""

    shortest: Duration
    """An outage of this length, of any one endpoint, is seen for sure; a shorter one may fall between attempts."""
    attempts_per_hour: Fraction
    """Of all probes together, at each vantage, while nothing is down."""


def sight(probes: Collection[Probe]) -> Sight:
    """What some probes see together."""
    return Sight(
        max((_surely_seen(probe) for probe in probes), default=0),
        sum((Fraction(HOUR, probe.cadence.interval) for probe in probes), Fraction(0)),
    )


def sights(
    bindings: Mapping[str, Binding], groups: Mapping[str, Group], probes: Mapping[str, Probe]
) -> dict[str, Sight]:
    """What measures each of a contract's groups sees; a probe that stands in several groups is tried once."""
    return {
        name: sight([probes[each] for each in dict.fromkeys(_members(binding.groups, groups))])
        for name, binding in bindings.items()
    }


def _members(names: Iterable[str], groups: Mapping[str, Group]) -> Iterable[str]:
    return (probe for name in names for probe in groups[name].probes)


def _surely_seen(probe: Probe) -> Duration:
    """It may begin right after an attempt that passed, and the last fail that confirms it must begin before its end.

    One fail may take as long as its timeout before the next can begin.
    """
    cadence = probe.cadence
    return cadence.interval + (probe.confirmation.fails - 1) * max(cadence.repeat, cadence.timeout)
