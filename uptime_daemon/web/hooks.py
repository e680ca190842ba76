"""`/api/v1/hooks/NAME`: deliveries of other systems, let in by their signature instead of a user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from uptime_daemon.desk.intake.facts import IntakeError
from uptime_daemon.desk.showing.listing import fact_row
from uptime_daemon.store.errors import StoreError
from uptime_daemon.web.entry import SIGNED_PATHS
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from uptime_daemon.web.ports import Intake


def hook_route(intake: Intake) -> web.RouteDef:
    """The way in for deliveries."""

    async def deliver(request: web.Request) -> web.Response:
        asked(request, ())
        body = await request.read()
        try:
            done = await intake.hooked(request.match_info["name"], request.headers, body)
        except IntakeError as mistake:
            raise QueryError(400, "invalid_value", str(mistake), mistake.field) from mistake
        except StoreError as trouble:
            raise QueryError(503, "database", str(trouble)) from trouble
        if done is None:  # an unknown hook and a wrong signature look alike
            raise QueryError(401, "unauthorized", "the delivery is not signed as the hook asks")
        if done.fact is None:
            return web.json_response({"ignored": done.ignored})
        return web.json_response({"fact": fact_row(done.fact)}, status=201)

    return web.post(f"{SIGNED_PATHS}{{name}}", deliver)
