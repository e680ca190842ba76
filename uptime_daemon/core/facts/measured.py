"""From the runs of all probes to the timeline of each group of a contract: vantages first, then group, then binding."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.probe import Confirmation
from uptime_daemon.core.facts.timeline import (
    REPLACED,
    VOIDED,
    Absence,
    Timeline,
    also_down,
    joined,
    majority,
    needed,
    probe_timeline,
)
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.facts.probe import Group, Probe
    from uptime_daemon.core.facts.records import SeenOutage
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.terms.need import Binding
    from uptime_daemon.core.time.instants import Duration, Instant

RECORDED_CONFIRMATION: Final = Confirmation(fails=1, passes=1)
"""Recorded history tells states, not attempts: who recorded it has confirmed them."""


@dataclass(frozen=True, slots=True)
class NamedAbsence:
    """An absence with the probe and the vantage it concerns; None for all of them."""

    absence: Absence
    probe: str | None = None
    vantage: str | None = None

    def concerns(self, probe: str, vantage: str) -> bool:
        """Whether it explains time of this probe at this vantage."""
        return self.probe in {None, probe} and self.vantage in {None, vantage}


@dataclass(frozen=True)
class Record:
    """What is on record about probes: runs by probe and vantage, and why some time has none."""

    runs: Mapping[tuple[str, str], Sequence[Run]]
    """In time order."""
    recorded: Mapping[tuple[str, str], Duration] = field(default_factory=dict)
    """The series of history that others measured, with the longest distance over which its states hold."""
    absences: Sequence[NamedAbsence] = ()

    @cached_property
    def vantages(self) -> Mapping[str, Sequence[str]]:
        """Who saw each probe, in the order of names: looked up, since to search for it is quadratic in the probes."""
        found: dict[str, list[str]] = {}
        for probe, vantage in sorted(self.runs):
            found.setdefault(probe, []).append(vantage)
        return found


def measured(probe: Probe, record: Record, window: Span) -> Timeline:
    """One probe's timeline: the majority of its vantages and, where they saw nothing, recorded history.

    Recorded history never votes beside our own vantages: it speaks where we have nothing.
    """
    own = views(probe, record, window)
    votes = {vantage: view for vantage, view in own.items() if (probe.id, vantage) not in record.recorded}
    timeline = _agreed(probe, votes, record, window)
    for vantage, history in own.items():
        if (probe.id, vantage) in record.recorded:
            timeline = backed(timeline, history)
    return timeline


def views(probe: Probe, record: Record, window: Span) -> dict[str, Timeline]:
    """What each vantage, and each source of recorded history, says of a probe, in the order of their names.

    A vantage that another one replaced before the window has nothing to say.
    """
    found: dict[str, Timeline] = {}
    for vantage in record.vantages.get(probe.id, ()):
        if (probe.id, vantage) in record.recorded:
            found[vantage] = _recorded(probe, vantage, record, window)
        elif not window.length or _assigned(probe, vantage, record, window):
            found[vantage] = _vote(probe, vantage, record.runs[probe.id, vantage], record, window)
    return found


def _agreed(probe: Probe, votes: Mapping[str, Timeline], record: Record, window: Span) -> Timeline:
    """What the majority says, at each instant of those that are assigned then: a place taken over is one place."""
    assigned = {vantage: _assigned(probe, vantage, record, window) for vantage in votes}
    edges = sorted({*window, *(bound for spans in assigned.values() for bound in spans.bounds)})
    parts = []
    for start, end in pairwise(edges):
        stretch = Span(start, end)
        voting = [view.clip(stretch) for vantage, view in votes.items() if start in assigned[vantage]]
        parts.append(majority(voting) if voting else _vote(probe, "", (), record, stretch))
    return joined(parts) if parts else _vote(probe, "", (), record, window)


def _assigned(probe: Probe, vantage: str, record: Record, window: Span) -> Spans:
    """When a vantage has a vote: from the first that is on record of it until another one took its place."""
    own = [each.absence for each in record.absences if each.vantage == vantage and each.concerns(probe.id, vantage)]
    runs = record.runs[probe.id, vantage]
    begun = min([*(run.first for run in runs[:1]), *(each.span.start for each in own)], default=window.start)
    replaced = Spans.of(each.span for each in own if each.reason == REPLACED)
    return Spans.one(max(begun, window.start), window.end) - replaced


def _vote(probe: Probe, vantage: str, runs: Sequence[Run], record: Record, window: Span) -> Timeline:
    """What one vantage says of a probe."""
    concerned = [each.absence for each in record.absences if each.concerns(probe.id, vantage)]
    return probe_timeline(runs, window, probe.confirmation, probe.cadence.stale_after, concerned)


def _recorded(probe: Probe, source: str, record: Record, window: Span) -> Timeline:
    """What a source of recorded history says of a probe."""
    key = probe.id, source
    voided = _voided(probe, source, record)
    return probe_timeline(record.runs[key], window, RECORDED_CONFIRMATION, record.recorded[key], voided)


def _voided(probe: Probe, vantage: str, record: Record) -> list[Absence]:
    """What a person declared wrong, of recorded history as well: every other absence is one of our own vantages."""
    return [
        each.absence for each in record.absences if each.absence.reason == VOIDED and each.concerns(probe.id, vantage)
    ]


def backed(live: Timeline, history: Timeline) -> Timeline:
    """What was measured, and where nothing was, what is recorded."""
    gap = live.unknown_total
    return Timeline(
        window=live.window,
        shortest=live.shortest | (history.shortest & gap),
        point=live.point | (history.point & gap),
        longest=(live.longest - gap) | (history.longest & gap),
        unknown=tuple((reason, part) for reason, spans in live.unknown if (part := spans & history.unknown_total)),
    )


def group_timeline(group: Group, members: Mapping[str, Timeline]) -> Timeline:
    """A functional group's timeline from those of its probes."""
    return needed([members[probe] for probe in group.probes], group.need)


