"""The keys of one HTTP request: those of an endpoint, and those of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.definitions.probes.checks import HTTP_CHECKS, CheckShape
from uptime_daemon.definitions.probes.common import TLS_KEYS, own
from uptime_daemon.definitions.records import Key, ListOf, MapOf, Record, optional, required
from uptime_daemon.definitions.shapes import Choice, Flag, Text, Whole
from uptime_daemon.probers.endpoints.conditions import Check
from uptime_daemon.probers.endpoints.web import BODY_BYTES_MAX, REDIRECTS_MAX, Auth, AuthScheme, HttpEndpoint

if TYPE_CHECKING:
    from collections.abc import Mapping


BODY_BYTES_LIMIT: Final = 64 * BODY_BYTES_MAX


def _auth(scheme: AuthScheme, user: str | None, password: str | None, token: str | None) -> Auth:
    if scheme is AuthScheme.BEARER:
        if token is None or user is not None or password is not None:
            raise ValueError("bearer takes a token; write token and neither user nor password")
        return Auth(scheme, secret=token)
    if user is None or password is None or token is not None:
        raise ValueError(f"{scheme} takes a user and a password; write both and no token")
    return Auth(scheme, user, password)


_AUTH: Final = Record(
    _auth,
    {
        "scheme": optional(Choice(AuthScheme), AuthScheme.BASIC),
        "user": optional(Text()),
        "password": optional(Text()),
        "token": optional(Text()),
    },
)


def http(
    method: str, headers: Mapping[str, str], body: str | None, checks: tuple[Check, ...], **rest: Any
) -> HttpEndpoint:
    """The request that the keys describe."""
    return HttpEndpoint(
        method=method,
        headers=tuple(headers.items()),
        body=(body or "").encode(),
        checks=checks,
        **own(rest),
    )


HTTP_KEYS: Final[dict[str, Key[Any]]] = {
    "url": required(Text()),
    "method": optional(Text(), "GET"),
    "headers": optional(MapOf(Text(), keys=r"[A-Za-z0-9-]+"), {}),
    "body": optional(Text()),
    "checks": optional(ListOf(CheckShape(HTTP_CHECKS)), ()),
    "follow_redirects": optional(Whole(0, REDIRECTS_MAX), 0),
    **TLS_KEYS,
    "allow_private": optional(Flag(), default=False),
    "auth": optional(_AUTH),
    "proxy": optional(Text(), ""),
    "max_body_bytes": optional(Whole(1, BODY_BYTES_LIMIT), BODY_BYTES_MAX),
}
