"""Slow and plain interpreters of the same rules, second by second, written from the design and not from the code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.facts.observation import Observation
    from uptime_daemon.core.time.openings import WorkingWeek
    from uptime_daemon.core.time.spans import Spans


def ticks(spans: Spans) -> set[int]:
    """Every whole instant that a set holds."""
    return {at for start, end in spans for at in range(start, end)}


def bits(spans: Spans, low: int, high: int) -> int:
    """A row of bits, one for each instant of a stretch, set where the set holds it."""
    held = ticks(spans)
    return sum(1 << (at - low) for at in range(low, high) if at in held)


def timeline_by_ticks(
    observations: Sequence[Observation],
    window: tuple[int, int],
    *,
    fails: int,
    passes: int,
    stale_after: int,
    absences: Sequence[tuple[int, int, str]] = (),
) -> Seen:
    """What is known of every instant of a window, one instant after the other.

    An observation holds until the next one, or the window's end after the last, unless that is a gap; the last one
    does not hold if it failed. An outage is a row of enough fails within a stretch without gaps, errors left out, and
    goes on until enough passes in a row have come; what they end is the outage at the first of them.
    """
    seen = Seen()
    outages = _outages(observations, fails, passes, stale_after)
    for at in range(*window):
        reason = _unknown(at, observations, window[1], stale_after, absences)
        if reason is not None:
            seen.unknown[at] = reason
            seen.longest.add(at)
            continue
        number = _latest(at, observations)
        for outage in outages:
            if outage.first_fail <= number < outage.ends_before:
                seen.point.add(at)
                seen.longest.add(at)
            if observations[outage.first_fail].at <= at < observations[outage.last_fail].at:
                seen.shortest.add(at)
            if observations[outage.last_pass].at <= at < observations[outage.first_fail].at:
                seen.longest.add(at)
    return seen


@dataclass
class Seen:
    """What the slow interpreter found, as sets of instants."""

    shortest: set[int] = field(default_factory=set)
    point: set[int] = field(default_factory=set)
    longest: set[int] = field(default_factory=set)
    unknown: dict[int, str] = field(default_factory=dict)


@dataclass
class _Outage:
    """An outage by the numbers of its observations."""

    last_pass: int
    first_fail: int
    last_fail: int
    ends_before: int


def _latest(at: int, observations: Sequence[Observation]) -> int:
    """The number of the latest observation at or before an instant, -1 if there is none."""
    return max((number for number, each in enumerate(observations) if each.at <= at), default=-1)


def _unknown(
    at: int,
    observations: Sequence[Observation],
    end: int,
    stale_after: int,
    absences: Sequence[tuple[int, int, str]],
) -> str | None:
    """Why nothing is known of an instant, None if something is."""
    for voided in (True, False):
        for start, stop, reason in absences:
            if (reason == "voided") is voided and start <= at < stop:
                return reason
    number = _latest(at, observations)
    if number < 0:
        return "no_data"
    latest = observations[number]
    is_last = number + 1 == len(observations)
    if is_last and latest.outcome == "fail":
        return "no_data"
    following = end if is_last else observations[number + 1].at
    if following - latest.at > stale_after:
        return "no_data"
    return latest.reason.value if latest.outcome == "error" else None


def _outages(observations: Sequence[Observation], fails: int, passes: int, stale_after: int) -> list[_Outage]:
    """The outages as matches of a pattern over the letters of each stretch without a gap."""
    pattern = re.compile(f"F{{{fails},}}(P{{1,{passes - 1}}}F+)*" if passes > 1 else f"F{{{fails},}}")
    stretches: list[list[int]] = []
    for number, each in enumerate(observations):
        if number == 0 or each.at - observations[number - 1].at > stale_after:
            stretches.append([])
        stretches[-1].append(number)
    found = []
    for stretch in stretches:
        told = [number for number in stretch if observations[number].outcome != "error"]
        letters = "".join("F" if observations[number].outcome == "fail" else "P" for number in told)
        for match in pattern.finditer(letters):
            first, last = match.start(), match.end() - 1
            before = letters.rfind("P", 0, first)
            found.append(
                _Outage(
                    last_pass=told[before] if before >= 0 else told[first],
                    first_fail=told[first],
                    last_fail=told[last],
                    ends_before=told[last + 1] if last + 1 < len(told) else stretch[-1] + 1,
                )
            )
    return found


def open_minutes(week: WorkingWeek, start: int, end: int) -> list[int]:
    """The first instant of every minute of a stretch that lies in the hours of its day or of the day before.

    Only for hours whose bounds no clock change skips or shows twice.
    """
    found = []
    for at in range(start, end, MINUTE):
        local = moment(at, week.zone)
        wall = local.hour * HOUR + local.minute * MINUTE
        today, yesterday = week.hours(local.date()), week.hours(local.date() - timedelta(days=1))
        over_midnight = [(opens - DAY, closes - DAY) for opens, closes in yesterday]
        if any(opens <= wall < closes for opens, closes in (*today, *over_midnight)):
            found.append(at)
    return found
