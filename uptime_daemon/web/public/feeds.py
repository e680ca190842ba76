"""News as Atom (RFC 4287) and RSS 2.0: one entry for each update, so that a reader tells of each of them.

Planned work has an entry for what was last announced of it; another announcement is another entry.
"""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from uptime_daemon.core.time.instants import format_instant, moment
from uptime_daemon.web.public.head import PageHead, changed_at
from uptime_daemon.web.public.words import IMPACTS, incident_name, update_text, work_title

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.desk.showing.incidents import Incident, IncidentUpdate
    from uptime_daemon.desk.showing.works import PlannedWork

ENTRIES_MAX: Final = 100
"""How many entries a feed has, the newest first: readers ask for it every few minutes."""
ATOM_TYPE: Final = "application/atom+xml"
RSS_TYPE: Final = "application/rss+xml"


def atom(board: Board, head: PageHead) -> bytes:
    """The feed as Atom."""
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    _text(root, "id", head.url)
    _text(root, "title", head.title)
    _text(root, "updated", format_instant(changed_at(board, head)))
    SubElement(root, "link", {"rel": "self", "type": ATOM_TYPE, "href": f"{head.url}history.atom"})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": head.url})
    _text(SubElement(root, "author"), "name", head.title)
    for news in _news(board, head):
        entry = SubElement(root, "entry")
        _text(entry, "id", news.id)
        _text(entry, "title", news.title)
        _text(entry, "published", format_instant(news.at))
        _text(entry, "updated", format_instant(news.at))
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": news.link})
        _text(entry, "content", news.text)
    return _written(root)


def rss(board: Board, head: PageHead) -> bytes:
    """The feed as RSS 2.0."""
    root = Element("rss", {"version": "2.0", "xmlns:atom": "http://www.w3.org/2005/Atom"})
    channel = SubElement(root, "channel")
    _text(channel, "title", head.title)
    _text(channel, "link", head.url)
    _text(channel, "description", f"News of {head.title}")
    _text(channel, "language", "en")
    _text(channel, "lastBuildDate", format_datetime(moment(changed_at(board, head)), usegmt=True))
    SubElement(channel, "atom:link", {"rel": "self", "type": RSS_TYPE, "href": f"{head.url}history.rss"})
    for news in _news(board, head):
        item = SubElement(channel, "item")
        _text(item, "title", news.title)
        _text(item, "link", news.link)
        SubElement(item, "guid", {"isPermaLink": "false"}).text = news.id
        _text(item, "pubDate", format_datetime(moment(news.at), usegmt=True))
        _text(item, "description", news.text)
    return _written(root)


class _News(NamedTuple):
    """One entry."""

    at: Instant
    id: str
    title: str
    text: str
    link: str


def _news(board: Board, head: PageHead) -> list[_News]:
    """The newest first."""
    every = [
        *(_of_update(incident, update, board, head) for incident in board.incidents for update in incident.updates),
        *(_of_work(work, board, head) for work in board.works),
    ]
    return sorted(every, key=lambda each: each.at, reverse=True)[:ENTRIES_MAX]


def _of_update(incident: Incident, update: IncidentUpdate, board: Board, head: PageHead) -> _News:
    return _News(
        at=update.at,
        id=f"{head.url}#update-{update.id}",
        title=f"{update.status.value.capitalize()}: {incident_name(incident, board)}",
        text=f"{update_text(update)} ({IMPACTS[incident.impact]}, since {format_instant(incident.started_at)})",
        link=f"{head.url}#incident-{incident.id}",
    )


def _of_work(work: PlannedWork, board: Board, head: PageHead) -> _News:
    status = "Cancelled" if work.cancelled else ("Moved" if work.revision else "Scheduled")
    return _News(
        at=work.changed_at,
        id=f"{head.url}#work-{work.id}-{work.revision}",
        title=f"{status}: {work_title(work, board)}",
        text=f"{format_instant(work.span.start, board.zone)} to {format_instant(work.span.end, board.zone)}",
        link=f"{head.url}#work-{work.id}",
    )


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = "".join(char for char in text if char in "\t\n\r" or char >= " ")  # XML 1.0, 2.2


def _written(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
