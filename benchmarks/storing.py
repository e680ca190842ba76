"""What it costs to keep the record: a batch of changed runs in either engine, and the bytes of a year of one probe."""

from __future__ import annotations

import io
import random
import sqlite3
import tempfile
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.store.samples import HERE, context
from tests.store.server import Server, running
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.run import Run, runs_of
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND
from uptime_daemon.store.latency import SLOT, Latency
from uptime_daemon.store.packing import pack_some
from uptime_daemon.store.pending import Batch
from uptime_daemon.store.places import place_of
from uptime_daemon.store.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS: Final = 10_000
"""Changed runs of one batch, each of a probe of its own."""
PEER_BYTES_OF_A_YEAR: Final = 68_000_000
"""What Prometheus takes for all 21 series of one blackbox target that is probed every 30 s for a year, measured once by
its blocks on disk: 64.7 bytes a probe."""
DAYS: Final = 30
"""What is written of the year; the rest is like it."""
_OUTCOMES: Final = ((Outcome.FAIL, Reason.STATUS), (Outcome.PASS, Reason.NONE))


class Batches:
    """The writing thread's work: a batch made durable, idempotent; its peer only inserts."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._numbers = count()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="uptime-bench-")))

    def _open(self, url: str) -> None:
        place = place_of(url)
        place.prepare(create=True)
        self._engine = place.writing_engine()
        self._stack.callback(self._engine.dispose)
        self._recorder = Recorder(self._engine.dialect)
        self.ours()  # the numbers of the series are known from now on

    def ours(self) -> None:
        """One batch."""
        self._recorder.write(self._engine.begin, Batch(self._runs(), (), (), (), None))

    def close(self) -> str:
        """End what was started."""
        self._stack.close()
        return f"{ROWS} rows a batch"

    def _runs(self) -> tuple[Run, ...]:
        start = next(self._numbers) * HOUR
        return tuple(
            Run(f"bench/p{index}", HERE, *_OUTCOMES[index % 2], start, start + 60 * SECOND, 3, 30 * SECOND)
            for index in range(ROWS)
        )

    def _rows(self) -> Iterable[tuple[object, ...]]:
        return (
            (index, run.first, run.last, run.count, run.distance, run.outcome.value, run.reason.value)
            for index, run in enumerate(self._runs())
        )


class SqliteBatches(Batches):
    """Beside executemany of the bare module into a table of the same shape, equally durable."""

    def __init__(self) -> None:
        super().__init__()
        self._open(f"sqlite:///{self._folder}/ours.db")
        self._bare = sqlite3.connect(self._folder / "bare.db")
        self._stack.callback(self._bare.close)
        for statement in (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            """CREATE TABLE run (series_id BIGINT, first BIGINT, last BIGINT, count BIGINT, distance BIGINT,
            outcome VARCHAR, reason VARCHAR, PRIMARY KEY (series_id, first))""",
        ):
            self._bare.execute(statement)

    def peer(self) -> None:
        """One batch, inserted."""
        with self._bare:
            self._bare.executemany("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?)", list(self._rows()))


class PostgresBatches(Batches):
    """Beside COPY of the same rows into a table of the same shape."""

    def __init__(self) -> None:
        super().__init__()
        server: Server = self._stack.enter_context(running())
        self._open(server.url())
        with self._engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE bare (LIKE run INCLUDING ALL)")

    def peer(self) -> None:
        """One batch, copied."""
        lines = "".join("\t".join(map(str, row)) + "\n" for row in self._rows())
        with self._engine.begin() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("COPY bare FROM STDIN", stream=io.BytesIO(lines.encode()))


class Year:
    """Thirty days of one probe at 30 s with 16 outages of ten minutes: runs, contexts of failures, latencies.

    Each day is packed once it is over, as the daemon does; the last one stays as it was written.
    """

    def __init__(self) -> None:
        self._bytes: dict[str, int] = {}
        observations = list(_month(sorted(hour * HOUR for hour in random.sample(range(DAYS * 24), 16))))
        latencies: dict[int, Latency] = {}
        for each in observations:
            if each.outcome is Outcome.PASS:
                slot = each.at // SLOT
                latencies[slot] = latencies.get(slot, Latency(slot)).with_one(each.duration)
        self._runs = tuple(runs_of(observations, 75 * SECOND))
        self._rollups = tuple((("bench/p", HERE), each) for each in latencies.values())
        self._failures = tuple(context(each) for each in observations if each.outcome is Outcome.FAIL)

    def ours(self) -> None:
        """Write each kind into a database of its own and look how much room it takes."""
        empty = self._room(None)
        runs = self._room("runs")
        self._bytes = {"runs": runs - empty}
        for kind in ("latencies", "contexts"):
            self._bytes[kind] = self._room(kind) - runs

    def close(self) -> str:
        """What it took."""
        total = sum(self._bytes.values()) * 365 / DAYS
        kinds = ", ".join(f"{kind} {size * 365 / DAYS / 1e6:.2f}" for kind, size in self._bytes.items())
        ratio = total / PEER_BYTES_OF_A_YEAR
        return f"{total / 1e6:.2f} MB a year of one probe ({kinds}); {ratio:.3f}x of the peer's 68.0 MB"

    def _room(self, kind: str | None) -> int:
        with tempfile.TemporaryDirectory(prefix="uptime-bench-") as folder:
            place = place_of(f"sqlite:///{folder}/year.db")
            place.prepare(create=True)
            engine = place.writing_engine()
            recorder = Recorder(engine.dialect)
            for day in range(DAYS) if kind else ():
                recorder.write(engine.begin, self._day(kind, day))
                with engine.begin() as connection:
                    while pack_some(connection, day * DAY):
                        pass
            engine.dispose()  # the last connection folds the log into the file
            return sum(file.stat().st_size for file in Path(folder).iterdir())

    def _day(self, kind: str | None, day: int) -> Batch:
        failures = tuple(each for each in self._failures if each.observation.at // DAY == day)
        rollups = tuple(each for each in self._rollups if each[1].slot * SLOT // DAY == day)
        return Batch(
            self._runs if day == 0 else (),
            failures if kind == "contexts" else (),
            rollups if kind == "latencies" else (),
            (),
            None,
        )


def _month(outages: list[int]) -> Iterable[Observation]:
    starts, index = [*outages, 366 * DAY], 0
    for at in range(0, DAYS * DAY, 30 * SECOND):
        while at >= starts[index] + 10 * 60 * SECOND:
            index += 1
        if starts[index] <= at:
            yield Observation("bench/p", HERE, at, Outcome.FAIL, Reason.STATUS, 2 * SECOND)
        else:
            yield Observation("bench/p", HERE, at, Outcome.PASS, Reason.NONE, int(random.lognormvariate(10.5, 0.4)))
