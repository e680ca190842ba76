"""The loop that judges: at once what has changed, in turn what has not, and the past as the board shows it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import structlog

from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.daemon.in_force import InForce
    from uptime_daemon.desk.showing.board_keeper import BoardKeeper
    from uptime_daemon.store.ports import Store
    from uptime_daemon.watch.ports import Clock

JUDGE_EVERY: Final = 10 * SECOND
"""How often agreements are judged while nothing changes; a change of a group's state judges at once."""
JUDGED_AT_ONCE: Final = SECOND
"""How long agreements of which nothing has changed are judged in turn, before those are looked at that have."""
JUDGE_PAUSE: Final = 4 * SECOND
"""The pause after it while others wait for their turn: that takes a fifth of one processor, and a thousand groups have
had theirs within two minutes."""

log = structlog.get_logger("uptime_daemon")


class JudgingLoop:
    """Keeps judgings and the past of the board current; the work is done on other threads."""

    def __init__(
        self, in_force: InForce, keeper: BoardKeeper, store: Store, clock: Clock, changed: asyncio.Event
    ) -> None:
        self._now, self._keeper, self._store, self._clock = in_force, keeper, store, clock
        self._changed = changed
        """Set by whoever has news that is to be judged."""

    async def judge(self, show: Callable[[], Awaitable[None]]) -> None:
        """Judge for ever: at once what changed, and on a beat in turn what did not, for a share of the time.

        `show` is called after each round.
        """
        judgings = self._keeper.judgings
        while True:
            self._changed.clear()
            before = self._clock.elapsed()

            def enough(since: Duration = before) -> bool:
                return self._changed.is_set() or self._clock.elapsed() - since >= JUDGED_AT_ONCE

            judge, live, now = self._now.judge, self._keeper.live(), self._clock.now()
            with contextlib.suppress(StoreError):  # told where it is written; what is on disk can be judged
                await asyncio.to_thread(self._store.flush)  # what made the groups stand as they do is judged
            try:
                done = await asyncio.to_thread(judgings.judge, judge, live, now, enough)
                judgings.took(self._clock.elapsed() - before, done)
                for agreement, trouble in judgings.unjudged.items():
                    log.warning("not_judged", agreement=agreement, trouble=trouble)
                await show()
            except StoreError as trouble:
                judgings.failed()
                log.warning("database", step="judging", trouble=str(trouble))
            took = self._clock.elapsed() - before
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout((JUDGE_EVERY if took < JUDGED_AT_ONCE else JUDGE_PAUSE) / SECOND):
                    await self._changed.wait()

    async def count_past(self) -> None:
        """Looked at on the board's beat: an outage that begins or ends makes news at once, all else by the minute."""
        now, past = self._clock.now(), self._keeper.past
        if past.is_due(self._now.settings, now):
            before = past.incidents
            await asyncio.to_thread(past.count, self._now.judge, now)
            if past.incidents != before:
                self._changed.set()  # it is told with the next judging, which need not wait for its beat
