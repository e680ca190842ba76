"""Reports that come to us: an endpoint says that it works, or that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.web.entry import PUSH_PATH
from uptime_daemon.web.guard import error

if TYPE_CHECKING:
    from uptime_daemon.web.ports import Listener

_BEARER: Final = "Bearer "
_KEYS: Final = frozenset({"state", "message"})


class Push:
    """Takes reports; each token is a probe's own, and no user's."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def routes(self) -> list[web.RouteDef]:
        """The one address."""
        return [web.post(PUSH_PATH, self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        told = request.headers.get("Authorization", "")
        state: Any = "up"
        message: Any = ""
        if request.can_read_body:
            try:
                body = await request.json()
            except ValueError:
                return error(400, "invalid_body", 'the body is no JSON; send none, or {"state": "up"}')
            if not isinstance(body, dict) or not body.keys() <= _KEYS:
                return error(400, "invalid_body", "the keys are state and message")
            state, message = body.get("state", "up"), body.get("message", "")
        if state not in ("up", "down"):
            return error(400, "invalid_value", "the state is up or down", "state")
        if not isinstance(message, str):
            return error(400, "invalid_value", "the message is a text", "message")
        token = told.removeprefix(_BEARER)
        if token == told or not self._listener.take(token, message, works=state == "up"):
            return error(401, "unauthorized", "no probe of the kind push has this token")
        return web.Response(status=204)
