"""Windows that belong to the day on which they start, and the working time of a vendor, on ordinary and odd nights."""

from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import office
from uptime_daemon.core.time.business import NoWorkingTimeError
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, format_instant, local_instant, parse_instant
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.core.time.windows import LAST, WeeklyWindow

PRAGUE: Final = ZoneInfo("Europe/Prague")
NIGHTS: Final = frozenset({1, 2, 3, 4})


def window(
    weekdays: frozenset[int] = NIGHTS,
    starts: int = 21 * HOUR,
    ends: int = 25 * HOUR,
    void_on: frozenset[date] = frozenset(),
    zone: str = "Europe/Prague",
    **rest: Any,
) -> WeeklyWindow:
    """A window, from Monday to Thursday from 21:00 to 01:00 unless said otherwise."""
    return WeeklyWindow(ZoneInfo(zone), weekdays, starts, ends, void_on, **rest)


def occurrences(of: WeeklyWindow, start: str, end: str) -> list[tuple[str, str]]:
    """The occurrences that touch a stretch, as text in the window's zone."""
    return [
        (format_instant(opens, of.zone)[:16], format_instant(closes, of.zone)[:16])
        for opens, closes in of.within(parse_instant(start), parse_instant(end))
    ]


def test_a_week_of_nights() -> None:
    """From Monday to Thursday a window opens at 21:00 and closes at 01:00 of the next day, from Friday on none."""
    assert occurrences(window(), "2026-06-08T00:00:00+02:00", "2026-06-15T00:00:00+02:00") == [
        ("2026-06-08T21:00", "2026-06-09T01:00"),
        ("2026-06-09T21:00", "2026-06-10T01:00"),
        ("2026-06-10T21:00", "2026-06-11T01:00"),
        ("2026-06-11T21:00", "2026-06-12T01:00"),
    ]


def test_the_hour_after_midnight_belongs_to_the_day_before() -> None:
    """Friday 00:30 lies in Thursday's window, Monday 00:30 in none, since Sunday has no window."""
    friday = ("2026-06-12T00:30:00+02:00", "2026-06-12T00:31:00+02:00")
    monday = ("2026-06-15T00:30:00+02:00", "2026-06-15T00:31:00+02:00")
    assert occurrences(window(), *friday) == [("2026-06-11T21:00", "2026-06-12T01:00")]
    assert occurrences(window(), *monday) == []


def test_a_holiday_voids_the_window_that_starts_on_it() -> None:
    """On a holiday Thursday there is no window, also not after midnight; on a holiday Friday Thursday's stands."""
    night = ("2026-06-11T00:00:00+02:00", "2026-06-13T00:00:00+02:00")
    wednesday = ("2026-06-10T21:00", "2026-06-11T01:00")
    thursday = ("2026-06-11T21:00", "2026-06-12T01:00")
    assert occurrences(window(void_on=frozenset({date(2026, 6, 11)})), *night) == [wednesday]
    assert occurrences(window(void_on=frozenset({date(2026, 6, 12)})), *night) == [wednesday, thursday]


@pytest.mark.parametrize(
    ("weekday", "places", "expected"),
    [
        # from May to July 2026: Fridays 1 8 15 22 29, 5 12 19 26, 3 10 17 24 31; Sundays 3 to 31, 7 to 28, 5 to 26
        (5, {3}, ["2026-05-15", "2026-06-19", "2026-07-17"]),  # the third Friday
        (7, {LAST}, ["2026-05-31", "2026-06-28", "2026-07-26"]),  # the last Sunday
        (5, {5}, ["2026-05-29", "2026-07-31"]),  # June has only four
        (5, {1, LAST}, ["2026-05-01", "2026-05-29", "2026-06-05", "2026-06-26", "2026-07-03", "2026-07-31"]),
        (5, {5, LAST}, ["2026-05-29", "2026-06-26", "2026-07-31"]),
        (5, {4}, ["2026-05-22", "2026-06-26", "2026-07-24"]),
    ],
)
def test_the_place_of_a_weekday_in_its_month(weekday: int, places: set[int], expected: list[str]) -> None:
    """The third Friday or the last Sunday of each month has the window, and no other one."""
    of = window(frozenset({weekday}), places=frozenset(places))
    found = occurrences(of, "2026-05-01T00:00:00+02:00", "2026-08-01T00:00:00+02:00")
    assert [opens[:10] for opens, _ in found] == expected


