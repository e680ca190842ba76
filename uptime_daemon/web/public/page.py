"""The public page in every language: rendered ahead of most who ask for it, packed once, marked so that caches work.

A crowd looks while something is down, and probes are due meanwhile: a rendering is shared by all who ask within
`FRESH_FOR`, is made in a thread, and until it is there the one before is shown, if that is not much older.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from aiohttp import web

from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.languages.language import Language, preferred
from uptime_daemon.languages.templates import EXTENSION, speak
from uptime_daemon.web.negotiation import accepts_gzip
from uptime_daemon.web.pages import ICON, environment, public_asset
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.public.views import BAR_HEIGHT, BAR_WIDTH, Speaker
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.web.ports import BoardSource
    from uptime_daemon.web.public.head import PageHead

FRESH_FOR: Final[Duration] = 5 * SECOND
"""How long one rendering is shown while no state changes: the page tells minutes, not seconds."""
STALE_FOR: Final[Duration] = 20 * SECOND
"""How old a rendering may be that is shown while the next one is made; older ones are waited for."""
CACHE: Final = "public, max-age=10"
"""Long enough that a crowd looking during an outage costs little, short enough to be fresh."""
LANG: Final = "lang"
"""The key by which a reader chooses a language, whatever the browser asks for."""
STYLE: Final = public_asset("status.css", "text/css")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The page in one language, ready to be sent."""

    at: Instant
    """As of when it is."""
    state: object
    """What must not change while it is shown."""
    body: bytes
    packed: bytes
    etag: str


@dataclass(slots=True)
class _Edition:
    """The page in one language as it was rendered last, and the rendering that is under way."""

    speaker: Speaker
    template: Template
    last: Rendered | None = None
    under_way: asyncio.Task[Rendered] | None = None


class StatusPage:
    """The public page."""

    def __init__(self, head: PageHead) -> None:
        self._head = head
        self._editions: dict[Language, _Edition] = {}

    def text(self, board: Board, language: Language = Language.ENGLISH) -> str:
        """The page for a board."""
        edition = self._edition(language)
        speaker = edition.speaker
        going_on, past = speaker.incidents(board)
        return edition.template.render(
            page_title=self._head.title,
            style=STYLE.path,
            icon=ICON.path,
            bar_height=BAR_HEIGHT,
            bar_width=BAR_WIDTH,
            demonstration=board.demonstration,
            at=speaker.moment(board.at, board),
            zone=board.zone.key,
            headline=speaker.headline(board.groups),
            groups=[speaker.group(group, board) for group in board.groups],
            works=speaker.works(board),
            going_on=going_on,
            past=past,
            languages=[
                (each.tag, each.native_name, f"/?{urlencode({LANG: each.value})}", each is language)
                for each in Language
            ],
        )

    async def rendered(self, board: Board, language: Language) -> Rendered:
        """The page for a board, or one that is seconds older while the next one is made."""
        edition = self._edition(language)
        last = edition.last
        if last is not None and _is_fresh(last, board):
            return last
        if edition.under_way is None or edition.under_way.done():
            edition.under_way = asyncio.create_task(self._render(edition, board, language))
        if last is not None and board.at - last.at <= STALE_FOR:
            return last
        return await asyncio.shield(edition.under_way)

    async def _render(self, edition: _Edition, board: Board, language: Language) -> Rendered:
        edition.last = await asyncio.to_thread(self._made, board, language)
        return edition.last

    def _made(self, board: Board, language: Language) -> Rendered:
        body = self.text(board, language).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return Rendered(board.at, _state(board), body, gzip.compress(body, 6, mtime=0), etag)

    def _edition(self, language: Language) -> _Edition:
        if language not in self._editions:
            spoken = environment(EXTENSION)
            speak(spoken, "status", language)
            self._editions[language] = _Edition(Speaker(language), spoken.get_template("status.html.j2"))
        return self._editions[language]


def page_route(boards: BoardSource, page: StatusPage) -> web.RouteDef:
    """The page at the root of the public listener."""

    async def answer(request: web.Request) -> web.Response:
        query = asked(request, (LANG,))
        language = _chosen(query, request.headers.get("Accept-Language", ""))
        made = await page.rendered(boards.board(), language)
        packs = accepts_gzip(request.headers.get("Accept-Encoding", ""))
        # The same text packed is another representation, which needs a mark of its own (RFC 9110, section 8.8.3).
        etag = f'{made.etag[:-1]}-gz"' if packs else made.etag
        headers = {
            "Cache-Control": CACHE,
            "Content-Language": language.tag,
            "ETag": etag,
            "Vary": "Accept-Encoding, Accept-Language",
        }
        if holds(request, etag):
            return web.Response(status=304, headers=headers)
        if packs:
            headers["Content-Encoding"] = "gzip"
        body = made.packed if packs else made.body
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=headers)

    return web.get("/", answer)


def holds(request: web.Request, etag: str) -> bool:
    """Whether who asks has this representation already (RFC 9110, section 13.1.2)."""
    held = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    return etag in held or "*" in held


def _chosen(query: Mapping[str, Any], accepted: str) -> Language:
    """The language that the address names, else the one that the browser prefers."""
    name = query.get(LANG)
    if name is None:
        return preferred(accepted)
    if name not in set(Language):
        raise QueryError(400, "invalid_value", f"{name!r} is none of: {', '.join(Language)}", LANG)
    return Language(name)


def _state(board: Board) -> object:
    """What readers came for: which states there are, and the very objects of news and history."""
    states = tuple((group.id, group.title, group.state, group.degraded) for group in board.groups)
    return states, id(board.incidents), id(board.works), board.demonstration


def _is_fresh(last: Rendered, board: Board) -> bool:
    return board.at - last.at < FRESH_FOR and last.state == _state(board)
