"""Each query of the dashboards with its answer, as a page of Markdown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from grafana.preview.answers import filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grafana.preview.answers import Prometheus, Series

ROWS_MAX: Final = 6
"""Series shown of one answer; the rest is counted."""
_HEAD: Final = """\
# What the dashboards' queries answer

Written by `make previews`: the demonstration ran beside a real Prometheus for {minutes} minutes, with one outage of its
service; these are the answers as of {at}. Of courses the latest values are shown. Every variable is set to *All*.
"""


def report(dashboards: Mapping[str, Any], prometheus: Prometheus) -> str:
    """The page."""
    at = datetime.fromtimestamp(prometheus.end, UTC).strftime("%Y-%m-%d %H:%M UTC")
    minutes = round((prometheus.end - prometheus.start) / 60)
    lines = [_HEAD.format(at=at, minutes=minutes)]
    for dashboard in dashboards.values():
        lines += [f"## {dashboard['title']}\n"]
        for panel in dashboard["panels"]:
            if panel["type"] == "row":
                continue
            for target, answer in zip(panel["targets"], prometheus.panel(panel), strict=True):
                of = panel["title"] if len(panel["targets"]) == 1 else f"{panel['title']}: {_name(panel, target)}"
                lines += _query(of, target["expr"], answer)
        for annotation in dashboard["annotations"].get("list", []):
            lines += _query(
                f"annotation {annotation['name']}", annotation["expr"], prometheus.course(annotation["expr"])
            )
    return "\n".join(lines)


def _name(panel: Any, target: Any) -> str:
    """What a query of several is called: its legend, or the name of its column."""
    if panel["type"] != "table":
        return f"`{target['legendFormat']}`"
    return str(panel["transformations"][1]["options"]["renameByName"][f"Value #{target['refId']}"])


def _query(name: str, expression: str, answer: list[Series]) -> Iterator[str]:
    yield f"**{name}**\n"
    yield f"```promql\n{filled(expression)}\n```\n"
    if not answer:
        yield "Empty: nothing of the kind happened.\n"
        return
    yield "| series | value |\n|---|---|"
    for series in answer[:ROWS_MAX]:
        labels = ", ".join(
            f"{key}={value}"
            for key, value in sorted(series.labels.items())
            if key not in {"__name__", "job", "instance"}
        )
        yield f"| {labels.replace('|', '&#124;') or '–'} | {series.last:.10g} |"
    if len(answer) > ROWS_MAX:
        yield f"| and {len(answer) - ROWS_MAX} more | |"
    yield ""
