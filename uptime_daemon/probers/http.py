"""One request over HTTP/1.1, with or without TLS: a fresh connection, one try, an answer of bounded length.

Each phase is timed, the vendor's certificate is seen, and a redirect is looked at before it is followed.
"""

from __future__ import annotations

import base64
import logging
import re
import secrets as secrets_of_chance
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

import aiohttp
from multidict import CIMultiDict

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.probers import digest, redirects
from uptime_daemon.probers.bodies import ENCODINGS
from uptime_daemon.probers.endpoints.conditions import StatusIs
from uptime_daemon.probers.endpoints.places import parsed_url, shown_url
from uptime_daemon.probers.endpoints.web import Auth, AuthScheme
from uptime_daemon.probers.progress import Kept, tried
from uptime_daemon.probers.trouble import AttemptError
from uptime_daemon.probers.way import Way
from uptime_daemon.probers.wire import Head, Request, answered

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from yarl import URL

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.checks import Answer
    from uptime_daemon.probers.endpoints.web import HttpEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

_OWN_HEADERS: Final = {"User-Agent": "uptime-daemon", "Accept-Encoding": ENCODINGS}
_HARMLESS_HEADERS: Final = frozenset({"accept", "accept-language", "content-type", "host", "user-agent"})
"""Headers whose values are no secrets, so that an answer that speaks of them stays readable."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD: Final = frozenset({307, 308})  # RFC 9110, sections 15.4.8 and 15.4.9
_ACCESS_REFUSED: Final = frozenset({401, 403, 407, 429, 511})
"""Statuses that speak of us, not of the service: our password, our address, our rate, our own network's log-in (which
answers in the service's stead, RFC 6585, section 6)."""
_BAD_REQUEST: Final = 400
_CERTIFICATE_WANTED: Final = re.compile(rb"The SSL certificate error|No required SSL certificate was sent")
"""What nginx says with 400 of a client certificate that it does not take, or does not get: under TLS 1.3 a handshake is
over before it can."""
_UNAUTHORIZED: Final = 401
_CHALLENGES: Final[Mapping[str, frozenset[str]]] = {
    "cf-mitigated": frozenset({"challenge"}),
    "x-amzn-waf-action": frozenset({"challenge", "captcha"}),
}
"""Headers by which firewalls of content networks say that they asked for a proof of humanity instead of the service."""


logging.getLogger("aiohttp.internal").setLevel(logging.ERROR)  # the names of a vendor's odd cookies are no news of ours

PREPARED_MAX: Final = 20_000
"""Endpoints whose first request is kept ready: twice as many as one daemon is meant for, at some 2 kB each."""


