"""The contracts and probes that ship: they are read without a mistake, and they fit each other."""

from __future__ import annotations

import re

import pytest

from tests.definitions.files import CONTRACTS, ROOT, problems_of
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.probes.vendor import Vendor, read_vendor
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.references import interpolated

PROBES = ROOT / "probes"
VARIABLE = re.compile(r"\$\{([A-Z_]+)\}")


def _vendor(name: str) -> Vendor:
    problems = Problems()
    file = PROBES / f"{name}.yaml"
    variables = set(VARIABLE.findall(file.read_text(encoding="utf-8")))
    environment = {variable: f"{variable.lower().replace('_', '-')}.example" for variable in variables}
    vendor = read_vendor(interpolated(read_document(file, problems), environment, "", problems), problems)
    assert problems.sorted() == []
    return vendor


@pytest.mark.parametrize("name", [path.stem for path in sorted(CONTRACTS.glob("*.yaml"))])
def test_shipped_contract(name: str) -> None:
    """A shipped contract is named as its file, and every plan and every reading of it can be judged by."""
    problems = Problems()
    contract = read_contract(read_document(CONTRACTS / f"{name}.yaml", problems), problems)
    check_contract(contract, problems)
    assert problems.sorted() == []
    assert contract.id == name
    for plan in tuple(contract.plans) or (None,):
        terms = contract.terms(plan, {}, frozenset(), problems)
        assert terms.targets or isinstance(terms.credit, NoCredit)
        assert isinstance(terms.credit, NoCredit) or contract.plans
        # every promise has its clause
        clauses = [terms.period_clause, terms.downtime.clause, terms.credit.clause, terms.claim.clause]
        assert all([*clauses, *(target.clause for target in terms.targets)])


@pytest.mark.parametrize(
    ("name", "groups"),
    [("oki-toki", ["oki-toki/autodial", "oki-toki/inbound", "oki-toki/api", "oki-toki/tickets"]),
     ("daktela", ["daktela/web", "daktela/sip", "daktela/login"])],
)  # fmt: skip
def test_shipped_probes(name: str, groups: list[str]) -> None:
    """A shipped template gives the vendor's functional groups once its variables are set."""
    vendor = _vendor(name)
    assert (vendor.id, [group.id for group in vendor.groups]) == (name, groups)
    assert all(probe.probe.cadence.timeout <= probe.probe.cadence.interval for probe in vendor.probes)


@pytest.mark.parametrize("name", ["oki-toki", "daktela"])
def test_template_names_its_variables(name: str) -> None:
    """The comment at the top of a template says what each of its variables is."""
    text = (PROBES / f"{name}.yaml").read_text(encoding="utf-8")
    comment, _, body = text.partition("vendor:")
    assert set(VARIABLE.findall(body)) == set(re.findall(r"[A-Z]+(?:_[A-Z]+)+", comment))


@pytest.mark.parametrize("name", ["oki-toki", "daktela"])
def test_unset_variables_are_all_named(name: str) -> None:
    """Without an environment every place that needs a variable is named at once, each once."""
    text = (PROBES / f"{name}.yaml").read_text(encoding="utf-8")
    found = problems_of("probes", PROBES / f"{name}.yaml").sorted()
    assert sorted(VARIABLE.findall(text)) == sorted(re.findall(r"variable '(.*?)'", "\n".join(map(str, found))))
    assert all("set it before the start" in problem.message for problem in found)
