from calendar import timegm
from collections.abc import Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from xml.etree.ElementTree import Element, fromstring

import feedparser
import pytest

from tests.web.boards import HEAD, board
from tests.web.conftest import Listener
from tests.web.public.test_statuspage import told
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND, instant, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.showing.board import Board
from uptime_daemon.desk.showing.works import PlannedWork
from uptime_daemon.web.public.feeds import ENTRIES_MAX, atom, rss
from uptime_daemon.web.public.head import PageHead

ATOM = "{http://www.w3.org/2005/Atom}"


def read(document: bytes) -> Element:
    """The root of our own document."""
    return fromstring(document)  # noqa: S314 - our own text


def text(parent: Element, name: str) -> str:
    """The text of a child that must be there."""
    found = parent.findtext(name)
    assert found is not None, name
    return found


def test_one_entry_for_each_update() -> None:
    """Both feeds tell each update once, the newest first, under an id that stays."""
    shown = told(board(), over=True)
    entries = read(atom(shown, HEAD)).findall(f"{ATOM}entry")
    items = read(rss(shown, HEAD)).findall("channel/item")
    updates = list(reversed(shown.incidents[0].updates))
    assert [text(each, f"{ATOM}id") for each in entries] == [f"{HEAD.url}#update-{each.id}" for each in updates]
    assert [text(each, "guid") for each in items] == [f"{HEAD.url}#update-{each.id}" for each in updates]
    assert [parse_instant(text(each, f"{ATOM}updated")) for each in entries] == [each.at for each in updates]
    seconds = [instant(parsedate_to_datetime(text(each, "pubDate"))) for each in items]
    assert seconds == [each.at - each.at % 1_000_000 for each in updates]
    assert text(entries[0], f"{ATOM}title") == f"Resolved: {shown.groups[0].title}"


def test_texts_stay_texts() -> None:
    """Markup and characters that XML forbids do no harm."""
    shown = told(board(), over=True)
    last = shown.incidents[0].updates[-1]
    odd = replace(shown.incidents[0], updates=(replace(last, text="<b>bell\x07</b> & more"),))
    entry = read(atom(replace(shown, incidents=(odd,)), HEAD)).find(f"{ATOM}entry")
    assert entry is not None
    assert text(entry, f"{ATOM}content").startswith("<b>bell</b> & more")


def test_feeds_are_bounded() -> None:
    """The newest entries are kept."""
    shown = told(board(), over=True)
    many = tuple(replace(shown.incidents[0], id=f"i{number}") for number in range(80))
    assert len(read(atom(replace(shown, incidents=many), HEAD)).findall(f"{ATOM}entry")) == ENTRIES_MAX


def test_without_news() -> None:
    """A page without incidents has an empty feed that says when it began or last changed."""
    full = board()
    empty = Board(at=full.at, build=full.build, vantage=full.vantage)
    root = read(atom(empty, HEAD))
    assert root.findall(f"{ATOM}entry") == []
    assert parse_instant(text(root, f"{ATOM}updated")) == HEAD.began


@pytest.mark.parametrize("make", [atom, rss])
def test_a_real_reader_reads_them(make: Callable[[Board, PageHead], bytes]) -> None:
    """A reader of feeds finds nothing wrong: ids, links, times; work that is moved or called off is news anew."""
    shown = told(board(), over=True)
    start = shown.at + DAY
    work = PlannedWork(
        "w1", (shown.groups[0].id,), Span(start, start + HOUR), shown.at - HOUR, shown.at - HOUR, 0, cancelled=False
    )
    planned, moved, off = (
        replace(shown, works=(each,))
        for each in (work, replace(work, revision=1), replace(work, revision=2, cancelled=True))
    )
    read_by_others = feedparser.parse(make(planned, HEAD))
    assert not read_by_others.bozo
    assert (read_by_others.feed.title, read_by_others.feed.link) == (HEAD.title, HEAD.url)
    entries = read_by_others.entries
    assert [each.title.partition(":")[0] for each in entries] == ["Resolved", "Investigating", "Scheduled"]
    assert all(each.link.startswith(f"{HEAD.url}#") for each in entries)
    assert [timegm(each.published_parsed) for each in entries[:2]] == [
        each.at // SECOND for each in reversed(shown.incidents[0].updates)
    ]
    ids = [feedparser.parse(make(each, HEAD)).entries[-1].id for each in (planned, moved, off)]
    assert len({*ids, *(each.id for each in entries)}) == 5
    assert feedparser.parse(make(off, HEAD)).entries[-1].title.startswith("Cancelled: Planned maintenance: ")


async def test_served(outside: Listener) -> None:
    """Both have their media type and a validator, and the page names them."""
    _, page = await outside.get("/")
    for path, media_type in (("/history.atom", "application/atom+xml"), ("/history.rss", "application/rss+xml")):
        assert f'href="{path}"' in page
        response, _ = await outside.get(path)
        assert (response.status, response.content_type) == (200, media_type)
        held, _ = await outside.get(path, headers={"If-None-Match": response.headers["ETag"]})
        assert held.status == 304
