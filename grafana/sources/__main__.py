"""`make dashboards`: writes every dashboard's JSON, and the rules for Kubernetes."""

from __future__ import annotations

from grafana.sources.operator import FILE, prometheus_rule
from grafana.sources.written import FOLDER, written

for name, text in written().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
FILE.write_text(prometheus_rule(), encoding="utf-8")
