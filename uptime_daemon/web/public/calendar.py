"""Planned work as iCalendar (RFC 5545), to be subscribed to: stable UIDs, rising sequences, cancellations kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from uptime_daemon.core.time.instants import SECOND, moment
from uptime_daemon.web.public.words import work_title

if TYPE_CHECKING:
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.web.public.head import PageHead

CALENDAR_TYPE: Final = "text/calendar"


def maintenances(board: Board, head: PageHead) -> bytes:
    """The calendar of all planned work that is known."""
    calendar = Calendar()
    calendar.add("prodid", f"-//uptime-daemon//{head.title}//EN")
    calendar.add("version", "2.0")
    calendar.add("name", head.title)
    calendar.add("x-wr-calname", head.title)
    host = urlsplit(head.url).hostname or "localhost"
    for work in board.works:
        event = Event()
        event.add("uid", f"{work.id}@{host}")
        event.add("sequence", work.revision)
        event.add("dtstamp", moment(work.changed_at - work.changed_at % SECOND))
        event.add("created", moment(work.announced_at - work.announced_at % SECOND))
        event.add("dtstart", moment(work.span.start - work.span.start % SECOND))
        event.add("dtend", moment(work.span.end - work.span.end % SECOND))
        event.add("summary", work_title(work, board))
        event.add("status", "CANCELLED" if work.cancelled else "CONFIRMED")
        event.add("url", f"{head.url}#work-{work.id}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
