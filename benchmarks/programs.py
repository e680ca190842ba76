"""The programs that probing is measured with: nginx, Prometheus with blackbox_exporter, and the daemon."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Self
from urllib.request import urlopen

from tests.ports import free_ports
from tests.probers.peers import listens, running
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.watch.schedule import phase

if TYPE_CHECKING:
    from pathlib import Path

    from uptime_daemon.core.time.instants import Duration

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PORTS: Final = 20
"""Ports of each scheme: as many hosts, so that no limit a host is met and no pair of ports is used up."""
_PAGE: Final = "<html><head><title>ok</title></head><body>" + "x" * 300 + "</body></html>"
_NGINX: Final = """\
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn; worker_rlimit_nofile 16000;
events {{ worker_connections 12000; multi_accept on; }}
http {{
  access_log off; server_tokens off; default_type text/html;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
  server {{
    {listen}
    location = /requests {{ stub_status; }}
    location / {{ return 200 '{page}'; }}
  }}
}}
"""
_CERTIFICATE: Final = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 30"
    " -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
)


def fetched(url: str) -> bytes:
    """What an address of loopback answers."""
    with urlopen(url, timeout=20) as answer:  # noqa: S310 - loopback
        return bytes(answer.read())


def cpu_seconds(*pids: int) -> float:
    """Processor seconds that processes have used, user and system, with all their threads."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - no file of ours
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def resident_megabytes(*pids: int) -> float:
    """Memory that processes hold."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:  # noqa: PTH123 - as above
            total += int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])  # type: ignore[index]
    return total / 1024


@dataclass(frozen=True)
class Load:
    """What is probed how often."""

    scheme: str
    probes: int
    every: Duration

    @property
    def rate(self) -> float:
        """Probes a second."""
        return self.probes * SECOND / self.every

    def __str__(self) -> str:
        """As a line of the table names it."""
        return f"{self.scheme.upper()}, {self.probes:,} endpoints every {self.every / SECOND:g} s"


@dataclass
class Vendor:
    """nginx with a page of 350 bytes on twenty ports with TLS and twenty without."""

    folder: Path
    ports: list[int] = field(default_factory=list)
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Self:
        """It listens."""
        self.folder.mkdir()
        subprocess.run(_CERTIFICATE.split(), cwd=self.folder, check=True, capture_output=True)
        self.ports = free_ports(2 * _PORTS)
        plain, secured = self.ports[:_PORTS], self.ports[_PORTS:]
        listen = [f"listen 127.0.0.1:{port} backlog=4096;" for port in plain]
        listen += [f"listen 127.0.0.1:{port} ssl backlog=4096;" for port in secured]
        text = _NGINX.format(folder=self.folder, listen="\n    ".join(listen), page=_PAGE)
        (self.folder / "nginx.conf").write_text(text, encoding="utf-8")
        command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(self.folder / "nginx.conf")]
        self._stack.enter_context(running(command, self.folder, lambda: listens(plain[0])))
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._stack.close()

    def urls(self, load: Load) -> list[str]:
        """An address for each endpoint, spread over the ports."""
        own = self.ports[_PORTS:] if load.scheme == "https" else self.ports[:_PORTS]
        return [f"{load.scheme}://127.0.0.1:{own[each % _PORTS]}/p{each}" for each in range(load.probes)]

    @property
    def requests(self) -> int:
        """How many it was asked so far, this question not counted."""
        self._asked = getattr(self, "_asked", 0) + 1
        return int(fetched(f"http://127.0.0.1:{self.ports[0]}/requests").split(b"\n")[2].split()[2]) - self._asked


class Prober:
    """Programs that probe."""

    name = ""
    processes: list[subprocess.Popen[bytes]]

    def __init__(self) -> None:
        self.processes = []
        self._stack = contextlib.ExitStack()

    @property
    def pids(self) -> tuple[int, ...]:
        """Its processes."""
        return tuple(each.pid for each in self.processes)

    def look(self) -> None:
        """What somebody who watches it asks for within a window."""

    def __enter__(self) -> Self:
        """It probes."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._stack.close()


