"""The kinds of probes: for each the keys of its endpoint, and how they become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    Choice,
    Flag,
    Key,
    ListOf,
    MapOf,
    Record,
    Text,
    Whole,
    optional,
    required,
)
from uptime_daemon.probers.endpoints import Endpoint
from uptime_daemon.probers.endpoints.conditions import (
    Check,
    DnsRcode,
)
from uptime_daemon.probers.endpoints.nameservers import DnsEndpoint, DnsRecord, DnsTransport
from uptime_daemon.probers.endpoints.programs import ExecEndpoint
from uptime_daemon.probers.endpoints.streams import SmtpEndpoint, SmtpTls, TcpEndpoint, TlsEndpoint
from uptime_daemon.probers.endpoints.telephony import PORTS, SipEndpoint, SipRequest, SipTransport
from uptime_daemon.probers.endpoints.web import (
    BODY_BYTES_MAX,
    REDIRECTS_MAX,
    Auth,
    AuthScheme,
    HttpEndpoint,
    WebsocketEndpoint,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

from uptime_daemon.definitions.probes.cadence import CADENCE_KEYS
from uptime_daemon.definitions.probes.checks import HTTP_CHECKS, STREAM_CHECKS, CheckShape
from uptime_daemon.probers.endpoints.places import PORT_MAX

BODY_BYTES_LIMIT: Final = 64 * BODY_BYTES_MAX


_TLS_KEYS: Final[dict[str, Key[Any]]] = {
    "ca_file": optional(Text()),
    "client_certificate": optional(Text()),
    "client_key": optional(Text()),
}


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


def _http(
    method: str, headers: Mapping[str, str], body: str | None, checks: tuple[Check, ...], **rest: Any
) -> HttpEndpoint:
    return HttpEndpoint(
        method=method,
        headers=tuple(headers.items()),
        body=(body or "").encode(),
        checks=checks,
        **_own(rest),
    )


def _tcp(send: str | None, expect: str | None, **rest: Any) -> TcpEndpoint:
    return TcpEndpoint(send=(send or "").encode(), expect=(expect or "").encode(), **_own(rest))


def _tls(server_name: str | None, **rest: Any) -> TlsEndpoint:
    return TlsEndpoint(server_name=server_name or "", **_own(rest))


def _smtp(hello: str | None, expect: str | None, **rest: Any) -> SmtpEndpoint:
    return SmtpEndpoint(hello=hello or "", expect=expect or "", **_own(rest))


def _websocket(headers: Mapping[str, str], send: str | None, expect: str | None, **rest: Any) -> WebsocketEndpoint:
    return WebsocketEndpoint(headers=tuple(headers.items()), send=send or "", expect=expect or "", **_own(rest))


def _sip(port: int | None, transport: SipTransport, to_: str, **rest: Any) -> SipEndpoint:
    return SipEndpoint(port=port or PORTS[transport], transport=transport, to=to_, **_own(rest))


def _exec(environment: Mapping[str, str], **rest: Any) -> ExecEndpoint:
    return ExecEndpoint(environment=tuple(environment.items()), **_own(rest))


def _dns(expect: str | None, **rest: Any) -> DnsEndpoint:
    return DnsEndpoint(expect=expect or "", **_own(rest))


def _own(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an endpoint without those that every probe has."""
    return {name: value for name, value in keys.items() if name not in PROBE_KEYS}


