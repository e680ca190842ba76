"""From counts to down windows and to shares: exact where a count lies in one window, bracketed where it does not.

A count that reaches over the bounds of windows, of the period or of an exclusion is spread evenly over its time for
`point`; nobody knows when in it the failures were, so `shortest` takes none of them and `longest` as many as can be.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from uptime_daemon.core.facts.timeline import NO_DATA, Timeline
from uptime_daemon.core.terms.metric import (
    AffectedRatio,
    EmptyWindow,
    ErrorWindows,
    MeanErrorRate,
    MinuteRule,
    RateComparison,
    SuccessRatio,
    UserMinutes,
)
from uptime_daemon.core.time.instants import MINUTE
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from uptime_daemon.core.facts.requests import RequestCount
    from uptime_daemon.core.terms.metric import Metric, ShareMetric, WindowMetric
    from uptime_daemon.core.time.instants import Duration, Instant

NO_REQUESTS = "no_requests"
"""The reason of unmeasured time in which nobody asked for anything."""


@dataclass(frozen=True, slots=True)
class Share:
    """A bad part of a whole: requests, windows, or user time."""

    bad: Fraction
    whole: Fraction

    @property
    def availability(self) -> Fraction | None:
        """The good part, from 0 to 1; None where there is no whole."""
        return None if self.whole <= 0 else 1 - self.bad / self.whole


@dataclass(frozen=True, slots=True)
class Shares:
    """The share by each bracket."""

    shortest: Share
    point: Share
    longest: Share


@dataclass(slots=True)
class _Window:
    """What one window's counts come to: all requests, and the failed ones at least, evenly spread, and at most."""

    total: Fraction = Fraction(0)
    least: Fraction = Fraction(0)
    spread: Fraction = Fraction(0)
    most: Fraction = Fraction(0)

    def add(self, total: Fraction, least: Fraction, spread: Fraction, most: Fraction) -> None:
        self.total += total
        self.least += least
        self.spread += spread
        self.most += most


def request_timeline(metric: Metric, counts: Sequence[RequestCount], window: Span, anchor: Instant) -> Timeline:
    """What counts say of a stretch: down windows, unknown time where nothing was counted, up otherwise.

    Windows lie back to back on both sides of the anchor, the start of the judged period. Under a metric that makes a
    share of its own nothing is down.
    """
    seen = Spans.of(count.span for count in counts).clip(window)
    unseen = Spans.one(*window) - seen
    if not isinstance(metric, ErrorWindows | MinuteRule):
        return Timeline(window, Spans(), Spans(), unseen, ((NO_DATA, unseen),) if unseen else ())
    length = metric.window if isinstance(metric, ErrorWindows) else MINUTE
    found = _windows(((count, count.span) for count in counts), length, anchor, Spans())
    down: dict[str, list[Span]] = {"least": [], "spread": [], "most": []}
    empty: list[Span] = []
    for index, each in found.items():
        place = Span(anchor + index * length, anchor + (index + 1) * length)
        if each.total == 0 and metric.empty is EmptyWindow.LEFT_OUT:
            empty.append(place)
        for name, failed in (("least", each.least), ("spread", each.spread), ("most", each.most)):
            if _is_down(metric, failed, each.total):
                down[name].append(place)
    nobody = Spans.of(empty) & seen
    unknown = tuple((reason, spans) for reason, spans in ((NO_DATA, unseen), (NO_REQUESTS, nobody)) if spans)
    shortest, point, most = (Spans.of(down[name]) & seen for name in ("least", "spread", "most"))
    return Timeline(window, shortest, point, most | unseen | nobody, unknown)


def _is_down(metric: WindowMetric, failed: Fraction, total: Fraction) -> bool:
    if total == 0:
        return False
    if isinstance(metric, MinuteRule):
        return failed == total
    if total < metric.min_requests:
        return False
    rate, threshold = failed * 100, metric.threshold * total
    return rate >= threshold if metric.comparison is RateComparison.AT_LEAST else rate > threshold


def _windows(
    counts: Iterable[tuple[RequestCount, Span]], length: Duration, anchor: Instant, excused: Spans
) -> Mapping[int, _Window]:
    """What falls into each window of the parts of counts that are given; failures in excused time do not count."""
    found: dict[int, _Window] = defaultdict(_Window)
    for count, part in counts:
        first, last = (part.start - anchor) // length, (part.end - 1 - anchor) // length
        for index in range(first, last + 1):
            inside = Span(max(part.start, anchor + index * length), min(part.end, anchor + (index + 1) * length))
            found[index].add(*_inside(count, inside, excused))
    return found


