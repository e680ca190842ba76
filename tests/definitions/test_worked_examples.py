"""The worked examples of the contracts' texts, from the command line: figures, alternatives and edges.

Each was computed with exact fractions apart from this program; how stands at the top of its file. An alternative that
is no registered reading is a variation of the contract inside the file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from tests.definitions.files import DATA, ROOT
from uptime_daemon.cli.main import command_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from uptime_daemon.settings.values import Settings

GOOD = DATA / "good" / "cases"


@pytest.fixture
def evaluate(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`uptime-daemon evaluate`, as a person would type it in the checkout."""
    monkeypatch.chdir(ROOT)
    app = command_line(_Nobody())

    def run(name: str, *options: str) -> dict[str, Any]:
        result = CliRunner().invoke(app, ["evaluate", f"tests/data/good/cases/{name}.yaml", *options])
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.output)
        return found

    return run


class _Nobody:
    """Whom no case needs."""

    def run(self, settings: Settings) -> int:
        """No daemon."""
        raise AssertionError(settings)

    def demo(self, folder: Path | None, port: int) -> int:
        """No demonstration."""
        raise AssertionError(folder, port)


@pytest.mark.parametrize(
    ("name", "options", "availability", "steps", "percent", "amount"),
    [
        # S2: a month with a maintenance night; 12,871 s are 215 min
        ("night-window", (), "99.5023148148", "3 x 2 % = 6 %", "6", "75.05"),
        ("night-window-without-rounding", (), "99.503433642", "3 x 2 % = 6 %", "6", "75.05"),
        ("night-window-half-even", (), "99.5023148148", "3 x 2 % = 6 %", "6", "75.04"),
        ("night-window-that-needs-a-cause", (), "99.1550925926", "7 x 2 % = 14 %", "14", "175.11"),
        # S3: 67 min of October with its 745 hours; of 744 hours they would be a step
        ("month-of-745-hours", (), "99.8501118568", "0 x 4 % = 0 %", "0", "0.00"),
        # S4: exact counts of steps, the trap of binary fractions, the cap
        ("five-steps", (), "99", "5 x 1 % = 5 %", "5", "5.00"),
        ("three-steps-exactly", (), "99.2", "3 x 1 % = 3 %", "3", "3.00"),
        ("on-the-target", (), "99.5", None, "0", "0.00"),
        ("capped", (), "90", "99 x 4 % = 396 %", "100", "100.00"),
    ],
)
def test_credit_by_steps(
    evaluate: Any,
    name: str,
    options: tuple[str, ...],
    availability: str,
    steps: str | None,
    percent: str,
    amount: str,
) -> None:
    """Availability, completed steps, percent and amount are those computed by hand."""
    (statement,) = evaluate(name, *options)["statements"]
    credit = statement["credit"]
    assert (statement["availability"], credit["percent"], credit["amount"]) == (availability, percent, amount)
    shown = [step["value"] for step in statement["derivation"] if step["step"].startswith("completed steps")]
    assert steps is None or shown == [steps]


def test_short_month_owes_more(evaluate: Any) -> None:
    """The same 67 minutes in a month of 720 hours are a completed step: the length of the month decides."""
    (long,), (short,) = (evaluate(name)["statements"] for name in ("month-of-745-hours", "month-of-720-hours"))
    assert (long["downtime_seconds"], short["downtime_seconds"]) == (67 * 60, 67 * 60)
    assert (long["credit"]["amount"], short["credit"]["amount"]) == ("0.00", "39.20")


def test_a_year_of_two_thresholds(evaluate: Any) -> None:
    """S1: 490 minutes of 2025 exceed eight hours by ten, not the 525.6 minutes of 0.1 %; nothing is owed in money."""
    year = evaluate("year")
    inbound, autodial, _ = year["statements"]
    assert inbound["downtime_seconds"] == 490 * 60
    assert inbound["service_seconds"] == 525_600 * 60
    assert inbound["availability"] == "99.9067732116"
    met = {target["id"]: (target["limit"], target["met"], target["claimable"]) for target in inbound["targets"]}
    assert met == {
        "total_downtime": ("480", False, "open"),
        "availability": ("99.9", True, "open"),
        "single_outage": ("30", False, "no"),
    }
    assert inbound["readings"]["differs_by"] == {"AMB-OKI-1": "not breached"}
    assert inbound["credit"] == {"kind": "none", "claimable": "open"}
    assert autodial["counted_seconds"] == 0
    assert inbound["outages"] == 2
    assert inbound["longest_outage_seconds"] == 460 * 60


def test_an_outage_of_exactly_the_limit(evaluate: Any) -> None:
    """Of the year's two outages the one of exactly 30 minutes keeps the limit: only that of 460 exceeds it."""
    steps: Mapping[str, str] = {step["step"]: step["value"] for step in evaluate("year")["statements"][0]["derivation"]}
    assert steps["target single_outage"].startswith("460 against at most 30 minutes: missed")