PROBE_KEYS: Final[dict[str, Key[Any]]] = {
    "id": required(IDENTIFIER),
    "kind": required(Text()),
    **CADENCE_KEYS,
}
ENDPOINTS: Final[Mapping[str, Record[Endpoint]]] = {
    "http": Record(
        _http,
        {
            "url": required(Text()),
            "method": optional(Text(), "GET"),
            "headers": optional(MapOf(Text(), keys=r"[A-Za-z0-9-]+"), {}),
            "body": optional(Text()),
            "checks": optional(ListOf(CheckShape(HTTP_CHECKS)), ()),
            "follow_redirects": optional(Whole(0, REDIRECTS_MAX), 0),
            **_TLS_KEYS,
            "allow_private": optional(Flag(), default=False),
            "auth": optional(_AUTH),
            "proxy": optional(Text(), ""),
            "max_body_bytes": optional(Whole(1, BODY_BYTES_LIMIT), BODY_BYTES_MAX),
            **PROBE_KEYS,
        },
    ),
    "tcp": Record(
        _tcp,
        {
            "host": required(Text()),
            "port": required(Whole(1, PORT_MAX)),
            "send": optional(Text()),
            "expect": optional(Text()),
            "tls": optional(Flag(), default=False),
            "checks": optional(ListOf(CheckShape(STREAM_CHECKS)), ()),
            **_TLS_KEYS,
            **PROBE_KEYS,
        },
    ),
    "smtp": Record(
        _smtp,
        {
            "host": required(Text()),
            "port": required(Whole(1, PORT_MAX)),
            "tls": optional(Choice(SmtpTls), SmtpTls.NONE),
            "hello": optional(Text()),
            "expect": optional(Text()),
            "checks": optional(ListOf(CheckShape((*STREAM_CHECKS, "status"))), ()),
            **_TLS_KEYS,
            **PROBE_KEYS,
        },
    ),
    "websocket": Record(
        _websocket,
        {
            "url": required(Text()),
            "headers": optional(MapOf(Text(), keys=r"[A-Za-z0-9-]+"), {}),
            "protocols": optional(ListOf(Text()), ()),
            "send": optional(Text()),
            "expect": optional(Text()),
            "checks": optional(ListOf(CheckShape(STREAM_CHECKS)), ()),
            **_TLS_KEYS,
            **PROBE_KEYS,
        },
    ),
    "exec": Record(
        _exec,
        {
            "command": required(ListOf(Text(), at_least=1)),
            "environment": optional(MapOf(Text(), keys=r"[A-Za-z_][A-Za-z0-9_]*"), {}),
            "warning": optional(Choice(Means), Means.SLOW),
            "checks": optional(ListOf(CheckShape(("seconds_below", "perfdata_seconds"))), ()),
            **PROBE_KEYS,
        },
    ),
    "dns": Record(
        _dns,
        {
            "server": required(Text()),
            "port": optional(Whole(1, PORT_MAX), 53),
            "name": required(Text()),
            "record": optional(Choice(DnsRecord), DnsRecord.A),
            "transport": optional(Choice(DnsTransport), DnsTransport.UDP),
            "recursive": optional(Flag(), default=False),
            "rcode": optional(Choice(DnsRcode), DnsRcode.NOERROR),
            "expect": optional(Text()),
            "checks": optional(ListOf(CheckShape(("seconds_below",))), ()),
            **PROBE_KEYS,
        },
    ),
    "sip": Record(
        _sip,
        {
            "host": required(Text()),
            "port": optional(Whole(1, PORT_MAX)),
            "transport": optional(Choice(SipTransport), SipTransport.UDP),
            "request": optional(Choice(SipRequest), SipRequest.OPTIONS),
            "domain": optional(Text(), ""),
            "user": optional(Text(), ""),
            "password": optional(Text(), ""),
            "to": optional(Text(), ""),
            "path": optional(Text(), "/"),
            "checks": optional(ListOf(CheckShape((*STREAM_CHECKS, "status", "header"))), ()),
            **_TLS_KEYS,
            **PROBE_KEYS,
        },
    ),
    "tls": Record(
        _tls,
        {
            "host": required(Text()),
            "port": required(Whole(1, PORT_MAX)),
            "server_name": optional(Text()),
            "checks": optional(ListOf(CheckShape((*STREAM_CHECKS, "certificate_subject"))), ()),
            **_TLS_KEYS,
            **PROBE_KEYS,
        },
    ),
}
ENDPOINT_OF: Final = {"https": "http"}
"""The kinds whose keys are another kind's."""
KINDS: Final = ("http", "https", "tcp", "tls", "smtp", "websocket", "exec", "dns", "sip")
KEYS: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset(ENDPOINTS[ENDPOINT_OF.get(kind, kind)].keys) - frozenset(PROBE_KEYS) for kind in KINDS
}
"""The keys of each kind's endpoint."""