def _inside(count: RequestCount, part: Span, excused: Spans) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    """Of a count in a part of its time: all requests, and the failed ones at least, evenly spread, and at most."""
    free = part.length - excused.clip(part).total
    if part == count.span and free == part.length:
        failed = Fraction(count.failed)
        return Fraction(count.total), failed, failed, failed
    total = Fraction(count.total * part.length, count.span.length)
    spread = Fraction(count.failed * free, count.span.length)
    most = total if count.failed and free else Fraction(0)
    return total, Fraction(0), spread, most


def shares(
    metric: ShareMetric,
    counts: Sequence[RequestCount],
    period: Span,
    covered: Span,
    denominator: Duration,
    excused: Spans,
    left_out: Spans,
) -> Shares:
    """The share of a period under a metric that is no time.

    `covered` is the part of the period in which the agreement is in force, `excused` time whose failures do not count,
    `left_out` time that leaves the whole as well, `denominator` the time that down time is held against.
    """
    parts = [
        (count, Span(max(count.span.start, covered.start), min(count.span.end, covered.end)))
        for count in counts
        if count.span.start < covered.end and covered.start < count.span.end
    ]
    match metric:
        case MeanErrorRate():
            return _mean(metric, parts, period, excused, left_out)
        case SuccessRatio():
            together = [_inside(count, piece, excused) for count, part in parts for piece in _without(part, left_out)]
            total, least, spread, most = (sum(column, start=Fraction(0)) for column in _columns(together))
            return Shares(Share(least, total), Share(spread, total), Share(most, total))
        case UserMinutes():
            return _user_minutes(parts, covered, excused, left_out)
        case AffectedRatio():
            lost = sum(
                (
                    Fraction(count.failed, count.total) * (Spans.one(*part) - excused).total
                    for count, part in parts
                    if count.total
                ),
                start=Fraction(0),
            )
            return _same(min(lost, Fraction(denominator)), Fraction(denominator))
        case _:
            assert_never(metric)


def _mean(
    metric: MeanErrorRate, parts: Sequence[tuple[RequestCount, Span]], period: Span, excused: Spans, left_out: Spans
) -> Shares:
    length = metric.window
    pieces = ((count, piece) for count, part in parts for piece in _without(part, left_out))
    found = _windows(pieces, length, period.start, excused)
    # Windows of which nothing is known count as windows without errors, so that no gap makes the mean worse.
    number = -(-(period.length - left_out.clip(period).total) // length)
    if metric.empty is EmptyWindow.LEFT_OUT:
        number -= sum(each.total == 0 for each in found.values())
    rates = [
        (each.least / each.total, each.spread / each.total, each.most / each.total)
        for each in found.values()
        if each.total and each.total >= metric.min_requests
    ]
    whole = Fraction(max(number, len(rates)))
    least, spread, most = (sum(column, start=Fraction(0)) for column in _columns(rates, width=3))
    return Shares(Share(least, whole), Share(spread, whole), Share(most, whole))


def _user_minutes(parts: Sequence[tuple[RequestCount, Span]], covered: Span, excused: Spans, left_out: Spans) -> Shares:
    """Users times time; time without a count is up, with as many users as there ever were: never too few."""
    bad = whole = Fraction(0)
    for count, part in parts:
        bad += count.failed * (Spans.one(*part) - excused).total
        whole += count.total * (Spans.one(*part) - left_out).total
    unseen = Spans.one(*covered) - Spans.of(part for _, part in parts) - left_out
    whole += unseen.total * max((count.total for count, _ in parts), default=0)
    return _same(bad, whole)


def _same(bad: Fraction, whole: Fraction) -> Shares:
    """A share of which all brackets agree."""
    return Shares(Share(bad, whole), Share(bad, whole), Share(bad, whole))


def _without(part: Span, left_out: Spans) -> Iterator[Span]:
    return iter(Spans.one(*part) - left_out)


def _columns(rows: Sequence[tuple[Fraction, ...]], width: int = 4) -> Iterator[tuple[Fraction, ...]]:
    return zip(*rows, strict=True) if rows else iter([()] * width)
