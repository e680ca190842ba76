"""Reports that come to us: an endpoint says that it works, or that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from uptime_daemon.desk.judging.statement_json import seconds
from uptime_daemon.web.entry import PUSH_PATH
from uptime_daemon.web.guard import error

if TYPE_CHECKING:
    from uptime_daemon.web.ports import Listener

_BEARER: Final = "Bearer "
_NOBODYS: Final = "no probe of the kind push has this token"
_KEYS: Final = frozenset({"state", "message"})


class Push:
    """Takes reports; each token is a probe's own, and no user's."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def routes(self) -> list[web.RouteDef]:
        """The one address."""
        return [web.post(PUSH_PATH, self._take), web.get(PUSH_PATH, self._tell)]

    async def _tell(self, request: web.Request) -> web.Response:
        """What was heard so far, to whoever reports, and to who tries the probe by hand."""
        token = _token(request)
        heard = self._listener.heard(token) if token else None
        if heard is None:
            return error(401, "unauthorized", _NOBODYS)
        is_silent = heard.age is None
        return web.json_response(
            {
                "listening_seconds": seconds(heard.listening),
                "age_seconds": None if heard.age is None else seconds(heard.age),
                "state": None if is_silent else "up" if heard.works else "down",
                "message": heard.message,
            }
        )

    async def _take(self, request: web.Request) -> web.Response:
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
        token = _token(request)
        if not token or not self._listener.take(token, message, works=state == "up"):
            return error(401, "unauthorized", _NOBODYS)
        return web.Response(status=204)


def _token(request: web.Request) -> str:
    """The token that a request carries, empty without any."""
    told = request.headers.get("Authorization", "")
    return told.removeprefix(_BEARER) if told.startswith(_BEARER) else ""
