"""From a broken service to a message: the demonstration, a real Prometheus with the rules, a real Alertmanager."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from grafana.sources.preview import Page
from tests.demo.test_demonstration import five_ports
from tests.grafana.dashboards import ALL_QUERIES, FILES, GRAFANA, Query, filled, load
from tests.grafana.scraping import Prometheus, free_port, started_prometheus, until

pytestmark = pytest.mark.prometheus

ALERTMANAGER = "prometheus-alertmanager"
"""What Debian calls it."""
END_SECONDS_MAX = 30.0
CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}}
rule_files: ["{rules}/*.yml"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: uptime, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
"""
ROUTES = """
route: {{receiver: house, group_by: [alertname, group, agreement], group_wait: 0s, group_interval: 1s}}
receivers: [{{name: house, webhook_configs: [{{url: "http://127.0.0.1:{port}/", send_resolved: true}}]}}]
"""
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


@dataclass
class Receiver:
    """Whoever is to be told; keeps what it is told."""

    told: list[Any] = field(default_factory=list)

    def has(self, name: str, status: str, **labels: str) -> bool:
        """Whether a message of this alert with these labels came."""
        return any(
            alert["status"] == status and {"alertname": name, **labels}.items() <= alert["labels"].items()
            for message in self.told
            for alert in message["alerts"]
        )


@dataclass(frozen=True)
class House:
    """All that runs."""

    port: int
    prometheus: Prometheus
    receiver: Receiver

    def switch(self, kind: str) -> None:
        """Press a button of the stand-in vendor."""
        request = Request(f"http://127.0.0.1:{self.port + 2}/faults/inbound?kind={kind}", data=b"")
        with urlopen(request, timeout=10):  # noqa: S310 - our own address on loopback
            pass

    def is_up(self, value: str) -> bool:
        """Whether Prometheus knows the group of inbound calls to be up (1) or down (0)."""
        found = self.prometheus.query('uptime_daemon_group_up{group="stand-in/inbound"}')
        return [each["value"][1] for each in found] == [value]


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended at the end."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(END_SECONDS_MAX)


@contextmanager
def demonstration(folder: Path, port: int) -> Iterator[None]:
    """The demonstration once it is ready."""
    command = [sys.executable, "-m", "uptime_daemon", "demo", "--folder", str(folder / "demo"), "--port", str(port)]
    with (folder / "demo.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=GRAFANA.parent, stdout=log, stderr=subprocess.STDOUT)
    with ended(process):

        def ready() -> bool:
            assert process.poll() is None, (folder / "demo.log").read_text(encoding="utf-8")
            try:
                with urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5) as answer:
                    return bool(answer.status == 200)
            except (URLError, ConnectionError):
                return False

        until(ready, "the demonstration is ready")
        yield


@contextmanager
def receiving() -> Iterator[tuple[Receiver, int]]:
    """A receiver of webhooks and its port."""
    receiver = Receiver()

    class Told(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Keep the message."""
            receiver.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Told)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver, server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(END_SECONDS_MAX)


@contextmanager
def alertmanager(folder: Path, port: int, receiver: int) -> Iterator[None]:
    """An Alertmanager that tells the receiver at once; none where it is not installed."""
    if shutil.which(ALERTMANAGER) is None:
        yield
        return
    routes = folder / "alertmanager.yml"
    routes.write_text(ROUTES.format(port=receiver), encoding="utf-8")
    command = [
        ALERTMANAGER,
        f"--config.file={routes}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    with (folder / "alertmanager.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    with ended(process):
        yield


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demonstration with its service broken, scraped, judged by the rules, told by the Alertmanager."""
    folder, port, own = tmp_path_factory.mktemp("house"), five_ports(), free_port()
    configuration = CONFIGURATION.format(rules=GRAFANA / "rules", alertmanager=own, port=port)
    with (
        demonstration(folder, port),
        receiving() as (receiver, address),
        alertmanager(folder, own, address),
        started_prometheus(folder, configuration) as prometheus,
    ):
        house = House(port, prometheus, receiver)
        until(lambda: house.is_up("1"), "the service is seen up")
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
    """Every panel of every dashboard is drawn, and what is empty is said to be."""
    for path in FILES:
        dashboard = load(path)
        page = Page(house.prometheus.address, 60, dashboard).html()
        assert page.count("<section") == len(dashboard["panels"])
        assert "not drawn by Grafana" in page
        assert page.count("<i>empty</i>") <= len(EMPTY_IS_GOOD[dashboard["title"]])


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
