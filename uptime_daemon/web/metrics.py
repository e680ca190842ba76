"""The answer of `/metrics`: rendered on the board's beat and sent in parts, so that no scrape stops a probe."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import web

from uptime_daemon.web.negotiation import accepts_gzip, preferred
from uptime_daemon.web.packing import gzip, plain
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.web.exposition import Exposition
    from uptime_daemon.web.ports import BoardSource, Clock

_SENDING_SECONDS_MAX: Final = 60
"""How long a scraper may take to read the page: longer than any usual scrape timeout, and then it is let go."""


class Metrics:
    """The page and who reads it."""

    def __init__(self, boards: BoardSource, exposition: Exposition, clock: Clock) -> None:
        self._boards, self._exposition, self._clock = boards, exposition, clock
        self._rendering = asyncio.Lock()

    async def show(self, board: Board) -> None:
        """Render what changed, and let others run between any two steps."""
        async with self._rendering:
            if not self._exposition.shows(board):
                for _ in self._exposition.rendering(board):
                    await self._clock.sleep(0)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The page in the format and the coding that the scraper prefers."""
        asked(request, ())
        form = preferred(request.headers.get("Accept", ""))
        await self.show(self._boards.board())
        pieces = self._exposition.pieces(form)
        response = web.StreamResponse(headers={"Content-Type": form.value, "Vary": "Accept, Accept-Encoding"})
        if packed := accepts_gzip(request.headers.get("Accept-Encoding", "")):
            response.headers["Content-Encoding"] = "gzip"
        else:
            response.content_length = sum(len(piece.text) for piece in pieces)
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        try:
            async with asyncio.timeout(_SENDING_SECONDS_MAX):
                for part in gzip(pieces) if packed else plain(pieces):
                    if part:
                        await response.write(part)
                    # A socket that takes everything makes nobody wait, and the loop would be ours to the end.
                    await self._clock.sleep(0)
                await response.write_eof()
        except (TimeoutError, ConnectionError):
            # Who has left, or reads so slowly that its own timeout has passed, gets no more.
            if request.transport is not None:
                request.transport.abort()
        return response
