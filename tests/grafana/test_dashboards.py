import json
from itertools import combinations
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard
from ruamel.yaml import YAML

from grafana.sources.written import written
from tests.grafana.dashboards import (
    ALL_QUERIES,
    FILES,
    GRAFANA,
    PER_DAEMON,
    Query,
    filled,
    load,
    panels,
    selectors,
    variables,
)
from uptime_daemon.web.families.family import Kind
from uptime_daemon.web.families.table import families

SCRAPED = {
    name: family
    for family in families(money=True)
    for name in ([f"{family.name}_bucket"] if family.kind is Kind.HISTOGRAM else [family.name])
}
FOREIGN = {"scrape_duration_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total"}
"""What Prometheus itself and the client library tell of a daemon."""
VARIABLES = {
    "agreement": ["agreement", "group", "period"],
    "claims": ["agreement"],
    "daemon": ["instance"],
    "overview": ["agreement", "group", "period"],
    "probes": ["group", "probe"],
}
BARE_UNITS = {"short", "none"}
"""Counts, and amounts whose currency stands in the series' name."""

each_dashboard = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
each_query = pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: f"{query.dashboard}-{query.panel}")


def test_there_are_dashboards() -> None:
    """The tests of this file test something."""
    assert [path.name for path in FILES] == [f"{name}.json" for name in VARIABLES]
    assert len({load(path)["uid"] for path in FILES}) == len(FILES)


def test_dashboards_are_written_from_their_source() -> None:
    """The committed files are what `make dashboards` writes: nobody edits one by hand."""
    assert {path.name: path.read_text(encoding="utf-8") for path in FILES} == written()


@each_dashboard
def test_dashboards_are_read_by_the_kit(path: Path) -> None:
    """The kit's own model of a dashboard reads every file and writes back the same, so that no key is made up.

    It has no place for the colours of a table's columns, whose values it hands on as they are.
    """
    text = path.read_text(encoding="utf-8")
    assert json.loads(json.dumps(Dashboard.from_json(json.loads(text)), cls=JSONEncoder)) == json.loads(text)


@each_dashboard
def test_form(path: Path) -> None:
    """The classic model that Grafana 10 to 13 reads, fixed by its uid, changed only in the repository."""
    dashboard = load(path)
    assert 39 <= dashboard["schemaVersion"] <= 42
    assert dashboard["uid"] == f"uptime-daemon-{path.stem}"
    assert dashboard["editable"] is False
    assert "__inputs" not in dashboard
    assert dashboard["links"][0]["tags"] == dashboard["tags"] == ["uptime-daemon"]
    assert dashboard["description"]


@each_dashboard
def test_variables(path: Path) -> None:
    """One data source, chosen by the reader; then the job and what the dashboard is of, each within the ones before."""
    dashboard = load(path)
    assert list(variables(dashboard)) == ["datasource", "job", *VARIABLES[path.stem]]
    source, *rest = variables(dashboard).values()
    assert (source["type"], source["query"], source["label"]) == ("datasource", "prometheus", "Data Source")
    for variable in rest:
        assert variable["multi"]
        assert variable["includeAll"]
        assert variable["description"]


@each_dashboard
def test_panels_explain_themselves(path: Path) -> None:
    """Every panel has a title, a description that is a sentence, a unit, the chosen data source and a query."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    for panel in panels(load(path)):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == source
        assert panel["targets"]
        for target in panel["targets"]:
            assert target["datasource"] == source
            assert target["instant"] is not target["range"]
        references = [target["refId"] for target in panel["targets"]]
        assert len(references) == len(set(references))


@each_dashboard
def test_panels_lie_side_by_side(path: Path) -> None:
    """Nothing overlaps, nothing leaves the 24 columns, and every panel has its own id."""
    every = load(path)["panels"]
    assert len({panel["id"] for panel in every}) == len(every)

    def cells(panel: Any) -> set[tuple[int, int]]:
        place = panel["gridPos"]
        columns = range(place["x"], place["x"] + place["w"])
        assert set(columns) <= set(range(24))
        return {(x, y) for x in columns for y in range(place["y"], place["y"] + place["h"])}

    for one, other in combinations(every, 2):
        assert not cells(one) & cells(other), (one["title"], other["title"])


@each_query
def test_names_and_labels_exist(query: Query) -> None:
    """Every metric is in the daemon's table, and every label that is matched is one of its labels."""
    found = list(selectors(promql_parser.parse(filled(query.expression))))
    assert found
    for selector, around in found:
        name = str(selector.name)
        matched = {matcher.name for matcher in selector.matchers.matchers}
        if name in FOREIGN:
            assert matched <= {"job", "instance"}
            continue
        family = SCRAPED[name]
        ranged = any(isinstance(each, promql_parser.MatrixSelector) for each in around)
        assert ranged is (family.kind in {Kind.COUNTER, Kind.HISTOGRAM}), "a counter needs a rate, a gauge has none"
        assert matched <= {*family.labels, "job", "instance"}


@each_query
def test_job_is_matched(query: Query) -> None:
    """Every selector is of the chosen job; only the list of jobs itself is not."""
    expression = query.expression.replace("$__rate_interval", "1m")
    for selector, _ in selectors(promql_parser.parse(expression)):
        matched = {matcher.name: matcher.value for matcher in selector.matchers.matchers}
        assert query.panel == "variable job" or matched["job"] == "$job"


@pytest.mark.parametrize(
    "query",
    [each for each in ALL_QUERIES if not each.panel.startswith("variable") and each.dashboard != PER_DAEMON],
    ids=lambda query: f"{query.dashboard}-{query.panel}",
)
def test_two_daemons_count_once(query: Query) -> None:
    """Every figure or rate stands directly in `max without (instance)`: a pair of daemons tells the same twice."""
    for _, around in selectors(promql_parser.parse(filled(query.expression))):
        aggregate = around[-3] if isinstance(around[-1], promql_parser.MatrixSelector) else around[-1]
        assert isinstance(aggregate, promql_parser.AggregateExpr)
        assert str(aggregate.op) == "max"
        assert aggregate.modifier is not None
        assert (str(aggregate.modifier), aggregate.modifier.labels) == ("without (instance)", ["instance"])


@each_dashboard
def test_units_fit_what_is_shown(path: Path) -> None:
    """Ratios are shown in percent, seconds as lengths; only counts and amounts have no unit."""
    for panel in panels(load(path)):
        unit = panel["fieldConfig"]["defaults"]["unit"]
        if panel["type"] == "table" or unit not in BARE_UNITS:
            continue
        for target in panel["targets"]:
            parsed = promql_parser.parse(filled(target["expr"]))
            counted = target["expr"].startswith("count(") or panel["type"] == "state-timeline"
            families_shown = [SCRAPED.get(str(selector.name)) for selector, _ in selectors(parsed)]
            assert counted or all(family is None or family.unit == "" for family in families_shown)


def test_provisioning_names_what_there_is() -> None:
    """Grafana finds one Prometheus as its default and the folder of dashboards, and lets nobody change them there."""
    yaml = YAML(typ="safe")
    (source,) = yaml.load(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    assert (source["type"], source["isDefault"], source["editable"]) == ("prometheus", True, False)
    (provider,) = yaml.load(GRAFANA / "provisioning" / "dashboards" / "uptime-daemon.yml")["providers"]
    assert (provider["type"], provider["allowUiUpdates"]) == ("file", False)
    assert provider["options"]["path"].endswith("/dashboards")
