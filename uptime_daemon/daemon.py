"""The daemon: one task group that wires the rooms and owns every loop and its bound. No arithmetic, no decisions.

A mistake of ours ends the task group and with it the process; what was committed stays. Trouble outside never does.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import platform
import signal
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from uptime_daemon.clock import SystemClock
from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.core.facts.observation import Phase
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, MINUTE, SECOND, format_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.definitions.problems import MistakesError
from uptime_daemon.delivery.outbox import Delivery, deliver
from uptime_daemon.delivery.smtp import Relay
from uptime_daemon.desk import answers
from uptime_daemon.desk.access import AccessList
from uptime_daemon.desk.board import Build, ReloadEntry
from uptime_daemon.desk.boards import BoardKeeper
from uptime_daemon.desk.claims import ClaimsDesk
from uptime_daemon.desk.claims_letters import house
from uptime_daemon.desk.claims_outages import OutageNotices
from uptime_daemon.desk.claims_outbox import StoredOutbox
from uptime_daemon.desk.claims_reminders import ClaimReminders
from uptime_daemon.desk.claims_standing import released
from uptime_daemon.desk.closing import Closing, revisions
from uptime_daemon.desk.duties import remind as remind_of_duties
from uptime_daemon.desk.hooks import delivered, is_proven
from uptime_daemon.desk.judge import Judge, UnknownError
from uptime_daemon.desk.listing import rows
from uptime_daemon.desk.measure import Measure, combined
from uptime_daemon.desk.reporting import outage_report
from uptime_daemon.desk.submission import FORMS, submitted
from uptime_daemon.probers.endpoints.conditions import HeaderMatches
from uptime_daemon.probers.endpoints.machines import PushEndpoint
from uptime_daemon.probers.endpoints.streams import TcpEndpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.patterns import Pattern
from uptime_daemon.probers.push import Reports
from uptime_daemon.probers.registry import prober
from uptime_daemon.probers.resolver import SystemResolver
from uptime_daemon.settings import Settings, load
from uptime_daemon.store.database import open_store
from uptime_daemon.store.ports import KeptAbsence, StoreError
from uptime_daemon.watch.clockoffset import clock_offset
from uptime_daemon.watch.sentinels import Heard, Sentinel, SentinelKind, Sentinels
from uptime_daemon.watch.watcher import Target, Watcher
from uptime_daemon.web.app import internal_app, public_app
from uptime_daemon.web.exposition import Exposition
from uptime_daemon.web.metrics import Metrics
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.public.head import PageHead

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
    from pathlib import Path

    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition
    from uptime_daemon.desk.board import Board
    from uptime_daemon.desk.hooks import Delivered
    from uptime_daemon.desk.measure import GroupChange, GroupState
    from uptime_daemon.desk.reporting import OutageReport
    from uptime_daemon.settings import Listen, Role
    from uptime_daemon.store.ports import Fact, Store
    from uptime_daemon.watch.ports import Clock
    from uptime_daemon.web.ports import OutagesQuery, StatementsQuery

BOARD_EVERY: Final = 2 * SECOND
"""How often the board is made anew: well below any scrape interval, so that a scrape shows what is."""
JUDGE_EVERY: Final = 10 * SECOND
"""How often agreements are judged while nothing changes; a change of a group's state judges at once."""
CLAIMS_EVERY: Final = MINUTE
"""How often claims are looked for and deadlines passed; the shortest reminder is an hour ahead."""
SEAL_EVERY: Final = 10 * MINUTE
"""How often days are looked for that are over and not sealed: once a day there is one, an hour after midnight UTC."""
CLOSE_EVERY: Final = MINUTE
"""How often closed periods are frozen and late facts looked at: contracts close hours after a period's end."""
ALIVE_EVERY: Final = SECOND
"""The sign of life: after a crash the gap begins at most this long before it."""
HISTORY: Final = DAY
"""How far back runs are read at the start, so that an open outage goes on without being confirmed again."""
STOP_SECONDS: Final = 5
"""How long open connections may take to end; container engines kill after ten seconds."""
_TELLS_TIME: Final = HeaderMatches("Date", Pattern("GMT$"), Means.NOTICE)
_DATE: Final = "header Date matches"
"""What that check is called."""
PROBER_SENTINEL_TIMEOUT: Final = 3 * SECOND

