"""The dashboards as they are committed: their panels, queries and variables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser

GRAFANA = Path(__file__).parents[2] / "grafana"
FILES = sorted((GRAFANA / "dashboards").glob("*.json"))

PER_DAEMON = "Daemon health"
"""The dashboard that shows each daemon alone; in all others a pair of daemons counts once."""
RATE_INTERVAL = "30s"
"""What Grafana makes of `$__rate_interval`: at least four scrapes."""

_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), (?P<label>\w+)\)")


class Query(NamedTuple):
    """One expression of a dashboard."""

    dashboard: str
    panel: str
    expression: str


def load(path: Path) -> Any:
    """A dashboard."""
    return json.loads(path.read_text(encoding="utf-8"))


def panels(dashboard: Any) -> list[Any]:
    """The panels that show something; rows only divide."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables(dashboard: Any) -> dict[str, Any]:
    """The variables by name, in their order."""
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def queries(dashboard: Any) -> Iterator[Query]:
    """Every expression of panels, annotations and variables; a variable's is the selector whose label it lists."""
    for panel in panels(dashboard):
        for target in panel["targets"]:
            yield Query(dashboard["title"], panel["title"], target["expr"])
    for annotation in dashboard["annotations"].get("list", []):
        if "expr" in annotation:
            yield Query(dashboard["title"], f"annotation {annotation['name']}", annotation["expr"])
    for name, variable in variables(dashboard).items():
        if variable["type"] == "query":
            match = _LABEL_VALUES.fullmatch(variable["query"]["query"])
            assert match, name
            yield Query(dashboard["title"], f"variable {name}", match["selector"])


ALL_QUERIES = [query for path in FILES for query in queries(load(path))]


def filled(expression: str, **values: str) -> str:
    """The expression with its variables set; `$1` is PromQL's own."""
    known = dict.fromkeys(("job", "instance", "agreement", "group", "period", "probe"), ".+") | values
    expression = expression.replace("$__rate_interval", RATE_INTERVAL)
    return re.sub(r"\$([a-z]\w*)", lambda match: known[match[1]], expression)


def selectors(
    expression: Any, around: tuple[Any, ...] = ()
) -> Iterator[tuple[promql_parser.VectorSelector, tuple[Any, ...]]]:
    """Every selector of a parsed expression with what stands around it, the outermost first."""
    within = (*around, expression)
    match expression:
        case promql_parser.VectorSelector():
            yield expression, around
        case promql_parser.MatrixSelector():
            yield from selectors(expression.vector_selector, within)
        case promql_parser.BinaryExpr():
            yield from selectors(expression.lhs, within)
            yield from selectors(expression.rhs, within)
        case promql_parser.Call():
            for argument in expression.args:
                yield from selectors(argument, within)
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from selectors(expression.expr, within)
        case promql_parser.NumberLiteral() | promql_parser.StringLiteral():
            pass
        case _:
            raise AssertionError(f"no dashboard and no rule uses {type(expression).__name__} yet")
