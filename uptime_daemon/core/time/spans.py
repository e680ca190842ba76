"""Sets of half-open stretches of time in one normal form, so that equal sets compare equal and nobody merges by hand.

A set is stored as its strictly rising boundaries `(start, end, start, end, ...)`: an instant is inside exactly when an
odd number of boundaries lies at or before it. Every operation is a walk over the smaller set with binary searches in
the larger one, so that a year of outages minus its windows costs a few milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import islice
from operator import lt
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from uptime_daemon.core.time.instants import Duration, Instant


class Span(NamedTuple):
    """One stretch of time: start included, end not."""

    start: Instant
    end: Instant

    @property
    def length(self) -> Duration:
        """Elapsed microseconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Spans:
    """A set of instants made of finitely many spans, always in normal form."""

    bounds: tuple[Instant, ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[Instant, Instant]]) -> Self:
        """The union of the given stretches; one that does not end after its start holds no instant and adds nothing."""
        bounds: list[Instant] = []
        for start, end in sorted(pairs):
            if end <= start:
                continue
            if bounds and start <= bounds[-1]:
                bounds[-1] = max(bounds[-1], end)
            else:
                bounds += (start, end)
        return cls(tuple(bounds))

    @classmethod
    def of_columns(cls, starts: Sequence[Instant], ends: Sequence[Instant]) -> Self:
        """As `of`, with the starts and the ends apart: at half the cost where they are in normal form already."""
        bounds = [0] * (2 * len(starts))
        bounds[::2], bounds[1::2] = starts, ends
        if all(map(lt, bounds, islice(bounds, 1, None))):
            return cls(tuple(bounds))
        return cls.of(zip(starts, ends, strict=True))

    @classmethod
    def one(cls, start: Instant, end: Instant) -> Self:
        """A single stretch, or the empty set when it holds no instant."""
        return cls((start, end)) if start < end else cls()

    def __iter__(self) -> Iterator[Span]:
        """The spans in time order."""
        bounds = self.bounds
        return map(Span, bounds[::2], bounds[1::2])

    def __len__(self) -> int:
        """How many separate spans."""
        return len(self.bounds) // 2

    def __bool__(self) -> bool:
        """Whether any instant is inside."""
        return bool(self.bounds)

    def __contains__(self, at: Instant) -> bool:
        """Whether the instant is inside."""
        return bisect_right(self.bounds, at) % 2 == 1

    def __or__(self, other: Spans) -> Spans:
        """Union."""
        if not self.bounds or not other.bounds:
            return Spans(self.bounds or other.bounds)
        # What lies in either is what is not outside both.
        return Spans(_common(*(_outside(each, self.bounds, other.bounds) for each in (self, other)))[1:-1])

    def __and__(self, other: Spans) -> Spans:
        """Intersection."""
        if self.bounds == other.bounds:
            return self
        return Spans(_common(self.bounds, other.bounds))

    def __sub__(self, other: Spans) -> Spans:
        """Difference: what is in this set and not in the other."""
        if not self.bounds or not other.bounds:
            return Spans(self.bounds)
        return Spans(_common(self.bounds, _outside(other, self.bounds, other.bounds)))

    @property
    def total(self) -> Duration:
        """Elapsed microseconds inside."""
        return sum(self.bounds[1::2]) - sum(self.bounds[::2])

    def clip(self, window: Span) -> Spans:
        """The part inside one stretch: two binary searches and a slice."""
        if window.end <= window.start:
            return Spans()
        if self.bounds and window.start <= self.bounds[0] and self.bounds[-1] <= window.end:
            return self
        low = bisect_right(self.bounds, window.start)
        high = bisect_left(self.bounds, window.end)
        inner = self.bounds[low:high]
        if low % 2:
            inner = (window.start, *inner)
        if high % 2:
            inner = (*inner, window.end)
        return Spans(inner)

    def whole(self, span: Span) -> Spans:
        """The spans that share an instant with the given one, uncut: two binary searches and a slice."""
        low = bisect_right(self.bounds, span.start)
        high = bisect_left(self.bounds, span.end)
        return Spans(self.bounds[low - low % 2 : high + high % 2])

    def meets(self, span: Span) -> bool:
        """Whether any instant of the stretch is inside."""
        index = bisect_right(self.bounds, span.start)
        return span.start < span.end and (
            index % 2 == 1 or (index < len(self.bounds) and self.bounds[index] < span.end)
        )

    def touching(self, span: Span) -> Iterator[Span]:
        """The whole spans that share an instant with the given one, uncut."""
        index = bisect_right(self.bounds, span.start)
        for start in range(index - index % 2, len(self.bounds), 2):
            if self.bounds[start] >= span.end:
                return
            yield Span(self.bounds[start], self.bounds[start + 1])


def _common(left: tuple[Instant, ...], right: tuple[Instant, ...]) -> tuple[Instant, ...]:
    """The boundaries of what lies in both: for each span of the shorter set one slice of the longer."""
    few, many = sorted((left, right), key=len)
    result: list[Instant] = []
    low = 0
    for start, end in zip(few[::2], few[1::2], strict=True):
        low = bisect_right(many, start, low)
        high = bisect_left(many, end, low)
        if low % 2:
            result.append(start)
        result += many[low:high]
        if high % 2:
            result.append(end)
        low = high
    return tuple(result)


def _outside(spans: Spans, *others: tuple[Instant, ...]) -> tuple[Instant, ...]:
    """The boundaries of what is not in the set, from just before to just after everything in the other boundaries."""
    return (min(each[0] for each in others) - 1, *spans.bounds, max(each[-1] for each in others) + 1)


def union(sets: Iterable[Spans]) -> Spans:
    """The union of any number of sets."""
    sets = [each for each in sets if each.bounds]
    if len(sets) <= 1:
        return sets[0] if sets else Spans()
    return Spans.of(span for each in sets for span in each)


def at_least(count: int, sets: Sequence[Spans]) -> Spans:
    """The instants that lie in at least `count` of the sets; `count` is 1 or more."""
    if count < 1:
        raise ValueError(f"at least {count} of {len(sets)} sets is every instant, which no finite set holds")
    changes = sorted((bound, 1 if index % 2 == 0 else -1) for each in sets for index, bound in enumerate(each.bounds))
    result: list[Instant] = []
    depth = 0
    for position, (bound, change) in enumerate(changes):
        depth += change
        if position + 1 < len(changes) and changes[position + 1][0] == bound:
            continue  # all changes of one instant take effect together
        if (depth >= count) is (len(result) % 2 == 0):
            result.append(bound)
    return Spans(tuple(result))
