"""`python -m grafana.preview http://127.0.0.1:9090 FOLDER [MINUTES]`: a picture of each dashboard, and all answers.

The pictures are printed by Chromium; the answers stand in FOLDER/answers.md.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from grafana.preview.answers import Prometheus
from grafana.preview.page import Page
from grafana.preview.report import report
from grafana.sources.written import FOLDER
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import SECOND

CHROMIUM: Final = "/usr/bin/chromium"
MINUTES: Final = 30


def written(address: str, pictures: Path, answers: Path, seconds: float) -> None:
    """Write a folder of pictures and a file of answers of the last so many seconds."""
    end = SystemClock().now() / SECOND
    prometheus = Prometheus(address, end - seconds, end)
    dashboards = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
    with (
        sync_playwright() as kit,
        kit.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]) as browser,
    ):
        for name, dashboard in dashboards.items():
            page = Page(dashboard, prometheus)
            width, height = page.size
            with browser.new_page(viewport={"width": width, "height": height}) as tab:
                tab.set_content(page.html())
                tab.screenshot(path=pictures / f"{name}.png")
    answers.write_text(report(dashboards, prometheus), encoding="utf-8")


if __name__ == "__main__":
    folder = Path(sys.argv[2])
    minutes = float(sys.argv[3]) if len(sys.argv) > 3 else MINUTES  # noqa: PLR2004 - the optional one
    written(sys.argv[1], folder, folder / "answers.md", 60 * minutes)
