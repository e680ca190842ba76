"""The chain of digests: each day of the record sealed, held against the record, sealed anew where that is right.

A row belongs to the day of its instant. A day is sealed once nothing of it can change any more. What is rightly
written into a sealed day later (imported history, a correction of old time, observations after the wall clock was
stepped back) marks it as due, in the same transaction, and it is sealed anew with the reason: the old seal stays in the
chain. Whoever can write the database can also write a new chain; the heads that were kept elsewhere tell them apart.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, NoReturn

from sqlalchemy import delete, func, insert, select

from uptime_daemon.core.time.instants import DAY, HOUR, format_instant
from uptime_daemon.store.dialects import insert_or_keep
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import Prunable, Seal, Verified
from uptime_daemon.store.packing import contexts
from uptime_daemon.store.pruning import pruned
from uptime_daemon.store.tables import (
    ABSENCE,
    CLAIM_EVENT,
    DEFINITION,
    EVIDENCE,
    FACT,
    RUN,
    SEAL,
    SEAL_DUE,
    SERIES,
    STATEMENT,
)
from uptime_daemon.store.texts import compact, digest, seal_head

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Row, Select

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Span

    Kinds = Mapping[str, list[Any]]
    """By kind the number of rows and their digest; kinds without rows are left out."""
    Within = Callable[[Instant, Instant], Sequence[ColumnElement[bool]]]
    """Which rows belong to a stretch from an instant up to another one."""
    Damaged = Callable[[StoreError], None]
    """Is told of a packed day that cannot be read."""

SETTLED_AFTER: Final[Duration] = HOUR
"""How long after its end a day is sealed: what belongs to it is on disk by then, and no run of it goes on. A probe that
is tried so seldom that one does makes the day be sealed anew."""
BEGINNING: Final[Instant] = 0
"""Where the first seal begins: everything before the first sealed day is one stretch, unless it is very much."""
RUNS_OF_BEGINNING: Final = 500_000
"""How many runs the first stretch holds at most, some seconds' work; of longer history each day has its own seal."""
ROWS_AT_ONCE: Final = 1_000
_ROW_BEGINS: Final = b"\x1e"  # the record separator, which JSON escapes: no row can look like two


def seal_one(connection: Connection, at: Instant) -> tuple[list[Seal], bool]:
    """Seal one stretch that is due at an instant: one that was written into, else the next one; whether there is more.

    One at a time, so that nobody who writes waits longer than a day's rows take.
    """
    due = connection.execute(select(SEAL_DUE.c.start, SEAL_DUE.c.why).order_by(SEAL_DUE.c.start).limit(1)).one_or_none()
    if due is not None:
        connection.execute(delete(SEAL_DUE).where(SEAL_DUE.c.start == due.start))
        last = _latest(connection, due.start)
        kinds = _kinds(connection, last.start, last.end, _refused)
        is_other = kinds != json.loads(last.kinds)
        return [_append(connection, last.start, last.end, kinds, at, due.why)] if is_other else [], True
    until = sealed_until(connection)
    boundary = (at - SETTLED_AFTER) // DAY * DAY
    if until >= boundary:
        return [], False
    end = until + DAY if until != BEGINNING else _beginning_ends(connection, boundary)
    return [_append(connection, until, end, _kinds(connection, until, end, _refused), at, "")], True


