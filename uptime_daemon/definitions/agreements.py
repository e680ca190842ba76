"""What we signed -> an `Agreement` and the terms of its contract under every reading that judging compares.

The same keys stand under `agreements:` of `uptime.yaml` and under `agreement:` of a case. Dates mean 00:00 in the
contract's zone; an end is exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.terms.agreement import (
    Agreement,
    Bill,
    Fee,
    FeeBase,
    FeeItem,
    ItemKind,
    LetterChoice,
    Party,
    People,
)
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.core.time.periods import PeriodKind, midnight
from uptime_daemon.core.time.spans import Span
from uptime_daemon.definitions.choices import CONSERVATIVE, RECOMMENDED
from uptime_daemon.definitions.contracts import ContractFile, readings
from uptime_daemon.definitions.documents import Node
from uptime_daemon.definitions.money import CURRENCY, MoneyText, money
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    AsNode,
    Choice,
    Day,
    Flag,
    Key,
    Length,
    ListOf,
    MapOf,
    OneOf,
    Record,
    Shape,
    Text,
    Version,
    Whole,
    named,
    optional,
    refuse,
    required,
    unknown_keys,
)
from uptime_daemon.languages.language import Language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.contract import Contract, Readings
    from uptime_daemon.core.time.instants import Duration

GROUP_REFERENCE: Final = Text("probe group", r"[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*", "vendor/web")
_NEEDS: Final = tuple(kind.value for kind in NeedKind)
_MEMBERS_MAX: Final = 10_000
LIMITATION_MAX: Final = 30 * 366 * DAY
"""No period of limitation of commercial claims is longer."""


@dataclass(frozen=True, slots=True)
class NeedShape:
    """`all`, `any` or `{at_least: 2}`: how many members must be up."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The words, or a number of members."""
        return (OneOf(_NEEDS[:2]), Record(dict, {"at_least": required(Whole(1, _MEMBERS_MAX))}))

    def read(self, node: Node, path: str, problems: Problems) -> Need:
        """The operator."""
        match node.value:
            case "all" | "any" as word:
                return Need(NeedKind(word))
            case dict() as mapping if set(mapping) == {"at_least"}:
                count = Whole(1, _MEMBERS_MAX).read(mapping["at_least"], f"{path}.at_least", problems)
                return Need(NeedKind.AT_LEAST, count)
        message = f"{named(node)} says not what must be up; write all, any or {{at_least: 2}}"
        raise refuse(node, path, problems, message)


