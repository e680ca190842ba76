"""A case file -> a `Case` for each period it names: the one format for what-if, dispute, evidence and tests.

`contract` is a path, the contract itself, or `{from: PATH, change: {...}}`, a contract with some keys exchanged
(RFC 7386 merge patch). A group's time is either stated (`states`) or measured (`observations`, `runs`), never both.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.case import Case
from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.measured import Defined, also_seen, bound_over
from uptime_daemon.core.facts.measured import Record as Measurements
from uptime_daemon.core.facts.probe import Group, Probe
from uptime_daemon.core.facts.run import Run, runs_of
from uptime_daemon.core.facts.sight import Watch, watches
from uptime_daemon.core.facts.timeline import NO_DATA, Timeline, known
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.periods import DAY_PATTERN, NAME_PATTERN, Period
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.definitions.agreements import agreed, read_head
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.file import ContractFile
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import Node, parse_document, patched, read_document
from uptime_daemon.definitions.facts import FACTS, FactList, StateFact, stretch
from uptime_daemon.definitions.probes.vendor import read_vendor
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.shapes import (
    YEARS,
    AsNode,
    Flag,
    ListOf,
    Moment,
    OneOf,
    Record,
    Shape,
    Text,
    Whole,
    named,
    optional,
    refuse,
    required,
    unknown_keys,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract, Readings
    from uptime_daemon.core.time.instants import Instant

FORMAT: Final = 1
"""The version of the case format; every released version verifies for ever."""


_WatchedIn = Callable[[Span], tuple[Watch, ...]]

_BETWEEN: Final = Record(stretch, {"from": required(Moment()), "to": required(Moment())})


class _PeriodName:
    """`2026-06`, `2026-Q2`, `2026`, or `{from, to}`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A year, a name, or two instants."""
        return (
            Whole(YEARS.start, YEARS.stop - 1),
            Text("period", f"({NAME_PATTERN}|{DAY_PATTERN})", "2026-06"),
            _BETWEEN,
        )

    def read(self, node: Node, path: str, problems: Problems) -> str | Span:
        match node.value:
            case int() as year if not isinstance(year, bool):
                return str(year)
            case str() as text:
                return text
            case dict():
                return _BETWEEN.read(node, path, problems)
        raise refuse(node, path, problems, f"{named(node)} is no period; write 2026-06, 2026-Q2, 2026 or {{from, to}}")


@dataclass(frozen=True, slots=True)
class _Earlier:
    """Definitions of probes that were in force until an instant."""

    until: Instant
    probes: Node


_EARLIER: Final = Record(_Earlier, {"until": required(Moment()), "probes": required(AsNode())})


@dataclass(frozen=True, slots=True)
class _CaseHead:
    case: int
    contract: Node
    agreement: Node
    period: str | Span
    otherwise: str | None
    as_of: Instant | None
    facts: FactList
    probes: Node | None
    earlier_probes: tuple[_Earlier, ...]
    demonstration: bool


CASE: Final = Record(
    _CaseHead,
    {
        "case": required(Whole(FORMAT, FORMAT)),
        "contract": required(AsNode()),
        "agreement": required(AsNode()),
        "period": required(_PeriodName()),
        "otherwise": optional(OneOf(("up", "unknown"))),
        "as_of": optional(Moment()),
        "facts": optional(FACTS, FactList()),
        "probes": optional(AsNode()),
        "earlier_probes": optional(ListOf(_EARLIER), ()),
        "demonstration": optional(Flag(), default=False),
    },
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands and where contracts named by id are looked for."""

    file: Path
    contracts: tuple[Path, ...] = ()


def read_case(place: Place, problems: Problems, plan: str | None = None) -> tuple[Case, ...]:
    """The cases of a file, one for each period that its period name covers. Raises `RefusedError`.

    A path in it is looked for beside the file, then in the working directory, then by name among the contracts.
    `plan` replaces the agreement's own, for a what-if.
    """
    own = Problems()
    try:
        node = read_document(place.file, own)
        if place.file.suffix == ".json":
            with suppress(RefusedError):
                return _cases(node, place, Problems(), plan)
            # JSON is read fast and without lines; a mistake in it is worth a slower second reading that knows them.
            node = parse_document(place.file.read_text(encoding="utf-8-sig"), str(place.file), own, lines=True)
        return _cases(node, place, own, plan)
    finally:
        for problem in own.found:
            problems.add(problem)


