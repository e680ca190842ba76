"""Whether an outage looks like a definition that is out of date: an endpoint that is gone for good, not down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.time.spans import Span

GONE_AFTER: Final = 6 * HOUR
"""How long an endpoint must look gone, microseconds: what is taken away by mistake comes back before."""
_GONE_STATUSES: Final = frozenset({404, 410})
"""Not found, and gone (RFC 9110, sections 15.5.5 and 15.5.11)."""
_GONE_REASONS: Final = frozenset({Reason.NAME_NOT_FOUND, Reason.REDIRECT})


def is_suspect(outage: Span, failures: Iterable[Failure]) -> bool:
    """Whether some probe of it found its endpoint gone for six hours and more, and never anything else.

    Nobody but a person can say whether the vendor took a service away or moved it and told us.
    """
    spans: dict[str, tuple[int, int]] = {}
    others: set[str] = set()
    for failure in failures:
        observation = failure.observation
        if observation.outcome is not Outcome.FAIL or not outage.start <= observation.at < outage.end:
            continue
        if not _is_gone(failure):
            others.add(observation.probe)
        first, last = spans.get(observation.probe, (observation.at, observation.at))
        spans[observation.probe] = min(first, observation.at), max(last, observation.at)
    return any(last - first >= GONE_AFTER for probe, (first, last) in spans.items() if probe not in others)


def _is_gone(failure: Failure) -> bool:
    reason = failure.observation.reason
    return reason in _GONE_REASONS or (reason is Reason.STATUS and failure.attempt.status in _GONE_STATUSES)