def _beginning_ends(connection: Connection, boundary: Instant) -> Instant:
    """The end of the first stretch: all that is over, or as many days as hold a bounded number of runs."""
    query = select(RUN.c.first).where(RUN.c.first < boundary).order_by(RUN.c.first).limit(1).offset(RUNS_OF_BEGINNING)
    beyond = connection.execute(query).scalar()
    return boundary if beyond is None else max(int(beyond) // DAY * DAY, DAY)


def sealed_until(connection: Connection) -> Instant:
    """The first instant that is not sealed."""
    return int(connection.execute(select(func.max(SEAL.c.end))).scalar() or BEGINNING)


def seals_over(connection: Connection, window: Span) -> list[Seal]:
    """The seals of every stretch that shares an instant with a window, in the order of the chain."""
    query = select(SEAL).where(SEAL.c.start < window.end, SEAL.c.end > window.start).order_by(SEAL.c.id)
    return [
        Seal(row.start, row.end, row.previous, row.head, row.at, row.why, row.kinds)
        for row in connection.execute(query)
    ]


def written(connection: Connection, first: Instant, last: Instant, why: str) -> None:
    """Something was rightly recorded of a stretch, both ends included; seals over it are due to be made anew."""
    over = select(SEAL.c.start).where(SEAL.c.start <= last, SEAL.c.end > first).distinct()
    for start in connection.execute(over).scalars().all():
        connection.execute(insert_or_keep(connection.dialect, SEAL_DUE).values(start=start, why=why))


def verify(connection: Connection, heads: Collection[str]) -> Verified:
    """Hold every seal against the record."""
    rows = connection.execute(select(SEAL).order_by(SEAL.c.id)).all()
    problems = list(_breaks(rows))
    known = {row.head for row in rows}
    problems += [
        f"the head {head} is not in the chain: it was cut or written anew" for head in heads if head not in known
    ]
    due = {row.start: row.why for row in connection.execute(select(SEAL_DUE))}
    thinned = pruned(connection)
    notes = [f"{_named(row)}: sealed anew at {format_instant(row.at)}: {row.why}" for row in rows if row.why] + [
        f"{kind} before {format_instant(before)}: pruned" for kind, before in sorted(thinned.items())
    ]
    unreadable: list[StoreError] = []
    for row in {row.start: row for row in rows}.values():  # the last seal of a stretch stands
        if row.start in due:
            notes.append(f"{_named(row)}: to be sealed anew: {due[row.start]}")
            continue
        gone = {"failure"} if row.start < thinned.get(Prunable.CONTEXTS, BEGINNING) else set()
        problems += _differences(row, _kinds(connection, row.start, row.end, unreadable.append), gone)
    problems += map(str, unreadable)
    problems += _damaged(connection)
    return Verified(len(rows), rows[-1].end if rows else None, rows[-1].head if rows else None, (*problems,), (*notes,))


def _append(connection: Connection, start: Instant, end: Instant, kinds: Kinds, at: Instant, why: str) -> Seal:
    previous = connection.execute(select(SEAL.c.head).order_by(SEAL.c.id.desc()).limit(1)).scalar() or ""
    text = compact(kinds)
    head = seal_head(start, end, text, previous, at, why)
    connection.execute(
        insert(SEAL).values(start=start, end=end, kinds=text, previous=previous, head=head, at=at, why=why)
    )
    return Seal(start, end, previous, head, at, why, text)


def _latest(connection: Connection, start: Instant) -> Row[Any]:
    return connection.execute(select(SEAL).where(SEAL.c.start == start).order_by(SEAL.c.id.desc()).limit(1)).one()


def _breaks(rows: Collection[Row[Any]]) -> Iterator[str]:
    """Where the chain itself does not hold."""
    previous, until = "", BEGINNING
    for row in rows:
        if row.previous != previous:
            yield f"{_named(row)}: a seal before it was removed or changed"
        if row.head != seal_head(row.start, row.end, row.kinds, row.previous, row.at, row.why):
            yield f"{_named(row)}: the seal itself was changed"
        if row.start > until:
            yield f"{_named(row)}: the time before it has no seal"
        previous, until = row.head, max(until, row.end)


def _differences(row: Row[Any], found: Kinds, gone: Collection[str]) -> Iterator[str]:
    """What of a stretch is not as it was sealed."""
    try:
        sealed = json.loads(row.kinds)
    except ValueError:
        return  # it was changed itself, which is told already
    for kind in sorted((sealed.keys() | found.keys()) - gone):
        was, what = sealed.get(kind, [0, ""]), found.get(kind, [0, ""])
        if was == what:
            continue
        change = "removed" if what[0] < was[0] else "added" if what[0] > was[0] else "changed"
        yield f"{_named(row)}: {kind}: a row was {change}: {was[0]} were sealed, {what[0]} are there"


def _damaged(connection: Connection) -> Iterator[str]:
    """Content that is not what its own digest says, sealed or not."""
    for key, name, content in connection.execute(select(EVIDENCE.c.digest, EVIDENCE.c.name, EVIDENCE.c.content)):
        if digest(content if isinstance(content, bytes) else str(content).encode()) != key:  # SQLite keeps any type
            yield f"evidence {key[:12]} {name}: its content was changed"
    for number, body, key in connection.execute(select(STATEMENT.c.id, STATEMENT.c.body, STATEMENT.c.digest)):
        if digest(body.encode()) != key:
            yield f"statement {number}: its text was changed"


def _kinds(connection: Connection, start: Instant, end: Instant, damaged: Damaged) -> dict[str, list[Any]]:
    found = {}
    for kind, rows in _every_kind(connection, start, end, damaged):
        count, whole = 0, hashlib.sha256()
        for row in rows:
            count += 1
            whole.update(_ROW_BEGINS + compact([_plain(value) for value in row]).encode())
        if count:
            found[kind] = [count, whole.hexdigest()]
    return found


def _every_kind(
    connection: Connection, start: Instant, end: Instant, damaged: Damaged
) -> Iterator[tuple[str, Iterable[Sequence[Any]]]]:
    for kind, (query, within) in _QUERIES.items():
        chosen = query.where(*within(start, end)).execution_options(yield_per=ROWS_AT_ONCE)
        yield kind, connection.execute(chosen)
    yield "failure", contexts(connection, start, end, damaged)


def _refused(error: StoreError) -> NoReturn:
    """Nothing is sealed that cannot be read."""
    raise error


def _plain(value: Any) -> Any:
    return digest(value) if isinstance(value, bytes) else value


def _named(row: Row[Any]) -> str:
    return f"{format_instant(row.start)} to {format_instant(row.end)}"


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


# By kind: its rows in an order that every database has in common, and which of them belong to a stretch. A run and an
# absence that go on are held by how they began; how they ended is sealed on the day on which they did.
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
    "statement": (select(*STATEMENT.c).order_by(STATEMENT.c.id), _at(STATEMENT.c.at)),
}
