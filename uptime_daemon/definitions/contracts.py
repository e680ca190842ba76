"""`contracts/*.yaml` -> terms: one file is one vendor's contract with its plans, parameters and ambiguities.

The file is read once into a `ContractFile`; `terms` then closes it for a plan, a set of parameters and a reading.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.terms.clock import ClockTerms, SeverityTerms, SupportTerms
from uptime_daemon.core.terms.contract import Ambiguity, Contract, Missing, OnChange, Readings
from uptime_daemon.core.terms.duty import CustomerDuty
from uptime_daemon.core.terms.exclusion import ExclusionTerms
from uptime_daemon.core.terms.group import GroupTerms
from uptime_daemon.core.terms.target import Target
from uptime_daemon.core.time.instants import HOUR
from uptime_daemon.core.time.periods import midnight
from uptime_daemon.definitions.calendars import CalendarShape
from uptime_daemon.definitions.choices import Closing, Settled
from uptime_daemon.definitions.documents import ABSENT, Node, patched, plain
from uptime_daemon.definitions.lint import lints
from uptime_daemon.definitions.names import check_names
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    PERCENT,
    AsNode,
    Choice,
    Day,
    Key,
    Length,
    ListOf,
    MapOf,
    Record,
    Shape,
    Text,
    Version,
    Whole,
    optional,
    refuse,
    required,
)
from uptime_daemon.definitions.terms.claim import claim
from uptime_daemon.definitions.terms.clocks import CLOCK, SEVERITIES, linked
from uptime_daemon.definitions.terms.condition import condition, customer_duty
from uptime_daemon.definitions.terms.credit import TERMINATION, CreditShape
from uptime_daemon.definitions.terms.downtime import downtime
from uptime_daemon.definitions.terms.exclusion import exclusions
from uptime_daemon.definitions.terms.head import (
    AMBIGUITY,
    GROUP,
    PARAMETER,
    PERIOD,
    PLAN,
    PRIMARY,
    TOTAL_LOSS,
    GroupHead,
    Parameter,
    PeriodHead,
    Plan,
)
from uptime_daemon.definitions.terms.metric import MetricShape
from uptime_daemon.definitions.terms.target import TARGET
from uptime_daemon.definitions.zones import Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from uptime_daemon.core.time.business import BusinessCalendar

FORMAT: Final = 1
"""The version of the contract language."""
DEFAULT_MIN_COVERAGE: Final = Fraction(95)
DEFAULT_CLOSES_AFTER: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class VersionHead:
    """A later version as the file writes it: what it changes against the one before."""

    version: str
    valid_from: date
    valid_to: date | None
    source: str | None
    change: Node


VERSION: Final = Record(
    VersionHead,
    {
        "version": required(Version()),
        "valid_from": required(Day()),
        "valid_to": optional(Day()),
        "source": optional(Text()),
        "change": required(AsNode()),
    },
)
SAME_IN_EVERY_VERSION: Final = ("contract", "id", "zone", "period", "version", "valid_from", "valid_to", "versions")
"""What a later version cannot change, or says beside its changes."""

OPEN_KEYS: Final[Mapping[str, Key[Any]]] = {
    "plans": optional(MapOf(PLAN, at_least=1), {}),
    "parameters": optional(MapOf(PARAMETER), {}),
    "ambiguities": optional(ListOf(AMBIGUITY), ()),
}
"""What closes the open places of the body."""
HEAD_KEYS: Final[Mapping[str, Key[Any]]] = {
    "contract": required(Whole(FORMAT, FORMAT)),
    "id": required(IDENTIFIER),
    "title": required(Text()),
    "vendor": required(Text()),
    "version": required(Version()),
    "language": required(Text("language", r"[a-z]{2}", "en")),
    "source": required(Text()),
    "valid_from": optional(Day()),
    "valid_to": optional(Day()),
    "versions": optional(ListOf(VERSION), ()),
    "words": optional(MapOf(MapOf(Text(), keys=r"[^\n]+"), keys=r"[a-z]{2}"), {}),
    **OPEN_KEYS,
}


@dataclass(slots=True)
class Memory:
    """What was read of one file: its readings share most of their terms, and there is one for each ambiguity."""

    settled: Settled = field(default_factory=dict)
    terms: dict[tuple[str, str, int], tuple[Node, Any]] = field(default_factory=dict)
    """By zone, path and identity, with what has that identity: kept, so that it stays its own."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A shape that reads each settled part of a file once, unless there is something to say about it."""

    shape: Shape[Any]
    zone: str
    memory: Memory

    def read(self, node: Node, path: str, problems: Problems) -> Any:
        """What the shape makes of it."""
        if id(node) not in self.memory.settled:
            return self.shape.read(node, path, problems)
        key = self.zone, path, id(node)
        if key not in self.memory.terms:
            own = Problems()
            try:
                value = self.shape.read(node, path, own)
            finally:
                for problem in own.found:
                    problems.add(problem)
            if own:
                return value
            self.memory.terms[key] = node, value
        return self.memory.terms[key][1]


