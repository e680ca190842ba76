"""One task group that owns every loop and its bound."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, format_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.daemon import process
from uptime_daemon.daemon.face import Face
from uptime_daemon.daemon.in_force import InForce, fixed
from uptime_daemon.daemon.judging import JudgingLoop
from uptime_daemon.daemon.listening import closed, listening
from uptime_daemon.daemon.outage_news import OutageNews
from uptime_daemon.daemon.supervisor import Supervisor
from uptime_daemon.daemon.telling import Telling
from uptime_daemon.daemon.upkeep import Upkeep
from uptime_daemon.definitions.problems import MistakesError
from uptime_daemon.delivery.outbox import Delivery, deliver
from uptime_daemon.delivery.smtp import Relay, by_mail
from uptime_daemon.desk.away import said_of, said_of_clock
from uptime_daemon.desk.claims.outbox import StoredOutbox
from uptime_daemon.desk.judging.pauses import paused_now
from uptime_daemon.desk.measure import Measure
from uptime_daemon.desk.showing.board import Build, ReloadEntry
from uptime_daemon.desk.showing.board_keeper import BoardKeeper
from uptime_daemon.probers.endpoints.machines import PushEndpoint
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.push import Reports
from uptime_daemon.probers.resolver import SystemResolver
from uptime_daemon.settings.reading import load
from uptime_daemon.settings.values import Settings
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import KeptAbsence
from uptime_daemon.trying.wiring import sentinels_of, target_of
from uptime_daemon.watch.watcher import Watcher
from uptime_daemon.web.app import internal_app, public_app
from uptime_daemon.web.console.routes import Console
from uptime_daemon.web.entry import Entry
from uptime_daemon.web.exposition import Exposition
from uptime_daemon.web.limits import WriteLimit
from uptime_daemon.web.metrics import Metrics
from uptime_daemon.web.public.head import PageHead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.delivery.ports import DueMail
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.store.ports import Store
    from uptime_daemon.watch.ports import Clock
    from uptime_daemon.watch.sentinels import Sentinels

BOARD_EVERY: Final = 2 * SECOND
"""How often the board is made anew: well below any scrape interval, so that a scrape shows what is."""
PAGE_EVERY: Final = 5 * SECOND
"""How often the page of metrics is brought up to the board though nobody asks: a scrape does the rest, which is a tenth
of a second for 10,000 probes, and a probe of every second is not rendered more often than it is read."""
CLAIMS_EVERY: Final = MINUTE
"""How often claims are looked for and deadlines passed; the shortest reminder is an hour ahead."""
SEAL_EVERY: Final = 10 * MINUTE
"""How often days are looked for that are over and not sealed: once a day there is one, an hour after midnight UTC."""
REPORT_AFTER: Final = 5 * MINUTE
"""How long after its start the daemon may write the daily report: by then every probe has been tried."""
PACK_EVERY: Final = SECOND
"""How often some of a sealed day is packed: ten thousand probes take ten minutes of each day."""
CLOSE_EVERY: Final = MINUTE
"""How often closed periods are frozen and late facts looked at: contracts close hours after a period's end."""
PAUSES_EVERY: Final = 2 * SECOND
"""How often it is looked which probes people have paused: one small query."""
CLOCK_EVERY: Final = HOUR
"""How often sentinels are asked though nothing fails, so that the offset of our clock is known before an outage's first
edge: a bad quartz drifts by a third of a second in that time, less than the whole second that a `Date` tells."""
COLLECT_EVERY: Final = 5 * MINUTE
"""How often what only refers to itself is let go of: a megabyte while much fails. At 10,000 probes attempts
wait 150 ms for it, which is one in two thousand."""
ALIVE_EVERY: Final = SECOND
"""The sign of life: after a crash the gap begins at most this long before it."""
HISTORY: Final = DAY
"""How far back runs are read at the start, so that an open outage goes on without being confirmed again."""

log = structlog.get_logger("uptime_daemon")