@dataclass(frozen=True, slots=True)
class BindingShape:
    """What measures a contract's group: one probe group, or `{all|any: [...]}`, or `{at_least: 2, of: [...]}`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """One probe group, or an operator over several."""
        return (
            GROUP_REFERENCE,
            *(Record(dict, {word: required(ListOf(GROUP_REFERENCE, at_least=1))}) for word in _NEEDS[:2]),
            Record(
                dict,
                {
                    "at_least": required(Whole(1, _MEMBERS_MAX)),
                    "of": required(ListOf(GROUP_REFERENCE, at_least=1)),
                },
            ),
        )

    def read(self, node: Node, path: str, problems: Problems) -> Binding:
        """The binding; several groups without an operator are refused, for both readings of a bare list are usual."""
        match node.value:
            case str():
                return Binding(Need(NeedKind.ALL), (GROUP_REFERENCE.read(node, path, problems),))
            case list():
                message = "a bare list says not how its groups combine; write {any: [...]} or {all: [...]}"
                raise refuse(node, path, problems, message)
            case dict() as mapping if len(mapping) == 1 and set(mapping) <= {"all", "any"}:
                word, members = next(iter(mapping.items()))
                groups = ListOf(GROUP_REFERENCE, at_least=1).read(members, f"{path}.{word}", problems)
                return Binding(Need(NeedKind(word)), groups)
            case dict() as mapping if set(mapping) == {"at_least", "of"}:
                groups = ListOf(GROUP_REFERENCE, at_least=1).read(mapping["of"], f"{path}.of", problems)
                count = Whole(1, len(groups)).read(mapping["at_least"], f"{path}.at_least", problems)
                return Binding(Need(NeedKind.AT_LEAST, count), groups)
        message = f"{named(node)} is no binding; write a probe group such as vendor/web, or {{any: [...]}} of several"
        raise refuse(node, path, problems, message)


@dataclass(frozen=True, slots=True)
class OneOrMore:
    """One identifier, or a list of them."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """One of them or a list."""
        return (IDENTIFIER, ListOf(IDENTIFIER, at_least=1))

    def read(self, node: Node, path: str, problems: Problems) -> tuple[str, ...]:
        """The identifiers."""
        if isinstance(node.value, str):
            return (IDENTIFIER.read(node, path, problems),)
        return ListOf(IDENTIFIER, at_least=1).read(node, path, problems)


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
class _FeeLine:
    starts: date
    ends: date | None
    amount: Money
    per: FeeBase
    invoice: str
    items: tuple[FeeItem, ...]
    seats: int


@dataclass(frozen=True, slots=True)
class _ItemLine:
    name: str
    amount: str
    group: str | None
    covered: bool
    kind: ItemKind


def _fee(
    from_: date,
    to_: date | None,
    amount: str,
    currency: str,
    per: FeeBase,
    invoice: str,
    items: tuple[_ItemLine, ...],
    seats: int,
) -> _FeeLine:
    one = money(amount, currency)
    whole = Money(one.minor * seats, currency)
    if to_ is not None and to_ <= from_:
        raise ValueError("does not end after its start; write a later `to`")
    made = tuple(
        FeeItem(line.name, money(line.amount, currency), line.group, covered=line.covered, kind=line.kind)
        for line in items
    )
    together = sum((item.amount for item in made), start=Money(0, currency))
    if made and together != whole:
        raise ValueError(f"is {whole} and its items are {together} together; mend the one that is wrong")
    return _FeeLine(from_, to_, whole, per, invoice, made, seats)


@dataclass(frozen=True, slots=True)
class _BillLine:
    starts: date
    ends: date
    amount: Money
    name: str
    group: str | None
    covered: bool


def _bill(from_: date, to_: date, amount: str, currency: str, **rest: Any) -> _BillLine:
    if to_ <= from_:
        raise ValueError("does not end after its start; write a later `to`")
    return _BillLine(from_, to_, money(amount, currency), **rest)


_SEATS_MAX: Final = 10_000_000
ITEM: Final = Record(
    _ItemLine,
    {
        "name": required(Text()),
        "amount": required(MoneyText()),
        "group": optional(IDENTIFIER),
        "covered": optional(Flag(), default=True),
        "kind": optional(Choice(ItemKind), ItemKind.RECURRING),
    },
)
BILL: Final = Record(
    _bill,
    {
        "from": required(Day()),
        "to": required(Day()),
        "amount": required(MoneyText()),
        "currency": required(CURRENCY),
        "name": required(Text()),
        "group": optional(IDENTIFIER),
        "covered": optional(Flag(), default=True),
    },
)
FEE: Final = Record(
    _fee,
    {
        "from": required(Day()),
        "to": optional(Day()),
        "amount": required(MoneyText()),
        "currency": required(CURRENCY),
        "per": required(Choice(FeeBase)),
        "invoice": optional(Version(), ""),
        "items": optional(ListOf(ITEM, at_least=1), ()),
        "seats": optional(Whole(1, _SEATS_MAX), 1),
    },
)
PARTY: Final = Record(
    Party,
    {
        "name": required(Text()),
        "address": optional(Text(), ""),
        "phone": optional(Text(), ""),
        "portal": optional(Text("address", r"https?://\S+", "https://tickets.vendor.example/"), ""),
        "mail": optional(Text("mail address", r"[^@\s]+@[^@\s]+", "support@vendor.example"), ""),
    },
)
_PERSON: Final = Text("user name or mail address", r"[^\s@]+(@[^\s@]+)?", "ana")


@dataclass(frozen=True, slots=True)
class _Parties:
    customer: Party
    vendor: Party


PARTIES: Final = Record(_Parties, {"customer": optional(PARTY, Party()), "vendor": optional(PARTY, Party())})
_LANGUAGE: Final = Choice(Language)


@dataclass(frozen=True, slots=True)
class _Person:
    who: str
    language: Language | None = None


_NOBODY: Final = _Person("")


@dataclass(frozen=True, slots=True)
class PersonShape:
    """A user's name or a mail address, or `{who: ana@acme.example, language: cs}`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """Who it is, alone or with a language."""
        return (_PERSON, Record(dict, {"who": required(_PERSON), "language": required(_LANGUAGE)}))

    def read(self, node: Node, path: str, problems: Problems) -> _Person:
        """The person, with the language to write in where one is named."""
        if isinstance(node.value, dict):
            keys: dict[str, Key[Any]] = {"who": required(_PERSON), "language": required(_LANGUAGE)}
            return Record(_Person, keys).read(node, path, problems)
        return _Person(_PERSON.read(node, path, problems))