log = structlog.get_logger("uptime_daemon")


@dataclass(slots=True)
class _State:
    """What a reload exchanges as a whole."""

    settings: Settings
    judge: Judge
    claims: ClaimsDesk
    notices: OutageNotices
    access: AccessList


class Daemon:
    """One running daemon."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._state = _assembled(settings, store)
        self._stop = asyncio.Event()
        self._changed = asyncio.Event()
        self._left = asyncio.Event()
        self._closing = Closing()
        self._stating = asyncio.Lock()
        """Held while a fact is checked against those on record and recorded, so that none comes between."""
        self._ready_reasons: tuple[str, ...] = ("starting",)
        self._measure = Measure(store, settings.vantage.name)
        self._resolver = SystemResolver()
        self._reports = Reports(clock)
        self._equipment = Equipment(clock, self._resolver, reports=self._reports)
        self._keeper = BoardKeeper(settings, self._measure, _build(), _page_zone(settings))
        self._board: Board | None = None
        self._refreshing = asyncio.Lock()
        self._metrics = Metrics(self, Exposition(money=settings.shows_money, vantages=settings.vantage_metrics), clock)
        self._watcher: Watcher | None = None
        self._told: dict[tuple[str, str], Instant] = {}
        """Outages of a contract's group whose start was told, by their first instant."""

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
        try:
            settings = await asyncio.to_thread(load, self._state.settings.file, os.environ)
        except MistakesError as mistakes:
            problems = [str(problem) for problem in mistakes.problems]
            self._keeper.reload = ReloadEntry(successful=False, last_success=self._keeper.reload.last_success)
            log.warning("reload_refused", mistakes=problems)
            return problems
        before = _fixed(self._state.settings)
        try:
            await self._take(settings)
        except StoreError as trouble:
            return [str(trouble)]
        log.info("reloaded", probes=len(settings.probes), agreements=len(settings.agreements))
        if waiting := [name for name, value in _fixed(settings).items() if value != before[name]]:
            log.warning("restart_needed", settings=waiting)
        self._changed.set()
        return ()

    async def role(self, authorization: str) -> Role | None:
        """The role behind the value of an Authorization header, by the users and tokens in force."""
        return await self._state.access.role(authorization)

    async def statements(self, query: StatementsQuery) -> Sequence[Mapping[str, Any]]:
        """Statements for the API."""
        at = self._clock.now() if query.as_of is None else query.as_of
        try:
            return await answers.statements(self._state.judge, query.agreement, query.group, query.period, at)
        except UnknownError as unknown:
            raise QueryError(400, "invalid_value", str(unknown), "period") from unknown

    async def outages(self, query: OutagesQuery) -> Sequence[answers.MeasuredOutage]:
        """Outages for the API."""
        end = min(self._clock.now(), query.end) if query.end is not None else self._clock.now()
        try:
            return await answers.outages(self._state.judge, query.group, query.start, end)
        except UnknownError as unknown:
            raise QueryError(404, "not_found", str(unknown), "group") from unknown

    def name(self, authorization: str) -> str:
        """Whose header it is."""
        return self._state.access.name(authorization)

    async def stated(self, form: str, content: Mapping[str, Any], by: str | None) -> Fact:
        """Record a fact for the API, one after another; what it changes is judged at once."""
        async with self._stating:
            fact = await asyncio.to_thread(submitted, self._state.judge, FORMS[form], content, by, self._clock.now())
        if fact.id:
            log.info("stated", fact=fact.id, kind=fact.kind, agreement=fact.agreement or "", by=fact.by)
            self._changed.set()
        return fact

    async def revisions(self, agreement: str | None, period: str | None) -> Sequence[Mapping[str, Any]]:
        """Frozen statements and their revisions, for the API."""
        return await asyncio.to_thread(revisions, self._state.judge, agreement, period)

    async def hooked(self, name: str, headers: Mapping[str, str], body: bytes) -> Delivered | None:
        """Take a delivery of another system, one after another."""
        hook = next((each for each in self._state.settings.hooks if each.name == name), None)
        if hook is None or not is_proven(hook, headers, body):
            log.warning("delivery_refused", hook=name)
            return None
        async with self._stating:
            done = await asyncio.to_thread(delivered, self._state.judge, hook, headers, body, self._clock.now())
        if done.fact is not None:
            log.info("stated", fact=done.fact.id, kind=done.fact.kind, agreement=hook.agreement, by=done.fact.by)
            self._changed.set()
        return done

    async def report(self, agreement: str, group: str) -> OutageReport:
        """How things stand with the report of an outage, for the page."""
        judge = self._state.judge
        binding = judge.signed(agreement).agreement.bindings.get(group)
        since = None
        if binding is not None:
            state = combined([self._measure.group_state(each) for each in binding.groups], binding.need)
            since = state.since if state.state is State.DOWN else None
        return await asyncio.to_thread(outage_report, judge, agreement, group, since, self._clock.now())

    async def listed(self, kind: str, agreement: str | None, as_of: Instant | None) -> Sequence[Mapping[str, Any]]:
        """What is on record, for the API."""
        return await asyncio.to_thread(rows, self._state.judge, kind, agreement, as_of)

    async def run(self) -> None:
        """Until told to stop."""
        settings = self._state.settings
        self._store.rename(settings.former)
        off = await asyncio.to_thread(self._store.open_session, settings.vantage.name, self._clock.now())
        if off is not None and off.end is not None:
            log.info("was_off", since=format_instant(off.start), until=format_instant(off.end))
        history = await asyncio.to_thread(self._history, settings)
        self._watcher = Watcher(
            settings.vantage.name, self._clock, _sentinels(settings, self._equipment, self._clock), self._measure,
            history=history,
        )  # fmt: skip
        await self._take(settings)
        await asyncio.to_thread(self._tell_open_outages)
        await self._refresh()
        runners = await self._listen(settings)
        self._ready_reasons = ()
        gc.freeze()  # what is loaded by now stays for good; the collector need not look at it again and again
        log.info("started", vantage=settings.vantage.name, probes=len(settings.probes), listen=str(settings.listen))
        try:
            async with asyncio.TaskGroup() as tasks:
                loops = [
                    tasks.create_task(each)
                    for each in (
                        self._every(ALIVE_EVERY, self._live),
                        self._every(BOARD_EVERY, self._refresh),
                        self._every(SEAL_EVERY, self._seal),
                        self._every(CLOSE_EVERY, self._close),
                        self._judging(),
                        self._claiming(),
                        *self._delivering(settings),
                    )
                ]
                await self._watcher.run(self._stop)
                for loop in loops:
                    loop.cancel()
            # What the watch told last is told before the end, and the time without a daemon begins here.
            await self._tried(self._live)
        finally:
            await _closed(runners)
            self._resolver.close()
        log.info("stopped")

    async def _take(self, settings: Settings) -> None:
        """Make a configuration the one in force."""
        assert self._watcher is not None  # noqa: S101 - `run` made it
        now = self._clock.now()
        await asyncio.to_thread(self._store.store_definitions, settings.texts, now)
        self._store.rename(settings.former)
        self._state = _assembled(settings, self._store)
        self._equipment = Equipment(self._clock, self._resolver, reports=self._reports)
        self._reports.expect(
            each.endpoint.token for each in settings.probes.values() if isinstance(each.endpoint, PushEndpoint)
        )
        self._keeper.settings = settings
        self._keeper.reload = ReloadEntry(successful=True, last_success=now)
        self._measure.define(settings.groups, {name: each.probe for name, each in settings.probes.items()})
        self._watcher.watch(_target(each, self._equipment) for each in settings.probes.values())
        for name in settings.probes:
            standing = self._watcher.standing(name)
            self._measure.stand(name, standing.state, standing.since or None)

    def _page_head(self, settings: Settings, listen: Listen) -> PageHead:
        """The public page began with the first definitions on record."""
        began = next((each.at for each in self._store.definitions()), self._clock.now())
        return PageHead(settings.status_page.title, settings.status_page.url or f"http://{listen}/", began)

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

    async def _close(self) -> None:
        """Freeze what has closed, and revise what late facts have changed."""
        for each in await asyncio.to_thread(self._closing.take, self._state.judge, self._clock.now()):
            log.info(
                "frozen", agreement=each.agreement, group=each.group, period=each.period, revision=each.revision,
                by=each.by, why=each.why,
            )  # fmt: skip

    async def _tried(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except StoreError as trouble:
            log.warning("database", step=getattr(step, "__name__", ""), trouble=str(trouble))

    async def _live(self) -> None:
        """The sign of life, and what the watch could only leave to be written."""
        before = self._clock.elapsed()
        self._store.alive(self._clock.now())
        vantage = self._state.settings.vantage.name
        while self._measure.absences:
            absence = self._measure.absences[0]
            kept = KeptAbsence(absence.span.start, absence.span.end, absence.reason, vantage)
            await asyncio.to_thread(self._store.append_absence, kept)
            await asyncio.to_thread(self._store.clock_stepped, self._clock.now())
            self._measure.absences.popleft()
            log.warning("absent", reason=absence.reason, since=format_instant(absence.span.start))
        while self._measure.changes:
            await asyncio.to_thread(self._tell, self._measure.changes[0])
            self._measure.changes.popleft()
            self._changed.set()
        self._keeper.loop_lag = self._watcher.loop_lag if self._watcher else self._clock.elapsed() - before

    async def _seal(self) -> None:
        """Seal the days that are over, and give the heads to other hands: the log, and a file if one is set."""
        for seal in await asyncio.to_thread(self._store.seal, self._clock.now()):
            span = {"since": format_instant(seal.start), "until": format_instant(seal.end)}
            log.info("sealed", **span, head=seal.head, **({"why": seal.why} if seal.why else {}))
            if (file := self._state.settings.seals) is not None:
                line = f"{span['since']} {span['until']} {seal.head}\n"
                await asyncio.to_thread(_appended, file, line)

    def _tell(self, change: GroupChange) -> None:
        """Tell the technical contacts of an outage of a contract's group, once at its start and once at its end.

        A contract's group may be bound to several groups of probes: one of them down is an outage only if the binding
        says so. Time that nobody saw ends no outage; the recovery does.
        """
        since = change.now.since or self._clock.now()
        log.info("group_changed", group=change.group, state=change.now.state.value, since=format_instant(since))
        for signed in self._state.settings.agreements:
            for name, binding in signed.agreement.bindings.items():
                if change.group in binding.groups and all(group in change.states for group in binding.groups):
                    members = [change.states[group] for group in binding.groups]
                    self._tell_of(signed.agreement.id, name, combined(members, binding.need))

    def _tell_of(self, agreement: str, group: str, state: GroupState) -> None:
        """Who is told is remembered once the mail is in the outbox, so that trouble there makes nobody miss it."""
        key, now = (agreement, group), self._clock.now()
        since = state.since or now
        trouble: str | None = None
        if state.state is State.DOWN and key not in self._told:
            trouble = self._state.notices.started(agreement, group, since, now, self._class(key, since, now))
            self._told[key] = since
        elif state.state is State.UP and key in self._told:
            begun = self._told[key]
            trouble = self._state.notices.ended(agreement, group, begun, since, now, self._class(key, begun, now))
            del self._told[key]
        if trouble:
            log.warning("not_told", agreement=agreement, trouble=trouble)

    def _class(self, key: tuple[str, str], since: Instant, now: Instant) -> str | None:
        """How an outage showed itself, as far as its failures are on record."""
        self._store.flush()
        classes = self._state.judge.classes(*key, Span(since, max(now, since + 1)))
        return next(iter(classes.values()), None)

    def _tell_open_outages(self) -> None:
        """Outages that were open when the last daemon ended: it may have ended before it told of their start.

        A mail that is in the outbox already is not written again, and their end is still to be told.
        """
        for signed in self._state.settings.agreements:
            for name, binding in signed.agreement.bindings.items():
                state = combined([self._measure.group_state(group) for group in binding.groups], binding.need)
                if state.state is State.DOWN and state.since is not None:
                    self._tell_of(signed.agreement.id, name, state)

    async def _refresh(self) -> None:
        """A new board, and the metrics that show it; in steps, for probes are due meanwhile."""
        async with self._refreshing:
            self._keeper.stats = await asyncio.to_thread(self._store.stats)
            now = self._clock.now()
            self._measure.count_time(self._clock.elapsed())
            self._keeper.count_time(self._clock.elapsed())
            for _ in self._keeper.freshen():
                await self._clock.sleep(0)
            self._board = self._keeper.board(now)
            await self._metrics.show(self._board)

    async def _judging(self) -> None:
        """Judge on a beat, and at once when a group changed."""
        while True:
            self._changed.clear()
            before, now = self._clock.elapsed(), self._clock.now()
            try:
                await asyncio.to_thread(self._keeper.judge, self._state.judge, now)
                await asyncio.to_thread(self._keeper.count_days, self._state.judge, now)
                self._keeper.took(self._clock.elapsed() - before)
                await self._refresh()
            except StoreError as trouble:
                self._keeper.failed()
                log.warning("database", step="judging", trouble=str(trouble))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(JUDGE_EVERY / SECOND):
                    await self._changed.wait()

    async def _claiming(self) -> None:
        """Look after claims on a beat, and at once when a letter has left."""
        while True:
            self._left.clear()
            await self._tried(self._look_after_claims)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLAIMS_EVERY / SECOND):
                    await self._left.wait()

    async def _look_after_claims(self) -> None:
        """Claims that became eligible or expired, and letters that have left."""
        now = self._clock.now()
        reviewed = await asyncio.to_thread(self._state.claims.review, now)
        await asyncio.to_thread(self._state.claims.record_deliveries, now)
        for claim in await asyncio.to_thread(lambda: list(released(self._state.claims, now))):
            log.info("claim_released", claim=claim)
        for claim in reviewed.eligible:
            log.info("claim_eligible", claim=claim)
        for claim in reviewed.expired:
            log.warning("claim_expired", claim=claim)
        reminders = ClaimReminders(self._state.judge, self._state.claims.steps)
        asked = (self._state.judge, self._store, self._state.claims.house, now)
        untold = (*await asyncio.to_thread(reminders.remind, now), *await asyncio.to_thread(remind_of_duties, *asked))
        for warning in (*reviewed.warnings, *untold):
            log.warning("not_told", trouble=warning)
        self._keeper.claimed(await asyncio.to_thread(self._state.claims.claims, now))

    def _delivering(self, settings: Settings) -> tuple[Any, ...]:
        if settings.mail is None:
            return ()
        relay = Relay(settings.mail, settings.mail.from_address)
        return (deliver(StoredOutbox(self._store), relay, self._clock, self._delivered),)

    def _delivered(self, delivery: Delivery) -> None:
        self._keeper.deliveries[""] += 1
        fate = delivery.talk.fate.value
        if fate != "sent":
            self._keeper.deliveries[fate] += 1
        log.info("delivery", mail=delivery.mail.id, fate=fate)
        if delivery.mail.at_most_once:
            self._left.set()

    async def _listen(self, settings: Settings) -> list[web.AppRunner]:
        """Both listeners; a port in use is trouble outside, told before anything is measured for nothing."""
        access = self if settings.users or settings.tokens else None
        apps = [
            (
                settings.listen,
                internal_app(
                    boards=self,
                    records=self,
                    lifecycle=self,
                    metrics=self._metrics,
                    access=access,
                    intake=self,
                    listener=self._reports,
                ),
            )
        ]
        if settings.public_listen is not None:
            head = await asyncio.to_thread(self._page_head, settings, settings.public_listen)
            apps.append((settings.public_listen, public_app(boards=self, head=head)))
        runners: list[web.AppRunner] = []
        try:
            for listen, app in apps:
                runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=STOP_SECONDS)
                await runner.setup()
                runners.append(runner)
                await _bound(runner, listen)
        except OSError:
            await _closed(runners)
            raise
        return runners


