"""The page of outcomes says of every reason what the code says, and names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from uptime_daemon.core.facts.observation import OUTAGE_CLASS, OWN_REASONS, Reason
from uptime_daemon.core.facts.timeline import NO_DATA, REPLACED, VOIDED
from uptime_daemon.desk.judging.pauses import PAUSED
from uptime_daemon.probers.endpoints.web import BODY_BYTES_MAX
from uptime_daemon.probers.registry import PROBERS
from uptime_daemon.store.kept import CLOCK_STEP, DAEMON_OFF, STORE_OVERFLOW
from uptime_daemon.watch.admission import Limits, Skip

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "outcomes.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading, by their first cell."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:3] == "| `"
    ]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_every_reason_is_told_as_it_is() -> None:
    """Reason, outcome and class of the page are those of the code, none missing, none too many."""
    told = {reason: (outcome, outage) for reason, (outcome, outage, *_) in rows("Reasons").items()}
    known = {
        reason.value: ("error", "") if reason in OWN_REASONS else ("fail", OUTAGE_CLASS[reason].value)
        for reason in Reason
        if reason is not Reason.NONE
    }
    assert told == known


def test_every_skip_is_told() -> None:
    """All reasons of attempts that were not made stand there, with the limits as they are."""
    told = rows("Attempts that were not made")
    assert set(told) == set(Skip)
    assert f"({Limits().in_flight} unless" in told[Skip.IN_FLIGHT][0]
    assert f"({Limits().at_host} unless" in told[Skip.HOST_BUSY][0]
    assert BODY_BYTES_MAX == 1024 * 1024


def test_every_reason_of_time_without_an_observation_is_told() -> None:
    """All by which the record itself explains a gap."""
    ours = {NO_DATA, DAEMON_OFF, CLOCK_STEP, STORE_OVERFLOW, PAUSED, VOIDED, REPLACED}
    assert set(rows("Time that nobody measured")) == ours


def test_every_kind_ends_with_reasons_that_there_are() -> None:
    """What a kind of probe adds ends with a reason of the code."""
    told = rows("What each kind means by them")
    assert {reason.strip("`") for reason, *_ in told.values()} <= {reason.value for reason in Reason}
    assert {came.partition("`")[0] for came in told} <= set(PROBERS)


@pytest.mark.parametrize(
    "heading",
    ["Reasons", "What each kind means by them", "Attempts that were not made", "Time that nobody measured"],
)
def test_every_row_names_a_test_that_exists(heading: str) -> None:
    """The last cell is a test of this tree."""
    for reason, (*_, shown) in rows(heading).items():
        path, name = shown.strip("`").split("::")
        source = (ROOT / "tests" / path).read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {name}\(", source, re.MULTILINE), f"{reason}: {shown}"
