"""One dashboard as a page of HTML: each panel at its place, with what its queries answer."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from grafana.preview.charts import PALETTE, Frame, course, states, stretches
from grafana.preview.values import PLAIN, colour, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grafana.preview.answers import Prometheus, Series
    from grafana.preview.charts import Stretch

COLUMN: Final = 58
ROW: Final = 36
HEAD: Final = 40
ROWS_MAX: Final = 9
KEYS_MAX: Final = 8
"""Series named below a course; the rest is counted."""
KEYS_HEIGHT: Final = 38
"""Room for two lines of them."""
EMPTY: Final = '<p class="empty">No data</p>'
_NAMES: Final = 150
"""Width of the names beside bars of states."""
_STYLE: Final = """
body{margin:0;background:#111217;color:#ccccdc;font:13px "DejaVu Sans",sans-serif;position:relative}
h1{font-size:17px;margin:0;padding:10px 8px;font-weight:600}h1 i{font-weight:400;font-size:13px}
section{position:absolute;box-sizing:border-box;background:#181b1f;border:1px solid #2c3036;border-radius:4px;
padding:7px 10px;overflow:hidden}h2{font-size:13px;margin:0 0 6px;font-weight:600}
.row{background:none;border:0;font-weight:600;padding-top:9px}i,.empty{color:#8e8e9c;font-style:normal}
.big{display:flex;flex-wrap:wrap;align-items:center;justify-content:center;gap:4px 28px;height:calc(100% - 30px)}
.big b{font-size:30px;font-weight:500}.big i{font-size:14px}table{border-collapse:collapse;width:100%}
td,th{padding:5px 8px 5px 0;text-align:left;white-space:nowrap;border-bottom:1px solid #23272d}
th{color:#7eb1f7;font-weight:500}text{fill:#9a9aa8;font-size:11px}.grid{stroke:#262a30}
.keys{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:11px}.keys b{font-weight:900}
.bar{display:flex;align-items:center;gap:10px;margin:7px 0}.bar>i{width:230px;text-align:right}
.bar>div{flex:1;background:#23272d;height:24px}.bar>div>div{height:24px;opacity:.75}.bar>b{width:70px;font-weight:500}
"""


class Page:
    """A dashboard and whom it asks."""

    def __init__(self, dashboard: Any, prometheus: Prometheus) -> None:
        self._dashboard, self._prometheus = dashboard, prometheus

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        below = max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in self._dashboard["panels"])
        return 24 * COLUMN + 4, below * ROW + HEAD + 4

    def html(self) -> str:
        """The page."""
        marks = list(self._marks())
        panels = [self._panel(panel, marks) for panel in self._dashboard["panels"]]
        width, height = self.size
        head = (
            f"{escape(self._dashboard['title'])} <i>&mdash; preview of the queries' answers, not drawn by Grafana</i>"
        )
        style = f"<meta charset=utf-8><style>{_STYLE}body{{width:{width}px;height:{height}px}}</style>"
        return f"<!doctype html>{style}<h1>{head}</h1>{''.join(panels)}"

    def _marks(self) -> Iterator[tuple[str, Stretch]]:
        for annotation in self._dashboard["annotations"].get("list", []):
            if annotation.get("enable") and "expr" in annotation:
                for series in self._prometheus.course(annotation["expr"]):
                    step = min((b[0] - a[0] for a, b in zip(series.points, series.points[1:], strict=False)), default=1)
                    for stretch in stretches(series, step):
                        yield annotation["iconColor"], stretch

    def _panel(self, panel: Any, marks: Sequence[tuple[str, Stretch]]) -> str:
        place = panel["gridPos"]
        left, top = place["x"] * COLUMN + 4, place["y"] * ROW + HEAD
        width, height = place["w"] * COLUMN - 4, place["h"] * ROW - 4
        box = f'style="left:{left}px;top:{top}px;width:{width}px;height:{height}px"'
        if panel["type"] == "row":
            return f'<section class="row" {box}>{escape(panel["title"])}</section>'
        answers = list(self._prometheus.panel(panel))
        drawn = self._drawn(panel, answers, width - 22, height - 40, marks) if any(answers) else EMPTY
        return f"<section {box}><h2>{escape(panel['title'])}</h2>{drawn}</section>"

    def _drawn(
        self, panel: Any, answers: list[list[Series]], width: int, height: int, marks: Sequence[tuple[str, Stretch]]
    ) -> str:
        fields, found = panel["fieldConfig"]["defaults"], [each for answer in answers for each in answer]
        start, end = self._prometheus.start, self._prometheus.end
        match panel["type"]:
            case "stat":
                return _figures(found, fields, named="{{" in panel["targets"][0]["legendFormat"])
            case "bargauge":
                return _bars(found, fields)
            case "table":
                return _table(panel, answers)
            case "state-timeline":
                (mapping,) = fields["mappings"]
                words = {value: (each["text"], each["color"]) for value, each in mapping["options"].items()}
                return states(Frame(width, height, start, end, _NAMES), found, words)
            case "timeseries":
                stacked = fields["custom"].get("stacking", {}).get("mode") == "normal"
                keys = _keys(found)
                frame = Frame(width, height - KEYS_HEIGHT, start, end)
                return course(frame, found, fields["unit"], marks, stacked=stacked) + keys
            case kind:
                raise AssertionError(f"no panel is a {kind} yet")


def _figures(found: Sequence[Series], fields: Any, *, named: bool) -> str:
    lines = []
    for series in found:
        text = shown(series.last, fields["unit"], fields.get("decimals"))
        name = f" <i>{escape(series.name)}</i>" if named else ""
        lines.append(f'<span><b style="color:{colour(series.last, fields.get("thresholds"))}">{text}</b>{name}</span>')
    return f'<div class="big">{"".join(lines)}</div>'


def _bars(found: Sequence[Series], fields: Any) -> str:
    low, high = fields["min"], fields["max"]
    lines = []
    for series in found:
        color, share = colour(series.last, fields["thresholds"]), (series.last - low) / (high - low)
        width = max(0.0, min(1.0, share)) * 100
        bar = f'<div><div style="width:{width:.1f}%;background:{color}"></div></div>'
        text = f'<b style="color:{color}">{shown(series.last, fields["unit"])}</b>'
        lines.append(f'<div class="bar"><i>{escape(series.name)}</i>{bar}{text}</div>')
    return "".join(lines)


def _keys(found: Sequence[Series]) -> str:
    named = [
        f'<span><b style="color:{PALETTE[number % len(PALETTE)]}">&#9644;</b> {escape(series.name)}</span>'
        for number, series in enumerate(found[:KEYS_MAX])
    ]
    more = [f"<i>and {len(found) - KEYS_MAX} more</i>"] if len(found) > KEYS_MAX else []
    return f'<div class="keys">{"".join([*named, *more])}</div>'


def _table(panel: Any, answers: list[list[Series]]) -> str:
    """Rows joined as Grafana's `merge` joins them, by the labels that all have; worst first where that is set."""
    organized = panel["transformations"][1]["options"]
    names, hidden = organized["renameByName"], organized["excludeByName"]
    properties = {
        each["matcher"]["options"]: {own["id"]: own["value"] for own in each["properties"]}
        for each in panel["fieldConfig"]["overrides"]
    }
    labels = [name for name in names if not name.startswith("Value")]
    shared = [name for name in labels if all(name in each.labels for answer in answers for each in answer)]
    lines: dict[tuple[str, ...], dict[str, str | float]] = {}
    for target, answer in zip(panel["targets"], answers, strict=True):
        key = "Value" if len(answers) == 1 else f"Value #{target['refId']}"
        for each in answer:
            line = lines.setdefault(tuple(each.labels[label] for label in shared), {})
            line |= {label: each.labels[label] for label in labels if label in each.labels}
            line[key] = each.last
    columns = [*labels, *(name for name in names if name.startswith("Value") and name not in hidden)]
    ordered = [line for _, line in sorted(lines.items())]
    for sort in panel["options"].get("sortBy", ()):
        (by,) = [name for name in columns if names[name] == sort["displayName"]]
        ordered.sort(key=lambda line: (by not in line, line.get(by, 0)), reverse=sort["desc"])
    head = "".join(f"<th>{escape(names[name])}</th>" for name in columns)
    body = "".join(
        f"<tr>{''.join(_cell(line.get(name), properties.get(names[name], {})) for name in columns)}</tr>"
        for line in ordered[:ROWS_MAX]
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: str | float | None, own: dict[str, Any]) -> str:
    if value is None or isinstance(value, str):
        return f"<td>{escape(value or '')}</td>"
    color = colour(value, own.get("thresholds")) if "thresholds" in own else PLAIN
    return f'<td style="color:{color}">{shown(value, own.get("unit", ""), own.get("decimals"))}</td>'
