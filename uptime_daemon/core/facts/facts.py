"""All facts of one agreement together, and what of them was known at an instant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.records import Condition, Exclusion, Maintenance
from uptime_daemon.core.facts.sight import Watch
from uptime_daemon.core.facts.suspicion import Suspicion
from uptime_daemon.core.facts.timeline import Timeline
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.facts.earlier import EarlierPeriod
    from uptime_daemon.core.facts.requests import RequestCount
    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.time.instants import Instant


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that happened, as far as it bears on one agreement."""

    timelines: Mapping[str, Timeline]
    """By the contract's group; each reaches beyond the period, so that outages are seen whole."""
    tickets: Sequence[Ticket] = ()
    conditions: Sequence[Condition] = ()
    maintenance: Sequence[Maintenance] = ()
    exclusions: Sequence[Exclusion] = ()
    earlier: Sequence[EarlierPeriod] = ()
    """What earlier periods came to."""
    requests: Sequence[RequestCount] = ()
    watched: Sequence[Watch] = ()
    """Who watched the contract's groups in the period, stretch by stretch; empty where its time was stated."""
    suspicions: Sequence[Suspicion] = ()
    """Endpoints that looked gone for good, by the contract's group that they bear on."""

    def known_at(self, as_of: Instant) -> Facts:
        """What of it was known at an instant."""
        return replace(
            self,
            timelines={
                group: timeline.clip(Span(timeline.window.start, min(timeline.window.end, as_of)))
                for group, timeline in self.timelines.items()
            },
            tickets=[then for each in self.tickets if (then := each.as_known(as_of)) is not None],
            conditions=[each for each in self.conditions if each.known_at is None or each.known_at <= as_of],
            maintenance=[told for each in self.maintenance if (told := each.as_known(as_of)) is not None],
            exclusions=[each for each in self.exclusions if each.known_at is None or each.known_at <= as_of],
            requests=[each for each in self.requests if each.span.end <= as_of],
            suspicions=[each.as_known(as_of) for each in self.suspicions],
        )
