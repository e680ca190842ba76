"""What the watch tries: definitions of probes and sentinels joined to our probers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.core.facts.observation import Phase
from uptime_daemon.probers.endpoints.conditions import HeaderMatches
from uptime_daemon.probers.endpoints.streams import TcpEndpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.patterns import Pattern
from uptime_daemon.probers.registry import prober
from uptime_daemon.watch.clockoffset import clock_offset
from uptime_daemon.watch.sentinels import TIMEOUT, Heard, Sentinel, SentinelKind, Sentinels
from uptime_daemon.watch.watcher import Target

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.settings.values import Settings
    from uptime_daemon.watch.ports import Clock

_TELLS_TIME: Final = HeaderMatches("Date", Pattern("GMT$"), Means.NOTICE)
_DATE: Final = "header Date matches"
"""What that check is called."""


def target_of(definition: ProbeDefinition, equipment: Equipment) -> Target:
    """A probe as the watch tries it: each attempt by the prober of its kind."""
    endpoint, timeout, own_prober = definition.endpoint, definition.probe.cadence.timeout, prober(definition.kind)

    def attempt() -> Awaitable[Attempt]:
        return own_prober(endpoint, timeout, equipment)

    return Target(definition.probe, endpoint.host, attempt)


def sentinels_of(settings: Settings, equipment: Equipment, clock: Clock) -> Sentinels:
    """The vantage's sentinels, asked by our own probers: any answer at all, even an error, shows that we can see."""

    async def knock(sentinel: Sentinel) -> Heard:
        if sentinel.kind is SentinelKind.TCP:
            endpoint = TcpEndpoint(sentinel.host, sentinel.port)
            attempt = await prober("tcp")(endpoint, TIMEOUT, equipment)
        else:
            asked = HttpEndpoint(sentinel.address, checks=(_TELLS_TIME,))
            attempt = await prober("https")(asked, TIMEOUT, equipment)
        passed = bool(attempt.peer) and (attempt.outcome.value == "pass" or attempt.status is not None)
        date = next((check.actual for check in attempt.checks if check.check == _DATE and check.holds), "")
        took = dict(attempt.phases).get(Phase.ANSWER, 0)
        return Heard(passed, clock_offset(date, clock.now(), took) if passed else None)

    return Sentinels(settings.vantage.sentinels, knock, clock, loopback=settings.vantage.loopback)
