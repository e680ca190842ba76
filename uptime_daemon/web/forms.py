"""Forms that a browser sends: each carries a token that only a page of this process can have given to this person."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from uptime_daemon.web.entry import signed_in
from uptime_daemon.web.guard import HEADERS
from uptime_daemon.web.ports import QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

FORM_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace("form-action 'none'", "form-action 'self'"),
    # With `no-referrer` browsers send forms with `Origin: null`, as if another site's page had made them.
    "Referrer-Policy": "same-origin",
}
"""Of a page with a form: it may be sent to us and to nobody else."""
TOKEN: Final = "form_token"  # noqa: S105 - the name of a field
_TYPE: Final = "application/x-www-form-urlencoded"


class FormTokens:
    """Tokens for the forms of one process; after a restart a page has to be loaded again."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, request: web.Request) -> str:
        """The token of the form that this request's page shows."""
        name = signed_in(request) or ""
        return hmac.new(self._secret, f"{request.path}\0{name}".encode(), hashlib.sha256).hexdigest()

    async def fields(self, request: web.Request) -> dict[str, str]:
        """What was filled in, without the token and what was left empty; refused if no page of ours gave the form."""
        if request.content_type != _TYPE:
            raise QueryError(415, "unsupported_media_type", f"a form is sent as {_TYPE}")
        content = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        if not hmac.compare_digest(content.pop(TOKEN, ""), self.token(request)):
            raise QueryError(403, "forbidden", "this page is too old; load it again and send the form once more")
        return {key: value.strip() for key, value in content.items() if value.strip()}
