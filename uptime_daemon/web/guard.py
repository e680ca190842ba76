"""What every answer passes: how a mistake is told, and headers that keep a browser from being misused."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from uptime_daemon.store.errors import StoreError, TooMuchError
from uptime_daemon.web.ports import QueryError

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
    except TooMuchError as trouble:
        response = error(400, "too_much", str(trouble))
    except StoreError as trouble:  # it names a place that not everybody need know
        _log.warning("database", path=request.path, trouble=str(trouble))
        response = error(503, "database", "the database does not answer just now; try again later")
    except Exception:  # noqa: BLE001 - whatever goes wrong with one answer must not end the measuring; it is logged
        _log.exception("request_failed", method=request.method, path=request.path)
        response = error(500, "internal", "this is a mistake of the daemon; its log says more")
    return response


async def guarded(_: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on every answer, before its first byte leaves: a long one is sent in parts."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
