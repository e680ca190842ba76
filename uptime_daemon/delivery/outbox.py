"""The worker that empties the outbox: a vendor's mail at most once, our own people's at least once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, assert_never

from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.delivery.ports import OutboxError
from uptime_daemon.delivery.smtp import Fate, Talk, talk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.delivery.ports import Clock, DueMail, Outbox
    from uptime_daemon.delivery.smtp import Relay

POLL_INTERVAL: Final[Duration] = 5 * SECOND
"""How long a mail may wait to be seen: nobody notices five seconds, and the question costs one look at an index."""
RETRY_FIRST: Final[Duration] = MINUTE
RETRY_LONGEST: Final[Duration] = HOUR
ATTEMPTS_MAX: Final = 125
"""With the two delays above five days, the give-up time of RFC 5321, section 4.5.4.1."""
RECORD_ATTEMPTS_MAX: Final = 12
"""How often a mail's fate is written before the worker gives up: a minute of a locked database. After that the row
stays `sending`, which the next start reads as doubt."""
FAREWELL_SECONDS: Final = 5
"""How long an ending daemon waits for a talk in progress: container engines kill after ten."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt and how it ended."""

    mail: DueMail
    talk: Talk


async def deliver(
    outbox: Outbox, relay: Relay, clock: Clock, tell: Callable[[Delivery], None], poll: Duration = POLL_INTERVAL
) -> None:
    """Send what is due, for ever; cancelling lets a talk in progress come to its end for a few seconds."""
    while True:
        passing = asyncio.ensure_future(deliver_due(outbox, relay, clock, tell))
        try:
            await asyncio.shield(passing)
        except asyncio.CancelledError:
            await asyncio.wait({passing}, timeout=FAREWELL_SECONDS)
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)
            raise
        await clock.sleep(poll)


async def deliver_due(outbox: Outbox, relay: Relay, clock: Clock, tell: Callable[[Delivery], None]) -> None:
    """One pass over the mails that are due now, one after the other."""
    try:
        due = await outbox.due(clock.now())
    except OutboxError:
        return  # the same question is asked again in a few seconds
    for mail in due:
        try:
            taken = await outbox.taken(mail.id)
        except OutboxError:
            return
        if taken:
            ended = await talk(relay, mail.recipients, mail.mime)
            await _recorded(clock, partial(_settled, outbox, clock, mail, ended))
            tell(Delivery(mail, ended))


def retry_delay(attempts: int) -> Duration:
    """How long to wait after that many attempts: doubling from a minute to an hour."""
    return min(RETRY_FIRST << min(max(attempts - 1, 0), 6), RETRY_LONGEST)


async def _settled(outbox: Outbox, clock: Clock, mail: DueMail, ended: Talk) -> None:
    attempts = mail.attempts + 1
    match ended.fate:
        case Fate.SENT:
            await outbox.sent(mail.id, ended.reply)
        case Fate.REFUSED:
            await outbox.failed(mail.id, ended.reply)
        case Fate.DOUBTFUL if mail.at_most_once:
            await outbox.doubtful(mail.id, ended.reply)
        case Fate.LATER | Fate.DOUBTFUL if attempts >= ATTEMPTS_MAX:
            await outbox.failed(mail.id, f"given up after {attempts} attempts: {ended.reply}")
        case Fate.LATER | Fate.DOUBTFUL:
            await outbox.later(mail.id, clock.now() + retry_delay(attempts), ended.reply)
        case _:
            assert_never(ended.fate)


async def _recorded(clock: Clock, write: Callable[[], Awaitable[None]]) -> None:
    for _ in range(RECORD_ATTEMPTS_MAX):
        try:
            await write()
        except OutboxError:
            await clock.sleep(POLL_INTERVAL)
        else:
            return
