"""What every answer passes: who may ask, how a mistake is told, and headers that keep a browser from being misused."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from uptime_daemon.settings.values import Role
from uptime_daemon.web.ports import QueryError

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiohttp.typedefs import Middleware

    from uptime_daemon.web.ports import Access

HEADERS: Final = {
    # Pages bring no script at all and one stylesheet of their own; nothing may be framed, posted or loaded elsewhere.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PUSH_PATH: Final = "/api/v1/push"
"""Where reports come in; each carries a token of its own."""
OPEN_PATHS: Final = frozenset({"/-/healthy", "/-/ready", PUSH_PATH})
"""What is asked without a password: by supervisors, whose answers hold no facts, and by whoever reports."""

SIGNED_PATHS: Final = "/api/v1/hooks/"
"""Below it a delivery proves itself by its signature instead of a user."""
_SIGNED_IN: Final = web.RequestKey("signed_in", str)
_log = structlog.get_logger(__name__)


def error(status: int, code: str, message: str, field: str | None = None) -> web.Response:
    """A mistake as JSON, the same shape everywhere."""
    return web.json_response({"error": {"code": code, "message": message, "field": field}}, status=status)


@web.middleware
async def told(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every trouble into its JSON."""
    try:
        response = await handler(request)
    except QueryError as mistake:
        response = error(mistake.status, mistake.code, mistake.message, mistake.field)
    except web.HTTPException as refusal:
        phrase = HTTPStatus(refusal.status)
        response = error(refusal.status, phrase.name.lower(), phrase.description or phrase.phrase)
        if allow := refusal.headers.get("Allow"):
            response.headers["Allow"] = allow
    except Exception:  # noqa: BLE001 - whatever goes wrong with one answer must not end the measuring; it is logged
        _log.exception("request_failed", method=request.method, path=request.path)
        response = error(500, "internal", "this is a mistake of the daemon; its log says more")
    return response


async def guarded(_: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on every answer, before its first byte leaves: a long one is sent in parts."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")


def signed_in(request: web.Request) -> str | None:
    """Who asks; None where nobody has to sign in."""
    return request.get(_SIGNED_IN)


def allowed_for(access: Access | None) -> Middleware:
    """Reading needs any role, changing needs an operator; without users (on loopback) everybody is one."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        changes = request.method not in {"GET", "HEAD"}
        if changes:
            _same_origin(request)
        if access is not None and request.path not in OPEN_PATHS and not request.path.startswith(SIGNED_PATHS):
            role = await access.role(request.headers.get("Authorization", ""))
            if role is None:
                refused = error(401, "unauthorized", "a user or a token is needed")
                refused.headers["WWW-Authenticate"] = 'Basic realm="uptime-daemon", charset="UTF-8"'
                return refused
            _sufficient(role, {Role.OPERATOR} if changes else set(Role))
            request[_SIGNED_IN] = access.name(request.headers.get("Authorization", ""))
        return await handler(request)

    return checked


def _same_origin(request: web.Request) -> None:
    """Refuse what another site's page makes a browser send: browsers name the origin of every such request."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise QueryError(403, "forbidden", "a page of another origin may change nothing here")


def _sufficient(role: Role, needed: Collection[Role]) -> None:
    if role not in needed:
        raise QueryError(403, "forbidden", f"this needs the role {' or '.join(sorted(needed))}")
