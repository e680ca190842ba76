"""What each of the three brackets of a group's down time amounts to in a period, and how several groups make one.

The order is fixed: the stretches that count of each member's outages -> how many members must fail -> clip to the
period -> subtract exclusions -> granularity. Members are judged each by its own tickets before they are combined, so
that a report about one never makes another's unreported time count.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from operator import sub
from typing import TYPE_CHECKING, Final, assert_never

from uptime_daemon.core.terms.downtime import GranularityLevel
from uptime_daemon.core.terms.money import rounded
from uptime_daemon.core.time.spans import Span, Spans, at_least

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uptime_daemon.core.judging.downtime import JudgedOutage
    from uptime_daemon.core.judging.requests import Share
    from uptime_daemon.core.terms.downtime import DowntimeTerms, Granularity
    from uptime_daemon.core.terms.money import Rounding
    from uptime_daemon.core.time.instants import Duration


@dataclass(frozen=True, slots=True)
class Bracket:
    """What one bracket of a group's down time amounts to in a period."""

    outages: tuple[JudgedOutage, ...]
    """Those that share an instant with the period, uncut, in time order; each of the member that was down."""
    counted: Spans
    """What counts, inside the period, before rounding."""
    downtime: Duration
    """What counts after the contract's granularity."""
    longest: Duration
    """The longest counted stretch that touches the period, before exclusions and uncut by the period."""
    number: int
    """How many such stretches there are; where several members make the group, those of its own failure."""
    stretches: Spans = field(default_factory=Spans)
    """These stretches, uncut, in time order."""
    share: Share | None = None
    """The bad share of requests or users, where the contract is judged by one."""


NOTHING: Final = Bracket(outages=(), counted=Spans(), downtime=0, longest=0, number=0)
"""What a group amounts to that does not count."""


@dataclass(frozen=True, slots=True)
class Part:
    """One member's share in a bracket."""

    outages: tuple[JudgedOutage, ...]
    stretches: Spans
    """What counts of the outages by their events and lengths, with unknown time inside."""
    counted: Spans
    """What of it counts: without unknown and without excluded time."""


def part(outages: tuple[JudgedOutage, ...], down: Spans, excluded: Spans) -> Part:
    """What counts of a member's outages; unknown time inside a whole outage does not."""
    # Outages are apart from each other and in time order, and so is what counts of them.
    stretches = Spans(tuple(at for outage in outages if outage.counted for at in outage.counted))
    return Part(outages, stretches, (stretches & down) - excluded)


def kept_within(narrow: Part, wide: Part) -> Part:
    """The narrower part without what tickets or lengths would put outside the wider one."""
    return replace(narrow, counted=narrow.counted & wide.counted)


def kept_around(wide: Part, narrow: Part) -> Part:
    """The wider part with what tickets or lengths would leave to the narrower one alone."""
    return replace(wide, counted=wide.counted | narrow.counted)


def bracket(parts: Sequence[Part], downs: int, terms: DowntimeTerms, period: Span, excluded: Spans) -> Bracket:
    """What counts where at least `downs` members count: an instant or an outage of several of them counts once."""
    outages = [outage for each in parts for outage in _touching(each.outages, period)]
    stretches = _together([each.stretches for each in parts], downs).whole(period)
    counted = _together([each.counted for each in parts], downs).clip(period) - excluded
    bounds = stretches.bounds
    return Bracket(
        outages=tuple(outages if len(parts) == 1 else sorted(outages, key=lambda outage: outage.span)),
        counted=counted,
        downtime=_granular(stretches, counted, terms.granularity, period),
        longest=max(map(sub, bounds[1::2], bounds[::2]), default=0),
        number=len(stretches),
        stretches=stretches,
    )


def at_most(narrow: Bracket, wide: Bracket) -> Bracket:
    """The narrower bracket without what rounding would put above the wider one."""
    return replace(narrow, downtime=min(narrow.downtime, wide.downtime), longest=min(narrow.longest, wide.longest))


def no_less(wide: Bracket, narrow: Bracket) -> Bracket:
    """The wider bracket with what rounding would leave to the narrower one alone."""
    return replace(wide, downtime=max(wide.downtime, narrow.downtime), longest=max(wide.longest, narrow.longest))


def outage_lengths(of: Bracket, granularity: Granularity | None) -> tuple[Duration, ...]:
    """How much of each outage counts in the period, in time order, in the contract's unit if that is each outage's."""
    lengths = [of.counted.clip(stretch).total for stretch in of.stretches]
    if granularity is None or granularity.level is not GranularityLevel.OUTAGE:
        return tuple(lengths)
    unit = granularity.unit
    return tuple(rounded(Fraction(length, unit), granularity.rounding) * unit for length in lengths)


def _together(sets: Sequence[Spans], downs: int) -> Spans:
    return sets[0] if len(sets) == 1 else at_least(downs, sets)


def _touching(outages: Sequence[JudgedOutage], period: Span) -> Sequence[JudgedOutage]:
    """The outages, which are apart and in time order, that share an instant with the period."""
    if outages and period.start < outages[0].span.end and outages[-1].span.start < period.end:
        return outages
    return [each for each in outages if each.span.start < period.end and period.start < each.span.end]


def _granular(stretches: Iterable[Span], counted: Spans, granularity: Granularity | None, period: Span) -> Duration:
    """The counted time in the contract's unit; the only rounding of time there is."""
    if granularity is None:
        return counted.total
    unit, rule = granularity.unit, granularity.rounding
    match granularity.level:
        case GranularityLevel.SUM:
            lengths = [counted.total]
        case GranularityLevel.OUTAGE:
            lengths = [counted.clip(stretch).total for stretch in stretches]
        case GranularityLevel.INTERVAL:
            return _by_interval(counted, unit, rule, period)
        case _:
            assert_never(granularity.level)
    return sum(rounded(Fraction(length, unit), rule) * unit for length in lengths)


def _by_interval(counted: Spans, unit: Duration, rule: Rounding, period: Span) -> Duration:
    """The intervals of one unit from the period's start on that count, a shorter last one as far as it goes."""
    parts: dict[int, Duration] = {}
    total = 0
    for span in counted:
        first, last = (span.start - period.start) // unit, (span.end - 1 - period.start) // unit
        for index in {first, last}:
            interval = Span(period.start + index * unit, period.start + (index + 1) * unit)
            within = min(span.end, interval.end) - max(span.start, interval.start)
            parts[index] = parts.get(index, 0) + within
        total += max(0, last - first - 1) * unit
    for index, length in parts.items():
        size = min(unit, period.end - period.start - index * unit)
        total += rounded(Fraction(length, size), rule) * size
    return total
