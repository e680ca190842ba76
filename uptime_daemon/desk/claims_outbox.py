"""The outbox as the delivery worker wants it, on the store as it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from uptime_daemon.delivery.ports import DueMail, OutboxError
from uptime_daemon.store.ports import ConflictError, MailKind, MailState, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.ports import Store

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    """Every question waits for the disk in a thread of its own, so that the loop never does."""

    store: Store

    async def due(self, at: Instant) -> list[DueMail]:
        """The mails whose time has come, the longest due first."""
        mails = await _told(lambda: self.store.due_outbox(at))
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

    async def taken(self, mail_id: int) -> bool:
        """Record that the talk about a mail begins; False if somebody else has taken it."""
        try:
            await asyncio.to_thread(self.store.mark, mail_id, MailState.PENDING, MailState.SENDING)
        except ConflictError:
            return False
        except StoreError as error:
            raise OutboxError(str(error)) from error
        return True

    async def sent(self, mail_id: int, reply: str) -> None:
        """The server took it and said this."""
        await self._ended(mail_id, MailState.SENT, reply)

    async def later(self, mail_id: int, at: Instant, why: str) -> None:
        """Try again at an instant."""
        await self._ended(mail_id, MailState.PENDING, why, at)

    async def doubtful(self, mail_id: int, why: str) -> None:
        """It may have left; a person decides."""
        await self._ended(mail_id, MailState.DOUBTFUL, why)

    async def failed(self, mail_id: int, why: str) -> None:
        """It will never leave like this."""
        await self._ended(mail_id, MailState.FAILED, why)

    async def _ended(self, mail_id: int, state: MailState, words: str, due_at: Instant | None = None) -> None:
        await _told(lambda: self.store.mark(mail_id, MailState.SENDING, state, due_at=due_at, error=words))


async def _told(question: Callable[[], _Result]) -> _Result:
    try:
        return await asyncio.to_thread(question)
    except StoreError as error:
        raise OutboxError(str(error)) from error
