"""Business time against other programs' cases, against counting minute by minute, and on days when clocks change."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.builders import office
from tests.core.oracle import open_minutes
from uptime_daemon.core.time.business import BusinessCalendar
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, format_instant, parse_instant
from uptime_daemon.core.time.openings import JoinedOpenings, WorkingWeek, weekly

CASES: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "data/business_time.json").read_text("utf-8"))
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE_DAYS: Final = range(1, 6)


def wall(text: str) -> int:
    """A wall-clock time after midnight."""
    return int(text[:2]) * HOUR + int(text[3:]) * MINUTE


def hours(pairs: list[list[str]]) -> tuple[tuple[int, int], ...]:
    """Stretches of wall-clock time; one that ends before it starts passes midnight."""
    bounds = [(wall(opens), wall(closes)) for opens, closes in pairs]
    return tuple((opens, closes if closes >= opens else closes + DAY) for opens, closes in bounds)


def calendar_of(case: dict[str, Any]) -> BusinessCalendar:
    """The calendar of a case; its breaks are cut out of the hours of their days."""
    written = CASES["hours"][case["hours"]]
    week = tuple(hours(written.get(name, [])) for name in WEEKDAYS)
    own = {date.fromisoformat(day): hours(pairs) for day, pairs in case.get("own", {}).items()}
    for name, pairs in case.get("breaks", {}).items():
        day = date.fromisoformat(name)
        left = own.get(day, week[day.weekday()])
        for starts, ends in hours(pairs):
            parts = [(max(opens, ends), closes) for opens, closes in left] + [(o, min(c, starts)) for o, c in left]
            left = tuple(sorted(part for part in parts if part[0] < part[1]))
        own[day] = left
    free = frozenset(date.fromisoformat(day) for day in case.get("holidays", []))
    return BusinessCalendar(WorkingWeek(ZoneInfo(case["zone"]), week, free, own=own))


@pytest.mark.parametrize("case", CASES["amounts"], ids=lambda case: f"{case['source']}: {case['name']}")
def test_amounts_of_other_programs(case: dict[str, Any]) -> None:
    """Measuring and adding give what the other programs' own tests expect, a wrong one of theirs excepted."""
    calendar, start = calendar_of(case), parse_instant(case["start"])
    if "add" in case:
        reached = calendar.add(start, case["add"] * SECOND)
        assert reached == parse_instant(case["reached"])
        return
    end, expected = parse_instant(case["end"]), case["seconds"] * SECOND
    measured = calendar.measure(start, end)
    assert (max(0, measured) if case.get("policy") == "zero" else measured) == expected


@pytest.mark.parametrize("case", CASES["stretches"], ids=lambda case: case["name"])
def test_stretches_of_other_programs(case: dict[str, Any]) -> None:
    """The open stretches from an instant on are theirs, with holidays, breaks and days of their own."""
    expected = [(parse_instant(opens), parse_instant(closes)) for opens, closes in case["stretches"]]
    calendar, at = calendar_of(case), parse_instant(case["start"])
    for opens, closes in expected:
        assert calendar.next_open(at) == opens
        assert calendar.measure(opens, closes) == closes - opens
        at = closes


@pytest.mark.parametrize("case", CASES["days"], ids=lambda case: " ".join(map(str, list(case.values())[:3])))
def test_working_days_of_other_programs(case: dict[str, Any]) -> None:
    """Counting and stepping over working days is numpy's, rolled forward or backward where the day itself is none."""
    weekdays = [number for number, flag in enumerate(case["weekmask"], start=1) if flag == "1"]
    free = frozenset(date.fromisoformat(day) for day in case["holidays"])
    calendar = office(ZoneInfo("UTC"), weekdays, 0, DAY, free)
    if case["kind"] == "busday_count":
        first, beyond = (date.fromisoformat(case[name]).toordinal() for name in ("start", "end"))
        assert sum(calendar.works(date.fromordinal(day)) for day in range(first, beyond)) == case["expected"]
        return
    day = date.fromisoformat(case["date"])
    if case["kind"] == "is_busday":
        assert calendar.works(day) is case["expected"]
    elif case["roll"] == "backward":
        assert calendar.day_later(day + timedelta(days=1), -1) == date.fromisoformat(case["expected"])
    else:
        assert calendar.day_later(day, case["offset"]) == date.fromisoformat(case["expected"])


