"""Days that are over, packed: one row for a day of one series instead of hundreds; what is read back is the same.

What comes late into such a day stands beside it as rows until the day is packed again. Readers look at both; of two
that tell of the same instant one stands, the same one as if both had met in a row.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from uptime_daemon.core.time.instants import DAY, format_instant
from uptime_daemon.store.dialects import insert_or_replace
from uptime_daemon.store.errors import DamagedError, readable
from uptime_daemon.store.latency import SLOT, packed_day, unpacked_day
from uptime_daemon.store.tables import FAILURE, FAILURE_DAY, ROLLUP, ROLLUP_DAY, SERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Table

    from uptime_daemon.core.time.instants import Duration, Instant

    Kept = tuple[Any, ...]
    """A row without its series; its first figure is the instant, or the slot, by which it is known."""

ROWS_AT_ONCE: Final = 5_000
"""Rows packed in one transaction, about: it holds up the observations of the moment for some fifty milliseconds."""
DAYS_READ_AT_ONCE: Final = 100
"""Packed days in memory while a record is verified."""


@dataclass(frozen=True, slots=True)
class Packing:
    """How one kind of row is packed."""

    rows: Table
    days: Table
    unit: Duration
    """What the first figure of a row counts, microseconds."""
    packed: Callable[[Sequence[Kept]], bytes]
    unpacked: Callable[[bytes], list[Kept]]
    """`ValueError` for what `packed` never wrote."""
    stands: Callable[[Kept, Kept], Kept]
    """Of two rows of the same instant, the earlier written one first, which one stands."""

    @property
    def columns(self) -> list[Column[Any]]:
        """What is kept of a row, the instant or slot first."""
        return [column for column in self.rows.columns if column.name != "series_id"]

    @property
    def at(self) -> Column[int]:
        """The instant or slot of a row."""
        return self.columns[0]

    def day_of(self, at: int) -> int:
        """The day of an instant or slot since 1970."""
        return at * self.unit // DAY

    def within(self, day: int) -> range:
        """The instants or slots of a day since 1970."""
        return range(day * DAY // self.unit, (day + 1) * DAY // self.unit)

    def merged(self, earlier: Iterable[Kept], later: Iterable[Kept]) -> list[Kept]:
        """Both, in the order of time, one of each instant."""
        found = {row[0]: row for row in earlier}
        for row in later:
            found[row[0]] = self.stands(found[row[0]], row) if row[0] in found else row
        return [found[at] for at in sorted(found)]

    def read(self, whose: str, day: int, content: bytes) -> list[Kept]:
        """The rows of a packed day; `DamagedError` if it is damaged."""
        try:
            return self.unpacked(content)
        except (TypeError, ValueError) as error:  # SQLite keeps any type
            raise DamagedError(
                f"{self.rows.name} of {whose} on {format_instant(day * DAY)[:10]}: what was packed cannot be read"
                f" ({error}): it was changed or damaged; restore a backup"
            ) from error


def _contexts_packed(rows: Sequence[Kept]) -> bytes:
    return zlib.compress(json.dumps([list(row) for row in rows], separators=(",", ":")).encode())


def _contexts_unpacked(content: bytes) -> list[Kept]:
    try:
        rows = json.loads(zlib.decompress(content))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    width = len(CONTEXTS.columns)
    if not rows or not isinstance(rows, list) or any(not isinstance(row, list) or len(row) != width for row in rows):
        raise ValueError("its rows have another shape")
    return list(map(tuple, rows))


CONTEXTS: Final = Packing(
    FAILURE, FAILURE_DAY, 1, _contexts_packed, _contexts_unpacked, lambda earlier, _later: earlier
)
LATENCIES: Final = Packing(
    ROLLUP,
    ROLLUP_DAY,
    SLOT,
    packed_day,
    unpacked_day,
    lambda earlier, later: later if later[1] > earlier[1] else earlier,
)


def pack_some(connection: Connection, until: Instant) -> int:
    """Pack the first rows of days before the day of an instant; returns how many, 0 once there are none."""
    total = 0
    for packing in (CONTEXTS, LATENCIES):
        while total < ROWS_AT_ONCE and (count := _pack_one(connection, packing, until // DAY)):
            total += count
    return total


def contexts(
    connection: Connection, start: Instant, end: Instant, damaged: Callable[[DamagedError], None]
) -> Iterator[tuple[Any, ...]]:
    """Probe, vantage and columns of every kept context of a stretch of whole days, by series and time."""
    of_series = (SERIES.c.id, SERIES.c.probe, SERIES.c.vantage)
    rows = connection.execute(
        select(*of_series, *CONTEXTS.columns)
        .join_from(SERIES, FAILURE, FAILURE.c.series_id == SERIES.c.id)
        .where(FAILURE.c.at >= start, FAILURE.c.at < end)
        .order_by(FAILURE.c.series_id, FAILURE.c.at)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    days = connection.execute(
        select(*of_series, FAILURE_DAY.c.day, FAILURE_DAY.c.content)
        .join_from(SERIES, FAILURE_DAY, FAILURE_DAY.c.series_id == SERIES.c.id)
        .where(FAILURE_DAY.c.day >= start // DAY, FAILURE_DAY.c.day < end // DAY)
        .order_by(FAILURE_DAY.c.series_id, FAILURE_DAY.c.day)
        .execution_options(yield_per=DAYS_READ_AT_ONCE)
    )

    def unpacked_rows() -> Iterator[tuple[Any, ...]]:
        for series, probe, vantage, day, content in days:
            try:
                kept = CONTEXTS.read(f"{probe} at {vantage}", day, content)
            except DamagedError as error:
                damaged(error)
            else:
                yield from ((series, probe, vantage, *row) for row in kept)

    series_and_instant = itemgetter(0, 3)
    # A packed day was written before what came late into it, and `merge` keeps that order where both are equal.
    for _, same in groupby(merge(unpacked_rows(), map(tuple, rows), key=series_and_instant), series_and_instant):
        yield next(same)[1:]


def _pack_one(connection: Connection, packing: Packing, before: int) -> int:
    """Pack the rows of one series and day before a day; returns how many there were."""
    rows, days = packing.rows, packing.days
    old = packing.at < packing.within(before).start
    first = connection.execute(select(rows.c.series_id, packing.at).where(old).limit(1)).one_or_none()
    if first is None:
        return 0
    series, day = first[0], packing.day_of(first[1])
    whose = (rows.c.series_id == series, _of_day(packing, day))
    later = connection.execute(select(*packing.columns).where(*whose)).all()
    kept = connection.execute(
        select(days.c.content).where(days.c.series_id == series, days.c.day == day)
    ).scalar_one_or_none()
    earlier = [] if kept is None else packing.read(f"series {series}", day, kept)
    with readable(f"{rows.name} of series {series} on {format_instant(day * DAY)[:10]}"):
        whole = packing.merged(earlier, map(tuple, later))
        content = packing.packed(whole)
    connection.execute(
        insert_or_replace(connection.dialect, days, ("series_id", "day"), ("count", "content")).values(
            series_id=series, day=day, count=len(whole), content=content
        )
    )
    connection.execute(delete(rows).where(*whose))
    return len(later)


def _of_day(packing: Packing, day: int) -> ColumnElement[bool]:
    """Which rows of a series are of a day; slots one by one, for their table is ordered by slot first."""
    within = packing.within(day)
    if packing is LATENCIES:
        return packing.at.in_(within)
    return packing.at.between(within.start, within.stop - 1)
