"""The timelines of a case that holds observations or runs: by the probes that it defines, else by their names alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.measured import Defined, Record, bound_over
from uptime_daemon.core.facts.probe import Group, Probe
from uptime_daemon.core.facts.run import Run, runs_of
from uptime_daemon.core.facts.sight import Watch, watches
from uptime_daemon.core.facts.timeline import NO_DATA, Timeline
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.definitions.cases.head import CaseHead
from uptime_daemon.definitions.probes.vendor import read_vendor
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.shapes import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.definitions.cases.facts import FactList
    from uptime_daemon.definitions.cases.place import Place
    from uptime_daemon.definitions.nodes import Node


WatchedIn = Callable[[Span], tuple[Watch, ...]]
"""Who watched the groups in a period."""


def measured_timelines(
    head: CaseHead,
    contract: Contract,
    agreement: Agreement,
    place: Place,
    reach: Span,
    node: Node,
    problems: Problems,
) -> tuple[dict[str, Timeline], WatchedIn | None]:
    """Each group's timeline over `reach`; and who watched it, None where the probes' definitions are not given.

    `node` is the whole case. Raises `RefusedError`.
    """
    groups, probes = _defined(head.probes, place, problems)
    before = [(each.until, *_defined(each.probes, place, problems)) for each in head.earlier_probes]
    probes = {**{name: each for _, _, own in before for name, each in own.items()}, **probes}
    _check_measured(head.facts, None if head.probes is None else probes, node.at("facts"), problems)
    runs = _runs(head.facts, probes, node.at("facts"), problems)
    if head.probes is None:
        # Without definitions every observed probe is a group of its own with the default cadence.
        seen = sorted({name for name, _ in runs})
        probes = {name: Probe(name, name) for name in seen}
        groups = {name: Group(name, name, Need(NeedKind.ALL), (name,)) for name in seen}
    bindings = _bindings(contract, agreement, groups, node, problems)
    # A group that was not there yet is judged by its first definition.
    defined = [Defined(None, groups, probes)]
    for until, own_groups, own_probes in reversed(before):
        later = defined[0]
        defined.insert(0, Defined(until, {**later.groups, **own_groups}, {**later.probes, **own_probes}))
    recorded = {(each.probe, each.vantage): each.stale_after_seconds for each in head.facts.recorded}
    record = Record(runs, recorded, head.facts.absences)
    # Nothing is known beyond the instant as of which the case is judged, not even that a last pass still holds.
    window = reach if head.as_of is None else Span(reach.start, min(reach.end, head.as_of))
    timelines = bound_over(bindings, defined, record, window)
    if head.otherwise == "up":
        timelines = {name: _deemed_up(each) for name, each in timelines.items()}
    return timelines, None if head.probes is None else partial(watches, bindings, defined, record)


def _bindings(
    contract: Contract, agreement: Agreement, groups: Mapping[str, Group], node: Node, problems: Problems
) -> Mapping[str, Binding]:
    """Which groups of probes measure which group of the contract; the only one is measured by all of them."""
    bindings = agreement.bindings
    if not bindings:
        judged = [group.id for group in contract.groups if group.judged]
        if len(judged) > 1 or not groups:
            message = "says not which probes measure which group; write groups: {NAME: vendor/probe-group}"
            raise refuse(node.at("agreement"), "agreement.groups", problems, message)
        bindings = {judged[0]: Binding(Need(NeedKind.ALL), tuple(groups))}
    for name in sorted({each for binding in bindings.values() for each in binding.groups} - set(groups)):
        message = f"no probe group {name!r} is defined or seen; the groups are: {', '.join(sorted(groups)) or 'none'}"
        raise refuse(node.at("agreement"), "agreement.groups", problems, message)
    return bindings


def _deemed_up(timeline: Timeline) -> Timeline:
    """The timeline with time that no observation covers as up, because the case says so."""
    return replace(
        timeline,
        longest=timeline.longest - dict(timeline.unknown).get(NO_DATA, Spans()),
        unknown=tuple(pair for pair in timeline.unknown if pair[0] != NO_DATA),
    )


def _runs(
    facts: FactList, probes: Mapping[str, Probe], facts_node: Node, problems: Problems
) -> dict[tuple[str, str], Sequence[Run]]:
    """The runs of each probe and vantage, from runs as given and from observations in any order."""
    observed = defaultdict(list)
    for observation in facts.observations:
        observed[observation.probe, observation.vantage].append(observation)
    runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in facts.runs:
        runs[run.probe, run.vantage].append(run)
    for (name, vantage), observations in observed.items():
        stale_after = probes[name].cadence.stale_after if name in probes else Probe(name, name).cadence.stale_after
        observations.sort(key=lambda each: each.at)
        runs[name, vantage].extend(runs_of(observations, stale_after))
    ordered: dict[tuple[str, str], Sequence[Run]] = {
        key: sorted(each, key=lambda run: run.first) for key, each in runs.items()
    }
    for (name, vantage), each in ordered.items():
        for one, other in pairwise(each):
            if other.first <= one.last:
                at = facts.runs.index(other if other in facts.runs else one)
                message = f"{name} at {vantage} was seen twice from {format_instant(other.first)} on; keep one run"
                raise refuse(facts_node.at("runs", at), f"facts.runs[{at}]", problems, message)
    return ordered


def _check_measured(facts: FactList, probes: Mapping[str, Probe] | None, facts_node: Node, problems: Problems) -> None:
    """Refuse probes that nobody defines, where definitions are given, and two observations at one instant."""
    before = len(problems.found)
    for key, names in (
        ("observations", [each.probe for each in facts.observations]),
        ("runs", [each.probe for each in facts.runs]),
    ):
        for index, name in enumerate(names):
            if probes is not None and name not in probes:
                message = f"{name!r} is no probe of the case; write one of: {', '.join(sorted(probes))}"
                problems.add(facts_node.at(key, index).problem(f"facts.{key}[{index}].probe", message))
    seen: set[tuple[str, str, Instant]] = set()
    for index, each in enumerate(facts.observations):
        if (each.probe, each.vantage, each.at) in seen:
            message = f"{each.probe} at {each.vantage} has two observations at one instant; keep one"
            problems.add(facts_node.at("observations", index).problem(f"facts.observations[{index}].at", message))
        seen.add((each.probe, each.vantage, each.at))
    if len(problems.found) > before:
        raise RefusedError


def _defined(node: Node | None, place: Place, problems: Problems) -> tuple[dict[str, Group], dict[str, Probe]]:
    """Groups and probes of a case's own definitions: files as in probes/, inline or by path."""
    groups: dict[str, Group] = {}
    probes: dict[str, Probe] = {}
    sources = [] if node is None else node.value if isinstance(node.value, list) else [node]
    for source in sources:
        name = source.value
        whole = place.document(name, source, "probes", problems) if isinstance(name, str) else source
        vendor = read_vendor(whole, problems)
        groups |= {group.id: group for group in vendor.groups}
        probes |= {each.probe.id: each.probe for each in vendor.probes}
    return groups, probes
