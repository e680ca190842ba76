"""The time that a person reads from a clock, as an instant; one that names none or two is refused, never guessed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import format_instant, instant, moment, parse_instant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Instant

_WALL: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?", re.ASCII)


def stated_instant(text: str, zone: ZoneInfo) -> Instant:
    """The instant of an ISO 8601 time: with an offset as it stands, without one as clocks in the zone show it.

    `ValueError` for anything else, and for a time that these clocks skip or show twice.
    """
    if not _WALL.fullmatch(text):
        return parse_instant(text)
    return wall_instant(datetime.fromisoformat(text.replace(" ", "T")), zone)


def wall_instant(shown: datetime, zone: ZoneInfo) -> Instant:
    """The instant at which clocks in the zone show a time; `ValueError` if they skip it or show it twice."""
    first, second = (instant(shown.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    text = shown.isoformat(sep=" ", timespec="auto")
    if moment(first, zone).replace(tzinfo=None, fold=0) != shown:
        raise ValueError(
            f"{text} does not exist in {zone.key}, where clocks are set forward over it; state it with its offset"
        )
    if first != second:
        both = " or ".join(format_instant(each, zone) for each in (first, second))
        raise ValueError(f"{text} occurs twice in {zone.key}, where clocks are set back; state which one: {both}")
    return first
