"""A real Prometheus that scrapes the real internal listener, both on loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from tests.grafana.dashboards import GRAFANA
from tests.ports import free_ports
from tests.web.boards import board
from tests.web.listening import Kept, Life, metrics_of, served
from uptime_daemon.core.facts.observation import Outcome
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.desk.showing.board import Board, GroupEntry, ProbeEntry, ViewEntry
from uptime_daemon.web.app import internal_app

START_SECONDS_MAX = 300.0
"""Prometheus starts within two seconds; a machine busy with other tests is given five minutes."""
POLL_SECONDS = 0.1

CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}}
rule_files: ["{rules}/*.yml"]
scrape_configs:
  - job_name: uptime
    static_configs:
      - targets: ["127.0.0.1:{port}", "localhost:{port}"]
        labels: {{service: contact-centre, endpoint: web}}
  - job_name: blackbox
    metrics_path: /probe
    params: {{module: [http_2xx]}}
    http_sd_configs: [{{url: "http://127.0.0.1:{port}/api/v1/prometheus/targets", refresh_interval: 1s}}]
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: "127.0.0.1:{port}"}}
"""


@dataclass
class Busy:
    """A daemon that tries every probe once between two looks at its board, so that counters have rates."""

    now: Board

    def board(self) -> Board:
        """The board after one more attempt at each probe."""
        self.now = replace(self.now, groups=tuple(map(_tried, self.now.groups)))
        return self.now


def _tried(group: GroupEntry) -> GroupEntry:
    durations = {
        vantage: replace(known, counts=tuple(count + 1 for count in known.counts))
        for vantage, known in group.durations.items()
    }
    observed = group.observed + (0 if group.state is State.UNKNOWN else SECOND)
    down = group.down + (SECOND if group.state is State.DOWN else 0)
    probes = tuple(map(_tried_again, group.probes))
    return replace(group, probes=probes, durations=durations, observed=observed, down=down)


def _tried_again(probe: ProbeEntry) -> ProbeEntry:
    return replace(probe, views=tuple(map(_counted, probe.views)))


def _counted(view: ViewEntry) -> ViewEntry:
    """As its last attempt went, so does the next, and a slot between them is skipped."""
    assert view.last is not None
    reason = view.last.reason
    failures, errors = dict(view.failures), dict(view.errors)
    if view.last.outcome is Outcome.FAIL:
        failures[reason] = failures.get(reason, 0) + 1
    elif view.last.outcome is Outcome.ERROR:
        errors[reason] = errors.get(reason, 0) + 1
    skipped = {name: count + 1 for name, count in view.skipped.items()}
    return replace(view, attempts=view.attempts + 1, failures=failures, errors=errors, skipped=skipped)


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    address: str

    def ask(self, path: str, **parameters: str) -> Any:
        """The content of an answer of its API."""
        url = f"{self.address}/api/v1/{path}?{urlencode(parameters)}"
        with urlopen(url, timeout=START_SECONDS_MAX) as response:  # noqa: S310 - our own address on loopback
            answer = json.load(response)
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression: str) -> list[Any]:
        """The result of an instant query."""
        return list(self.ask("query", query=expression)["result"])

    def found(self, expression: str, enough: Callable[[list[Any]], bool] = bool) -> list[Any]:
        """The result of an instant query, once there is one.

        A scrape that a busy machine did not get through within its second leaves nothing until the next one.
        """
        result: list[Any] = []

        def holds() -> bool:
            result[:] = self.query(expression)
            return enough(result)

        until(holds, f"{expression} finds what it should")
        return result


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds, and say what if it never does."""
    end = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"not within {START_SECONDS_MAX} s: {what}")


@contextmanager
def listening() -> Iterator[int]:
    """The port of the internal listener, which runs in a thread of its own until the end."""
    started: list[int] = []
    stop = asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        busy = Busy(board())
        app = internal_app(boards=busy, records=Kept(), lifecycle=Life(), metrics=metrics_of(busy))
        async with served(app) as address:
            started.append(int(address.rpartition(":")[2]))
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    try:
        until(lambda: bool(started), "the listener answers")
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(START_SECONDS_MAX)
        loop.close()


@contextmanager
def prometheus(folder: Path, port: int) -> Iterator[Prometheus]:
    """A Prometheus that has scraped both addresses of the listener at least twice."""
    configuration = CONFIGURATION.format(port=port, rules=GRAFANA / "rules")
    with started_prometheus(folder, configuration) as running:
        both = 'count_over_time(up{job="uptime"}[1m]) >= 2 and up == 1'
        until(lambda: len(running.query(both)) == 2, "both targets are scraped twice")
        yield running


@contextmanager
def started_prometheus(folder: Path, configuration: str) -> Iterator[Prometheus]:
    """A Prometheus that answers."""
    (own,), log = free_ports(1), folder / "prometheus.log"
    (folder / "prometheus.yml").write_text(configuration, encoding="utf-8")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{own}",
                "--log.level=warn",
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    running = Prometheus(f"http://127.0.0.1:{own}")

    def answers() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            return bool(running.query("vector(1)"))
        except OSError:
            return False

    try:
        until(answers, "Prometheus answers")
        yield running
    finally:
        process.terminate()
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(120)
