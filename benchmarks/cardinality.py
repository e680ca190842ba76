"""`python -m benchmarks.cardinality`: what 10,000 probes bring of series, of page, and of memory in a real Prometheus.

Three pages: one vantage, three vantages, and three told together by `metrics: {vantages: false}`. Each is served as it
is to a Prometheus of its own that scrapes nothing else, and that is asked for its memory after some scrapes.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
import zlib
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.request import urlopen

from tests.grafana.scraping import started_prometheus
from tests.web.crowd import Crowd, settings_of
from uptime_daemon.web.exposition import Exposition
from uptime_daemon.web.negotiation import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.desk.showing.board import Board

PROBES: Final = 10_000
VANTAGES: Final = ("prague-1", "oslo-1", "lisbon-1")
SCRAPES: Final = 5
SECONDS_BETWEEN: Final = 15
SECONDS_MAX: Final = 300.0
"""The first scrape of a million series makes them all."""
CONFIGURATION: Final = """
global: {{scrape_interval: {seconds}s, scrape_timeout: {seconds}s}}
scrape_configs:
  - job_name: uptime
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def main() -> None:
    """Print one line a page."""
    one = Crowd(settings_of(PROBES)).board()
    three = seen_by(one, VANTAGES)
    for name, board, vantages in (
        ("one vantage", one, True),
        ("three vantages", three, True),
        ("three vantages told together", three, False),
    ):
        exposition = Exposition(money=True, vantages=vantages)
        before = time.process_time()
        page = exposition.page(board, Format.TEXT)
        rendered = time.process_time() - before
        series = sum(not line.startswith(b"#") for line in page.splitlines())
        packed = len(zlib.compress(page))
        memory, took = scraped(page)
        print(
            f"{PROBES:,} probes, {name}: {series:,} series ({series / PROBES:.1f} a probe), {len(page) / 1e6:.1f} MB, "
            f"packed {packed / 1e6:.2f} MB, first rendered in {rendered:.2f} s; a Prometheus with nothing else: "
            f"{memory / 1e6:.0f} MB ({memory / series / 1e3:.1f} kB a series), {took:.2f} s a scrape"
        )


def seen_by(board: Board, vantages: tuple[str, ...]) -> Board:
    """The board as if several vantages had seen what one saw."""
    groups = []
    for group in board.groups:
        probes = tuple(
            replace(probe, views=tuple(replace(probe.views[0], vantage=name) for name in vantages))
            for probe in group.probes
        )
        (durations,) = group.durations.values()
        groups.append(replace(group, probes=probes, durations=dict.fromkeys(vantages, durations)))
    return replace(board, groups=tuple(groups))


def scraped(page: bytes) -> tuple[float, float]:
    """Resident memory in bytes of a Prometheus after some scrapes of a page, and how long one took, in seconds."""
    with tempfile.TemporaryDirectory() as name, serving(page) as port:
        configuration = CONFIGURATION.format(seconds=SECONDS_BETWEEN, port=port)
        with started_prometheus(Path(name), configuration) as prometheus:
            deadline = time.monotonic() + SECONDS_MAX
            while not prometheus.query(f"count_over_time(up[1h]) >= {SCRAPES}"):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"fewer than {SCRAPES} scrapes within {SECONDS_MAX} s")
                time.sleep(1)
            assert [each["value"][1] for each in prometheus.query("up")] == ["1"]  # noqa: S101 - else the rest means nothing
            (took,) = prometheus.query("min_over_time(scrape_duration_seconds[1h])")
            with urlopen(f"{prometheus.address}/metrics", timeout=30) as answer:  # noqa: S310 - our own address
                own = answer.read().decode()
    memory = next(line for line in own.splitlines() if line.startswith("process_resident_memory_bytes "))
    return float(memory.split()[1]), float(json.loads(took["value"][1]))


@contextmanager
def serving(page: bytes) -> Iterator[int]:
    """The port on which a page is served, plain."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """The page."""
            self.send_response(200)
            self.send_header("Content-Type", Format.TEXT.value)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    main()
