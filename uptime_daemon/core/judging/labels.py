"""One label for every instant of a period: up, excluded, unmeasured, not counted, counted; they add up to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.downtime import NotCounted
from uptime_daemon.core.time.spans import Span, Spans, union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.judging.brackets import Bracket
    from uptime_daemon.core.time.instants import Duration


@dataclass(frozen=True, slots=True)
class Labels:
    """Every instant of a period under exactly one label."""

    up: Spans
    excluded: tuple[tuple[str, Spans], ...]
    unmeasured: tuple[tuple[str, Spans], ...]
    not_counted: tuple[tuple[NotCounted, Spans], ...]
    counted: Spans

    @property
    def total(self) -> Duration:
        """All labels together: the period, to the microsecond."""
        named = [spans for part in (self.excluded, self.unmeasured, self.not_counted) for _, spans in part]
        return sum(spans.total for spans in (self.up, self.counted, *named))


def labels(
    timeline: Timeline,
    partial: Spans,
    point: Bracket,
    excused: Sequence[tuple[str, Spans]],
    period: Span,
    *,
    counts: bool,
) -> Labels:
    """One label for every instant of the period, the first that fits.

    `partial` is down time of single functions that is no total loss; `counts` is False for a group whose failure the
    contract does not count for this customer.
    """
    down = timeline.point.clip(period)
    unknown = [(reason, spans.clip(period)) for reason, spans in timeline.unknown]
    losses = partial.clip(period) - down - union(spans for _, spans in unknown)
    affected = union([down, losses, *(spans for _, spans in unknown)])
    excluded = [(cause, part) for cause, spans in excused if (part := affected & spans)]
    gone = union(spans for _, spans in excluded)
    unmeasured = [(reason, part) for reason, spans in unknown if (part := spans - gone)]
    counted = point.counted if counts else Spans()
    rest = (down | losses) - gone - counted
    not_counted: list[tuple[NotCounted, Spans]] = []

    def keep(reason: NotCounted, spans: Spans) -> None:
        nonlocal rest
        if part := rest & spans:
            not_counted.append((reason, part))
            rest -= part

    if not counts:
        keep(NotCounted.NOT_PRIMARY, rest)
    keep(NotCounted.NOT_TOTAL, losses)
    for reason in (NotCounted.BEFORE_TICKET, NotCounted.BELOW_MINIMUM):
        keep(reason, Spans.of(span for outage in point.outages for why, span in outage.lost if why is reason))
    keep(NotCounted.NO_TICKET, rest)
    return Labels(
        up=Spans.one(*period) - affected,
        excluded=tuple(excluded),
        unmeasured=tuple(unmeasured),
        not_counted=tuple(not_counted),
        counted=counted,
    )
