"""What it costs to judge a year from the store: runs out of either engine, timelines, exclusions, sums."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from tests.store.server import Server, running
from uptime_daemon.core.facts.measured import Record, measured
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.probe import Probe
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND
from uptime_daemon.core.time.periods import PeriodKind, named_period, periods_within
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.store.database import open_store
from uptime_daemon.store.places import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PEER_QUERIES: Final = 0.265
"""Seconds that Prometheus 2.42 takes for the availability of one target in twelve months and their year, probed every
30 s, 19 blocks on disk, nothing left out; measured once, in another run, on two cores like these: 243 to 396 ms."""
PEER_RATIO: Final = 0.002
_ROWS: Final = "SELECT first, last, count, distance, outcome, reason FROM run WHERE series_id = {} ORDER BY first"


class Years:
    """A year of some groups in a database, each of one probe with 200 outages; 52 windows are left out.

    The peer is the engine's driver that only hands over the same rows.
    """

    groups: Final = 40

    def __init__(self, engine: str) -> None:
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="uptime-bench-")))
        zone = ZoneInfo("Europe/Prague")
        self._year = named_period("2025", zone).span
        start = self._year.start
        self._windows = Spans.of((start + 7 * at * DAY + 20 * HOUR, start + (7 * at + 1) * DAY) for at in range(52))
        self._asked = [*(each.span for each in periods_within(PeriodKind.MONTH, self._year, zone)), self._year]
        self._names = [f"vendor/{each}" for each in range(self.groups)]
        if engine == "SQLite":
            url = f"sqlite:///{folder / 'periods.db'}"
        else:
            server: Server = self._stack.enter_context(running())
            url = server.url()
        self._store = self._stack.enter_context(open_store(url, create=True))
        for name in self._names:
            self._store.insert_history(_year_of_runs(name, self._year), 75 * SECOND)
        self._fetch = self._bare(folder / "periods.db") if engine == "SQLite" else self._driver(url)
        self._numbers = [number for (number,) in self._fetch("SELECT id FROM series")]

    def ours(self) -> None:
        """The downtime of every group in every period."""
        kept = self._store.runs(set(self._names), self._year)
        total = 0
        for name in self._names:
            record = Record({key: runs for key, runs in kept.items() if key[0] == name})
            down = measured(Probe(name, name), record, self._year).point - self._windows
            total += sum(down.clip(span).total for span in self._asked)
        if not total:
            raise AssertionError("no downtime was summed up")

    def peer(self) -> None:
        """The rows of every group."""
        for number in self._numbers:
            self._fetch(_ROWS.format(number))

    def close(self) -> str:
        """End what was started."""
        self._stack.close()
        return f"{self.groups} groups; a thousand take as many times longer"

    def _bare(self, path: Path) -> Callable[[str], Sequence[Any]]:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self._stack.callback(connection.close)
        return lambda query: connection.execute(query).fetchall()

    def _driver(self, url: str) -> Callable[[str], Sequence[Any]]:
        engine = place_of(url).reading_engine()
        self._stack.callback(engine.dispose)
        connection = self._stack.enter_context(engine.connect())
        cursor = connection.connection.cursor()

        def fetch(query: str) -> Sequence[Any]:
            cursor.execute(query)
            rows: Sequence[Any] = cursor.fetchall()
            return rows

        return fetch


def _year_of_runs(name: str, year: Span) -> Iterator[Run]:
    """200 confirmed outages of two to 25 minutes, seen every half minute."""

    def seen(outcome: Outcome, reason: Reason, first: int, beyond: int) -> Run:
        last = beyond - 30 * SECOND
        return Run(name, "here", outcome, reason, first, last, 1 + (last - first) // (30 * SECOND), 30 * SECOND)

    at = year.start
    for second in sorted(random.sample(range(3_600, year.length // SECOND - 3_600, 1_800), 200)):
        start = year.start + second * SECOND
        end = start + random.randrange(120, 1_500) * SECOND
        yield seen(Outcome.PASS, Reason.NONE, at, start)
        yield seen(Outcome.FAIL, Reason.STATUS, start, end)
        at = end
    yield seen(Outcome.PASS, Reason.NONE, at, year.end)
