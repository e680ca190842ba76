"""Whether the wall clock stepped: it is compared with the monotonic clock, which never does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from uptime_daemon.core.facts.timeline import Absence
from uptime_daemon.core.time.instants import SECOND, Duration, Instant
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from uptime_daemon.watch.ports import Clock

CLOCK_STEP: Final = "clock_step"
"""The reason of a stretch of wall time that was skipped or told twice."""
STEP_MICROSECONDS_MIN: Final = SECOND // 2
"""A smaller change is no step: time daemons step from 0.128 s (ntpd) or 0.4 s (systemd) on, and half a second is a
tenth of the default distance of repeats, so it moves no edge visibly."""
_SLEW_PARTS: Final = 1_000
"""Clocks that are corrected without a step run up to 500 parts in a million fast or slow; twice that is allowed for."""


class Reading(NamedTuple):
    """Both clocks at one moment."""

    now: Instant
    elapsed: Duration


def reading(clock: Clock) -> Reading:
    """Both clocks now."""
    return Reading(clock.now(), clock.elapsed())


def is_step(before: Reading, after: Reading) -> bool:
    """Whether the wall clock stepped between two readings."""
    passed = after.elapsed - before.elapsed
    return abs(after.now - before.now - passed) > STEP_MICROSECONDS_MIN + passed // _SLEW_PARTS


def step_absence(before: Reading, after: Reading) -> Absence:
    """The stretch of wall time that a step makes doubtful: skipped by a step forward, told twice by one back."""
    return Absence(Span(min(before.now, after.now), max(before.now, after.now)), CLOCK_STEP)
