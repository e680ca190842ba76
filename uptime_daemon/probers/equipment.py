"""What every attempt works with, made once: clocks, the resolver, the TLS contexts. A reload makes it anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uptime_daemon.probers.tls import TlsContexts

if TYPE_CHECKING:
    from uptime_daemon.probers.ports import Clock, Resolver


@dataclass(frozen=True, slots=True)
class Equipment:
    """The tools of all probers."""

    clock: Clock
    resolver: Resolver
    tls: TlsContexts = field(default_factory=TlsContexts)
    """Remembers the contents of every `ca_file` that was used."""
