"""`/console/people`: who may sign in and who no longer does, and what somebody leaves behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from aiohttp import web

from uptime_daemon.desk.intake.facts import IntakeError
from uptime_daemon.desk.people.leaving import left_behind
from uptime_daemon.desk.people.record import people
from uptime_daemon.settings.values import Role
from uptime_daemon.web.console.acting import refusal
from uptime_daemon.web.console.frame import Place, RefusedError, back
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.web.console.frame import Frame

PATH: Final = f"{CONSOLE}/people"
_ONE: Final = f"{PATH}/{{name}}"


class PeoplePage:
    """The list, and one person."""

    PLACE: Final = Place(PATH, "People", "e")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """Both pages and the form."""
        return [
            web.get(PATH, self._frame.told(self.listed)),
            web.get(_ONE, self._frame.told(self.shown)),
            web.post(_ONE, self._frame.told(self.changed)),
        ]

    async def listed(self, request: web.Request) -> web.StreamResponse:
        """Every person on record."""
        asked(request, ())
        return await self._frame.page(request, "people.html.j2", self._list)

    async def shown(self, request: web.Request, mistake: RefusedError | None = None) -> web.StreamResponse:
        """One person, and what stands in the name."""
        asked(request, ())
        name = request.match_info["name"]
        return await self._frame.page(request, "person.html.j2", lambda: self._one(name), mistake=mistake)

    async def changed(self, request: web.Request) -> web.StreamResponse:
        """Disable somebody, or enable again."""
        name = request.match_info["name"]
        try:
            await self._change(name, await self._frame.form(request, Role.FINANCE), self._frame.visitor(request).name)
        except RefusedError as refused:
            return await self.shown(request, refused)
        return back(f"{PATH}/{quote(name, safe='')}")

    async def _change(self, name: str, fields: Mapping[str, str], by: str) -> None:
        entrance = self._frame.entrance
        if entrance is None or fields.keys() - {"state", "note"} or fields.get("state") not in {"disabled", "enabled"}:
            raise RefusedError("the form says disabled or enabled, and why", "state")
        disable = fields["state"] == "disabled"
        try:
            await asyncio.to_thread(entrance.change, name, by, disable=disable, note=fields.get("note"))
        except IntakeError as mistake:
            raise refusal(mistake) from mistake

    def _list(self) -> Mapping[str, Any]:
        judge = self._frame.house.judge()
        owned: dict[str, list[str]] = {}
        for agreement in judge.agreements():
            for name in dict.fromkeys((agreement.people.owner, agreement.people.deputy)):
                if name:
                    owned.setdefault(name, []).append(agreement.id)
        found = people(judge.settings.users, judge.store)
        return {"people": found, "owned": owned, "base": PATH, "zone_here": self._frame.house.board().zone}

    def _one(self, name: str) -> Mapping[str, Any]:
        house = self._frame.house
        judge, now = house.judge(), house.now()
        person = next((each for each in people(judge.settings.users, judge.store) if each.name == name), None)
        if person is None:
            raise QueryError(404, "not_found", f"nobody called {name!r} is on record", "name")
        return {
            "person": person,
            "left": left_behind(judge, house.claims(), name, now),
            "now": now,
            "zone_here": house.board().zone,
        }
