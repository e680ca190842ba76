"""News as Atom (RFC 4287) and RSS 2.0: one entry for each update, so that a reader tells of each of them."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from uptime_daemon.core.time.instants import format_instant, moment
from uptime_daemon.web.public.head import PageHead, changed_at
from uptime_daemon.web.public.words import IMPACTS, incident_name, update_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.desk.board import Board
    from uptime_daemon.desk.incidents import Incident, IncidentUpdate

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
    for incident, update in _news(board):
        entry = SubElement(root, "entry")
        _text(entry, "id", _address(head, update))
        _text(entry, "title", _title(incident, update, board))
        _text(entry, "published", format_instant(update.at))
        _text(entry, "updated", format_instant(update.at))
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": _page(head, incident)})
        _text(entry, "content", _body(incident, update))
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
    for incident, update in _news(board):
        item = SubElement(channel, "item")
        _text(item, "title", _title(incident, update, board))
        _text(item, "link", _page(head, incident))
        SubElement(item, "guid", {"isPermaLink": "false"}).text = _address(head, update)
        _text(item, "pubDate", format_datetime(moment(update.at), usegmt=True))
        _text(item, "description", _body(incident, update))
    return _written(root)


def _news(board: Board) -> Iterator[tuple[Incident, IncidentUpdate]]:
    every = [(incident, update) for incident in board.incidents for update in incident.updates]
    yield from sorted(every, key=lambda each: each[1].at, reverse=True)[:ENTRIES_MAX]


def _title(incident: Incident, update: IncidentUpdate, board: Board) -> str:
    return f"{update.status.value.capitalize()}: {incident_name(incident, board)}"


def _body(incident: Incident, update: IncidentUpdate) -> str:
    return f"{update_text(update)} ({IMPACTS[incident.impact]}, since {format_instant(incident.started_at)})"


def _page(head: PageHead, incident: Incident) -> str:
    return f"{head.url}#incident-{incident.id}"


def _address(head: PageHead, update: IncidentUpdate) -> str:
    return f"{head.url}#update-{update.id}"


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = "".join(char for char in text if char in "\t\n\r" or char >= " ")  # XML 1.0, 2.2


def _written(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
