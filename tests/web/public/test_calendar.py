from dataclasses import replace
from typing import Any

from icalendar import Calendar

from tests.web.boards import HEAD, board
from tests.web.conftest import Listener
from tests.web.public.test_statuspage import asked
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, HOUR, instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.showing.board import Board
from uptime_daemon.desk.showing.works import PlannedWork
from uptime_daemon.web.public.calendar import maintenances
from uptime_daemon.web.public.page import StatusPage


def planned(shown: Board, hours: int, *, cancelled: bool = False, revision: int = 0) -> Board:
    """The board with four hours of work on its first group, so many hours from now."""
    start = shown.at + hours * HOUR
    span = Span(start, start + 4 * HOUR)
    work = PlannedWork("w1", (shown.groups[0].id,), span, start - 7 * DAY, start - 6 * DAY, revision, cancelled)
    group = shown.groups[0]
    up = replace(
        group, state=State.UP, degraded=False, probes=tuple(replace(each, state=State.UP) for each in group.probes)
    )
    return replace(shown, groups=(up, *shown.groups[1:]), works=(work,))


def event(shown: Board) -> Any:
    """The one event of the calendar, read back."""
    (found,) = Calendar.from_ical(maintenances(shown, HEAD)).walk("VEVENT")
    assert not found.errors
    return found


def test_read_back() -> None:
    """Times, summary and a UID that stays while the work moves and its sequence rises."""
    shown = planned(board(), 5)
    work = shown.works[0]
    found = event(shown)
    assert (found["UID"], found["SEQUENCE"], found["STATUS"]) == ("w1@status.example", 0, "CONFIRMED")
    assert found["SUMMARY"] == f"Planned maintenance: {shown.groups[0].title}"
    assert instant(found["DTSTART"].dt) == work.span.start - work.span.start % 1_000_000
    assert instant(found["DTEND"].dt) == work.span.end - work.span.end % 1_000_000
    moved = event(planned(board(), 9, revision=1))
    assert (moved["UID"], moved["SEQUENCE"]) == ("w1@status.example", 1)


def test_cancelled_work_is_told() -> None:
    """A subscriber's calendar keeps the entry as cancelled; nothing else shows it."""
    shown = planned(board(), 5, cancelled=True, revision=1)
    assert event(shown)["STATUS"] == "CANCELLED"
    assert asked(shown, "scheduled-maintenances")["scheduled_maintenances"] == []
    assert "Planned maintenance" not in StatusPage(HEAD).text(shown)


def test_upcoming_work() -> None:
    """It is in the summary and among the upcoming, nothing is under maintenance yet, and the page shows it."""
    shown = planned(board(), 5)
    summary = asked(shown)
    (work,) = summary["scheduled_maintenances"]
    assert (work["status"], work["impact"], work["resolved_at"]) == ("scheduled", "maintenance", None)
    assert [each["id"] for each in work["components"]] == [summary["components"][0]["id"]]
    assert asked(shown, "scheduled-maintenances/upcoming")["scheduled_maintenances"] == [work]
    assert asked(shown, "scheduled-maintenances/active")["scheduled_maintenances"] == []
    assert summary["components"][0]["status"] == "operational"
    assert 'id="work-w1"' in StatusPage(HEAD).text(shown)


def test_work_that_goes_on() -> None:
    """Its group is under maintenance while it works; the indicator has no word for it, the description has."""
    shown = planned(replace(board(), groups=board().groups[:1]), -1)
    answer = asked(shown)
    assert answer["components"][0]["status"] == "under_maintenance"
    assert answer["status"] == {"indicator": "none", "description": "Service Under Maintenance"}
    assert [each["status"] for each in asked(shown, "scheduled-maintenances/active")["scheduled_maintenances"]] == [
        "in_progress"
    ]


def test_an_outage_during_work_is_an_outage() -> None:
    """Announced work hides nothing."""
    shown = planned(replace(board(), groups=board().groups[:1]), -1)
    down = replace(shown, groups=(replace(shown.groups[0], state=State.DOWN),))
    answer = asked(down)
    assert (answer["components"][0]["status"], answer["status"]["indicator"]) == ("major_outage", "critical")


def test_work_that_is_over() -> None:
    """It stays in the whole list alone."""
    shown = planned(board(), -9)
    assert asked(shown)["scheduled_maintenances"] == []
    (work,) = asked(shown, "scheduled-maintenances")["scheduled_maintenances"]
    assert (work["status"], work["resolved_at"]) == ("completed", work["scheduled_until"])


async def test_served(outside: Listener) -> None:
    """With its media type, a validator, and a link from the page."""
    outside.shown.now = planned(board(), 5)
    response, text = await outside.get("/maintenances.ics")
    assert (response.status, response.content_type) == (200, "text/calendar")
    assert text.startswith("BEGIN:VCALENDAR")
    held, _ = await outside.get("/maintenances.ics", headers={"If-None-Match": response.headers["ETag"]})
    assert held.status == 304
    _, page = await outside.get("/")
    assert 'href="/maintenances.ics"' in page
