"""`probes/*.yaml` -> functional groups, their probes and the endpoints they are tried at.

One file is one vendor: `vendor`, `defaults` for the cadence, `groups` with their operator and their probes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.core.facts.probe import Cadence, Confirmation, Group, Probe
from uptime_daemon.core.terms.need import Need, NeedKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND
from uptime_daemon.definitions.agreements import NeedShape
from uptime_daemon.definitions.documents import FloatText, Node
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    AsNode,
    Choice,
    Flag,
    Key,
    Length,
    ListOf,
    MapOf,
    Record,
    Text,
    Whole,
    named,
    optional,
    refuse,
    required,
)
from uptime_daemon.probers.endpoints import (
    BODY_BYTES_MAX,
    REDIRECTS_MAX,
    BodyContains,
    BodyMatches,
    CertificateDaysAbove,
    CertificateSubjectMatches,
    Check,
    DnsEndpoint,
    DnsRcode,
    DnsRecord,
    DnsTransport,
    Endpoint,
    ExecEndpoint,
    HeaderEquals,
    HeaderMatches,
    HttpEndpoint,
    JsonEquals,
    JsonValue,
    PerfdataSecondsBelow,
    SecondsBelow,
    SmtpEndpoint,
    SmtpTls,
    StatusIs,
    TcpEndpoint,
    TlsEndpoint,
    WebsocketEndpoint,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERVAL_MAX: Final = DAY
TIMEOUT_MAX: Final = 5 * MINUTE
CONFIRM_MAX: Final = 100
CERTIFICATE_DAYS_MAX: Final = 3650
BODY_BYTES_LIMIT: Final = 64 * BODY_BYTES_MAX
SECONDS_MAX: Final = HOUR
_PORT_MAX: Final = 65_535
_STATUS_MIN, _STATUS_MAX = 100, 599


@dataclass(frozen=True, slots=True)
class ProbeDefinition:
    """A probe with what it is tried at."""

    probe: Probe
    endpoint: Endpoint
    kind: str
    """One of `KINDS`."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """One file: a vendor's functional groups and their probes."""

    id: str
    groups: tuple[Group, ...]
    probes: tuple[ProbeDefinition, ...]


@dataclass(frozen=True, slots=True)
class _Codes:
    def read(self, node: Node, path: str, problems: Problems) -> tuple[int, ...]:
        whole = Whole(_STATUS_MIN, _STATUS_MAX)
        if isinstance(node.value, list):
            return ListOf(whole, at_least=1).read(node, path, problems)
        return (whole.read(node, path, problems),)


@dataclass(frozen=True, slots=True)
class _Pattern:
    def read(self, node: Node, path: str, problems: Problems) -> re.Pattern[str]:
        text = Text("regular expression").read(node, path, problems)
        try:
            return re.compile(text)
        except re.error as error:
            raise refuse(node, path, problems, f"is no regular expression: {error}; mend it") from error


@dataclass(frozen=True, slots=True)
class _Seconds:
    """A number of seconds, whole or with a point, or a duration such as 500ms."""

    def read(self, node: Node, path: str, problems: Problems) -> int:
        match node.value:
            case int() as number if not isinstance(number, bool) and 0 < number * SECOND <= SECONDS_MAX:
                return number * SECOND
            case FloatText(text) if 0 < Decimal(text) * SECOND <= SECONDS_MAX:
                return int(Decimal(text) * SECOND)
            case str():
                return Length(SECONDS_MAX).read(node, path, problems)
        raise refuse(node, path, problems, f"{named(node)} is no number of seconds; write one such as 5 or 500ms")


@dataclass(frozen=True, slots=True)
class _JsonScalar:
    def read(self, node: Node, path: str, problems: Problems) -> JsonValue:
        match node.value:
            case FloatText(text):
                return Decimal(text)
            case None | bool() | int() | str() as value:
                return value
        raise refuse(node, path, problems, f"{named(node)} is no JSON value; write a text, a number, true or null")


def _header(
    header: str, equals: str | None, matches: re.Pattern[str] | None, means: Means
) -> HeaderEquals | HeaderMatches:
    if (equals is None) is (matches is None):
        raise ValueError("a header check has one of equals and matches; write one of them")
    if matches is not None:
        return HeaderMatches(header, matches, means)
    return HeaderEquals(header, equals or "", means)


def _json(json_: str, means: Means, equals: JsonValue) -> JsonEquals:
    return JsonEquals(json_, equals, means)


