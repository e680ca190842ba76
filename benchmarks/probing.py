"""The whole way of an attempt (schedule, phases, state, store, metrics) beside Prometheus with blackbox_exporter.

Both probe the same nginx at the same rate, each in windows of its own, in turn: neither pays for the other's load.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.programs import Blackbox, Load, Ours, Turn, Vendor, measured, resident_megabytes
from uptime_daemon.core.time.instants import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROUNDS: Final = 5
_ROUNDS_MAX: Final = 8
_SETTLE_SECONDS: Final = 3
_SETTLE_SECONDS_MAX: Final = 12
_SETTLED: Final = 0.85
"""The share of its rate from which on a program counts as at it; the peer's own jitter takes some."""
_WINDOW_SECONDS: Final = 1.2
_NICENESS: Final = -10
"""Both sides and nginx before whatever else this machine does, where that is allowed: a program that is not let run
looks expensive, and late."""
PLAIN: Final = Load("http", 1_000, SECOND)
SECURED: Final = Load("https", 200, SECOND)
MANY: Final = Load("http", 10_000, 30 * SECOND)
RATES: Final = (1_000, 1_500, 2_000, 2_500, 3_000, 4_000)
LATE_MS_MAX: Final = 20.0
"""A rate is sustainable while 99 of 100 attempts begin no later."""


def lines(wanted: Sequence[str]) -> Iterator[str]:
    """One line a measurement."""
    cases: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
        ("probing_http", partial(_cost, PLAIN, "0.45x (aim: 0.20x)")),
        ("probing_https", partial(_cost, SECURED, "0.85x (aim: 0.60x)")),
        ("probing_memory", _memory),
        ("probing_overload", _overload),
    )
    chosen = [make for name, make in cases if not wanted or any(word in name for word in wanted)]
    if chosen:
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    for make in chosen:
        yield from make()


def _cost(load: Load, goal: str) -> Iterator[str]:
    """Processor time of one attempt, of rounds in which both sides probed at their rate."""
    ours: list[Turn] = []
    peers: list[Turn] = []
    with _vendor() as (folder, vendor):
        for number in range(_ROUNDS_MAX):
            pair = []
            for kind in (Blackbox, Ours):
                with kind(folder / f"{kind.__name__}{number}", vendor, load) as prober:
                    _settle(vendor, load)
                    pair.append(measured(prober, vendor, _WINDOW_SECONDS))
            if all(turn.probes >= load.rate * turn.seconds * _SETTLED for turn in pair):
                peers.append(pair[0])
                ours.append(pair[1])
            if len(ours) == ROUNDS:
                break
    if not ours:
        yield f"{load}: this machine is too busy, in no round did both sides probe at their rate"
        return
    ratio = statistics.median(
        own.cpu_microseconds / peer.cpu_microseconds for own, peer in zip(ours, peers, strict=True)
    )
    rounds = f"{len(ours)} rounds of {number + 1} in which both were at their rate"
    yield f"{load}: {_shown(ours)}; {Blackbox.name}: {_shown(peers)}; ratio {ratio:.2f} ({rounds}); goal: {goal}"


def _memory() -> Iterator[str]:
    """Memory, and how late attempts begin, with ten thousand endpoints."""
    with _vendor() as (folder, vendor):
        with Blackbox(folder / "peer", vendor, MANY) as peer:
            time.sleep(MANY.every / SECOND + _SETTLE_SECONDS)
            theirs = resident_megabytes(*peer.pids)
        with Ours(folder / "ours", vendor, MANY) as prober:
            time.sleep(MANY.every / SECOND + _SETTLE_SECONDS)
            late: list[float] = []
            turns = []
            for _ in range(ROUNDS):
                turns.append(measured(prober, vendor, MANY.every / SECOND / ROUNDS))
                late += prober.lateness(MANY.every // ROUNDS)
            own = resident_megabytes(*prober.pids)
    goal = "0.15x and 150 MB; 3 ms, 20 ms"
    yield (
        f"{MANY}: {own:.0f} MB; {Blackbox.name}: {theirs:.0f} MB; ratio {own / theirs:.2f}; {_shown(turns)};"
        f" late by {_lateness(late)}; goal: {goal}"
    )


def _overload() -> Iterator[str]:
    """The highest rate on time, then twice that."""
    with _vendor() as (folder, vendor):
        sustained = 0
        for rate in RATES:
            told = _at(rate, folder, vendor)
            yield f"HTTP, {rate:,} a second: {told}"
            if told.late_p99 > LATE_MS_MAX:
                break
            sustained = rate
        twice = 2 * sustained
        told = _at(twice, folder, vendor)
        goal = "no outage, the excess refused and counted"
        yield f"HTTP, {twice:,} a second, twice what is on time: {told}; goal: {goal}"


@dataclass(frozen=True)
class _Loaded:
    """What a rate led to."""

    turn: Turn
    late_p50: float
    late_p99: float
    refused: float
    fails: float
    errors: float
    down: int

    def __str__(self) -> str:
        """One line."""
        return (
            f"{self.turn.probes / self.turn.seconds:,.0f} made, {self.turn.cpu_microseconds:.0f} us each, late by"
            f" {self.late_p50:.1f} ms (p50), {self.late_p99:.1f} ms (p99), {self.refused:,.0f} slots refused,"
            f" {self.fails:.0f} fails, {self.errors:.0f} errors of ours, {self.down} probes down"
        )


def _at(rate: int, folder: Path, vendor: Vendor) -> _Loaded:
    with Ours(folder / f"rate{rate}", vendor, Load("http", rate, SECOND)) as prober:
        time.sleep(2 * _SETTLE_SECONDS)
        turn = measured(prober, vendor, 2 * _WINDOW_SECONDS)
        late = sorted(prober.lateness(SECOND))
        refused, fails, errors = (
            sum(prober.samples(f"uptime_daemon_probe{name}_total")) for name in ("s_skipped", "_failures", "_errors")
        )
        down = prober.samples("uptime_daemon_probe_up").count(0)
    return _Loaded(turn, late[len(late) // 2], late[int(len(late) * 0.99)], refused, fails, errors, down)


def _settle(vendor: Vendor, load: Load) -> None:
    """Wait until it probes at its rate; Prometheus takes some eight seconds to begin with all targets."""
    end = time.monotonic() + _SETTLE_SECONDS_MAX
    while time.monotonic() < end:
        before = vendor.requests
        time.sleep(0.5)
        if vendor.requests - before >= load.rate * 0.5 * _SETTLED:
            return


@contextlib.contextmanager
def _vendor() -> Iterator[tuple[Path, Vendor]]:
    with tempfile.TemporaryDirectory(prefix="uptime-bench-") as name:
        folder = Path(name)
        with Vendor(folder / "vendor") as vendor:
            yield folder, vendor


def _shown(turns: Sequence[Turn]) -> str:
    costs = [turn.cpu_microseconds for turn in turns]
    rate = statistics.median(turn.probes / turn.seconds for turn in turns)
    return f"{statistics.median(costs):.0f} us [{min(costs):.0f}-{max(costs):.0f}] an attempt at {rate:,.0f} a second"


def _lateness(late: Sequence[float]) -> str:
    ordered = sorted(late)
    parts = [
        (f"p{share:g}", ordered[min(int(len(ordered) * share / 100), len(ordered) - 1)]) for share in (50, 99, 99.9)
    ]
    told = ", ".join(f"{name} {value:.1f} ms" for name, value in parts)
    return f"{told}, at most {ordered[-1]:.1f} ms, of {len(ordered):,}"
