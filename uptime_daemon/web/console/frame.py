"""What every page of the console has in common: its frame, who looks at it, its forms, its mistakes as pages."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.settings.values import Role
from uptime_daemon.store.errors import StoreError
from uptime_daemon.web.console import assets, shapes
from uptime_daemon.web.console.live import shown_of
from uptime_daemon.web.entry import CONSOLE, identity_of, secret_of
from uptime_daemon.web.forms import FORM_HEADERS
from uptime_daemon.web.guard import HEADERS
from uptime_daemon.web.pages import ICON
from uptime_daemon.web.ports import QueryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aiohttp.typedefs import Handler

    from uptime_daemon.desk.people.access import Identity
    from uptime_daemon.web.console.ports import Entrance, House

T = TypeVar("T")
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""One stylesheet and scripts of our own files, nothing inline; forms and live news to us alone; framed by nobody."""
PAGE_HEADERS: Final = {"Content-Security-Policy": POLICY, "Referrer-Policy": FORM_HEADERS["Referrer-Policy"]}
FRAMED: Final = {
    **HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
"""Of a letter inside a page: its own styles, no script, no form, no link out, framed by us alone."""
TOKEN: Final = "token"  # noqa: S105 - the name of a field
THEMES: Final = ("auto", "light", "dark")
THEME_COOKIE: Final = "theme"
FIELD_MAX: Final = 20_000
"""The longest field of a form, in characters: a vendor's list of outages; files go in by command."""
_FORM_TYPE: Final = "application/x-www-form-urlencoded"


class Place(NamedTuple):
    """A place in the navigation."""

    path: str
    title: str
    key: str
    """Typed after `g` it leads here."""

    def holds(self, path: str) -> bool:
        """Whether a page is this one or below it; the first page has none below."""
        return path == self.path or (self.path != CONSOLE and path.startswith(f"{self.path}/"))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page."""

    identity: Identity | None
    """None: nobody has signed in."""
    can_sign_in: bool
    """Whether there are users at all."""

    @property
    def name(self) -> str:
        """As it stands on what is done; empty while nobody has signed in."""
        return "" if self.identity is None else self.identity.name

    def is_a(self, *roles: str) -> bool:
        """Whether the visitor may do what is for one of the roles; without users everybody reads only."""
        return self.identity is not None and self.identity.role.value in roles


class RefusedError(Exception):
    """A form that could not be carried out, told on the page that it came from."""

    def __init__(self, message: str, field: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.field = field
        self.status = status


class Frame:
    """Renders pages around what they show, and lets their forms do what they may."""

    def __init__(self, house: House, places: Sequence[Place], entrance: Entrance | None) -> None:
        self.house = house
        self.entrance = entrance
        """None: nobody can sign in."""
        self._places = places
        self._can_sign_in = entrance is not None
        self._templates = _environment()

    def visitor(self, request: web.Request) -> Visitor:
        """Who looks at the page."""
        return Visitor(identity_of(request), self._can_sign_in)

    async def page(
        self,
        request: web.Request,
        template: str,
        shown: Callable[[], Mapping[str, Any]],
        *,
        status: int = 200,
        mistake: RefusedError | None = None,
    ) -> web.Response:
        """A page; what it shows is read on another thread, and rendered there."""
        frame = self._frame(request, mistake)

        def text() -> str:
            return self._templates.get_template(template).render({**frame, **shown()})

        answer = await asyncio.to_thread(text)
        response = web.Response(
            text=answer,
            status=status if mistake is None else mistake.status,
            content_type="text/html",
            headers=dict(PAGE_HEADERS),
        )
        response.enable_compression()
        return response

    async def apart(self, read: Callable[[], T]) -> T:
        """What is read from the record, on another thread."""
        return await asyncio.to_thread(read)

    async def form(self, request: web.Request, *roles: Role) -> dict[str, str]:
        """What was filled in, without what was left empty; refused without one of the roles or the page's token."""
        visitor = self.visitor(request)
        if visitor.identity is None:
            raise RefusedError(_NO_USERS if not self._can_sign_in else "sign in first", status=403)
        if visitor.identity.role not in roles:
            raise RefusedError(f"this needs the role {' or '.join(roles)}; you are {visitor.identity.role}", status=403)
        return await filled(request)

    async def error(self, request: web.Request, status: int, message: str) -> web.Response:
        """A mistake as a page."""
        title = HTTPStatus(status).phrase
        return await self.page(request, "error.html.j2", lambda: {"title": title, "message": message}, status=status)

    def told(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A handler whose mistakes become pages."""

        async def answered(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except QueryError as mistake:
                return await self.error(request, mistake.status, mistake.message)
            except RefusedError as refused:
                return await self.error(request, refused.status, str(refused))
            except UnknownError as unknown:
                return await self.error(request, 404, str(unknown))
            except StoreError as trouble:
                return await self.error(request, 503, str(trouble))
            except web.HTTPNotFound:
                return await self.error(request, 404, "There is no such page.")

        return answered

    def _frame(self, request: web.Request, mistake: RefusedError | None) -> dict[str, Any]:
        board = self.house.board()
        here = next((place for place in self._places if place.holds(request.path)), None)
        return {
            "style": assets.STYLE.path,
            "script": assets.SCRIPT.path,
            "icon": ICON.path,
            "places": self._places,
            "here": here,
            "theme": theme_of(request),
            "path": request.path_qs,
            "visitor": self.visitor(request),
            "token_name": TOKEN,
            "token": token_of(request),
            "demonstration": board.demonstration,
            "board_at": board.at,
            "shows": shown_of(board),
            "zone": board.zone,
            "unready": "" if board.reload.successful else "The configuration was refused; the old one stays in force.",
            "mistake": mistake,
            "asked": request.query,
        }


_NO_USERS: Final = "nobody can sign in here, so the console is for reading only; add `users:` to uptime.yaml"


def back(path: str) -> web.Response:
    """On to a page, so that loading it anew sends nothing again."""
    return web.Response(status=303, headers={"Location": path})


def theme_of(request: web.Request) -> str:
    """The colours that the reader has chosen; `auto` follows the system."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def token_of(request: web.Request) -> str:
    """What a form of this session carries: only who knows the session's secret can compute it."""
    secret = secret_of(request)
    return "" if secret is None else hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


async def filled(request: web.Request) -> dict[str, str]:
    """The fields of a form of ours; refused without the session's token."""
    if request.content_type != _FORM_TYPE:
        raise RefusedError(f"a form is sent as {_FORM_TYPE}", status=415)
    content = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    expected = token_of(request)
    if not expected or not hmac.compare_digest(content.pop(TOKEN, "").encode(), expected.encode()):
        raise RefusedError("this page is too old; load it again and send the form once more", status=403)
    for key, value in content.items():
        if len(value) > FIELD_MAX:
            raise RefusedError(f"{key} has more than {FIELD_MAX} characters; keep it as evidence by command", key)
    return {key: value.strip() for key, value in content.items() if value.strip()}


def _environment() -> Environment:
    """How every page is rendered: escaped, and nothing unknown."""
    made = Environment(
        loader=FileSystemLoader(assets.HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(shapes.FILTERS)
    made.globals.update(themes=THEMES)
    return made
