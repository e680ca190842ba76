"""Endpoints that have a URL: HTTP and WebSocket."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from yarl import URL

from uptime_daemon.probers.endpoints.conditions import Check, StatusIs, StreamCheck, refuse_certificate_checks
from uptime_daemon.probers.endpoints.places import TOKEN, Place, parsed_url, refuse_lone_key, shown_url

BODY_BYTES_MAX: Final = 1024 * 1024
"""How much of an answer is read unless the endpoint says otherwise: status pages and API answers stay far below."""
REDIRECTS_MAX: Final = 20
"""The most redirects an endpoint may ask to follow: where browsers give up."""

_OF_THE_BODY: Final = frozenset({"content-length", "transfer-encoding"})
"""Headers that say how long the body is: another length than it has would look like the vendor's mistake."""
SWITCHING_PROTOCOLS: Final = 101
"""The status of a connection that from now on speaks something else (RFC 9110, section 15.2.2)."""


class AuthScheme(StrEnum):
    """How we say who we are."""

    BASIC = "basic"
    """RFC 7617."""
    DIGEST = "digest"
    """RFC 7616: asked for first, then answered on a second connection."""
    BEARER = "bearer"
    """RFC 6750."""


@dataclass(frozen=True, slots=True)
class Auth:
    """Who we are to an endpoint."""

    scheme: AuthScheme
    user: str = ""
    secret: str = field(default="", repr=False)
    """The password, or the token."""

    def __post_init__(self) -> None:
        """It can stand in a header."""
        if any(sign in self.user + self.secret for sign in "\r\n\0"):
            raise ValueError("a user, password or token holds a line break or NUL; write it on one line")
        if self.scheme is AuthScheme.BASIC and ":" in self.user:
            raise ValueError("a user with a colon cannot be told by basic (RFC 7617, section 2); write another")


def _of_url(url: URL) -> Auth | None:
    """Who an address says that we are; `ValueError` where that cannot stand in a header."""
    return Auth(AuthScheme.BASIC, url.user, url.password or "") if url.user else None


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
    client_certificate: str | None = None
    """A PEM file of the certificate that we show to whoever asks for one."""
    client_key: str | None = None
    """A PEM file of its key, where that does not stand in the same file."""
    allow_private: bool = False
    """Whether a redirect may lead to loopback, private or link-local addresses although the endpoint is none."""
    max_body_bytes: int = BODY_BYTES_MAX
    """How much of an answer is read, after decompression; a longer one fails as `answer_too_large`."""
    auth: Auth | None = None
    proxy: str = field(default="", repr=False)
    """A proxy of ours that the request goes through; its address may hold a password."""

    def __post_init__(self) -> None:
        """The request can be sent."""
        url = parsed_url(self.url)
        if not TOKEN.fullmatch(self.method) or self.method != self.method.upper():  # RFC 9110, section 9.1
            raise ValueError(f"{self.method!r} is no HTTP method; write one such as GET, in capitals")
        for name, value in self.headers:
            if not TOKEN.fullmatch(name):
                raise ValueError(f"{name!r} is no header name (RFC 9110, section 5.6.2)")
            # RFC 9110, section 5.5; the value is not shown, for it may be a secret
            if any(sign in value for sign in "\r\n\0"):
                raise ValueError(f"the value of header {name} holds a line break or NUL; write it on one line")
            if name.lower() in _OF_THE_BODY:
                raise ValueError(f"header {name} follows from the body; leave it out")
        if not 0 <= self.follow_redirects <= REDIRECTS_MAX:
            raise ValueError(f"{self.follow_redirects} redirects; write a number from 0 to {REDIRECTS_MAX}")
        if self.proxy and not self.proxy.startswith("http://"):
            raise ValueError("the proxy is spoken to in the clear; write one such as http://proxy.example:3128")
        if self.proxy:
            parsed_url(self.proxy)
        refuse_lone_key(self.client_certificate, self.client_key)
        in_header = any(name.lower() == "authorization" for name, _ in self.headers)
        if sum((self.auth is not None, _of_url(url) is not None, in_header)) > 1:
            raise ValueError("auth, a user in the url and an Authorization header say the same; write one of them")
        if self.max_body_bytes < 1:
            raise ValueError(f"{self.max_body_bytes} bytes of answer; write a number above 0")
        if url.scheme == "http":
            refuse_certificate_checks(self.checks, tls=False)

    @property
    def kind(self) -> str:
        """The name of its prober: `http` or `https`."""
        return parsed_url(self.url).scheme

    @property
    def identity(self) -> Auth | None:
        """Who we are: `auth`, or the user of the url."""
        return self.auth or _of_url(parsed_url(self.url))

    @property
    def host(self) -> str:
        """The host that attempts are made at."""
        return parsed_url(self.url).raw_host or ""

    @property
    def place(self) -> Place:
        """Where it is, without what may be secret: the keys of its definition that evidence shows."""
        return {"url": shown_url(parsed_url(self.url))}


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
    client_certificate: str | None = None
    """A PEM file of the certificate that we show to whoever asks for one."""
    client_key: str | None = None
    """A PEM file of its key, where that does not stand in the same file."""

    def __post_init__(self) -> None:
        """The connection can be tried."""
        if not self.url.startswith(("ws://", "wss://")):
            raise ValueError("the url has no ws or wss scheme; write one such as wss://vendor.example/live")
        for protocol in self.protocols:
            if not TOKEN.fullmatch(protocol):
                raise ValueError(f"{protocol!r} is no subprotocol; write one such as sip")
        refuse_certificate_checks(self.checks, tls=parsed_url(self.handshake.url).scheme == "https")

    @property
    def handshake(self) -> HttpEndpoint:
        """The request that opens the connection (RFC 6455, section 4.1)."""
        return HttpEndpoint(
            "http" + self.url.removeprefix("ws"),
            headers=self.headers,
            checks=(StatusIs((SWITCHING_PROTOCOLS,)),),
            ca_file=self.ca_file,
            client_certificate=self.client_certificate,
            client_key=self.client_key,
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
