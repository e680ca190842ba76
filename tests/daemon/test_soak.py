"""Twenty minutes of the real process at 200 attempts a second while faults come and go: the record is the script.

`UPTIME_SOAK_SECONDS` makes it shorter.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import statistics
import sys
import time
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.daemon.running import Files, Running, Service, files, listener, now, running, service
from uptime_daemon.core.facts.observation import Outcome
from uptime_daemon.core.facts.probe import Confirmation
from uptime_daemon.core.facts.timeline import connected, probe_timeline
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.database import open_store
from uptime_daemon.watch.schedule import phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from uptime_daemon.core.time.instants import Duration, Instant

SOAK_SECONDS: Final = int(os.environ.get("UPTIME_SOAK_SECONDS", "1200"))
SEED: Final = 20_261_128
NAMES: Final = ("voice", *(f"g{number}" for number in range(1, 10)))
PROBES: Final = 100
"""In each group, all at one service."""
AT_A_HOST: Final = 25
"""Attempts at one host take turns above 32. A hundred that wait for a silent host are asked every 6 s instead of every
second, and three fails in a row then need longer than the shortest fault."""
INTERVAL: Final = 5 * SECOND
TIMEOUT: Final = 2 * SECOND
RATE: Final = len(NAMES) * PROBES * SECOND / INTERVAL
FAULTS: Final = ("errors", "refuses", "silent")
NOISE: Final = SECOND
"""How much longer than told a bracket may be on a machine that does other things as well."""
GROWTH_MEGABYTES_MAX: Final = 12
DRIFT_MS_MAX: Final = 50


@dataclass
class Fault:
    """What was done to a service, and when."""

    kind: str
    start: Instant
    end: Instant


@dataclass
class Sampled:
    """What the process took and how late it was, minute by minute."""

    megabytes: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)


def definitions(ports: Iterable[int]) -> str:
    """All groups; the first one is that of the agreement."""
    text = "vendor: acme\ndefaults: {interval: 5s, repeat: 1s, timeout: 2s, confirm: {fails: 3, passes: 1}}\ngroups:\n"
    for place, (group, port) in enumerate(zip(NAMES, ports, strict=True)):
        text += f"  {group}:\n    title: {group}\n    up: all\n    probes:\n"
        for number in range(PROBES):
            host = f"127.0.{1 + place}.{1 + number // AT_A_HOST}"
            asked = f'kind: http, url: "http://{host}:{port}/", checks: [{{status: 200}}]'
            text += f"      - {{id: {group}-{number}, {asked}}}\n"
    return text.replace("{", "{{").replace("}", "}}")


async def broken(watched: Service, chance: random.Random, end: float) -> list[Fault]:
    """Faults at one service until an end, with time for it to be up after each."""
    faults: list[Fault] = []
    while True:
        well, ill = chance.uniform(30, 120), chance.uniform(15, 60)
        if time.monotonic() + well + ill + 10 > end:
            await asyncio.sleep(max(0.0, end - time.monotonic()))
            return faults
        await asyncio.sleep(well)
        kind = chance.choice(FAULTS)
        start = now()
        await watched.become(kind)
        await asyncio.sleep(ill)
        faults.append(Fault(kind, start, await watched.become("ok")))


def resident(pid: int) -> float:
    """Memory that a process holds, megabytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def sampled(daemon: Running) -> Sampled:
    """Memory, and the lateness of each probe's latest attempt of those that pass, until cancelled."""
    seen = Sampled()
    while True:
        try:
            await asyncio.sleep(SOAK_SECONDS / 20)
        except asyncio.CancelledError:
            return seen
        assert daemon.process.returncode is None, "".join(daemon.log[-60:])
        seen.megabytes.append(resident(daemon.process.pid))
        with closing(sqlite3.connect(f"file:{daemon.files.database}?mode=ro", uri=True)) as database:
            rows = database.execute(
                "SELECT probe, max(last) FROM run JOIN series ON id = series_id GROUP BY 1"
                " HAVING outcome = 'pass' AND count > 1"  # a pass that ends an outage is a repeat, off the grid
            ).fetchall()
        assert rows, "no probe passes"
        seen.late_ms.append(
            statistics.median((last - phase(probe, INTERVAL)) % INTERVAL / 1000 for probe, last in rows)
        )