@dataclass(frozen=True, slots=True)
class ContractFile:
    """One contract as its file says it, with everything still open."""

    id: str
    title: str
    vendor: str
    version: str
    language: str
    source: str
    plans: Mapping[str, Plan]
    parameters: Mapping[str, Parameter]
    ambiguities: tuple[Ambiguity, ...]
    body: Node
    """The keys that become terms."""
    whole: Node
    """The file as read: what is kept as evidence."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By language, the file's titles in that language, each by how it stands in the file."""
    valid_from: date | None = None
    """The first day of this version, None where it was always in force."""
    valid_to: date | None = None
    """The day from which it is no longer in force."""
    later: tuple[ContractFile, ...] = ()
    """The versions after this one, in the order of their dates; they have none of their own."""
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    @property
    def versions(self) -> tuple[ContractFile, ...]:
        """This version and the later ones."""
        return (self, *self.later)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the register."""
        return frozenset(ambiguity.id for ambiguity in self.ambiguities)

    def conservative_ids(self, chosen: str | frozenset[str]) -> frozenset[str]:
        """The ambiguities that a choice of readings reads conservatively."""
        match chosen:
            case "recommended":
                return frozenset()
            case "conservative":
                return self.ids
            case _:
                return frozenset(chosen)

    def terms(
        self,
        plan: str | None,
        parameters: Mapping[str, Node],
        conservative: frozenset[str],
        problems: Problems,
        *,
        strict: bool = False,
    ) -> Contract:
        """The terms for a plan, with the named ambiguities read conservatively. Raises `RefusedError`.

        `strict` reads conservatively what no clause settles: unknown time inside an outage splits it, and undecided
        exclusions are subtracted.
        """
        contract, _ = self.terms_and_node(plan, parameters, conservative, problems)
        return replace(
            contract,
            downtime=replace(contract.downtime, unknown_splits=strict),
            exclusions=replace(contract.exclusions, subtracts_proposed=strict),
        )

    def terms_and_node(
        self, plan: str | None, parameters: Mapping[str, Node], conservative: frozenset[str], problems: Problems
    ) -> tuple[Contract, Node]:
        """The terms with the closed document from which they were read. Raises `RefusedError`."""
        closing = Closing(
            plan=plan,
            plans=tuple(self.plans),
            parameters=parameters,
            declared=frozenset(self.parameters),
            ambiguities=self.ids,
            conservative=conservative,
            settled=self.memory.settled,
        )
        closed = _without_open_targets(closing.close(self.body, "", problems))
        contract = _read_terms(closed, self, plan, problems)
        missing = tuple(
            Missing(name, parameter.clause, parameter.needed_for)
            for name, parameter in self.parameters.items()
            if name in closing.met_parameters
        )
        return replace(contract, missing=missing, words=self.words), closed

    def as_claimed(
        self, plan: str | None, parameters: Mapping[str, Node], conservative: frozenset[str]
    ) -> dict[str, object]:
        """The file closed for one plan and one reading: what leaves the house names no other reading.

        Raises `RefusedError` only for a file that was never checked.
        """
        closing = Closing(plan, tuple(self.plans), parameters, frozenset(self.parameters), self.ids, conservative)
        head: dict[str, object] = {
            "contract": FORMAT,
            "id": self.id,
            "title": self.title,
            "vendor": self.vendor,
            "version": self.version,
            "language": self.language,
            "source": self.source,
        }
        days = {"valid_from": self.valid_from, "valid_to": self.valid_to}
        head |= {key: day.isoformat() for key, day in days.items() if day is not None}
        if plan is not None:
            head["plans"] = {plan: {"title": self.plans[plan].title, "clause": self.plans[plan].clause}}
        return head | _without_register(_without_open_targets(closing.close(self.body, "", Problems())))

    def used_ambiguities(self, problems: Problems) -> set[str]:
        """The ambiguities that some open place names."""
        used: set[str] = set()
        for plan in tuple(self.plans) or (None,):
            for conservative in (frozenset[str](), self.ids):
                closing = Closing(plan, tuple(self.plans), {}, frozenset(self.parameters), self.ids, conservative)
                closing.close(self.body, "", problems)
                used |= closing.met_ambiguities
        return used


def read_contract(node: Node, problems: Problems) -> ContractFile:
    """A contract file's head and body. Raises `RefusedError`; `terms` reads the body.

    Where the head is refused the body is read all the same, so that one run names every mistake.
    """
    if not isinstance(node.value, dict):
        raise refuse(node, "", problems, "is no mapping; write the keys of a contract, starting with `contract: 1`")
    head = {key: child for key, child in node.value.items() if key in HEAD_KEYS}
    body = {key: child for key, child in node.value.items() if key not in HEAD_KEYS}

    def build(
        contract: int,  # noqa: ARG001 - the format is checked by its shape
        plans: Mapping[str, Plan],
        ambiguities: tuple[Ambiguity, ...],
        versions: tuple[VersionHead, ...],
        **rest: Any,
    ) -> ContractFile:
        taken: set[str] = set()
        for index, each in enumerate(ambiguities):
            if each.id in taken:
                message = f"{each.id} stands twice in the register; keep one"
                raise refuse(_registered(node, index), f"ambiguities[{index}]", problems, message)
            taken.add(each.id)
        _check_words(node, problems)
        first = ContractFile(plans=plans, ambiguities=ambiguities, body=body_node, whole=node, **rest)
        if first.valid_from and first.valid_to and first.valid_to <= first.valid_from:
            raise ValueError("valid_to is not after valid_from; write the day after the version's last")
        return _with_later(first, versions, problems)

    head_node, body_node = replace(node, value=head), replace(node, value=body)
    try:
        return Record(build, HEAD_KEYS).read(head_node, "", problems)
    except RefusedError:
        with suppress(RefusedError):
            check_contract(_nameless(head_node, body_node), problems)
        raise


def _check_words(node: Node, problems: Problems) -> None:
    """Refuse a translation of what the file does not say: a title was changed, or mistyped. Raises `RefusedError`."""
    held = _mapping_of(node)
    said = {text for key, child in held.items() if key != "words" for text in _texts(child)}
    before = len(problems.found)
    for language, titles in (_mapping_of(held["words"]) if "words" in held else {}).items():
        for title, child in _mapping_of(titles).items():
            if title not in said:
                message = f"{title!r} stands nowhere in this file; write a title as it stands there"
                problems.add(child.problem(f"words.{language}", message))
    if len(problems.found) > before:
        raise RefusedError


def _texts(node: Node) -> Iterator[str]:
    match node.value:
        case str() as text:
            yield text
        case dict() as children:
            for child in children.values():
                yield from _texts(child)
        case list() as items:
            for child in items:
                yield from _texts(child)
        case _:
            return


def _with_later(first: ContractFile, heads: tuple[VersionHead, ...], problems: Problems) -> ContractFile:
    """The contract with its later versions, each in force until the next one is. Raises `RefusedError`."""
    chain = [first]
    for index, head in enumerate(heads):
        before = chain[-1]
        path = f"versions[{index}]"
        if before.valid_from is not None and head.valid_from <= before.valid_from:
            message = f"starts not after the version before it ({before.valid_from}); write versions in order"
            raise refuse(head.change, f"{path}.valid_from", problems, message)
        if not isinstance(head.change.value, dict) or not head.change.value:
            message = "changes nothing; write the keys that differ from the version before, null to remove one"
            raise refuse(head.change, f"{path}.change", problems, message)
        for key in SAME_IN_EVERY_VERSION:
            if key in head.change.value:
                message = f"{key} is the same in every version; leave it out, or write another contract"
                raise refuse(head.change.value[key], f"{path}.change.{key}", problems, message)
        ends = min(filter(None, (before.valid_to, head.valid_from)))
        chain[-1] = replace(before, valid_to=ends)
        whole = patched(_without(before.whole, SAME_IN_EVERY_VERSION[4:]), head.change)
        own = {
            "version": head.version,
            "valid_from": head.valid_from.isoformat(),
            **({"valid_to": head.valid_to.isoformat()} if head.valid_to else {}),
            **({"source": head.source} if head.source else {}),
        }
        keys = {key: replace(head.change, value=value) for key, value in own.items()}
        merged = whole.value if isinstance(whole.value, dict) else {}
        chain.append(read_contract(replace(whole, value={**merged, **keys}), problems))
    return replace(chain[0], later=tuple(chain[1:]))


def _without(node: Node, keys: Collection[str]) -> Node:
    return replace(node, value={key: child for key, child in _mapping_of(node).items() if key not in keys})


def _nameless(head: Node, body: Node) -> ContractFile:
    """A file whose name or title cannot be read, so that its body can. Raises `RefusedError` if that rests on it."""
    open_head = {key: child for key, child in _mapping_of(head).items() if key in OPEN_KEYS}
    build = partial(ContractFile, id="", title="", vendor="", version="", language="", source="", body=body, whole=head)
    return Record(build, OPEN_KEYS).read(replace(head, value=open_head), "", Problems())


def readings(
    file: ContractFile,
    plan: str | None,
    parameters: Mapping[str, Node],
    chosen: str | frozenset[str],
    problems: Problems,
) -> Readings:
    """One contract's terms under all readings that judging compares.

    `chosen` is `recommended`, `conservative`, or the ids that are read conservatively. Raises `RefusedError`.
    """
    terms = partial(file.terms, plan, parameters, problems=problems)
    recommended, conservative = terms(frozenset()), terms(file.ids, strict=True)
    match chosen:
        case "recommended":
            own = recommended
        case "conservative":
            own = conservative
        case _:
            own = terms(frozenset(chosen))
    return Readings(
        name=chosen if isinstance(chosen, str) else _reading_name(chosen),
        chosen=own,
        recommended=recommended,
        conservative=conservative,
        turned={each: terms(frozenset({each})) for each in sorted(file.ids)},
    )


def _reading_name(turned: frozenset[str]) -> str:
    return ", ".join(f"{each}: conservative" for each in sorted(turned)) or "recommended"


_OF_THE_HOUSE: Final = frozenset({"rests_on", "risks"})
"""Keys that name ambiguities or weigh a claim: nobody else's business."""


