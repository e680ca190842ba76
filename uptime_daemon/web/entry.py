"""Who may ask what: people by session or password, programs by token; on loopback without users everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.desk.people.access import Identity
from uptime_daemon.desk.people.door import WaitError
from uptime_daemon.settings.values import Role
from uptime_daemon.web.guard import error
from uptime_daemon.web.ports import QueryError

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.web.ports import Access

PUSH_PATH: Final = "/api/v1/push"
"""Where reports come in; each carries a token of its own."""
CONSOLE: Final = "/console"
SIGN_IN_PATH: Final = f"{CONSOLE}/sign-in"
STATIC_PATHS: Final = "/static/"
"""Below it stylesheets and the like: no facts, and the page that asks for a password needs them."""
OPEN_PATHS: Final = frozenset({"/-/healthy", "/-/ready", PUSH_PATH, SIGN_IN_PATH, f"{CONSOLE}/theme"})
"""What is asked without a password: by supervisors, whose answers hold no facts, by whoever reports or signs in."""
SIGNED_PATHS: Final = "/api/v1/hooks/"
"""Below it a delivery proves itself by its signature instead of a user."""
COOKIE: Final = "uptime"
SECURE_COOKIE: Final = "__Host-uptime"
"""Where browsers reach us by TLS: the prefix makes them refuse one that another host or plain HTTP has set."""
_IDENTITY: Final = web.RequestKey("identity", Identity)
_PAGES: Final = ("/", "/report")
"""Pages for people outside the console."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the way in looks like from outside."""

    open_reading: bool = False
    """Whether everybody who reaches the listener may read."""
    behind_proxy: bool = False
    """Whether the last address that a proxy names is the asking one."""


def identity_of(request: web.Request) -> Identity | None:
    """Who asks, and as what; None where nobody has signed in, because nobody has to."""
    return request.get(_IDENTITY)


def signed_in(request: web.Request) -> str | None:
    """The name of who asks; None where nobody has to sign in."""
    identity = identity_of(request)
    return None if identity is None else identity.name


def secret_of(request: web.Request) -> str | None:
    """What the browser holds of its session."""
    return request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)


def address_of(request: web.Request, entry: Entry) -> str:
    """Where a request comes from; behind a proxy what that one says last, for the rest anybody can write."""
    if entry.behind_proxy and (told := request.headers.getall("X-Forwarded-For", [])):
        return told[-1].rpartition(",")[2].strip()
    return request.remote or ""


def allowed_for(access: Access | None, entry: Entry) -> Middleware:
    """Reading needs any role, changing needs an operator; the console and the page of reports decide for themselves."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        changes = request.method not in {"GET", "HEAD"}
        if changes:
            _same_origin(request)
        if access is None or _is_open(request.path):
            return await handler(request)
        try:
            identity, by_session = await _identified(access, request, entry)
        except WaitError as wait:
            return too_many(wait.wait)
        if identity is None:
            if entry.open_reading and not changes:
                return await handler(request)
            return _sign_in(request) if _is_page(request) else _unauthorized()
        request[_IDENTITY] = identity
        if changes and not _is_page(request):
            if by_session:
                # A cookie travels by itself: only forms with a token of ours change anything by it.
                raise QueryError(403, "forbidden", "a session changes things by pages alone; send a password or token")
            refuse_role(identity, Role.OPERATOR)
        return await handler(request)

    return checked


def refuse_role(identity: Identity | None, *needed: Role) -> None:
    """Refuse whoever does not have one of the roles."""
    if identity is None or identity.role not in needed:
        raise QueryError(403, "forbidden", f"this needs the role {' or '.join(needed)}")


def too_many(wait: Duration) -> web.Response:
    """The answer to one who guesses."""
    seconds = str(-(-wait // SECOND))
    refused = error(429, "too_many_requests", f"too many wrong passwords; try again in {seconds} s")
    refused.headers["Retry-After"] = seconds
    return refused


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith((SIGNED_PATHS, STATIC_PATHS))


def _is_page(request: web.Request) -> bool:
    return request.path in _PAGES or request.path == CONSOLE or request.path.startswith(f"{CONSOLE}/")


async def _identified(access: Access, request: web.Request, entry: Entry) -> tuple[Identity | None, bool]:
    """Who asks, and whether a session says so."""
    authorization = request.headers.get("Authorization", "")
    if authorization:
        return await access.identity(authorization, address_of(request, entry)), False
    secret = secret_of(request)
    return (None if secret is None else access.person(secret)), True


def _sign_in(request: web.Request) -> web.Response:
    """The way to the page that asks for a password, and back."""
    is_browser = request.path.startswith(CONSOLE) or "text/html" in request.headers.get("Accept", "")
    if "Authorization" in request.headers or not is_browser:
        return _unauthorized()
    back = request.path_qs if request.method in {"GET", "HEAD"} else CONSOLE
    return web.Response(status=303, headers={"Location": f"{SIGN_IN_PATH}?{urlencode({'next': back})}"})


def _unauthorized() -> web.Response:
    refused = error(401, "unauthorized", "a user or a token is needed")
    refused.headers["WWW-Authenticate"] = 'Basic realm="uptime-daemon", charset="UTF-8"'
    return refused


def _same_origin(request: web.Request) -> None:
    """Refuse what another site's page makes a browser send: browsers name the origin of every such request."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise QueryError(403, "forbidden", "a page of another origin may change nothing here")
