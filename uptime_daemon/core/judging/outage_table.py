"""The outages of a judgement as rows that people read: how long each was, how surely, and where its time went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.core.judging.downtime import JudgedOutage, NotCounted
    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.time.instants import Duration
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
    elsewhere: Duration
    """Where several groups make the service: in an earlier row, or while too few of them were down to count."""


def outage_rows(judgement: Judgement, period: Span) -> tuple[OutageRow, ...]:
    """The point outages of a judgement with their brackets and labels; an instant of several is in the first's row."""
    rows: list[OutageRow] = []
    listed = Spans()
    for number, outage in enumerate(judgement.point.outages, 1):
        own = Spans.one(*outage.span)
        if len(judgement.group.members) > 1:
            own, listed = own - listed, own | listed
        rows.append(_row(number, outage, own, judgement, period))
    return tuple(rows)


def _row(number: int, outage: JudgedOutage, own: Spans, judgement: Judgement, period: Span) -> OutageRow:
    """A row; `own` is the part of the outage that no earlier row holds."""
    span, labels = outage.span, judgement.labels
    timeline = next(member.timeline for member in judgement.group.members if member.name == outage.group)
    inside = Span(max(span.start, period.start), min(span.end, period.end))
    return OutageRow(
        number=number,
        outage=outage,
        shortest=timeline.shortest.clip(span).total,
        longest=sum(each.length for each in timeline.longest.touching(span)),
        counted=(own & labels.counted).total,
        excluded=_parts(labels.excluded, own),
        not_counted=_parts(labels.not_counted, own),
        unmeasured=_parts(labels.unmeasured, own),
        outside=span.length - inside.length,
        elsewhere=inside.length - own.clip(inside).total + (own & labels.up).total,
    )


def _parts(labelled: Iterable[tuple[_Label, Spans]], own: Spans) -> tuple[tuple[_Label, Duration], ...]:
    return tuple((label, part) for label, spans in labelled if (part := (own & spans).total))
