"""Decisions are kept in one form: a number, what stands, since when."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DECISIONS = sorted((Path(__file__).parents[2] / "docs" / "adr").glob("*.md"))
STATUS = re.compile(r"Status: (accepted|superseded)\b.*, 20\d\d-\d\d-\d\d\b.*")


@pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.stem)
def test_a_decision_says_its_number_and_whether_it_stands(file: Path) -> None:
    """The head has the file's number; the line below says whether it is in force, and since when."""
    head, _, status, _, *rest = file.read_text(encoding="utf-8").splitlines()
    assert head.startswith(f"# {int(file.stem[:4])}. ")
    assert STATUS.fullmatch(status)
    assert {"## Context", "## Decision"} <= set(rest)


def test_each_number_stands_once() -> None:
    """Two decisions never share a number, whoever wrote them at the same time."""
    numbers = [file.stem[:4] for file in DECISIONS]
    assert len(numbers) == len(set(numbers))
