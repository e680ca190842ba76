"""What downtime is a share of: the period or a part of it, without what the contract leaves out, or a fixed amount."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.terms.downtime import Denominator, PartialPeriod, Unmeasured
from uptime_daemon.core.terms.target import TargetKind
from uptime_daemon.core.time.spans import Span, Spans, union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.terms.downtime import DowntimeTerms
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.time.instants import Duration


def denominator(
    terms: DowntimeTerms,
    period: Span,
    covered: Span,
    excuses: Sequence[tuple[str, Spans]],
    unmeasured: Sequence[tuple[str, Spans]],
    *,
    elapsed: Span | None = None,
) -> Duration:
    """The time that downtime is held against; `elapsed` asks for the part of it in a part of the period.

    `covered` is the part of the period in which the agreement is in force, `unmeasured` what is labelled so.
    """
    asked = elapsed or period
    if terms.denominator_fixed is not None:
        whole = terms.denominator_fixed * asked.length // period.length
    else:
        if exists_in_part(terms):
            asked = Span(max(asked.start, covered.start), min(asked.end, covered.end))
        whole = max(0, asked.length)
        leaves = left_out(terms, excuses)
        whole -= leaves.clip(asked).total
    if terms.unmeasured is Unmeasured.EXCLUDED:
        whole -= sum(spans.clip(asked).total for _, spans in unmeasured)
    return whole


def exists_in_part(terms: DowntimeTerms) -> bool:
    """Whether a partial period is measured against its existing part."""
    return terms.denominator is Denominator.DEPLOYED or terms.partial_period is not PartialPeriod.REST_UP


def prorated(targets: Sequence[Target], terms: DowntimeTerms, period: Span, covered: Span) -> tuple[Target, ...]:
    """The targets with limits on the sum of downtime as small as the part of the period under agreement."""
    if terms.partial_period is not PartialPeriod.PRO_RATA or covered == period:
        return tuple(targets)
    share = Fraction(max(0, covered.length), period.length)
    return tuple(
        replace(target, limit=target.limit * share) if target.kind is TargetKind.TOTAL_DOWNTIME else target
        for target in targets
    )


def left_out(terms: DowntimeTerms, excuses: Sequence[tuple[str, Spans]]) -> Spans:
    """The excused time that leaves the denominator."""
    match terms.denominator:
        case Denominator.PERIOD_MINUS_EXCLUDED:
            return union(spans for _, spans in excuses)
        case Denominator.PERIOD_MINUS_CAUSES:
            return union(spans for cause, spans in excuses if cause in terms.denominator_causes)
        case _:
            return Spans()
