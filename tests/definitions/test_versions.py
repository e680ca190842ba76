"""Versions of a contract and changes of plan: the terms in force at a period's first day under agreement decide it."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.definitions.files import CONTRACTS
from uptime_daemon.core.claims.case import Case, statements
from uptime_daemon.core.judging.conditions import Claimable
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import parse_document
from uptime_daemon.definitions.nodes import node_of
from uptime_daemon.definitions.problems import Problems, RefusedError

CONTRACT: Final = """
contract: 1
id: acme
title: Acme service terms
vendor: Acme
version: "2025"
language: en
source: made up for tests
{head}
zone: Europe/Prague
period: {{kind: month, clause: "1"}}
plans:
  small: {{title: Small, clause: "2"}}
  large: {{title: Large, clause: "2"}}
groups:
  service: {{title: Service, clause: "4"}}
downtime: {{clause: "5", formula_clause: "6"}}
targets:
  - {{id: availability, kind: availability, limit: {{by_plan: {{small: "99", large: "99.9"}}}}, clause: "8"}}
credit: {{kind: none, clause: "9"}}
claim:
  {{channel: mail, clause: "10", subject: Claim, languages: [en], stages: [{{id: final, clause: "10"}}], evidence: []}}
"""
LATER: Final = """
valid_from: 2025-01-01
versions:
  - version: "2026"
    valid_from: 2026-06-15
    change:
      targets:
        - {id: availability, kind: availability, limit: {by_plan: {small: "98", large: "99.8"}}, clause: "8.1"}
  - version: "2027"
    valid_from: 2027-01-01
    valid_to: 2028-01-01
    source: another page
    change: {on_change: period_end, min_coverage: "90"}
"""


def cases(folder: Path, period: str, agreement: str = "", head: str = LATER) -> tuple[Case, ...]:
    """The cases of a period under an agreement in flow style."""
    (folder / "acme.yaml").write_text(CONTRACT.format(head=head), encoding="utf-8")
    file = folder / "case.yaml"
    text = f"case: 1\ncontract: acme.yaml\nperiod: {period}\nagreement: {{plan: small{agreement}}}\n"
    text += (
        'facts: {states: [{group: service, state: down, from: "2026-06-20T10:00:00Z", to: "2026-06-20T11:00:00Z"}]}\n'
    )
    file.write_text(text, encoding="utf-8")
    problems = Problems()
    try:
        return read_case(Place(file, (CONTRACTS,)), problems)
    except RefusedError:
        raise AssertionError([str(each) for each in problems.sorted()]) from None


def decided(case: Case) -> tuple[str, str | None, str]:
    """Version, plan and limit that decide a case."""
    terms = case.readings.chosen
    return terms.version, terms.plan, str(terms.targets[0].limit)


@pytest.mark.parametrize(
    ("period", "agreement", "expected"),
    [
        ("2026-05", "", ("2025", "small", "99")),
        ("2026-06", "", ("2025", "small", "99")),  # the month began under the version of 2025
        ("2026-07", "", ("2026", "small", "98")),
        ("2026-06", ", starts: 2026-06-15", ("2026", "small", "98")),  # its first day under agreement decides
        ("2026-06", ", starts: 2026-06-14", ("2025", "small", "99")),
        ("2027-03", "", ("2027", "small", "98")),  # what a version does not change stays
        ("2026-04", ", plan_changes: [{from: 2026-04-10, plan: large}]", ("2025", "small", "99")),
        ("2026-05", ", plan_changes: [{from: 2026-04-10, plan: large}]", ("2025", "large", "999/10")),
        ("2026-07", ", plan_changes: [{from: 2026-04-10, plan: large}]", ("2026", "large", "499/5")),
        (
            "2026-07",
            ", plan_changes: [{from: 2026-04-10, plan: large}, {from: 2026-07-01, plan: small}]",
            ("2026", "small", "98"),
        ),
        # where the contract says that a period's end decides
        ("2027-02", ", plan_changes: [{from: 2027-02-28, plan: large}]", ("2027", "large", "499/5")),
        ("2027-02", ", plan_changes: [{from: 2027-03-01, plan: large}]", ("2027", "small", "98")),
    ],
)
def test_which_terms_decide(period: str, agreement: str, expected: tuple[str, str, str], tmp_path: Path) -> None:
    """The version and the plan of a period's first instant under agreement decide, or of its last where it is so."""
    (case,) = cases(tmp_path, period, agreement)
    assert decided(case) == expected


