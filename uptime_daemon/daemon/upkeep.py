"""What is looked after on a beat besides measuring: claims, seals of days that are over, periods that close."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from uptime_daemon.core.time.instants import DAY, format_instant
from uptime_daemon.delivery.address import AddressError
from uptime_daemon.delivery.stamps import StampError, stamped
from uptime_daemon.desk.claims.approvals import released
from uptime_daemon.desk.claims.reminders import ClaimReminders
from uptime_daemon.desk.heads import chain, completed
from uptime_daemon.desk.judging.closing import Closing
from uptime_daemon.desk.stamps import keep_stamp, unstamped_head
from uptime_daemon.desk.telling.clock_notices import tell_of_clocks
from uptime_daemon.desk.telling.daily import send_daily
from uptime_daemon.desk.telling.duties import remind as remind_of_duties
from uptime_daemon.store.seals import SETTLED_AFTER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from uptime_daemon.daemon.in_force import InForce
    from uptime_daemon.desk.claims.views import ClaimView
    from uptime_daemon.desk.ports import KnownStatements
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.store.ports import Store
    from uptime_daemon.watch.ports import Clock

log = structlog.get_logger("uptime_daemon")


class Upkeep:
    """One step of each; what takes long runs in a thread, for probes are due meanwhile."""

    def __init__(self, in_force: InForce, store: Store, clock: Clock, judged: KnownStatements | None = None) -> None:
        self._now, self._store, self._clock, self._judged = in_force, store, clock, judged
        self._closing = Closing()
        self._may_pack = True
        self._is_file_behind = True
        """Whether the file of heads may lack some: those of an earlier life, or while nobody could write it."""
        self._reported: int | None = None
        """The day since 1970 of the last daily report."""

    async def claims(self) -> Sequence[ClaimView]:
        """Claims that became eligible or expired, and letters that have left; all claims as they then stand."""
        now = self._clock.now()
        reviewed = await asyncio.to_thread(self._now.claims.review, now, self._judged)
        await asyncio.to_thread(self._now.claims.record_deliveries, now)
        for claim in await asyncio.to_thread(lambda: list(released(self._now.claims, now))):
            log.info("claim_released", claim=claim)
        for claim in reviewed.eligible:
            log.info("claim_eligible", claim=claim)
        for claim in reviewed.expired:
            log.warning("claim_expired", claim=claim)
        reminders = ClaimReminders(self._now.judge, self._now.claims.steps)
        asked = (self._now.judge, self._store, self._now.claims.house, now)
        untold = (*await asyncio.to_thread(reminders.remind, now), *await asyncio.to_thread(remind_of_duties, *asked))
        await asyncio.to_thread(tell_of_clocks, self._now.judge, self._now.claims.house.listeners, now)
        for warning in (*reviewed.warnings, *untold):
            log.warning("not_told", trouble=warning)
        return await asyncio.to_thread(self._now.claims.claims, now)

    async def seal(self) -> None:
        """Seal the days that are over, and give the heads to other hands: the log, and a file if one is set."""
        for seal in await asyncio.to_thread(self._store.seal, self._clock.now()):
            span = {"since": format_instant(seal.start), "until": format_instant(seal.end)}
            log.info("sealed", **span, head=seal.head, **({"why": seal.why} if seal.why else {}))
            self._is_file_behind = True
        if (file := self._now.settings.seals) is not None and self._is_file_behind:
            self._is_file_behind = not await asyncio.to_thread(self._wrote_heads, file)
        self._may_pack = True  # a look now and then, for something may have come late into a packed day

    def _wrote_heads(self, file: Path) -> bool:
        """Bring the file of heads up to date; trouble with it is told and tried again, and the log has them as well."""
        try:
            foreign = completed(file, chain(self._store))
        except OSError as trouble:
            log.warning("seals_file", file=str(file), trouble=str(trouble.strerror or trouble))
            return False
        if foreign:
            log.error(
                "seals_broken", file=str(file), missing=foreign,
                meaning="these heads are not in the chain any more: the record was restored from a backup, or its seals"
                " were cut or written anew; look at it with `uptime-daemon database verify`",
            )  # fmt: skip
        return True

    async def stamp(self) -> None:
        """Have the last head stamped by the authority, if one is set; trouble is told and tried again."""
        authority, now = self._now.settings.timestamps, self._clock.now()
        if authority is None or (head := await asyncio.to_thread(unstamped_head, self._store)) is None:
            return
        try:
            stamp = await stamped(authority, head)
        except StampError as trouble:
            log.warning("not_stamped", head=head, trouble=str(trouble))
            return
        await asyncio.to_thread(keep_stamp, self._store, head, stamp, now)
        log.info("stamped", head=head)

    async def daily(self, board: Board) -> None:
        """Write the daily report once the day before is sealed; one that was written already is not written again."""
        mail, now = self._now.settings.mail, self._clock.now()
        day = (now - SETTLED_AFTER) // DAY
        if mail is None or mail.daily is None or day == self._reported:
            return
        try:
            own = self._now
            await asyncio.to_thread(
                send_daily, own.judge, own.claims, board, self._store, mail.daily, own.claims.house, now
            )
        except AddressError as error:
            log.warning("not_told", trouble=f"mail.daily: {error}")
        self._reported = day

    async def pack(self) -> None:
        """Pack a little of what lies in sealed days, so that observations find room to be written in between."""
        if self._may_pack:
            self._may_pack = False  # should there be trouble, until the next look
            self._may_pack = bool(await asyncio.to_thread(self._store.pack))

    async def close(self) -> None:
        """Freeze what has closed, and revise what late facts have changed."""
        for each in await asyncio.to_thread(self._closing.take, self._now.judge, self._clock.now()):
            log.info(
                "frozen", agreement=each.agreement, group=each.group, period=each.period, revision=each.revision,
                by=each.by, why=each.why,
            )  # fmt: skip
