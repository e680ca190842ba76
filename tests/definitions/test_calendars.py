"""Business calendars as files write them: hours, holidays by country, days of their own, and what is refused."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from uptime_daemon.core.time.business import BusinessCalendar
from uptime_daemon.core.time.instants import HOUR
from uptime_daemon.definitions.calendars import CalendarShape
from uptime_daemon.definitions.documents import parse_document
from uptime_daemon.definitions.holidays import HalfDays, Holidays, HolidaySet, MovedDays, Source
from uptime_daemon.definitions.problems import Problems, RefusedError

OFFICE: Final = 'hours: ["mon-fri 09:00-18:00"]'


def calendar(text: str) -> BusinessCalendar:
    """The calendar of a text, in Istanbul's zone."""
    problems = Problems()
    found = CalendarShape(ZoneInfo("Europe/Istanbul")).read(parse_document(text, "c.yaml", problems), "", problems)
    assert found is not None
    return found


def refusal(text: str) -> str:
    """What is wrong with a text."""
    problems = Problems()
    with pytest.raises(RefusedError):
        CalendarShape(ZoneInfo("Europe/Istanbul")).read(parse_document(text, "c.yaml", problems), "", problems)
    return "\n".join(str(each) for each in problems.found)


def hours(of: BusinessCalendar, *days: str) -> list[int]:
    """The hours of work on some days."""
    return [of.hours_of(date.fromisoformat(day)).total // HOUR for day in days]


def holiday_set(text: str) -> HolidaySet:
    """The holidays of a text."""
    problems = Problems()
    return Holidays().read(parse_document(text, "h.yaml", problems), "", problems)


@pytest.mark.parametrize(
    ("country", "day"),
    [
        ("TR", "2026-10-29"),
        ("RS", "2026-02-15"),
        ("CZ", "2026-10-28"),
        ("KZ", "2026-03-25"),  # Nowruz of a Sunday, moved
        ("AE", "2026-12-02"),
        ("US", "2026-07-03"),  # Independence Day of a Saturday, observed
        ("UA", "2021-08-24"),
        ("NG", "2026-10-01"),
        ("KE", "2026-12-12"),
        ("ZA", "2026-04-27"),
    ],
)
def test_holidays_by_country(country: str, day: str) -> None:
    """A public holiday of the country is no working day, under the country's code in either form."""
    for written in (f'"{country}"', f"[{{country: {country}}}]"):
        of = calendar(f"{{hours: [mon-sun 09:00-18:00], holidays: {written}}}")
        assert hours(of, day) == [0]


def test_several_intervals_and_nights() -> None:
    """Lines add up: a lunch break, a longer Friday, a week from Sunday to Thursday, a night that passes midnight."""
    of = calendar('hours: ["mon-thu 09:00-12:00, 13:00-18:00", "fri 08:00-20:00", "sat 22:00-02:00"]')
    assert hours(of, "2026-06-01", "2026-06-05", "2026-06-06", "2026-06-07") == [8, 12, 4, 0]
    gulf = calendar('{hours: ["sun-thu 09:00-18:00"], zone: Asia/Dubai}')
    assert hours(gulf, "2026-06-07", "2026-06-11", "2026-06-12") == [9, 9, 0]
    assert gulf.zone.key == "Asia/Dubai"


def test_half_days_are_read_from_labels() -> None:
    """Turkey's eves close at 13:00 where the calendar asks for half days; a holiday itself stays closed."""
    of = calendar(f"{{{OFFICE}, holidays: TR, half_days: TR}}")
    assert hours(of, "2026-10-27", "2026-10-28", "2026-10-29") == [9, 4, 0]
    assert hours(calendar(f"{{{OFFICE}, holidays: TR}}"), "2026-10-28") == [9]
    assert HalfDays(("PR",)).get(date(2026, 12, 24)) == 12 * HOUR
    assert HalfDays(("US", "KE")).within([2026]) == {}


def test_a_half_day_without_an_hour_is_named() -> None:
    """Where the library does not say from which hour a day is free, nobody guesses: the day is whole and named."""
    greece = HalfDays(("GR",))
    assert greece.get(date(2026, 12, 24)) is None
    assert any("2026-12-24 (Christmas Eve) of GR" in gap for gap in greece.gaps([2026]))


def test_moved_working_days() -> None:
    """Kazakhstan's working Saturday of 2024 works like a Monday where it is asked for, and only in its own year."""
    of = calendar(f"{{{OFFICE}, holidays: KZ, moved_working_days: KZ}}")
    assert hours(of, "2024-05-04", "2024-05-11") == [9, 0]
    assert hours(calendar(f"{{{OFFICE}, holidays: KZ}}"), "2024-05-04") == [0]
    # The library lists 2013-12-28 among the days of every year.
    assert date(2013, 12, 28) in MovedDays(("KZ",))
    assert not [day for day in range(1, 32) if date(2026, 12, day) in MovedDays(("KZ",))]


def test_days_of_the_agreement_stand_before_the_library() -> None:
    """Removed, shortened, extra and exchanged days are what the agreement says, whatever the library knows."""
    own = (
        '["2026-10-29 10:00-14:00", "2026-12-31 closed", "2026-12-30 until 13:00", "2026-10-31 like mon", '
        '"2026-11-01 09:00-10:00, 11:00-12:00"]'
    )
    of = calendar(f"{{{OFFICE}, holidays: TR, own_days: {own}}}")
    days = ("2026-10-29", "2026-12-31", "2026-12-30", "2026-10-31", "2026-11-01")
    assert hours(of, *days) == [4, 0, 4, 9, 2]


def test_holidays_of_several_countries() -> None:
    """A list closes on the holidays of any country, `all_of` only on common ones; single dates may stand beside."""
    either, both = holiday_set("[CZ, RS, 2026-12-24]"), holiday_set("{all_of: [CZ, RS]}")
    statehood, new_year, eve = date(2026, 2, 16), date(2026, 1, 1), date(2026, 12, 24)
    assert [day in either for day in (statehood, new_year, eve)] == [True, True, True]
    assert [day in both for day in (statehood, new_year, eve)] == [False, True, False]
    assert date(2026, 1, 1) in holiday_set("{country: US, subdivision: CA, categories: [public, government]}")


def test_joined_calendars() -> None:
    """`any_of` is open while one member is, `all_of` while all are."""
    members = f"[{{{OFFICE}}}, {{hours: [sun-thu 10:00-20:00]}}]"
    assert hours(calendar(f"any_of: {members}"), "2026-06-01", "2026-06-05", "2026-06-07") == [11, 9, 10]
    assert hours(calendar(f"all_of: {members}"), "2026-06-01", "2026-06-05", "2026-06-07") == [8, 0, 0]


def test_estimated_holidays_are_marked() -> None:
    """An Islamic date that is not announced yet is a holiday by an estimate; one that is announced is none."""
    emirates = HolidaySet((Source("AE"),))
    assert emirates.is_estimated(date(2027, 3, 9))
    assert not emirates.is_estimated(date(2027, 12, 2))
    assert not emirates.is_estimated(date(2026, 3, 20))
    assert emirates.within([2027])[date(2027, 3, 9)] == "Eid al-Fitr (estimated)"


def test_a_year_without_public_holidays_is_named() -> None:
    """Ukraine has no public days in the library under martial law: the gap is said, not filled."""
    ukraine = HolidaySet((Source("UA"),))
    assert [gap.split(" knows ")[1] for gap in ukraine.gaps([2021, 2026])] == ["no public holiday of UA in 2026"]
    assert HolidaySet((Source("TR"),)).gaps([2026]) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "has no hours; write weekdays, from and to, or hours such as mon-fri 09:00-18:00"),
        ('hours: ["mon-fri 09:00-09:00"]', "09:00-09:00 is no stretch of a day"),
        ('hours: ["monday 09:00-18:00"]', "'monday 09:00-18:00' is no line of hours"),
        ('hours: ["mon 24:30-25:00"]', "is no line of hours"),
        (f"{{{OFFICE}, weekdays: [mon]}}", "has hours and weekdays, from, to; write one of both forms"),
        ('{weekdays: [mon], from: "18:00", to: "09:00"}', "closes before it opens; write a later `to`"),
        (f"{{{OFFICE}, holidays: XX}}", "'XX' is no country with known holidays; write an ISO 3166 code such as RS"),
        (f"{{{OFFICE}, half_days: [XX]}}", "'XX' is no country with known holidays"),
        (f"{{{OFFICE}, holidays: {{country: TR, categories: [bank]}}}}", "'bank' is no category of TR"),
        (f"{{{OFFICE}, holidays: {{country: TR, categories: [half_day]}}}}", "half days have a key of their own"),
        (f"{{{OFFICE}, holidays: {{country: US, subdivision: ZZ}}}}", "'ZZ' is no part of US"),
        (f"{{{OFFICE}, own_days: [2026-02-30 closed]}}", "is no date"),
        (f"{{{OFFICE}, own_days: [2026-12-31]}}", "is no day of its own; write one such as 2026-12-31 closed"),
        (f"{{{OFFICE}, own_days: [2026-12-31 closed, 2026-12-31 like mon]}}", "2026-12-31 stands twice; keep one"),
        (f"{{any_of: [{{{OFFICE}}}], all_of: [{{{OFFICE}}}]}}", "has any_of and all_of; write one of them"),
        (f"{{{OFFICE}, zone: Mars/Base}}", "is no zone of the IANA database"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    """A calendar without an hour, an unknown country or zone, a day that is none: refused with what to write."""
    assert message in refusal(text)
