"""What one attempt is made at: the endpoint of each kind and the closed set of conditions on its answer, no sockets.

Every constructor refuses what could never be tried with a `ValueError` that says what to write instead.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

from yarl import URL

from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.core.time.instants import Duration

BODY_BYTES_MAX: Final = 1024 * 1024
"""How much of an answer is read unless the endpoint says otherwise: status pages and API answers stay far below."""
REDIRECTS_MAX: Final = 20
"""The most redirects an endpoint may ask to follow: where browsers give up."""

SWITCHING_PROTOCOLS: Final = 101
"""The status of a connection that from now on speaks something else (RFC 9110, section 15.2.2)."""

JsonValue: TypeAlias = str | int | Decimal | bool | None
"""What a JSON path may be compared with; a number with a fraction is a `Decimal`, never a float."""

Place: TypeAlias = Mapping[str, str | int | list[str]]
"""Where an endpoint is, as keys of its definition: with id and kind enough to read one again, without any secret."""

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_JSON_STEP: Final = re.compile(
    r"\.(?P<name>[^.\[\]\"']+)|\[(?P<index>\d+)\]|\[(?P<quote>['\"])(?P<key>.*?)(?P=quote)\]"
)
_PORT_MAX: Final = 65_535
_STATUS_MIN, _STATUS_MAX = 100, 599


@dataclass(frozen=True, slots=True)
class StatusIs:
    """The answer's status code is one of these; without such a check any 2xx will do."""

    codes: tuple[int, ...]
    means: Means = Means.DOWN

    def __post_init__(self) -> None:
        """At least one code, and each a code that an answer can have."""
        if not self.codes:
            raise ValueError("no status code; write one such as 200, or a list such as [200, 204]")
        for code in self.codes:
            if not _STATUS_MIN <= code <= _STATUS_MAX:
                raise ValueError(f"{code} is no status code; write one from {_STATUS_MIN} to {_STATUS_MAX}")


@dataclass(frozen=True, slots=True)
class HeaderEquals:
    """A header of the answer has exactly this value; the name's case does not matter."""

    name: str
    equals: str
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class HeaderMatches:
    """The pattern is found in a header of the answer; the name's case does not matter."""

    name: str
    matches: re.Pattern[str]
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class BodyContains:
    """The text stands in the answer."""

    text: str
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class BodyMatches:
    """The pattern is found in the answer."""

    pattern: re.Pattern[str]
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class JsonEquals:
    """The answer is JSON and holds this value at a path such as `$.state` or `$.nodes[0]['display name']`."""

    path: str
    equals: JsonValue
    means: Means = Means.DOWN

    def __post_init__(self) -> None:
        """The path can be read."""
        json_steps(self.path)


@dataclass(frozen=True, slots=True)
class SecondsBelow:
    """The whole attempt took less than this, elapsed microseconds."""

    limit: Duration
    means: Means = Means.DOWN

    def __post_init__(self) -> None:
        """A limit that some attempt can keep."""
        if self.limit <= 0:
            raise ValueError("nothing takes less than no time; write a number of seconds above 0")


@dataclass(frozen=True, slots=True)
class CertificateDaysAbove:
    """The vendor's chain of certificates is valid for more than this number of days of 24 hours."""

    days: int
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class CertificateSubjectMatches:
    """The pattern is found in the subject of the endpoint's own certificate: its common name, else all of it."""

    pattern: re.Pattern[str]
    means: Means = Means.DOWN


class PluginState(IntEnum):
    """The states in which a monitoring plugin ends, by its exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class PluginBetterThan:
    """The plugin ended in a better state than this."""

    state: PluginState
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class PerfdataSecondsBelow:
    """A time that the plugin itself measured, by its label, is less than this, elapsed microseconds."""

    label: str
    below: Duration
    means: Means = Means.DOWN


class DnsRcode(StrEnum):
    """The answers of a name server that can be expected (RFC 1035, section 4.1.1)."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class DnsAnswerIs:
    """The name server answered so; NOERROR needs a record of the type that was asked for."""

    rcode: DnsRcode
    means: Means = Means.DOWN


@dataclass(frozen=True, slots=True)
class Expected:
    """The text stands in what the endpoint said: `expect` of an endpoint as a check."""

    text: str
    means: Means = Means.DOWN


Check: TypeAlias = (
    StatusIs
    | HeaderEquals
    | HeaderMatches
    | BodyContains
    | BodyMatches
    | JsonEquals
    | SecondsBelow
    | CertificateDaysAbove
    | CertificateSubjectMatches
    | PluginBetterThan
    | PerfdataSecondsBelow
    | DnsAnswerIs
    | Expected
)
"""Every condition that an answer can be asked for."""

