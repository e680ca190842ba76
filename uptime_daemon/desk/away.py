"""What the time without a daemon may hide, and a clock that went back: said at each start, nobody else will say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import format_instant, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.settings.values import Settings

NAMED_MAX: Final = 5
"""Agreements named in the line; the statements of all of them tell how much of their time was not measured."""


def said_of(off: Span, settings: Settings) -> Mapping[str, str | int]:
    """From when to when, how long, in which periods of which agreements that time is unknown, and what it may hide."""
    length = seconds_text(off.length)
    touched = list(_periods(off, settings))
    more = len(touched) - NAMED_MAX
    named = ", ".join(touched[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
    return {
        "since": format_instant(off.start),
        "until": format_instant(off.end),
        "seconds": length,
        "unknown_in": named or "no agreement",
        "may_hide": f"outages of up to {length} s of {len(settings.groups)} groups, and how long an open one lasted;"
        " the time counts as unknown, reason daemon_off",
    }


def said_of_clock(recorded_until: Instant, now: Instant) -> Mapping[str, str]:
    """That the wall clock is behind the record: it was ahead before, or it is behind now."""
    return {
        "record_until": format_instant(recorded_until),
        "now": format_instant(now),
        "seconds": seconds_text(recorded_until - now),
        "meaning": "that time is on record already and stays as it is; no probe is tried before the end of its record,"
        " or the same time would be measured twice; look at this machine's clock",
    }


def _periods(off: Span, settings: Settings) -> Iterator[str]:
    for signed in settings.agreements:
        start, end = signed.agreement.covered(off)
        cycle = signed.readings.chosen.cycle
        while start < end:
            period = cycle.at(start)
            yield f"{signed.agreement.id} {period.name}"
            start = period.span.end
