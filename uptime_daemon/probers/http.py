"""One request over HTTP/1.1, with or without TLS: a fresh connection, one try, an answer of bounded length.

aiohttp speaks the protocol on connections that `connecting` made, so each phase is timed, the vendor's certificate is
seen, and a redirect is looked at before it is followed.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.http_exceptions import LineTooLong
from multidict import CIMultiDict

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.probers import redirects, trouble
from uptime_daemon.probers.bodies import ENCODINGS, read_body
from uptime_daemon.probers.connecting import connected, spoken
from uptime_daemon.probers.endpoints import StatusIs, parsed_url, shown_url
from uptime_daemon.probers.progress import EXCERPT_BYTES_MAX, tried
from uptime_daemon.probers.tls import ALPN_HTTP
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from aiohttp.client_proto import ResponseHandler
    from aiohttp.tracing import Trace
    from yarl import URL

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.checks import Answer
    from uptime_daemon.probers.endpoints import HttpEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=None)
"""The attempt's own timeout bounds everything."""
_OWN_HEADERS: Final = {"User-Agent": "uptime-daemon", "Accept-Encoding": ENCODINGS}
_HARMLESS_HEADERS: Final = frozenset({"accept", "accept-language", "content-type", "host", "user-agent"})
"""Headers whose values are no secrets, so that an answer that speaks of them stays readable."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAME_METHOD: Final = frozenset({307, 308})  # RFC 9110, sections 15.4.8 and 15.4.9
_ACCESS_REFUSED: Final = frozenset({401, 403, 407, 429})
"""Statuses that speak of us, not of the service: our password, our address, our rate."""
_CHALLENGES: Final[Mapping[str, frozenset[str]]] = {
    "cf-mitigated": frozenset({"challenge"}),
    "x-amzn-waf-action": frozenset({"challenge", "captcha"}),
}
"""Headers by which firewalls of content networks say that they asked for a proof of humanity instead of the service."""


async def attempt(endpoint: HttpEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at an HTTP or HTTPS endpoint that ends within the given elapsed microseconds."""
    url = parsed_url(endpoint.url)
    secrets = [value for name, value in endpoint.headers if name.lower() not in _HARMLESS_HEADERS]
    secrets += [text for text in (url.password, url.query_string, endpoint.body.decode(errors="ignore")) if text]
    speak = partial(_exchange, url, endpoint, equipment)
    return await tried(speak, endpoint.checks, within, equipment.clock, secrets)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is sent to one address; a redirect makes another one of it."""

    url: URL
    method: str
    headers: CIMultiDict[str]
    body: bytes


class _Connections(aiohttp.BaseConnector):
    """The connections of one attempt: a fresh one for each request, and never a second for the same."""

    def __init__(self, endpoint: HttpEndpoint, equipment: Equipment, progress: Progress) -> None:
        super().__init__(force_close=True, limit=0)
        self._endpoint, self._equipment, self._progress = endpoint, equipment, progress
        self._near: frozenset[redirects.Reach] | None = None
        self._transport: asyncio.Transport | None = None

    def abort(self) -> None:
        """Let go of the connection without waiting for the other side."""
        if self._transport:
            self._transport.abort()
            self._transport = None

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],  # noqa: ARG002 - the signature is aiohttp's
        timeout: aiohttp.ClientTimeout,  # noqa: ARG002, ASYNC109 - the signature is aiohttp's
    ) -> ResponseHandler:
        if self._transport:
            # aiohttp repeats a request whose connection was lost; one attempt is one try.
            raise AttemptError(Reason.CONNECTION_RESET, "the connection was lost before any answer")
        progress, host, port = self._progress, req.url.raw_host or "", req.url.port or 0
        addresses = await self._equipment.resolver.addresses(host, port)
        if self._near is None:
            self._near = frozenset(redirects.reach(address.host) for address in addresses)
        elif not self._endpoint.allow_private:
            redirects.refuse_inward(req.url, addresses, self._near)
        context = None
        if req.url.scheme == "https":
            context = self._equipment.tls.context(self._endpoint.ca_file, ALPN_HTTP)
        connection = await connected(addresses, progress)
        self._transport, protocol = await spoken(self._factory, connection, progress, context, host)
        return protocol


async def _exchange(url: URL, endpoint: HttpEndpoint, equipment: Equipment, progress: Progress) -> None:
    """Ask and read the answer into the progress."""
    connections = _Connections(endpoint, equipment, progress)
    session = aiohttp.ClientSession(connector=connections, auto_decompress=False, timeout=_NO_TIMEOUT)
    try:
        response = await _last_response(url, endpoint, session, connections, progress)
        answer = progress.answer
        answer.charset = response.charset or answer.charset
        _refuse_refusal(response, endpoint, answer)
        if (response.content_length or 0) > endpoint.max_body_bytes and response.method != "HEAD":
            raise AttemptError(
                Reason.ANSWER_TOO_LARGE,
                f"announces {response.content_length} bytes, more than {endpoint.max_body_bytes}",
            )
        encoding = response.headers.get("Content-Encoding", "")
        await read_body(response.content.iter_any(), encoding, answer.body, endpoint.max_body_bytes)
    except aiohttp.ClientError as error:
        raise _of_aiohttp(error) from error
    finally:
        connections.abort()
        await session.close()


async def _last_response(
    url: URL, endpoint: HttpEndpoint, session: aiohttp.ClientSession, connections: _Connections, progress: Progress
) -> aiohttp.ClientResponse:
    """The response at the end of the redirects that the endpoint follows."""
    headers = CIMultiDict(endpoint.headers)
    for name, value in _OWN_HEADERS.items():
        headers.setdefault(name, value)
    request = _Request(url, endpoint.method, headers, endpoint.body)
    followed = 0
    while True:
        response = await session.request(
            request.method, request.url, headers=request.headers, data=request.body or None, allow_redirects=False
        )
        progress.answer.status, progress.answer.headers = response.status, response.headers
        location = response.headers.get("Location")
        if not endpoint.follow_redirects or response.status not in _REDIRECTS or not location:
            return response
        if followed == endpoint.follow_redirects:
            raise AttemptError(Reason.REDIRECT, f"more than {followed} redirects")
        request = _redirected(request, response.status, redirects.target(request.url, location))
        followed += 1
        response.close()
        connections.abort()
        progress.enter(Phase.NAME)


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


def _of_aiohttp(error: aiohttp.ClientError) -> AttemptError:
    """What an exception of aiohttp means, once there was a connection."""
    cause = error.__cause__
    match error:
        case aiohttp.ServerDisconnectedError():
            return AttemptError(Reason.CONNECTION_RESET, "the connection was closed before any answer")
        case OSError():
            return trouble.of_exception(cause if isinstance(cause, ssl.SSLError) else error, Phase.ANSWER)
        case aiohttp.ClientPayloadError() if isinstance(cause, OSError):
            return trouble.of_exception(cause, Phase.ANSWER)
        case aiohttp.ClientResponseError() if isinstance(cause, LineTooLong):
            return AttemptError(Reason.ANSWER_TOO_LARGE, "a header is longer than 8190 bytes")
        case _:
            return AttemptError(Reason.ANSWER_INVALID, f"no HTTP: {str(error).splitlines()[0]}")
