"""A contract file closed for plans, parameters and readings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.definitions.files import CONTRACTS
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.file import ContractFile
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.nodes import node_of
from uptime_daemon.definitions.problems import Problems

if TYPE_CHECKING:
    from uptime_daemon.definitions.nodes import Node

NAMES = [path.stem for path in sorted(CONTRACTS.glob("*.yaml"))]


def _file(name: str) -> ContractFile:
    problems = Problems()
    return read_contract(read_document(CONTRACTS / f"{name}.yaml", problems), problems)


def _parameters(**values: str) -> dict[str, Node]:
    return {name: node_of(value, "agreement.yaml") for name, value in values.items()}


@pytest.mark.parametrize("name", NAMES)
def test_closed_contract_has_the_same_terms(name: str) -> None:
    """What leaves the house, closed for one plan and reading, is judged by exactly as the whole file is."""
    whole = _file(name)
    for plan in tuple(whole.plans) or (None,):
        for conservative in (frozenset[str](), whole.ids, *(frozenset({each}) for each in whole.ids)):
            for parameters in ({}, _parameters(holidays="RS")):
                problems = Problems()
                closed = read_contract(node_of(whole.as_claimed(plan, parameters, conservative), "closed"), problems)
                check_contract(closed, problems)
                assert problems.sorted() == []
                ours = whole.terms(plan, parameters, conservative, problems)
                theirs = closed.terms(plan, {}, frozenset(), problems)
                # Only the house knows on which ambiguities targets rest, which parameters are missing, what is at risk,
                # and in which words of other languages it writes its letters.
                assert [replace(target, rests_on=()) for target in ours.targets] == list(theirs.targets)
                ours = replace(ours, claim=replace(ours.claim, risks=()))
                assert replace(ours, targets=(), missing=(), ambiguities=(), words={}) == replace(theirs, targets=())


@pytest.mark.parametrize("name", NAMES)
def test_parameter_that_is_null_is_not_set(name: str) -> None:
    """A parameter written as null is missing, as one that is left out."""
    whole = _file(name)
    plan = next(iter(whole.plans), None)
    problems = Problems()
    left_out = whole.terms(plan, {}, frozenset(), problems)
    assert left_out == whole.terms(plan, {"holidays": node_of(None, "agreement.yaml")}, frozenset(), problems)
    # The others say themselves what holds without it.
    assert ("holidays" in [missing.name for missing in left_out.missing]) is (name in {"daktela", "oki-toki"})


@pytest.mark.parametrize("name", ["sestek-en", "sestek-tr"])
def test_target_that_nobody_signed_is_none(name: str) -> None:
    """A target whose limit is a parameter is not judged until the agreement sets it, and what it needs is named."""
    whole = _file(name)
    problems = Problems()
    unsigned = whole.terms(None, {}, frozenset(), problems)
    assert unsigned.targets == ()
    assert "availability" in [missing.name for missing in unsigned.missing]
    signed = whole.terms(None, _parameters(availability="99.5"), frozenset(), problems)
    assert [(target.id, str(target.limit)) for target in signed.targets] == [("availability", "199/2")]
    assert "availability" not in [missing.name for missing in signed.missing]
    assert problems.sorted() == []


def test_what_a_reading_leaves_out_moves_nothing() -> None:
    """A target that one reading leaves out does not move the place at which a mistake in the next one is named."""
    problems = Problems()
    whole = _file("oki-toki")
    conservative = whole.terms(None, {}, whole.ids, problems)
    assert [target.id for target in conservative.targets] == ["availability", "single_outage"]
    recommended = whole.terms(None, {}, frozenset(), problems)
    assert [target.id for target in recommended.targets] == ["total_downtime", "availability", "single_outage"]
