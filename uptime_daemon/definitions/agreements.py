"""What we signed -> an `Agreement` and the terms of its contract under every reading that judging compares.

The same keys stand under `agreements:` of `uptime.yaml` and under `agreement:` of a case. Dates mean 00:00 in the
contract's zone; an end is exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.terms.agreement import Agreement, Bill, LetterChoice, Party, People
from uptime_daemon.core.terms.need import Binding
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.core.time.periods import PeriodKind, midnight
from uptime_daemon.core.time.spans import Span
from uptime_daemon.definitions.bindings import BindingShape
from uptime_daemon.definitions.choices import CONSERVATIVE, RECOMMENDED
from uptime_daemon.definitions.contracts.file import ContractFile, readings
from uptime_daemon.definitions.fees import BILL, BillLine, FeeLine, FeeList, fees_of
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.people import LETTERS, PARTIES, PEOPLE, Parties
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import Key, ListOf, MapOf, OneOrMore, Record, optional, required, unknown_keys
from uptime_daemon.definitions.shapes import IDENTIFIER, AsNode, OneOf, Shape, Version, refuse
from uptime_daemon.definitions.times import Day, Length

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from uptime_daemon.core.terms.contract import Contract, Readings
    from uptime_daemon.core.time.instants import Duration

LIMITATION_MAX: Final = 30 * 366 * DAY
"""No period of limitation of commercial claims is longer."""
_READING_WORDS: Final = OneOf((RECOMMENDED, CONSERVATIVE))
_AMBIGUITY_NAMES: Final = r"[A-Za-z0-9-]+"


@dataclass(frozen=True, slots=True)
class ReadingChoice:
    """`recommended`, `conservative`, or a mapping from ambiguity ids to one of them."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A word for all, or one for each ambiguity."""
        return (_READING_WORDS, MapOf(_READING_WORDS, keys=_AMBIGUITY_NAMES))

    def read(self, node: Node, path: str, problems: Problems) -> str | frozenset[str]:
        """The word, or the ids that are read conservatively."""
        if isinstance(node.value, dict):
            by_id = MapOf(_READING_WORDS, keys=_AMBIGUITY_NAMES).read(node, path, problems)
            return frozenset(name for name, word in by_id.items() if word == CONSERVATIVE)
        return _READING_WORDS.read(node, path, problems)


@dataclass(frozen=True, slots=True)
class AgreementHead:
    """An agreement's keys before its contract is known."""

    plan: str | None
    plan_changes: tuple[PlanChange, ...]
    starts: date | None
    ends: date | None
    fees: tuple[FeeLine, ...]
    billed: tuple[BillLine, ...]
    groups: Mapping[str, Binding]
    primary_group: tuple[str, ...]
    parameters: Mapping[str, Node]
    readings: str | frozenset[str]
    reference: Mapping[str, str]
    parties: Parties
    people: People
    letters: LetterChoice
    limitation: Duration | None
    node: Node


@dataclass(frozen=True, slots=True)
class PlanChange:
    """Another plan from a day on."""

    starts: date
    plan: str


def _plan_change(from_: date, plan: str) -> PlanChange:
    return PlanChange(from_, plan)


PLAN_CHANGE: Final = Record(_plan_change, {"from": required(Day()), "plan": required(IDENTIFIER)})


