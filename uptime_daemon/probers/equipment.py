"""What every attempt works with, made once: clocks, the resolver, the TLS contexts. A reload makes it anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from uptime_daemon.probers.tls import Own, TlsContexts

if TYPE_CHECKING:
    import ssl

    from uptime_daemon.probers.ports import Clock, Resolver
    from uptime_daemon.probers.push import Listening


class Secured(Protocol):
    """Any endpoint that speaks TLS."""

    @property
    def ca_file(self) -> str | None:
        """A PEM file of the authorities that are trusted instead of the system's."""

    @property
    def client_certificate(self) -> str | None:
        """A PEM file of the certificate that we show."""

    @property
    def client_key(self) -> str | None:
        """A PEM file of its key, where that stands elsewhere."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """The tools of all probers."""

    clock: Clock
    resolver: Resolver
    tls: TlsContexts = field(default_factory=TlsContexts)
    """Remembers the contents of every `ca_file` that was used."""
    reports: Listening | None = None
    """What was reported to the daemon; nobody hears reports outside of it."""

    def context(self, secured: Secured, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
        """The TLS context that an endpoint asks for; `AttemptError` where our side cannot offer it."""
        own = Own(secured.client_certificate, secured.client_key or "") if secured.client_certificate else None
        return self.tls.context(secured.ca_file, alpn, own, self.clock.now())