StreamCheck: TypeAlias = SecondsBelow | CertificateDaysAbove
"""The conditions that any stream can be asked for; what it must say stands in `TcpEndpoint.expect`."""

TlsCheck: TypeAlias = StreamCheck | CertificateSubjectMatches
"""The conditions that a handshake can be asked for."""

SmtpCheck: TypeAlias = StreamCheck | StatusIs
"""The conditions that a talk over SMTP can be asked for."""

ExecCheck: TypeAlias = SecondsBelow | PerfdataSecondsBelow
"""The conditions that a plugin can be asked for besides its state."""


@dataclass(frozen=True, slots=True)
class HttpEndpoint:
    """One request over HTTP or HTTPS; certificates are always verified."""

    url: str = field(repr=False)
    """User information and query may hold secrets."""
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values; the values may hold secrets."""
    body: bytes = field(default=b"", repr=False)
    checks: tuple[Check, ...] = ()
    follow_redirects: int = 0
    """How many redirects are followed; with 0 a redirect is an answer with that status."""
    ca_file: str | None = None
    """A PEM file of the authorities that are trusted instead of the system's."""
    allow_private: bool = False
    """Whether a redirect may lead to loopback, private or link-local addresses although the endpoint is none."""
    max_body_bytes: int = BODY_BYTES_MAX
    """How much of an answer is read, after decompression; a longer one fails as `answer_too_large`."""

    def __post_init__(self) -> None:
        """The request can be sent."""
        url = parsed_url(self.url)
        if not _TOKEN.fullmatch(self.method):
            raise ValueError(f"{self.method!r} is no HTTP method; write one such as GET")
        for name, value in self.headers:
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"{name!r} is no header name (RFC 9110, section 5.6.2)")
            # RFC 9110, section 5.5; the value is not shown, for it may be a secret
            if any(sign in value for sign in "\r\n\0"):
                raise ValueError(f"the value of header {name} holds a line break or NUL; write it on one line")
        if not 0 <= self.follow_redirects <= REDIRECTS_MAX:
            raise ValueError(f"{self.follow_redirects} redirects; write a number from 0 to {REDIRECTS_MAX}")
        if self.max_body_bytes < 1:
            raise ValueError(f"{self.max_body_bytes} bytes of answer; write a number above 0")
        if url.scheme == "http":
            _refuse_certificate_checks(self.checks, tls=False)

    @property
    def kind(self) -> str:
        """The name of its prober: `http` or `https`."""
        return parsed_url(self.url).scheme

    @property
    def host(self) -> str:
        """The host that attempts are made at."""
        return parsed_url(self.url).raw_host or ""

    @property
    def place(self) -> Place:
        """Where it is, without what may be secret: the keys of its definition that evidence shows."""
        return {"url": shown_url(parsed_url(self.url))}


@dataclass(frozen=True, slots=True)
class TcpEndpoint:
    """One connection over TCP, plain or with TLS, and what is said on it; certificates are always verified."""

    host: str
    port: int
    send: bytes = field(default=b"", repr=False)
    """What is sent once connected, maybe nothing; it may hold secrets."""
    expect: bytes = b""
    """What must stand in the first 64 KiB of the answer; without it a connection is enough."""
    tls: bool = False
    checks: tuple[StreamCheck, ...] = ()
    ca_file: str | None = None
    """A PEM file of the authorities that are trusted instead of the system's."""

    def __post_init__(self) -> None:
        """The connection can be tried."""
        _refuse_place(self.host, self.port)
        _refuse_certificate_checks(self.checks, tls=self.tls)

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "tcp"

    @property
    def place(self) -> Place:
        """Host and port."""
        return {"host": self.host, "port": self.port}


@dataclass(frozen=True, slots=True)
class TlsEndpoint:
    """One TLS handshake and nothing said after it; certificates are always verified."""

    host: str
    port: int
    server_name: str = ""
    """The name that is asked for (RFC 6066, section 3) and that the certificate must be for; empty: the host."""
    checks: tuple[TlsCheck, ...] = ()
    ca_file: str | None = None
    """A PEM file of the authorities that are trusted instead of the system's."""

    def __post_init__(self) -> None:
        """The handshake can be tried."""
        _refuse_place(self.host, self.port)
        if self.server_name:
            _refuse_host(self.server_name)

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "tls"

    @property
    def place(self) -> Place:
        """Host and port."""
        return {"host": self.host, "port": self.port}


