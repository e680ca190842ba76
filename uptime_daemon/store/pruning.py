"""What was measured long ago, thinned out: never runs or facts, and never without a fact that says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, tuple_

from uptime_daemon.core.time.instants import DAY
from uptime_daemon.store.latency import SLOT
from uptime_daemon.store.ports import Fact, Prunable
from uptime_daemon.store.tables import FACT, FAILURE, ROLLUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from uptime_daemon.core.time.instants import Instant

PRUNED: Final = "pruned"
"""The kind of the fact that tells what was thinned out."""
ROWS_AT_ONCE: Final = 5_000
"""Rows removed in one transaction: it holds up the observations of the moment for some ten milliseconds."""


def day_of(before: Instant) -> Instant:
    """The start of the day: whole days are sealed, and whole days go."""
    return before // DAY * DAY


def pruned_fact(kind: Prunable, before: Instant, at: Instant, by: str) -> Fact:
    """What is recorded before the first row goes, so that a missing one is never taken for a forgery."""
    return Fact(PRUNED, kind.value, {"before": before}, at=at, known_at=at, by=by)


def pruned(connection: Connection) -> Mapping[Prunable, Instant]:
    """Up to where each kind was thinned out."""
    found: dict[Prunable, Instant] = {}
    for subject, body in connection.execute(select(FACT.c.subject, FACT.c.body).where(FACT.c.kind == PRUNED)):
        kind = Prunable(subject)
        found[kind] = max(found.get(kind, 0), int(json.loads(body)["before"]))
    return found


def remove_some(connection: Connection, kind: Prunable, before: Instant) -> int:
    """Remove the first rows of a kind before an instant; returns how many, 0 once there are none."""
    table, old = {
        Prunable.CONTEXTS: (FAILURE, FAILURE.c.at < before),
        Prunable.LATENCY: (ROLLUP, ROLLUP.c.slot < before // SLOT),
    }[kind]
    keys = tuple_(*table.primary_key.columns)
    chosen = select(*table.primary_key.columns).where(old).limit(ROWS_AT_ONCE)
    return connection.execute(delete(table).where(keys.in_(chosen))).rowcount
