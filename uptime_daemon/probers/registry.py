"""The kinds of endpoints and the prober of each; this table is the whole extension mechanism."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from uptime_daemon.core.facts.attempt import Attempt
from uptime_daemon.core.time.instants import Duration
from uptime_daemon.probers import handshake, http, nameserver, plugin, scenario, smtp, tcp, websocket
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.sip import talk

Prober: TypeAlias = Callable[[Any, Duration, Equipment], Awaitable[Attempt]]
"""One try at an endpoint of its own kind that ends within the given elapsed microseconds."""

PROBERS: Final[Mapping[str, Prober]] = {
    "dns": nameserver.attempt,
    "exec": plugin.attempt,
    "http": http.attempt,
    "https": http.attempt,
    "scenario": scenario.attempt,
    "sip": talk.attempt,
    "smtp": smtp.attempt,
    "tcp": tcp.attempt,
    "tls": handshake.attempt,
    "websocket": websocket.attempt,
}