class SmtpTls(StrEnum):
    """When a talk over SMTP is secured."""

    NONE = "none"
    STARTTLS = "starttls"
    """After the greeting (RFC 3207); a server that does not offer it fails."""
    TLS = "tls"
    """From the first byte (RFC 8314, section 3.3)."""


@dataclass(frozen=True, slots=True)
class SmtpEndpoint:
    """One talk over SMTP up to the answer to EHLO: no mail is sent; certificates are always verified."""

    host: str
    port: int
    tls: SmtpTls = SmtpTls.NONE
    hello: str = ""
    """The name we say we are; empty: our address (RFC 5321, section 4.1.3)."""
    expect: str = ""
    """What must stand in what the server says, in the greeting or among its extensions."""
    checks: tuple[SmtpCheck, ...] = ()
    ca_file: str | None = None
    """A PEM file of the authorities that are trusted instead of the system's."""

    def __post_init__(self) -> None:
        """The talk can be tried."""
        _refuse_place(self.host, self.port)
        if self.hello:
            _refuse_host(self.hello)
        _refuse_certificate_checks(self.checks, tls=self.tls is not SmtpTls.NONE)

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "smtp"

    @property
    def place(self) -> Place:
        """Host and port."""
        return {"host": self.host, "port": self.port}


@dataclass(frozen=True, slots=True)
class WebsocketEndpoint:
    """One connection over WebSocket (RFC 6455) and what is said on it; certificates are always verified."""

    url: str = field(repr=False)
    """Begins with ws or wss; user information and query may hold secrets."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values of the handshake; the values may hold secrets."""
    protocols: tuple[str, ...] = ()
    """The subprotocols that are offered, for example sip (RFC 7118)."""
    send: str = field(default="", repr=False)
    """A text message that is sent once connected, maybe none; it may hold secrets."""
    expect: str = ""
    """What must stand in the first 64 KiB of messages; without it the handshake is enough."""
    checks: tuple[StreamCheck, ...] = ()
    ca_file: str | None = None
    """A PEM file of the authorities that are trusted instead of the system's."""

    def __post_init__(self) -> None:
        """The connection can be tried."""
        if not self.url.startswith(("ws://", "wss://")):
            raise ValueError("the url has no ws or wss scheme; write one such as wss://vendor.example/live")
        for protocol in self.protocols:
            if not _TOKEN.fullmatch(protocol):
                raise ValueError(f"{protocol!r} is no subprotocol; write one such as sip")
        _refuse_certificate_checks(self.checks, tls=parsed_url(self.handshake.url).scheme == "https")

    @property
    def handshake(self) -> HttpEndpoint:
        """The request that opens the connection (RFC 6455, section 4.1)."""
        return HttpEndpoint(
            "http" + self.url.removeprefix("ws"),
            headers=self.headers,
            checks=(StatusIs((SWITCHING_PROTOCOLS,)),),
            ca_file=self.ca_file,
        )

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "websocket"

    @property
    def host(self) -> str:
        """The host that attempts are made at."""
        return self.handshake.host

    @property
    def place(self) -> Place:
        """Where it is, without what may be secret."""
        return {"url": "ws" + shown_url(parsed_url(self.handshake.url)).removeprefix("http")}


