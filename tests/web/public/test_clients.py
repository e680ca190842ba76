"""Three programs that others wrote read the status API, each in an environment of its own, as its users would.

They come from their registries by name and version, so this is one of the long proofs.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.web.conftest import Listener
from tests.web.public.test_page import full

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]

KIT = Path(__file__).parent / "clients"
STATUSCHECK, EXPORTER = "statuscheck==3.11.0", "statuspage-prometheus-exporter==2.6.0"
READ = """
import json, sys
from statuscheck.services.bases._statuspageio import BaseStatusPageAPI

class Ours(BaseStatusPageAPI):
    name = "ours"
    def _get_base_url(self):
        return sys.argv[1]

found = Ours().get_summary()
print(json.dumps({
    "status": found.status.code, "ok": found.status.is_ok,
    "components": {each.name: each.status for each in found.components},
    "incidents": {each.name: each.status for each in found.incidents},
}))
"""


async def ran(*command: str, cwd: Path, **environment: str) -> str:
    """What a program prints; it must end well."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, stdin=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def installed(folder: Path, package: str) -> Path:
    """The programs of a Python environment with one package in it."""
    await ran(sys.executable, "-m", "venv", str(folder), cwd=folder.parent)
    await ran(str(folder / "bin" / "pip"), "install", "--quiet", package, cwd=folder.parent)
    return folder / "bin"


@pytest.mark.needs_command("npm", "node")
async def test_statuspage_io_reads_every_path(outside: Listener, tmp_path: Path) -> None:
    """`statuspage.io` (npm): status, components, incidents and planned work, by all eight calls."""
    outside.shown.now = full()
    for name in ("package.json", "package-lock.json", "read.js"):
        shutil.copy(KIT / name, tmp_path)
    await ran("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=tmp_path)
    told = json.loads(await ran("node", "read.js", outside.address, cwd=tmp_path))
    assert told["status"]["status"]["indicator"] == "major"
    statuses = {each["name"]: each["status"] for each in told["components"]["components"]}
    assert statuses["Inbound call handling"] == "major_outage"
    assert statuses["Agent desktop"] == "degraded_performance"
    assert [each["status"] for each in told["incidents"]["incidents"]] == ["investigating"]
    assert told["unresolved"]["incidents"] == told["incidents"]["incidents"]
    assert [each["status"] for each in told["works"]["scheduled_maintenances"]] == ["scheduled"]
    # Its call for active maintenance asks for the upcoming one: that is the client's mistake, and it gets an answer.
    assert told["active"] == told["upcoming"] == told["works"]
    assert told["summary"]["components"] == told["components"]["components"]


async def test_statuscheck_reads_the_summary(outside: Listener, tmp_path: Path) -> None:
    """`statuscheck` (Python): it looks every word up in tables, so one that it does not know would raise."""
    outside.shown.now = full()
    programs = await installed(tmp_path / "statuscheck", STATUSCHECK)
    (tmp_path / "read.py").write_text(READ)
    printed = await ran(str(programs / "python"), "read.py", f"{outside.address}/api/v2/", cwd=tmp_path)
    found = json.loads(printed)
    assert (found["status"], found["ok"]) == ("major", False)
    assert found["components"]["Inbound call handling"] != found["components"]["web-login"]
    assert set(found["incidents"].values()) == {"investigating", "scheduled"}


async def test_the_exporter_makes_metrics_of_it(outside: Listener, tmp_path: Path) -> None:
    """`statuspage-prometheus-exporter` (Python): components, the incident and the planned work become series."""
    outside.shown.now = full()
    programs = await installed(tmp_path / "exporter", EXPORTER)
    services = {"ours": {"url": f"{outside.address}/api/v2/summary.json", "name": "Ours"}}
    (tmp_path / "services.json").write_text(json.dumps(services))
    await ran(
        str(programs / "statuspage-prometheus-exporter"), cwd=tmp_path, RUN_MODE="once",
        SERVICES_JSON_PATH=str(tmp_path / "services.json"), METRICS_TEXTFILE_PATH=str(tmp_path / "out.prom"),
    )  # fmt: skip
    metrics = (tmp_path / "out.prom").read_text()
    components = dict(
        re.findall(r'^statuspage_component_status{.*component_name="([^"]*)".*} (\S+)$', metrics, re.MULTILINE)
    )
    assert components["Inbound call handling"] != components["web-login"], metrics
    assert re.search(r'^statuspage_incident_info{.*incident_name="Agent desktop".*} 1\.0$', metrics, re.MULTILINE), (
        metrics
    )
    assert re.search(r"^statuspage_maintenance_info{.*} 1\.0$", metrics, re.MULTILINE), metrics
