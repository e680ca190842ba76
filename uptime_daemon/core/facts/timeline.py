"""From runs to three states: when a probe, a quorum or a functional group was up, down or unknown, with brackets.

An outage is seen by samples, so its edges are brackets, three nested sets: `shortest` (first fail to last fail),
`point` (first fail to first pass) and `longest` (last pass to first pass, and all unknown time). Unconfirmed fails stay
up. An `error` neither extends nor breaks a row of fails; a gap ends every row.
"""

from __future__ import annotations

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
    held = _held_until(seen, stale_after, window.end)
    outages = _outages(seen, held, confirmation, stale_after)
    errors: dict[str, list[tuple[Instant, Instant]]] = {}
    if Outcome.ERROR in seen.outcomes:
        for outcome, why, first, until in zip(seen.outcomes, seen.reasons, seen.firsts, held, strict=True):
            if outcome is Outcome.ERROR:
                errors.setdefault(why.value, []).append((first, until))
    whole = Spans.one(*window)
    stated = sorted(absences, key=lambda absence: absence.reason != VOIDED)  # voided comes first, the rest as it was
    absent = Spans.of(absence.span for absence in stated).clip(window)
    unknown = _by_reason(
        (whole - _measured(seen, held)) | absent, [(absence.reason, Spans.one(*absence.span)) for absence in stated]
    )
    for reason, pairs in sorted(errors.items()):
        unknown.append((reason, Spans.of(pairs).clip(window) - absent))
    unseen = union(spans for _, spans in unknown)
    return Timeline(
        window=window,
        shortest=Spans.of((first, last) for _, first, last, _ in outages).clip(window) - unseen,
        point=Spans.of((first, end) for _, first, _, end in outages).clip(window) - unseen,
        longest=Spans.of((before, end) for before, _, _, end in outages).clip(window) | unseen,
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
    if splits or not unknown:
        return tuple(down)
    outages: list[Span] = []
    for stretch in down | unknown:
        parts = tuple(down.clip(stretch))
        if parts:
            outages.append(Span(parts[0].start, parts[-1].end))
    return tuple(outages)


def unconfirmed_fails(runs: Sequence[Run], confirmed: Spans) -> int:
    """How many fails never became part of an outage; they are shown, never counted."""
    return sum(run.count for run in runs if run.outcome is Outcome.FAIL and run.first not in confirmed)


def _held_until(runs: Runs, stale_after: Duration, end: Instant) -> list[Instant]:
    """Until when each outcome holds: the next observation or, for the last run, the window's end; a gap ends it."""
    following = [*runs.firsts[1:], end]
    held = [
        after if last < after <= last + stale_after else last
        for last, after in zip(runs.lasts, following, strict=False)  # without runs nothing follows
    ]
    if held and runs.outcomes[-1] is Outcome.FAIL:
        held[-1] = runs.lasts[-1]
    return held


def _measured(runs: Runs, held: list[Instant]) -> Spans:
    """Where an outcome holds."""
    if not held:
        return Spans()
    breaks = [index for index, (until, first) in enumerate(zip(held, runs.firsts[1:], strict=False)) if until != first]
    starts = (runs.firsts[0], *(runs.firsts[index + 1] for index in breaks))
    return Spans.of(zip(starts, (*(held[index] for index in breaks), held[-1]), strict=True))


def _outages(runs: Runs, held: list[Instant], confirmation: Confirmation, stale_after: Duration) -> list[_Outage]:
    """The confirmed outages, each back-dated to its first fail."""
    found: list[_Outage] = []
    fails = passes = 0
    first_fail = last_fail = first_pass = down_until = 0
    last_pass: Instant | None = None
    before = 0
    is_down = False
    no_later = runs.firsts[0] if held else 0
    """The latest instant at which the next observation is no gap after the one before."""
    for outcome, first, last, count, until in zip(
        runs.outcomes, runs.firsts, runs.lasts, runs.counts, held, strict=True
    ):
        if first > no_later:
            if is_down:
                found.append((before, first_fail, last_fail, first_pass if passes else down_until))
            fails = passes = 0
            last_pass = None
            is_down = False
        no_later = last + stale_after
        if outcome is Outcome.PASS:
            if is_down:
                first_pass = first_pass if passes else first
                passes += count
                if passes >= confirmation.passes:
                    found.append((before, first_fail, last_fail, first_pass))
                    is_down = False
            if not is_down:
                fails = passes = 0
                last_pass = last
        elif outcome is Outcome.FAIL:
            if not fails:
                first_fail, before = first, first if last_pass is None else last_pass
            fails += count
            passes = 0
            last_fail = last
            down_until = until
            is_down = is_down or fails >= confirmation.fails
    if is_down:
        found.append((before, first_fail, last_fail, first_pass if passes else down_until))
    return found


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
