"""`import csv` and `report` on two years of a real service: the documented figures are those that come out."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import shutil
from pathlib import Path

from tests.daemon.running import ROOT, command

DOCUMENT = ROOT / "docs" / "import-real-history.md"
TITLES = {"availability %": "availability", "coverage %": "coverage"}


def written(folder: Path) -> None:
    """The files that the document shows, beside the contracts that it names."""
    probes, configuration = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (folder / "probes").mkdir()
    (folder / "probes" / "toro.yaml").write_text(probes)
    (folder / "uptime.yaml").write_text(configuration)
    shutil.copytree(ROOT / "contracts", folder / "contracts")


def documented() -> list[dict[str, str]]:
    """The table of the document."""
    rows = [line.strip("|\n ").split("|") for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]
    titles = [TITLES.get(cell.strip(), cell.strip()) for cell in rows[0]]
    return [dict(zip(titles, (cell.strip() for cell in row), strict=True)) for row in rows[2:]]


async def test_the_documented_figures_come_out(real_history: Path, tmp_path: Path) -> None:
    """The document's own files and commands give its table, and importing twice changes nothing."""
    await asyncio.to_thread(written, tmp_path)
    arguments = ("import", "csv", str(real_history / "toro.csv"), "--kind", "changes", "--hold", "26h")
    for result in ("226 new, 0 grown, 0 known already, 0 conflicting", "0 new, 0 grown, 226 known already"):
        code, text = await command(*arguments, "--map", "TORO Dynmap=toro/dynmap", cwd=tmp_path)
        assert (code, result in text) == (0, True), text
    found: list[dict[str, str]] = []
    for year in ("2024", "2025", "2026"):
        code, text = await command(
            "report", "--agreement", "toro", "--period", year, "--as-of", "2026-07-01T00:00:00+02:00",
            "--format", "csv", cwd=tmp_path,
        )  # fmt: skip
        assert code == 0, text
        found += list(csv.DictReader(io.StringIO(text)))
    expected = documented()
    assert len(found) == len(expected) == 28
    for own, row in zip(found, expected, strict=True):
        own |= {"month": own["period"], "breach": own["breach"].replace("_", " ")}
        assert {title: own[title] for title in row} == row
