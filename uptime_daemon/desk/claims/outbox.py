"""The outbox as the delivery workers want it, on the store as it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.delivery.ports import DueMail, DueNotice, OutboxError
from uptime_daemon.desk.claims.record import AUTOMATIC, Note, records
from uptime_daemon.store.errors import ConflictError, StoreError
from uptime_daemon.store.kept import ClaimEvent, MailKind, MailState

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.delivery.fate import Talk
    from uptime_daemon.store.kept import OutboxMail
    from uptime_daemon.store.ports import Store

PORTION: Final = 100
"""How many notices are read at once: what a receiver takes within seconds."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Stored:
    """What mails and notices in the outbox have in common.

    Every question waits for the disk in a thread of its own, so that the loop never does.
    """

    store: Store

    async def taken(self, number: int) -> bool:
        """Record that the talk about a message begins; False if somebody else has taken it."""
        try:
            await asyncio.to_thread(self.store.mark, number, MailState.PENDING, MailState.SENDING)
        except ConflictError:
            return False
        except StoreError as error:
            raise OutboxError(str(error)) from error
        return True

    async def sent(self, number: int, at: Instant, talk: Talk) -> None:
        """The other side took it at an instant and said this."""
        del at
        await self._ended(number, MailState.SENT, talk.reply)

    async def later(self, number: int, at: Instant, why: str) -> None:
        """Try again at an instant."""
        await self._ended(number, MailState.PENDING, why, at)

    async def doubtful(self, number: int, why: str) -> None:
        """It may have left; a person decides."""
        await self._ended(number, MailState.DOUBTFUL, why)

    async def failed(self, number: int, why: str) -> None:
        """It will never leave like this."""
        await self._ended(number, MailState.FAILED, why)

    async def _ended(self, number: int, state: MailState, words: str, due_at: Instant | None = None) -> None:
        await _told(lambda: self.store.mark(number, MailState.SENDING, state, due_at=due_at, error=words))


@dataclass(frozen=True, slots=True)
class StoredOutbox(Stored):
    """The mails."""

    async def due(self, at: Instant) -> list[DueMail]:
        """The mails whose time has come, the longest due first; a letter whose deadline has passed stays here."""
        mails = await _told(lambda: self._due(at))
        return [
            DueMail(
                id=each.id,
                at_most_once=each.mail.kind is MailKind.VENDOR,
                recipients=each.mail.recipients,
                mime=each.mail.mime,
                attempts=each.attempts,
            )
            for each in mails
        ]

    async def sent(self, number: int, at: Instant, talk: Talk) -> None:
        """The server took it. Of a vendor's mail the proof comes first: what a crash leaves in doubt then shows it."""
        await _told(lambda: self._dispatched(number, at, talk))
        await self._ended(number, MailState.SENT, talk.reply)

    def _dispatched(self, number: int, at: Instant, talk: Talk) -> None:
        """Keep the message as it was sent, and what the server said to it."""
        sending = next((each for each in self.store.outbox(states=[MailState.SENDING]) if each.id == number), None)
        if sending is None or talk.receipt is None or sending.mail.claim is None:
            return
        if sending.mail.kind is not MailKind.VENDOR:
            return
        record = records(self.store.claim_events(sending.mail.claim))[sending.mail.claim]
        if record.is_dispatched:
            return  # the database was locked between the proof and the mark
        receipt = talk.receipt
        body = {
            "message_id": sending.mail.message_id,
            "recipients": ", ".join(sending.mail.recipients),
            "reply": talk.reply,
            "queue_id": receipt.queue_id or None,
            "peer": receipt.peer,
            "tls": receipt.tls or None,
            "certificate_sha256": receipt.certificate or None,
            "bytes": receipt.size_bytes,
            "sha256": receipt.sha256,
        }
        # Under the same digest the message itself is kept for good.
        self.store.keep_evidence(sending.mail.mime, f"{sending.mail.claim}.eml", at)
        self.store.append_claim_event(
            ClaimEvent(sending.mail.claim, record.next_number, at, Note.DISPATCHED.value, AUTOMATIC, body)
        )

    def _due(self, at: Instant) -> list[OutboxMail]:
        due = []
        for each in self.store.due_outbox(at):
            if missed := self._missed(each, at):
                error = f"the deadline {format_instant(missed)} passed before it could leave; claim render --anew"
                self.store.mark(each.id, MailState.PENDING, MailState.FAILED, error=error)
            else:
                due.append(each)
        return due

    def _missed(self, waiting: OutboxMail, at: Instant) -> Instant | None:
        """The deadline that a letter has missed on its way out although it was written as one that is in time."""
        claim = waiting.mail.claim
        if waiting.mail.kind is not MailKind.VENDOR or claim is None:
            return None
        record = records(self.store.claim_events(claim)).get(claim)
        if record is None or record.deadline is None or at < record.deadline:
            return None
        return None if record.letter is not None and record.letter.late else record.deadline


@dataclass(frozen=True, slots=True)
class StoredNotices(Stored):
    """The notices for one webhook."""

    webhook: str

    async def due(self, at: Instant) -> list[DueNotice]:
        """The next notices whose time has come, the longest due first."""
        found = await _told(lambda: self.store.due_notices(self.webhook, at, PORTION))
        return [DueNotice(each.id, each.notice.event, each.notice.body, each.attempts) for each in found]


async def _told(question: Callable[[], _Result]) -> _Result:
    try:
        return await asyncio.to_thread(question)
    except StoreError as error:
        raise OutboxError(str(error)) from error