async def _whole(step: Coroutine[Any, Any, None]) -> None:
    """Take a step to its end, also when the loop around it is cancelled: half of one would be taken twice."""
    taken = asyncio.ensure_future(step)
    try:
        await asyncio.shield(taken)
    except asyncio.CancelledError:
        await taken
        raise


def _appended(file: Path, line: str) -> None:
    """A line more in a file; trouble with it is told, for the log has the line as well."""
    try:
        with file.open("a", encoding="utf-8") as out:
            out.write(line)
    except OSError as trouble:
        log.warning("seals_file", file=str(file), trouble=str(trouble.strerror or trouble))


async def _bound(runner: web.AppRunner, listen: Listen) -> None:
    try:
        await web.TCPSite(runner, listen.host, listen.port).start()
    except OSError as trouble:
        raise OSError(
            trouble.errno, f"cannot listen on {listen}: {trouble.strerror}; free it or change uptime.yaml"
        ) from trouble


async def _closed(runners: Sequence[web.AppRunner]) -> None:
    for runner in runners:
        await runner.cleanup()


def serve(settings: Settings) -> int:
    """Run the daemon until a signal ends it; its exit code."""
    log_to_standard_error()
    store = open_store(settings.database, create=True)
    try:
        asyncio.run(served(settings, store))
    finally:
        store.close()
    return 0


