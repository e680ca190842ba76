"""The page of alerts and recorded series, written from `grafana/rules/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

_RULES: Final = Path(__file__).parents[2] / "grafana" / "rules"


def page() -> str:
    """The page."""
    groups = [group for file in sorted(_RULES.glob("*.yml")) for group in YAML(typ="safe").load(file)["groups"]]
    rules = [rule for group in groups for rule in group["rules"]]
    parts = [
        "# Alerts and recorded series\n",
        "Written from `grafana/rules/`. Each alert has [a page](../runbooks/README.md).\n",
    ]
    parts.append("## Alerts\n")
    parts += [_alert(rule) for rule in rules if "alert" in rule]
    parts.append("## Recorded series\n\n| series | of |\n|---|---|")
    parts += [f"| `{rule['record']}` | `{_line(rule['expr'])}` |" for rule in rules if "record" in rule]
    return "\n".join(parts) + "\n"


def _alert(rule: Any) -> str:
    severity, held = rule["labels"]["severity"], rule.get("for", "at once")
    window = f", over {rule['labels']['window']}" if "window" in rule["labels"] else ""
    page = Path(rule["annotations"]["runbook_url"]).name
    return "\n".join([
        f"### {rule['alert']}: {severity}{window}\n",
        f"{rule['annotations']['summary']} Held for: {held}. [What to do](../runbooks/{page})\n",
        f"```promql\n{rule['expr'].strip()}\n```\n",
    ])  # fmt: skip


def _line(expression: str) -> str:
    return " ".join(expression.split()).replace("|", "\\|")
