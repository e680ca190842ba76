"""Endpoints that a program on this machine tries: monitoring plugins."""

from __future__ import annotations

from dataclasses import dataclass, field

from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.probers.endpoints.conditions import ExecCheck
from uptime_daemon.probers.endpoints.places import Place


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
