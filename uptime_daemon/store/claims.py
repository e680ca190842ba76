"""The steps of claims and the outbox. A step and its mails are one transaction: never the one without the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from uptime_daemon.store import notices as outbox_notices
from uptime_daemon.store.dialects import insert_or_keep
from uptime_daemon.store.errors import ConflictError, readable
from uptime_daemon.store.kept import MAIL_STEPS, ClaimEvent, Mail, MailKind, MailState, OutboxMail
from uptime_daemon.store.seals import written
from uptime_daemon.store.tables import CLAIM_EVENT, OUTBOX
from uptime_daemon.store.texts import canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row, Select

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.kept import Notice


def append_event(
    connection: Connection, event: ClaimEvent, mails: Sequence[Mail], notices: Sequence[Notice] = ()
) -> int:
    """Record the next step of a claim and put its mails and notices into the outbox."""
    last = connection.execute(select(func.max(CLAIM_EVENT.c.number)).where(CLAIM_EVENT.c.claim == event.claim)).scalar()
    if event.number != (last or 0) + 1:
        raise ConflictError(
            f"claim {event.claim} has {last or 0} steps; {event.number} is not the next one:"
            " somebody else acted meanwhile, look at it again"
        )
    written(connection, event.at, event.at, "a step of a claim was recorded")
    kept = connection.execute(
        insert(CLAIM_EVENT)
        .values(
            claim=event.claim,
            number=event.number,
            at=event.at,
            kind=event.kind,
            by=event.by,
            body=canonical(event.body),
        )
        .returning(CLAIM_EVENT.c.id)
    )
    number = int(kept.scalar_one())
    for mail in mails:
        if not queue_mail(connection, mail):
            raise ConflictError(f"a mail {mail.message_id} is in the outbox already")
    outbox_notices.queue(connection, notices)
    return number


def events(connection: Connection, claim: str | None) -> list[ClaimEvent]:
    """The steps of one claim or of all, in order of recording."""
    query = select(CLAIM_EVENT).order_by(CLAIM_EVENT.c.id)
    if claim is not None:
        query = query.where(CLAIM_EVENT.c.claim == claim)
    return [_event(row) for row in connection.execute(query)]


def _event(row: Row[Any]) -> ClaimEvent:
    with readable(f"step {row.number} of claim {row.claim}"):
        return ClaimEvent(row.claim, row.number, row.at, row.kind, row.by, dict(json.loads(row.body)), row.id)


def queue_mail(connection: Connection, mail: Mail) -> bool:
    """Put a mail into the outbox; False if its message id is there already."""
    queued = connection.execute(
        insert_or_keep(connection.dialect, OUTBOX)
        .values(
            kind=mail.kind.value,
            message_id=mail.message_id,
            recipients=json.dumps(mail.recipients),
            subject=mail.subject,
            mime=mail.mime,
            claim=mail.claim,
            state=MailState.PENDING.value,
            attempts=0,
            due_at=mail.due_at,
            last_error="",
        )
        .returning(OUTBOX.c.id)
    )
    return queued.scalar() is not None


def outbox(connection: Connection, states: Collection[MailState], claim: str | None) -> list[OutboxMail]:
    """The mails in these states, those of one claim or all, in order of writing."""
    query = _mails_only().where(OUTBOX.c.state.in_([state.value for state in states]))
    if claim is not None:
        query = query.where(OUTBOX.c.claim == claim)
    return _mails(connection, query.order_by(OUTBOX.c.id))


def due(connection: Connection, at: Instant) -> list[OutboxMail]:
    """The pending mails whose time has come, the longest due first."""
    query = _mails_only().where(OUTBOX.c.state == MailState.PENDING.value, OUTBOX.c.due_at <= at)
    return _mails(connection, query.order_by(OUTBOX.c.due_at, OUTBOX.c.id))


def mark(
    connection: Connection, mail_id: int, was: MailState, state: MailState, due_at: Instant | None, error: str
) -> None:
    """Move a mail or a notice from one state to the next; only one who knows where it is can."""
    if state not in MAIL_STEPS[was]:
        raise ValueError(f"a mail that is {was} does not become {state}")
    values: dict[str, Any] = {"state": state.value, "last_error": error}
    if due_at is not None:
        values["due_at"] = due_at
    if state is MailState.SENDING:
        values["attempts"] = OUTBOX.c.attempts + 1
    changed = connection.execute(
        update(OUTBOX).where(OUTBOX.c.id == mail_id, OUTBOX.c.state == was.value).values(**values)
    )
    if changed.rowcount != 1:
        raise ConflictError(f"mail {mail_id} is not {was} any more; look at it again")


def settle_after_crash(connection: Connection) -> None:
    """Decide on what was being sent when the daemon ended: a vendor must not get a mail twice, all others may."""
    for kind, state in (
        (MailKind.VENDOR.value, MailState.DOUBTFUL),
        (MailKind.INTERNAL.value, MailState.PENDING),
        (outbox_notices.KIND, MailState.PENDING),
    ):
        connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.state == MailState.SENDING.value, OUTBOX.c.kind == kind)
            .values(state=state.value, last_error="the daemon ended while this was being sent")
        )


def doubt_waiting_letters(connection: Connection) -> None:
    """Letters to vendors that wait in a restored record: the daemon that was backed up may have sent them since."""
    connection.execute(
        update(OUTBOX)
        .where(OUTBOX.c.state.in_([MailState.PENDING.value, MailState.SENDING.value]))
        .where(OUTBOX.c.kind == MailKind.VENDOR.value)
        .values(state=MailState.DOUBTFUL.value, last_error="the record was restored; this may have left meanwhile")
    )


def _mails_only() -> Select[Any]:
    return select(OUTBOX).where(OUTBOX.c.kind != outbox_notices.KIND)


def _mails(connection: Connection, query: Select[Any]) -> list[OutboxMail]:
    return [_mail(row) for row in connection.execute(query)]


def _mail(row: Row[Any]) -> OutboxMail:
    with readable(f"mail {row.id}"):
        return OutboxMail(
            id=row.id,
            mail=Mail(
                kind=MailKind(row.kind),
                message_id=row.message_id,
                recipients=tuple(json.loads(row.recipients)),
                subject=row.subject,
                mime=row.mime,
                due_at=row.due_at,
                claim=row.claim,
            ),
            state=MailState(row.state),
            attempts=row.attempts,
            last_error=row.last_error,
        )