@dataclass(frozen=True, slots=True)
class _PlanChanges:
    """Plans in force one after another, each until the next one starts."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """Changes one after another."""
        return (ListOf(PLAN_CHANGE),)

    def read(self, node: Node, path: str, problems: Problems) -> tuple[PlanChange, ...]:
        changes = ListOf(PLAN_CHANGE).read(node, path, problems)
        for index, (one, other) in enumerate(pairwise(changes), start=1):
            if other.starts <= one.starts:
                message = f"starts not after the change from {one.starts}; write changes in the order of their dates"
                raise refuse(node.at(index), f"{path}[{index}].from", problems, message)
        return changes


AGREEMENT_KEYS: Final[Mapping[str, Key[Any]]] = {
    "plan": optional(IDENTIFIER),
    "plan_changes": optional(_PlanChanges(), ()),
    "starts": optional(Day()),
    "ends": optional(Day()),
    "fees": optional(FeeList(), ()),
    "billed": optional(ListOf(BILL), ()),
    "groups": optional(MapOf(BindingShape(), keys=r"[a-z0-9][a-z0-9_-]*"), {}),
    "primary_group": optional(OneOrMore(IDENTIFIER), ()),
    "parameters": optional(MapOf(AsNode()), {}),
    "readings": optional(ReadingChoice(), RECOMMENDED),
    "reference": optional(MapOf(Version()), {}),
    "parties": optional(PARTIES, Parties(Party(), Party())),
    "people": optional(PEOPLE, People()),
    "letters": optional(LETTERS, LetterChoice()),
    "limitation": optional(Length(LIMITATION_MAX)),
}


def read_head(
    node: Node, path: str, problems: Problems, extra: Mapping[str, Shape[Any]]
) -> tuple[AgreementHead, dict[str, Any]]:
    """An agreement's own keys, and the extra required ones of the place where it stands. Raises `RefusedError`."""

    def build(starts: date | None, ends: date | None, **rest: Any) -> tuple[AgreementHead, dict[str, Any]]:
        if starts is not None and ends is not None and ends <= starts:
            raise ValueError("does not end after its start; write a later `ends`")
        others = {name: rest.pop(name) for name in extra}
        return AgreementHead(starts=starts, ends=ends, node=node, **rest), others

    keys = {name: required(shape) for name, shape in extra.items()} | dict(AGREEMENT_KEYS)
    return Record(build, keys).read(node, path, problems)


def agreed(
    head: AgreementHead,
    name: str,
    file: ContractFile,
    path: str,
    problems: Problems,
) -> tuple[Agreement, Readings]:
    """The agreement under its contract, with all names that the contract must know checked. Raises `RefusedError`."""
    before = len(problems.found)
    _check_readings(head, file, path, problems)
    parameters = {name: node for name, node in head.parameters.items() if node.value is not None}
    if head.parameters:
        declared = {name: None for version in file.versions for name in version.parameters}
        unknown_keys(head.node.at("parameters"), f"{path}.parameters".lstrip("."), problems, declared)
    if len(problems.found) > before:
        raise RefusedError
    terms = _dated(head, file, parameters, path, problems)
    zone = terms.chosen.zone
    _check_groups(head, terms.chosen, path, problems)
    _check_event(head, terms.chosen, path, problems)
    agreement = Agreement(
        id=name,
        contract=file.id,
        plan=head.plan,
        starts=None if head.starts is None else midnight(head.starts, zone),
        ends=None if head.ends is None else midnight(head.ends, zone),
        fees=fees_of(head.fees, zone),
        billed=tuple(
            Bill(
                Span(midnight(line.starts, zone), midnight(line.ends, zone)),
                line.amount,
                line.name,
                line.group,
                covered=line.covered,
            )
            for line in head.billed
        ),
        bindings=head.groups,
        primary=head.primary_group,
        parameters={name: _parameter_text(node) for name, node in parameters.items()},
        reference=head.reference,
        customer=head.parties.customer,
        vendor=head.parties.vendor if head.parties.vendor.name else replace(head.parties.vendor, name=file.vendor),
        people=head.people,
        letters=head.letters,
        limitation=head.limitation,
    )
    return agreement, terms