def _without_register(node: Node) -> dict[str, object]:
    """Plain values without what is of the house, and without places that a missing parameter left open."""

    def kept(value: Node) -> object:
        match value.value:
            case {"all_of": Node(value=list() as items)} if any(child.value is ABSENT for child in items):
                return []  # holidays common to all, of whom one is not known, are none
            # A calendar whose hours nobody knows is no calendar without hours: null says which.
            case dict() as mapping:
                return {
                    key: kept(child)
                    for key, child in mapping.items()
                    if key not in _OF_THE_HOUSE
                    and (key == "hours" or child.value is not ABSENT)
                    and child.value is not None
                }
            case list() as items:
                return [kept(child) for child in items if child.value is not ABSENT]
            case _:
                return plain(value)

    result = kept(node)
    assert isinstance(result, dict)  # noqa: S101 - `read_contract` built it from a mapping
    return result


def check_contract(file: ContractFile, problems: Problems, *, varied: bool = False) -> None:
    """Read the body under every plan and each reading, so that no mistake hides in a plan that nobody signed.

    A `varied` contract may have lost the places on which its register bears.
    """
    for version in file.later:
        check_contract(version, problems, varied=varied)
    readable = True
    read: list[tuple[Contract, Node]] = []
    for plan in tuple(file.plans) or (None,):
        for conservative in (frozenset[str](), file.ids, *(frozenset({each}) for each in file.ids)):
            try:
                read.append(file.terms_and_node(plan, {}, conservative, problems))
            except RefusedError:
                readable = False
    if not readable:
        return
    for contract, closed in read:
        for problem in lints(contract, closed):
            problems.add(problem)
    if varied:
        return
    used = file.used_ambiguities(problems) | _rested_on(file.body)
    for index, ambiguity in enumerate(file.ambiguities):
        if ambiguity.id not in used and ambiguity.recommended != ambiguity.conservative:
            message = f"{ambiguity.id} has two readings and no term depends on it; name it where they differ"
            problems.add(_registered(file.whole, index).problem(f"ambiguities[{index}]", message))


