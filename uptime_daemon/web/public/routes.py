"""The paths of everything public: answers are made once a board, carry their ETag, and may be asked for by any site."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from aiohttp import web

from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.public.badges import picture, shields
from uptime_daemon.web.public.calendar import CALENDAR_TYPE, maintenances
from uptime_daemon.web.public.feeds import ATOM_TYPE, RSS_TYPE, atom, rss
from uptime_daemon.web.public.page import CACHE, holds
from uptime_daemon.web.public.statuspage import PATHS, Document, Statuspage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from uptime_daemon.desk.showing.board import Board, GroupEntry
    from uptime_daemon.web.ports import BoardSource
    from uptime_daemon.web.public.head import PageHead

_OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": CACHE,
}
"""Facts for everybody: any page may read them and show a badge."""


class PublicFacts:
    """The status API, the feeds and the badges."""

    def __init__(self, boards: BoardSource, head: PageHead) -> None:
        self._boards, self._head = boards, head
        self._statuspage = Statuspage(head)
        self._feeds: dict[str, tuple[Board, Document]] = {}

    def routes(self) -> list[web.RouteDef]:
        """What to add to the public listener; every path answers HEAD as well."""
        return [
            *(web.get(f"/api/v2/{path}.json", self._status(path)) for path in PATHS),
            web.get("/history.atom", self._feed(ATOM_TYPE, atom)),
            web.get("/history.rss", self._feed(RSS_TYPE, rss)),
            web.get("/maintenances.ics", self._feed(CALENDAR_TYPE, maintenances)),
            web.get(r"/badge/{group:.+}.{form:svg|json}", self._badge),
        ]

    def _status(self, path: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            return _answer(request, self._statuspage.document(path, self._boards.board()), "application/json")

        return answer

    def _feed(
        self, media_type: str, make: Callable[[Board, PageHead], bytes]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            board = self._boards.board()
            known = self._feeds.get(media_type)
            if known is None or known[0] is not board:
                known = self._feeds[media_type] = (board, _document(make(board, self._head)))
            return _answer(request, known[1], media_type)

        return answer

    async def _badge(self, request: web.Request) -> web.Response:
        group = _named(self._boards.board(), request.match_info["group"])
        if request.match_info["form"] == "svg":
            return _answer(request, _document(picture(group).encode()), "image/svg+xml")
        return _answer(request, _document(json.dumps(shields(group), ensure_ascii=False).encode()), "application/json")


def _named(board: Board, name: str) -> GroupEntry:
    for group in board.groups:
        if name in {group.id, *group.former}:  # an address that stands in somebody's README works for ever
            return group
    raise QueryError(404, "not_found", f"there is no group {name!r}", "group")


def _document(body: bytes) -> Document:
    return Document(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _answer(request: web.Request, document: Document, media_type: str) -> web.Response:
    """The document, or 304 for who holds it already (RFC 9110, section 13.1.2)."""
    headers = {**_OPEN, "ETag": document.etag}
    if holds(request, document.etag):
        return web.Response(status=304, headers=headers)
    charset = "utf-8" if media_type != "image/svg+xml" else None
    return web.Response(body=document.body, content_type=media_type, charset=charset, headers=headers)
