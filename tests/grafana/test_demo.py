"""From a broken service to a message: the demonstration, a real Prometheus with the rules, a real Alertmanager."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from grafana.preview.answers import Prometheus as Asked
from grafana.preview.page import EMPTY, Page
from grafana.preview.report import report
from tests.grafana.dashboards import ALL_QUERIES, FILES, Query, filled, load
from tests.grafana.house import ALERTMANAGER, House, opened
from tests.grafana.scraping import until

pytestmark = pytest.mark.prometheus

EMPTY_IS_GOOD = {
    "Agreement": {"Next announced work in", "annotation Announced work"},
    "Claims and clocks": {"Messages that failed", "Clocks of tickets", "Clocks that ran out"},
    # The sentinels of the demonstration tell no time.
    "Daemon health": {"Attempts not made", "Clock against the sentinels"},
    "Overview": {"annotation Announced work"},
    # The stand-in speaks no TLS, and our own side sees everything.
    "Probes": {"Next certificate expires in", "Errors of ours by reason", "Attempts not made, by reason"},
}
"""Panels of which every query may be empty on the demonstration: nothing of the kind happened."""
PARTLY_EMPTY = {
    ("Agreement", "agreement_excluded_seconds"),  # nothing was excluded
    ("Probes", "tls_certificate_expiry_timestamp_seconds"),
}
"""Single queries of panels that have others."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demonstration with its service broken, scraped, judged by the rules, told by the Alertmanager."""
    with opened(tmp_path_factory.mktemp("house")) as house:
        house.switch("refuses")
        until(lambda: house.is_up("0"), "the service is seen down")
        yield house


def test_queries_find_something_on_the_demonstration(house: House) -> None:
    """Every query of every dashboard has figures on a daemon that nobody made up, but for what did not happen there."""

    def empty() -> list[Query]:
        return [query for query in ALL_QUERIES if not house.prometheus.query(filled(query.expression))]

    def surprising() -> list[Query]:
        return [query for query in empty() if not may_be_empty(query)]

    # Rates need a few scrapes.
    until(lambda: not surprising(), "every query finds something")
    assert {query.panel for query in empty()} >= {"Next announced work in", "Messages that failed"}


def test_previews_show_the_answers(house: House) -> None:
    """Every panel of every dashboard is drawn, what is empty is said to be, and every answer is in the report."""
    dashboards = {path.stem: load(path) for path in FILES}

    def asked() -> Asked:
        now = time.time()
        return Asked(house.prometheus.address, now - 60, now)

    def is_drawn(dashboard: Any) -> bool:
        page = Page(dashboard, asked()).html()
        assert page.count("<section") == len(dashboard["panels"])
        assert "not drawn by Grafana" in page
        return page.count(EMPTY) <= len(EMPTY_IS_GOOD[dashboard["title"]])

    for dashboard in dashboards.values():
        until(partial(is_drawn, dashboard), "what happened is drawn")
    house.prometheus.found('uptime_daemon_group_up{group="stand-in/inbound"}')
    text = report(dashboards, asked())
    assert text.count("```promql") == sum(not query.panel.startswith("variable") for query in ALL_QUERIES)
    assert "| group=stand-in/inbound | 0 |" in text


def may_be_empty(query: Query) -> bool:
    """Whether nothing of what a query asks for happened on the demonstration."""
    return query.panel in EMPTY_IS_GOOD[query.dashboard] or any(
        dashboard == query.dashboard and f"uptime_daemon_{name}{{" in query.expression
        for dashboard, name in PARTLY_EMPTY
    )


def test_missing_report_is_told(house: House) -> None:
    """An outage of a contract that counts from the ticket, and no ticket: pending at once, for a minute's grace."""

    def waiting() -> bool:
        alerts = house.prometheus.ask("alerts")["alerts"]
        labels = [alert["labels"] for alert in alerts if alert["labels"]["alertname"] == "UptimeDaemonReportMissing"]
        return [(label["agreement"], label["group"], label["channel"]) for label in labels] == [
            ("acme-oki-toki", "inbound", "portal|ticket")
        ]

    until(waiting, "the missing report is noticed")


@pytest.mark.needs_command(ALERTMANAGER)
def test_alert_reaches_its_receiver_and_is_taken_back(house: House) -> None:
    """A broken service is told to the house with its runbook, and once it works again that is told, too."""
    until(lambda: house.receiver.has("UptimeDaemonGroupDown", "firing", group="stand-in/inbound"), "the outage is told")
    alerts = [each for told in house.receiver.told for each in told["alerts"]]
    alert = next(each for each in alerts if each["labels"]["alertname"] == "UptimeDaemonGroupDown")
    assert alert["labels"]["severity"] == "critical"
    assert alert["annotations"]["runbook_url"] == "docs/runbooks/UptimeDaemonGroupDown.md"
    house.switch("none")
    until(lambda: house.receiver.has("UptimeDaemonGroupDown", "resolved", group="stand-in/inbound"), "its end is told")
