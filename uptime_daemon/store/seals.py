"""The chain of digests: each day of the record sealed, and sealed anew where that is right.

A day is sealed once nothing of it can change any more. What is rightly written into a sealed day later (imported
history, a correction of old time, observations after the wall clock was stepped back) marks it as due, in the same
transaction, and it is sealed anew with the reason: the old seal stays in the chain. Whoever can write the database can
also write a new chain; the heads that were kept elsewhere tell them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from sqlalchemy import delete, func, insert, select

from uptime_daemon.core.time.instants import DAY, HOUR
from uptime_daemon.store.dialects import insert_or_keep
from uptime_daemon.store.kept import Seal
from uptime_daemon.store.sealed import digests, kinds_of
from uptime_daemon.store.tables import RUN, SEAL, SEAL_DUE
from uptime_daemon.store.texts import compact, seal_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Row

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.store.errors import DamagedError

SETTLED_AFTER: Final[Duration] = HOUR
"""How long after its end a day is sealed: what belongs to it is on disk by then, and no run of it goes on. A probe that
is tried so seldom that one does makes the day be sealed anew."""
BEGINNING: Final[Instant] = 0
"""Where the first seal begins: everything before the first sealed day is one stretch, unless it is very much."""
RUNS_OF_BEGINNING: Final = 500_000
"""How many runs the first stretch holds at most, some seconds' work; of longer history each day has its own seal."""


def seal_next(connection: Connection, at: Instant) -> Seal | None:
    """Seal the next stretch that is over at an instant, if there is one.

    One at a time, so that nobody who writes waits longer than a day's rows take.
    """
    until, boundary = sealed_until(connection), last_boundary(at)
    if until >= boundary:
        return None
    end = until + DAY if until != BEGINNING else _beginning_ends(connection, boundary)
    return _append(connection, until, end, _kinds(connection, until, end), at, "")


def due(connection: Connection) -> list[Instant]:
    """Where the sealed stretches begin that were written into."""
    return list(connection.execute(select(SEAL_DUE.c.start).order_by(SEAL_DUE.c.start)).scalars())


def seal_anew(connection: Connection, start: Instant, at: Instant) -> Seal | None:
    """Seal a stretch that was written into; none if it is as it was sealed. `DamagedError` for what cannot be read."""
    why = connection.execute(select(SEAL_DUE.c.why).where(SEAL_DUE.c.start == start)).scalar()
    connection.execute(delete(SEAL_DUE).where(SEAL_DUE.c.start == start))
    last = _latest(connection, start)
    if why is None or last is None:  # somebody else has done it, or its seal is gone, which verifying tells
        return None
    kinds = _kinds(connection, last.start, last.end)
    return None if compact(kinds) == last.kinds else _append(connection, last.start, last.end, kinds, at, str(why))


def last_boundary(at: Instant) -> Instant:
    """Up to where days can be sealed at an instant."""
    return (at - SETTLED_AFTER) // DAY * DAY


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


def _append(
    connection: Connection, start: Instant, end: Instant, kinds: Mapping[str, list[Any]], at: Instant, why: str
) -> Seal:
    previous = connection.execute(select(SEAL.c.head).order_by(SEAL.c.id.desc()).limit(1)).scalar() or ""
    text = compact(kinds)
    head = seal_head(start, end, text, previous, at, why)
    connection.execute(
        insert(SEAL).values(start=start, end=end, kinds=text, previous=previous, head=head, at=at, why=why)
    )
    return Seal(start, end, previous, head, at, why, text)


def _latest(connection: Connection, start: Instant) -> Row[Any] | None:
    query = select(SEAL).where(SEAL.c.start == start).order_by(SEAL.c.id.desc()).limit(1)
    return connection.execute(query).one_or_none()


def _kinds(connection: Connection, start: Instant, end: Instant) -> dict[str, list[Any]]:
    return kinds_of(digests(connection, start, end, _refused))


def _refused(error: DamagedError) -> NoReturn:
    """Nothing is sealed that cannot be read."""
    raise error
