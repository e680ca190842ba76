"""200,000 samples: what a scrape costs beside the client library's own, and how long it keeps the loop from a probe."""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import generate_latest

from tests.web.crowd import Crowd, settings_of
from tests.web.listening import Kept, Life, metrics_of, served
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.web.app import internal_app
from uptime_daemon.web.metrics import Metrics

PROBES = 5_900
SAMPLES = 200_000
PEER_SAMPLES = 50_000
"""A quarter, for the time of this test: its cost grows in line, and the benchmark prints that of all."""
RATIO_MAX = 0.05
BLOCKED_SECONDS_MAX = 0.005
PEER_SECONDS = 2.5
"""What the peer takes for all samples on the machine of that goal; a slower one is given as much more as it takes."""
TOLERATED = 1.25
"""A shared machine's caches belong to others too: the goal stays what it is, the check turns red beyond this."""
SCRAPES = 3
TRIES = 10
"""How often the longest turn is measured until one is short enough: what others do can only make it longer."""
SCRAPER = """
import gzip, sys, urllib.request
request = urllib.request.Request(sys.argv[1] + "/metrics", headers={"Accept-Encoding": sys.argv[2]})
with urllib.request.urlopen(request, timeout=60) as response:
    page = response.read()
print((gzip.decompress(page) if sys.argv[2] == "gzip" else page).count(b"\\n"))
"""


async def scraped(address: str, coding: str) -> int:
    """How many lines the page has for another process, so that reading it takes nothing from the loop."""
    command = [sys.executable, "-c", SCRAPER, address, coding]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    lines, _ = await process.communicate()
    assert process.returncode == 0
    return int(lines)


@contextmanager
def still_collector() -> Iterator[None]:
    """As in the daemon, what is loaded stays for good and is not looked at again by the garbage collector."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def beat(crowd: Crowd, metrics: Metrics) -> None:
    """A fresh board on the page, as the daemon makes it every two seconds."""
    crowd.passed(2 * SECOND)
    for _ in crowd.keeper.freshen():
        await asyncio.sleep(0)
    crowd.now = crowd.keeper.board(crowd.at)
    await metrics.show(crowd.now)


@asynccontextmanager
async def probing(crowd: Crowd, turns: list[float]) -> AsyncIterator[None]:
    """A loop on which a probe is tried at every turn, and how long each turn was in seconds of this thread's work.

    Work and not time: that the machine is busy with other things says nothing of us.
    """

    async def trying() -> None:
        while True:
            before = time.thread_time()
            crowd.tried(crowd.some(1))
            await asyncio.sleep(0)
            turns.append(time.thread_time() - before)

    task = asyncio.create_task(trying())
    try:
        yield
    finally:
        task.cancel()


async def test_scrape_costs_a_twentieth_and_never_blocks() -> None:
    """At most 0.05 of the work of Gauge + generate_latest, and never 5 ms without letting the loop turn."""
    registry = CollectorRegistry()
    gauge = Gauge("availability_ratio", "Availability.", ["group", "probe", "vantage", "reason"], registry=registry)
    for number in range(PEER_SAMPLES):
        gauge.labels(f"group-{number // 350}", f"probe-{number // 35}", "prague-1", f"reason-{number % 35}").set(number)
    before = time.thread_time()
    generate_latest(registry)
    peer = (time.thread_time() - before) * SAMPLES / PEER_SAMPLES
    blocked_max = BLOCKED_SECONDS_MAX * max(1.0, peer / PEER_SECONDS)
    del gauge, registry

    crowd = Crowd(settings_of(PROBES))
    metrics = metrics_of(crowd)
    await metrics.show(crowd.board())
    app = internal_app(boards=crowd, records=Kept(), lifecycle=Life(), metrics=metrics)
    async with served(app) as address:
        with still_collector():
            costs = []
            for _ in range(SCRAPES):
                before = time.thread_time()
                lines = await scraped(address, "identity")
                costs.append(time.thread_time() - before)
                assert lines >= SAMPLES

            longest = []
            for _ in range(TRIES):
                turns: list[float] = []
                async with probing(crowd, turns):
                    for coding in ("identity", "gzip"):
                        await beat(crowd, metrics)
                        assert await scraped(address, coding) >= SAMPLES
                longest.append(max(turns))
                if longest[-1] < blocked_max:
                    break
    assert min(costs) <= RATIO_MAX * peer
    assert min(longest) < TOLERATED * blocked_max
