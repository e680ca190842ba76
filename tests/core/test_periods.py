"""Months, quarters, years and other windows in any zone: a peer's cases, clock changes, and that they leave no hole."""

import csv
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, instant, local_date, moment, parse_instant
from uptime_daemon.core.time.periods import (
    Calendar,
    Cycle,
    Period,
    PeriodKind,
    Unit,
    days_within,
    midnight,
    named_period,
    period_at,
    period_name,
    periods_within,
)
from uptime_daemon.core.time.spans import Span

# Whole and half hours, changes of one hour and of half an hour, a change at midnight, a skipped day, no change at all.
ZONES: Final = tuple(
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Belgrade",
        "Europe/Prague",
        "America/New_York",
        "America/St_Johns",
        "America/Havana",
        "America/Sao_Paulo",
        "Asia/Kolkata",
        "Asia/Almaty",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Chatham",
    )
)
CALENDAR_KINDS: Final = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)
PRAGUE: Final = ZoneInfo("Europe/Prague")
BELGRADE: Final = ZoneInfo("Europe/Belgrade")
LENGTHS: Final = {"day": 24 * HOUR, "hour": HOUR, "minute": MINUTE}

zones = st.sampled_from(ZONES)
kinds = st.sampled_from(CALENDAR_KINDS)
instants = st.integers(0, 130 * 365 * 24 * 3_600).map(lambda seconds: seconds * SECOND)  # 1970 to 2099


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of a table of facts by the names of its columns; lines with a number sign say where it comes from."""
    lines = (Path(__file__).parent / "data" / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def table(name: str) -> list[Any]:
    """The rows of a table as cases named by what they hold."""
    return [pytest.param(row, id=f"{row['count']} {row['unit']} at {row['at']}") for row in read_table(name)]


CALENDAR_WINDOWS: Final = table("calendar_windows.csv")


def test_tables_are_whole() -> None:
    """All cases of the peer are here: 46 on which everybody agrees, 9 where the peer goes another way."""
    uses = [case.values[0]["use"] for case in CALENDAR_WINDOWS]
    assert (uses.count("neutral"), uses.count("peer-deviation"), len(uses)) == (46, 9, 55)


@pytest.mark.parametrize("row", CALENDAR_WINDOWS)
def test_calendar_windows(row: dict[str, str]) -> None:
    """The window that holds an instant has these ends; where the peer deviates, its ends are not ours."""
    windows = Calendar(
        unit=Unit(row["unit"]),
        zone=ZoneInfo(row["zone"]),
        count=int(row["count"]),
        anchor=datetime.fromisoformat(row["anchor"]),
    )
    found = windows.containing(parse_instant(row["at"]))
    assert found == Span(parse_instant(row["begin"]), parse_instant(row["end"]))
    if row["use"] == "peer-deviation":
        assert found != Span(parse_instant(row["peer_begin"]), parse_instant(row["peer_end"]))


@pytest.mark.parametrize(
    ("name", "zone", "start", "hours"),
    [
        ("2026-03", "Europe/Belgrade", "2026-02-28T23:00:00Z", "743"),
        ("2026-10", "Europe/Belgrade", "2026-09-30T22:00:00Z", "745"),
        ("2026-06", "Europe/Belgrade", "2026-05-31T22:00:00Z", "720"),
        ("2025-10", "Europe/Prague", "2025-09-30T22:00:00Z", "745"),
        ("2026-02", "Europe/Belgrade", "2026-01-31T23:00:00Z", "672"),
        ("2028-02", "Europe/Belgrade", "2028-01-31T23:00:00Z", "696"),
        ("2026-03", "America/New_York", "2026-03-01T05:00:00Z", "743"),
        ("2026-04", "Australia/Lord_Howe", "2026-03-31T13:00:00Z", "720.5"),
        ("2026-10", "Australia/Lord_Howe", "2026-09-30T13:30:00Z", "743.5"),
        ("2026-03", "Asia/Kolkata", "2026-02-28T18:30:00Z", "744"),
        ("2011-12", "Pacific/Apia", "2011-12-01T10:00:00Z", "720"),  # 31 dates, one of which never was
        ("2024-02", "Asia/Almaty", "2024-01-31T18:00:00Z", "697"),  # moved from +6 to +5 for good at its last midnight
        ("2024-03", "Asia/Almaty", "2024-02-29T19:00:00Z", "744"),
        ("2026-Q1", "Europe/Belgrade", "2025-12-31T23:00:00Z", "2159"),
        ("2026-Q4", "Europe/Belgrade", "2026-09-30T22:00:00Z", "2209"),
        ("2025", "Europe/Kyiv", "2024-12-31T22:00:00Z", "8760"),
        ("2028", "Europe/Belgrade", "2027-12-31T23:00:00Z", "8784"),
    ],
)
def test_named_periods(name: str, zone: str, start: str, hours: str) -> None:
    """A period starts at a local midnight and lasts as many hours as really pass until the next one."""
    period = named_period(name, ZoneInfo(zone))
    assert period.name == name
    assert period.span.start == parse_instant(start)
    assert period.span.length == int(float(hours) * 2) * HOUR // 2


@pytest.mark.parametrize(
    ("name", "start_month", "first", "last"),
    [
        ("2026", 1, "2026-01-01", "2026-12-31"),
        ("2026", 2, "2026-02-01", "2027-01-31"),
        ("2026-Q1", 2, "2026-02-01", "2026-04-30"),
        ("2026-Q4", 2, "2026-11-01", "2027-01-31"),
        ("2026-Q4", 12, "2027-09-01", "2027-11-30"),
        ("2026-06", 2, "2026-06-01", "2026-06-30"),
    ],
)
def test_fiscal_years(name: str, start_month: int, first: str, last: str) -> None:
    """Years and quarters may start in another month and carry the year in which they start; months stay themselves."""
    span = named_period(name, BELGRADE, start_month).span
    dates = [str(local_date(at, BELGRADE)) for at in (span.start - 1, span.start, span.end - 1, span.end)]
    assert dates[1:3] == [first, last]
    assert dates[0] < first
    assert dates[3] > last


@pytest.mark.parametrize(
    "name",
    [
        *"2026-13 2026-00 2026-1 2026-Q5 2026-Q0 2026-q1 26-01 2026-06-01 last ٢026 0001 1899 3000 9999-12".split(),
        "2026 ",
        "",
    ],
)
def test_what_is_no_period_is_refused(name: str) -> None:
    """Only months, quarters and years of a plausible year have names."""
    with pytest.raises(ValueError, match="is no period; write 2026-06, 2026-Q2 or 2026"):
        named_period(name, BELGRADE)


@pytest.mark.parametrize("name", ["1900", "1900-01", "2999-12", "2999-Q4", "2999"])
@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_first_and_last_years_have_periods(name: str, zone: ZoneInfo) -> None:
    """The outermost names work in every zone."""
    assert period_name(named_period(name, zone).kind or PeriodKind.YEAR, named_period(name, zone).span.start, zone)


def test_an_anchor_on_day_31_never_drifts() -> None:
    """Each month's window starts on the 31st or the month's last day, also after a short February."""
    windows = Calendar(unit=Unit.MONTH, zone=ZoneInfo("UTC"), anchor=datetime(2025, 1, 31))  # noqa: DTZ001
    starts = [f"{moment(windows.start(index)):%m-%d}" for index in range(-2, 15)]
    assert " ".join(starts) == (
        "11-30 12-31 01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31 01-31 02-28 03-31"
    )


def test_an_anchor_on_leap_day() -> None:
    """A yearly window from 29 February starts on 28 February where there is no 29th, and on the 29th again later."""
    windows = Calendar(unit=Unit.YEAR, zone=ZoneInfo("UTC"), anchor=datetime(2024, 2, 29))  # noqa: DTZ001
    starts = [f"{moment(windows.start(index)):%Y-%m-%d}" for index in range(-1, 6)]
    assert starts == ["2023-02-28", "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28"]


@given(kinds, instants, zones, st.integers(1, 12))
def test_the_period_at_an_instant_holds_it(kind: PeriodKind, at: int, zone: ZoneInfo, start_month: int) -> None:
    """The period of an instant holds it, starts at a local midnight of the first, and its name leads back to it."""
    period = period_at(kind, at, zone, start_month)
    assert period.span.start <= at < period.span.end
    assert local_date(period.span.start, zone).day == 1
    assert local_date(period.span.start - 1, zone) < local_date(period.span.start, zone)
    assert named_period(period.name, zone, start_month) == period


@given(kinds, instants, zones, st.integers(1, 12))
def test_periods_follow_each_other(kind: PeriodKind, at: int, zone: ZoneInfo, start_month: int) -> None:
    """Where one period ends the next one starts: nothing between them, nothing twice."""
    period = period_at(kind, at, zone, start_month)
    assert period_at(kind, period.span.end, zone, start_month).span.start == period.span.end
    assert period_at(kind, period.span.start - 1, zone, start_month).span.end == period.span.start


@given(st.sampled_from([PeriodKind.QUARTER, PeriodKind.YEAR]), instants, zones, st.integers(1, 12))
def test_months_tile_quarters_and_years(kind: PeriodKind, at: int, zone: ZoneInfo, start_month: int) -> None:
    """Three months make a quarter and twelve a year, to the microsecond, wherever the year starts."""
    whole = period_at(kind, at, zone, start_month).span
    months = list(periods_within(PeriodKind.MONTH, whole, zone, start_month))
    assert len(months) == {PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}[kind]
    assert (months[0].span.start, months[-1].span.end) == whole
    assert all(one.span.end == next_one.span.start for one, next_one in pairwise(months))


@given(instants, zones)
def test_days_tile_the_month(at: int, zone: ZoneInfo) -> None:
    """A month is its days, none missing and none twice, whatever the clocks do."""
    month = period_at(PeriodKind.MONTH, at, zone).span
    days = list(days_within(month, zone))
    spans = [Span(midnight(day, zone), midnight(day + timedelta(days=1), zone)) for day in days]
    assert (spans[0].start, spans[-1].end) == month
    assert all(one.end == next_one.start for one, next_one in pairwise(spans))
    assert all(span.length > 0 for span in spans)
    windows = Calendar(unit=Unit.DAY, zone=zone)
    assert [windows.containing(span.start) for span in spans] == spans


@given(
    st.sampled_from(Unit),
    st.integers(1, 5),
    st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - a wall-clock time
    zones,
    instants,
)
def test_windows_of_any_anchor_tile_time(unit: Unit, count: int, anchor: datetime, zone: ZoneInfo, at: int) -> None:
    """Whatever the unit, the count and the anchor: the window found holds the instant and its neighbours touch it."""
    windows = Calendar(unit, zone, count, anchor)
    index = windows.index(at)
    assert windows.start(index) <= at < windows.start(index + 1)
    assert windows.window(index).start == windows.window(index - 1).end
    assert windows.start(0) == instant(anchor.replace(tzinfo=zone))


@given(instants, st.integers(0, 100 * 24 * 3_600), zones)
def test_days_within_a_stretch(start: int, seconds: int, zone: ZoneInfo) -> None:
    """A stretch touches exactly the dates that the zone shows during it; an empty one touches none."""
    span = Span(start, start + seconds * SECOND)
    days = list(days_within(span, zone))
    if seconds == 0:
        assert days == []
        return
    shown = {local_date(at, zone) for at in (*range(span.start, span.end, 6 * HOUR), span.end - 1)}
    assert days == sorted(shown)


def test_a_date_that_never_was() -> None:
    """Samoa went from 29 to 31 December 2011: the stretch across it has two dates, and its month thirty."""
    apia = ZoneInfo("Pacific/Apia")
    across = Span(parse_instant("2011-12-30T09:00:00Z"), parse_instant("2011-12-30T11:00:00Z"))
    assert list(days_within(across, apia)) == [date(2011, 12, 29), date(2011, 12, 31)]
    assert len(list(days_within(named_period("2011-12", apia).span, apia))) == 30


def test_years_start_in_january_unless_said_otherwise() -> None:
    """Without a start month, quarters and years are those of the calendar."""
    at = parse_instant("2026-01-31T23:30:00Z")
    assert period_at(PeriodKind.YEAR, at, BELGRADE) == named_period("2026", BELGRADE)
    assert period_at(PeriodKind.QUARTER, at, BELGRADE) == named_period("2026-Q1", BELGRADE)
    assert period_at(PeriodKind.MONTH, at, BELGRADE) == named_period("2026-02", BELGRADE)
    assert period_name(PeriodKind.YEAR, named_period("2026", BELGRADE).span.start, BELGRADE) == "2026"
    quarters = [each.name for each in periods_within(PeriodKind.QUARTER, named_period("2026", BELGRADE).span, BELGRADE)]
    assert quarters == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]


def test_periods_within_a_stretch() -> None:
    """A stretch touches the periods at both of its ends; one that starts where it ends is not touched."""
    start, end = parse_instant("2026-03-31T21:59:59Z"), parse_instant("2026-05-31T22:00:00Z")
    names = [period.name for period in periods_within(PeriodKind.MONTH, Span(start, end), BELGRADE)]
    assert names == ["2026-03", "2026-04", "2026-05"]
    names = [period.name for period in periods_within(PeriodKind.MONTH, Span(start + SECOND, end + 1), BELGRADE)]
    assert names == ["2026-04", "2026-05", "2026-06"]


@pytest.mark.prove
@pytest.mark.parametrize("name", sorted(available_timezones()))
def test_months_tile_in_every_zone(name: str) -> None:
    """In every zone of the package, each month from 1960 to 2060 follows the one before and has its days."""
    zone = ZoneInfo(name)
    at = named_period("1960-01", zone).span.start
    while at < named_period("2060-01", zone).span.start:
        month = period_at(PeriodKind.MONTH, at, zone)
        assert month.span.start == at
        assert named_period(month.name, zone) == month
        assert 27 * 24 * HOUR <= month.span.length <= 32 * 24 * HOUR
        at = month.span.end


def days(period: Period, zone: ZoneInfo) -> tuple[str, str]:
    """The first day of a period and the one after its last."""
    return local_date(period.span.start, zone).isoformat(), local_date(period.span.end, zone).isoformat()


@pytest.mark.parametrize(
    ("day", "months", "start_month", "at", "expected"),
    [
        (15, 1, 1, "2026-03-14", ("2026-02-15", "2026-03-15")),
        (15, 1, 1, "2026-03-15", ("2026-03-15", "2026-04-15")),
        (31, 1, 1, "2026-02-28", ("2026-02-28", "2026-03-31")),  # a day that a month lacks is its last one
        (31, 1, 1, "2026-03-30", ("2026-02-28", "2026-03-31")),
        (30, 1, 1, "2028-02-29", ("2028-02-29", "2028-03-30")),
        (29, 1, 1, "2026-02-28", ("2026-02-28", "2026-03-29")),
        (31, 3, 2, "2026-05-31", ("2026-05-31", "2026-08-31")),  # a short February shifts no May
        (31, 3, 2, "2026-03-01", ("2026-02-28", "2026-05-31")),
        (31, 12, 2, "2028-02-29", ("2028-02-29", "2029-02-28")),
        (31, 12, 9, "2026-10-01", ("2026-09-30", "2027-09-30")),
        (1, 1, 7, "2026-03-14", ("2026-03-01", "2026-04-01")),
    ],
)
def test_billing_cycles(day: int, months: int, start_month: int, at: str, expected: tuple[str, str]) -> None:
    """A cycle runs from its day of one month to that of another, and is named by its first day."""
    cycle = Cycle(PeriodKind.BILLING_CYCLE, PRAGUE, start_month, day, months)
    found = cycle.at(midnight(date.fromisoformat(at), PRAGUE))
    assert days(found, PRAGUE) == expected
    assert found.name == expected[0]
    assert cycle.named(found.name) == (found,)
    before = cycle.before(found)
    assert before.span.end == found.span.start
    assert cycle.claimed(found.span.start) == (before, found)


def test_billing_cycles_of_a_coarser_name() -> None:
    """A month, quarter or year names the cycles that start in it."""
    cycle = Cycle(PeriodKind.BILLING_CYCLE, PRAGUE, day=31)
    assert [each.name for each in cycle.named("2026-02")] == ["2026-02-28"]
    assert [each.name for each in cycle.named("2026-Q1")] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    assert len(cycle.named("2026")) == 12


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Prague", 721), ("UTC", 720)])
def test_rolling_days(zone: str, hours: int) -> None:
    """Thirty calendar days up to each day, named by the last one; clocks that change make them longer."""
    cycle = Cycle(PeriodKind.ROLLING, ZoneInfo(zone), days=30)
    (found,) = cycle.named("2026-11-10")
    assert days(found, cycle.zone) == ("2026-10-12", "2026-11-11")
    assert found.span.length == hours * HOUR
    assert cycle.at(found.span.end - 1) == found
    assert cycle.before(found).name == "2026-11-09"
    assert [each.name for each in cycle.named("2026-11")][:2] == ["2026-11-01", "2026-11-02"]


@given(st.integers(0, 4_000), st.integers(1, 60))
def test_rolling_periods_that_are_claimed_do_not_overlap(day: int, length: int) -> None:
    """Of overlapping windows only back-to-back ones are claimed, so that no downtime is claimed twice."""
    cycle = Cycle(PeriodKind.ROLLING, PRAGUE, days=length)
    at = midnight(date(2020, 1, 1) + timedelta(days=day), PRAGUE)
    last, current = cycle.claimed(at)
    assert last.span.end == current.span.start
    assert current.span.start <= at < current.span.end
    (following,) = {*cycle.claimed(current.span.end)} - {last, current}
    assert following.span.start == current.span.end


def test_one_event() -> None:
    """An event is one period, whenever it is asked for, and claimed once."""
    cycle = Cycle(PeriodKind.EVENT, PRAGUE, event=(date(2026, 3, 28), date(2026, 3, 30)))
    event = cycle.at(0)
    assert event.span.length == 47 * HOUR  # two days, one of which has 23 hours
    assert cycle.named("2026-03-28") == cycle.named("2026-03") == cycle.named("2026") == (event,)
    assert cycle.claimed(0) == (event,)
    with pytest.raises(ValueError, match="the days of the event are not known"):
        Cycle(PeriodKind.EVENT, PRAGUE).at(0)


@pytest.mark.parametrize(
    ("cycle", "name", "message"),
    [
        (
            Cycle(PeriodKind.BILLING_CYCLE, PRAGUE, day=15),
            "2026-06-14",
            "no billing cycle is named 2026-06-14",
        ),
        (Cycle(PeriodKind.BILLING_CYCLE, PRAGUE, day=15), "2026-02-30", "2026-02-30 is no day"),
        (Cycle(PeriodKind.BILLING_CYCLE, PRAGUE, months=12), "2026-02", "no billing cycle starts in 2026-02"),
        (Cycle(PeriodKind.EVENT, PRAGUE, event=(date(2026, 3, 28), date(2026, 3, 30))), "2027", "no event starts in"),
        (Cycle(PeriodKind.YEAR, PRAGUE), "2026-02", "2026-02 is shorter than a year"),
        (Cycle(PeriodKind.ROLLING, PRAGUE), "June", "'June' is no period"),
    ],
)
def test_names_that_name_no_period(cycle: Cycle, name: str, message: str) -> None:
    """A day on which nothing starts, a time without a period, or a shorter time than a period is refused."""
    with pytest.raises(ValueError, match=message):
        cycle.named(name)
