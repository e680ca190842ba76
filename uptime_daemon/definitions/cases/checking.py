"""A case's facts beside its contract: what the contract does not know, or is not judged by."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from uptime_daemon.definitions.cases.facts import FactList
from uptime_daemon.definitions.contracts.file import ContractFile
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uptime_daemon.core.terms.contract import Contract, Readings


class _OfGroup(Protocol):
    """A fact about one group of the contract, or about all of them."""

    @property
    def group(self) -> str | None: ...


def check_facts(facts: FactList, file: ContractFile, terms: Readings, node: Node, problems: Problems) -> None:
    """Refuse facts that would silently change a figure or none, such as those of a misspelt group.

    `node` is the whole case. Raises `RefusedError`, with every mistake collected.
    """
    before = len(problems.found)
    _check_names(facts, file, terms, node, problems)
    _check_kinds(facts, terms.chosen, node, problems)
    _check_tickets(facts, node, problems)
    if len(problems.found) > before:
        raise RefusedError


def _check_names(facts: FactList, file: ContractFile, terms: Readings, node: Node, problems: Problems) -> None:
    """Groups, causes, conditions and targets that the contract must know."""
    read = (terms.recommended, terms.conservative)
    groups = {group.id for group in terms.chosen.groups}
    causes = {cause.id for each in read for cause in each.exclusions.causes}
    conditions = {condition.id for condition in terms.chosen.conditions}
    targets = {target.id for each in read for target in each.targets}

    def check(key: str, index: int, what: str, names: Iterable[str | None], known: set[str]) -> None:
        if strange := sorted(name for name in names if name is not None and name not in known):
            kind = {"id": "condition", "missed": "target"}.get(what, what)
            message = f"{strange[0]!r} is no {kind} of {file.id}; write one of: {', '.join(sorted(known))}"
            problems.add(node.at("facts", key, index).problem(f"facts.{key}[{index}].{what}", message))

    of_groups: tuple[tuple[str, Sequence[_OfGroup]], ...] = (
        ("states", facts.states),
        ("requests", facts.requests),
        ("tickets", facts.tickets),
        ("outages", facts.outages),
        ("suspicions", facts.suspicions),
        ("maintenance", facts.maintenance),
        ("exclusions", facts.exclusions),
    )
    for key, found in of_groups:
        for index, fact in enumerate(found):
            check(key, index, "group", [fact.group], groups)
    for index, exclusion in enumerate(facts.exclusions):
        check("exclusions", index, "cause", [exclusion.cause], causes)
    for index, condition in enumerate(facts.conditions):
        check("conditions", index, "id", [condition.id], conditions)
    for index, earlier in enumerate(facts.earlier):
        check("earlier", index, "group", earlier.group.split("+"), groups)
        check("earlier", index, "missed", earlier.missed, targets)


def _check_kinds(facts: FactList, contract: Contract, node: Node, problems: Problems) -> None:
    """A contract is judged by requests or by time, never by both."""
    if facts.requests and contract.metric is None:
        message = f"{contract.id} is not judged by requests; leave them out, or write a metric in the contract"
        problems.add(node.at("facts", "requests", 0).problem("facts.requests", message))
    if contract.metric is not None and (facts.states or facts.observations or facts.runs):
        message = f"{contract.id} is judged by requests alone; leave states, observations and runs out"
        problems.add(node.at("facts").problem("facts", message))


def _check_tickets(facts: FactList, node: Node, problems: Problems) -> None:
    """An id names one ticket."""
    times = Counter(ticket.id for ticket in facts.tickets if ticket.id)
    for index, ticket in enumerate(facts.tickets):
        if times[ticket.id] > 1:
            message = f"{ticket.id!r} is the id of several tickets; give each its own"
            problems.add(node.at("facts", "tickets", index).problem(f"facts.tickets[{index}].id", message))
