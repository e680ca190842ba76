"""A crowd at the status page of a real daemon that measures meanwhile: five hundred requests a second."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.daemon.running import ROOT, files, listener, running, service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.daemon.running import Running

pytestmark = [pytest.mark.prove, pytest.mark.needs_root, pytest.mark.timeout(300)]

RATE, SECONDS = 500, 10
P99_MS_MAX = 20.0
_GROUPS = "".join(
    f"  g{group}:\n    title: Function {group}\n    up: all\n    probes:\n"
    + "".join(
        f'      - {{{{id: p{group}-{probe}, kind: http, url: "http://127.0.0.1:{{port}}/health"}}}}\n'
        for probe in range(5)
    )
    for group in range(10)
)
PROBES = f"vendor: acme\ndefaults: {{{{interval: 1s, repeat: 200ms, timeout: 500ms}}}}\ngroups:\n{_GROUPS}"
"""Fifty probes a second in ten groups."""


@contextmanager
def apart() -> Iterator[None]:
    """Before all other work of this machine, as on one of its own; what is started meanwhile inherits it."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(20))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


async def _counted(daemon: Running, name: str) -> float:
    _, text = await daemon.get("/metrics")
    return sum(float(value) for value in re.findall(rf"^uptime_daemon_{name}{{[^}}]*}} (\S+)$", text, re.MULTILINE))


async def test_a_crowd_is_served_while_probing_goes_on(tmp_path: Path) -> None:
    """p99 below 20 ms at 500 requests a second, each counted from when it was due; no attempt is late or left out."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port), probes=PROBES)
        text = own.configuration.read_text().replace("acme/voice", "acme/g0")
        own.configuration.write_text(text)
        with apart():
            async with running(own) as daemon:
                await daemon.until_counted('probes_total{probe="acme/p0-0",group="acme/g0",vantage="test-1"}', 3)
                before = await _counted(daemon, "probes_total")
                process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "benchmarks.crowd", f"http://127.0.0.1:{own.public}/",
                    "--rate", str(RATE), "--seconds", str(SECONDS), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
                )  # fmt: skip
                printed, _ = await process.communicate()
                tried = await _counted(daemon, "probes_total") - before
                skipped = await _counted(daemon, "probes_skipped_total")
                failed = await _counted(daemon, "probe_failures_total")
    found = json.loads(printed)
    assert (found["requests"], found["not_200"]) == (RATE * SECONDS, 0)
    assert found["p99_ms"] < P99_MS_MAX, found
    assert (skipped, failed) == (0, 0)
    assert tried >= 50 * (SECONDS - 1)