def case_of_text(text: str, name: str, problems: Problems) -> tuple[Case, ...]:
    """The cases of a text that stands for itself: it names no file. Raises `RefusedError`."""
    return _cases(parse_document(text, name, problems), Place(Path(name), ()), problems, None)


def periods_named(name: str, contract: Contract) -> tuple[Period, ...]:
    """The contract's periods that a name covers; a coarser name lists its periods. `ValueError` for a finer one."""
    try:
        return contract.cycle.named(name)
    except ValueError as error:
        raise ValueError(str(error).replace("over which it is", f"over which {contract.id} is")) from error


def _cases(node: Node, place: Place, problems: Problems, plan: str | None) -> tuple[Case, ...]:
    head = None
    with suppress(RefusedError):
        head = CASE.read(node, "", problems)
    file, agreement, terms = _signed(node, place, problems, plan)
    if head is None:
        raise RefusedError
    periods: tuple[Period, ...] = ()
    with suppress(RefusedError):
        periods = _periods(head.period, terms.chosen, node, problems)
    _check_facts(head.facts, file, terms, node, problems)
    if not periods:
        raise RefusedError
    instants = head.facts.instants
    reach = Span(
        min([periods[0].span.start, *instants]),
        max([periods[-1].span.end, *instants]),
    )
    timelines, watched_in = _timelines(head, terms.chosen, agreement, place, reach, node, problems)
    # An instant that nobody gave never hides what was stated; one that was given hides what was not known then.
    seen = [
        each
        for each in head.facts.outages
        if head.as_of is None or each.known_at is None or each.known_at <= head.as_of
    ]
    facts = Facts(
        timelines=also_seen(timelines, seen),
        tickets=tuple(
            ticket if ticket.id else replace(ticket, id=f"ticket {number}")
            for number, ticket in enumerate(head.facts.tickets, start=1)
        ),
        conditions=head.facts.conditions,
        maintenance=head.facts.maintenance,
        exclusions=head.facts.exclusions,
        earlier=head.facts.earlier,
        requests=head.facts.requests,
        suspicions=head.facts.suspicions,
    )
    # Without an instant of its own a case is judged when every period has long closed: never by the wall clock.
    closed = max(periods[-1].span.end + terms.chosen.closes_after, reach.end)
    as_of = closed if head.as_of is None else head.as_of
    return tuple(
        Case(
            terms.deciding(Span(*agreement.covered(period.span))),
            agreement,
            period,
            replace(facts, watched=watched_in(period.span)),
            as_of,
        )
        for period in periods
    )


def _signed(node: Node, place: Place, problems: Problems, plan: str | None) -> tuple[ContractFile, Agreement, Readings]:
    """The contract and what was agreed under it; both are read before either is refused."""
    file = head = None
    with suppress(RefusedError):
        file = _contract(_required(node, "contract"), place, problems)
    with suppress(RefusedError):
        head, _ = read_head(_required(node, "agreement"), "agreement", problems, {})
    if file is None or head is None:
        raise RefusedError
    agreement, terms = agreed(
        head if plan is None else replace(head, plan=plan, plan_changes=()), "case", file, "agreement", problems
    )
    return file, agreement, terms


def _required(node: Node, key: str) -> Node:
    """The node of a key whose absence is already a problem."""
    if isinstance(node.value, dict) and key in node.value:
        return node.value[key]
    raise RefusedError