ZONES: Final = {
    # each with an instant shortly before a change of its clock
    "Europe/Prague": "2026-10-23T00:00:00Z",
    "Europe/Kyiv": "2026-03-27T00:00:00Z",
    "Asia/Almaty": "2024-02-28T00:00:00Z",  # from UTC+6 to UTC+5 for good
    "America/New_York": "2026-03-06T00:00:00Z",
    "Australia/Lord_Howe": "2026-04-03T00:00:00Z",  # half an hour
    "Africa/Casablanca": "2026-02-13T00:00:00Z",
    "Asia/Kolkata": "2025-12-30T00:00:00Z",  # over a year's end
}
HOURS: Final = (
    [((9 * HOUR, 18 * HOUR),)] * 5 + [()] * 2,
    [((8 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR + 30 * MINUTE))] * 5 + [((10 * HOUR, 14 * HOUR),), ()],
    [((22 * HOUR, 30 * HOUR),)] * 7,  # nights that belong to the day on which they start
    [((0, DAY),)] * 7,
    [()] * 6 + [((0, DAY),)],
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[BusinessCalendar, int, int]:
    """A calendar over a change of its clock, a minute in it, and a number of minutes."""
    zone = draw(st.sampled_from(sorted(ZONES)))
    first = parse_instant(ZONES[zone])
    day = date.fromisoformat(ZONES[zone][:10])
    free = draw(st.sets(st.integers(0, 6), max_size=2))
    own = draw(st.dictionaries(st.integers(0, 6), st.sampled_from([(), ((10 * HOUR, 11 * HOUR),)]), max_size=2))
    week = WorkingWeek(
        ZoneInfo(zone),
        tuple(draw(st.sampled_from(HOURS))),
        frozenset(day + timedelta(days=each) for each in free),
        {day + timedelta(days=each): 13 * HOUR for each in draw(st.sets(st.integers(0, 6), max_size=1))},
        own={day + timedelta(days=each): stretch for each, stretch in own.items()},
    )
    return BusinessCalendar(week), first + draw(st.integers(0, 4 * 24 * 60)) * MINUTE, draw(st.integers(1, 4 * 24 * 60))


@given(questions())
def test_measuring_is_counting_minutes(asked: tuple[BusinessCalendar, int, int]) -> None:
    """What the tables measure is the number of minutes whose wall-clock time lies in the hours, whatever clocks do."""
    calendar, start, minutes = asked
    end = start + minutes * MINUTE
    assert isinstance(calendar.openings, WorkingWeek)
    counted = open_minutes(calendar.openings, start, end)
    assert calendar.measure(start, end) == len(counted) * MINUTE
    assert calendar.measure(end, start) == -len(counted) * MINUTE
    if counted:
        # Adding what was measured ends with the last minute counted, and taking it away again with the first.
        assert calendar.add(start, len(counted) * MINUTE) == counted[-1] + MINUTE
        assert calendar.add(end, -len(counted) * MINUTE) == counted[0]
        assert calendar.next_open(start) == counted[0]


@given(questions(), st.integers(1, 10 * 60 * 60 * 1_000_000))
def test_adding_is_the_first_instant_by_which_the_time_has_passed(
    asked: tuple[BusinessCalendar, int, int], amount: int
) -> None:
    """To the microsecond: by the instant reached the amount has passed, a microsecond earlier it has not."""
    calendar, start, _ = asked
    if not any(calendar.works(date(2027, 1, 1) + timedelta(days=each)) for each in range(7)):
        return
    reached = calendar.add(start, amount)
    assert calendar.measure(start, reached) == amount == calendar.measure(start, reached - 1) + 1
    back = calendar.add(start, -amount)
    assert calendar.measure(back, start) == amount == calendar.measure(back + 1, start) + 1
    assert calendar.add(start, 0) == start


def test_almaty_moved_its_clock_for_good() -> None:
    """From Thursday to Friday over the change of 2024 nine hours are nine hours, on either side of another offset."""
    almaty = office(ZoneInfo("Asia/Almaty"), OFFICE_DAYS, 9 * HOUR, 18 * HOUR, frozenset())
    thursday, friday = parse_instant("2024-02-29T18:00:00+06:00"), parse_instant("2024-03-01T18:00:00+05:00")
    assert friday - thursday == 25 * HOUR
    assert almaty.measure(thursday, friday) == 9 * HOUR
    assert format_instant(almaty.add(thursday, HOUR), almaty.zone) == "2024-03-01T10:00:00+05:00"


def test_a_table_grows_with_the_questions() -> None:
    """Amounts beyond the years read so far, in either direction, are the same as asked at once."""
    of = office(ZoneInfo("Europe/Prague"), OFFICE_DAYS, 9 * HOUR, 18 * HOUR, frozenset())
    start = parse_instant("2026-06-03T10:00:00+02:00")
    assert format_instant(of.add(start, 10_000 * HOUR), of.zone) == "2030-09-05T11:00:00+02:00"
    assert of.add(of.add(start, 10_000 * HOUR), -10_000 * HOUR) == start
    assert of.measure(parse_instant("1990-01-01T00:00:00Z"), parse_instant("1991-01-01T00:00:00Z")) == 261 * 9 * HOUR
    assert of.measure(start, start + DAY) == 9 * HOUR


def test_a_night_over_the_end_of_a_year() -> None:
    """A shift of 31 December ends on 1 January, also where only the new year is asked for."""
    nights = office(ZoneInfo("Europe/Prague"), range(1, 8), 22 * HOUR, 30 * HOUR, frozenset())
    new_year = parse_instant("2026-01-01T00:00:00+01:00")
    assert nights.measure(new_year, new_year + DAY) == 8 * HOUR
    assert nights.next_open(new_year) == new_year


def test_joined_calendars() -> None:
    """Two offices together are open while either is; their common hours are those of both, over different zones."""
    prague = WorkingWeek(ZoneInfo("Europe/Prague"), weekly(OFFICE_DAYS, 9 * HOUR, 18 * HOUR))
    dubai = WorkingWeek(ZoneInfo("Asia/Dubai"), weekly((7, 1, 2, 3, 4), 9 * HOUR, 18 * HOUR))
    monday = parse_instant("2026-06-01T00:00:00+02:00")
    either = BusinessCalendar(JoinedOpenings((prague, dubai)))
    both = BusinessCalendar(JoinedOpenings((prague, dubai), common=True))
    # In summer Dubai opens at 07:00 and closes at 16:00 of Prague's clock.
    assert both.measure(monday, monday + 7 * DAY) == 4 * 7 * HOUR
    assert either.measure(monday, monday + 7 * DAY) == 4 * 11 * HOUR + 9 * HOUR + 9 * HOUR
    assert either.works(date(2026, 6, 7))
    assert not both.works(date(2026, 6, 7))
    assert [span.length for span in both.hours_of(date(2026, 6, 1))] == [7 * HOUR]


def test_days_of_their_own() -> None:
    """A moved Saturday works like a Monday, a half day closes early, a day's own hours stand before its holiday."""
    saturday, eve, holiday = date(2026, 10, 24), date(2026, 10, 28), date(2026, 10, 29)
    week = WorkingWeek(
        zone=ZoneInfo("Europe/Istanbul"),
        week=weekly(OFFICE_DAYS, 9 * HOUR, 18 * HOUR),
        holidays=frozenset({holiday, date(2026, 10, 30)}),
        closings={eve: 13 * HOUR},
        moved=frozenset({saturday}),
        own={holiday: ((10 * HOUR, 11 * HOUR),)},
    )
    calendar = BusinessCalendar(week)
    lengths = [calendar.hours_of(day).total // HOUR for day in (saturday, eve, holiday, date(2026, 10, 30))]
    assert lengths == [9, 4, 1, 0]


def test_hours_that_a_clock_change_skips_or_shows_twice() -> None:
    """A bound of hours at 02:30 is named for the nights in which that time does not exist or comes twice."""
    week = WorkingWeek(ZoneInfo("Europe/Prague"), weekly(range(1, 8), 2 * HOUR + 30 * MINUTE, 6 * HOUR))
    assert week.skipped_or_twice(date(2026, 1, 1), date(2027, 1, 1)) == [
        (date(2026, 3, 29), 2 * HOUR + 30 * MINUTE),
        (date(2026, 10, 25), 2 * HOUR + 30 * MINUTE),
    ]
