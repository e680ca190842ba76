import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import typer
from ruamel.yaml import YAML

from tests.grafana.dashboards import GRAFANA, selectors
from uptime_daemon.cli.main import command_line
from uptime_daemon.settings.values import Settings
from uptime_daemon.web.families.family import Kind
from uptime_daemon.web.families.table import families

ROOT = GRAFANA.parent
RULE_FILES = sorted((GRAFANA / "rules").glob("*.yml"))
TEST_FILES = sorted((Path(__file__).parent / "rules").glob("*.test.yml"))
PAGES = sorted((ROOT / "docs" / "runbooks").glob("UptimeDaemon*.md"))
SECTIONS = ["Meaning", "Impact", "Diagnosis", "What to do"]
PROMTOOL_SECONDS_MAX = 120.0
"""The longest file takes three seconds on an idle machine."""


def _read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def _rules() -> Iterator[Any]:
    for path in RULE_FILES:
        for group in _read(path)["groups"]:
            yield from group["rules"]


ALERTS = [rule for rule in _rules() if "alert" in rule]
RECORDED = {rule["record"] for rule in _rules() if "record" in rule}
SCRAPED = {
    name: family
    for family in families(money=True)
    for name in ([family.name + "_bucket"] if family.kind is Kind.HISTOGRAM else [family.name])
}

each_alert = pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']}-{rule['labels']}")


def test_alerts_are_what_is_promised() -> None:
    """Every trouble has its alert: who adds or takes one away changes this list and its runbook."""
    assert {rule["alert"].removeprefix("UptimeDaemon") for rule in ALERTS} == {
        "Absent",
        "AccessRefused",
        "AgreementBreached",
        "CertificateExpiring",
        "ClaimDeadlineNear",
        "ConfigReloadFailed",
        "CoverageLow",
        "DeliveryFailed",
        "ErrorBudgetBurn",
        "ErrorBudgetLow",
        "EvaluationStale",
        "GroupDown",
        "NoQuorum",
        "OutageNearLimit",
        "ProjectedBreach",
        "ReportMissing",
        "StoreStale",
        "TicketDeadlineMissed",
        "TicketDeadlineNear",
        "VantageDown",
    }
    assert sum(rule["alert"] == "UptimeDaemonErrorBudgetBurn" for rule in ALERTS) == 4


@each_alert
def test_alert_says_what_matters(rule: Any) -> None:
    """An alert has a severity, a summary that is one fixed sentence, a description with its labels, a runbook."""
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    summary, description = rule["annotations"]["summary"], rule["annotations"]["description"]
    assert re.fullmatch(r"[A-Z][^{}]+\.", summary)
    assert description.endswith(".")
    assert "{{ $labels." in description or rule["alert"] == "UptimeDaemonAbsent"


@each_alert
def test_alert_has_its_runbook(rule: Any) -> None:
    """The page is named like the alert and says what it means, what it costs, how to look and what to do."""
    page = ROOT / rule["annotations"]["runbook_url"]
    assert page.stem == rule["alert"]
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {rule['alert']}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS


def test_no_page_without_alert() -> None:
    """A page of an alert that is gone misleads."""
    assert {page.stem for page in PAGES} == {rule["alert"] for rule in ALERTS}
    index = (ROOT / "docs" / "runbooks" / "README.md").read_text(encoding="utf-8")
    assert {page.name for page in PAGES} == set(re.findall(r"\((UptimeDaemon\w+\.md)\)", index))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_runbook_names_only_what_exists(page: Path) -> None:
    """Every metric that a runbook names is scraped or recorded."""
    named = set(re.findall(r"(?:\w+:)?uptime_daemon_\w+(?::\w+)?", page.read_text(encoding="utf-8")))
    assert named - RECORDED - set(SCRAPED) == set()


class _NoServants:
    """The command line is only looked at."""

    def run(self, settings: Settings) -> int:
        """Never called."""
        raise AssertionError(settings)

    def demo(self, folder: Path | None, port: int) -> int:
        """Never called."""
        raise AssertionError(folder, port)


COMMANDS: Any = typer.main.get_command(command_line(_NoServants()))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_runbook_names_only_commands_that_exist(page: Path) -> None:
    """What a person types in the night is there."""
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"`uptime-daemon ([^`]+)`", text):
        command = COMMANDS
        for word in line.split():
            if hasattr(command, "commands"):
                assert word in command.commands, line
                command = command.commands[word]


@pytest.mark.parametrize("rule", list(_rules()), ids=lambda rule: rule.get("alert") or rule["record"])
def test_names_and_labels_exist(rule: Any) -> None:
    """Every metric is in the daemon's table or recorded, every label matched is its own, and counters have a rate."""
    found = list(selectors(promql_parser.parse(rule["expr"])))
    assert found
    for selector, around in found:
        name = str(selector.name)
        if name in RECORDED:
            continue
        family = SCRAPED[name]
        assert {matcher.name for matcher in selector.matchers.matchers} <= set(family.labels)
        compared = rule.get("alert") == "UptimeDaemonDeliveryFailed"  # whether a failed delivery was counted at all
        if family.kind is Kind.COUNTER and not compared:
            assert any(isinstance(each, promql_parser.MatrixSelector) for each in around)


def test_recorded_names_follow_the_convention() -> None:
    """`level:metric:operation`, as Prometheus recommends; without `_total`, as a rate is no total."""
    for name in RECORDED:
        level, metric, operation = name.split(":")
        assert level in {"agreement_group", "agreement_group_period"}
        assert metric.startswith("uptime_daemon_")
        assert not metric.endswith("_total")
        assert re.fullmatch(r"ratio|(rate|burnrate)\d+[mhd]", operation)


def test_every_alert_is_tested_on_both_sides() -> None:
    """Each alert of each severity is seen firing, and each name is seen silent."""
    fired: set[tuple[str, str, str]] = set()
    silent: set[str] = set()
    for path in TEST_FILES:
        for case in (case for test in _read(path)["tests"] for case in test["alert_rule_test"]):
            name = case["alertname"]
            labels = [alert["exp_labels"] for alert in case["exp_alerts"]]
            fired |= {(name, label["severity"], label.get("window", "")) for label in labels}
            if not labels:
                silent.add(name)
    assert fired == {(rule["alert"], rule["labels"]["severity"], rule["labels"].get("window", "")) for rule in ALERTS}
    assert silent == {rule["alert"] for rule in ALERTS}


@pytest.mark.prometheus
def test_promtool_accepts_the_rules() -> None:
    """`promtool check rules` has nothing to say about any file, and `--lint=all --lint-fatal` neither."""
    command = ["promtool", "check", "rules", "--lint=all", "--lint-fatal", *map(str, RULE_FILES)]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=PROMTOOL_SECONDS_MAX, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.count("SUCCESS") == len(RULE_FILES) == 5


@pytest.mark.prometheus
@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name.partition(".")[0])
def test_alerts_fire_when_they_should(path: Path) -> None:
    """The unit tests of the rules pass: what fires when, with which words, and what stays silent."""
    command = ["promtool", "test", "rules", path.name]
    tested = subprocess.run(
        command, cwd=path.parent, capture_output=True, text=True, timeout=PROMTOOL_SECONDS_MAX, check=False
    )
    assert (tested.returncode, "SUCCESS" in tested.stdout) == (0, True), tested.stdout + tested.stderr
