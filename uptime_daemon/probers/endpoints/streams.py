"""Endpoints that are a host and a port: TCP, TLS, SMTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from uptime_daemon.probers.endpoints.conditions import SmtpCheck, StreamCheck, TlsCheck, refuse_certificate_checks
from uptime_daemon.probers.endpoints.places import Place, refuse_host, refuse_lone_key, refuse_place


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
    client_certificate: str | None = None
    """A PEM file of the certificate that we show to whoever asks for one."""
    client_key: str | None = None
    """A PEM file of its key, where that does not stand in the same file."""

    def __post_init__(self) -> None:
        """The connection can be tried."""
        refuse_place(self.host, self.port)
        refuse_lone_key(self.client_certificate, self.client_key)
        refuse_certificate_checks(self.checks, tls=self.tls)

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
    client_certificate: str | None = None
    """A PEM file of the certificate that we show to whoever asks for one."""
    client_key: str | None = None
    """A PEM file of its key, where that does not stand in the same file."""

    def __post_init__(self) -> None:
        """The handshake can be tried."""
        refuse_place(self.host, self.port)
        refuse_lone_key(self.client_certificate, self.client_key)
        if self.server_name:
            refuse_host(self.server_name)

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "tls"

    @property
    def place(self) -> Place:
        """Host and port, and the name that is asked for there."""
        name = {"server_name": self.server_name} if self.server_name else {}
        return {"host": self.host, "port": self.port, **name}


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
    client_certificate: str | None = None
    """A PEM file of the certificate that we show to whoever asks for one."""
    client_key: str | None = None
    """A PEM file of its key, where that does not stand in the same file."""

    def __post_init__(self) -> None:
        """The talk can be tried."""
        refuse_place(self.host, self.port)
        refuse_lone_key(self.client_certificate, self.client_key)
        if self.hello:
            refuse_host(self.hello)
        refuse_certificate_checks(self.checks, tls=self.tls is not SmtpTls.NONE)

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "smtp"

    @property
    def place(self) -> Place:
        """Host and port."""
        return {"host": self.host, "port": self.port}
