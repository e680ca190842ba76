"""What the probers need from outside: clocks and a resolver of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.time.instants import Duration, Instant


class Clock(Protocol):
    """The wall clock, for certificates, and the monotonic one, for durations."""

    def now(self) -> Instant:
        """The wall clock."""
        ...

    def elapsed(self) -> Duration:
        """The monotonic clock."""
        ...


class Address(NamedTuple):
    """One address that a name stands for, as sockets want it."""

    family: int
    """`AF_INET` or `AF_INET6`."""
    host: str
    port: int
    flow: int = 0
    scope: int = 0
    """Flow and scope belong to IPv6 alone."""

    def __str__(self) -> str:
        """Address and port as people write them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Resolver(Protocol):
    """Names to addresses."""

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """At least one address, best first; `socket.gaierror` if there is none or nobody could tell."""
        ...