async def served(settings: Settings, store: Store) -> None:
    """Run the daemon on the loop that runs until a signal ends it."""
    daemon = Daemon(settings, store, SystemClock())
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[Sequence[str]]] = set()

    def reload() -> None:
        task = loop.create_task(daemon.reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, daemon.stop)
    loop.add_signal_handler(signal.SIGHUP, reload)
    await daemon.run()


def _assembled(settings: Settings, store: Store) -> _State:
    judge = Judge(settings, store)
    us = house(settings)
    access = AccessList(settings.users, settings.tokens)
    return _State(settings, judge, ClaimsDesk(judge, store, us), OutageNotices(judge, store, us), access)


def _fixed(settings: Settings) -> Mapping[str, object]:
    """What is read at the start only; a reload that changes it says so."""
    mail = settings.mail
    password = mail.password.reveal() if mail and mail.password else None
    return {
        "database": settings.database,
        "listen": settings.listen,
        "public_listen": settings.public_listen,
        "vantage": settings.vantage,
        "mail": mail and (replace(mail, password=None), password),
        "users": bool(settings.users or settings.tokens),  # whether there are any: who they are is read anew
    }


def _target(definition: ProbeDefinition, equipment: Equipment) -> Target:
    endpoint, timeout, own_prober = definition.endpoint, definition.probe.cadence.timeout, prober(definition.kind)

    def attempt() -> Awaitable[Attempt]:
        return own_prober(endpoint, timeout, equipment)

    return Target(definition.probe, endpoint.host, attempt)


