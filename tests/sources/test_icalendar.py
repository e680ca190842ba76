"""Calendars as vendors write them: zones, nights on which clocks change, rules, changed and cancelled occurrences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.sources.icalendar import ReadCalendar, read_calendar
from uptime_daemon.sources.ports import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

PRAGUE: Final = ZoneInfo("Europe/Prague")
YEAR: Final = Span(parse_instant("2026-01-01T00:00:00Z"), parse_instant("2027-01-01T00:00:00Z"))

IN_PRAGUE: Final = "TZID=Europe/Prague"
NIGHTLY: Final = f"UID:1 DTSTART;{IN_PRAGUE}:20260602T220000 DURATION:PT1H RRULE:FREQ=DAILY"


def calendar(*events: str, head: str = "") -> bytes:
    """A file with events given as lines joined by blanks."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//vendor//EN", *([head] if head else [])]
    for event in events:
        lines += ["BEGIN:VEVENT", "DTSTAMP:20260101T000000Z", *event.split(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def read(*events: str, head: str = "") -> ReadCalendar:
    """What is read of 2026 under a contract in Prague."""
    return read_calendar(calendar(*events, head=head), "work.ics", PRAGUE, YEAR)


def spans(found: ReadCalendar) -> list[str]:
    """Each occurrence as start and end in UTC, without year and seconds; a cancelled one with a minus."""
    texts = []
    for work in found.works:
        start, end = (format_instant(at)[5:16] for at in work.span)
        texts.append(f"{'-' if work.cancelled else ''}{start} {end}")
    return texts


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        # the end: given, a length, whole days; zones by name, by Windows' name, in UTC, none at all
        ("UID:1 DTSTART:20260610T200000Z DTEND:20260610T220000Z", ["06-10T20:00 06-10T22:00"]),
        ("UID:1 DTSTART:20260610T200000Z DURATION:PT90M", ["06-10T20:00 06-10T21:30"]),
        ("UID:1 DTSTART;TZID=Europe/Kyiv:20260610T200000 DURATION:PT1H", ["06-10T17:00 06-10T18:00"]),
        ('UID:1 DTSTART;TZID="Tokyo;Standard":20260610T200000 DURATION:PT1H', []),
        ("UID:1 DTSTART:20260610T200000 DURATION:PT1H", ["06-10T18:00 06-10T19:00"]),
        ("UID:1 DTSTART;VALUE=DATE:20260329", ["03-28T23:00 03-29T22:00"]),  # 23 hours
        ("UID:1 DTSTART;VALUE=DATE:20261025 DTEND;VALUE=DATE:20261026", ["10-24T22:00 10-25T23:00"]),  # 25 hours
        # a skipped time is read with the offset before the change, a doubled one is the first (RFC 5545, 3.3.5)
        ("UID:1 DTSTART;TZID=Europe/Prague:20260329T023000 DURATION:PT1H", ["03-29T01:30 03-29T02:30"]),
        ("UID:1 DTSTART;TZID=Europe/Prague:20261025T023000 DURATION:PT1H", ["10-25T00:30 10-25T01:30"]),
        # a day is nominal in a length, hours are exact (3.3.6)
        ("UID:1 DTSTART;TZID=Europe/Prague:20260328T120000 DURATION:P1D", ["03-28T11:00 03-29T10:00"]),
        ("UID:1 DTSTART;TZID=Europe/Prague:20260328T120000 DURATION:PT23H", ["03-28T11:00 03-29T10:00"]),
        # a rule keeps the wall time, and every occurrence lasts as long as the first
        (
            f"UID:1 DTSTART;{IN_PRAGUE}:20260322T010000 DTEND;{IN_PRAGUE}:20260322T040000 RRULE:FREQ=WEEKLY;COUNT=3",
            ["03-22T00:00 03-22T03:00", "03-29T00:00 03-29T03:00", "04-04T23:00 04-05T02:00"],
        ),
        (
            f"{NIGHTLY};UNTIL=20260604T200000Z EXDATE;{IN_PRAGUE}:20260603T220000",
            ["06-02T20:00 06-02T21:00", "06-04T20:00 06-04T21:00"],
        ),
        (
            "UID:1 DTSTART:20260602T200000Z DURATION:PT1H RDATE:20260605T200000Z,20260607T200000Z",
            ["06-02T20:00 06-02T21:00", "06-05T20:00 06-05T21:00", "06-07T20:00 06-07T21:00"],
        ),
        (
            "UID:1 DTSTART:20261015T200000Z DURATION:PT1H RRULE:FREQ=MONTHLY;BYDAY=3TH",
            ["10-15T20:00 10-15T21:00", "11-19T20:00 11-19T21:00", "12-17T20:00 12-17T21:00"],
        ),
        # without an end it lasts for ever; only what touches the bounds is taken, an edge belongs to it
        ("UID:1 DTSTART:20201231T233000Z DURATION:PT1H RRULE:FREQ=YEARLY", ["12-31T23:30 01-01T00:30"] * 2),
        ("UID:1 DTSTART:20250610T200000Z DURATION:PT1H", []),
        ("UID:1 STATUS:CANCELLED DTSTART:20260610T200000Z DURATION:PT1H", ["-06-10T20:00 06-10T21:00"]),
    ],
)
def test_occurrences(event: str, expected: Sequence[str]) -> None:
    """Where each occurrence lies in UTC."""
    assert spans(read(event)) == expected