def _without_open_targets(closed: Node) -> Node:
    """The terms without targets whose limit is a parameter that is not set: nothing is promised until it is."""
    body = _mapping_of(closed)
    targets = body.get("targets")
    if targets is None or not isinstance(targets.value, list):
        return closed
    kept = [
        replace(each, value=ABSENT) if (limit := _mapping_of(each).get("limit")) and limit.value is ABSENT else each
        for each in targets.value
    ]
    return replace(closed, value={**body, "targets": replace(targets, value=kept)})


def _registered(node: Node, index: int) -> Node:
    """The node of one ambiguity in the file's register."""
    items = _mapping_of(node)["ambiguities"].value
    return items[index] if isinstance(items, list) else node


def _rested_on(node: Node) -> set[str]:
    match node.value:
        case dict() as mapping:
            found = {
                child.value
                for key, value in mapping.items()
                if key == "rests_on" and isinstance(value.value, list)
                for child in value.value
                if isinstance(child.value, str)
            }
            return found.union(*(_rested_on(child) for child in mapping.values()))
        case list() as items:
            return set().union(*(_rested_on(child) for child in items))
        case _:
            return set()


@cache
def body_keys(zone: ZoneInfo) -> Mapping[str, Key[Any]]:
    """The keys of the terms, whose values may be left open; times of day are of the contract's zone."""
    return {
        "zone": required(Zone()),
        "period": required(PERIOD),
        "groups": required(MapOf(GROUP, keys=r"[a-z0-9][a-z0-9_-]*", at_least=1)),
        "total_loss": optional(TOTAL_LOSS),
        "primary": optional(PRIMARY),
        "downtime": required(downtime(zone)),
        "exclusions": optional(exclusions(zone), ExclusionTerms()),
        "targets": required(ListOf(TARGET)),
        "credit": required(CreditShape()),
        "termination": optional(TERMINATION),
        "metric": optional(MetricShape()),
        "conditions": optional(ListOf(condition(zone)), ()),
        "customer_duties": optional(ListOf(customer_duty(zone)), ()),
        "claim": required(claim(zone)),
        "min_coverage": optional(PERCENT, DEFAULT_MIN_COVERAGE),
        "closes_after": optional(Length(), DEFAULT_CLOSES_AFTER),
        "on_change": optional(Choice(OnChange), OnChange.PERIOD_START),
        "calendars": optional(MapOf(CalendarShape(zone), keys=r"[a-z0-9][a-z0-9_-]*"), {}),
        "severities": optional(SEVERITIES, SeverityTerms()),
        "clocks": optional(ListOf(CLOCK), ()),
    }


