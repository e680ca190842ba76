"""`/console`: what waits for a person today, with the button that records a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.desk.showing.today import today
from uptime_daemon.settings.values import Role
from uptime_daemon.web.console.acting import recorded
from uptime_daemon.web.console.agreements import row_of
from uptime_daemon.web.console.frame import Place, RefusedError, back
from uptime_daemon.web.entry import CONSOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.web.console.frame import Frame

REPORT_PATH: Final = f"{CONSOLE}/reports"
NEAR_MAX: Final = 25
"""How many agreements near a breach are listed; the page of agreements has them all."""


class TodayPage:
    """The first page."""

    PLACE: Final = Place(CONSOLE, "Today", "t")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The page and its forms."""
        return [
            web.get(CONSOLE, self._frame.told(self.shown)),
            web.post(REPORT_PATH, self._frame.told(self.reported)),
        ]

    async def shown(self, request: web.Request, mistake: RefusedError | None = None) -> web.StreamResponse:
        """What waits."""
        return await self._frame.page(request, "today.html.j2", self._read, mistake=mistake)

    async def reported(self, request: web.Request) -> web.StreamResponse:
        """Record that an outage was reported, now, on a channel."""
        try:
            fields = await self._frame.form(request, Role.OPERATOR)
            await recorded(self._frame, request, "tickets", fields, ("agreement", "group", "channel", "ticket"))
        except RefusedError as refused:
            return await self.shown(request, refused)
        return back(CONSOLE)

    def _read(self) -> Mapping[str, Any]:
        house = self._frame.house
        board = house.board()
        found = today(house.judge(), house.claims(), board, house.now())
        return {
            "today": found,
            "near": [row_of(agreement, judged) for agreement, judged in found.near[:NEAR_MAX]],
            "near_more": max(0, len(found.near) - NEAR_MAX),
            "waiting": len(found.mails) + len(found.exclusions) + len(found.conditions),
            "down": [group for group in board.groups if group.state.value == "down"],
            "groups": len(board.groups),
        }
