"""The console as one: its pages in the order of the navigation, and every path below `/console`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from uptime_daemon.web.console.agreement import AgreementPage
from uptime_daemon.web.console.agreements import AgreementsPage
from uptime_daemon.web.console.assets import ASSETS
from uptime_daemon.web.console.claim import ClaimPage
from uptime_daemon.web.console.claims import ClaimsPage
from uptime_daemon.web.console.frame import Frame, back
from uptime_daemon.web.console.live import Live
from uptime_daemon.web.console.maintenance import MaintenancePage
from uptime_daemon.web.console.outage import OutagePage
from uptime_daemon.web.console.people import PeoplePage
from uptime_daemon.web.console.probe import ProbePage
from uptime_daemon.web.console.probes import ProbesPage
from uptime_daemon.web.console.searching import SearchPage
from uptime_daemon.web.console.signing_in import SigningIn
from uptime_daemon.web.console.system import SystemPage
from uptime_daemon.web.console.tickets import TicketsPage
from uptime_daemon.web.console.today import TodayPage
from uptime_daemon.web.entry import CONSOLE

if TYPE_CHECKING:
    from uptime_daemon.web.console.ports import Entrance, House
    from uptime_daemon.web.entry import Entry
    from uptime_daemon.web.pages import Asset
    from uptime_daemon.web.ports import Clock

PAGES: Final = (TodayPage, AgreementsPage, ClaimsPage, TicketsPage, MaintenancePage, ProbesPage, SystemPage, PeoplePage)
"""Every page with a place in the navigation, in its order. A new page goes here."""
BEYOND: Final = (AgreementPage, OutagePage, ClaimPage, ProbePage, SearchPage)
"""Pages that other pages lead to."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Console:
    """What the console needs."""

    house: House
    entrance: Entrance | None
    """None: nobody can sign in, and the console is for reading only."""
    clock: Clock
    is_secure: bool
    """Whether browsers reach it by TLS."""


def add_console(app: web.Application, console: Console, entry: Entry) -> None:
    """Add every path of the console to the internal listener."""
    frame = Frame(console.house, [page.PLACE for page in PAGES], console.entrance)
    live = Live(frame, console.clock)
    app.on_shutdown.append(live.close)
    app.add_routes(SigningIn(frame, console.entrance, entry, is_secure=console.is_secure).routes())
    for page in (*PAGES, *BEYOND):
        app.add_routes(page(frame).routes())
    app.add_routes(live.routes())
    app.add_routes([_asset(each) for each in ASSETS])
    app.router.add_get("/", _first)
    app.router.add_get(f"{CONSOLE}/{{rest:.*}}", frame.told(_nowhere))


async def _first(_: web.Request) -> web.StreamResponse:
    """The listener's own address leads to the console."""
    return back(CONSOLE)


async def _nowhere(_: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


def _asset(asset: Asset) -> web.RouteDef:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(
            body=asset.content, content_type=asset.media_type, charset="utf-8", headers={"Cache-Control": _FOR_EVER}
        )

    return web.get(asset.path, answer)