_MEANS: Final[dict[str, Key[Any]]] = {"means": optional(Choice(Means), Means.DOWN)}
_CHECKS: Final[Mapping[str, Record[Check]]] = {
    "status": Record(lambda status, means: StatusIs(status, means), {"status": required(_Codes()), **_MEANS}),
    "header": Record(
        _header,
        {"header": required(Text()), "equals": optional(Text()), "matches": optional(_Pattern()), **_MEANS},
    ),
    "body_contains": Record(
        lambda body_contains, means: BodyContains(body_contains, means), {"body_contains": required(Text()), **_MEANS}
    ),
    "body_matches": Record(
        lambda body_matches, means: BodyMatches(body_matches, means), {"body_matches": required(_Pattern()), **_MEANS}
    ),
    "json": Record(_json, {"json": required(Text()), "equals": required(_JsonScalar()), **_MEANS}),
    "seconds_below": Record(
        lambda seconds_below, means: SecondsBelow(seconds_below, means),
        {"seconds_below": required(_Seconds()), **_MEANS},
    ),
    "certificate_days_above": Record(
        lambda certificate_days_above, means: CertificateDaysAbove(certificate_days_above, means),
        {"certificate_days_above": required(Whole(0, CERTIFICATE_DAYS_MAX)), **_MEANS},
    ),
    "certificate_subject": Record(
        lambda certificate_subject, means: CertificateSubjectMatches(certificate_subject, means),
        {"certificate_subject": required(_Pattern()), **_MEANS},
    ),
    "perfdata_seconds": Record(
        lambda perfdata_seconds, below, means: PerfdataSecondsBelow(perfdata_seconds, below, means),
        {"perfdata_seconds": required(Text()), "below": required(_Seconds()), **_MEANS},
    ),
}
_HTTP_CHECKS: Final = tuple(kind for kind in _CHECKS if kind not in {"certificate_subject", "perfdata_seconds"})
_STREAM_CHECKS: Final = ("seconds_below", "certificate_days_above")


@dataclass(frozen=True, slots=True)
class _CheckShape:
    """One condition, told apart by the key that names it."""

    kinds: tuple[str, ...]

    def read(self, node: Node, path: str, problems: Problems) -> Check:
        if isinstance(node.value, dict):
            found = [kind for kind in self.kinds if kind in node.value]
            if len(found) == 1:
                return _CHECKS[found[0]].read(node, path, problems)
        raise refuse(node, path, problems, f"is no check; write one of: {', '.join(self.kinds)}")


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


def _exec(environment: Mapping[str, str], **rest: Any) -> ExecEndpoint:
    return ExecEndpoint(environment=tuple(environment.items()), **_own(rest))


def _dns(expect: str | None, **rest: Any) -> DnsEndpoint:
    return DnsEndpoint(expect=expect or "", **_own(rest))