def _contract(node: Node, place: Place, problems: Problems) -> ContractFile:
    before = len(problems.found)
    varied = False
    match node.value:
        case str() as text:
            whole = read_document(_found(text, node, "contract", place, problems), problems)
        case dict() as mapping if "from" in mapping:
            if unknown_keys(node, "contract", problems, ("from", "change")):
                raise RefusedError
            source = mapping["from"]
            if not isinstance(source.value, str):
                message = f"{named(source)} is no path; write one such as contracts/NAME.yaml"
                raise refuse(source, "contract.from", problems, message)
            whole = read_document(_found(source.value, source, "contract.from", place, problems), problems)
            if varied := "change" in mapping:
                change = mapping["change"]
                if not isinstance(change.value, dict):
                    message = f"{named(change)} is no mapping; write the keys that are exchanged, null to remove one"
                    raise refuse(change, "contract.change", problems, message)
                whole = patched(whole, change)
        case dict():
            whole = node
        case _:
            message = f"{named(node)} is no contract; write a path such as contracts/NAME.yaml"
            raise refuse(node, "contract", problems, message)
    file = read_contract(whole, problems)
    check_contract(file, problems, varied=varied)
    if len(problems.found) > before:
        raise RefusedError
    return file


def _found(text: str, node: Node, path: str, place: Place, problems: Problems) -> Path:
    """Where a file named in a case lies."""
    candidates = [place.file.parent / text, Path(text)]
    for folder in place.contracts:
        candidates += [folder / Path(text).name, folder / f"{text}.yaml"]
    for candidate in candidates:
        with suppress(OSError):  # a name too long, a folder that may not be looked into
            if candidate.is_file():
                return candidate
    raise refuse(
        node, path, problems, f"there is no file {named(node)}; write a path from the case's folder, or a name"
    )


def _periods(name: str | Span, contract: Contract, node: Node, problems: Problems) -> tuple[Period, ...]:
    if isinstance(name, Span):
        return (Period(None, f"{format_instant(name.start)}/{format_instant(name.end)}", name),)
    try:
        return periods_named(name, contract)
    except ValueError as error:
        raise refuse(_key(node, "period"), "period", problems, str(error)) from error


def _check_facts(facts: FactList, file: ContractFile, terms: Readings, node: Node, problems: Problems) -> None:
    """Names in facts that the contract does not know: a misspelt group or cause would silently change a figure."""
    place = _key(node, "facts")
    groups = {group.id for group in terms.chosen.groups}
    causes = {cause.id for each in (terms.recommended, terms.conservative) for cause in each.exclusions.causes}
    conditions = {condition.id for condition in terms.chosen.conditions}
    checks: tuple[tuple[str, str, Iterable[str | None], set[str]], ...] = (
        ("states", "group", (fact.group for fact in facts.states), groups),
        ("requests", "group", (count.group for count in facts.requests), groups),
        ("tickets", "group", (ticket.group for ticket in facts.tickets), groups),
        ("outages", "group", (outage.group for outage in facts.outages), groups),
        ("suspicions", "group", (suspicion.group for suspicion in facts.suspicions), groups),
        ("maintenance", "group", (work.group for work in facts.maintenance), groups),
        ("exclusions", "group", (exclusion.group for exclusion in facts.exclusions), groups),
        ("exclusions", "cause", (exclusion.cause for exclusion in facts.exclusions), causes),
        ("conditions", "id", (condition.id for condition in facts.conditions), conditions),
    )
    before = len(problems.found)
    for key, what, names, known_names in checks:
        for index, name in enumerate(names):
            if name is not None and name not in known_names:
                kind = "condition" if what == "id" else what
                message = f"{name!r} is no {kind} of {file.id}; write one of: {', '.join(sorted(known_names))}"
                problems.add(_item(place, key, index).problem(f"facts.{key}[{index}].{what}", message))
    if facts.requests and terms.chosen.metric is None:
        message = f"{file.id} is not judged by requests; leave them out, or write a metric in the contract"
        problems.add(_item(place, "requests", 0).problem("facts.requests", message))
    if terms.chosen.metric is not None and (facts.states or facts.observations or facts.runs):
        message = f"{file.id} is judged by requests alone; leave states, observations and runs out"
        problems.add(place.problem("facts", message))
    for index, each in enumerate(facts.earlier):
        known_targets = {target.id for read in (terms.recommended, terms.conservative) for target in read.targets}
        for what, found, known_names in (
            ("group", set(each.group.split("+")), groups),
            ("missed", each.missed, known_targets),
        ):
            if strange := sorted(found - known_names):
                kind = "group" if what == "group" else "target"
                message = f"{strange[0]!r} is no {kind} of {file.id}; write one of: {', '.join(sorted(known_names))}"
                problems.add(_item(place, "earlier", index).problem(f"facts.earlier[{index}].{what}", message))
    times = Counter(ticket.id for ticket in facts.tickets if ticket.id)
    for index, ticket in enumerate(facts.tickets):
        if times[ticket.id] > 1:
            message = f"{ticket.id!r} is the id of several tickets; give each its own"
            problems.add(_item(place, "tickets", index).problem(f"facts.tickets[{index}].id", message))
    if len(problems.found) > before:
        raise RefusedError