def test_the_months_of_a_window() -> None:
    """A window of the third Friday of each quarter's last month is one of June, not of May or July."""
    of = window(frozenset({5}), places=frozenset({3}), months=frozenset({3, 6, 9, 12}))
    found = occurrences(of, "2026-05-01T00:00:00+02:00", "2026-10-01T00:00:00+02:00")
    assert [opens[:10] for opens, _ in found] == ["2026-06-19", "2026-09-18"]


def test_the_last_weekday_of_a_month_over_midnight_of_the_year() -> None:
    """The last Thursday of December 2026 is New Year's Eve, and its night ends in January."""
    of = window(frozenset({4}), places=frozenset({LAST}))
    assert occurrences(of, "2027-01-01T00:00:00+01:00", "2027-01-02T00:00:00+01:00") == [
        ("2026-12-31T21:00", "2027-01-01T01:00")
    ]


@pytest.mark.parametrize(
    ("night", "closes"), [("2026-03-29", "06:00"), ("2026-10-25", "04:00"), ("2026-06-07", "05:00")]
)
def test_a_window_of_elapsed_length(night: str, closes: str) -> None:
    """Where four hours are promised they are four hours in every night, whatever the wall clock shows at their end."""
    of = window(frozenset({7}), 1 * HOUR, 5 * HOUR, elapsed=True)
    midnight = local_instant(date.fromisoformat(night), 0, PRAGUE)
    ((start, end),) = of.within(midnight, midnight + DAY)
    assert end - start == 4 * HOUR
    assert format_instant(end, PRAGUE)[11:16] == closes


@pytest.mark.parametrize(
    ("weekdays", "starts", "ends", "night", "hours"),
    [
        # Sunday 01:00 to 05:00 and Saturday 23:00 to Sunday 03:00 in the nights of both clock changes
        ({7}, 1 * HOUR, 5 * HOUR, "2026-03-29", 3),
        ({7}, 1 * HOUR, 5 * HOUR, "2026-10-25", 5),
        ({7}, 1 * HOUR, 5 * HOUR, "2026-06-07", 4),
        ({6}, 23 * HOUR, 27 * HOUR, "2026-03-29", 3),
        ({6}, 23 * HOUR, 27 * HOUR, "2026-10-25", 5),
        ({6}, 23 * HOUR, 27 * HOUR, "2026-06-07", 4),
    ],
)
def test_clock_changes_change_the_length(weekdays: set[int], starts: int, ends: int, night: str, hours: int) -> None:
    """A window is what wall clocks show: an hour shorter when they skip one, an hour longer when one comes twice."""
    of = window(frozenset(weekdays), starts, ends)
    midnight = local_instant(date.fromisoformat(night), 0, PRAGUE)
    (found,) = of.within(midnight, midnight + 6 * HOUR)
    assert Span(*found).length == hours * HOUR


def test_a_start_that_the_clock_skips() -> None:
    """02:30 does not exist on the night of the change: it is read with the offset before, so the window opens 03:30."""
    of = window(frozenset({7}), 2 * HOUR + 30 * MINUTE, 5 * HOUR)
    assert occurrences(of, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00") == [
        ("2026-03-29T03:30", "2026-03-29T05:00")
    ]


def test_a_window_is_found_from_its_last_instant() -> None:
    """A stretch that starts just before a window closes touches it, one that starts when it closes does not."""
    closes = parse_instant("2026-06-09T01:00:00+02:00")
    assert len(window().within(closes - 1, closes)) == 1
    assert window().within(closes, closes + 1) == []
    opens = parse_instant("2026-06-08T21:00:00+02:00")
    assert window().within(opens - 1, opens) == []
    assert len(window().within(opens, opens + 1)) == 1


