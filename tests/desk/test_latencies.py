"""Percentiles over stretches of time from what is kept of durations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uptime_daemon.core.facts.observation import Observation, Outcome
from uptime_daemon.core.time.instants import MINUTE, SECOND, parse_instant
from uptime_daemon.desk.showing.latencies import PERCENTILES, latencies
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path

NOW = parse_instant("2026-11-03T12:00:00Z")
MS = 1_000


def test_percentiles_are_never_too_low_and_at_most_half_too_high(tmp_path: Path) -> None:
    """A hundred passes of 1 to 100 ms in one stretch: each percentile against the true one."""
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}", create=True)
    try:
        store.open_session("here", NOW - 60 * MINUTE)
        began = NOW - 50 * MINUTE
        for number in range(100):
            seen = Observation("v/p", "here", began + number * SECOND, Outcome.PASS, duration=(number + 1) * MS)
            store.observe(seen, 75 * SECOND, None)
        store.flush()
        (point,) = latencies(store, "v/p", "1d", NOW)["here"]
    finally:
        store.close()
    assert (point.at, point.count, point.longest) == (began, 100, 100 * MS)
    for percentile, shown in zip(PERCENTILES, point.percentiles, strict=True):
        assert percentile * MS <= shown <= percentile * MS * 3 // 2


def test_longer_reaches_have_wider_stretches(tmp_path: Path) -> None:
    """Two passes in one hour are two points of a day and one of a week; nobody else's are among them."""
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}", create=True)
    try:
        store.open_session("here", NOW - 120 * MINUTE)
        for name, ago in (("v/p", 50), ("v/p", 20), ("v/q", 10)):
            seen = Observation(name, "here", NOW - ago * MINUTE, Outcome.PASS, duration=20 * MS)
            store.observe(seen, 75 * SECOND, None)
        store.flush()
        points = {reach: latencies(store, "v/p", reach, NOW) for reach in ("1d", "7d", "90d")}
        assert [len(points[reach]["here"]) for reach in points] == [2, 1, 1]
        assert points["7d"]["here"][0].count == 2
        assert latencies(store, "v/none", "1d", NOW) == {}
    finally:
        store.close()
