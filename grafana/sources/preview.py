"""A picture of each dashboard as its queries answer: a preview, drawn by us and not by Grafana.

`python -m grafana.sources.preview http://127.0.0.1:9090 FOLDER [MINUTES]` writes one HTML page a dashboard, which a
browser prints. It shows what a panel asks and gets, at the place where the panel stands; colours and axes are its own.
"""

from __future__ import annotations

import json
import re
import sys
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import urlopen

from grafana.sources.written import FOLDER
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import SECOND

COLUMN: Final = 54
ROW: Final = 34
STEPS: Final = 120
ROWS_MAX: Final = 9
_TIMEOUT: Final = 10
_COLOURS: Final = ("#4c9be8", "#e8854c", "#6bbf59", "#b07cd8", "#d8c24c", "#d8637c", "#5cc4c0", "#9a9a9a")
_STYLE: Final = """
body{margin:0;background:#111418;color:#d5d9de;font:12px sans-serif;position:relative}
section{position:absolute;box-sizing:border-box;background:#1a1e24;border:1px solid #2b3139;border-radius:3px;
padding:6px 8px;overflow:hidden}h1{font-size:15px;margin:8px 10px}h2{font-size:12px;margin:0 0 4px;font-weight:600}
.row{background:none;border:0;font-weight:600}.big{font-size:26px;color:#e9edf1}table{border-collapse:collapse}
td,th{padding:2px 10px 2px 0;text-align:left;white-space:nowrap}th{color:#8d97a3;font-weight:400}i{color:#8d97a3}
"""


def main() -> None:
    """Write the pages."""
    address, folder = sys.argv[1], Path(sys.argv[2])
    minutes = int(sys.argv[3]) if len(sys.argv) > 3 else 30  # noqa: PLR2004 - the optional one
    for path in sorted(FOLDER.glob("*.json")):
        page = Page(address, minutes * 60, json.loads(path.read_text(encoding="utf-8")))
        (folder / f"{path.stem}.html").write_text(page.html(), encoding="utf-8")


