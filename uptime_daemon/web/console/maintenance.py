"""`/console/maintenance`: a month of announced work and of the contracts' own windows, with what stands of each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.core.facts.ticket import CHANNELS
from uptime_daemon.core.time.instants import local_date
from uptime_daemon.desk.showing.work_calendar import month_of_work
from uptime_daemon.settings.values import Role
from uptime_daemon.web.console.acting import recorded
from uptime_daemon.web.console.frame import Place, RefusedError, back
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.web.console.frame import Frame

PATH: Final = f"{CONSOLE}/maintenance"
WINDOWS_SHOWN: Final = 3
"""Recurring windows in one field of the calendar; of more their number is told."""
TOLD: Final = (
    "agreement", "id", "replaces", "group", "from", "to", "kind", "cause", "announced_at", "received_at",
    "published_at", "channel", "note",
)  # fmt: skip
STAND_MARKS: Final = {"whole": "up", "in part": "slow", "cancelled": "quiet", "taken back": "quiet"}
_YEARS: Final = (2000, 2100)


class MaintenancePage:
    """The month, and what can be said about it."""

    PLACE: Final = Place(PATH, "Maintenance", "m")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[web.RouteDef]:
        """The page and its forms."""
        return [
            web.get(PATH, self._frame.told(self.shown)),
            web.post(PATH, self._frame.told(self.told)),
            web.post(f"{PATH}/cancellations", self._frame.told(self.called_off)),
        ]

    async def shown(self, request: web.Request, mistake: RefusedError | None = None) -> web.StreamResponse:
        """One month on the house's calendar."""
        month = _month(asked(request, ("month",)).get("month", ""))
        return await self._frame.page(request, "maintenance.html.j2", lambda: self._read(month), mistake=mistake)

    async def told(self, request: web.Request) -> web.StreamResponse:
        """Record an announcement as it was first seen."""
        return await self._stated(request, "maintenance", TOLD)

    async def called_off(self, request: web.Request) -> web.StreamResponse:
        """Record that announced work does not take place."""
        return await self._stated(request, "maintenance/cancellations", ("agreement", "id", "note"))

    async def _stated(self, request: web.Request, form: str, keys: tuple[str, ...]) -> web.StreamResponse:
        try:
            fields = await self._frame.form(request, Role.OPERATOR)
            onward = fields.pop("month", "")
            await recorded(self._frame, request, form, fields, keys)
        except RefusedError as refused:
            return await self.shown(request, refused)
        return back(_link(_month(onward)))

    def _read(self, month: date | None) -> Mapping[str, Any]:
        house = self._frame.house
        zone = house.board().zone
        today = local_date(house.now(), zone)
        first = month or today.replace(day=1)
        found = month_of_work(house.judge(), first, zone)
        return {
            "first": first,
            "today": today,
            "month": found,
            "zone_here": zone,
            "earlier": _link((first - timedelta(days=1)).replace(day=1)),
            "later": _link((first + timedelta(days=32)).replace(day=1)),
            "windows_shown": WINDOWS_SHOWN,
            "marks": STAND_MARKS,
            "agreements": [signed.agreement.id for signed in house.judge().settings.agreements],
            "channels": CHANNELS,
        }


def _link(month: date | None) -> str:
    return PATH if month is None else f"{PATH}?month={month:%Y-%m}"


def _month(text: str) -> date | None:
    """The first day of `2026-11`; None for the running month. Raises `QueryError`."""
    if not text:
        return None
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise QueryError(400, "invalid_value", f"{text!r} is no month such as 2026-11", "month") from error
    if not _YEARS[0] <= found.year < _YEARS[1]:
        raise QueryError(400, "invalid_value", f"{text} lies outside {_YEARS[0]} to {_YEARS[1] - 1}", "month")
    return found
