"""One request over HTTP/1.1, with or without TLS: a fresh connection, one try, an answer of bounded length.

aiohttp speaks the protocol on connections that `connecting` made, so each phase is timed, the vendor's certificate is
seen, and a redirect is looked at before it is followed.
"""

from __future__ import annotations

import base64
import contextlib
import secrets as secrets_of_chance
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from multidict import CIMultiDict

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.probers import digest, proxy, redirects, trouble
from uptime_daemon.probers.bodies import ENCODINGS, read_body
from uptime_daemon.probers.connecting import connected, let_go, spoken
from uptime_daemon.probers.endpoints.conditions import StatusIs
from uptime_daemon.probers.endpoints.places import parsed_url, shown_url
from uptime_daemon.probers.endpoints.web import Auth, AuthScheme
from uptime_daemon.probers.progress import EXCERPT_BYTES_MAX, tried
from uptime_daemon.probers.resolver import literal
from uptime_daemon.probers.tls import ALPN_HTTP
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Mapping, Sequence

    from aiohttp.tracing import Trace
    from yarl import URL

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.checks import Answer
    from uptime_daemon.probers.endpoints.web import HttpEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.ports import Address
    from uptime_daemon.probers.progress import Progress

NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=None)
"""The attempt's own timeout bounds everything."""
_OWN_HEADERS: Final = {"User-Agent": "uptime-daemon", "Accept-Encoding": ENCODINGS}
_HARMLESS_HEADERS: Final = frozenset({"accept", "accept-language", "content-type", "host", "user-agent"})
"""Headers whose values are no secrets, so that an answer that speaks of them stays readable."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD: Final = frozenset({307, 308})  # RFC 9110, sections 15.4.8 and 15.4.9
_ACCESS_REFUSED: Final = frozenset({401, 403, 407, 429})
"""Statuses that speak of us, not of the service: our password, our address, our rate."""
_UNAUTHORIZED: Final = 401
_CHALLENGES: Final[Mapping[str, frozenset[str]]] = {
    "cf-mitigated": frozenset({"challenge"}),
    "x-amzn-waf-action": frozenset({"challenge", "captcha"}),
}
"""Headers by which firewalls of content networks say that they asked for a proof of humanity instead of the service."""


async def attempt(endpoint: HttpEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at an HTTP or HTTPS endpoint that ends within the given elapsed microseconds."""
    url = parsed_url(endpoint.url)
    speak = partial(exchange, url, endpoint, equipment)
    return await tried(speak, endpoint.checks, within, equipment.clock, secrets(endpoint))


def secrets(endpoint: HttpEndpoint) -> list[str]:
    """The parts of a request that may hold secrets."""
    url = parsed_url(endpoint.url)
    values = [value for name, value in endpoint.headers if name.lower() not in _HARMLESS_HEADERS]
    if endpoint.auth:
        values.append(endpoint.auth.secret)
    if endpoint.proxy:
        values.append(parsed_url(endpoint.proxy).password or "")
    return values + [text for text in (url.password, url.query_string, endpoint.body.decode(errors="ignore")) if text]


@dataclass(frozen=True, slots=True)
class _Request:
    """What is sent to one address; a redirect makes another one of it."""

    url: URL
    method: str
    headers: CIMultiDict[str]
    body: bytes


