"""A real daemon process on files of its own, the service it watches, and what tests ask of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tests.ports import free_ports
from uptime_daemon.core.time.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from uptime_daemon.core.time.instants import Instant

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 120
"""How long anything is waited for: many times what a busy machine needs, for it only matters where a test fails."""


def now() -> Instant:
    """The wall clock."""
    return time.time_ns() // 1_000


@dataclass
class Service:
    """A health endpoint that does what it is told and keeps what it did."""

    mode: str = "ok"
    """`ok`, `errors`, `silent` or `refuses`."""
    host: str = "127.0.0.1"
    port: int = field(default_factory=lambda: free_ports(1)[0])
    """Kept while it refuses."""
    asked: int = 0
    """How many connections were let in."""
    answered: list[tuple[Instant, bool]] = field(default_factory=list)
    """When a request was answered, and whether well: at least so early, for whoever asked may go on at once."""
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def edges(self) -> list[tuple[Instant, Instant]]:
        """The answers between which it changed, each time: the last of one kind, the first of the other."""
        return [(one[0], other[0]) for one, other in pairwise(self.answered) if one[1] != other[1]]

    async def become(self, mode: str) -> Instant:
        """Change the mode; returns when."""
        if mode == "refuses":
            self._close()
        elif self._server is None:
            self._server = await asyncio.start_server(self._talk, self.host, self.port)
        self.mode = mode
        return now()

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        self._writers.add(writer)
        try:
            await reader.readuntil(b"\r\n\r\n")
            if self.mode == "silent":
                await reader.read()
                return
            is_well = self.mode == "ok"
            self.answered.append((now(), is_well))
            line = b"200 OK" if is_well else b"503 Service Unavailable"
            writer.write(b"HTTP/1.1 " + line + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort() if writer.transport.is_closing() else writer.close()


@asynccontextmanager
async def service(mode: str = "ok", host: str = "127.0.0.1") -> AsyncIterator[Service]:
    """A service that listens until the end."""
    made = Service(host=host)
    await made.become("ok")
    await made.become(mode)
    try:
        yield made
    finally:
        await made.become("refuses")


@asynccontextmanager
async def listener() -> AsyncIterator[Service]:
    """A sentinel: whoever connects is let in."""
    async with service() as made:
        yield made


@dataclass(frozen=True)
class Files:
    """A configuration with all that it names, in a folder of its own."""

    folder: Path
    port: int
    public: int

    @property
    def configuration(self) -> Path:
        """`uptime.yaml`."""
        return self.folder / "uptime.yaml"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "uptime.db"

    @property
    def probes(self) -> Path:
        """The one file of probes."""
        return self.folder / "probes" / "acme.yaml"


PROBES = """\
vendor: acme
defaults: {{interval: 1s, repeat: 200ms, timeout: 20s, confirm: {{fails: 3, passes: 1}}}}
groups:
  voice:
    title: Voice
    up: all
    probes:
      - {{id: voice, kind: http, url: "http://127.0.0.1:{port}/health", checks: [{{status: 200}}]}}
"""


def files(
    folder: Path, service_port: int, sentinels: tuple[int, int], mail: int | None = None, probes: str = PROBES
) -> Files:
    """Write a configuration: one group `acme/voice`, one agreement under a contract that is shipped."""
    port, public = free_ports(2)
    (folder / "probes").mkdir(parents=True)
    (folder / "contracts").mkdir()
    shutil.copy(ROOT / "contracts" / "daktela.yaml", folder / "contracts")
    (folder / "probes" / "acme.yaml").write_text(probes.format(port=service_port))
    relay = f"mail: {{host: 127.0.0.1, port: {mail}, tls: none, from: claims@acme.example}}" if mail else ""
    (folder / "uptime.yaml").write_text(f"""\
database: sqlite:///uptime.db
listen: 127.0.0.1:{port}
public_listen: 127.0.0.1:{public}
vantage:
  name: test-1
  loopback: true
  sentinels:
    - {{tcp: "127.0.0.1:{sentinels[0]}", place: one}}
    - {{tcp: "127.0.0.1:{sentinels[1]}", place: two}}
