"""The page of probes shows files that are right, and every kind and every key that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from uptime_daemon.definitions.documents import interpolated, read_document
from uptime_daemon.definitions.probes import KEYS, KINDS, read_vendor
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.probers.registry import PROBERS

PAGE = (Path(__file__).parents[2] / "docs" / "probes.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ENVIRONMENT = {"ACME_TOKEN": "a-token-of-a-test"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_without_mistakes(example: str, tmp_path: Path) -> None:
    """A file copied from the page is accepted."""
    file = tmp_path / "acme.yaml"
    file.write_text(example, encoding="utf-8")
    problems = Problems()
    vendor = read_vendor(interpolated(read_document(file, problems), ENVIRONMENT, "", problems), problems)
    assert vendor.probes
    assert not problems.found


def test_every_kind_has_a_prober_an_example_and_its_keys() -> None:
    """What can be written can be tried, and stands on the page."""
    assert set(KINDS) == set(PROBERS)
    for kind in KINDS:
        section = next(part for part in PAGE.split("\n## ") if f"`{kind}`" in part.splitlines()[0])
        assert f"kind: {kind}" in PAGE
        told = {
            key for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)
        }
        assert told == set(KEYS[kind]), kind
