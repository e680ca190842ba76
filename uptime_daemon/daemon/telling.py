"""Programs that are told: what lies in the outbox for webhooks, news of the public page, the sign of life."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final

import structlog

from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.delivery.fate import Fate, Talk
from uptime_daemon.delivery.heartbeat import beat
from uptime_daemon.delivery.outbox import FAREWELL_SECONDS, deliver_due
from uptime_daemon.delivery.webhooks import by_webhook
from uptime_daemon.desk.claims.outbox import StoredNotices
from uptime_daemon.desk.telling.notices import event_id, written
from uptime_daemon.settings.webhooks import Topic
from uptime_daemon.store.kept import Notice
from uptime_daemon.web.public.subscribers import COMPONENT_UPDATE, StatusNews

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.daemon.in_force import InForce
    from uptime_daemon.delivery.outbox import Delivery
    from uptime_daemon.delivery.ports import DueNotice
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.settings.webhooks import Webhook
    from uptime_daemon.store.ports import Store
    from uptime_daemon.watch.ports import Clock
    from uptime_daemon.web.public.head import PageHead

PASS_EVERY: Final[Duration] = 2 * SECOND
"""How often the outbox is looked at for each webhook: one look at an index, and news is two seconds old at most."""

REMEMBERED: Final = 1_000
"""How many of the last changes of components are read at the start: more than there are groups."""

log = structlog.get_logger("uptime_daemon")


class Telling:
    """The loops that tell; which webhooks there are is looked at anew each time, so that a reload is enough."""

    def __init__(self, in_force: InForce, store: Store, clock: Clock, attempted: Callable[[str, str], None]) -> None:
        self._now, self._store, self._clock = in_force, store, clock
        self._attempted = attempted
        """Counts an attempt of an integration by how it ended."""
        self._news: dict[str, StatusNews] = {}
        self._heard: Fate | None = None

    async def post(self) -> None:
        """One pass after another for each webhook, for ever; a slow receiver holds up no other."""
        passes: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                for webhook in self._now.settings.webhooks:
                    under_way = passes.get(webhook.name)
                    if under_way is not None and under_way.done():
                        under_way.result()  # a mistake of ours ends the daemon
                    if under_way is None or under_way.done():
                        passes[webhook.name] = asyncio.create_task(self._passed(webhook))
                await self._clock.sleep(PASS_EVERY)
        finally:
            if passes:  # what is being posted may come to its end
                await asyncio.wait(passes.values(), timeout=FAREWELL_SECONDS)
            for under_way in passes.values():
                under_way.cancel()

    async def _passed(self, webhook: Webhook) -> None:
        def tell(delivery: Delivery[DueNotice]) -> None:
            self._attempted("webhook", delivery.talk.fate.value)
            log.info(
                "notice", webhook=webhook.name, told=delivery.due.event, fate=delivery.talk.fate.value,
                reply=delivery.talk.reply,
            )  # fmt: skip

        outbox = StoredNotices(self._store, webhook.name)
        await deliver_due(outbox, by_webhook(webhook.receiver, self._clock), self._clock, tell)

    async def beat(self, unready: Callable[[], Sequence[str]]) -> None:
        """Give the sign of life, for ever, while there is no reason that we do not do our work."""

        def tell(talk: Talk) -> None:
            self._attempted("heartbeat", talk.fate.value)
            if talk.fate is not self._heard:
                log.info("heartbeat", fate=talk.fate.value, reply=talk.reply)
            self._heard = talk.fate

        await beat(lambda: self._now.settings.heartbeat, self._clock, unready, tell)

    @property
    def tells_of_status(self) -> bool:
        """Whether any webhook wants the news of the public page."""
        return any(webhook.wants(Topic.STATUS) for webhook in self._now.settings.webhooks)

    def tell_of_status(self, board: Board, head: PageHead) -> None:
        """Put what is new on the public page into the outbox of each webhook that wants it."""
        for webhook in self._now.settings.webhooks:
            if webhook.wants(Topic.STATUS):
                news = self._news.get(webhook.name) or self._remembered(webhook.name, head)
                self._news.pop(webhook.name, None)
                found = [
                    Notice(webhook.name, event_id("status", each.id), each.kind, written(each.content), board.at)
                    for each in news.of(board)
                ]
                if found:
                    self._store.queue_notices(found)
                self._news[webhook.name] = news  # kept once it is on disk: what was not is found again

    def _remembered(self, webhook: str, head: PageHead) -> StatusNews:
        """What a webhook was told last of each component, from what it was told."""
        changes = (
            json.loads(each.notice.body)[COMPONENT_UPDATE]
            for each in self._store.notices(webhook, COMPONENT_UPDATE, REMEMBERED)
        )
        told = {change["component_id"]: change["new_status"] for change in changes}
        return StatusNews(head, self._now.settings.status_page.incident_hold, told)
