"""How far our wall clock is from a place elsewhere, by the `Date` of its answer: recorded, never corrected."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import SECOND, instant

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration, Instant

RESOLUTION: Final = SECOND
"""A `Date` names a whole second that has begun (RFC 9110, section 6.6.1), so an offset is known to half of one, and to
half the time that the answer took."""


def clock_offset(date: str, at: Instant, took: Duration) -> Duration | None:
    """Our clock less theirs, microseconds, from an answer that came at `at` and took so long; None if it is no date."""
    try:
        told = parsedate_to_datetime(date)
        if told.tzinfo is None:  # "-0000": a time of nowhere in particular (RFC 5322, section 3.3)
            return None
        theirs = instant(told) + RESOLUTION // 2
    except (ValueError, TypeError, OverflowError):
        return None
    return at - took // 2 - theirs
