"""`make dashboards`: writes every dashboard's JSON."""

from __future__ import annotations

from grafana.sources.written import FOLDER, written

for name, text in written().items():
    (FOLDER / name).write_text(text, encoding="utf-8")