@pytest.mark.prove
@pytest.mark.timeout(SOAK_SECONDS + 300)
async def test_the_record_is_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every fault is one outage within its brackets, nothing else is one; memory stays flat and nothing drifts."""
    chance = random.Random(SEED)
    async with AsyncExitStack() as stack:
        services = [await stack.enter_async_context(service(host="0.0.0.0")) for _ in NAMES]
        one, two = [await stack.enter_async_context(listener()) for _ in range(2)]
        own = files(
            tmp_path / "own", services[0].port, (one.port, two.port), probes=definitions(each.port for each in services)
        )
        daemon = await stack.enter_async_context(running(own))
        end = time.monotonic() + SOAK_SECONDS
        async with asyncio.TaskGroup() as tasks:  # which ends at once if the daemon does
            sampling = tasks.create_task(sampled(daemon))
            scripts = [tasks.create_task(broken(each, random.Random(chance.random()), end)) for each in services]
            faults = [await each for each in scripts]
            sampling.cancel()
        seen = sampling.result()
        assert await daemon.end() == 0
    attempts = counted(own)
    assert attempts >= 0.9 * RATE * SOAK_SECONDS, "this machine is too busy to make so many attempts"
    widths = compared(own, faults)
    assert widths, "so short a run holds no fault"
    starts, ends = ([pair[side] / SECOND for pair in widths] for side in (0, 1))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{attempts / SOAK_SECONDS:.0f} attempts a second over {SOAK_SECONDS} s, {sum(map(len, faults))} faults,"
            f" {len(widths)} outages of probes\nfirst bracket {_told(starts)}, last bracket {_told(ends)}\n"
            f"memory, MB: {' '.join(f'{each:.0f}' for each in seen.megabytes)}\n"
            f"late by, ms: {' '.join(f'{each:.1f}' for each in seen.late_ms)}\n"
        )
    # nearly always one interval, with the attempt's duration; one pass ends an outage, so nothing repeats at its end
    for widths_of in (starts, ends):
        assert statistics.quantiles(widths_of, n=20)[18] <= (INTERVAL + TIMEOUT + NOISE) / SECOND
    assert seen.megabytes[-1] - seen.megabytes[2] <= GROWTH_MEGABYTES_MAX
    assert abs(seen.late_ms[-1] - seen.late_ms[2]) <= DRIFT_MS_MAX


def counted(own: Files) -> int:
    """How many attempts are on record."""
    with closing(sqlite3.connect(f"file:{own.database}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT sum(count) FROM run").fetchone()[0])


def compared(own: Files, faults: list[list[Fault]]) -> list[tuple[Duration, Duration]]:
    """The brackets of every outage of a probe at its beginning and its end; each is the one that the script tells."""
    widths = []
    with open_store(f"sqlite:///{own.database}", create=False) as store:
        window = Span(0, now())
        for group, script in zip(NAMES, faults, strict=True):
            for number in range(PROBES):
                name = f"acme/{group}-{number}"
                ((_, runs),) = store.runs([name], window).items()
                told = probe_timeline(runs, Span(runs[0].first, window.end), Confirmation(), INTERVAL * 5 // 2)
                # a machine too busy to look for a while leaves unknown time, which splits no outage
                outages = connected(told.point, told.unknown_total, splits=False)
                assert len(outages) == len(script), (
                    name,
                    script,
                    [run for run in runs if run.outcome is not Outcome.PASS],
                )
                for outage, fault in zip(outages, script, strict=True):
                    (shortest,), (longest,) = (list(each.touching(outage)) for each in (told.shortest, told.longest))
                    assert longest.start <= fault.start <= outage.start + TIMEOUT + NOISE, (name, fault, outage)
                    assert shortest.end <= fault.end <= longest.end + TIMEOUT + NOISE, (name, fault, outage)
                    widths.append((outage.start - longest.start, outage.end - shortest.end))
    return widths


def _told(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} s (at most {max(seconds):.2f})"
