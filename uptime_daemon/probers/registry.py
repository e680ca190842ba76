"""The kinds of endpoints and the prober of each: ours in one table, and those that other packages bring."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from uptime_daemon.core.facts.attempt import Attempt
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import Duration
from uptime_daemon.probers import (
    foreign,
    handshake,
    http,
    nameserver,
    ping,
    plugin,
    push,
    scenario,
    smtp,
    tcp,
    websocket,
)
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.foreign import Prober
from uptime_daemon.probers.sip import prober as sip

EXTRAS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "ocsp": ("pki", ("cryptography",)),
    "tsp": ("pki", ("cryptography", "rfc3161_client")),
}
"""The extra of each kind that needs one, and the packages that it brings."""


def _of_extra(kind: str, module: str) -> Prober:
    """A prober that is loaded when it is first needed, aside, for its packages take a while."""

    async def attempt(endpoint: Any, within: Duration, equipment: Equipment) -> Attempt:
        if extra := missing_extra(kind):
            detail = f"this kind needs the extra {extra}; install uptime-daemon[{extra}]"
            return Attempt(Outcome.ERROR, Reason.PROBER, duration=0, phase=Phase.NAME, detail=detail)
        loaded = await asyncio.to_thread(import_module, module)
        attempt: Prober = loaded.attempt
        return await attempt(endpoint, within, equipment)

    return attempt


PROBERS: Final[Mapping[str, Prober]] = {
    "dns": nameserver.attempt,
    "exec": plugin.attempt,
    "http": http.attempt,
    "https": http.attempt,
    "icmp": ping.attempt,
    "ocsp": _of_extra("ocsp", "uptime_daemon.probers.ocsp"),
    "push": push.attempt,
    "scenario": scenario.attempt,
    "sip": sip.attempt,
    "smtp": smtp.attempt,
    "tcp": tcp.attempt,
    "tls": handshake.attempt,
    "tsp": _of_extra("tsp", "uptime_daemon.probers.stamping"),
    "websocket": websocket.attempt,
}
"""Ours."""


def prober(kind: str) -> Prober:
    """The prober of a kind; `ValueError` if nobody brings it."""
    return PROBERS[kind] if kind in PROBERS else foreign.kind(kind).attempt


def missing_extra(kind: str) -> str | None:
    """The extra that a kind needs and that is not installed here."""
    extra, packages = EXTRAS.get(kind, ("", ()))
    return extra if any(find_spec(package) is None for package in packages) else None
