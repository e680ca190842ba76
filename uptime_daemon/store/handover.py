"""Who measures into this record: one vantage at a time; where another one takes its place, it has no vote any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from uptime_daemon.core.facts.timeline import REPLACED
from uptime_daemon.store.errors import readable
from uptime_daemon.store.kept import DAEMON_OFF, KeptAbsence
from uptime_daemon.store.seals import written
from uptime_daemon.store.tables import ABSENCE, HEARTBEAT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.recording import Recorder


def take_over(connection: Connection, recorder: Recorder, vantage: str, at: Instant) -> KeptAbsence | None:
    """Let a vantage measure from an instant on; the time since anybody did is recorded and returned.

    Whoever measured before, under another name, is replaced since its last sign of life, until it measures again.
    """
    with readable("the sign of life of a vantage"):
        alive = {row.vantage: int(row.alive_at) for row in connection.execute(select(HEARTBEAT))}
    latest = max(alive.values(), default=None)
    _return(connection, vantage, at if latest is None else min(latest, at))
    replaced = set(connection.execute(select(ABSENCE.c.vantage).where(*_OPEN)).scalars())
    for other in alive.keys() - {vantage} - replaced:
        recorder.write_absence(connection, KeptAbsence(alive[other], None, REPLACED, other))
    if latest is None or latest >= at:
        return None
    absence = KeptAbsence(latest, at, DAEMON_OFF, vantage)
    recorder.write_absence(connection, absence)
    return absence


_OPEN = (ABSENCE.c.reason == REPLACED, ABSENCE.c.end.is_(None))


def _return(connection: Connection, vantage: str, at: Instant) -> None:
    """A vantage that was replaced measures again: it has its vote back since the one in between was heard last."""
    mine = (*_OPEN, ABSENCE.c.vantage == vantage)
    for start in connection.execute(select(ABSENCE.c.start).where(*mine)).scalars().all():
        end = max(start, at)
        connection.execute(update(ABSENCE).where(*mine, ABSENCE.c.start == start).values(end=end))
        written(connection, end, end, "a vantage measures again")
