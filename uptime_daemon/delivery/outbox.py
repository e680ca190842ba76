"""The worker that empties the outbox: a vendor's mail at most once, everything else at least once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Generic, TypeVar, assert_never

from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.delivery.fate import Fate, Talk
from uptime_daemon.delivery.ports import Due, OutboxError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.delivery.ports import Clock, Outbox

POLL_INTERVAL: Final[Duration] = 5 * SECOND
"""How long a message may wait to be seen: nobody notices five seconds, and the question costs one look at an index."""
RECORD_ATTEMPTS_MAX: Final = 12
"""How often a message's fate is written before the worker gives up: a minute of a locked database. After that the row
stays `sending`, which the next start reads as doubt."""
FAREWELL_SECONDS: Final = 5
"""How long an ending daemon waits for a talk in progress: container engines kill after ten."""
DOUBLINGS_MAX: Final = 32
"""Beyond this every delay is the longest one, whatever it is."""

D = TypeVar("D", bound=Due)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a message is tried again: waits that double from the first to the longest, until it is given up."""

    first: Duration
    longest: Duration
    attempts_max: int

    def delay(self, attempts: int) -> Duration:
        """How long to wait after that many attempts."""
        return min(self.first << min(max(attempts - 1, 0), DOUBLINGS_MAX), self.longest)


@dataclass(frozen=True, slots=True)
class Way(Generic[D]):
    """One way out of the house."""

    hand_over: Callable[[D], Awaitable[Talk]]
    patience: Patience
    one_receiver: bool = False
    """Whether all messages are for the same receiver: where it does not take one, it is not asked about the others."""


@dataclass(frozen=True, slots=True)
class Delivery(Generic[D]):
    """One attempt and how it ended."""

    due: D
    talk: Talk


async def deliver(
    outbox: Outbox[D],
    way: Way[D],
    clock: Clock,
    tell: Callable[[Delivery[D]], None],
    poll: Duration = POLL_INTERVAL,
) -> None:
    """Send what is due, for ever; cancelling lets a talk in progress come to its end for a few seconds."""
    while True:
        passing = asyncio.ensure_future(deliver_due(outbox, way, clock, tell))
        try:
            await asyncio.shield(passing)
        except asyncio.CancelledError:
            await asyncio.wait({passing}, timeout=FAREWELL_SECONDS)
            passing.cancel()
            await asyncio.gather(passing, return_exceptions=True)
            raise
        await clock.sleep(poll)


async def deliver_due(outbox: Outbox[D], way: Way[D], clock: Clock, tell: Callable[[Delivery[D]], None]) -> None:
    """One pass over the messages that are due now, one after the other."""
    try:
        found = await outbox.due(clock.now())
    except OutboxError:
        return  # the same question is asked again in a few seconds
    for due in found:
        try:
            taken = await outbox.taken(due.id)
        except OutboxError:
            return
        if taken:
            ended = await way.hand_over(due)
            await _recorded(clock, partial(_settled, outbox, way, clock, due, ended))
            tell(Delivery(due, ended))
            if way.one_receiver and ended.fate is Fate.LATER:
                return


async def _settled(outbox: Outbox[D], way: Way[D], clock: Clock, due: D, ended: Talk) -> None:
    attempts = due.attempts + 1
    match ended.fate:
        case Fate.SENT:
            await outbox.sent(due.id, clock.now(), ended)
        case Fate.REFUSED:
            await outbox.failed(due.id, ended.reply)
        case Fate.DOUBTFUL if due.at_most_once:
            await outbox.doubtful(due.id, ended.reply)
        case Fate.LATER | Fate.DOUBTFUL if attempts >= way.patience.attempts_max:
            await outbox.failed(due.id, f"given up after {attempts} attempts: {ended.reply}")
        case Fate.LATER | Fate.DOUBTFUL:
            await outbox.later(due.id, clock.now() + way.patience.delay(attempts), ended.reply)
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