agreements:
  - id: acme
    contract: daktela
    plan: business
    groups: {{service: acme/voice}}
    starts: 2026-01-01
    fees: [{{from: 2026-01-01, amount: "980.00", currency: EUR, per: month}}]
    parameters: {{claims_address: credits@vendor.example, holidays: CZ, products: [contact_centre]}}
    people: {{finance: finance@acme.example, technical: sre@acme.example}}
{relay}
""")
    return Files(folder, port, public)


@dataclass
class Running:
    """A daemon's process."""

    files: Files
    process: asyncio.subprocess.Process
    log: list[str]
    reading: asyncio.Task[None]

    async def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        """Status and text of a page."""
        return await asyncio.to_thread(_fetched, f"http://127.0.0.1:{port or self.files.port}{path}")

    async def json(self, path: str) -> Any:
        """A JSON answer."""
        status, text = await self.get(path)
        assert status == 200, text
        return json.loads(text)

    async def metric(self, series: str) -> str | None:
        """The value of one series, as written; None if it is not there."""
        _, text = await self.get("/metrics")
        found = re.search(rf"^uptime_daemon_{re.escape(series)} (\S+)$", text, re.MULTILINE)
        return found.group(1) if found else None

    async def outages(self) -> list[Any]:
        """What was measured."""
        found = await self.json("/api/v1/outages")
        return list(found["outages"])

    async def until_metric(self, series: str, value: str | None) -> None:
        """Wait until a series has a value; None: until it is gone, as the state of a group that nobody knows is."""
        seen: list[str | None] = []

        async def holds() -> bool:
            seen.append(await self.metric(series))
            return seen[-1] == value

        await until(holds, lambda: f"{series} is {seen[-1]}, not {value}\n{''.join(self.log[-20:])}")

    async def until_counted(self, series: str, least: int) -> None:
        """Wait until a counter has come to a number."""

        async def holds() -> bool:
            return int(await self.metric(series) or 0) >= least

        await until(holds, lambda: f"{series} stays below {least}\n{''.join(self.log[-20:])}")

    async def until_tried(self, watched: Service, times: int = 1) -> None:
        """Wait until the service was asked some more times."""
        before = watched.asked

        async def holds() -> bool:
            return watched.asked >= before + times

        await until(holds, lambda: f"the service is asked no more\n{''.join(self.log[-20:])}")

    async def until_ready_is(self, status: int) -> str:
        """Wait until the readiness page has a status; returns what it says."""

        async def holds() -> bool:
            return (await self.get("/-/ready"))[0] == status

        await until(holds, lambda: f"the daemon is not {status}\n{''.join(self.log[-20:])}")
        return (await self.get("/-/ready"))[1]

    async def until_logged(self, text: str) -> str:
        """Wait until a line with this text is logged; returns it."""

        async def holds() -> bool:
            return any(text in line for line in self.log)

        await until(holds, lambda: f"{text!r} is not in the log:\n{''.join(self.log[-20:])}")
        return next(line for line in self.log if text in line)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE_SECONDS):
            code = await self.process.wait()
            await self.reading
        if code:
            sys.stdout.writelines(self.log[-60:])  # why it ended otherwise, shown with a test that fails
        return code


@asynccontextmanager
async def running(
    own: Files, *, ready: bool = True, environment: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Running]:
    """A daemon from its start, ready unless told otherwise, to its end; with more in its environment if asked."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uptime_daemon", "run", "--config", str(own.configuration),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=ROOT,
        env=os.environ | dict(environment),
    )  # fmt: skip
    log: list[str] = []
    daemon = Running(own, process, log, asyncio.create_task(logged(process, log)))
    try:
        if ready:
            await until_ready(daemon)
        yield daemon
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await daemon.reading


async def until_ready(daemon: Running) -> None:
    """Wait until the daemon says so."""

    async def is_ready() -> bool:
        assert daemon.process.returncode is None, "".join(daemon.log)
        with contextlib.suppress(OSError):
            return (await daemon.get("/-/ready"))[0] == 200
        return False

    await until(is_ready, lambda: "".join(daemon.log))


async def until(holds: Callable[[], Awaitable[bool]], otherwise: Callable[[], str]) -> None:
    """Wait until something holds, or fail with a reason."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not await holds():
        assert time.monotonic() < deadline, otherwise()
        await asyncio.sleep(0.1)


async def command(*arguments: str, cwd: Path = ROOT) -> tuple[int, str]:
    """A command's exit code and everything it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uptime_daemon", *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT), "USER": "ana"},
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_SECONDS):
        printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode()


def spans(outage: Any, kind: str) -> tuple[Instant, Instant]:
    """A bracket of an outage as the API tells it."""
    return parse_instant(outage[kind]["from"]), parse_instant(outage[kind]["to"])


async def logged(process: asyncio.subprocess.Process, log: list[str]) -> None:
    """Read what a process prints until its end, so that it never waits to be read."""
    assert process.stdout is not None
    while line := await process.stdout.readline():
        log.append(line.decode())


def _fetched(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - our own address
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
