"""The JSON Schema of contracts and cases: every good file passes, wrong ones are underlined, no key is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.definitions.files import CONTRACTS, DATA, ROOT
from tests.definitions.test_documented import CASES as SHOWN_CASES
from tests.definitions.test_documented import CHANGES, CONTRACT
from uptime_daemon.definitions.contracts.body import body_keys
from uptime_daemon.definitions.contracts.head import HEAD_KEYS
from uptime_daemon.definitions.documents import parse_document, read_document
from uptime_daemon.definitions.nodes import FloatText, Node, patched
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import ListOf, MapOf, Record
from uptime_daemon.definitions.schema import file_schema
from uptime_daemon.definitions.zones import Zone

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = [*sorted(CONTRACTS.glob("*.yaml")), *sorted((DATA / "good" / "cases").glob("*.yaml"))]
# Of the bad contracts those whose mistake is one of form: a key, a word, a type.
UNDERLINED = [
    "ambiguity-with-one-reading",
    "channel-unknown",
    "clause-missing",
    "credit-kind-unknown",
    "credit-percent-float",
    "duration-in-a-wrong-form",
    "evidence-held-by-nothing",
    "format-of-the-future",
    "list-without-dashes",
    "percent-not-a-number",
    "percent-unquoted",
    "redaction-unknown",
    "stage-anchor-unknown",
    "stage-unknown",
    "unknown-key",
    "unknown-key-inside",
    "window-on-a-strange-day",
    "window-without-excuses",
    "zone-as-offset",
    "zone-missing",
    "zone-unknown",
]


@cache
def _validator() -> Draft202012Validator:
    schema = file_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _value(node: Node) -> Any:
    """What an editor sees: a number with a point is a number."""
    match node.value:
        case dict() as mapping:
            return {key: _value(child) for key, child in mapping.items()}
        case list() as items:
            return [_value(child) for child in items]
        case FloatText(text):
            return float(text)
        case other:
            return other


def _mistakes(node: Node) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in _validator().iter_errors(_value(node))]


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_good_files_pass(file: Any) -> None:
    """A file that is judged has no key, word or form that the schema does not know."""
    assert _mistakes(read_document(file, Problems())) == []


@pytest.mark.parametrize("text", [*CHANGES, *SHOWN_CASES])
def test_examples_pass(text: str) -> None:
    """Neither has an example of the documentation."""
    tree = parse_document(text, "example.yaml", Problems())
    if "case" not in _value(tree):
        tree = patched(parse_document(CONTRACT, "example.yaml", Problems()), tree)
    assert _mistakes(tree) == []


@pytest.mark.parametrize("name", UNDERLINED)
def test_wrong_files_are_underlined(name: str) -> None:
    """A key, a word or a type that the daemon refuses is refused by the schema as well."""
    assert _mistakes(read_document(DATA / "bad" / "contracts" / f"{name}.yaml", Problems()))


def _keys(shape: Any, seen: set[int]) -> Iterator[str]:
    if id(shape) in seen:
        return
    seen.add(id(shape))
    match shape:
        case Record():
            for name, key in shape.keys.items():
                yield name
                yield from _keys(key.shape, seen)
        case ListOf() | MapOf():
            yield from _keys(shape.item, seen)


def test_no_key_is_missing() -> None:
    """Every key that a shape reads stands in the schema, and so does what may stand in its place."""
    known: set[str] = set()

    def collect(schema: Any) -> None:
        match schema:
            case dict():
                known.update(schema.get("properties", {}))
                for each in schema.values():
                    collect(each)
            case list():
                for each in schema:
                    collect(each)

    collect(file_schema())
    zone = Zone().read(Node("UTC", "", 1), "", Problems())
    keys = {*HEAD_KEYS, *body_keys(zone)}
    for key in (*HEAD_KEYS.values(), *body_keys(zone).values()):
        keys.update(_keys(key.shape, set()))
    assert len(keys) > 80
    assert keys - known == set()
    assert {"by_plan", "ambiguity", "recommended", "conservative", "parameter", "facts", "fees"} <= known


def test_check_prints_the_schema() -> None:
    """`check --schema` prints it as JSON, for an editor's settings."""
    done = subprocess.run(
        [sys.executable, "-m", "uptime_daemon", "check", "--schema"],
        cwd=ROOT, check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == file_schema()
