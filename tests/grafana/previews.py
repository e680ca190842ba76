"""`make previews`: the demonstration with an outage beside a real Prometheus, as pictures and tables for the docs."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from grafana.preview.__main__ import written
from tests.grafana.dashboards import GRAFANA
from tests.grafana.house import House, opened
from tests.grafana.scraping import until

DOCS = GRAFANA.parent / "docs"
UP_SECONDS, DOWN_SECONDS = 75.0, 45.0
"""Before and after the outage, and the outage: together some minutes, in which each course shows its edges."""


def broken_for_a_while(house: House) -> None:
    """An outage between two quiet stretches."""
    time.sleep(UP_SECONDS)
    house.switch("refuses")
    until(lambda: house.is_up("0"), "the outage is seen")
    time.sleep(DOWN_SECONDS)
    house.switch("none")
    until(lambda: house.is_up("1"), "its end is seen")
    time.sleep(UP_SECONDS)


def main() -> None:
    """Write them."""
    with tempfile.TemporaryDirectory() as name, opened(Path(name)) as house:
        begun = time.monotonic()
        broken_for_a_while(house)
        pictures, answers = DOCS / "images" / "dashboards", DOCS / "dashboard-answers.md"
        written(house.prometheus.address, pictures, answers, time.monotonic() - begun)


if __name__ == "__main__":
    main()