@dataclass(frozen=True, slots=True)
class ExecEndpoint:
    """One run of a program that ends as the monitoring plugins do: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN."""

    command: tuple[str, ...] = field(repr=False)
    """The program's absolute path and its arguments, which may hold secrets; no shell reads them."""
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values; the values may hold secrets. Nothing of our own environment is handed on."""
    warning: Means = Means.SLOW
    """What the state WARNING means."""
    checks: tuple[ExecCheck, ...] = ()

    def __post_init__(self) -> None:
        """The program can be named and started."""
        if not self.command or not self.command[0].startswith("/"):
            raise ValueError("no absolute path of a program; write one such as /usr/lib/nagios/plugins/check_ssh")
        if any("\0" in text for text in (*self.command, *(each for pair in self.environment for each in pair))):
            raise ValueError("a NUL ends an argument too early; take it out")
        for name, _ in self.environment:
            if not name or "=" in name:
                raise ValueError(f"{name!r} is no name of a variable; write one such as COMMUNITY")

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "exec"

    @property
    def host(self) -> str:
        """The program: what it speaks with is its own affair, and so many runs of it at once are allowed."""
        return self.command[0]

    @property
    def place(self) -> Place:
        """The program without its arguments."""
        return {"command": [self.command[0]]}


class DnsRecord(StrEnum):
    """The types of records that can be asked for (IANA's registry of DNS parameters)."""

    A = "A"
    AAAA = "AAAA"
    CAA = "CAA"
    CNAME = "CNAME"
    DNSKEY = "DNSKEY"
    DS = "DS"
    HTTPS = "HTTPS"
    MX = "MX"
    NAPTR = "NAPTR"
    NS = "NS"
    PTR = "PTR"
    SOA = "SOA"
    SRV = "SRV"
    TLSA = "TLSA"
    TXT = "TXT"


class DnsTransport(StrEnum):
    """How a name server is asked."""

    UDP = "udp"
    """And again over TCP where the answer does not fit (RFC 7766, section 5)."""
    TCP = "tcp"


@dataclass(frozen=True, slots=True)
class DnsEndpoint:
    """One question to one name server."""

    server: str
    """Its address: behind a name there may be several servers, and another one finds the name."""
    name: str
    record: DnsRecord = DnsRecord.A
    port: int = 53
    transport: DnsTransport = DnsTransport.UDP
    recursive: bool = False
    """Whether the server is asked to ask others: for resolvers, not for servers of a zone."""
    rcode: DnsRcode = DnsRcode.NOERROR
    expect: str = ""
    """What must stand in the records, written as in a zone file."""
    checks: tuple[SecondsBelow, ...] = ()

    def __post_init__(self) -> None:
        """The question can be asked."""
        try:
            ipaddress.ip_address(self.server)
        except ValueError:
            raise ValueError("the server is no address; write the address of one name server") from None
        _refuse_place(self.name, self.port)

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "dns"

    @property
    def host(self) -> str:
        """The server that attempts are made at."""
        return self.server

    @property
    def place(self) -> Place:
        """Server, port and question."""
        return {"server": self.server, "port": self.port, "name": self.name, "record": self.record.value}


Endpoint: TypeAlias = (
    HttpEndpoint | TcpEndpoint | TlsEndpoint | SmtpEndpoint | WebsocketEndpoint | ExecEndpoint | DnsEndpoint
)
"""Every kind of endpoint."""


def parsed_url(text: str) -> URL:
    """The parts of an address that can be requested; `ValueError` otherwise, without its user information or query."""
    try:
        url = URL(text)
        port = url.port
    except ValueError as mistake:
        raise ValueError("the url cannot be read; write one such as https://vendor.example/health") from mistake
    if url.scheme not in {"http", "https"} or not url.raw_host or not port:
        raise ValueError(
            f"{shown_url(url)!r} has no http or https scheme or no host; write one such as https://vendor.example/health"
        )
    _refuse_host(url.raw_host)
    return url


def shown_url(url: URL) -> str:
    """An address for people and evidence: without user information, query and fragment, which may hold secrets."""
    return str(url.with_user(None).with_query(None).with_fragment(None)) if url.raw_host else f"{url.scheme}:"


@lru_cache(maxsize=1024)
def json_steps(path: str) -> tuple[str | int, ...]:
    """The steps of a JSON path: names of members and indexes of elements; `ValueError` if it is none."""
    steps: list[str | int] = []
    position = 1
    while path.startswith("$") and position < len(path):
        match = _JSON_STEP.match(path, position)
        if not match:
            break
        steps.append(int(match["index"]) if match["index"] else match["name"] or match["key"] or "")
        position = match.end()
    if not path.startswith("$") or position < len(path):
        raise ValueError(f"{path!r} is no JSON path; write one such as $.state or $.nodes[0]['display name']")
    return tuple(steps)


def _refuse_place(host: str, port: int) -> None:
    _refuse_host(host)
    if not 1 <= port <= _PORT_MAX:
        raise ValueError(f"{port} is no port; write one from 1 to {_PORT_MAX}")


def _refuse_host(host: str) -> None:
    """Refuse what could not even be looked up; an address is no mistake."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        try:
            host.encode("idna")  # as the resolver does; refuses empty and overlong labels
        except UnicodeError:
            host = ""
        if not host or any(sign in host for sign in " :/@\r\n\0"):
            raise ValueError("that is no host name; write one such as sip.vendor.example") from None


def _refuse_certificate_checks(checks: Sequence[Check], *, tls: bool) -> None:
    if not tls and any(isinstance(check, CertificateDaysAbove) for check in checks):
        raise ValueError("certificate_days_above needs TLS; there is no certificate on a plain connection")