def test_changed_and_cancelled_occurrences() -> None:
    """An event with RECURRENCE-ID takes the place of its occurrence, the one with the highest sequence counts."""
    rule = "UID:1 SEQUENCE:1 DTSTART:20260602T200000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3"
    moved = "UID:1 SEQUENCE:3 RECURRENCE-ID:20260603T200000Z DTSTART:20260603T220000Z DURATION:PT1H"
    before = "UID:1 SEQUENCE:2 RECURRENCE-ID:20260603T200000Z DTSTART:20260603T030000Z DURATION:PT1H"
    off = "UID:1 SEQUENCE:2 RECURRENCE-ID:20260604T200000Z STATUS:CANCELLED DTSTART:20260604T200000Z DURATION:PT1H"
    found = read(rule, moved, before, off)
    assert spans(found) == ["06-02T20:00 06-02T21:00", "06-03T22:00 06-03T23:00", "-06-04T20:00 06-04T21:00"]
    assert [work.recurrence for work in found.works] == [f"2026-06-0{day}T20:00:00Z" for day in (2, 3, 4)]
    assert read(moved).whole == frozenset()


def test_a_calendar_that_cancels() -> None:
    """Everything in a calendar with METHOD:CANCEL is called off."""
    assert spans(read("UID:1 DTSTART:20260610T200000Z DURATION:PT1H", head="METHOD:CANCEL")) == [
        "-06-10T20:00 06-10T21:00"
    ]


def test_what_clocks_make_odd_is_flagged() -> None:
    """A skipped and a doubled time, whole days and a missing zone are taken, with the reason beside them."""
    flags = [
        "; ".join(work.flags)
        for work in read(
            "UID:1 DTSTART;TZID=Europe/Prague:20260329T023000 DURATION:PT1H",
            "UID:2 DTSTART;TZID=Europe/Prague:20261025T023000 DURATION:PT1H",
            "UID:3 DTSTART;VALUE=DATE:20261101",
            "UID:4 DTSTART:20261201T023000 DURATION:PT1H",
        ).works
    ]
    assert flags == [
        "2026-03-29 02:30 does not exist in its zone: taken as 03:30 (RFC 5545, 3.3.5)",
        "2026-10-25 02:30 occurs twice in its zone: the first is taken (RFC 5545, 3.3.5)",
        "whole days: taken in Europe/Prague",
        "written without a zone: taken in Europe/Prague",
    ]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("UID:1 DTSTART:20260610T200000Z DURATION:PT1H RRULE:FREQ=WEEKLYS", "event 1: RRULE: Expected frequency"),
        ("UID:1 DTSTART:20260610T200000Z DURATION:PT1H RRULE:FREQ=HOURLY", "repeats more often than daily"),
        ("UID:1 DTSTART:20260610T200000Z DURATION:PT1H RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no such day"),
        ("UID:1 DTSTART;TZID=Mars/Base:20260610T200000 DURATION:PT1H", "the zone Mars/Base is unknown"),
        ("UID:1 DTSTART:20260610T200000Z", "neither DTEND nor DURATION"),
        ("UID:1 DTSTART:20260610T200000Z DTEND:20260610T200000Z", "does not end after its start"),
        ("UID:1 DURATION:PT1H", "no DTSTART"),
        ("UID:1 DTSTART:99991231T200000Z DURATION:P2D", "out of range"),
        ("UID:1 STATUS:TENTATIVE DTSTART:20260610T200000Z DURATION:PT1H", "tentative"),
        (
            "UID:1 RECURRENCE-ID;RANGE=THISANDFUTURE:20260610T200000Z DTSTART:20260610T200000Z DURATION:PT1H",
            "changes all later occurrences",
        ),
        ("DTSTART:20260610T200000Z DURATION:PT1H", "without UID"),
    ],
)
def test_events_that_are_left_out(event: str, reason: str) -> None:
    """What cannot be understood is left out with its reason; the other events are read."""
    found = read(event, "UID:good DTSTART:20260101T200000Z DURATION:PT1H")
    assert [work.uid for work in found.works] == ["good"]
    (problem,) = found.problems
    assert reason in problem
    assert problem.endswith("is left out")


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", b"\xff\xfe"]
)
def test_files_that_are_no_calendars(content: bytes) -> None:
    """Anything else is refused as a whole."""
    with pytest.raises(SourceError, match=r"work\.ics: "):
        read_calendar(content, "work.ics", PRAGUE, YEAR)


def test_a_file_with_too_much() -> None:
    """More occurrences than any vendor plans are refused instead of filling the record."""
    daily = [f"UID:{number} DTSTART:20260101T200000Z DURATION:PT1H RRULE:FREQ=DAILY" for number in range(15)]
    with pytest.raises(SourceError, match="more than 5000 occurrences"):
        read(*daily)
