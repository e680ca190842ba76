"""One probe for people: its last day from every vantage, how long passes took, its latest failures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import DAY, HOUR
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.judging.contexts import FAILURES_READ_MAX
from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.desk.showing.latencies import latencies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.showing.latencies import Latencies

LATEST_MAX: Final = 20
"""How many failures are listed, the latest first."""
_LOOKED_BACK: Final[tuple[Duration, ...]] = (HOUR, DAY, 30 * DAY, 400 * DAY)
"""A healthy probe has failed long ago, a sick one just now: further back is read only where there is nothing nearer."""


@dataclass(frozen=True, slots=True)
class ProbeDossier:
    """Everything about one probe that is no contract's business."""

    definition: ProbeDefinition
    window: Span
    """The last day."""
    views: Mapping[str, Timeline]
    """By vantage."""
    latencies: Mapping[str, tuple[Latencies, ...]]
    """By vantage."""
    failures: tuple[Failure, ...]
    """The latest first."""


def probe_dossier(judge: Judge, probe: str, reach: str, now: Instant) -> ProbeDossier:
    """The dossier of a probe; `reach` is one of `REACHES`. Raises `UnknownError`."""
    definition = judge.settings.probes.get(probe)
    if definition is None:
        raise UnknownError(f"there is no probe {probe!r}")
    window = Span(now - DAY, now)
    return ProbeDossier(
        definition=definition,
        window=window,
        views=judge.seen(probe, window),
        latencies=latencies(judge.store, probe, reach, now),
        failures=_latest(judge, probe, now),
    )


def _latest(judge: Judge, probe: str, now: Instant) -> tuple[Failure, ...]:
    found: list[Failure] = []
    for back in _LOOKED_BACK:
        found = judge.store.failures({probe}, Span(now - back, now + 1), FAILURES_READ_MAX)
        if len(found) >= LATEST_MAX:
            break
    return tuple(reversed(found[-LATEST_MAX:]))
