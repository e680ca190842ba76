"""The configuration that takes our alerts to Slack, Telegram, Teams and finance, held against Alertmanager itself."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.grafana.test_rules import ALERTS, ROOT

FOLDER = ROOT / "deploy" / "alertmanager"
CONFIGURATION = FOLDER / "alertmanager.yml"
pytestmark = pytest.mark.needs_command("amtool")


def amtool(*arguments: str) -> str:
    """What the tool prints; it fails where something is wrong."""
    done = subprocess.run(["amtool", *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_configuration_is_right(tmp_path: Path) -> None:
    """Alertmanager takes the file, its templates where they are installed among it."""
    installed = tmp_path / "alertmanager.yml"
    text = CONFIGURATION.read_text(encoding="utf-8")
    installed.write_text(text.replace("/etc/alertmanager/", f"{tmp_path}/"), encoding="utf-8")
    (tmp_path / "uptime-daemon.tmpl").write_bytes((FOLDER / "uptime-daemon.tmpl").read_bytes())
    found = amtool("check-config", str(installed))
    assert "1 templates" in found
    assert "4 receivers" in found


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        (("alertname=UptimeDaemonGroupDown", "severity=critical"), "telegram,slack"),
        (("alertname=UptimeDaemonErrorBudgetLow", "severity=warning"), "slack"),
        (("alertname=UptimeDaemonClaimDeadlineNear", "severity=warning"), "finance,slack"),
        (("alertname=UptimeDaemonClaimDeadlineNear", "severity=critical"), "finance,telegram,slack"),
        (("alertname=UptimeDaemonTicketDeadlineNear", "severity=info"), "teams"),
    ],
)
def test_who_is_told(labels: tuple[str, ...], receivers: str) -> None:
    """What is critical pages, claims go to finance too, the rest is read where it disturbs nobody."""
    found = amtool("config", "routes", "test", f"--config.file={CONFIGURATION}", *labels)
    assert found.strip() == receivers


def test_the_alerts_of_the_routes_exist() -> None:
    """Each alert that the file names is one of our rules."""
    names = {rule["alert"] for rule in ALERTS}
    assert {"UptimeDaemonAbsent", "UptimeDaemonGroupDown", "UptimeDaemonErrorBudgetBurn"} <= names
    assert any(name.startswith("UptimeDaemonClaim") for name in names)


def test_the_words_of_a_message(tmp_path: Path) -> None:
    """Title and text are made of the labels and annotations that every rule has."""
    rule = next(each for each in ALERTS if each["alert"] == "UptimeDaemonGroupDown")
    data = {
        "status": "firing",
        "commonLabels": {"alertname": rule["alert"], "agreement": "acme", "group": "acme/voice"},
        "alerts": [{"status": "firing", "labels": {}, "annotations": rule["annotations"]}],
    }
    (tmp_path / "data.json").write_text(json.dumps(data), encoding="utf-8")
    shown = amtool(
        "template", "render", f"--template.glob={FOLDER}/*.tmpl", f"--template.data={tmp_path / 'data.json'}",
        '--template.text={{ template "uptime.title" . }}|{{ template "uptime.text" . }}',
    )  # fmt: skip
    title, _, text = shown.partition("|")
    assert title == "[FIRING 1] UptimeDaemonGroupDown acme acme/voice"
    assert rule["annotations"]["summary"] in text
    assert rule["annotations"]["runbook_url"] in text