def _own(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an endpoint without those that every probe has."""
    return {name: value for name, value in keys.items() if name not in _PROBE_KEYS}


_CADENCE_KEYS: Final[dict[str, Key[Any]]] = {
    "interval": optional(Length(INTERVAL_MAX)),
    "repeat": optional(Length(INTERVAL_MAX)),
    "timeout": optional(Length(TIMEOUT_MAX)),
    "confirm": optional(
        Record(
            Confirmation,
            {"fails": optional(Whole(1, CONFIRM_MAX), 3), "passes": optional(Whole(1, CONFIRM_MAX), 1)},
        )
    ),
}
_PROBE_KEYS: Final[dict[str, Key[Any]]] = {
    "id": required(IDENTIFIER),
    "kind": required(Text()),
    **_CADENCE_KEYS,
}
_ENDPOINTS: Final[Mapping[str, Record[Endpoint]]] = {
    "http": Record(
        _http,
        {
            "url": required(Text()),
            "method": optional(Text(), "GET"),
            "headers": optional(MapOf(Text(), keys=r"[A-Za-z0-9-]+"), {}),
            "body": optional(Text()),
            "checks": optional(ListOf(_CheckShape(_HTTP_CHECKS)), ()),
            "follow_redirects": optional(Whole(0, REDIRECTS_MAX), 0),
            "ca_file": optional(Text()),
            "allow_private": optional(Flag(), default=False),
            "max_body_bytes": optional(Whole(1, BODY_BYTES_LIMIT), BODY_BYTES_MAX),
            **_PROBE_KEYS,
        },
    ),
    "tcp": Record(
        _tcp,
        {
            "host": required(Text()),
            "port": required(Whole(1, _PORT_MAX)),
            "send": optional(Text()),
            "expect": optional(Text()),
            "tls": optional(Flag(), default=False),
            "checks": optional(ListOf(_CheckShape(_STREAM_CHECKS)), ()),
            "ca_file": optional(Text()),
            **_PROBE_KEYS,
        },
    ),
    "smtp": Record(
        _smtp,
        {
            "host": required(Text()),
            "port": required(Whole(1, _PORT_MAX)),
            "tls": optional(Choice(SmtpTls), SmtpTls.NONE),
            "hello": optional(Text()),
            "expect": optional(Text()),
            "checks": optional(ListOf(_CheckShape((*_STREAM_CHECKS, "status"))), ()),
            "ca_file": optional(Text()),
            **_PROBE_KEYS,
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
            "checks": optional(ListOf(_CheckShape(_STREAM_CHECKS)), ()),
            "ca_file": optional(Text()),
            **_PROBE_KEYS,
        },
    ),
    "exec": Record(
        _exec,
        {
            "command": required(ListOf(Text(), at_least=1)),
            "environment": optional(MapOf(Text(), keys=r"[A-Za-z_][A-Za-z0-9_]*"), {}),
            "warning": optional(Choice(Means), Means.SLOW),
            "checks": optional(ListOf(_CheckShape(("seconds_below", "perfdata_seconds"))), ()),
            **_PROBE_KEYS,
        },
    ),
    "dns": Record(
        _dns,
        {
            "server": required(Text()),
            "port": optional(Whole(1, _PORT_MAX), 53),
            "name": required(Text()),
            "record": optional(Choice(DnsRecord), DnsRecord.A),
            "transport": optional(Choice(DnsTransport), DnsTransport.UDP),
            "recursive": optional(Flag(), default=False),
            "rcode": optional(Choice(DnsRcode), DnsRcode.NOERROR),
            "expect": optional(Text()),
            "checks": optional(ListOf(_CheckShape(("seconds_below",))), ()),
            **_PROBE_KEYS,
        },
    ),
    "tls": Record(
        _tls,
        {
            "host": required(Text()),
            "port": required(Whole(1, _PORT_MAX)),
            "server_name": optional(Text()),
            "checks": optional(ListOf(_CheckShape((*_STREAM_CHECKS, "certificate_subject"))), ()),
            "ca_file": optional(Text()),
            **_PROBE_KEYS,
        },
    ),
}
_ENDPOINT_OF: Final = {"https": "http"}
"""The kinds whose keys are another kind's."""
_GROUP_NAME: Final = r"[a-z0-9][a-z0-9_-]*"
KINDS: Final = ("http", "https", "tcp", "tls", "smtp", "websocket", "exec", "dns")
KEYS: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset(_ENDPOINTS[_ENDPOINT_OF.get(kind, kind)].keys) - frozenset(_PROBE_KEYS) for kind in KINDS
}
"""The keys of each kind's endpoint."""


@dataclass(frozen=True, slots=True)
class _CadenceParts:
    """What of a cadence a file says; the rest is inherited."""

    interval: int | None
    repeat: int | None
    timeout: int | None
    confirm: Confirmation | None

    def over(self, cadence: Cadence, confirmation: Confirmation) -> tuple[Cadence, Confirmation]:
        """The cadence with what is said here."""
        changes = {
            name: value
            for name, value in (("interval", self.interval), ("repeat", self.repeat), ("timeout", self.timeout))
            if value is not None
        }
        merged = replace(cadence, **changes)
        if self.interval is not None and self.repeat is None:
            merged = replace(merged, repeat=min(merged.repeat, merged.interval))
        if merged.repeat > merged.interval:
            raise ValueError("repeat is longer than interval; write a shorter one")
        return merged, self.confirm or confirmation


_CADENCE: Final = Record(_CadenceParts, _CADENCE_KEYS)