def _dated(
    head: AgreementHead, file: ContractFile, parameters: Mapping[str, Node], path: str, problems: Problems
) -> Readings:
    """The terms of the last version and plan, with those of earlier ones until the days on which they changed."""
    later = {version.valid_from for version in file.later if version.valid_from is not None}
    days = sorted(later | {change.starts for change in head.plan_changes})
    found: list[Readings] = []
    for day in (None, *days):
        version, plan = file, head.plan
        if day is not None:
            begun = [each for each in file.later if each.valid_from is not None and each.valid_from <= day]
            version = [file, *begun][-1]
            plan = [head.plan, *(change.plan for change in head.plan_changes if change.starts <= day)][-1]
        _check_plan(head, plan, version, path, problems)
        chosen = head.readings if isinstance(head.readings, str) else head.readings & version.ids
        found.append(readings(version, plan, parameters, chosen, problems))
    last = found[-1]
    ends = [midnight(day, last.chosen.zone) for day in days]
    return replace(last, earlier=tuple(zip(ends, found, strict=False)))


def _check_plan(head: AgreementHead, plan: str | None, file: ContractFile, path: str, problems: Problems) -> None:
    """Refuse a plan that a version lacks. Raises `RefusedError`."""
    if plan is None and not file.plans:
        return
    if plan is None or plan not in file.plans:
        plans = ", ".join(file.plans) or "none; leave plan out"
        what = "is missing" if plan is None else f"{plan!r} is no plan of {file.id}"
        key = "plan" if plan == head.plan else "plan_changes"
        raise refuse(head.node.at(key), f"{path}.{key}".lstrip("."), problems, f"{what}; the plans are: {plans}")


def _check_readings(head: AgreementHead, file: ContractFile, path: str, problems: Problems) -> None:
    node = head.node.at("readings")
    known = dict.fromkeys(ambiguity.id for version in file.versions for ambiguity in version.ambiguities)
    names = ", ".join(known)
    advice = f"write one of: {names}" if names else "leave readings out"
    turned = node.value if isinstance(head.readings, frozenset) and isinstance(node.value, dict) else {}
    for name in turned:
        if name not in known:
            message = f"{name!r} is no ambiguity of {file.id}; {advice}"
            problems.add(node.at(name).problem(f"{path}.readings.{name}".lstrip("."), message))


def _check_groups(head: AgreementHead, contract: Contract, path: str, problems: Problems) -> None:
    before = len(problems.found)
    groups = [group.id for group in contract.groups]
    bindings = head.node.at("groups")
    places = [(f"groups.{name}", bindings.at(name), name) for name in head.groups]
    places += _billed_groups(head)
    places += [("primary_group", head.node.at("primary_group"), name) for name in head.primary_group]
    for key, place, group in places:
        if group not in groups:
            message = f"{group!r} is no group of {contract.id}; write one of: {', '.join(groups)}"
            problems.add(place.problem(f"{path}.{key}".lstrip("."), message))
    if head.primary_group and contract.primary is None:
        message = f"{contract.id} knows no main group; leave primary_group out"
        problems.add(head.node.at("primary_group").problem(f"{path}.primary_group".lstrip("."), message))
    if len(problems.found) > before:
        raise RefusedError


def _check_event(head: AgreementHead, contract: Contract, path: str, problems: Problems) -> None:
    """Refuse an agreement on an event of which nobody knows when it is: it has no period."""
    if contract.period is PeriodKind.EVENT and contract.event is None:
        names = ", ".join(missing.name for missing in contract.missing) or "period.from and period.to of the contract"
        message = f"the days of the event of {contract.id} are not known; set {names}"
        raise refuse(head.node.at("parameters"), f"{path}.parameters".lstrip("."), problems, message)


def _billed_groups(head: AgreementHead) -> Iterator[tuple[str, Node, str]]:
    """The groups that items of fees and bills pay for, with their places."""
    by_item = [("fees", index, item.group) for index, line in enumerate(head.fees) for item in line.items]
    for key, index, group in (*by_item, *(("billed", index, line.group) for index, line in enumerate(head.billed))):
        if group is not None:
            yield f"{key}[{index}]", head.node.at(key, index), group


def _parameter_text(node: Node) -> str | tuple[str, ...]:
    if isinstance(node.value, list):
        return tuple(str(child.value) for child in node.value)
    return str(node.value)
