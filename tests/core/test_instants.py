"""An instant is a whole number of microseconds; its texts, its zones and its clock changes."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone
from importlib import metadata
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.time.instants import (
    DAY,
    HOUR,
    MICROSECOND,
    MINUTE,
    SECOND,
    clock_text,
    format_instant,
    instant,
    local_date,
    local_instant,
    moment,
    parse_instant,
    seconds_text,
)

ZONES = [
    ZoneInfo(name) for name in ("UTC", "Europe/Belgrade", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York")
]
BELGRADE = ZoneInfo("Europe/Belgrade")
AROUND_NOW = st.integers(-(10**15), 4 * 10**15)  # 1938 to 2096


def test_zones_come_from_the_pinned_package() -> None:
    """No directory of this machine is searched: whatever zone a test sees is the pinned tzdata's."""
    assert zoneinfo.TZPATH == ()
    assert ZoneInfo("Europe/Belgrade").key == "Europe/Belgrade"
    assert tuple(int(part) for part in metadata.version("tzdata").split(".")) >= (2026, 6)


def test_units_are_microseconds() -> None:
    """Every length is a whole number of microseconds."""
    assert (MICROSECOND, SECOND, MINUTE, HOUR, DAY) == (1, 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000001Z", 1),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T18:30:00-05:30", 0),
        ("1970-01-01 00:01Z", MINUTE),
        ("1970-01-01T00:00:01,5Z", 1_500_000),
        ("1970-01-01T00:00:01.25Z", 1_250_000),
        ("2026-06-03T10:00:00+02:00", 1_780_473_600 * SECOND),
        ("2000-02-29T00:00:00Z", 951_782_400 * SECOND),
    ],
)
def test_instants_are_read(text: str, at: int) -> None:
    """ISO 8601 with an offset, with or without seconds and up to six digits of a second."""
    assert parse_instant(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-03T10:00:00",  # no offset
        "2026-06-03",
        "2026-06-03T10:00:00 +02:00",
        "2026-06-03T10:00:00+0200",
        "2026-06-03T10:00:00+02",
        "2026-06-03T10:00:00.1234567Z",
        "2026-06-31T10:00:00Z",
        "2026-06-03T24:00:00Z",
        "2026-06-03T10:60:00Z",
        "2026-06-03T10:00:60Z",
        "2026-06-03T10:00:00+24:00",
        "26-06-03T10:00:00Z",
        "2026-06-03T10:00:00z",
        "٢026-06-03T10:00:00Z",
        "now",
        "",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    """Time without an offset has no meaning, and neither has a time that no clock shows."""
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(text)


def test_a_naive_datetime_is_refused() -> None:
    """A datetime without a zone is a programming error, not local time."""
    with pytest.raises(ValueError, match="needs an offset"):
        instant(datetime(2026, 6, 3, 10))  # noqa: DTZ001 - what is refused


@given(AROUND_NOW, st.sampled_from(ZONES))
def test_an_instant_survives_its_text(at: int, zone: ZoneInfo) -> None:
    """Text in any zone of whole minutes says the same instant to the microsecond."""
    assert parse_instant(format_instant(at)) == at
    assert parse_instant(format_instant(at, timezone(timedelta(hours=5, minutes=30)))) == at
    assert instant(moment(at, zone)) == at


def test_text_of_an_instant() -> None:
    """Microseconds are shown only where there are any; UTC is `Z`, another zone its offset at that instant."""
    at = parse_instant("2026-10-25T00:59:59.5Z")
    assert format_instant(at) == "2026-10-25T00:59:59.500000Z"
    assert format_instant(at, BELGRADE) == "2026-10-25T02:59:59.500000+02:00"
    assert format_instant(at + 500_000, BELGRADE) == "2026-10-25T02:00:00+01:00"
    assert format_instant(at + 500_000) == "2026-10-25T01:00:00Z"


@pytest.mark.parametrize(
    ("day", "wall", "zone", "utc"),
    [
        ("2026-06-03", 10 * HOUR, "Europe/Belgrade", "2026-06-03T08:00:00Z"),
        ("2026-12-03", 10 * HOUR, "Europe/Belgrade", "2026-12-03T09:00:00Z"),
        ("2026-06-03", 25 * HOUR, "Europe/Belgrade", "2026-06-03T23:00:00Z"),  # 01:00 of the next day
        ("2026-06-03", 24 * HOUR, "Europe/Belgrade", "2026-06-03T22:00:00Z"),
        ("2026-03-28", 26 * HOUR + 30 * MINUTE, "Europe/Belgrade", "2026-03-29T01:30:00Z"),  # skipped, so 03:30
        ("2026-03-29", 2 * HOUR, "Europe/Belgrade", "2026-03-29T01:00:00Z"),  # skipped: the change itself
        ("2026-03-29", 3 * HOUR, "Europe/Belgrade", "2026-03-29T01:00:00Z"),
        ("2026-10-25", 2 * HOUR + 30 * MINUTE, "Europe/Belgrade", "2026-10-25T00:30:00Z"),  # twice: the first
        ("2026-10-25", 3 * HOUR, "Europe/Belgrade", "2026-10-25T02:00:00Z"),
        ("2026-06-03", 0, "Asia/Kolkata", "2026-06-02T18:30:00Z"),
        ("2026-10-04", 2 * HOUR, "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),  # skipped by half an hour
        ("2026-04-05", 2 * HOUR - 15 * MINUTE, "Australia/Lord_Howe", "2026-04-04T14:45:00Z"),  # twice: the first
        ("2011-12-30", 0, "Pacific/Apia", "2011-12-30T10:00:00Z"),  # a day that never was
        ("2011-12-31", 0, "Pacific/Apia", "2011-12-30T10:00:00Z"),
    ],
)
def test_wall_time_of_a_day(day: str, wall: int, zone: str, utc: str) -> None:
    """A wall-clock time is one instant: a skipped one is read with the offset before, a double one is the first."""
    assert format_instant(local_instant(date.fromisoformat(day), wall, ZoneInfo(zone))) == utc


@given(st.dates(date(1975, 1, 1), date(2037, 12, 30)), st.sampled_from(ZONES))
def test_midnights_rise(day: date, zone: ZoneInfo) -> None:
    """Each local day starts after the one before and lasts 23 to 25 hours."""
    length = local_instant(day + timedelta(days=1), 0, zone) - local_instant(day, 0, zone)
    assert 23 * HOUR <= length <= 25 * HOUR
    assert local_date(local_instant(day, 0, zone), zone) == day


def test_the_date_is_that_of_the_zone() -> None:
    """Just before midnight in Belgrade it is yesterday there and still two hours earlier in UTC."""
    at = parse_instant("2026-06-30T22:00:00Z")
    assert local_date(at, BELGRADE) == date(2026, 7, 1)
    assert local_date(at - 1, BELGRADE) == date(2026, 6, 30)
    assert local_date(at, UTC) == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("duration", "seconds", "clock"),
    [
        (0, "0", "0:00:00"),
        (1, "0.000001", "0:00:00.000001"),
        (1_500_000, "1.5", "0:00:01.5"),
        (100 * SECOND, "100", "0:01:40"),
        (720 * HOUR, "2592000", "720:00:00"),
        (20 * MINUTE + 40_500_000, "1240.5", "0:20:40.5"),
        (-90 * SECOND, "-90", "-0:01:30"),
        (-1, "-0.000001", "-0:00:00.000001"),
        (10**17 + 1, "100000000000.000001", "27777777:46:40.000001"),
    ],
)
def test_text_of_a_length(duration: int, seconds: str, clock: str) -> None:
    """A length is exact as decimal seconds and as hours, minutes and seconds, without superfluous zeros."""
    assert seconds_text(duration) == seconds
    assert clock_text(duration) == clock
