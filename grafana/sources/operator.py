"""The rules as the Prometheus operator takes them: one PrometheusRule of all files of `grafana/rules/`."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

RULES: Final = Path(__file__).parents[1] / "rules"
FILE: Final = Path(__file__).parents[2] / "deploy" / "kubernetes" / "prometheus-rule.yaml"
_HEAD: Final = "# Written from grafana/rules/ by `make dashboards`; change it there.\n"
_WIDTH: Final = 4096
"""Expressions stay on their lines."""


def prometheus_rule() -> str:
    """The manifest as it is committed."""
    yaml = YAML(typ="rt")
    yaml.width = _WIDTH
    groups: list[Any] = []
    for file in sorted(RULES.glob("*.yml")):
        groups += yaml.load(file)["groups"]
    manifest = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "uptime-daemon", "labels": {"app.kubernetes.io/name": "uptime-daemon"}},
        "spec": {"groups": groups},
    }
    text = StringIO()
    yaml.dump(manifest, text)
    return _HEAD + text.getvalue()
