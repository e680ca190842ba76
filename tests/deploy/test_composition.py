"""The services of compose.yaml together, each with the very mounts of the file, in a network of their own.

The programs are those of this machine instead of the images', and Grafana is left out, for Debian has none.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.daemon.running import PATIENCE_SECONDS, logged, until
from tests.deploy.test_compose import SERVICES, mounts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
NAME = f"uptime-compose-{os.getpid()}"
"""The network namespace."""
BROKEN = "/tmp/broken"  # noqa: S108 - where the vendor's file looks, in a container of its own


class Composition:
    """The running services and what they print."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs: dict[str, list[str]] = {}

    @asynccontextmanager
    async def started(self, service: str, command: list[str]) -> AsyncIterator[None]:
        """A service inside the network, with its mounts in place and all others' hidden."""
        script = "\n".join([
            "set -eu",
            f"mount --bind {self.folder}/hosts /etc/hosts",
            *self._mounted(service),
            f"exec {shlex.join(command)}",
        ])  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            "ip", "netns", "exec", NAME, "unshare", "--mount", "bash", "-c", script,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        log = self.logs[service] = []
        reading = asyncio.create_task(logged(process, log))
        try:
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await process.wait()
                await reading

    def _mounted(self, service: str) -> list[str]:
        """Every mount of the file; the folders around are empty but for them, as in an image."""
        lines: list[str] = []
        tops = {target.parents[-3] if len(target.parents) > 2 else target for target in mounts(service)}
        for top in sorted(tops):
            lines += [f"mkdir -p {top}", f"mount -t tmpfs tmpfs {top}"]
        for target, source in mounts(service).items():
            made = f"mkdir -p {target}" if source.is_dir() else f"mkdir -p {target.parent} && touch {target}"
            lines += [made, f"mount --bind {source} {target}"]
        for volume in SERVICES[service].get("volumes", ()):
            name, target, *_ = volume.split(":")
            if not name.startswith("./"):
                (self.folder / name).mkdir()
                lines += [f"mkdir -p {target}", f"mount --bind {self.folder / name} {target}"]
        return lines

    async def get(self, address: str) -> str:
        """A page as seen from inside the network; empty if nobody answers, or with an error."""
        asked = ["curl", "-fsS", "--globoff", "--max-time", "10", address]
        process = await asyncio.create_subprocess_exec(
            "ip", "netns", "exec", NAME, *asked, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        printed, _ = await process.communicate()
        return printed.decode()

    async def series(self, query: str) -> list[Any]:
        """What Prometheus answers."""
        answer = await self.get(f"http://127.0.0.1:9090/api/v1/query?query={quote(query)}")
        return list(json.loads(answer)["data"]["result"]) if answer else []

    def told(self) -> str:
        """What all services printed last."""
        return "\n".join(f"{name}: {''.join(log[-15:])}" for name, log in self.logs.items())


async def _ip(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec("ip", *arguments)
    assert await process.wait() == 0, arguments


@asynccontextmanager
async def composed(folder: Path) -> AsyncIterator[Composition]:
    """The network with the names of the file, and its services in it."""
    composition = Composition(folder)
    (folder / "hosts").write_text(f"127.0.0.1 localhost {' '.join(SERVICES)}\n")
    daemon = str(Path(sys.executable).with_name("uptime-daemon"))
    commands = {
        "vendor": SERVICES["vendor"]["command"],
        "mail": [
            sys.executable, "-u", "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Debugging", "stdout",
            "-l", SERVICES["mail"]["environment"]["MP_SMTP_BIND_ADDR"],
        ],
        "prometheus": [
            "prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus",
        ],
        "daemon": [daemon, "run", "--config", "/etc/uptime-daemon/uptime.yaml"],
    }  # fmt: skip
    await _ip("netns", "add", NAME)
    try:
        await _ip("-n", NAME, "link", "set", "lo", "up")
        async with AsyncExitStack() as stack:
            for service, command in commands.items():
                await stack.enter_async_context(composition.started(service, command))
            yield composition
    finally:
        await _ip("netns", "delete", NAME)


@pytest.mark.prove
@pytest.mark.needs_root
@pytest.mark.needs_command("ip", "nginx", "prometheus", "curl")
async def test_the_composition_measures_a_broken_vendor(tmp_path: Path) -> None:
    """Prometheus scrapes by its token and takes all rules; the vendor breaks as the file says; a mail is caught."""
    async with composed(tmp_path) as composition:

        async def holds(query: str) -> None:
            async def found() -> bool:
                return bool(await composition.series(query))

            await until(found, lambda: f"{query} stays empty\n{composition.told()}")

        try:
            await holds('uptime_daemon_group_up{group="vendor/calls"}==1')
            rules = json.loads(await composition.get("http://127.0.0.1:9090/api/v1/rules"))["data"]["groups"]
            assert {each["file"] for each in rules} == {
                f"/etc/prometheus/rules/{each.name}" for each in (ROOT / "grafana" / "rules").glob("*.yml")
            }
            assert "DEMONSTRATION" in await composition.get("http://127.0.0.1:8991/")
            assert await composition.get("http://127.0.0.1:8990/metrics") == ""  # 401 without the token
            os.close(os.open(BROKEN, os.O_CREAT))
            await holds('uptime_daemon_group_up{group="vendor/calls"}==0')
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(BROKEN)  # noqa: PTH108 - takes no time

        async def caught() -> bool:
            return "To: sre@acme.example\n" in composition.logs["mail"]

        await until(caught, composition.told)
        await holds('uptime_daemon_group_up{group="vendor/calls"}==1')
