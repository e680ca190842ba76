"""Whatever stands in a file, reading it ends with values or with mistakes that have a place; with nothing else."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tests.definitions.files import CONTRACTS, DATA
from uptime_daemon.core.claims.case import statements
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import parse_document, read_document
from uptime_daemon.definitions.nodes import node_of, plain
from uptime_daemon.definitions.probes.vendor import read_vendor
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.desk.judging.statement_json import statements_json

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WORDS = st.sampled_from([
    "", " ", "x", "99.9", "-1", "0", "1e9", "2026-06", "2026-06-31",
    "2026-06-03T10:00:00+02:00", "1900-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "24:00", "25:00", "PT8H", "0s", "999999999d", "any", "all", "ticket", "resolved", "service",
    "AMB-DAK-2", "${HOME}", "\0", "é" * 300, "RS", "XX", "UTC", "EUR", "yes", "daktela/page", "null",
])  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            WORDS | st.sampled_from(["ambiguity", "parameter", "by_plan", "from", "to"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def _plain(path: Path) -> Any:
    return plain(read_document(path, Problems()))


CONTRACT = _plain(CONTRACTS / "daktela.yaml")
GOOD_CASES = [
    {**_plain(DATA / "good" / "cases" / f"{name}.yaml"), "contract": CONTRACT}
    for name in (
        "sample",
        "night-window-with-another-cause",
        "telecom-accepted",
        "measured-observations",
        "measured-runs",
    )
]
VENDOR = _plain(DATA / "good" / "probes" / "daktela.yaml")


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container with the key or index of a value in it."""
    pairs = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, key) for key, _ in pairs] + [place for _, child in pairs for place in _places(child)]


@st.composite
def _spoilt(draw: st.DrawFn, good: Any) -> Any:
    """A good document of which one to three values are gone, strange, doubled or misplaced."""
    document = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        places = _places(document)
        container, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(["replace", "remove", "add", "swap"])):
            case "replace":
                container[key] = draw(VALUES)
            case "remove":
                del container[key]
            case "add" if isinstance(container, list):
                container.append(draw(VALUES | st.just(copy.deepcopy(container[key]))))
            case "add":
                container[draw(WORDS)] = draw(VALUES)
            case "swap":
                other, place = places[draw(st.integers(0, len(places) - 1))]
                container[key] = copy.deepcopy(other[place]) if place in other or isinstance(place, int) else None
        if not _places(document):
            break
    return document


def _assert_told(problems: Problems, *, refused: bool) -> None:
    assert bool(problems) or not refused
    for problem in problems.sorted():
        assert problem.line >= 1
        assert problem.message
        assert "\n" not in str(problem), problem
        assert "<" not in str(problem).replace("'<", "").replace("<<", "") or " object at " not in str(problem)


@given(data=st.data())
def test_any_case(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """A spoilt case is judged or refused; a refusal names its place."""
    case = data.draw(_spoilt(data.draw(st.sampled_from(GOOD_CASES))))
    file = tmp_path_factory.getbasetemp() / "spoilt.json"
    file.write_text(json.dumps(case), encoding="utf-8", errors="surrogatepass")
    problems = Problems()
    refused = True
    with suppress(RefusedError):
        for each in read_case(Place(file), problems)[:3]:
            found = statements(each)
            if found:
                json.dumps(statements_json(found, each.readings.name))
        refused = False
    _assert_told(problems, refused=refused)


@given(contract=_spoilt(CONTRACT))
def test_any_contract(contract: Any) -> None:
    """A spoilt contract is read or refused."""
    problems = Problems()
    refused = True
    with suppress(RefusedError):
        check_contract(read_contract(node_of(contract, "spoilt.yaml"), problems), problems)
        refused = False
    _assert_told(problems, refused=refused)


@given(vendor=_spoilt(VENDOR))
def test_any_probes(vendor: Any) -> None:
    """A spoilt file of probes is read or refused."""
    problems = Problems()
    refused = True
    with suppress(RefusedError):
        read_vendor(node_of(vendor, "spoilt.yaml"), problems)
        refused = False
    _assert_told(problems, refused=refused)


@given(text=st.text(max_size=60) | st.text("[]{}:,&*!|>-\"' \n\t#%@`a1?~<", max_size=60), json_=st.booleans())
def test_any_text(text: str, json_: bool) -> None:
    """Any text is a tree or a mistake with a line, as YAML and as JSON."""
    problems = Problems()
    refused = True
    with suppress(RefusedError):
        parse_document(text, "any.json" if json_ else "any.yaml", problems)
        refused = False
    _assert_told(problems, refused=refused)
    assert refused == bool(problems)


@given(value=VALUES)
def test_json_with_and_without_lines(value: Any) -> None:
    """JSON read for its lines is the same tree as JSON read fast."""
    text = json.dumps(value, allow_nan=False) if _is_finite(value) else "null"
    trees = [plain(parse_document(text, "any.json", Problems(), lines=lines)) for lines in (False, True)]
    assert trees[0] == trees[1]


def _is_finite(value: Any) -> bool:
    match value:
        case float():
            return value == value and abs(value) != float("inf")  # noqa: PLR0124 - only NaN differs from itself
        case dict():
            return all(_is_finite(child) for child in value.values())
        case list():
            return all(_is_finite(child) for child in value)
    return True
