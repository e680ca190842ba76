"""Endpoints that are a machine, or that come to us: an echo over ICMP, reports that are pushed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from uptime_daemon.core.time.instants import SECOND, Duration
from uptime_daemon.probers.endpoints.conditions import SecondsBelow
from uptime_daemon.probers.endpoints.places import Place, refuse_host

TOKEN_CHARACTERS_MIN: Final = 16
"""How long the token of reports is at least: 16 characters of 64 are 96 bits, which nobody guesses."""


@dataclass(frozen=True, slots=True)
class IcmpEndpoint:
    """A machine that answers an echo (RFC 792, RFC 4443)."""

    host: str
    checks: tuple[SecondsBelow, ...] = ()

    def __post_init__(self) -> None:
        """It can be looked up."""
        refuse_host(self.host)

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "icmp"

    @property
    def place(self) -> Place:
        """The host."""
        return {"host": self.host}


@dataclass(frozen=True, slots=True)
class PushEndpoint:
    """Something that reports to us that it works; silence is a fail."""

    token: str = field(repr=False)
    """By which we know it."""
    every: Duration
    """How old its latest report may be, elapsed microseconds."""

    def __post_init__(self) -> None:
        """Nobody can guess the token."""
        if len(self.token) < TOKEN_CHARACTERS_MIN or not self.token.isascii() or not self.token.isprintable():
            raise ValueError(f"the token has not {TOKEN_CHARACTERS_MIN} printable characters; write a longer one")

    @property
    def kind(self) -> str:
        """The name of its prober."""
        return "push"

    @property
    def host(self) -> str:
        """Nobody is asked."""
        return ""

    @property
    def checks(self) -> tuple[()]:
        """A report says all by itself."""
        return ()

    @property
    def place(self) -> Place:
        """How often it reports; who it is stays with us, so a stand-in takes the place of its token."""
        every = f"{self.every}us" if self.every % SECOND else f"{self.every // SECOND}s"
        return {"every": every, "token": "*" * TOKEN_CHARACTERS_MIN}