def _timelines(
    head: _CaseHead,
    contract: Contract,
    agreement: Agreement,
    place: Place,
    reach: Span,
    node: Node,
    problems: Problems,
) -> tuple[dict[str, Timeline], _WatchedIn]:
    """The timeline of each of the contract's groups, stated or measured, and who watched them in a period."""
    facts = head.facts
    if facts.states and (facts.observations or facts.runs):
        message = "states and observations stand side by side; write what was measured, or what is stated"
        raise refuse(_key(node, "facts"), "facts", problems, message)
    if facts.observations or facts.runs or (head.probes is not None and not facts.states):
        return _measured(head, contract, agreement, place, reach, node, problems)
    stated: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts.states:
        stated[fact.group][fact.state].append(fact.span)
    timelines = {}
    for group in contract.groups:
        if not group.judged and group.id not in stated:
            continue
        sets = {state: Spans.of(stated[group.id][state]) for state in ("up", "down", "unknown")}
        _refuse_contradiction(sets, group.id, facts.states, node, problems)
        rest = Spans.one(*reach) - sets["up"] - sets["down"] - sets["unknown"]
        unknown = sets["unknown"] | (rest if head.otherwise == "unknown" else Spans())
        timelines[group.id] = known(reach, sets["down"], [(NO_DATA, unknown)])
    return timelines, _stated_only


def _refuse_contradiction(
    sets: Mapping[str, Spans], group: str, states: Sequence[StateFact], node: Node, problems: Problems
) -> None:
    for one, other in (("up", "down"), ("up", "unknown"), ("down", "unknown")):
        if both := sets[one] & sets[other]:
            touching = [at for at, fact in enumerate(states) if fact.group == group and both.clip(fact.span)]
            message = f"{group} is stated {one} and {other} at once; keep one of them"
            place = _item(_key(node, "facts"), "states", touching[-1])
            raise refuse(place, f"facts.states[{touching[-1]}]", problems, message)


def _measured(
    head: _CaseHead,
    contract: Contract,
    agreement: Agreement,
    place: Place,
    reach: Span,
    node: Node,
    problems: Problems,
) -> tuple[dict[str, Timeline], _WatchedIn]:
    groups, probes = _defined(head.probes, place, problems)
    before = [(each.until, *_defined(each.probes, place, problems)) for each in head.earlier_probes]
    probes = {**{name: each for _, _, own in before for name, each in own.items()}, **probes}
    _check_measured(head.facts, None if head.probes is None else probes, _key(node, "facts"), problems)
    runs = _runs(head.facts, probes, _key(node, "facts"), problems)
    seen = sorted({name for name, _ in runs})
    bindings = dict(agreement.bindings)
    if head.probes is None:
        # Without definitions every observed probe is a group of its own with the default cadence.
        probes = {name: Probe(name, name) for name in seen}
        groups = {name: Group(name, name, Need(NeedKind.ALL), (name,)) for name in seen}
    if not bindings:
        judged = [group.id for group in contract.groups if group.judged]
        if len(judged) > 1 or not groups:
            message = "says not which probes measure which group; write groups: {NAME: vendor/probe-group}"
            raise refuse(_key(node, "agreement"), "agreement.groups", problems, message)
        bindings = {judged[0]: Binding(Need(NeedKind.ALL), tuple(groups))}
    for name in sorted({each for binding in bindings.values() for each in binding.groups} - set(groups)):
        message = f"no probe group {name!r} is defined or seen; the groups are: {', '.join(sorted(groups)) or 'none'}"
        raise refuse(_key(node, "agreement"), "agreement.groups", problems, message)
    recorded = {(each.probe, each.vantage): each.stale_after_seconds for each in head.facts.recorded}
    # Nothing is known beyond the instant as of which the case is judged, not even that a last pass still holds.
    window = reach if head.as_of is None else Span(reach.start, min(reach.end, head.as_of))
    # A group that was not there yet is judged by its first definition.
    defined = [Defined(None, groups, probes)]
    for until, own_groups, own_probes in reversed(before):
        later = defined[0]
        defined.insert(0, Defined(until, {**later.groups, **own_groups}, {**later.probes, **own_probes}))
    record = Measurements(runs, recorded, head.facts.absences)
    timelines = bound_over(bindings, defined, record, window)
    if head.otherwise == "up":
        timelines = {name: _deemed_up(each) for name, each in timelines.items()}
    if head.probes is None:
        return timelines, _stated_only
    return timelines, partial(watches, bindings, defined, record)


