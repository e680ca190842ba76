"""`/console/system`: whether we ourselves can be relied on: vantages, store, loop, deliveries, seals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.core.time.instants import MINUTE
from uptime_daemon.desk.showing.house import health_of_house
from uptime_daemon.web.console.frame import Place
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.web.console.frame import Frame

PATH: Final = f"{CONSOLE}/system"
_STALE: Final = MINUTE
"""Commits come every second: a minute without one is trouble, as the alert has it."""


class SystemPage:
    """The one page; it decides nothing."""

    PLACE: Final = Place(PATH, "System", "s")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The one path."""
        return [web.get(PATH, self._frame.told(self.shown))]

    async def shown(self, request: web.Request) -> web.StreamResponse:
        """How the house does."""
        asked(request, ())
        return await self._frame.page(request, "system.html.j2", self._read)

    def _read(self) -> Mapping[str, Any]:
        house = self._frame.house
        board, now = house.board(), house.now()
        committed = board.store.last_commit
        return {
            "board": board,
            "now": now,
            "zone_here": board.zone,
            "is_in_memory": house.judge().settings.is_record_in_memory,
            "found": health_of_house(house.judge(), now),
            "is_committed": committed is not None and now - committed < _STALE,
        }
