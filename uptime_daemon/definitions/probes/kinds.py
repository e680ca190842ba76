"""The kinds of probes: for each the keys of its endpoint, and how they become one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.definitions.probes.checks import STREAM_CHECKS, CheckShape
from uptime_daemon.definitions.probes.common import PROBE_KEYS, TLS_KEYS, own
from uptime_daemon.definitions.probes.scenarios import Steps, scenario
from uptime_daemon.definitions.probes.web import HTTP_KEYS, http
from uptime_daemon.definitions.records import Key, ListOf, MapOf, Record, optional, required
from uptime_daemon.definitions.shapes import Choice, Flag, Text, Whole
from uptime_daemon.definitions.times import Length
from uptime_daemon.probers import foreign
from uptime_daemon.probers.endpoints import Endpoint
from uptime_daemon.probers.endpoints.conditions import DnsRcode, SecondsBelow
from uptime_daemon.probers.endpoints.machines import IcmpEndpoint, PushEndpoint
from uptime_daemon.probers.endpoints.nameservers import DnsEndpoint, DnsRecord, DnsTransport
from uptime_daemon.probers.endpoints.pki import CertificateStatus, OcspEndpoint, TspEndpoint
from uptime_daemon.probers.endpoints.places import PORT_MAX
from uptime_daemon.probers.endpoints.programs import ExecEndpoint
from uptime_daemon.probers.endpoints.streams import SmtpEndpoint, SmtpTls, TcpEndpoint, TlsEndpoint
from uptime_daemon.probers.endpoints.telephony import PORTS, SipEndpoint, SipRequest, SipTransport
from uptime_daemon.probers.endpoints.web import Auth, HttpEndpoint, WebsocketEndpoint

if TYPE_CHECKING:
    from collections.abc import Mapping


def _tcp(send: str | None, expect: str | None, **rest: Any) -> TcpEndpoint:
    return TcpEndpoint(send=(send or "").encode(), expect=(expect or "").encode(), **own(rest))


def _tls(server_name: str | None, **rest: Any) -> TlsEndpoint:
    return TlsEndpoint(server_name=server_name or "", **own(rest))


def _smtp(hello: str | None, expect: str | None, **rest: Any) -> SmtpEndpoint:
    return SmtpEndpoint(hello=hello or "", expect=expect or "", **own(rest))


def _websocket(headers: Mapping[str, str], send: str | None, expect: str | None, **rest: Any) -> WebsocketEndpoint:
    return WebsocketEndpoint(headers=tuple(headers.items()), send=send or "", expect=expect or "", **own(rest))


def _sip(port: int | None, transport: SipTransport, to_: str, **rest: Any) -> SipEndpoint:
    return SipEndpoint(port=port or PORTS[transport], transport=transport, to=to_, **own(rest))


def _icmp(**rest: Any) -> IcmpEndpoint:
    return IcmpEndpoint(**own(rest))


def _push(**rest: Any) -> PushEndpoint:
    return PushEndpoint(**own(rest))


_ASKED_KEYS: Final[dict[str, Key[Any]]] = {
    **{name: key for name, key in HTTP_KEYS.items() if name in {"url", "headers", "auth", "proxy", *TLS_KEYS}},
    "checks": optional(ListOf(CheckShape(("seconds_below",))), ()),
}
"""The keys of a kind whose questions are put over HTTP."""


def _request(url: str, headers: Mapping[str, str], auth: Auth | None, proxy: str, **rest: Any) -> HttpEndpoint:
    return HttpEndpoint(url, headers=tuple(headers.items()), auth=auth, proxy=proxy, **rest)


def _ocsp(
    certificate: str, issuer: str, status: CertificateStatus, checks: tuple[SecondsBelow, ...], **rest: Any
) -> OcspEndpoint:
    return OcspEndpoint(_request(**own(rest)), certificate, issuer, status, checks)


def _tsp(
    authorities: str, clock_within: int | None, policy: str, checks: tuple[SecondsBelow, ...], **rest: Any
) -> TspEndpoint:
    return TspEndpoint(_request(**own(rest)), authorities, clock_within, policy, checks)


def foreign_record(kind: str) -> Record[Endpoint]:
    """The keys of a kind that another package brings; `ValueError` if it cannot be loaded."""
    brought = foreign.kind(kind)
    if taken := sorted(brought.settings.keys() & PROBE_KEYS.keys()):
        raise ValueError(f"the kind {kind!r} has a setting {taken[0]!r}, a key of every probe; it needs another name")

    def made(**values: Any) -> Endpoint:
        return foreign.endpoint(kind, own(values))

    keys = {
        name: Key(_FOREIGN_SHAPES[setting.type], setting.required, setting.default)
        for name, setting in brought.settings.items()
    }
    return Record(made, {**keys, **PROBE_KEYS})


_FOREIGN_SHAPES: Final[Mapping[Any, Any]] = {
    str: Text(),
    int: Whole(0, 2**31 - 1),
    bool: Flag(),
    list[str]: ListOf(Text()),
}


def _exec(environment: Mapping[str, str], **rest: Any) -> ExecEndpoint:
    return ExecEndpoint(environment=tuple(environment.items()), **own(rest))


def _dns(expect: str | None, **rest: Any) -> DnsEndpoint:
    return DnsEndpoint(expect=expect or "", **own(rest))


ENDPOINTS: Final[Mapping[str, Record[Endpoint]]] = {
    "http": Record(http, {**HTTP_KEYS, **PROBE_KEYS}),
    "scenario": Record(
        scenario,
        {
            "steps": required(Steps()),
            "checks": optional(ListOf(CheckShape(("seconds_below",))), ()),
            **TLS_KEYS,
            "proxy": optional(Text(), ""),
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
            **TLS_KEYS,
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
            **TLS_KEYS,
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
            **TLS_KEYS,
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
            **TLS_KEYS,
            **PROBE_KEYS,
        },
    ),
    "icmp": Record(
        _icmp,
        {"host": required(Text()), "checks": optional(ListOf(CheckShape(("seconds_below",))), ()), **PROBE_KEYS},
    ),
    "push": Record(_push, {"token": required(Text()), "every": required(Length(DAY)), **PROBE_KEYS}),
    "ocsp": Record(
        _ocsp,
        {
            **_ASKED_KEYS,
            "certificate": required(Text()),
            "issuer": required(Text()),
            "status": optional(Choice(CertificateStatus), CertificateStatus.GOOD),
            **PROBE_KEYS,
        },
    ),
    "tsp": Record(
        _tsp,
        {
            **_ASKED_KEYS,
            "authorities": required(Text()),
            "clock_within": optional(Length(DAY)),
            "policy": optional(Text(), ""),
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
            **TLS_KEYS,
            **PROBE_KEYS,
        },
    ),
}
ENDPOINT_OF: Final = {"https": "http"}
"""The kinds whose keys are another kind's."""
KINDS: Final = (
    "http", "https", "scenario", "tcp", "tls", "smtp", "websocket", "sip", "dns", "icmp", "ocsp", "tsp", "exec", "push",
)  # fmt: skip
KEYS: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset(ENDPOINTS[ENDPOINT_OF.get(kind, kind)].keys) - frozenset(PROBE_KEYS) for kind in KINDS
}
"""The keys of each kind's endpoint."""
