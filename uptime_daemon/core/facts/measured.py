"""From the runs of all probes to the timeline of each group of a contract: vantages first, then group, then binding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Outcome
from uptime_daemon.core.facts.timeline import NO_DATA, Absence, Timeline, known, majority, needed, probe_timeline
from uptime_daemon.core.time.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.facts.probe import Group, Probe
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.terms.need import Binding
    from uptime_daemon.core.time.spans import Span

IMPORTED: Final = "import"
"""The vantage of history that others recorded: it never votes beside ours, it speaks where we have nothing."""

NamedAbsence = tuple[str | None, Absence]
"""An absence and the probe it concerns; None for all."""


def measured(
    probe: Probe,
    runs: Mapping[tuple[str, str], Sequence[Run]],
    absences: Sequence[NamedAbsence],
    window: Span,
) -> Timeline:
    """One probe's timeline: the majority of its vantages, and imported history where they saw nothing."""
    concerned = [absence for name, absence in absences if name is None or name == probe.id]
    votes = [
        probe_timeline(own, window, probe.confirmation, probe.cadence.stale_after, concerned)
        for (name, vantage), own in sorted(runs.items())
        if name == probe.id and vantage != IMPORTED
    ]
    unseen = probe_timeline((), window, probe.confirmation, probe.cadence.stale_after, concerned)
    live = majority(votes) if votes else unseen
    history = runs.get((probe.id, IMPORTED))
    return backed(live, imported(history, window)) if history else live


def imported(runs: Sequence[Run], window: Span) -> Timeline:
    """The timeline of recorded history: each run is one stretch in a known state, between them there is no data.

    The source decided how long a recorded state holds; that is where its run ends.
    """
    stretches = {
        outcome: Spans.of((run.first, run.last) for run in runs if run.outcome is outcome).clip(window)
        for outcome in (Outcome.FAIL, Outcome.PASS)
    }
    down = stretches[Outcome.FAIL] - stretches[Outcome.PASS]
    return known(window, down, [(NO_DATA, Spans.one(*window) - down - stretches[Outcome.PASS])])


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
    runs: Mapping[tuple[str, str], Sequence[Run]],
    absences: Sequence[NamedAbsence],
    window: Span,
) -> dict[str, Timeline]:
    """The timeline of each of a contract's groups that is bound to probe groups."""
    timelines: dict[str, Timeline] = {}
    for name, binding in bindings.items():
        members = []
        for group in (groups[each] for each in binding.groups):
            seen = {probe: measured(probes[probe], runs, absences, window) for probe in group.probes}
            members.append(group_timeline(group, seen))
        timelines[name] = needed(members, binding.need)
    return timelines