def _sentinels(settings: Settings, equipment: Equipment, clock: Clock) -> Sentinels:
    """The vantage's sentinels, asked by our own probers: any answer at all, even an error, shows that we can see."""

    async def knock(sentinel: Sentinel) -> Heard:
        if sentinel.kind is SentinelKind.TCP:
            endpoint = TcpEndpoint(sentinel.host, sentinel.port)
            attempt = await prober("tcp")(endpoint, PROBER_SENTINEL_TIMEOUT, equipment)
        else:
            asked = HttpEndpoint(sentinel.address, checks=(_TELLS_TIME,))
            attempt = await prober("https")(asked, PROBER_SENTINEL_TIMEOUT, equipment)
        passed = bool(attempt.peer) and (attempt.outcome.value == "pass" or attempt.status is not None)
        date = next((check.actual for check in attempt.checks if check.check == _DATE and check.holds), "")
        took = dict(attempt.phases).get(Phase.ANSWER, 0)
        return Heard(passed, clock_offset(date, clock.now(), took) if passed else None)

    return Sentinels(settings.vantage.sentinels, knock, clock, loopback=settings.vantage.loopback)


def _page_zone(settings: Settings) -> ZoneInfo:
    """The zone of the public page: the first agreement's, for its readers live by that contract."""
    zones = [signed.readings.chosen.zone for signed in settings.agreements]
    return zones[0] if zones else ZoneInfo("UTC")


def _build() -> Build:
    return Build(version("uptime-daemon"), os.environ.get("UPTIME_DAEMON_REVISION", ""), platform.python_version())


def log_to_standard_error() -> None:
    """One line an event, fields and not sentences: logfmt."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["ts", "level", "event"], bool_as_flag=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=os.fdopen(2, "w", buffering=1, closefd=False)),
    )