class Daemon:
    """One running daemon."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, supervisor: Supervisor | None = None) -> None:
        self._store, self._clock = store, clock
        self._supervisor = supervisor or Supervisor()
        self._in_memory = settings.is_record_in_memory  # whatever a reload says, for the store stays
        self._now = InForce(settings, store, clock)
        self._stop = asyncio.Event()
        self._changed = asyncio.Event()
        self._left = asyncio.Event()
        self._ready_reasons: tuple[str, ...] = ("starting",)
        self._measure = Measure(store, settings.vantage.name, self._changed.set)
        self._resolver = SystemResolver()
        self._reports = Reports(clock)
        self._equipment = Equipment(clock, self._resolver, reports=self._reports)
        self._keeper = BoardKeeper(settings, self._measure, _build(), _page_zone(settings))
        self._board: Board | None = None
        self._refreshing = asyncio.Lock()
        self._metrics = Metrics(self, Exposition(money=settings.shows_money, vantages=settings.vantage_metrics), clock)
        self._watcher: Watcher | None = None
        self._paused: frozenset[str] = frozenset()
        self._sentinels: Sentinels | None = None
        self._face = Face(self, self._now, self._measure, clock, self._changed.set, self._left.set)
        self._news = OutageNews(self._now, self._measure, store, clock)
        self._judging = JudgingLoop(self._now, self._keeper, store, clock, self._changed)
        self._upkeep = Upkeep(self._now, store, clock, self._keeper.judgings)
        self._telling = Telling(self._now, store, clock, self._keeper.attempted)
        self._began: Instant | None = None

    def stop(self) -> None:
        """End cleanly."""
        self._stop.set()

    def board(self) -> Board:
        """The latest board."""
        if self._board is None:
            raise RuntimeError("the listeners start after the first board")
        return self._board

    def unready(self) -> Sequence[str]:
        """Why the daemon does not do its work."""
        trouble = self._keeper.stats.trouble if self._keeper.stats else None
        return (*self._ready_reasons, *([f"the database takes nothing: {trouble}"] if trouble else []))

    async def reload(self) -> Sequence[str]:
        """Read all files anew; a mistake keeps the old ones in force."""
        self._supervisor.reloading(self._clock.elapsed())
        mistakes = await self._reloaded()
        self._supervisor.ready(f"the last reload was refused: {mistakes[0]}" if mistakes else self._status())
        return mistakes

    async def _reloaded(self) -> Sequence[str]:
        try:
            settings = await asyncio.to_thread(load, self._now.settings.file, os.environ)
        except MistakesError as mistakes:
            return self._refused([str(problem) for problem in mistakes.problems])
        if settings.agreements and self._in_memory:
            problems = [f"{settings.file}: agreements need the database that it names now; start the daemon again"]
            return self._refused(problems)
        before = fixed(self._now.settings)
        try:
            await self._take(settings)
            await asyncio.to_thread(self._news.catch_up)
        except StoreError as trouble:
            return [str(trouble)]
        log.info("reloaded", probes=len(settings.probes), agreements=len(settings.agreements))
        if waiting := [name for name, value in fixed(settings).items() if value != before[name]]:
            log.warning("restart_needed", settings=waiting)
        self._changed.set()
        return ()

    def _refused(self, mistakes: Sequence[str]) -> Sequence[str]:
        self._keeper.reload = ReloadEntry(successful=False, last_success=self._keeper.reload.last_success)
        log.warning("reload_refused", mistakes=mistakes)
        return mistakes

    async def run(self) -> None:
        """Until told to stop."""
        settings = self._now.settings
        if self._in_memory:
            log.warning("record_in_memory", kept_until="the daemon ends", proves="nothing")
        self._store.rename(settings.former)
        alive_at, now = (await asyncio.to_thread(self._store.vantages)).get(settings.vantage.name), self._clock.now()
        if alive_at is not None and now < alive_at:
            log.warning("clock_behind", **said_of_clock(alive_at, now))
        off = await asyncio.to_thread(self._store.open_session, settings.vantage.name, now)
        if off is not None and off.end is not None:
            log.warning("was_off", **said_of(Span(off.start, off.end), settings))
        history = await asyncio.to_thread(self._history, settings)
        self._sentinels = sentinels = sentinels_of(settings, self._equipment, self._clock)
        self._watcher = Watcher(settings.vantage.name, self._clock, sentinels, self._measure, history=history)
        await self._take(settings)
        await self._look_at_pauses()
        await asyncio.to_thread(self._news.catch_up)
        self._watcher.lapse()
        await self._refresh()
        await self._render()
        runners = await self._listen(settings)
        self._ready_reasons = ()
        gc.freeze()  # what is loaded by now stays for good; the collector need not look at it again and again
        self._supervisor.ready(self._status())
        log.info("started", vantage=settings.vantage.name, probes=len(settings.probes), listen=str(settings.listen))
        try:
            async with asyncio.TaskGroup() as tasks:
                loops = [
                    tasks.create_task(each)
                    for each in (
                        self._every(ALIVE_EVERY, self._live),
                        self._every(BOARD_EVERY, self._refresh),
                        self._every(PAGE_EVERY, self._render),
                        self._every(PAUSES_EVERY, self._look_at_pauses),
                        self._every(SEAL_EVERY, self._upkeep.seal),
                        self._every(SEAL_EVERY, self._upkeep.stamp),
                        self._every(PACK_EVERY, self._upkeep.pack),
                        self._reporting(),
                        self._every(CLOSE_EVERY, self._upkeep.close),
                        self._every(COLLECT_EVERY, self._collect),
                        self._comparing_clocks(sentinels),
                        self._judging.judge(self._show_judged),
                        self._every(BOARD_EVERY, self._judging.count_past),
                        self._claiming(),
                        *self._delivering(settings),
                        self._telling.post(),
                        self._telling.beat(self.unready),
                    )
                ]
                await self._watcher.run(self._stop)
                self._supervisor.stopping()
                for loop in loops:
                    loop.cancel()
            # What the watch told last is told before the end, and the time without a daemon begins here.
            await self._tried(self._live)
        finally:
            await closed(runners)
            self._resolver.close()
        log.info("stopped")

    async def _take(self, settings: Settings) -> None:
        """Make a configuration the one in force."""
        assert self._watcher is not None  # noqa: S101 - `run` made it
        now = self._clock.now()
        await asyncio.to_thread(self._store.store_definitions, settings.texts, now)
        self._store.rename(settings.former)
        # Without a wait between: nobody sees one part of the new configuration beside another of the old.
        self._now.take(settings)
        self._equipment = Equipment(self._clock, self._resolver, reports=self._reports)
        self._reports.expect(
            each.endpoint.token for each in settings.probes.values() if isinstance(each.endpoint, PushEndpoint)
        )
        self._keeper.settings = settings
        self._keeper.reload = ReloadEntry(successful=True, last_success=now)
        self._measure.define(settings.groups, {name: each.probe for name, each in settings.probes.items()})
        self._watcher.watch(target_of(each, self._equipment) for each in settings.probes.values())
        for name in settings.probes:
            standing = self._watcher.standing(name)
            self._measure.stand(name, standing.state, standing.since or None)
        await asyncio.to_thread(self._now.door.load)

    def _status(self) -> str:
        """What `systemctl status` shows."""
        return f"measuring {len(self._now.settings.probes)} probes from {self._now.settings.vantage.name}"

    def _page_head(self) -> PageHead:
        """The public page as it is called now; it began with the first definitions on record."""
        settings = self._now.settings
        if self._began is None:
            self._began = next((each.at for each in self._store.definitions()), self._clock.now())
        listen = settings.public_listen or settings.listen
        return PageHead(settings.status_page.title, settings.status_page.url or f"http://{listen}/", self._began)

    def _history(self, settings: Settings) -> dict[str, Any]:
        now = self._clock.now()
        runs = self._store.runs(set(settings.probes), Span(now - HISTORY, now))
        return {probe: own for (probe, vantage), own in runs.items() if vantage == settings.vantage.name}

    async def _every(self, interval: Duration, step: Callable[[], Awaitable[None]]) -> None:
        """One step after another, each a beat after the last; trouble with the database is told and tried again."""
        while True:
            before = self._clock.elapsed()
            await _whole(self._tried(step))
            await self._clock.sleep(max(0, interval - (self._clock.elapsed() - before)))

    async def _tried(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except StoreError as trouble:
            log.warning("database", step=getattr(step, "__name__", ""), trouble=str(trouble))

    async def _collect(self) -> None:
        process.collect()

    async def _live(self) -> None:
        """The sign of life, and what the watch could only leave to be written."""
        before = self._clock.elapsed()
        self._store.alive(self._clock.now())
        vantage = self._now.settings.vantage.name
        while self._measure.absences:
            absence = self._measure.absences[0]
            kept = KeptAbsence(absence.span.start, absence.span.end, absence.reason, vantage)
            await asyncio.to_thread(self._store.append_absence, kept)
            await asyncio.to_thread(self._store.clock_stepped, self._clock.now())
            self._measure.absences.popleft()
            log.warning("absent", reason=absence.reason, since=format_instant(absence.span.start))
        while self._measure.changes:
            await asyncio.to_thread(self._news.tell, self._measure.changes[0])
            self._measure.changes.popleft()
            self._changed.set()
        self._keeper.loop_lag = self._watcher.loop_lag if self._watcher else self._clock.elapsed() - before

    async def _look_at_pauses(self) -> None:
        """Try those probes no more that people have paused meanwhile, and those again that they have resumed."""
        assert self._watcher is not None  # noqa: S101 - `run` made it
        paused = await asyncio.to_thread(paused_now, self._store, self._now.settings.former)
        for name in sorted(paused ^ self._paused):
            (self._watcher.pause if name in paused else self._watcher.resume)(name)
            self._measure.pause(name, paused=name in paused)
            log.info("paused" if name in paused else "resumed", probe=name)
        self._paused = paused

    async def _comparing_clocks(self, sentinels: Sentinels) -> None:
        """Ask the sentinels now and then; a fail of a probe asks them as well."""
        while True:
            await sentinels.verdict()
            await self._clock.sleep(CLOCK_EVERY)

    async def _refresh(self) -> None:
        """A new board; in steps, for probes are due meanwhile."""
        async with self._refreshing:
            self._keeper.stats = await asyncio.to_thread(self._store.stats)
            self._keeper.clock_offset = self._sentinels.clock_offset if self._sentinels else None
            now = self._clock.now()
            self._measure.count_time(self._clock.elapsed())
            self._keeper.count_time(self._clock.elapsed())
            for _ in self._keeper.freshen():
                await self._clock.sleep(0)
            self._board = self._keeper.board(now)
        self._supervisor.heard(self._keeper.stats)

    async def _render(self) -> None:
        """The page of metrics as the board is now, so that a scrape has less to wait for."""
        await self._metrics.show(self.board())

    async def _show_judged(self) -> None:
        await self._refresh()
        if self._telling.tells_of_status:
            await asyncio.to_thread(self._tell_of_status)

    def _tell_of_status(self) -> None:
        self._telling.tell_of_status(self.board(), self._page_head())

    async def _reporting(self) -> None:
        """The daily report, once all groups have been looked at for a while: a fresh board knows nothing yet."""
        await self._clock.sleep(REPORT_AFTER)
        await self._every(SEAL_EVERY, self._report)

    async def _report(self) -> None:
        await self._upkeep.daily(self.board())

    async def _claiming(self) -> None:
        """Look after claims on a beat, and at once when a letter has left."""
        while True:
            self._left.clear()
            await self._tried(self._look_after_claims)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLAIMS_EVERY / SECOND):
                    await self._left.wait()

    async def _look_after_claims(self) -> None:
        self._keeper.claimed(await self._upkeep.claims())

    def _delivering(self, settings: Settings) -> tuple[Any, ...]:
        if settings.mail is None:
            return ()
        relay = Relay(settings.mail, settings.mail.from_address)
        return (deliver(StoredOutbox(self._store), by_mail(relay), self._clock, self._delivered),)

    def _delivered(self, delivery: Delivery[DueMail]) -> None:
        fate = delivery.talk.fate.value
        self._keeper.attempted("smtp", fate)
        log.info("delivery", mail=delivery.due.id, fate=fate)
        if delivery.due.at_most_once:
            self._left.set()

    async def _listen(self, settings: Settings) -> list[web.AppRunner]:
        """Both listeners."""
        access = self._now.door if settings.users or settings.tokens else None
        console = Console(
            self._face,
            self._now.door if settings.users else None,
            self._clock,
            is_secure=settings.behind_proxy or settings.url.startswith("https:"),
        )
        apps = [
            (
                settings.listen,
                internal_app(
                    boards=self,
                    records=self._face,
                    lifecycle=self,
                    metrics=self._metrics,
                    access=access,
                    entry=Entry(open_reading=settings.open_reading, behind_proxy=settings.behind_proxy),
                    console=console,
                    intake=self._face,
                    listener=self._reports,
                    writes=WriteLimit(lambda: self._now.settings.writes_per_minute, self._clock.elapsed),
                ),
            )
        ]
        if settings.public_listen is not None:
            head = await asyncio.to_thread(self._page_head)
            apps.append((settings.public_listen, public_app(boards=self, head=head)))
        return await listening(apps)


async def _whole(step: Coroutine[Any, Any, None]) -> None:
    """Take a step to its end, also when the loop around it is cancelled: half of one would be taken twice."""
    taken = asyncio.ensure_future(step)
    try:
        await asyncio.shield(taken)
    except asyncio.CancelledError:
        await taken
        raise


def _page_zone(settings: Settings) -> ZoneInfo:
    """The zone of the public page: the first agreement's, for its readers live by that contract."""
    zones = [signed.readings.chosen.zone for signed in settings.agreements]
    return zones[0] if zones else ZoneInfo("UTC")


def _build() -> Build:
    return Build(version("uptime-daemon"), os.environ.get("UPTIME_DAEMON_REVISION", ""), platform.python_version())