class Blackbox(Prober):
    """Prometheus that scrapes blackbox_exporter for each endpoint."""

    name = "prometheus + blackbox_exporter"

    def __init__(self, folder: Path, vendor: Vendor, load: Load) -> None:
        super().__init__()
        folder.mkdir()
        exporter, prometheus = free_ports(2)
        (folder / "blackbox.yml").write_text(
            "modules: {m: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4, follow_redirects: false,"
            f" tls_config: {{ca_file: {vendor.folder}/cert.pem}}}}}}}}\n",
            encoding="utf-8",
        )
        every = f"{load.every // 1000}ms"
        targets = "".join(f"      - {url}\n" for url in vendor.urls(load))
        (folder / "prometheus.yml").write_text(
            f"global: {{scrape_interval: {every}, scrape_timeout: {every}, evaluation_interval: 1h}}\n"
            "scrape_configs:\n- job_name: bench\n  metrics_path: /probe\n  params: {module: [m]}\n  relabel_configs:\n"
            "  - {source_labels: [__address__], target_label: __param_target}\n"
            "  - {source_labels: [__param_target], target_label: instance}\n"
            f'  - {{target_label: __address__, replacement: "127.0.0.1:{exporter}"}}\n'
            f"  static_configs:\n    - targets:\n{targets}",
            encoding="utf-8",
        )
        probes = f"prometheus-blackbox-exporter --config.file={folder}/blackbox.yml --timeout-offset=0.05"
        scrapes = f"prometheus --config.file={folder}/prometheus.yml --storage.tsdb.path={folder}/data"
        for command, port in ((probes, exporter), (scrapes, prometheus)):
            words = [*command.split(), "--log.level=error", f"--web.listen-address=127.0.0.1:{port}"]
            self.processes.append(self._stack.enter_context(running(words, folder, partial(listens, port))))


_CONFIGURATION: Final = """\
database: sqlite:///{folder}/uptime.db
probes: {folder}/probes/
listen: 127.0.0.1:{port}
vantage:
  name: here
  loopback: true
  sentinels: [{{tcp: "127.0.0.1:{one}", place: one}}, {{tcp: "127.0.0.1:{two}", place: two}}]
"""
_GROUPS: Final = 10


class Ours(Prober):
    """The daemon as it is shipped: schedule, attempts with their phases, states, SQLite, metrics."""

    name = "uptime-daemon"

    def __init__(self, folder: Path, vendor: Vendor, load: Load, timeout: str = "10s") -> None:
        super().__init__()
        self.folder, self.load = folder, load
        for name in ("probes", "contracts"):
            (folder / name).mkdir(parents=True)
        (self.port,) = free_ports(1)
        one, two = vendor.ports[:2]
        text = _CONFIGURATION.format(folder=folder, port=self.port, one=one, two=two)
        (folder / "uptime.yaml").write_text(text, encoding="utf-8")
        trusted = f", ca_file: {vendor.folder}/cert.pem" if load.scheme == "https" else ""
        urls = vendor.urls(load)
        groups = "".join(
            f"  g{group}:\n    title: G{group}\n    up: all\n    probes:\n"
            + "".join(
                f"      - {{id: p{number}, kind: {load.scheme}, url: '{urls[number]}'{trusted}}}\n"
                for number in range(group, load.probes, _GROUPS)
            )
            for group in range(_GROUPS)
        )
        head = (
            f"vendor: bench\ndefaults: {{interval: {load.every // 1000}ms, repeat: 1s, timeout: {timeout}}}\ngroups:\n"
        )
        (folder / "probes" / "bench.yaml").write_text(head + groups, encoding="utf-8")
        command = [sys.executable, "-m", "uptime_daemon", "run", "--config", str(folder / "uptime.yaml")]
        self.processes.append(self._stack.enter_context(running(command, folder, lambda: listens(self.port))))

    def look(self) -> None:
        """A scrape."""
        fetched(f"http://127.0.0.1:{self.port}/metrics")

    def lateness(self, within: Duration) -> list[float]:
        """How late each probe's latest attempt began, milliseconds, of those in the last stretch of its record."""
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/uptime.db?mode=ro", uri=True)) as database:
            rows = database.execute(
                "SELECT series.probe, max(run.last) FROM run JOIN series ON series.id = run.series_id GROUP BY 1"
            ).fetchall()
        newest = max(last for _, last in rows)
        return [
            (last - phase(probe, self.load.every)) % self.load.every / 1000
            for probe, last in rows
            if last > newest - within
        ]

    def samples(self, family: str) -> list[float]:
        """A family's samples."""
        page = fetched(f"http://127.0.0.1:{self.port}/metrics").decode()
        return [float(value) for value in re.findall(rf"^{family}(?:\{{.*\}})? (\S+)$", page, re.MULTILINE)]


@dataclass(frozen=True)
class Turn:
    """What one window showed."""

    probes: int
    seconds: float
    cpu_microseconds: float
    """Of one probe."""


def measured(prober: Prober, vendor: Vendor, seconds: float) -> Turn:
    """One window of a program that runs."""
    # in one order at both ends, so that the time that a look takes falls out
    asked, used, began = vendor.requests, cpu_seconds(*prober.pids), time.monotonic()
    prober.look()
    time.sleep(max(0.0, seconds - (time.monotonic() - began)))
    answered, spent = vendor.requests - asked, cpu_seconds(*prober.pids) - used
    passed = time.monotonic() - began
    return Turn(answered, passed, spent / max(answered, 1) * 1e6)
