"""What is tried, how often, and what makes an outage of it: probes and functional groups as definitions, no sockets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import SECOND

if TYPE_CHECKING:
    from uptime_daemon.core.terms.need import Need
    from uptime_daemon.core.time.instants import Duration

DOUBTED_WITHIN: Final = 3 * SECOND
"""How long those may take who are asked, after a fail, whether this vantage could see at all, microseconds: one lost
packet is sent again after 1 s and still arrives."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How many observations in a row make an outage, and how many end it."""

    fails: int = 3
    passes: int = 1


def held_for(interval: Duration) -> Duration:
    """The longest distance over which an outcome holds where somebody looks once an interval, and sees at once.

    Two and a half intervals: two lost looks in a row are chance, three are not.
    """
    return interval * 5 // 2


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a probe is tried: microseconds each."""

    interval: Duration = 30 * SECOND
    repeat: Duration = 5 * SECOND
    """The distance of attempts around an edge, while a change waits for its confirmation."""
    timeout: Duration = 10 * SECOND

    @property
    def attempt_max(self) -> Duration:
        """How long one attempt may take with the doubts about it; the next one begins no earlier."""
        return self.timeout + DOUBTED_WITHIN

    @property
    def stale_after(self) -> Duration:
        """The longest distance between two observations over which the earlier outcome still holds.

        An attempt that does not fit into its interval is none that was lost: it stands for one of the intervals.
        """
        return held_for(self.interval) + max(0, self.attempt_max - self.interval)


@dataclass(frozen=True, slots=True)
class Probe:
    """A repeated check of one endpoint. What is done at the endpoint stands with the prober, not here."""

    id: str
    """`vendor/name`, unique in the whole configuration."""
    group: str
    """`vendor/group`."""
    cadence: Cadence = Cadence()
    confirmation: Confirmation = Confirmation()
    replaces: tuple[str, ...] = ()
    """Its former ids, whose record is its own."""

    @property
    def first_id(self) -> str:
        """What it was called first: what the world knows it by, whatever it is called now."""
        return self.replaces[0] if self.replaces else self.id


@dataclass(frozen=True, slots=True)
class Group:
    """A functional group: endpoints that together are one function of the vendor's service."""

    id: str
    """`vendor/group`."""
    title: str
    need: Need
    probes: tuple[str, ...]
    """Ids of its probes, at least one."""
    replaces: tuple[str, ...] = ()
    """Its former ids, the oldest first; what the world knows it by stays theirs."""

    @property
    def first_id(self) -> str:
        """What it was called first."""
        return self.replaces[0] if self.replaces else self.id