async def attempt(endpoint: HttpEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at an HTTP or HTTPS endpoint that ends within the given elapsed microseconds."""
    ready = _prepared(endpoint)
    speak = partial(_exchange, ready, endpoint, equipment, None)
    return await tried(speak, endpoint.checks, within, equipment.clock, ready.kept)


def secrets(endpoint: HttpEndpoint) -> list[str]:
    """The parts of a request that may hold secrets."""
    url = parsed_url(endpoint.url)
    values = [value for name, value in endpoint.headers if name.lower() not in _HARMLESS_HEADERS]
    values.append(_told_at_once(endpoint))
    if endpoint.auth:
        values.append(endpoint.auth.secret)
    if endpoint.proxy:
        values.append(parsed_url(endpoint.proxy).password or "")
    # as it was written and as it is sent, for answers repeat either
    values += [url.query_string, url.raw_query_string, url.password or "", url.raw_password or ""]
    return [*values, endpoint.body.decode(errors="ignore")]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What is the same in every attempt at an endpoint."""

    first: Request
    encoded: bytes
    expected: frozenset[int]
    """The statuses that a check speaks of."""
    kept: Kept


def _made_ready(endpoint: HttpEndpoint) -> _Prepared:
    first = Request(parsed_url(endpoint.url), endpoint.method, _headers(endpoint), endpoint.body)
    expected = (code for check in endpoint.checks if isinstance(check, StatusIs) for code in check.codes)
    return _Prepared(first, first.encoded(), frozenset(expected), Kept.without(secrets(endpoint)))


_prepared = lru_cache(maxsize=PREPARED_MAX)(_made_ready)


async def exchange(
    endpoint: HttpEndpoint, equipment: Equipment, progress: Progress, cookies: aiohttp.CookieJar | None = None
) -> None:
    """Ask and read the answer into the progress; cookies go along with redirects, and to whoever shares the jar."""
    await _exchange(_made_ready(endpoint), endpoint, equipment, cookies, progress)


async def _exchange(
    ready: _Prepared,
    endpoint: HttpEndpoint,
    equipment: Equipment,
    cookies: aiohttp.CookieJar | None,
    progress: Progress,
) -> None:
    way = Way(endpoint, equipment, progress)
    try:
        await _ask(ready, endpoint, way, cookies, progress)
    finally:
        way.abort()


async def _ask(
    ready: _Prepared, endpoint: HttpEndpoint, way: Way, cookies: aiohttp.CookieJar | None, progress: Progress
) -> None:
    """Ask, follow as many redirects as the endpoint allows, and read the answer at their end."""
    answer = progress.answer
    request, encoded = ready.first, ready.encoded if cookies is None else ready.first.encoded(cookies)
    followed, is_known = 0, False
    home = request.url.origin()
    while True:
        head = await answered(encoded, request.method, await way.channel(request.url))
        answer.redirects = followed
        head.told(answer)
        if told := head.headers.getall("Set-Cookie", ()):
            cookies = jar() if cookies is None else cookies
            cookies.update_cookies_from_headers(told, request.url)
        if not is_known and request.url.origin() == home and (known := _answered(request, head, endpoint.auth)):
            request, is_known = known, True
            progress.course.append(f"{head.status}: asks who we are, which is answered by digest")
        else:
            location = head.headers.get("Location")
            if not endpoint.follow_redirects or head.status not in _REDIRECTS or not location:
                await read_answer(head, ready.expected, endpoint.max_body_bytes, answer)
                return
            if followed == endpoint.follow_redirects:
                raise AttemptError(Reason.REDIRECT, f"more than {followed} redirects")
            target = redirects.target(request.url, location)
            request = _redirected(request, head.status, target)
            if is_known:  # the answer to the challenge was for the address before, and stays at its server
                request.headers.pop("Authorization", None)
                is_known = False
            followed += 1
            progress.course.append(f"{head.status}: redirects to {shown_url(target)}")
        encoded = request.encoded(cookies)
        way.abort()
        progress.enter(Phase.NAME)


def _headers(endpoint: HttpEndpoint) -> CIMultiDict[str]:
    headers = CIMultiDict(endpoint.headers)
    for name, value in _OWN_HEADERS.items():
        headers.setdefault(name, value)
    told = _told_at_once(endpoint)
    if told:
        headers["Authorization"] = told
    return headers


def _told_at_once(endpoint: HttpEndpoint) -> str:
    """Who we are, where nobody has to ask first; empty where the endpoint does not say so, or does in a header."""
    match endpoint.identity:
        case Auth(scheme=AuthScheme.BASIC, user=user, secret=secret):
            return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
        case Auth(scheme=AuthScheme.BEARER, secret=secret):
            return f"Bearer {secret}"
    return ""


def _answered(request: Request, head: Head, auth: Auth | None) -> Request | None:
    """The request with the answer to a digest challenge, None where there is none to be answered."""
    if auth is None or auth.scheme is not AuthScheme.DIGEST or head.status != _UNAUTHORIZED:
        return None
    asked = digest.challenge(head.headers.getall("WWW-Authenticate", []))
    if asked is None:
        return None
    headers = request.headers.copy()
    told = digest.answer(
        asked, auth.user, auth.secret, request.method, request.url.raw_path_qs, secrets_of_chance.token_hex(8)
    )
    headers["Authorization"] = told
    return replace(request, headers=headers)


def jar() -> aiohttp.CookieJar:
    """A jar of cookies, of bounded size, that takes those of servers which have an address and no name, too."""
    return aiohttp.CookieJar(unsafe=True)


async def read_answer(head: Head, expected: Collection[int], limit: int, answer: Answer) -> None:
    """Read the body, no more than a limit of bytes.

    An attempt that was not let in ends here: that says nothing about the service, unless such a status is expected.
    """
    challenge = next((name for name, values in _CHALLENGES.items() if head.headers.get(name) in values), None)
    if challenge or (head.status in _ACCESS_REFUSED and head.status not in expected):
        answer.body += head.body.came()
        detail = f"a firewall asks for a proof of humanity ({challenge})" if challenge else "our access was refused"
        raise AttemptError(Reason.ACCESS_REFUSED, f"{detail}: status {head.status}")
    await head.read(limit, answer)
    if head.status == _BAD_REQUEST and head.status not in expected and _CERTIFICATE_WANTED.search(answer.body):
        raise AttemptError(Reason.ACCESS_REFUSED, "our access was refused: the server wants another client certificate")


def _redirected(request: Request, status: int, url: URL) -> Request:
    """The request that a redirect asks for (RFC 9110, section 15.4)."""
    method, headers, body = request.method, request.headers, request.body
    if status not in _SAME_METHOD and method not in {"GET", "HEAD"}:
        method, body = "GET", b""
    if url.origin() != request.url.origin():
        if body:
            raise AttemptError(Reason.REDIRECT, f"redirects a body to {shown_url(url)}, which is not sent there")
        # What was meant for one server, above all a password, is not told to another.
        headers = CIMultiDict(_OWN_HEADERS)
    return Request(url, method, headers, body)
