"""What was measured long ago, thinned out: never runs or facts, and never without a fact that says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, literal, select, tuple_

from uptime_daemon.core.time.instants import DAY
from uptime_daemon.store.errors import readable
from uptime_daemon.store.kept import Fact, Prunable
from uptime_daemon.store.packing import CONTEXTS, LATENCIES
from uptime_daemon.store.tables import FACT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, Table

    from uptime_daemon.core.time.instants import Instant

    Old = tuple[Table, ColumnElement[bool], ColumnElement[int]]
    """A table, which rows of it are meant, and for how many each stands."""

PRUNED: Final = "pruned"
"""The kind of the fact that tells what was thinned out."""
ROWS_AT_ONCE: Final = 5_000
"""Rows removed in one transaction, a packed day is one: it holds up the observations of the moment for some ten
milliseconds."""


def day_of(before: Instant) -> Instant:
    """The start of the day: whole days are sealed, and whole days go."""
    return before // DAY * DAY


def pruned_fact(kind: Prunable, before: Instant, at: Instant, by: str) -> Fact:
    """What is recorded before the first row goes, so that a missing one is never taken for a forgery."""
    return Fact(PRUNED, kind.value, {"before": before}, at=at, known_at=at, by=by)


def pruned(connection: Connection) -> Mapping[Prunable, Instant]:
    """Up to where each kind was thinned out."""
    found: dict[Prunable, Instant] = {}
    query = select(FACT.c.id, FACT.c.subject, FACT.c.body).where(FACT.c.kind == PRUNED)
    for number, subject, body in connection.execute(query):
        with readable(f"fact {number}"):
            kind = Prunable(subject)
            found[kind] = max(found.get(kind, 0), int(json.loads(body)["before"]))
    return found


def count(connection: Connection, kind: Prunable, before: Instant) -> int:
    """How many rows of a kind there are before an instant, packed or not."""
    whole = (select(func.sum(weight)).select_from(table).where(old) for table, old, weight in _old(kind, before))
    return sum(int(connection.execute(each).scalar() or 0) for each in whole)


def remove_some(connection: Connection, kind: Prunable, before: Instant) -> int:
    """Remove the first rows of a kind before an instant, packed or not; returns how many, 0 once there are none."""
    loose, packed = _old(kind, before)
    return _removed(connection, *loose) or _removed(connection, *packed)


def _old(kind: Prunable, before: Instant) -> tuple[Old, Old]:
    packing = {Prunable.CONTEXTS: CONTEXTS, Prunable.LATENCY: LATENCIES}[kind]
    day = before // DAY
    loose = (packing.rows, packing.at < packing.within(day).start, literal(1))
    return loose, (packing.days, packing.days.c.day < day, packing.days.c.count)


def _removed(connection: Connection, table: Table, old: ColumnElement[bool], weight: ColumnElement[int]) -> int:
    keys = [*table.primary_key.columns]
    chosen = select(*keys, weight.label("weight")).where(old).order_by(*keys).limit(ROWS_AT_ONCE).subquery()
    total = connection.execute(select(func.sum(chosen.c.weight))).scalar()
    names = select(*(chosen.c[key.name] for key in keys))
    connection.execute(delete(table).where(tuple_(*keys).in_(names)))
    return int(total or 0)