class Page:
    """One dashboard with its answers."""

    def __init__(self, address: str, seconds: int, dashboard: Any) -> None:
        self._address, self._seconds, self._dashboard = address, seconds, dashboard
        self._end = SystemClock().now() // SECOND

    def html(self) -> str:
        """The page."""
        panels = [self._panel(panel) for panel in self._dashboard["panels"]]
        height = max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in self._dashboard["panels"]) * ROW + 40
        head = f"{escape(self._dashboard['title'])} <i>preview of the queries' answers, not drawn by Grafana</i>"
        style = f"<meta charset=utf-8><style>{_STYLE}body{{width:{24 * COLUMN}px;height:{height}px}}</style>"
        return f"<!doctype html>{style}<h1>{head}</h1>{''.join(panels)}"

    def _panel(self, panel: Any) -> str:
        place = panel["gridPos"]
        left, top = place["x"] * COLUMN, place["y"] * ROW + 34
        width, height = place["w"] * COLUMN - 4, place["h"] * ROW - 4
        box = f'style="left:{left}px;top:{top}px;width:{width}px;height:{height}px"'
        if panel["type"] == "row":
            return f'<section class="row" {box}>{escape(panel["title"])}</section>'
        drawn = {"stat": self._figures, "bargauge": self._figures, "table": self._rows}.get(panel["type"], self._course)
        unit = panel["fieldConfig"]["defaults"].get("unit", "")
        return (
            f"<section {box}><h2>{escape(panel['title'])}</h2>{drawn(panel, unit, width - 20, height - 40)}</section>"
        )

    def _figures(self, panel: Any, unit: str, _width: int, _height: int) -> str:
        found = [(each, target) for target in panel["targets"] for each in self._asked("query", target["expr"])]
        several = "{{" in panel["targets"][0]["legendFormat"]
        lines = [
            f'<div class="big">{_shown(each["value"][1], unit)}'
            + (f" <i>{escape(_legend(target, each))}</i>" if several else "")
            + "</div>"
            for each, target in found
        ]
        return "".join(lines) or "<i>empty</i>"

    def _rows(self, panel: Any, _unit: str, _width: int, _height: int) -> str:
        names = panel["transformations"][1]["options"]["renameByName"]
        hidden = panel["transformations"][1]["options"]["excludeByName"]
        units = {
            each["matcher"]["options"]: next((p["value"] for p in each["properties"] if p["id"] == "unit"), "")
            for each in panel["fieldConfig"]["overrides"]
        }
        rows: dict[tuple[str, ...], dict[str, str]] = {}
        answers = [(target, self._asked("query", target["expr"])) for target in panel["targets"]]
        labels = [name for name in names if not name.startswith("Value")]
        # Rows are joined as Grafana's `merge` joins them: by the labels that all answers have.
        shared = [name for name in labels if all(name in each["metric"] for _, found in answers for each in found)]
        for target, found in answers:
            key = "Value" if len(panel["targets"]) == 1 else f"Value #{target['refId']}"
            for each in found:
                row = rows.setdefault(tuple(each["metric"][label] for label in shared), {})
                row |= {label: each["metric"][label] for label in labels if label in each["metric"]}
                row[key] = _shown(each["value"][1], units.get(names.get(key, ""), ""))
        columns = [name for name in names if name.startswith("Value") and name not in hidden]
        head = "".join(f"<th>{escape(names[name])}</th>" for name in [*labels, *columns])
        lines = [[row.get(name, "") for name in [*labels, *columns]] for _, row in sorted(rows.items())[:ROWS_MAX]]
        body = "".join(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in line)}</tr>" for line in lines)
        return f"<table><tr>{head}</tr>{body}</table>" if rows else "<i>empty</i>"

    def _course(self, panel: Any, unit: str, width: int, height: int) -> str:
        series = [
            (_legend(target, each), [(float(at), float(value)) for at, value in each["values"] if value != "NaN"])
            for target in panel["targets"]
            for each in self._asked("query_range", target["expr"])
        ]
        if not series:
            return "<i>empty</i>"
        if panel["type"] == "state-timeline":
            return self._states(series, width)
        values = [value for _, points in series for _, value in points]
        low, high = min(0.0, *values) if unit != "percentunit" else min(values), max(values)
        high = high if high > low else low + 1
        height -= 16 * min(len(series), 3)
        lines = []
        for number, (_, points) in enumerate(series):
            path = " ".join(
                f"{self._x(at, width):.1f},{height - 4 - (value - low) / (high - low) * (height - 10):.1f}"
                for at, value in points
            )
            colour = _COLOURS[number % len(_COLOURS)]
            lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{path}"/>')
        keys = "".join(
            f'<div><span style="color:{_COLOURS[number % len(_COLOURS)]}">&#9632;</span> <i>{escape(name)}</i></div>'
            for number, (name, _) in enumerate(series[:3])
        )
        ends = f"<i>{_shown(str(low), unit)} to {_shown(str(high), unit)}</i>"
        size = f'width="{width}" height="{height - 16}" viewBox="0 0 {width} {height}"'
        return f"{ends}<svg {size}>{''.join(lines)}</svg>{keys}"

    def _states(self, series: list[tuple[str, list[tuple[float, float]]]], width: int) -> str:
        step = width / STEPS
        bars = []
        for name, points in series:
            cells = "".join(
                f'<rect x="{self._x(at, width):.1f}" width="{step + 0.5:.1f}" height="16" '
                f'fill="{"#4f9d57" if value else "#c94f4f"}"/>'
                for at, value in points
            )
            bars.append(f'<div><i>{escape(name)}</i></div><svg width="{width}" height="16">{cells}</svg>')
        return "".join(bars)

    def _x(self, at: float, width: int) -> float:
        return (at - (self._end - self._seconds)) / self._seconds * width

    def _asked(self, kind: str, expression: str) -> list[Any]:
        expression = re.sub(r"\$(?!__)[a-z]\w*", ".+", expression.replace("$__rate_interval", "1m"))
        query: dict[str, str | int] = {"query": expression, "time": self._end}
        if kind == "query_range":
            query = {
                "query": expression, "start": self._end - self._seconds, "end": self._end,
                "step": max(1, self._seconds // STEPS),
            }  # fmt: skip
        url = f"{self._address}/api/v1/{kind}?{urlencode(query)}"
        with urlopen(url, timeout=_TIMEOUT) as answer:  # noqa: S310 - the address on the command line
            return list(json.load(answer)["data"]["result"])


def _legend(target: Any, each: Any) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: each["metric"].get(match[1], ""), target["legendFormat"])


def _shown(value: str, unit: str) -> str:
    number = float(value)
    match unit:
        case "percentunit":
            return f"{number * 100:.4g} %" if abs(number) < 0.9 else f"{number * 100:.6g} %"  # noqa: PLR2004
        case "dtdurations":
            days, rest = divmod(abs(number), 86_400)
            hours, rest = divmod(rest, 3_600)
            sign = "-" if number < 0 else ""
            text = f"{days:.0f} d {hours:.0f} h" if days else f"{hours:.0f} h {rest // 60:.0f} min"
            return sign + (text if days or hours else f"{rest // 60:.0f} min {rest % 60:.0f} s")
        case "s":
            return f"{number:.3g} s"
        case "bytes":
            return f"{number / 1e6:.3g} MB"
        case _:
            return f"{number:g}"


if __name__ == "__main__":
    main()
