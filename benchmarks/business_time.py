"""Adding business hours and measuring business time, with the share of building the table of three years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from typing import Final
from zoneinfo import ZoneInfo

import businesstimedelta
import holidays

from uptime_daemon.core.time.business import BusinessCalendar
from uptime_daemon.core.time.instants import DAY, HOUR, instant
from uptime_daemon.core.time.openings import WorkingWeek, weekly
from uptime_daemon.definitions.holidays import HolidaySet, Source

OPERATIONS: Final = 1000
"""How many operations carry the cost of one table."""
PEER_OPERATIONS: Final = 50
_STARTS: Final = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=7 * each) for each in range(OPERATIONS)]
_INSTANTS: Final = [instant(start) for start in _STARTS]
_WEEK: Final = WorkingWeek(
    ZoneInfo("UTC"), weekly(range(1, 6), 9 * HOUR, 18 * HOUR), HolidaySet((Source("TR"),))
)  # the peer applies its rule in UTC, whatever the zone
_RULES: Final = businesstimedelta.Rules(
    [
        businesstimedelta.WorkDayRule(wall_time(9), wall_time(18), working_days=[0, 1, 2, 3, 4]),
        businesstimedelta.HolidayRule(holidays.country_holidays("TR", years=range(2024, 2028))),
    ]
)


def _calendar() -> BusinessCalendar:
    """A calendar whose table of three years is built."""
    calendar = BusinessCalendar(_WEEK)
    calendar.measure(_INSTANTS[0] - 365 * DAY, _INSTANTS[-1] + 365 * DAY)
    return calendar


def add() -> int:
    """A new table and 40 business hours added at each start."""
    calendar = _calendar()
    return sum(calendar.add(at, 40 * HOUR) for at in _INSTANTS)


def peer_add() -> list[datetime]:
    """The same by the peer, at the first starts."""
    return [start + businesstimedelta.BusinessTimeDelta(_RULES, hours=40) for start in _STARTS[:PEER_OPERATIONS]]


def measure() -> int:
    """A new table and the business time within 30 days of each start."""
    calendar = _calendar()
    return sum(calendar.measure(at, at + 30 * DAY) for at in _INSTANTS)


def peer_measure() -> list[object]:
    """The same by the peer, at the first starts."""
    return [_RULES.difference(start, start + timedelta(days=30)) for start in _STARTS[:PEER_OPERATIONS]]


def agree() -> bool:
    """Whether both give the same instants and lengths: a figure of a wrong result is none."""
    calendar = _calendar()
    ours = [calendar.add(at, 40 * HOUR) for at in _INSTANTS[:PEER_OPERATIONS]]
    lengths = [calendar.measure(at, at + 30 * DAY) // HOUR for at in _INSTANTS[:PEER_OPERATIONS]]
    peer = [instant(each) for each in peer_add()]
    return ours == peer and lengths == [int(each.hours) for each in peer_measure()]  # type: ignore[attr-defined]  # ships no types
