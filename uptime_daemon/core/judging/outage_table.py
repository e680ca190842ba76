"""The outages of a judgement as rows that people read: how long each was, how surely, and where its time went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.core.judging.downtime import JudgedOutage, NotCounted
    from uptime_daemon.core.judging.statement import Judgement
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.spans import Spans

_Label = TypeVar("_Label", bound=str)


@dataclass(frozen=True, slots=True)
class OutageRow:
    """One outage that touches the period; the parts below add up to the length of its span."""

    number: int
    """1, 2, 3 ... in time order, as in the derivation."""
    outage: JudgedOutage
    shortest: Duration
    """First fail to last fail."""
    longest: Duration
    """Last pass to first pass, unknown time included."""
    counted: Duration
    """Before the contract's rounding."""
    excluded: tuple[tuple[str, Duration], ...]
    not_counted: tuple[tuple[NotCounted, Duration], ...]
    unmeasured: tuple[tuple[str, Duration], ...]
    outside: Duration
    """Before or after the period."""


def outage_rows(judgement: Judgement, period: Span) -> tuple[OutageRow, ...]:
    """The point outages of a judgement with their brackets and labels."""
    return tuple(_row(number, outage, judgement, period) for number, outage in enumerate(judgement.point.outages, 1))


def _row(number: int, outage: JudgedOutage, judgement: Judgement, period: Span) -> OutageRow:
    span, labels, timeline = outage.span, judgement.labels, judgement.group.timeline
    inside = Span(max(span.start, period.start), min(span.end, period.end))
    return OutageRow(
        number=number,
        outage=outage,
        shortest=timeline.shortest.clip(span).total,
        longest=sum(each.length for each in timeline.longest.touching(span)),
        counted=labels.counted.clip(span).total,
        excluded=_parts(labels.excluded, span),
        not_counted=_parts(labels.not_counted, span),
        unmeasured=_parts(labels.unmeasured, span),
        outside=span.length - inside.length,
    )


def _parts(labelled: Iterable[tuple[_Label, Spans]], span: Span) -> tuple[tuple[_Label, Duration], ...]:
    return tuple((label, part) for label, spans in labelled if (part := spans.clip(span).total))
