"""The demonstration beside a real Prometheus with the rules and a real Alertmanager: from a fault to a message."""

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
from urllib.request import Request, urlopen

from tests.grafana.dashboards import GRAFANA
from tests.grafana.scraping import Prometheus, started_prometheus, until
from tests.ports import free_ports

ALERTMANAGER = "prometheus-alertmanager"
"""What Debian calls it."""
END_SECONDS_MAX = 120.0
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
        with urlopen(request, timeout=END_SECONDS_MAX):  # noqa: S310 - our own address on loopback
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
                with urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=END_SECONDS_MAX) as answer:
                    return bool(answer.status == 200)
            except OSError:
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


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """All of it, with the service working."""
    port, *_, own = free_ports(6)
    configuration = CONFIGURATION.format(rules=GRAFANA / "rules", alertmanager=own, port=port)
    with (
        demonstration(folder, port),
        receiving() as (receiver, address),
        alertmanager(folder, own, address),
        started_prometheus(folder, configuration) as prometheus,
    ):
        house = House(port, prometheus, receiver)
        until(lambda: house.is_up("1"), "the service is seen up")
        yield house