class _Handler(ResponseHandler):
    """aiohttp's side of a connection; it remembers what the connection was lost by, which aiohttp puts into words."""

    lost: OSError | None = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is gone."""
        if isinstance(exc, OSError):
            self.lost = exc
        super().connection_lost(exc)


class Connections(aiohttp.BaseConnector):
    """The connections of one attempt: a fresh one for each request, and never a second for the same."""

    def __init__(self, endpoint: HttpEndpoint, equipment: Equipment, progress: Progress) -> None:
        super().__init__(force_close=True, limit=0)
        self._endpoint, self._equipment, self._progress = endpoint, equipment, progress
        self._proxy = parsed_url(endpoint.proxy) if endpoint.proxy else None
        self._near: frozenset[redirects.Reach] | None = None
        self._transport: asyncio.Transport | None = None
        self._handler: _Handler | None = None

    @property
    def lost(self) -> OSError | None:
        """What the connection was lost by, if not by an orderly end."""
        return None if self._handler is None else self._handler.lost

    def abort(self) -> None:
        """Let go of the connection without waiting for the other side."""
        if self._transport is not None:
            let_go(self._transport)
            self._transport = None

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],  # noqa: ARG002 - the signature is aiohttp's
        timeout: aiohttp.ClientTimeout,  # noqa: ARG002, ASYNC109 - the signature is aiohttp's
    ) -> ResponseHandler:
        if self._transport is not None:
            # aiohttp repeats a request whose connection was lost; one attempt is one try.
            raise of_loss(self.lost)
        progress, host = self._progress, req.url.raw_host or ""
        context = self._equipment.context(self._endpoint, ALPN_HTTP) if req.url.scheme == "https" else None
        try:
            connection = await (self._through_proxy(req.url) if self._proxy else self._straight(req.url))
            handler = partial(_Handler, self._loop)
            self._transport, self._handler = await spoken(handler, connection, progress, context, host)
        except OSError as error:
            # aiohttp would put its own exception around it, and a resolver of ours that broke would look like the
            # vendor's lost connection
            raise trouble.of_exception(error, progress.phase) from error
        return self._handler

    async def _straight(self, url: URL) -> socket.socket:
        addresses = await self._equipment.resolver.addresses(url.raw_host or "", url.port or 0)
        self._refuse_inward(url, addresses)
        return await connected(addresses, self._progress)

    async def _through_proxy(self, url: URL) -> socket.socket:
        """A connection through the proxy, which alone knows the names behind it."""
        assert self._proxy  # noqa: S101 - the caller looked
        with contextlib.suppress(ValueError):
            self._refuse_inward(url, [literal(url.raw_host or "", url.port or 0)])
        return await proxy.tunnelled(self._proxy, url.raw_host or "", url.port or 0, self._equipment, self._progress)

    def _refuse_inward(self, url: URL, addresses: Sequence[Address]) -> None:
        if self._near is None:
            self._near = frozenset(redirects.reach(address.host) for address in addresses)
        elif not self._endpoint.allow_private:
            redirects.refuse_inward(url, addresses, self._near)


async def exchange(
    url: URL,
    endpoint: HttpEndpoint,
    equipment: Equipment,
    progress: Progress,
    cookies: aiohttp.CookieJar | None = None,
) -> None:
    """Ask and read the answer into the progress; cookies go along with redirects, and to whoever shares the jar."""
    connections = Connections(endpoint, equipment, progress)
    session = aiohttp.ClientSession(
        connector=connections, auto_decompress=False, timeout=NO_TIMEOUT, cookie_jar=cookies
    )
    try:
        await _ask(url, endpoint, session, connections, progress)
    except aiohttp.ClientError as error:
        raise of_aiohttp(error, connections.lost) from error
    finally:
        connections.abort()
        await session.close()


async def _ask(
    url: URL, endpoint: HttpEndpoint, session: aiohttp.ClientSession, connections: Connections, progress: Progress
) -> None:
    """Ask, follow as many redirects as the endpoint allows, and read the answer at their end."""
    request = _Request(url, endpoint.method, _headers(endpoint), endpoint.body)
    followed, answered = 0, False
    while True:
        response = await session.request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body or None,
            allow_redirects=False,
        )
        with contextlib.closing(response):
            progress.answer.status, progress.answer.headers = response.status, response.headers
            progress.answer.version = "" if response.version is None else "{}.{}".format(*response.version)
            progress.answer.redirects = followed
            if not answered and (known := _answered(request, response, endpoint.auth)):
                request, answered = known, True
                connections.abort()
                progress.enter(Phase.NAME)
                continue
            location = response.headers.get("Location")
            if not endpoint.follow_redirects or response.status not in _REDIRECTS or not location:
                await read_answer(response, endpoint, progress.answer)
                return
            if followed == endpoint.follow_redirects:
                raise AttemptError(Reason.REDIRECT, f"more than {followed} redirects")
            request = _redirected(request, response.status, redirects.target(request.url, location))
        followed += 1
        connections.abort()
        progress.enter(Phase.NAME)


def _headers(endpoint: HttpEndpoint) -> CIMultiDict[str]:
    headers = CIMultiDict(endpoint.headers)
    for name, value in _OWN_HEADERS.items():
        headers.setdefault(name, value)
    match endpoint.auth:
        case Auth(scheme=AuthScheme.BASIC, user=user, secret=secret):
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
        case Auth(scheme=AuthScheme.BEARER, secret=secret):
            headers["Authorization"] = f"Bearer {secret}"
    return headers


def _answered(request: _Request, response: aiohttp.ClientResponse, auth: Auth | None) -> _Request | None:
    """The request with the answer to a digest challenge, None where there is none to be answered."""
    if auth is None or auth.scheme is not AuthScheme.DIGEST or response.status != _UNAUTHORIZED:
        return None
    asked = digest.challenge(response.headers.getall("WWW-Authenticate", []))
    if asked is None:
        return None
    headers = request.headers.copy()
    told = digest.answer(
        asked, auth.user, auth.secret, request.method, request.url.raw_path_qs, secrets_of_chance.token_hex(8)
    )
    headers["Authorization"] = told
    return replace(request, headers=headers)


async def read_answer(response: aiohttp.ClientResponse, endpoint: HttpEndpoint, answer: Answer) -> None:
    """Read the body, unless access was refused or it is announced to be too long."""
    answer.charset = response.charset or answer.charset
    _refuse_refusal(response, endpoint, answer)
    length, limit = response.content_length or 0, endpoint.max_body_bytes
    if length > limit and response.method != "HEAD":
        raise AttemptError(Reason.ANSWER_TOO_LARGE, f"announces {length} bytes, more than {limit}")
    await read_body(response.content.iter_any(), response.headers.get("Content-Encoding", ""), answer.body, limit)


def _redirected(request: _Request, status: int, url: URL) -> _Request:
    """The request that a redirect asks for (RFC 9110, section 15.4)."""
    method, headers, body = request.method, request.headers, request.body
    if status not in _SAME_METHOD and method not in {"GET", "HEAD"}:
        method, body = "GET", b""
    if url.origin() != request.url.origin():
        if body:
            raise AttemptError(Reason.REDIRECT, f"redirects a body to {shown_url(url)}, which is not sent there")
        # What was meant for one server, above all a password, is not told to another.
        headers = CIMultiDict(_OWN_HEADERS)
    return _Request(url, method, headers, body)


def _refuse_refusal(response: aiohttp.ClientResponse, endpoint: HttpEndpoint, answer: Answer) -> None:
    """End an attempt that was not let in: that says nothing about the service. A check may expect such a status."""
    expected = {code for check in endpoint.checks if isinstance(check, StatusIs) for code in check.codes}
    challenge = next((name for name, values in _CHALLENGES.items() if response.headers.get(name) in values), None)
    if challenge or (response.status in _ACCESS_REFUSED and response.status not in expected):
        if response.content.exception() is None:
            answer.body += response.content.read_nowait(EXCERPT_BYTES_MAX)
        detail = f"a firewall asks for a proof of humanity ({challenge})" if challenge else "our access was refused"
        raise AttemptError(Reason.ACCESS_REFUSED, f"{detail}: status {response.status}")


def of_loss(lost: OSError | None) -> AttemptError:
    """What it means that a connection was lost before there was an answer."""
    if lost is not None:
        return trouble.of_exception(lost, Phase.ANSWER)
    return AttemptError(Reason.CONNECTION_RESET, "the connection was closed before any answer")


def of_aiohttp(error: aiohttp.ClientError, lost: OSError | None) -> AttemptError:
    """What an exception of aiohttp means, once there was a connection, and what that was lost by."""
    match error:
        case aiohttp.ServerDisconnectedError() | OSError():
            return of_loss(lost)
        case aiohttp.ClientPayloadError():
            return trouble.of_exception(lost, Phase.ANSWER) if lost else AttemptError(Reason.ANSWER_INVALID, str(error))
        case aiohttp.ClientResponseError():
            # not the exception's own text, which names the whole address
            return AttemptError(Reason.ANSWER_INVALID, f"no HTTP: {error.message}")
        case _:
            raise error
