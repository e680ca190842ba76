"""A time without an offset is the zone's wall clock; one that it skips or shows twice is refused."""

from typing import Final
from zoneinfo import ZoneInfo

import pytest

from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.core.time.wall import stated_instant

PRAGUE: Final = ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-06-03T10:00:00+03:00", "2026-06-03T09:00:00+02:00"),
        ("2026-06-03 10:00", "2026-06-03T10:00:00+02:00"),
        ("2026-01-03T10:00:00.25", "2026-01-03T10:00:00.25+01:00"),
        ("2026-03-29T01:59", "2026-03-29T01:59:00+01:00"),
        ("2026-03-29T03:00", "2026-03-29T03:00:00+02:00"),
        ("2026-10-25T01:59", "2026-10-25T01:59:00+02:00"),
        ("2026-10-25T03:00", "2026-10-25T03:00:00+01:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z"),
    ],
)
def test_wall_times(text: str, same: str) -> None:
    """An offset stands as written; without one the zone's offset at that time is taken."""
    assert stated_instant(text, PRAGUE) == parse_instant(same)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-03-29T02:00", "2026-03-29 02:00:00 does not exist in Europe/Prague"),
        ("2026-03-29T02:59:59", "does not exist"),
        ("2026-10-25T02:00", "occurs twice .* 2026-10-25T02:00:00.02:00 or 2026-10-25T02:00:00.01:00"),
        ("2026-10-25T02:59:59.5", "occurs twice"),
        ("2026-10-25", "is no instant"),
        ("yesterday", "is no instant"),
        ("2026-13-01T10:00", "month"),
    ],
)
def test_times_that_name_no_instant(text: str, message: str) -> None:
    """The hour that is skipped, the hour that occurs twice and what is no time are refused with the reason."""
    with pytest.raises(ValueError, match=message):
        stated_instant(text, PRAGUE)