def _read_terms(closed: Node, file: ContractFile, plan: str | None, problems: Problems) -> Contract:
    try:
        zone = Record(lambda zone: zone, {"zone": required(Zone())}, beside=tuple(_mapping_of(closed))).read(
            closed, "", problems
        )
    except RefusedError:
        zone = ZoneInfo("UTC")  # only to read the rest; the record below refuses the whole

    def build(
        zone: ZoneInfo,
        period: PeriodHead,
        groups: Mapping[str, GroupHead],
        min_coverage: Fraction,
        targets: tuple[Target, ...],
        customer_duties: tuple[CustomerDuty, ...],
        calendars: Mapping[str, BusinessCalendar | None],
        severities: SeverityTerms,
        clocks: tuple[ClockTerms, ...],
        **rest: Any,
    ) -> Contract:
        return Contract(
            id=file.id,
            title=file.title,
            vendor=file.vendor,
            version=file.version,
            plan=plan,
            zone=zone,
            period=period.kind,
            period_clause=period.clause,
            start_month=period.start_month,
            valid_from=None if file.valid_from is None else midnight(file.valid_from, zone),
            valid_to=None if file.valid_to is None else midnight(file.valid_to, zone),
            cycle_day=period.day,
            cycle_months=period.months,
            rolling_days=period.days,
            event=period.event,
            groups=tuple(
                GroupTerms(name, head.title, head.clause, counts=head.counts, judged=head.judged)
                for name, head in groups.items()
            ),
            targets=targets,
            duties=customer_duties,
            min_coverage=min_coverage / 100,
            ambiguities=file.ambiguities,
            support=SupportTerms(calendars, severities, clocks),
            **rest,
        )

    keys = {
        name: replace(key, shape=_Remembered(key.shape, zone.key, file.memory)) for name, key in body_keys(zone).items()
    }
    contract = Record(build, keys, beside=tuple(HEAD_KEYS)).read(closed, "", problems)
    check_names(contract, closed, problems)
    clocks = linked(contract.support, [group.id for group in contract.groups], closed, problems)
    return replace(contract, support=replace(contract.support, clocks=clocks))


def _mapping_of(node: Node) -> dict[str, Node]:
    return node.value if isinstance(node.value, dict) else {}
