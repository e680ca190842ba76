"""Who is signed in: rows that come and go, beside the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from uptime_daemon.store.kept import KeptSession
from uptime_daemon.store.tables import SESSION

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from uptime_daemon.core.time.instants import Instant


def keep(connection: Connection, session: KeptSession) -> None:
    """Keep a session."""
    connection.execute(
        insert(SESSION).values(
            digest=session.digest,
            name=session.name,
            credential=session.credential,
            began=session.began,
            ends=session.ends,
        )
    )


def drop(connection: Connection, digests: Collection[str]) -> None:
    """Let go of sessions; those that are gone already are no mistake."""
    connection.execute(delete(SESSION).where(SESSION.c.digest.in_(list(digests))))


def kept(connection: Connection, at: Instant) -> list[KeptSession]:
    """Those that have not ended at an instant, in order of beginning."""
    query = select(SESSION).where(SESSION.c.ends > at).order_by(SESSION.c.began)
    return [KeptSession(row.digest, row.name, row.credential, row.began, row.ends) for row in connection.execute(query)]
