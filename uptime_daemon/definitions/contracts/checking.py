"""Everything that `check` says of a contract file by itself."""

from __future__ import annotations

from uptime_daemon.core.terms.contract import Contract
from uptime_daemon.definitions.contracts.file import ContractFile
from uptime_daemon.definitions.contracts.head import registered
from uptime_daemon.definitions.lint import lints
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems, RefusedError


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
            problems.add(registered(file.whole, index).problem(f"ambiguities[{index}]", message))


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