def _stated_only(_: Span) -> tuple[Watch, ...]:
    """Of time that was stated nobody knows who watched, nor of probes whose definitions are not given."""
    return ()


def _deemed_up(timeline: Timeline) -> Timeline:
    """The timeline with time that no observation covers as up, because the case says so."""
    return replace(
        timeline,
        longest=timeline.longest - dict(timeline.unknown).get(NO_DATA, Spans()),
        unknown=tuple(pair for pair in timeline.unknown if pair[0] != NO_DATA),
    )


def _runs(
    facts: FactList, probes: Mapping[str, Probe], place: Node, problems: Problems
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
                raise refuse(_item(place, "runs", at), f"facts.runs[{at}]", problems, message)
    return ordered


def _check_measured(facts: FactList, probes: Mapping[str, Probe] | None, place: Node, problems: Problems) -> None:
    """Refuse probes that nobody defines, where definitions are given, and two observations at one instant."""
    before = len(problems.found)
    for key, names in (
        ("observations", [each.probe for each in facts.observations]),
        ("runs", [each.probe for each in facts.runs]),
    ):
        for index, name in enumerate(names):
            if probes is not None and name not in probes:
                message = f"{name!r} is no probe of the case; write one of: {', '.join(sorted(probes))}"
                problems.add(_item(place, key, index).problem(f"facts.{key}[{index}].probe", message))
    seen: set[tuple[str, str, Instant]] = set()
    for index, each in enumerate(facts.observations):
        if (each.probe, each.vantage, each.at) in seen:
            message = f"{each.probe} at {each.vantage} has two observations at one instant; keep one"
            problems.add(_item(place, "observations", index).problem(f"facts.observations[{index}].at", message))
        seen.add((each.probe, each.vantage, each.at))
    if len(problems.found) > before:
        raise RefusedError


def _defined(node: Node | None, place: Place, problems: Problems) -> tuple[dict[str, Group], dict[str, Probe]]:
    """Groups and probes of a case's own definitions: files as in probes/, inline or by path."""
    groups: dict[str, Group] = {}
    probes: dict[str, Probe] = {}
    sources = [] if node is None else node.value if isinstance(node.value, list) else [node]
    for source in sources:
        whole = source
        if isinstance(source.value, str):
            whole = read_document(_found(source.value, source, "probes", place, problems), problems)
        vendor = read_vendor(whole, problems)
        groups |= {group.id: group for group in vendor.groups}
        probes |= {each.probe.id: each.probe for each in vendor.probes}
    return groups, probes


def _key(node: Node, key: str) -> Node:
    """The node of a key, or the mapping itself where it is left out."""
    return node.value[key] if isinstance(node.value, dict) and key in node.value else node


def _item(facts: Node, key: str, index: int) -> Node:
    """The node of one fact in its list."""
    items = _key(facts, key).value
    return items[index] if isinstance(items, list) else facts
