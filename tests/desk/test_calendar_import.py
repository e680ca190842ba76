"""`maintenance import`: a vendor's calendar read again and again, as it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.desk.acme import Acme, acme
from tests.sources.test_icalendar import calendar

if TYPE_CHECKING:
    from pathlib import Path

START = (datetime.now(UTC) + timedelta(days=30)).replace(hour=20, minute=0, second=0, microsecond=0)


@pytest.fixture
def desk(tmp_path: Path) -> Acme:
    """A configuration with a database."""
    return acme(tmp_path)


def at(hours: int) -> str:
    """An instant so many hours after the start, as calendars write it."""
    return f"{START + timedelta(hours=hours):%Y%m%dT%H%M%SZ}"


def imported(desk: Acme, *events: str, dry_run: bool = False) -> str:
    """The last line of an import of these events."""
    (desk.folder / "work.ics").write_bytes(calendar(*events))
    option = " --dry-run" if dry_run else ""
    output = desk.said(f"maintenance import {desk.folder / 'work.ics'} --agreement acme --by ana{option}")
    return output.splitlines()[-1].removeprefix("work.ics: ")


def stands(desk: Acme) -> list[tuple[str, str, int]]:
    """Each announcement's name, what of it stands, and its start in hours after the first."""
    return [
        (row["id"], row["stands"], int((datetime.fromisoformat(row["from"]) - START).total_seconds() // 3600))
        for row in desk.json("maintenance list")
    ]


def test_an_event_from_its_first_copy_to_its_cancellation(desk: Acme) -> None:
    """The same file changes nothing; a move is another announcement, an older copy none, a cancellation takes all."""
    first = f"UID:w SEQUENCE:1 SUMMARY:Upgrade DTSTART:{at(0)} DTEND:{at(2)}"
    assert imported(desk, first, dry_run=True).startswith("1 to record, 0 known already")
    assert imported(desk, first).startswith("1 recorded, 0 known already")
    assert imported(desk, first).startswith("0 recorded, 1 known already")
    assert imported(desk, first.replace("Upgrade", "Update").replace(":1", ":2")).startswith("0 recorded, 1 known")
    moved = f"UID:w SEQUENCE:3 SUMMARY:Upgrade DTSTART:{at(1)} DTEND:{at(3)}"
    assert imported(desk, moved).startswith("1 recorded")
    assert imported(desk, first).startswith("0 recorded, 0 known already, 1 older than what is on record")
    assert stands(desk) == [("w", "in part", 0), ("w v2", "whole", 1)]
    assert imported(desk, f"{moved} STATUS:CANCELLED").startswith("1 recorded")
    assert imported(desk, f"{moved} STATUS:CANCELLED").startswith("0 recorded, 1 known already")
    assert [state for _, state, _ in stands(desk)] == ["taken back", "cancelled"]
    assert imported(desk, f"UID:w SEQUENCE:4 DTSTART:{at(5)} DTEND:{at(6)}").startswith("1 recorded")
    assert stands(desk)[-1] == ("w v3", "whole", 5)


def test_the_file_is_the_evidence_and_notice_runs_from_its_reading(desk: Acme) -> None:
    """An announcement is received when it is first read, by calendar; a change without a new sequence is flagged."""
    imported(desk, f"UID:w DTSTART:{at(0)} DTEND:{at(2)}")
    (first,) = desk.json("maintenance list")
    assert (first["received_at"], first["channel"], first["by"]) == (first["known_at"], "calendar", "ana")
    assert first["evidence"] is not None
    imported(desk, f"UID:w DTSTART:{at(1)} DTEND:{at(2)}")
    assert "changed without a new sequence" in desk.json("maintenance list")[1]["flags"]


def test_a_rule_and_what_becomes_of_it(desk: Acme) -> None:
    """Each occurrence stands alone: one is moved, one is taken out of the rule; the rest stays as it was."""
    rule = f"UID:r SEQUENCE:1 DTSTART:{at(0)} DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3"
    assert imported(desk, rule).startswith("3 recorded")
    change = f"UID:r SEQUENCE:2 RECURRENCE-ID:{at(24)} DTSTART:{at(26)} DURATION:PT1H"
    assert imported(desk, change).startswith("1 recorded")  # alone it says nothing of the others
    assert imported(desk, f"{rule.replace(':1', ':2', 1)} EXDATE:{at(48)}", change).startswith("1 recorded, 2 known")
    assert [state for _, state, _ in stands(desk)] == ["whole", "taken back", "cancelled", "whole"]
    assert stands(desk)[-1][2] == 26


def test_what_is_left_out_is_named(desk: Acme) -> None:
    """A bad event is skipped with its reason; work on record that the file does not name is not called off."""
    imported(desk, f"UID:w DTSTART:{at(0)} DTEND:{at(2)}")
    (desk.folder / "work.ics").write_bytes(calendar(f"UID:bad DTSTART;TZID=Mars/Base:{at(0)[:-1]} DURATION:PT1H"))
    output = desk.said(f"maintenance import {desk.folder / 'work.ics'} --agreement acme --by ana")
    assert "skipped: work.ics: event bad: DTSTART: the zone Mars/Base is unknown; it is left out" in output
    assert "skipped: event w is on record and not in the file" in output
    assert stands(desk) == [("w", "whole", 0)]
    (desk.folder / "work.ics").write_text("hello", encoding="utf-8")
    code, output = desk.run(f"maintenance import {desk.folder / 'work.ics'} --agreement acme")
    assert (code, "is no iCalendar file" in output) == (2, True)