def test_a_year_of_months_has_the_terms_of_each(tmp_path: Path) -> None:
    """Each month of a year is judged by its own version."""
    versions = [decided(case)[0] for case in cases(tmp_path, "2026")]
    assert versions == ["2025"] * 6 + ["2026"] * 6


def test_a_change_inside_a_period_is_reviewed(tmp_path: Path) -> None:
    """Terms that change inside a period are named with the version that decides."""
    (case,) = cases(tmp_path, "2026-06")
    (statement,) = statements(case)
    line = "terms: changed at 2026-06-14T22:00:00Z inside the period; version 2025 decides (period_start)"
    assert line in statement.needs_review
    (quiet,) = statements(cases(tmp_path, "2026-05")[0])
    assert not any(each.startswith("terms:") for each in quiet.needs_review)


@pytest.mark.parametrize(
    ("period", "valid"), [("2024-12", False), ("2025-01", True), ("2027-12", True), ("2028-01", False)]
)
def test_nothing_is_claimed_under_no_version(period: str, valid: bool, tmp_path: Path) -> None:
    """Before the first version and after the last one a period is shown and nothing of it can be claimed."""
    (case,) = cases(tmp_path, period)
    (statement,) = statements(case)
    assert statement.judgement.claimable is (Claimable.YES if valid else Claimable.NO)
    assert any("not in force" in each for each in statement.needs_review) is not valid


def test_a_version_is_claimed_alone() -> None:
    """What leaves the house is one version with its validity, and judges as the whole file does."""
    problems = Problems()
    whole = read_contract(parse_document(CONTRACT.format(head=LATER), "acme.yaml", problems), problems)
    check_contract(whole, problems)
    for version in whole.versions:
        alone = read_contract(node_of(version.as_claimed("large", {}, frozenset()), "closed"), problems)
        assert alone.later == ()
        assert alone.terms("large", {}, frozenset(), problems) == version.terms("large", {}, frozenset(), problems)
    assert problems.sorted() == []


NOTHING: Final = "changes nothing; write the keys that differ from the version before, null to remove one"


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (
            'versions: [{version: "2", valid_from: 2026-01-01, change: {zone: UTC}}]',
            "versions[0].change.zone: zone is the same in every version; leave it out, or write another contract",
        ),
        (
            'versions: [{version: "2", valid_from: 2026-01-01, change: {}}]',
            f"versions[0].change: {NOTHING}",
        ),
        (
            'valid_from: 2026-01-01\nversions: [{version: "2", valid_from: 2026-01-01, change: {min_coverage: "90"}}]',
            "versions[0].valid_from: starts not after the version before it (2026-01-01); write versions in order",
        ),
        (
            "valid_from: 2026-01-01\nvalid_to: 2026-01-01",
            "valid_to is not after valid_from; write the day after the version's last",
        ),
        (
            'versions: [{version: "2", valid_from: 2026-01-01, change: {min_coverage: "101"}}]',
            "min_coverage: 101 is more than 100; write percentage up to it",
        ),
    ],
)
def test_versions_that_cannot_be(head: str, message: str) -> None:
    """Versions come in order, change something, and not what all of them share; their mistakes are found."""
    problems = Problems()
    with_head: Any = parse_document(CONTRACT.format(head=head), "acme.yaml", problems)
    try:
        check_contract(read_contract(with_head, problems), problems)
    except RefusedError:
        assert problems
    assert [str(each).partition(": ")[2] for each in problems.sorted()] == [message]
