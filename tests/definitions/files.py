"""Where the files of these tests lie and how each kind of them is read."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uptime_daemon.core.claims.case import statements
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.probes.vendor import read_vendor
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.references import interpolated
from uptime_daemon.desk.judging.clock_json import case_json
from uptime_daemon.settings.reading import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.claims.case import Case
    from uptime_daemon.core.judging.statement import Statement

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
CONTRACTS = ROOT / "contracts"


def problems_of(kind: str, file: Path) -> Problems:
    """What is wrong with a file of a kind: contracts, probes, cases or agreements; no environment is set."""
    problems = Problems()
    with suppress(RefusedError):
        match kind:
            case "contracts":
                check_contract(read_contract(read_document(file, problems), problems), problems)
            case "probes":
                read_vendor(interpolated(read_document(file, problems), {}, "", problems), problems)
            case "cases":
                read_case(Place(file, (CONTRACTS,)), problems)
            case "agreements":
                read_settings(file, {}, problems)
            case _:
                raise AssertionError(kind)
    return problems


@cache
def cases_of(file: Path) -> tuple[Case, ...]:
    """The cases of a file without mistakes."""
    problems = Problems()
    try:
        return read_case(Place(file, (CONTRACTS,)), problems)
    except RefusedError:
        raise AssertionError("\n".join(str(problem) for problem in problems.sorted())) from None


def judged(file: Path) -> Sequence[Statement]:
    """The statements of a file with one period."""
    (case,) = cases_of(file)
    return statements(case)


@cache
def _shown(file: Path) -> str:
    return json.dumps([case_json(case) for case in cases_of(file)])


def shown(file: Path) -> list[dict[str, Any]]:
    """The JSON of each period of a file."""
    found: list[dict[str, Any]] = json.loads(_shown(file))
    return found


def evaluated(file: Path) -> dict[str, Any]:
    """The JSON of a file with one period."""
    (found,) = shown(file)
    return found
