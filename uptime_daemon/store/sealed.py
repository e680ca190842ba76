"""What a seal is over: the rows of a stretch by kind, how many there are, and digests of them.

A row belongs to the day of its instant. A run and an absence that go on are held by how they began; how they ended is
sealed on the day on which they did.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, func, select
from sqlalchemy.exc import DBAPIError

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.store.errors import DAMAGED, DamagedError
from uptime_daemon.store.packing import contexts
from uptime_daemon.store.sqlite_engine import is_no_text
from uptime_daemon.store.tables import ABSENCE, CLAIM_EVENT, DEFINITION, EVIDENCE, FACT, RUN, SERIES, STATEMENT
from uptime_daemon.store.texts import compact, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Select

    from uptime_daemon.core.time.instants import Instant

    Within = Callable[[Instant, Instant], Sequence[ColumnElement[bool]]]
    """Which rows belong to a stretch from an instant up to another one."""
    Unreadable = Callable[[DamagedError], None]
    """Is told of a row or a packed day that cannot be read."""
    Digests = Mapping[int, str]
    """The digest of so many first rows; the highest number is that of all."""

APPENDED: Final = frozenset({"absence begun", "claim step", "definition", "fact", "statement"})
"""Kinds whose rows never change, and what is added comes after them: of a later seal the first rows are the former."""
SERIES_KIND: Final = "series"
CONTEXTS_KIND: Final = "failure"
GROWING: Final = frozenset({"evidence", CONTEXTS_KIND, "run begun", SERIES_KIND})
"""Kinds whose rows are only ever added, wherever among the others; contexts go when they are pruned."""
ROWS_AT_ONCE: Final = 1_000
_ROW_BEGINS: Final = b"\x1e"  # the record separator, which JSON escapes: no row can look like two


def digests(
    connection: Connection,
    start: Instant,
    end: Instant,
    unreadable: Unreadable,
    lengths: Mapping[str, Collection[int]] | None = None,
) -> dict[str, Digests]:
    """Digests of the rows of a stretch by kind: of all, and of so many first ones; kinds without rows are left out."""
    found: dict[str, Digests] = {}
    for kind in (*_QUERIES, CONTEXTS_KIND):
        wanted = (lengths or {}).get(kind, ())
        count, whole, kept = 0, hashlib.sha256(), {}
        try:
            for row in _rows(connection, kind, start, end, unreadable):
                count += 1
                whole.update(_ROW_BEGINS + compact([_plain(value) for value in row]).encode())
                if count in wanted:
                    kept[count] = whole.hexdigest()
        except DBAPIError as error:
            if not is_no_text(error):
                raise
            stretch = f"{format_instant(start)} to {format_instant(end)}"
            unreadable(DamagedError(f"{stretch}: {kind}: a row cannot be read ({error.orig}): {DAMAGED}"))
            count += 1  # so that it differs from what was sealed, and is told as such
        if count:
            found[kind] = {**kept, count: whole.hexdigest()}
    return found


def kinds_of(found: Mapping[str, Digests]) -> dict[str, list[Any]]:
    """By kind the number of rows and their digest, as a seal has them."""
    return {kind: [max(own), own[max(own)]] for kind, own in found.items()}


def _rows(
    connection: Connection, kind: str, start: Instant, end: Instant, unreadable: Unreadable
) -> Iterable[Sequence[Any]]:
    if kind == CONTEXTS_KIND:
        return contexts(connection, start, end, unreadable)
    query, within = _QUERIES[kind]
    return connection.execute(query.where(*within(start, end)).execution_options(yield_per=ROWS_AT_ONCE))


def _plain(value: Any) -> Any:
    return digest(value) if isinstance(value, bytes) else value


def _of_series(*columns: Column[Any]) -> Select[Any]:
    table = columns[0].table
    return (
        select(SERIES.c.probe, SERIES.c.vantage, *columns)
        .join_from(SERIES, table, table.c.series_id == SERIES.c.id)
        .order_by(SERIES.c.id, columns[0])  # by this number, or SQLite looks through the rows of all time
    )


def _at(instant: Column[int]) -> Within:
    """An instant that lies in a stretch."""
    return lambda start, end: (instant >= start, instant < end)


def _has_begun(start: Instant, end: Instant) -> Sequence[ColumnElement[bool]]:
    """Series with runs that began in a stretch."""
    return (exists().where(RUN.c.series_id == SERIES.c.id, RUN.c.first >= start, RUN.c.first < end),)


def _run_ended(start: Instant, end: Instant) -> Sequence[ColumnElement[bool]]:
    """Runs that ended in a stretch: of one series that are those that began in it, and the last one before it.

    Runs of one series lie one after another, and there is no index by their ends: to look for these alone would look
    through the runs of all time for each day. A row that lies otherwise was tampered with, and is missing where it was
    sealed.
    """
    before = RUN.alias()
    latest = select(func.max(before.c.first)).where(before.c.series_id == SERIES.c.id, before.c.first < start)
    return (
        RUN.c.first >= func.coalesce(latest.scalar_subquery(), start),
        RUN.c.first < end,
        RUN.c.last >= start,
        RUN.c.last < end,
    )


# By kind: its rows in an order that every database has in common, and which of them belong to a stretch.
_QUERIES: Final[Mapping[str, tuple[Select[Any], Within]]] = {
    "absence begun": (
        select(ABSENCE.c.id, ABSENCE.c.vantage, ABSENCE.c.probe, ABSENCE.c.reason, ABSENCE.c.start).order_by(
            ABSENCE.c.id
        ),
        _at(ABSENCE.c.start),
    ),
    "absence ended": (select(*ABSENCE.c).order_by(ABSENCE.c.id), _at(ABSENCE.c.end)),
    "claim step": (select(*CLAIM_EVENT.c).order_by(CLAIM_EVENT.c.id), _at(CLAIM_EVENT.c.at)),
    "definition": (select(*DEFINITION.c).order_by(DEFINITION.c.id), _at(DEFINITION.c.at)),
    "evidence": (
        select(*EVIDENCE.c).order_by(EVIDENCE.c.digest),
        _at(EVIDENCE.c.at),
    ),  # hexadecimal sorts alike everywhere
    "fact": (select(*FACT.c).order_by(FACT.c.id), _at(FACT.c.known_at)),
    "run begun": (_of_series(RUN.c.first, RUN.c.outcome, RUN.c.reason), _at(RUN.c.first)),
    "run ended": (
        _of_series(RUN.c.first, RUN.c.last, RUN.c.count, RUN.c.distance, RUN.c.outcome, RUN.c.reason),
        _run_ended,
    ),
    SERIES_KIND: (select(SERIES.c.probe, SERIES.c.vantage, SERIES.c.stale_after).order_by(SERIES.c.id), _has_begun),
    "statement": (select(*STATEMENT.c).order_by(STATEMENT.c.id), _at(STATEMENT.c.at)),
}
