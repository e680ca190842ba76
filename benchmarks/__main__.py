"""`make bench`: medians of interleaved windows, ratios of one run, the goal printed beside each figure."""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import portion

from benchmarks import business_time, probing
from benchmarks.current import Thousand
from benchmarks.judging import PEER_QUERIES, PEER_RATIO, Years
from benchmarks.scrape import Server
from benchmarks.scrape import peer as gauges
from benchmarks.storing import PostgresBatches, SqliteBatches, Year
from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.facts.timeline import known
from uptime_daemon.core.judging.statement import judged
from uptime_daemon.core.terms.agreement import Agreement
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, parse_instant
from uptime_daemon.core.time.periods import named_period
from uptime_daemon.core.time.spans import Spans
from uptime_daemon.definitions.contracts.file import readings
from uptime_daemon.definitions.contracts.reading import read_contract
from uptime_daemon.definitions.documents import read_document
from uptime_daemon.definitions.folders import template_folders
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOWS: Final = 5
"""Measured in turn, so that a drift of the machine's speed hits both sides."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is measured, with what it is held against."""

    name: str
    ours: Callable[[], object]
    peer: Callable[[], object] | None
    peer_name: str
    repeat: int
    """How often the work is done in one window."""
    goal: str
    close: Callable[[], str] | None = None
    """Ends what was started for it, and says what else it showed."""
    operations: int = 1
    """How many single operations our side does at a time; the figure is of one."""
    peer_operations: int = 1


def main() -> None:
    """Print one line a case."""
    random.seed(7)
    wanted = sys.argv[1:]
    for make in CASES:
        if wanted and not any(word in make.__name__ for word in wanted):
            continue
        case = make()
        ours, peers = [], []
        for _ in range(WINDOWS):
            ours.append(_seconds(case.ours, case.repeat) / case.operations)
            if case.peer:
                peers.append(_seconds(case.peer, case.repeat) / case.peer_operations)
        line = f"{case.name}: {_shown(ours)}"
        if peers:
            ratios = [own / peer for own, peer in zip(ours, peers, strict=True)]
            line += f"; {case.peer_name}: {_shown(peers)}; ratio {statistics.median(ratios):.4f}"
        print(f"{line}; goal: {case.goal}")
        if case.close:
            print(f"  {case.close()}")
    for line in probing.lines(wanted):
        print(line, flush=True)


def spans() -> Case:
    """20,000 outages minus 2,000 windows."""
    year = 365 * 24 * HOUR
    outages = [(start, start + random.randrange(SECOND, 20 * MINUTE)) for start in _instants(20_000, year)]
    windows = [(start, start + random.randrange(HOUR, 4 * HOUR)) for start in _instants(2_000, year)]
    left, right = Spans.of(outages), Spans.of(windows)
    peers = [_portion(pairs) for pairs in (left, right)]
    return Case(
        "20,000 outages minus 2,000 windows",
        lambda: (left - right).total,
        lambda: (peers[0] - peers[1]).empty,
        "portion",
        1,
        "below 30 ms",
    )


def statement() -> Case:
    """A month of 200 outages under the Daktela contract, all readings, no derivation."""
    problems = Problems()
    path = next(folder / "daktela.yaml" for folder in template_folders("contracts"))
    file = read_contract(read_document(path, problems), problems)
    terms = readings(file, "business", {}, "recommended", problems)
    period = named_period("2026-06", ZoneInfo("Europe/Prague"))
    outages = [
        (period.span.start + at, period.span.start + at + random.randrange(SECOND, 5 * MINUTE))
        for at in _instants(200, period.span.length)
    ]
    facts = Facts({"service": known(period.span, Spans.of(outages))})
    agreement = Agreement("bench", "daktela", None, None, "business")
    as_of = parse_instant("2026-08-01T00:00:00Z")
    return Case(
        "a full statement, 200 outages, every reading",
        lambda: judged(terms, agreement, period, facts, as_of),
        None,
        "",
        20,
        "1 ms for one reading",
    )


def periods() -> Case:
    """Twelve months and their year of 40 groups out of SQLite: runs, timelines, exclusions, sums."""
    peer_ms = PEER_QUERIES * 1000
    goal = f"0.3 ms; {PEER_RATIO:g}x of Prometheus's {peer_ms:g} ms are {PEER_RATIO * peer_ms:g} ms"
    return _periods("SQLite", "bare sqlite3, the rows alone", goal)


def postgresql_periods() -> Case:
    """The same out of PostgreSQL."""
    return _periods("PostgreSQL", "its driver, the rows alone", "less than the rows alone")


def _periods(engine: str, peer: str, goal: str) -> Case:
    years = Years(engine)
    name, groups = f"13 periods of one group from {engine}, 200 outages, 52 windows", years.groups
    return Case(name, years.ours, years.peer, peer, 1, goal, years.close, operations=groups, peer_operations=groups)


