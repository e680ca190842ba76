"""Notices for webhooks in the outbox: each event once a webhook, and never more waiting than a receiver could take in.

They share the table with mails, so that a fact, its mails and its notices are one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from uptime_daemon.store.dialects import insert_or_keep
from uptime_daemon.store.errors import readable
from uptime_daemon.store.kept import NOTICES_WAITING_MAX, MailState, Notice, OutboxNotice
from uptime_daemon.store.tables import OUTBOX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row, Select

    from uptime_daemon.core.time.instants import Instant

KIND: Final = "webhook"
"""What tells a notice from a mail."""


def queue(connection: Connection, notices: Sequence[Notice]) -> int:
    """Put notices into the outbox; returns how many were not there. The oldest make room where too many wait."""
    new = 0
    for notice in notices:
        queued = connection.execute(
            insert_or_keep(connection.dialect, OUTBOX)
            .values(
                kind=KIND,
                message_id=f"{notice.webhook}:{notice.event}",
                recipients=notice.webhook,
                subject=notice.topic,
                mime=notice.body,
                claim=None,
                state=MailState.PENDING.value,
                attempts=0,
                due_at=notice.due_at,
                last_error="",
            )
            .returning(OUTBOX.c.id)
        )
        new += queued.scalar() is not None
    for webhook in {notice.webhook for notice in notices} if new else ():
        _make_room(connection, webhook)
    return new


def every(connection: Connection, webhook: str | None, topic: str | None, newest: int | None) -> list[OutboxNotice]:
    """The notices for one webhook or all, of one topic or all, the newest of them or all, in order of writing."""
    query = select(OUTBOX).where(OUTBOX.c.kind == KIND).order_by(OUTBOX.c.id.desc())
    if webhook is not None:
        query = query.where(OUTBOX.c.recipients == webhook)
    if topic is not None:
        query = query.where(OUTBOX.c.subject == topic)
    return _notices(connection, query if newest is None else query.limit(newest))[::-1]


def due(connection: Connection, webhook: str, at: Instant, limit: int) -> list[OutboxNotice]:
    """The first pending notices for a webhook whose time has come, the longest due first."""
    query = _waiting(webhook).where(OUTBOX.c.due_at <= at).order_by(OUTBOX.c.due_at, OUTBOX.c.id).limit(limit)
    return _notices(connection, query)


def _make_room(connection: Connection, webhook: str) -> None:
    newest = _waiting(webhook).order_by(OUTBOX.c.id.desc()).offset(NOTICES_WAITING_MAX).limit(1)
    last = connection.execute(newest).first()
    if last is not None:
        connection.execute(
            update(OUTBOX)
            .where(
                OUTBOX.c.kind == KIND,
                OUTBOX.c.recipients == webhook,
                OUTBOX.c.state == MailState.PENDING.value,
                OUTBOX.c.id <= last.id,
            )
            .values(state=MailState.FAILED.value, last_error=f"made room: more than {NOTICES_WAITING_MAX} were waiting")
        )


def _waiting(webhook: str) -> Select[Any]:
    return select(OUTBOX).where(
        OUTBOX.c.state == MailState.PENDING.value, OUTBOX.c.kind == KIND, OUTBOX.c.recipients == webhook
    )


def _notices(connection: Connection, query: Select[Any]) -> list[OutboxNotice]:
    return [_notice(row) for row in connection.execute(query)]


def _notice(row: Row[Any]) -> OutboxNotice:
    with readable(f"notice {row.id}"):
        return OutboxNotice(
            id=row.id,
            notice=Notice(
                webhook=row.recipients,
                event=row.message_id.removeprefix(f"{row.recipients}:"),
                topic=row.subject,
                body=row.mime,
                due_at=row.due_at,
            ),
            state=MailState(row.state),
            attempts=row.attempts,
            last_error=row.last_error,
        )
