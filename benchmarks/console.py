"""`python -m benchmarks.console`: the console at 200 agreements over 2,000 probes, and what it does to the loop.

The record is a real SQLite file with two months of runs and an outage in every tenth group; every page is asked for in
turn, five times, while a timer of a millisecond on the same loop tells how late it comes.
"""

from __future__ import annotations

import asyncio
import gc
import html
import re
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tests.web.console.house import NOW, Visiting, visiting
from tests.web.crowd import settings_of
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.settings.values import Settings

AGREEMENTS: Final = 200
PROBES: Final = 2_000
ROUNDS: Final = 5
TIMER: Final = 0.001
IDLE: Final = 2.0
_HISTORY: Final = 60 * DAY
_INTERVAL: Final = MINUTE
_OUTAGE: Final = 90 * MINUTE
_DOWN_EVERY: Final = 10


def many(settings: Settings) -> Settings:
    """So many agreements like the first one, each over ten probes of its own."""
    vendors = settings_of(PROBES).vendors
    first = settings.agreements[0]
    groups = [group.id for vendor in vendors for group in vendor.groups]
    agreements = tuple(
        replace(
            first,
            agreement=replace(
                first.agreement, id=f"acme-{number:03}", bindings={"service": Binding(Need(NeedKind.ALL), (group,))}
            ),
        )
        for number, group in enumerate(groups[:AGREEMENTS])
    )
    grown = replace(settings, vendors=vendors, agreements=agreements)
    store = open_store(settings.database, create=False)
    store.insert_history(_runs(grown), 3 * _INTERVAL)
    store.close()
    return grown


def _runs(settings: Settings) -> Iterator[Run]:
    begin, down = NOW - _HISTORY, NOW - 20 * DAY
    for number, group in enumerate(each for vendor in settings.vendors for each in vendor.groups):
        for probe in group.probes:
            if number % _DOWN_EVERY:
                yield _run(probe, begin, NOW, Outcome.PASS)
                continue
            yield _run(probe, begin, down, Outcome.PASS)
            yield _run(probe, down + _INTERVAL, down + _OUTAGE, Outcome.FAIL)
            yield _run(probe, down + _OUTAGE + _INTERVAL, NOW, Outcome.PASS)


def _run(probe: str, first: int, last: int, outcome: Outcome) -> Run:
    reason = Reason.NONE if outcome is Outcome.PASS else Reason.STATUS
    return Run(probe, "here", outcome, reason, first, last, (last - first) // _INTERVAL + 1, _INTERVAL)


async def measured(house: Visiting) -> None:
    """Print each page's median and slowest answer, the loop's own work for it and how late its timer came meanwhile.

    The work holds that of the asking client too, which is on the same loop.
    """
    late: list[float] = []

    async def tick() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TIMER)
            late.append(time.perf_counter() - before - TIMER)

    claim = house.rooms.board().claims[0].id if house.rooms.board().claims else None
    agreement = "/console/agreements/acme-000"
    pages = ["/console", "/console/agreements", agreement, f"{agreement}?period=2026-10"]
    pages += ["/console/claims", f"/console/claims/{claim}", "/console/search?q=acme"]
    _, text = await house.get(f"{agreement}?period=2026-10")
    outage = re.search(r'href="(/console/outages/[^"]+)"', text)
    probe = next(each.id for each in house.rooms.board().probes)
    pages += [html.unescape(outage[1])] if outage else []
    pages += ["/console/tickets", "/console/maintenance", "/console/probes", f"/console/probes/{quote(probe, safe='')}"]
    pages += ["/console/system", "/console/people"]
    ticking = asyncio.create_task(tick())
    await asyncio.sleep(IDLE)
    print(f"without a page the loop's timer is late by at most {max(late) * 1000:.1f} ms: other work of this machine")
    for page in pages:
        took, lates, work = [], [], []
        for _ in range(ROUNDS):
            late.clear()
            before, own = time.perf_counter(), time.thread_time()
            status, text = await house.get(page)
            took.append(time.perf_counter() - before)
            work.append(time.thread_time() - own)
            lates.append(max(late, default=0))
            if status != 200:
                raise RuntimeError(text)
        whole = f"median {statistics.median(took) * 1000:6.1f} ms, slowest {max(took) * 1000:6.1f} ms"
        loop = f"{statistics.median(work) * 1000:4.1f} ms of work, late by {statistics.median(lates) * 1000:4.1f} ms"
        size = f"at most {max(lates) * 1000:4.1f}; {len(text) // 1024} KiB"
        print(f"{page:<50} {whole}; on the loop {loop}, {size}")
    ticking.cancel()


async def main() -> None:
    """Make the house, then measure."""
    with tempfile.TemporaryDirectory() as folder:
        before = time.perf_counter()
        async with visiting(Path(folder), change=many) as house:
            board = house.rooms.board()
            made = time.perf_counter() - before
            sizes = f"{len(board.agreements)} agreements, {sum(1 for _ in board.probes)} probes"
            print(f"{sizes}, {len(board.claims)} claims; made and judged in {made:.1f} s")
            # As the daemon does once it has started: what is loaded stays for good.
            gc.collect()
            gc.freeze()
            await house.sign_in("ana")
            await measured(house)


if __name__ == "__main__":
    asyncio.run(main())
