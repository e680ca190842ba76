"""The JSON of all dashboards as it is committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from grafana.sources.agreement import agreement
from grafana.sources.claims import claims
from grafana.sources.daemon import daemon
from grafana.sources.overview import overview
from grafana.sources.probes import probes

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard

FOLDER: Final = Path(__file__).parents[1] / "dashboards"
_MAKERS: Final = {
    "agreement.json": agreement,
    "claims.json": claims,
    "daemon.json": daemon,
    "overview.json": overview,
    "probes.json": probes,
}


def written() -> dict[str, str]:
    """The content of each file of the folder, by its name."""
    return {name: _text(make().build()) for name, make in _MAKERS.items()}


def _text(dashboard: Dashboard) -> str:
    """The same bytes from the same source; panels are numbered in reading order."""
    for number, panel in enumerate(dashboard.panels or [], start=1):
        panel.id_val = number
    return json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
