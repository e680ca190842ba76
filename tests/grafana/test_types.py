"""The dashboards held against Grafana's own types: `@grafana/schema`, of which the TypeScript compiler is the judge.

It needs npm and its registry, so it is one of the long proofs; the kit's own model stands in for it in every check.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.grafana.dashboards import FILES, load, panels

pytestmark = [pytest.mark.prove, pytest.mark.needs_command("npm", "node")]

KIT = Path(__file__).parent / "kit"
INSTALL_SECONDS_MAX = 300.0
COMPILE_SECONDS_MAX = 300.0
MODELS = {
    "stat": "StatPanelCfg",
    "timeseries": "TimeSeriesPanelCfg",
    "table": "TablePanelCfg",
    "bargauge": "BarGaugePanelCfg",
    "state-timeline": "StateTimelinePanelCfg",
}
"""The file of each type of panel."""
WITHOUT_FIELDS = {"stat", "bargauge"}
"""Types of panels whose fields have no settings of their own."""
OF_THE_SOURCE = {"expr", "step", "titleFormat", "textFormat", "tagKeys", "useValueForTime"}
"""What the Prometheus data source reads of an annotation; the types of dashboards end where a data source begins."""
OF_A_VARIABLE = {"definition", "auto", "auto_count", "auto_min"}
"""What a query variable's list is made from, for the eye; and of interval variables, which the kit writes for all."""
UNTYPED = {"table": ("options", "footer"), "state-timeline": ("custom", "spanNulls")}
"""What panels of Grafana 10 to 12 read, or 13 still does, and the types of 13 leave out."""
PLAIN = """
// JSON holds the words of an enumeration and not its members.
type Plain<T> = T extends string ? `${T}` : T extends (infer E)[] ? Plain<E>[]
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
"""


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the types and the compiler, as the lock has them."""
    folder = tmp_path_factory.mktemp("kit")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(KIT / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def compiled(kit: Path, text: str) -> str:
    """What the compiler has to say about a program; nothing is good."""
    (kit / "check.ts").write_text(text, encoding="utf-8")
    options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext"]
    command = ["node", str(kit / "node_modules" / "typescript" / "bin" / "tsc"), *options, "check.ts"]
    done = subprocess.run(
        command, cwd=kit, capture_output=True, text=True, timeout=COMPILE_SECONDS_MAX, check=False, env=os.environ
    )
    return done.stdout


def program(dashboards: dict[str, Any]) -> str:
    """Every dashboard, and the options and fields of every panel, as values of Grafana's types."""
    lines = ["import type { Dashboard } from '@grafana/schema';"]
    for kind, model in MODELS.items():
        folder = kind.replace("-", "")
        path = f"@grafana/schema/dist/esm/raw/composable/{folder}/panelcfg/x/{model}_types.gen"
        lines.append(f"import type * as {folder} from '{path}';")
    lines.append(PLAIN)
    for name, dashboard in dashboards.items():
        lines.append(f"export const {name}: Plain<Dashboard> = {json.dumps(dashboard)};")
        for panel in panels(dashboard):
            own, place = panel["type"].replace("-", ""), f"{name}_{panel['id']}"
            lines.append(
                f"export const {place}_options: Plain<Partial<{own}.Options>> = {json.dumps(panel['options'])};"
            )
            if panel["type"] not in WITHOUT_FIELDS:
                fields = panel["fieldConfig"]["defaults"].get("custom", {})
                lines.append(f"export const {place}_fields: Plain<Partial<{own}.FieldConfig>> = {json.dumps(fields)};")
    return "\n".join(lines)


def typed(path: Path) -> Any:
    """A dashboard without the keys that Grafana reads and does not type."""
    dashboard = load(path)
    for annotation in dashboard["annotations"].get("list", []):
        for key in OF_THE_SOURCE:
            annotation.pop(key, None)
    for variable in dashboard["templating"]["list"]:
        for key in OF_A_VARIABLE:
            variable.pop(key, None)
    for panel in panels(dashboard):
        if panel["type"] in UNTYPED:
            where, key = UNTYPED[panel["type"]]
            (panel["options"] if where == "options" else panel["fieldConfig"]["defaults"][where]).pop(key, None)
    return dashboard


def test_grafanas_types_know_every_key(kit: Path) -> None:
    """No key is unknown and no value of another type: dashboards, panels, their options, their fields, variables."""
    assert compiled(kit, program({path.stem: typed(path) for path in FILES})) == ""


def test_a_wrong_key_is_found(kit: Path) -> None:
    """The judge can say no: to a key of the dashboard, of a panel's options and of its fields."""
    dashboard = typed(next(path for path in FILES if path.stem == "overview"))
    course = next(panel for panel in panels(dashboard) if panel["type"] == "state-timeline")
    for place in (dashboard, course["options"], course["fieldConfig"]["defaults"]["custom"]):
        place["colour"] = "red"
    found = compiled(kit, program({"overview": dashboard}))
    assert found.count("'\"colour\"' does not exist") == 3, found
