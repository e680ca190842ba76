"""The pages on contracts and cases show files that are right, and every key and word that there is."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

import pytest

from tests.definitions.files import CONTRACTS, ROOT, cases_of
from uptime_daemon.core.claims.case import clocks, statements
from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.definitions import probes
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.contracts.checking import check_contract
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import parse_document
from uptime_daemon.definitions.nodes import Node, patched
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import Record
from uptime_daemon.definitions.shapes import Choice, OneOf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LANGUAGE = (ROOT / "docs" / "contract-language.md").read_text(encoding="utf-8")
CASE = (ROOT / "docs" / "case.md").read_text(encoding="utf-8")
CLOCKS = (ROOT / "docs" / "clocks.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```yaml (?P<what>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


def _examples(page: str, what: str) -> list[str]:
    return [found["text"] for found in FENCE.finditer(page) if found["what"] == what]


def _tree(text: str) -> Node:
    return parse_document(text, "example.yaml", Problems())


(CONTRACT,) = _examples(LANGUAGE, "contract")
CHANGES = _examples(LANGUAGE, "change")
CASES = _examples(CASE, "case")
CLOCK_CHANGES = _examples(CLOCKS, "change")
CLOCK_CASES = _examples(CLOCKS, "case")


def test_examples_are_marked() -> None:
    """Every YAML block of the two pages says what it is, so that none goes untested."""
    for page in (LANGUAGE, CASE, CLOCKS):
        assert page.count("```yaml") == len(FENCE.findall(page))
    assert (len(CLOCK_CHANGES), len(CLOCK_CASES)) == (3, 1)
    assert (len(CHANGES), len(CASES)) == (21, 4)


def test_contract_of_the_page() -> None:
    """The whole contract on the page is one, under every plan and reading."""
    problems = Problems()
    check_contract(read_contract(_tree(CONTRACT), problems), problems)
    assert problems.sorted() == []


@pytest.mark.parametrize("change", [*CHANGES, *CLOCK_CHANGES])
def test_change_of_the_page(change: str) -> None:
    """Each further example, put into the contract of the page, is right as well."""
    problems = Problems()
    check_contract(read_contract(patched(_tree(CONTRACT), _tree(change)), problems), problems, varied=True)
    assert problems.sorted() == []


@pytest.mark.parametrize("text", [*CASES, *CLOCK_CASES])
def test_case_of_the_page(text: str, tmp_path: Path) -> None:
    """Each case on the page is judged, wherever it is copied to."""
    file = tmp_path / "case.yaml"
    file.write_text(text, encoding="utf-8")
    problems = Problems()
    for case in read_case(Place(file, (CONTRACTS,)), problems):
        assert statements(case)
    assert problems.sorted() == []


def test_figures_of_the_page(tmp_path: Path) -> None:
    """The figures in the page's sentences are those of the cases above them."""
    found = []
    for number, text in enumerate(CASES):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text, encoding="utf-8")
        (case,) = cases_of(file)
        found.append(statements(case)[0].judgement.credit)
    first, last = found[0], found[-1]
    assert (str(first.percent), str(first.amount)) == ("2", "25.02")
    assert (last.steps, str(last.shortfall)) == (3, "3/10")


def test_clocks_of_the_page(tmp_path: Path) -> None:
    """The due times in the page's sentences are those of the case above them."""
    file = tmp_path / "case.yaml"
    file.write_text(CLOCK_CASES[0], encoding="utf-8")
    (case,) = cases_of(file)
    found = {each.round.terms.id: each for each in clocks(case)}
    start, developers = found["start-critical"], found["developers-critical"]
    assert (start.round.due, start.round.state) == (parse_instant("2026-03-26T09:20:00+05:00"), "kept")
    assert developers.round.due == parse_instant("2026-03-26T10:45:00+05:00")
    assert developers.conservative_due == parse_instant("2026-03-26T11:10:00+05:00")
    assert {found[name].round.state.value for name in ("developers-critical", "management-critical")} == {"not_shown"}


def _read_everything(folder: Path) -> None:
    """Read all examples of both pages and all contracts that ship."""
    problems = Problems()
    trees = [_tree(CONTRACT), *(patched(_tree(CONTRACT), _tree(change)) for change in [*CHANGES, *CLOCK_CHANGES])]
    trees += [_tree(path.read_text(encoding="utf-8")) for path in sorted(CONTRACTS.glob("*.yaml"))]
    for tree in trees:
        check_contract(read_contract(tree, problems), problems, varied=True)
    for text in [*CASES, *CLOCK_CASES]:
        file = folder / "case.yaml"
        file.write_text(text, encoding="utf-8")
        read_case(Place(file, (CONTRACTS,)), problems)


def _records(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Record[Any]]:
    """Every record that those examples meet, but for those of probes, which have a page of their own."""
    modules = [import_module(each.name) for each in walk_packages(probes.__path__, f"{probes.__name__}.")]
    values = [value for module in modules for value in vars(module).values()]
    parts = [each for value in values for each in (value.values() if isinstance(value, dict) else [value])]
    theirs = {id(shape) for part in parts if isinstance(part, Record) for shape in _shapes(part)}
    met: dict[int, Record[Any]] = {}
    read = Record.read

    def noted(self: Record[Any], node: Node, path: str, problems: Problems) -> Any:
        if id(self) not in theirs:
            met[id(self)] = self
        return read(self, node, path, problems)

    monkeypatch.setattr(Record, "read", noted)
    _read_everything(folder)
    return list(met.values())


def _shapes(shape: object) -> Iterator[object]:
    """A shape and those that it is made of."""
    yield shape
    match shape:
        case Record(keys=keys):
            for key in keys.values():
                yield from _shapes(key)
        case _ if is_dataclass(shape):
            for part in fields(shape):
                if part.name in {"shape", "item"}:
                    yield from _shapes(getattr(shape, part.name))


def _told(page: str) -> set[str]:
    """Every word that stands in code on a page."""
    code = re.findall(r"`([^`\n]+)`", page) + [found["text"] for found in FENCE.finditer(page)]
    return {word for part in code for word in re.findall(r"[A-Za-z_]+", part)}


def test_every_key_and_word_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key of each record, and each word of each closed set, stands in code on one of the two pages."""
    told = _told(LANGUAGE) | _told(CASE) | _told(CLOCKS)
    keys: set[str] = set()
    words: set[str] = set()
    for record in _records(tmp_path, monkeypatch):
        for shape in _shapes(record):
            match shape:
                case Record(keys=found):
                    keys |= set(found)
                case Choice(words=closed) if closed is not Reason:  # reasons stand on the page of outcomes
                    words |= {word.value for word in closed}
                case OneOf(words=open_words):
                    words |= set(open_words)
    assert len(keys) > 100
    assert {"size", "working_time", "judged_by", "stale_after_seconds", "combination", "start_month", "deputy"} <= keys
    assert {"half_even", "open_problem", "registered", "business_days", "quarter", "proposed"} <= words
    assert keys - told == set()
    assert words - told == set()
