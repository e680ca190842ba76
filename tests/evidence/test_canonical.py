"""Canonical JSON, and outages as CSV."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.letters.cases import JUNE_OUTAGES, notice_statement, steps_statement
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.evidence.canonical import canonical
from uptime_daemon.evidence.outages import COLUMNS, outages_csv

SINCE = parse_instant("2026-06-10T10:00:00+02:00")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_canonical_form() -> None:
    """Keys are sorted, letters stay letters, the form is readable and ends with a line end."""
    value = MappingProxyType({"b": [1, None, True], "a": {"é": "ž"}})
    assert canonical(value).decode() == (
        '{\n  "a": {\n    "é": "ž"\n  },\n  "b": [\n    1,\n    null,\n    true\n  ]\n}\n'
    )


@given(value=_JSON)
def test_one_value_one_form(value: Any) -> None:
    """The form reads back as the value, and writing it again gives the same bytes."""
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"credit": [{"amount": 25.02}]}, r"case\.credit\[0\]\.amount: 25\.02"),
        ({"limit": Decimal("99.9")}, r"case\.limit"),
        ({"facts": {1: "x"}}, r"case\.facts: the key 1"),
        ({"raw": b"x"}, r"case\.raw"),
    ],
)
def test_inexact_values_are_refused(value: Any, path: str) -> None:
    """Floats and everything else that JSON cannot hold exactly are refused with their place."""
    with pytest.raises(TypeError, match=path):
        canonical(value)


def test_outages_as_rows() -> None:
    """Both outages of June with brackets, what counts, what is excluded, ticket and class; instants in UTC."""
    content = outages_csv(steps_statement(), {SINCE: "silent"})
    first, second = _rows(content)
    assert tuple(first) == COLUMNS
    assert first["start"] == "2026-06-10T08:00:00Z"
    assert (first["seconds"], first["seconds_shortest"], first["seconds_longest"]) == ("4020", "4015", "4050")
    assert (first["counted_seconds"], first["class"], first["ticket"]) == ("4020", "silent", "T-1187")
    assert (second["counted_seconds"], second["excluded_seconds"]) == ("0", "planned_maintenance=1210")
    assert (second["class"], second["outside_period_seconds"]) == ("", "0")
    assert content.count(b"\r\n") == 3


def test_time_without_a_ticket_has_its_reason() -> None:
    """An outage that does not count says why and has no counted stretch."""
    *_, last = _rows(outages_csv(notice_statement(), {}))
    assert (last["not_counted_seconds"], last["counted_start"], last["ticket"]) == ("no_ticket=1500", "", "")


def test_no_outage_is_only_a_head() -> None:
    """A period without outages still has the table's head."""
    assert outages_csv(steps_statement(outages=JUNE_OUTAGES[:0]), {}) == (",".join(COLUMNS) + "\r\n").encode()


def test_spreadsheets_run_nothing() -> None:
    """A ticket's number that begins like a formula is text."""
    statement = notice_statement()
    outage = statement.judgement.point.outages[0]
    assert outage.ticket is not None
    object.__setattr__(outage.ticket, "id", '=HYPERLINK("http://x")')
    assert _rows(outages_csv(statement, {}))[0]["ticket"] == '\'=HYPERLINK("http://x")'
