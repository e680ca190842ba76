"""The two listeners: the internal one with everything, the public one with what everybody may see."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from aiohttp import web

from uptime_daemon.web.annotations import Annotations
from uptime_daemon.web.api import Api
from uptime_daemon.web.blackbox import Blackbox
from uptime_daemon.web.console.routes import Console, add_console
from uptime_daemon.web.endpoints import ANNOTATIONS
from uptime_daemon.web.entry import Entry, allowed_for
from uptime_daemon.web.facts import BODY_MAX_BYTES, Facts
from uptime_daemon.web.forms import FormTokens
from uptime_daemon.web.guard import error, guarded, told
from uptime_daemon.web.hooks import hook_route
from uptime_daemon.web.limits import WriteLimit, limited
from uptime_daemon.web.openapi import openapi_route
from uptime_daemon.web.pages import ICON, STYLE
from uptime_daemon.web.public import page as public_page
from uptime_daemon.web.public.routes import PublicFacts
from uptime_daemon.web.push import Push
from uptime_daemon.web.reporting import ReportPage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from uptime_daemon.web.metrics import Metrics
    from uptime_daemon.web.pages import Asset
    from uptime_daemon.web.ports import Access, BoardSource, Intake, Lifecycle, Listener, Records
    from uptime_daemon.web.public.head import PageHead

SECRET_BYTES: Final = 32
"""As long as the digest that is made with it."""
LOCAL: Final = Entry()
"""A listener that only this machine reaches, without a proxy."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"


def internal_app(
    *,
    boards: BoardSource,
    records: Records,
    lifecycle: Lifecycle,
    metrics: Metrics,
    access: Access | None = None,
    intake: Intake | None = None,
    listener: Listener | None = None,
    entry: Entry = LOCAL,
    console: Console | None = None,
    writes: WriteLimit | None = None,
) -> web.Application:
    """Metrics, JSON, the console, health and reload; `access` is None only on loopback without users.

    Without an `intake` facts are neither shown nor taken, without a `listener` no reports, without a `console` nothing
    is decided, without `writes` no limit holds for what is stated.
    """
    limits = [] if writes is None else [limited(writes, entry)]
    app = web.Application(middlewares=[told, allowed_for(access, entry), *limits], client_max_size=BODY_MAX_BYTES)
    app.on_response_prepare.append(guarded)
    app.add_routes([_asset(STYLE), _asset(ICON)])
    app.router.add_get("/metrics", metrics.answer)
    app.router.add_get("/-/healthy", _healthy)
    app.router.add_get("/-/ready", _ready(lifecycle))
    app.router.add_post("/-/reload", _reload(lifecycle))
    app.add_routes(Api(boards, records).routes())
    described = {"takes_facts": intake is not None, "takes_reports": listener is not None}
    app.add_routes([openapi_route(needs_access=access is not None, **described)])
    app.router.add_get(ANNOTATIONS.path, Annotations(boards, records).answer)
    app.add_routes(Blackbox(boards).routes())
    if listener is not None:
        app.add_routes(Push(listener).routes())
    if intake is not None:
        app.add_routes([hook_route(intake), *Facts(boards, intake).routes()])
        app.add_routes(ReportPage(boards, intake, FormTokens(secrets.token_bytes(SECRET_BYTES))).routes())
    if console is not None:
        add_console(app, console, entry)
    return app


def public_app(*, boards: BoardSource, head: PageHead) -> web.Application:
    """The status page and what programs read of it."""
    app = web.Application(middlewares=[told])
    app.on_response_prepare.append(guarded)
    app.add_routes([public_page.page_route(boards, public_page.StatusPage(head))])
    app.add_routes(PublicFacts(boards, head).routes())
    app.add_routes([_asset(public_page.STYLE), _asset(ICON)])
    return app


def _asset(asset: Asset) -> web.RouteDef:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(
            body=asset.content, content_type=asset.media_type, charset="utf-8", headers={"Cache-Control": _FOR_EVER}
        )

    return web.get(asset.path, answer)


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="healthy\n")


def _ready(lifecycle: Lifecycle) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        reasons = lifecycle.unready()
        return error(503, "unready", "; ".join(reasons)) if reasons else web.Response(text="ready\n")

    return answer


def _reload(lifecycle: Lifecycle) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        mistakes = await lifecycle.reload()
        if mistakes:
            return error(422, "mistakes", "the old configuration stays in force: " + "; ".join(mistakes))
        return web.Response(text="reloaded\n")

    return answer