def _people(**each: _Person) -> People:
    languages = {person.who: person.language.value for person in each.values() if person.language is not None}
    return People(**{role: person.who for role, person in each.items()}, languages=languages)


PEOPLE: Final = Record(
    _people,
    {name: optional(PersonShape(), _NOBODY) for name in ("owner", "deputy", "finance", "technical")},
)


def _letters(language: Language | None, templates: Path | None) -> LetterChoice:
    return LetterChoice("" if language is None else language.value, "" if templates is None else str(templates))


@dataclass(frozen=True, slots=True)
class FolderShape:
    """A folder, beside the file that names it unless it is absolute."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """Its path."""
        return (Text("folder", example="letters/acme"),)

    def read(self, node: Node, path: str, problems: Problems) -> Path:
        """The folder's path; whether it is there is looked at when it is used."""
        return Path(node.file).parent / Text("folder", example="letters/acme").read(node, path, problems)


LETTERS: Final = Record(_letters, {"language": optional(_LANGUAGE), "templates": optional(FolderShape())})


@dataclass(frozen=True, slots=True)
class AgreementHead:
    """An agreement's keys before its contract is known."""

    plan: str | None
    plan_changes: tuple[PlanChange, ...]
    starts: date | None
    ends: date | None
    fees: tuple[_FeeLine, ...]
    billed: tuple[_BillLine, ...]
    groups: Mapping[str, Binding]
    primary_group: tuple[str, ...]
    parameters: Mapping[str, Node]
    readings: str | frozenset[str]
    reference: Mapping[str, str]
    parties: _Parties
    people: People
    letters: LetterChoice
    limitation: Duration | None
    node: Node