def bound(
    bindings: Mapping[str, Binding],
    groups: Mapping[str, Group],
    probes: Mapping[str, Probe],
    record: Record,
    window: Span,
) -> dict[str, Timeline]:
    """The timeline of each of a contract's groups that is bound to probe groups."""
    timelines: dict[str, Timeline] = {}
    for name, binding in bindings.items():
        members = [
            group_timeline(
                groups[each], {probe: measured(probes[probe], record, window) for probe in groups[each].probes}
            )
            for each in binding.groups
        ]
        timelines[name] = needed(members, binding.need)
    return timelines


@dataclass(frozen=True, slots=True)
class Defined:
    """The definitions that were in force for a while."""

    until: Instant | None
    """The first instant at which others were; None: nothing has changed since."""
    groups: Mapping[str, Group]
    probes: Mapping[str, Probe]


def bound_over(
    bindings: Mapping[str, Binding], defined: Sequence[Defined], record: Record, window: Span
) -> dict[str, Timeline]:
    """As `bound`, each stretch by the definitions then in force, which stand in time order; the last have no end.

    What is confirmed is confirmed over the whole window: a change of definitions begins no new counting.
    """
    parts: list[dict[str, Timeline]] = []
    start = window.start
    for each in defined:
        end = window.end if each.until is None else min(each.until, window.end)
        if start < end:
            whole = bound(bindings, each.groups, each.probes, record, window)
            parts.append({name: timeline.clip(Span(start, end)) for name, timeline in whole.items()})
            start = end
    if not parts:  # a window without an instant
        return bound(bindings, defined[-1].groups, defined[-1].probes, record, window)
    return {name: parts[0][name] if len(parts) == 1 else joined([part[name] for part in parts]) for name in bindings}


def also_seen(timelines: Mapping[str, Timeline], outages: Sequence[SeenOutage]) -> dict[str, Timeline]:
    """The timelines with the outages that others saw."""
    return {
        group: also_down(timeline, Spans.of(outage.span for outage in outages if outage.group == group))
        for group, timeline in timelines.items()
    }
