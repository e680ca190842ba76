"""Signing in and out, and the choice of colours: what somebody may do who is not known yet."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

from uptime_daemon.core.time.instants import DAY, SECOND
from uptime_daemon.desk.people.door import WaitError
from uptime_daemon.desk.people.sessions import LASTS
from uptime_daemon.web.console.frame import THEME_COOKIE, THEMES, RefusedError, back, filled
from uptime_daemon.web.entry import CONSOLE, COOKIE, SECURE_COOKIE, SIGN_IN_PATH, address_of, secret_of
from uptime_daemon.web.words import length_text

if TYPE_CHECKING:
    from uptime_daemon.web.console.frame import Frame
    from uptime_daemon.web.console.ports import Entrance
    from uptime_daemon.web.entry import Entry

SECRET_BYTES: Final = 32
_WRONG: Final = "This name and password open nothing."
PASSWORD_MAX: Final = 1024
"""The longest password that is looked at, in characters; hashing a longer one would only cost us."""
_YEAR_SECONDS: Final = 365 * DAY // SECOND


class SigningIn:
    """The page that asks for name and password, the way out, and the switch of colours."""

    def __init__(self, frame: Frame, entrance: Entrance | None, entry: Entry, *, is_secure: bool) -> None:
        self._frame, self._entrance, self._entry = frame, entrance, entry
        self._is_secure = is_secure
        self._cookie = SECURE_COOKIE if is_secure else COOKIE

    def routes(self) -> list[web.RouteDef]:
        """Every path with its answer."""
        return [
            web.get(SIGN_IN_PATH, self._frame.told(self.asked)),
            web.post(SIGN_IN_PATH, self._frame.told(self.tried)),
            web.post(f"{CONSOLE}/sign-out", self._frame.told(self.left)),
            web.post(f"{CONSOLE}/theme", self._frame.told(self.coloured)),
        ]

    async def asked(self, request: web.Request) -> web.StreamResponse:
        """The form."""
        return await self._page(request)

    async def tried(self, request: web.Request) -> web.StreamResponse:
        """Name and password are right, or wrong, or came too soon. Which of both is wrong is not told."""
        if self._entrance is None:
            raise RefusedError("nobody can sign in here; add `users:` to uptime.yaml", status=403)
        # Nobody is known yet, so no token can be: that the form is ours the origin says, which was looked at before.
        content = await request.post()
        name, password = (str(content.get(key, "")) for key in ("name", "password"))
        if len(name) > PASSWORD_MAX or len(password) > PASSWORD_MAX:
            return await self._page(request, RefusedError(_WRONG, status=403))
        address = address_of(request, self._entry)
        try:
            opened = await self._entrance.sign_in(name, password, address, secrets.token_urlsafe(SECRET_BYTES))
        except WaitError as wait:
            words = f"Too many wrong passwords. The next one is looked at in {length_text(wait.wait)}."
            return await self._page(request, RefusedError(words, status=429), name)
        if opened is None:
            return await self._page(request, RefusedError(_WRONG, status=403), name)
        response = back(_inside(request.query.get("next", "")))
        response.set_cookie(
            self._cookie, opened.secret,
            max_age=LASTS // SECOND, httponly=True, samesite="Strict", secure=self._is_secure, path="/",
        )  # fmt: skip
        return response

    async def left(self, request: web.Request) -> web.StreamResponse:
        """Sign out: the session ends here, whatever the browser keeps."""
        await filled(request)
        secret = secret_of(request)
        if self._entrance is not None and secret is not None:
            await self._entrance.sign_out(secret)
        response = back(SIGN_IN_PATH)
        response.del_cookie(self._cookie, path="/", secure=self._is_secure, httponly=True, samesite="Strict")
        return response

    async def coloured(self, request: web.Request) -> web.StreamResponse:
        """Keep the reader's choice of colours in the browser; it changes nothing else, so it needs no token."""
        content = await request.post()
        chosen = str(content.get("theme", "auto"))
        response = back(_inside(str(content.get("next", ""))))
        if chosen in THEMES:
            response.set_cookie(
                THEME_COOKIE, chosen,
                max_age=_YEAR_SECONDS, httponly=True, samesite="Strict", secure=self._is_secure, path="/",
            )  # fmt: skip
        return response

    async def _page(
        self, request: web.Request, mistake: RefusedError | None = None, name: str = ""
    ) -> web.StreamResponse:
        return await self._frame.page(request, "sign_in.html.j2", lambda: {"name": name}, mistake=mistake)


def _inside(path: str) -> str:
    """A page of ours to go on to; anything else is the console's first page."""
    parts = urlsplit(path)
    is_ours = not parts.scheme and not parts.netloc and path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if is_ours and "\\" not in path and path.isprintable() else CONSOLE
