"""From runs to three states: when a probe, a quorum or a functional group was up, down or unknown, with brackets.

An outage is seen by samples, so its edges are brackets, three nested sets: `shortest` (first fail to last fail),
`point` (first fail to first pass) and `longest` (last pass to first pass, and all unknown time). Unconfirmed fails stay
up. An `error` neither extends nor breaks a row of fails; a gap ends every row.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Outcome
from uptime_daemon.core.facts.run import Runs
from uptime_daemon.core.time.spans import Span, Spans, at_least, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uptime_daemon.core.facts.probe import Confirmation
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.terms.need import Need
    from uptime_daemon.core.time.instants import Duration, Instant

    _Outage = tuple[Instant, Instant, Instant, Instant]
    """A confirmed outage while runs are read: the last pass before it, or its first fail if none was seen; its first
    fail; its last fail; the first pass after it, or until when its last fail holds."""

_PASS, _FAIL, _ERROR = Outcome.PASS, Outcome.FAIL, Outcome.ERROR  # to look them up at each run is a tenth of the walk

NO_DATA: Final = "no_data"
"""The reason of a gap that nothing explains."""
VOIDED: Final = "voided"
"""The reason of time whose measurement a person declared wrong."""
REPLACED: Final = "replaced"
"""The reason of a vantage's time since another one took its place: nobody looks from there, and it has no vote."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A stretch in which nothing was seen that can be used, and why: daemon_off, paused, voided, clock_step ..."""

    span: Span
    reason: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Up, down and unknown over a window; `up` is what is neither in `point` nor in `unknown`."""

    window: Span
    shortest: Spans
    point: Spans
    longest: Spans
    unknown: tuple[tuple[str, Spans], ...] = ()
    """Unknown time by reason; the sets are disjoint, and none of them meets `point`."""

    @property
    def unknown_total(self) -> Spans:
        """Unknown time, whatever the reason."""
        return union(spans for _, spans in self.unknown)

    @property
    def up(self) -> Spans:
        """Time known to be up."""
        return Spans.one(*self.window) - self.point - self.unknown_total

    def clip(self, window: Span) -> Timeline:
        """The same states over a part of the window."""
        return Timeline(
            window=window,
            shortest=self.shortest.clip(window),
            point=self.point.clip(window),
            longest=self.longest.clip(window),
            unknown=tuple((reason, part) for reason, spans in self.unknown if (part := spans.clip(window))),
        )


def known(window: Span, down: Spans, unknown: Iterable[tuple[str, Spans]] = ()) -> Timeline:
    """A timeline whose edges are exact: the three brackets differ by the unknown time alone."""
    rest: Spans = Spans.one(*window) - down
    reasons: list[tuple[str, Spans]] = []
    for reason, spans in unknown:
        if part := rest & spans:
            reasons.append((reason, part))
            rest -= part
    point = down.clip(window)
    return Timeline(window, point, point, union([point, *(spans for _, spans in reasons)]), tuple(reasons))


def also_down(timeline: Timeline, down: Spans) -> Timeline:
    """The timeline with stretches of which others prove that they were down; their edges are exact."""
    seen = down.clip(timeline.window)
    return Timeline(
        window=timeline.window,
        shortest=timeline.shortest | seen,
        point=timeline.point | seen,
        longest=timeline.longest | seen,
        unknown=tuple((reason, part) for reason, spans in timeline.unknown if (part := spans - seen)),
    )


def probe_timeline(
    runs: Sequence[Run],
    window: Span,
    confirmation: Confirmation,
    stale_after: Duration,
    absences: Sequence[Absence] = (),
) -> Timeline:
    """The timeline of one probe at one vantage from its runs in time order.

    The window ends no later than "now": after a pass the state holds to the window's end if that is no gap; after a
    fail nothing is known beyond it, so an open outage's `point` ends at its last fail. An absence is unknown however
    short it is: nobody looked, even if somebody looked again before it made a gap.
    """
    seen = Runs.of(runs)
    outages, held = _read(seen, window.end, confirmation, stale_after) if seen else ([], Spans())
    whole = Spans.one(*window)
    stated = sorted(absences, key=lambda absence: absence.reason != VOIDED)  # voided comes first, the rest as it was
    absent = Spans.of(absence.span for absence in stated).clip(window)
    unknown = _by_reason((whole - held) | absent, [(absence.reason, Spans.one(*absence.span)) for absence in stated])
    for reason, spans in _errors(seen, window.end, stale_after):
        unknown.append((reason, spans.clip(window) - absent))
    unseen = union(spans for _, spans in unknown)
    befores, firsts, lasts, ends = zip(*outages, strict=True) if outages else ((),) * 4
    return Timeline(
        window=window,
        shortest=Spans.of_columns(firsts, lasts).clip(window) - unseen,
        point=Spans.of_columns(firsts, ends).clip(window) - unseen,
        longest=Spans.of_columns(befores, ends).clip(window) | unseen,
        unknown=tuple(_merged(unknown)),
    )


def combined(timelines: Sequence[Timeline], downs: int) -> Timeline:
    """The timeline of a whole that is down while at least `downs` of its members are (Kleene logic).

    Where members in unknown time could still make it down, the whole is unknown. All members share one window.
    """
    if len(timelines) == 1 and downs == 1:
        return timelines[0]
    point = at_least(downs, [each.point for each in timelines])
    unknown = at_least(downs, [each.point | each.unknown_total for each in timelines]) - point
    return Timeline(
        window=timelines[0].window,
        shortest=at_least(downs, [each.shortest for each in timelines]),
        point=point,
        longest=at_least(downs, [each.longest for each in timelines]),
        unknown=tuple(_merged(_by_reason(unknown, [pair for each in timelines for pair in each.unknown]))),
    )


def joined(parts: Sequence[Timeline]) -> Timeline:
    """Timelines of windows that follow one another as one."""
    if len(parts) == 1:
        return parts[0]
    reasons = [pair for part in parts for pair in part.unknown]
    return Timeline(
        window=Span(parts[0].window.start, parts[-1].window.end),
        shortest=union(part.shortest for part in parts),
        point=union(part.point for part in parts),
        longest=union(part.longest for part in parts),
        unknown=tuple(_merged(reasons)),
    )


def needed(timelines: Sequence[Timeline], need: Need) -> Timeline:
    """The timeline of a group whose members must be up as `need` says."""
    return combined(timelines, need.downs(len(timelines)))


def majority(votes: Sequence[Timeline]) -> Timeline:
    """The timeline that more than half of all assigned vantages agree on being down; one vantage decides alone."""
    return combined(votes, len(votes) // 2 + 1)


def connected(down: Spans, unknown: Spans, *, splits: bool) -> tuple[Span, ...]:
    """The outages of a set of down time: an unknown inside joins its two sides unless it `splits` them."""
    bounds = down.bounds
    joined: list[Instant] = []
    kept = 0
    for start, end in () if splits else unknown - down:
        ends = bisect_left(bounds, start)
        if bounds[ends : ends + 2] == (start, end):  # from the end of one stretch to the start of the next one
            joined += bounds[kept:ends]
            kept = ends + 2
    return tuple(Spans((*joined, *bounds[kept:])))


def _read(runs: Runs, end: Instant, confirmation: Confirmation, stale_after: Duration) -> tuple[list[_Outage], Spans]:
    """The confirmed outages, each back-dated to its first fail, and where an outcome holds; there is a run at least.

    Both in one walk, for it is most of what a timeline costs.
    """
    found: list[_Outage] = []
    enough_fails, enough_passes = confirmation.fails, confirmation.passes
    fails = passes = 0
    first_fail = last_fail = first_pass = down_until = before = 0
    last_pass: Instant | None = None
    is_down = False
    starts, ends = [runs.firsts[0]], []
    seen, no_later = runs.firsts[0] - 1, runs.firsts[0]
    """The last observation so far, and the latest instant at which the next one is no gap after it."""
    for outcome, first, last, count in zip(runs.outcomes, runs.firsts, runs.lasts, runs.counts, strict=True):
        if not seen < first <= no_later:
            ends.append(seen)
            starts.append(first)
            if first > no_later:
                if is_down:
                    found.append((before, first_fail, last_fail, first_pass if passes else down_until))
                fails = passes = 0
                last_pass = None
                is_down = False
        seen, no_later = last, last + stale_after
        if outcome is _PASS:
            if is_down:
                first_pass = first_pass if passes else first
                passes += count
                if passes >= enough_passes:
                    found.append((before, first_fail, last_fail, first_pass))
                    is_down = False
            if not is_down:
                fails = passes = 0
                last_pass = last
        elif outcome is _FAIL:
            if not fails:
                first_fail, before = first, first if last_pass is None else last_pass
            fails += count
            passes = 0
            last_fail = down_until = last
            is_down = is_down or fails >= enough_fails
        elif down_until == last_fail < first:
            down_until = first  # the last fail holds until the first error
    if is_down:
        found.append((before, first_fail, last_fail, first_pass if passes else down_until))
    ends.append(seen if outcome is _FAIL else _held_until(seen, end, stale_after))
    return found, Spans.of_columns(starts, ends)


def _errors(runs: Runs, end: Instant, stale_after: Duration) -> list[tuple[str, Spans]]:
    """Where nothing could be seen by a fault of ours, by reason."""
    if _ERROR not in runs.outcomes:
        return []
    found: dict[str, list[tuple[Instant, Instant]]] = {}
    following = (*runs.firsts[1:], end)
    for outcome, why, first, last, after in zip(
        runs.outcomes, runs.reasons, runs.firsts, runs.lasts, following, strict=True
    ):
        if outcome is _ERROR:
            found.setdefault(why.value, []).append((first, _held_until(last, after, stale_after)))
    return [(reason, Spans.of(pairs)) for reason, pairs in sorted(found.items())]


def _held_until(last: Instant, after: Instant, stale_after: Duration) -> Instant:
    """Until when an outcome holds that was seen last at an instant: until what comes after it, if that is no gap."""
    return after if last < after <= last + stale_after else last


def _by_reason(unknown: Spans, reasons: Iterable[tuple[str, Spans]]) -> list[tuple[str, Spans]]:
    """Unknown time attributed to the first reason that covers it; what none covers has no data."""
    result: list[tuple[str, Spans]] = []
    rest = unknown
    for reason, spans in reasons:
        if not rest:
            break
        if part := rest & spans:
            result.append((reason, part))
            rest -= part
    if rest:
        result.append((NO_DATA, rest))
    return result


def _merged(reasons: Iterable[tuple[str, Spans]]) -> list[tuple[str, Spans]]:
    """One entry a reason, in alphabetical order, empty ones dropped."""
    merged: dict[str, Spans] = {}
    for reason, spans in reasons:
        if spans:
            merged[reason] = merged.get(reason, Spans()) | spans
    return sorted(merged.items())