@dataclass(frozen=True, slots=True)
class _ProbeShape:
    """One probe; the keys of its endpoint depend on `kind`."""

    vendor: str
    group: str
    cadence: Cadence
    confirmation: Confirmation

    def read(self, node: Node, path: str, problems: Problems) -> ProbeDefinition:
        if not isinstance(node.value, dict):
            raise refuse(node, path, problems, f"{named(node)} is no mapping; write id, kind and the endpoint's keys")
        kind_node = node.value.get("kind")
        kind = None if kind_node is None else kind_node.value
        if kind not in KINDS:
            what = "is missing" if kind_node is None else f"{named(kind_node)} is no kind of probe"
            raise refuse(kind_node or node, f"{path}.kind", problems, f"{what}; write one of: {', '.join(KINDS)}")
        endpoint = _ENDPOINTS[_ENDPOINT_OF.get(kind, kind)].read(node, path, problems)
        if isinstance(endpoint, HttpEndpoint) and not endpoint.url.startswith(f"{kind}:"):
            message = f"kind {kind} asks for an address that starts with {kind}://; change one of them"
            raise refuse(node.value["url"], f"{path}.url", problems, message)
        own = {key: child for key, child in node.value.items() if key in _CADENCE_KEYS}
        parts = _CADENCE.read(replace(node, value=own), path, problems)
        try:
            cadence, confirmation = parts.over(self.cadence, self.confirmation)
        except ValueError as error:
            raise refuse(node, path, problems, str(error)) from error
        name = IDENTIFIER.read(node.value["id"], f"{path}.id", problems)
        probe = Probe(
            id=f"{self.vendor}/{name}",
            group=f"{self.vendor}/{self.group}",
            cadence=cadence,
            confirmation=confirmation,
        )
        return ProbeDefinition(probe, endpoint, str(kind))


@dataclass(frozen=True, slots=True)
class _GroupHead:
    title: str
    up: Need
    probes: Node


_GROUP: Final = Record(
    _GroupHead, {"title": required(Text()), "up": required(NeedShape()), "probes": required(AsNode())}
)


def read_vendor(node: Node, problems: Problems) -> Vendor:
    """One vendor's file. Raises `RefusedError` after collecting every mistake in it."""
    if not isinstance(node.value, dict):
        raise refuse(node, "", problems, f"{named(node)} is no mapping; write vendor and groups")
    keys = dict(node.value)
    outside = keys.pop("probes", None)
    if outside is not None:
        refuse(outside, "probes", problems, "a probe outside a group is judged by nobody; write it under groups")
    try:
        head = _VENDOR.read(replace(node, value=keys), "", problems)
    except RefusedError:
        # The groups are read all the same, so that one run names every mistake.
        if "groups" in keys:
            _read_groups("vendor", keys["groups"], Cadence(), Confirmation(), problems)
        raise
    groups, probes = _read_groups(head.vendor, head.groups, *head.defaults, problems)
    if outside is not None:
        raise RefusedError
    return Vendor(head.vendor, groups, probes)


@dataclass(frozen=True, slots=True)
class _VendorHead:
    vendor: str
    defaults: tuple[Cadence, Confirmation]
    groups: Node


def _defaults(**parts: Any) -> tuple[Cadence, Confirmation]:
    return _CadenceParts(**parts).over(Cadence(), Confirmation())


_VENDOR: Final = Record(
    _VendorHead,
    {
        "vendor": required(IDENTIFIER),
        "defaults": optional(Record(_defaults, _CADENCE_KEYS), (Cadence(), Confirmation())),
        "groups": required(AsNode()),
    },
)


def _read_groups(
    vendor: str, node: Node, cadence: Cadence, confirmation: Confirmation, problems: Problems
) -> tuple[tuple[Group, ...], tuple[ProbeDefinition, ...]]:
    before = len(problems.found)
    written = MapOf(AsNode(), keys=_GROUP_NAME, at_least=1).read(node, "groups", problems)
    groups: list[Group] = []
    probes: dict[str, ProbeDefinition] = {}
    for name, group in written.items():
        path = f"groups.{name}"
        try:
            head = _GROUP.read(group, path, problems)
            members = ListOf(_ProbeShape(vendor, name, cadence, confirmation), at_least=1).read(
                head.probes, f"{path}.probes", problems
            )
        except RefusedError:
            continue
        if head.up.kind is NeedKind.AT_LEAST and head.up.count > len(members):
            message = f"at_least {head.up.count} of {len(members)} probes can never be; write a smaller number"
            place = group.value["up"] if isinstance(group.value, dict) else group
            problems.add(place.problem(f"{path}.up", message))
        for index, member in enumerate(members):
            if member.probe.id in probes:
                message = f"another probe has the id {member.probe.id!r}; give each its own"
                place = head.probes.value[index] if isinstance(head.probes.value, list) else head.probes
                problems.add(place.problem(f"{path}.probes[{index}].id", message))
            probes[member.probe.id] = member
        groups.append(Group(f"{vendor}/{name}", head.title, head.up, tuple(each.probe.id for each in members)))
    if len(problems.found) > before:
        raise RefusedError
    return tuple(groups), tuple(probes.values())
