"""One contract as its file says it, and its terms for a plan, a set of parameters and a reading."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.terms.contract import Ambiguity, Contract, Missing, Readings
from uptime_daemon.definitions.choices import Closing
from uptime_daemon.definitions.contracts.body import Memory, read_terms, without_open_targets
from uptime_daemon.definitions.contracts.head import FORMAT
from uptime_daemon.definitions.nodes import ABSENT, Node, plain
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.terms.head import Parameter, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        closed = without_open_targets(closing.close(self.body, "", problems))
        contract = read_terms(closed, self, plan, problems)
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
        return head | _without_register(without_open_targets(closing.close(self.body, "", Problems())))

    def used_ambiguities(self, problems: Problems) -> set[str]:
        """The ambiguities that some open place names."""
        used: set[str] = set()
        for plan in tuple(self.plans) or (None,):
            for conservative in (frozenset[str](), self.ids):
                closing = Closing(plan, tuple(self.plans), {}, frozenset(self.parameters), self.ids, conservative)
                closing.close(self.body, "", problems)
                used |= closing.met_ambiguities
        return used


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
