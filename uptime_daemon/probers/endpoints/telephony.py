"""Endpoints of telephony: SIP over UDP, TCP, TLS and WebSocket."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from uptime_daemon.probers.endpoints.conditions import SipCheck, refuse_certificate_checks
from uptime_daemon.probers.endpoints.places import Place, refuse_host, refuse_lone_key, refuse_place
from uptime_daemon.probers.endpoints.web import WebsocketEndpoint

_USER: Final = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/%#]+")
"""The user part of a SIP URI (RFC 3261, section 25.1), and the # of dialled numbers, which is sent escaped."""


class SipTransport(StrEnum):
    """What SIP is spoken over."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"
    WS = "ws"
    """WebSocket (RFC 7118)."""
    WSS = "wss"
    """WebSocket over TLS."""


class SipRequest(StrEnum):
    """What is asked for."""

    OPTIONS = "options"
    """Whether the server answers at all."""
    REGISTER = "register"
    """Whether a telephone may be registered; the registration is taken back."""
    INVITE = "invite"
    """Whether a call to a test number is answered; it is ended at once."""


PORTS: Final = {
    SipTransport.UDP: 5060,
    SipTransport.TCP: 5060,
    SipTransport.TLS: 5061,
    SipTransport.WS: 80,
    SipTransport.WSS: 443,
}
"""The usual ports (RFC 3261, section 19.1.2; RFC 7118, section 5.3)."""
_SECURED: Final = frozenset({SipTransport.TLS, SipTransport.WSS})


@dataclass(frozen=True, slots=True)
class SipEndpoint:
    """One request to a SIP server, or one call to a test number; certificates are always verified."""

    host: str
    port: int
    transport: SipTransport = SipTransport.UDP
    request: SipRequest = SipRequest.OPTIONS
    domain: str = ""
    """The domain of the addresses; empty: the host."""
    user: str = ""
    """Who we are."""
    password: str = field(default="", repr=False)
    to: str = ""
    """The user or number that is asked for: for `invite` the test number that must answer."""
    path: str = "/"
    """Of the WebSocket's address."""
    checks: tuple[SipCheck, ...] = ()
    ca_file: str | None = None
    """A PEM file of the authorities that are trusted instead of the system's."""
    client_certificate: str | None = None
    """A PEM file of the certificate that we show to whoever asks for one."""
    client_key: str | None = None
    """A PEM file of its key, where that does not stand in the same file."""

    def __post_init__(self) -> None:
        """The request can be sent."""
        refuse_place(self.host, self.port)
        refuse_lone_key(self.client_certificate, self.client_key)
        if self.domain:
            refuse_host(self.domain)
        for user in (self.user, self.to):
            if user and not _USER.fullmatch(user):
                raise ValueError(f"{user!r} is no user of a SIP address; write one such as 4711 or +41445551234")
        if self.password and (not self.user or any(sign in self.password for sign in "\r\n\0")):
            raise ValueError("a password needs its user, and stands on one line; write both")
        if self.request is SipRequest.REGISTER and not self.user:
            raise ValueError("register needs somebody who is registered; write user")
        if self.request is SipRequest.INVITE and not self.to:
            raise ValueError("invite needs a test number that answers; write to")
        if not self.path.startswith("/"):
            raise ValueError("the path begins with /; write one such as /ws")
        refuse_certificate_checks(self.checks, tls=self.transport in _SECURED)

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "sip"

    @property
    def place(self) -> Place:
        """Host, port, what SIP is spoken over, what is asked for and who; of a WebSocket its path."""
        path = self.path if self.transport in {SipTransport.WS, SipTransport.WSS} else ""
        told: dict[str, str | int | list[str]] = {
            "host": self.host,
            "port": self.port,
            "transport": self.transport.value,
            "request": self.request.value,
        }
        return told | {name: text for name, text in (("user", self.user), ("to", self.to), ("path", path)) if text}

    @property
    def websocket(self) -> WebsocketEndpoint:
        """The connection of SIP over WebSocket."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return WebsocketEndpoint(
            f"{self.transport}://{host}:{self.port}{self.path}",
            protocols=("sip",),
            ca_file=self.ca_file,
            client_certificate=self.client_certificate,
            client_key=self.client_key,
        )
