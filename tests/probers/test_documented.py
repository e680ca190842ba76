"""The page of probes shows files that are right, and every kind and every key that there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.probes.kinds import KEYS, KINDS
from uptime_daemon.definitions.probes.vendor import Vendor, read_vendor
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.references import interpolated
from uptime_daemon.desk.showing.board_keeper import shown_target
from uptime_daemon.probers.registry import PROBERS

PAGE = (Path(__file__).parents[2] / "docs" / "probes.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
ENVIRONMENT = {"ACME_TOKEN": "a-token-of-a-test"}


def read(text: str, folder: Path) -> Vendor:
    """A probes file without mistakes."""
    file = folder / "acme.yaml"
    file.write_text(text, encoding="utf-8")
    problems = Problems()
    vendor = read_vendor(interpolated(read_document(file, problems), ENVIRONMENT, "", problems), problems)
    assert not problems.found
    return vendor


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_is_without_mistakes(example: str, tmp_path: Path) -> None:
    """A file copied from the page is accepted."""
    assert read(example, tmp_path).probes


def test_place_is_enough_to_read_a_probe_again(tmp_path: Path) -> None:
    """What evidence tells of an endpoint is a definition that can be verified, without what may be secret."""
    kinds = set()
    for example in EXAMPLES:
        for probe in read(example, tmp_path).probes:
            told = {"id": "it", "kind": probe.kind, **probe.endpoint.place}
            group = {"title": "It", "up": "all", "probes": [told]}
            (again,) = read(json.dumps({"vendor": "acme", "groups": {"it": group}}), tmp_path).probes
            assert again.endpoint.place == probe.endpoint.place
            assert shown_target(again)
            assert ENVIRONMENT["ACME_TOKEN"] not in json.dumps(told)
            kinds.add(again.kind)
    assert kinds >= set(KINDS) - {"http"}


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
