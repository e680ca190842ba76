"""A scrape of 200,000 samples from a daemon that probes meanwhile, beside the client library's Gauge and its page."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final
from urllib.request import Request, urlopen

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import generate_latest

from tests.web.crowd import Crowd, settings_of
from tests.web.listening import Kept, Life, metrics_of, served
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.web.app import internal_app

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES: Final = 200_000
PROBES: Final = 5_900
ATTEMPTS_EVERY: Final = 0.005
"""200 attempts a second: 5,900 probes every half minute."""
BEAT_EVERY: Final = 2.0
TIMER: Final = 0.001
_TIMEOUT: Final = 60


def peer() -> Callable[[], object]:
    """A registry with as many gauges."""
    registry = CollectorRegistry()
    gauge = Gauge("availability_ratio", "Availability.", ["group", "probe", "vantage", "reason"], registry=registry)
    for number in range(SAMPLES):
        gauge.labels(f"group-{number // 350}", f"probe-{number // 35}", "here", f"reason-{number % 35}").set(number)
    return lambda: generate_latest(registry)


class Server:
    """The listener in a process of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.scrape"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        self._address = self._process.stdout.readline().strip()

    def scrape(self, coding: str = "identity") -> int:
        """Read the page; its length as sent."""
        request = Request(f"{self._address}/metrics", headers={"Accept-Encoding": coding})  # noqa: S310 - loopback
        with urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310 - our own page on loopback
            return len(response.read())

    def close(self) -> str:
        """End it; what it says of its loop."""
        told, _ = self._process.communicate("", timeout=_TIMEOUT)
        return told.strip()


async def _serve() -> None:
    crowd = Crowd(settings_of(PROBES))
    metrics = metrics_of(crowd)
    await metrics.show(crowd.board())
    late: list[float] = []
    # As the daemon does once it has started: what is loaded stays for good.
    gc.collect()
    gc.freeze()

    async def attempts() -> None:
        while True:
            crowd.tried(crowd.some(1))
            await asyncio.sleep(ATTEMPTS_EVERY)

    async def beats() -> None:
        while True:
            crowd.passed(2 * SECOND)
            for _ in crowd.keeper.freshen():
                await asyncio.sleep(0)
            crowd.now = crowd.keeper.board(crowd.at)
            await metrics.show(crowd.now)
            await asyncio.sleep(BEAT_EVERY)

    async def timer() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TIMER)
            late.append(time.perf_counter() - before - TIMER)

    app = internal_app(boards=crowd, records=Kept(), lifecycle=Life(), metrics=metrics)
    async with served(app) as address:
        tasks = [asyncio.create_task(each()) for each in (attempts, beats, timer)]
        print(address, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
    late.sort()
    middle, most = (late[int(len(late) * share)] * 1e3 for share in (0.5, 0.99))
    print(f"its timers were late by {middle:.1f} ms, p99 {most:.1f} ms, at most {late[-1] * 1e3:.1f} ms")


if __name__ == "__main__":
    asyncio.run(_serve())