@given(
    st.integers(0, 60 * 24 * 60).map(lambda minutes: parse_instant("2026-03-01T00:00:00Z") + minutes * MINUTE),
    st.integers(1, 10 * 24 * 60).map(lambda minutes: minutes * MINUTE),
    st.sampled_from(["Europe/Prague", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_windows_found_do_not_depend_on_where_one_looks(start: int, length: int, zone: str) -> None:
    """Looking at a stretch finds what looking at each of its halves and at a longer stretch finds there."""
    of = window(zone=zone)
    stretch, half = Span(start, start + length), start + length // 2
    found = Spans.of(of.within(*stretch)).clip(stretch)
    halves = Spans.of([*of.within(start, half), *of.within(half, stretch.end)]).clip(stretch)
    wider = Spans.of(of.within(start - 40 * DAY, stretch.end + 40 * DAY)).clip(stretch)
    assert found == halves == wider


OFFICE: Final = office(PRAGUE, frozenset(range(1, 6)), 9 * HOUR, 18 * HOUR, frozenset({date(2026, 7, 6)}))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-07-03T10:00:00+02:00", "2026-07-03T10:00:00+02:00"),  # Friday, open
        ("2026-07-03T09:00:00+02:00", "2026-07-03T09:00:00+02:00"),
        ("2026-07-03T08:59:59+02:00", "2026-07-03T09:00:00+02:00"),
        ("2026-07-03T17:59:59+02:00", "2026-07-03T17:59:59+02:00"),
        ("2026-07-03T18:00:00+02:00", "2026-07-07T09:00:00+02:00"),  # over the weekend and a holiday Monday
        ("2026-07-04T10:00:00+02:00", "2026-07-07T09:00:00+02:00"),
        ("2026-07-06T10:00:00+02:00", "2026-07-07T09:00:00+02:00"),
        ("2026-03-27T18:00:00+01:00", "2026-03-30T09:00:00+02:00"),  # over a clock change
    ],
)
def test_next_working_time(at: str, opens: str) -> None:
    """Inside working time it is now; closing time itself is outside; weekends and holidays are passed over."""
    assert format_instant(OFFICE.next_open(parse_instant(at)), PRAGUE) == opens


@pytest.mark.parametrize(
    ("at", "days", "later"),
    [
        ("2026-07-01T16:30:00.25+02:00", 1, "2026-07-02T16:30:00.250000+02:00"),
        ("2026-07-03T16:30:00+02:00", 1, "2026-07-07T16:30:00+02:00"),  # Friday, holiday Monday
        ("2026-07-03T16:30:00+02:00", 2, "2026-07-08T16:30:00+02:00"),
        ("2026-07-04T10:00:00+02:00", 1, "2026-07-07T10:00:00+02:00"),  # from a Saturday the next working day is one
        ("2026-07-03T16:30:00+02:00", 0, "2026-07-03T16:30:00+02:00"),
        ("2026-03-27T12:00:00+01:00", 1, "2026-03-30T12:00:00+02:00"),  # the wall clock, not 24 hours a day
    ],
)
def test_working_days_later(at: str, days: int, later: str) -> None:
    """Working days are counted after the date of the instant and keep its wall-clock time."""
    assert format_instant(OFFICE.days_later(parse_instant(at), days), PRAGUE) == later


def test_a_calendar_without_working_days_is_refused() -> None:
    """Where nobody ever works, the next working time is an error and not an endless search."""
    never = office(PRAGUE, frozenset(), 9 * HOUR, 18 * HOUR, frozenset())
    with pytest.raises(NoWorkingTimeError, match="no working time within 2 years"):
        never.next_open(0)
    with pytest.raises(NoWorkingTimeError, match="no working time within 3 years"):
        never.add(0, 1)
    with pytest.raises(NoWorkingTimeError, match="no working day within 400 days"):
        never.days_later(0, 1)