@dataclass(frozen=True, slots=True)
class _FeeList:
    """Fees in force one after another: each until its `to` or until the next one starts."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """Fees one after another."""
        return (ListOf(FEE),)

    def read(self, node: Node, path: str, problems: Problems) -> tuple[_FeeLine, ...]:
        fees = ListOf(FEE).read(node, path, problems)
        for index, (one, other) in enumerate(pairwise(fees)):
            overlaps = other.starts <= one.starts or (one.ends is not None and one.ends > other.starts)
            if overlaps and isinstance(node.value, list):
                place = node.value[index + 1]
                message = (
                    f"overlaps the fee from {one.starts}; write fees in the order of their dates, "
                    "each from the day on which the one before ends"
                )
                raise refuse(place, f"{path}[{index + 1}]", problems, message)
        return fees


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
            if other.starts <= one.starts and isinstance(node.value, list):
                message = f"starts not after the change from {one.starts}; write changes in the order of their dates"
                raise refuse(node.value[index], f"{path}[{index}].from", problems, message)
        return changes


AGREEMENT_KEYS: Final[Mapping[str, Key[Any]]] = {
    "plan": optional(IDENTIFIER),
    "plan_changes": optional(_PlanChanges(), ()),
    "starts": optional(Day()),
    "ends": optional(Day()),
    "fees": optional(_FeeList(), ()),
    "billed": optional(ListOf(BILL), ()),
    "groups": optional(MapOf(BindingShape(), keys=r"[a-z0-9][a-z0-9_-]*"), {}),
    "primary_group": optional(OneOrMore(), ()),
    "parameters": optional(MapOf(AsNode()), {}),
    "readings": optional(ReadingChoice(), RECOMMENDED),
    "reference": optional(MapOf(Version()), {}),
    "parties": optional(PARTIES, _Parties(Party(), Party())),
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
        unknown_keys(_child(head.node, "parameters"), f"{path}.parameters".lstrip("."), problems, declared)
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
        fees=_fees(head.fees, zone),
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
        raise refuse(_child(head.node, key), f"{path}.{key}".lstrip("."), problems, f"{what}; the plans are: {plans}")


def _check_readings(head: AgreementHead, file: ContractFile, path: str, problems: Problems) -> None:
    node = _child(head.node, "readings")
    known = dict.fromkeys(ambiguity.id for version in file.versions for ambiguity in version.ambiguities)
    names = ", ".join(known)
    advice = f"write one of: {names}" if names else "leave readings out"
    turned = node.value if isinstance(head.readings, frozenset) and isinstance(node.value, dict) else {}
    for name in turned:
        if name not in known:
            message = f"{name!r} is no ambiguity of {file.id}; {advice}"
            problems.add(_child(node, name).problem(f"{path}.readings.{name}".lstrip("."), message))


def _check_groups(head: AgreementHead, contract: Contract, path: str, problems: Problems) -> None:
    before = len(problems.found)
    groups = [group.id for group in contract.groups]
    bindings = _child(head.node, "groups")
    places = [(f"groups.{name}", _child(bindings, name), name) for name in head.groups]
    places += _billed_groups(head)
    places += [("primary_group", _child(head.node, "primary_group"), name) for name in head.primary_group]
    for key, place, group in places:
        if group not in groups:
            message = f"{group!r} is no group of {contract.id}; write one of: {', '.join(groups)}"
            problems.add(place.problem(f"{path}.{key}".lstrip("."), message))
    if head.primary_group and contract.primary is None:
        message = f"{contract.id} knows no main group; leave primary_group out"
        problems.add(_child(head.node, "primary_group").problem(f"{path}.primary_group".lstrip("."), message))
    if len(problems.found) > before:
        raise RefusedError


def _check_event(head: AgreementHead, contract: Contract, path: str, problems: Problems) -> None:
    """Refuse an agreement on an event of which nobody knows when it is: it has no period."""
    if contract.period is PeriodKind.EVENT and contract.event is None:
        names = ", ".join(missing.name for missing in contract.missing) or "period.from and period.to of the contract"
        message = f"the days of the event of {contract.id} are not known; set {names}"
        raise refuse(_child(head.node, "parameters"), f"{path}.parameters".lstrip("."), problems, message)


def _billed_groups(head: AgreementHead) -> Iterator[tuple[str, Node, str]]:
    """The groups that items of fees and bills pay for, with their places."""
    by_item = [("fees", index, item.group) for index, line in enumerate(head.fees) for item in line.items]
    for key, index, group in (*by_item, *(("billed", index, line.group) for index, line in enumerate(head.billed))):
        nodes = _child(head.node, key).value
        if group is not None:
            yield f"{key}[{index}]", nodes[index] if isinstance(nodes, list) else head.node, group


def _fees(lines: tuple[_FeeLine, ...], zone: ZoneInfo) -> tuple[Fee, ...]:
    fees = []
    for index, line in enumerate(lines):
        then = lines[index + 1].starts if index + 1 < len(lines) else None
        ends = min((day for day in (line.ends, then) if day is not None), default=None)
        fees.append(
            Fee(
                starts=midnight(line.starts, zone),
                ends=None if ends is None else midnight(ends, zone),
                amount=line.amount,
                per=line.per,
                invoice=line.invoice,
                items=line.items,
                seats=line.seats,
            )
        )
    return tuple(fees)


def _parameter_text(node: Node) -> str | tuple[str, ...]:
    if isinstance(node.value, list):
        return tuple(str(child.value) for child in node.value)
    return str(node.value)


def _child(node: Node, key: str) -> Node:
    """The node of a key, or the mapping itself where the key is left out."""
    if isinstance(node.value, dict) and key in node.value:
        return node.value[key]
    return node