def inserts() -> Case:
    """10,000 runs into the store, beside bare sqlite3 executemany of the same figures."""
    folder = Path(tempfile.mkdtemp(prefix="uptime-bench-"))
    store = open_store(f"sqlite:///{folder / 'ours.db'}", create=True)
    bare = sqlite3.connect(folder / "bare.db")
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute(
        "CREATE TABLE run (series INTEGER, first INTEGER, last INTEGER, outcome TEXT, reason TEXT, count INTEGER, "
        "distance INTEGER, PRIMARY KEY (series, first)) WITHOUT ROWID"
    )
    number = iter(range(1_000_000))
    outcomes = ((Outcome.FAIL, Reason.STATUS), (Outcome.PASS, Reason.NONE))

    def batch(name: str) -> list[Run]:
        return [
            Run(name, "import", *outcomes[index % 2], index * HOUR, index * HOUR + 30 * MINUTE, 60, 30 * SECOND)
            for index in range(10_000)
        ]

    def ours() -> None:
        store.insert_history(iter(batch(f"bench/p{next(number)}")), HOUR)

    def peer() -> None:
        series = next(number)
        rows = [
            (series, run.first, run.last, run.outcome.value, run.reason.value, run.count, run.distance)
            for run in batch("bench/peer")
        ]
        with bare:
            bare.executemany("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    name = "10,000 runs of history into the store"
    return Case(name, ours, peer, "bare executemany", 1, "0.8x of its rows a second")


def sqlite_batch() -> Case:
    """A batch of measured runs into SQLite."""
    both = SqliteBatches()
    goal = "0.8x of its rows a second, with upsert"
    return Case("10,000 measured runs into SQLite", both.ours, both.peer, "bare executemany", 1, goal, both.close)


def postgresql_batch() -> Case:
    """A batch of measured runs into PostgreSQL."""
    both = PostgresBatches()
    goal = "0.4x of its rows a second, with upsert"
    return Case("10,000 measured runs into PostgreSQL", both.ours, both.peer, "COPY", 1, goal, both.close)


def year() -> Case:
    """The bytes of a year of one probe."""
    whole = Year()
    return Case("a year of one probe written", whole.ours, None, "", 1, "0.05x of the bytes", whole.close)


def current() -> Case:
    """A confirmed fail among a thousand groups, until its agreement's statement is on the board."""
    whole = Thousand()
    return Case("from an observation to the board, 1,000 groups", whole.ours, None, "", 1, "1 s", whole.close)


def plain_scrape() -> Case:
    """200,000 samples over HTTP from a daemon that probes."""
    return _scrape("identity")


def packed_scrape() -> Case:
    """The same with gzip, as Prometheus asks for it."""
    return _scrape("gzip")


def _scrape(coding: str) -> Case:
    server = Server()
    server.scrape(coding)
    return Case(
        f"a scrape of 200,000 samples, {coding}",
        lambda: server.scrape(coding),
        gauges(),
        "Gauge + generate_latest",
        1,
        "0.05x, timers never late by more than 5 ms",
        server.close,
    )


def business_add() -> Case:
    """Forty business hours added at a thousand instants, with the building of a table of three years."""
    return _business("add 40 business hours, table's share included", business_time.add, business_time.peer_add)


def business_measure() -> Case:
    """The business time within thirty days of a thousand instants, with the building of a table of three years."""
    name = "business time within 30 days, table's share included"
    return _business(name, business_time.measure, business_time.peer_measure)


def _business(name: str, ours: Callable[[], object], peer: Callable[[], object]) -> Case:
    if not business_time.agree():
        raise AssertionError("ours and the peer's business time differ: the figures would be of different work")
    return Case(
        name,
        ours,
        peer,
        "businesstimedelta",
        1,
        "0.005x of it",
        operations=business_time.OPERATIONS,
        peer_operations=business_time.PEER_OPERATIONS,
    )


def _instants(count: int, length: int) -> list[int]:
    return sorted(random.sample(range(0, length, SECOND), count))


def _portion(pairs: Spans) -> portion.Interval:
    return portion.Interval(*(portion.closedopen(span.start, span.end) for span in pairs))


def _seconds(work: Callable[[], object], repeat: int) -> float:
    started = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - started) / repeat


def _shown(seconds: list[float]) -> str:
    low, middle, high = (value * 1000 for value in (min(seconds), statistics.median(seconds), max(seconds)))
    if middle < 1:  # microseconds
        return f"{middle * 1000:.2f} us [{low * 1000:.2f}-{high * 1000:.2f}]"
    return f"{middle:.2f} ms [{low:.2f}-{high:.2f}]"


CASES: Final = (
    spans,
    statement,
    periods,
    postgresql_periods,
    current,
    inserts,
    sqlite_batch,
    postgresql_batch,
    year,
    plain_scrape,
    packed_scrape,
    business_add,
    business_measure,
)

if __name__ == "__main__":
    main()
