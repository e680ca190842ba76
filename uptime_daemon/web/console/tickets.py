"""`/console/tickets`: what was reported to vendors, with the clocks that run for it, and what happened since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from aiohttp import web

from uptime_daemon.core.facts.ticket import CHANNELS, EventKind
from uptime_daemon.core.judging.clock_words import ending, promise
from uptime_daemon.core.judging.rounds import ClockState
from uptime_daemon.desk.showing.tickets import ticket_dossier, ticket_lines
from uptime_daemon.settings.values import Role
from uptime_daemon.web.console.acting import recorded
from uptime_daemon.web.console.agreements import agreement_link
from uptime_daemon.web.console.frame import Place, RefusedError, back
from uptime_daemon.web.console.paging import paged
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.web.console.frame import Frame

PATH: Final = f"{CONSOLE}/tickets"
ROWS_OF_A_PAGE: Final = 100
_ONE: Final = f"{PATH}/{{agreement}}/{{ticket}}"
CLOCK_MARKS: Final = {
    ClockState.RUNNING: "slow",
    ClockState.KEPT: "up",
    ClockState.MISSED: "down",
    ClockState.NOT_SHOWN: "unknown",
}
LATER_KINDS: Final = tuple(kind for kind in EventKind if kind not in {EventKind.ATTEMPTED, EventKind.OPENED})
"""What can happen to a ticket that is there."""
OPENING: Final = ("agreement", "group", "channel", "severity", "ticket", "at", "note")
EVENT: Final = ("kind", "channel", "severity", "cause", "reason", "contents", "users_percent", "at", "note")


class TicketsPage:
    """The list and one ticket."""

    PLACE: Final = Place(PATH, "Tickets", "k")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """Both pages and their forms."""
        return [
            web.get(PATH, self._frame.told(self.listed)),
            web.post(PATH, self._frame.told(self.opened)),
            web.get(_ONE, self._frame.told(self.shown)),
            web.post(_ONE, self._frame.told(self.happened)),
        ]

    async def listed(self, request: web.Request, mistake: RefusedError | None = None) -> web.StreamResponse:
        """Open tickets and those that were resolved lately."""
        query = asked(request, ("page",))
        return await self._frame.page(request, "tickets.html.j2", lambda: self._list(query), mistake=mistake)

    async def shown(self, request: web.Request, mistake: RefusedError | None = None) -> web.StreamResponse:
        """One ticket."""
        asked(request, ())
        agreement, ticket = request.match_info["agreement"], request.match_info["ticket"]
        return await self._frame.page(request, "ticket.html.j2", lambda: self._one(agreement, ticket), mistake=mistake)

    async def opened(self, request: web.Request) -> web.StreamResponse:
        """Record that something was reported to a vendor."""
        try:
            fields = await self._frame.form(request, Role.OPERATOR)
            fact = await recorded(self._frame, request, "tickets", fields, OPENING)
        except RefusedError as refused:
            return await self.listed(request, refused)
        return back(ticket_link(fact.agreement or "", fact.subject or ""))

    async def happened(self, request: web.Request) -> web.StreamResponse:
        """Record what happened to a ticket."""
        agreement, ticket = request.match_info["agreement"], request.match_info["ticket"]
        try:
            fields = await self._frame.form(request, Role.OPERATOR)
            about = {"agreement": agreement, "ticket": ticket}
            await recorded(self._frame, request, "tickets", {**fields, **about}, (*about, *EVENT))
        except RefusedError as refused:
            return await self.shown(request, refused)
        return back(ticket_link(agreement, ticket))

    def _list(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        house = self._frame.house
        now = house.now()
        lines = ticket_lines(house.judge(), now)
        return {
            "now": now,
            "paged": paged(lines, query, ROWS_OF_A_PAGE, lambda page: f"{PATH}?page={page}"),
            "open": sum(line.resolved is None for line in lines),
            "link": ticket_link,
            "agreement_link": agreement_link,
            "bound": [
                (signed.agreement.id, sorted(signed.agreement.bindings)) for signed in house.judge().settings.agreements
            ],
            "channels": CHANNELS,
        }

    def _one(self, agreement: str, ticket: str) -> Mapping[str, Any]:
        house = self._frame.house
        now = house.now()
        found = ticket_dossier(house.judge(), agreement, ticket, now)
        return {
            "now": now,
            "found": found,
            "line": found.line,
            "zone_here": found.line.signed.readings.chosen.zone,
            "agreement_link": agreement_link(agreement, found.line.ticket.group),
            "marks": CLOCK_MARKS,
            "promise": promise,
            "ending": ending,
            "kinds": LATER_KINDS,
            "channels": CHANNELS,
            "here_link": ticket_link(agreement, ticket),
        }


def ticket_link(agreement: str, ticket: str) -> str:
    """The page of a ticket."""
    return f"{PATH}/{quote(agreement, safe='')}/{quote(ticket, safe='')}"
