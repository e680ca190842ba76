"""What systemd is told: ready, reloading, stopping, and signs that the work goes on.

The protocol of sd_notify(3): lines of `NAME=value` in one datagram to the socket that NOTIFY_SOCKET names.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.store.kept import Stats

log = structlog.get_logger("uptime_daemon")


class Supervisor:
    """The supervisor that started the daemon; without one every word goes nowhere."""

    def __init__(self, address: str | None = None, *, watches: bool = False) -> None:
        self._address = address
        self._watches = watches
        self._sign: tuple[Instant | None, int] | None = None
        self._told_trouble = False

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The one that the environment names; WATCHDOG_PID says whose signs it waits for."""
        named = environment.get("NOTIFY_SOCKET", "")
        address = f"\0{named[1:]}" if named.startswith("@") else named  # an abstract socket
        if address and not address.startswith(("/", "\0")):
            log.warning("supervisor", trouble=f"NOTIFY_SOCKET={named} is no socket of this machine; nothing is told")
            return cls()
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        return cls(address or None, watches=ours and "WATCHDOG_USEC" in environment)

    def ready(self, status: str) -> None:
        """The daemon does its work, from now on or again; `status` is what `systemctl status` shows."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self, elapsed: Duration) -> None:
        """The files are read anew; `elapsed` is the monotonic clock in microseconds. `ready` ends it."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={elapsed}", "STATUS=reading the files anew")

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1", "STATUS=stopping")

    def heard(self, stats: Stats) -> None:
        """Pass on a sign of life of the loop that calls this and of the store.

        The store lives while it makes something durable or says why it cannot: a database that is away is no reason to
        start again, for that would lose what waits to be written. A store that does neither hangs, and is not vouched
        for; how long that may last is the supervisor's to say.
        """
        sign = (stats.durable_until, stats.write_failures)
        if self._watches and sign != self._sign:
            self._sign = sign
            self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notice:
                notice.settimeout(0)  # a supervisor that does not read must not hold the loop up
                notice.sendto("\n".join(lines).encode(), self._address)
        except OSError as trouble:
            if not self._told_trouble:
                self._told_trouble = True
                log.warning("supervisor", trouble=str(trouble.strerror or trouble))
