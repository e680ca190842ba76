"""A world that runs: the daemon's own code and a real database on virtual time; prober, relay and people are fakes."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from tests.sim.others import Others
from tests.sim.plan import HERE, MOVED, Plan, WallClock
from tests.sim.virtual import VirtualClock, VirtualLoop
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.facts.attempt import Attempt
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.daemon import daemon as daemon_module
from uptime_daemon.daemon import judging
from uptime_daemon.daemon.daemon import Daemon
from uptime_daemon.delivery import outbox, smtp
from uptime_daemon.delivery.fate import Fate, Talk
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.probers.endpoints.streams import TcpEndpoint
from uptime_daemon.settings.reading import load
from uptime_daemon.settings.values import Settings
from uptime_daemon.store import writer
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import MailState
from uptime_daemon.trying import wiring
from uptime_daemon.watch import lateloop, watcher
from uptime_daemon.watch.admission import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    import pytest

    from tests.sim.plan import Off
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.claims.views import ClaimView
    from uptime_daemon.watch.sentinels import Sentinels

Result = TypeVar("Result")

ROOT = Path(__file__).parent.parent.parent
VENDOR = "credits@vendor.example"
FLUSH_EVERY = 2 * MINUTE
"""How often the database is made to write in virtual time; its own beat is that of the real clock and stands still."""
WRITTEN_WITHIN = SECOND
"""What is older than this is on disk when the daemon is killed."""

CONFIGURATION = f"""\
listen: 127.0.0.1:8990
vantage:
  name: {HERE}
  loopback: true
  sentinels: [{{tcp: "127.0.0.1:1", place: one}}, {{tcp: "127.0.0.1:2", place: two}}]
agreements:
  - id: month
    contract: daktela
    plan: business
    groups: {{service: {{any: [acme/autodial, acme/inbound]}}}}
    starts: 2026-01-01
    fees: [{{from: 2026-01-01, amount: "980.00", currency: EUR, per: month}}]
    parameters: {{claims_address: {VENDOR}, holidays: CZ}}
    people: {{finance: finance@acme.example, technical: sre@acme.example}}
  - id: year
    contract: oki-toki
    groups: {{autodial: acme/autodial, inbound: acme/inbound}}
    primary_group: inbound
    starts: 2026-01-01
    parameters: {{holidays: UA}}
    people: {{finance: finance@acme.example, technical: sre@acme.example}}
mail: {{host: 127.0.0.1, port: 25, tls: none, from: claims@acme.example}}
"""
PROBES = """\
vendor: acme
groups:
  autodial: {title: Autodial, up: all, probes: [{id: autodial, kind: http, url: "http://127.0.0.1:3/autodial"}]}
  inbound: {title: Inbound, up: all, probes: [{id: inbound, kind: http, url: "http://127.0.0.1:3/inbound"}]}
"""
CROWD = 24
"""Probes beside those of the services, at the same host."""
AT_HOST = 3
"""Attempts at one host in a world with such a crowd: a round of those that hang takes 80 s, more than a state holds."""


class InlineLoop(VirtualLoop):
    """Virtual time stands still while the disk works: what would go to a thread is done at once."""

    def run_in_executor(self, executor: Any, func: Callable[..., Result], *args: Any) -> Any:  # type: ignore[override]
        """Do it now."""
        del executor
        future: asyncio.Future[Result] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            future.set_exception(error)
        return future


class DaemonHere(Daemon):
    """The daemon without listeners, for nobody could connect in virtual time."""

    async def _listen(self, settings: Settings) -> list[Any]:  # noqa: ARG002 - there is nothing to listen on
        return []

    async def _comparing_clocks(self, sentinels: Sentinels) -> None:
        """Not here: these sentinels tell no time, and to ask them would change what a seed's dice bring."""


@dataclass
class Delivered:
    """A mail that has truly arrived."""

    message_id: str
    recipients: tuple[str, ...]
    at: Instant


@dataclass
class World:
    """A plan while it runs, and what truly happened."""

    plan: Plan
    clock: VirtualClock
    folder: Path
    wall: WallClock = field(init=False)
    others: Others = field(init=False)
    store: Database = field(init=False)
    daemon: DaemonHere = field(init=False)
    running: asyncio.Task[None] | None = None
    incarnation: int = 0
    vantage: str = HERE
    is_frozen: bool = False
    delivered: list[Delivered] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wall = WallClock(self.plan.start, self.plan.ours.steps)
        self.others = Others(self.plan, self.wall)

    @property
    def settings(self) -> Settings:
        """What the daemon of this world is told."""
        return settings(crowded=bool(self.plan.ours.crowded))

    @property
    def database(self) -> Path:
        """The database of this incarnation: a kill leaves what was on disk at that moment."""
        return self.folder / f"{self.incarnation}.db"

    # what the daemon meets

    async def attempt(self, endpoint: Any, timeout: Duration, _: object) -> Attempt:  # noqa: ASYNC109 - a prober's
        """What a prober sees of the truth."""
        at = self.clock.elapsed()
        if at in self.plan.ours.blind:
            await self.clock.sleep(timeout)
            return Attempt(Outcome.FAIL, Reason.CONNECT_TIMEOUT, timeout, Phase.TCP)
        quick = int(self.plan.dice.uniform(0.005, 0.3) * SECOND)
        if isinstance(endpoint, TcpEndpoint):
            await self.clock.sleep(quick)
            return Attempt(Outcome.PASS, Reason.NONE, quick, Phase.TCP, peer="127.0.0.1:1")
        if at in self.plan.ours.deaf:
            await self.clock.sleep(quick)
            return Attempt(Outcome.ERROR, Reason.RESOLVER, quick, Phase.NAME)
        service = endpoint.url.rpartition("/")[2]
        match self._fails(service, at):
            case None:
                await self.clock.sleep(quick)
                return Attempt(Outcome.PASS, Reason.NONE, quick, Phase.ANSWER, peer="127.0.0.1:3", status=200)
            case "silent":
                await self.clock.sleep(timeout)
                return Attempt(Outcome.FAIL, Reason.ANSWER_TIMEOUT, timeout, Phase.ANSWER, peer="127.0.0.1:3")
            case "refuses":
                await self.clock.sleep(quick)
                return Attempt(Outcome.FAIL, Reason.CONNECTION_REFUSED, quick, Phase.TCP)
            case _:
                await self.clock.sleep(quick)
                return Attempt(Outcome.FAIL, Reason.STATUS, quick, Phase.ANSWER, peer="127.0.0.1:3", status=503)

    def _fails(self, service: str, at: Duration) -> str | None:
        """How an attempt at a service fails, None if it passes."""
        if service.startswith("crowd"):
            return "silent" if at in self.plan.ours.crowded else None
        outage = next(self.plan.down[service].touching(Span(at, at + 1)), None)
        if self.plan.ours.lying(HERE, at):
            return "errors" if outage is None else None
        return None if outage is None else self.plan.kinds[outage]

    async def talk(self, _: object, recipients: tuple[str, ...], mime: bytes) -> Talk:
        """What the relay does with a mail; a daemon that is killed meanwhile never learns of it."""
        mine, dice = self.incarnation, self.plan.dice
        found = re.search(rb"^Message-ID:\s*(\S+)", mime, re.MULTILINE | re.IGNORECASE)
        assert found is not None
        await self.clock.sleep(dice.randrange(SECOND // 10, 20 * SECOND))
        if self.incarnation != mine:
            raise asyncio.CancelledError
        if self.clock.elapsed() in self.plan.relay_gone:
            return Talk(Fate.LATER, "nobody listens")
        chance = dice.random()
        if chance < 0.1:
            return Talk(Fate.LATER, "451 later")
        if chance < 0.9 or dice.random() < 0.5:
            self.delivered.append(Delivered(found.group(1).decode(), recipients, self.clock.now()))
        await self.clock.sleep(dice.randrange(0, 5 * SECOND))
        if self.incarnation != mine:
            raise asyncio.CancelledError
        return Talk(Fate.SENT, "250 taken") if chance < 0.9 else Talk(Fate.DOUBTFUL, "no clear reply after DATA")

    # what happens to it

    def begin(self) -> None:
        """Start the daemon."""
        vantage = replace(self.settings.vantage, name=self.vantage)
        own = replace(self.settings, database=f"sqlite:///{self.database}", vantage=vantage)
        self.store = open_store(own.database, create=True)
        self.daemon = DaemonHere(own, self.store, self.clock)
        self.running = asyncio.create_task(self.daemon.run())

    def begin_again(self, off: Off) -> None:
        """Start the daemon after a stretch without one."""
        if off.moves:
            self.vantage = MOVED if self.vantage == HERE else HERE
        self.begin()

    async def end(self) -> None:
        """End the daemon cleanly."""
        assert self.running is not None
        self.daemon.stop()
        await self.running
        self.running = None
        self.store.close()

    async def kill(self) -> None:
        """Let the daemon be gone between two instants: on disk is what was on disk, nothing is sent any more."""
        assert self.running is not None
        following = self.folder / f"{self.incarnation + 1}.db"
        for suffix in ("", "-wal"):
            source = self.database.with_name(f"{self.database.name}{suffix}")
            if source.exists():
                shutil.copy(source, following.with_name(f"{following.name}{suffix}"))
        old, running, self.running = self.store, self.running, None
        self.incarnation += 1
        self.is_frozen = False
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        old.close()

    def flush(self) -> None:
        """Let the database write, if it can."""
        if self.running is not None and not self.is_frozen:
            with suppress(StoreError):
                self.store.flush()
                self.others.report(self.store, self.clock.elapsed())

    def fill(self, *, full: bool) -> None:
        """Let the disk be full from now on, or no more."""
        if self.running is None:
            return
        with self.store._writing.begin() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages if full else 1_000_000_000}")

    def look(self) -> None:
        """A daemon that has ended by itself has a mistake."""
        if self.running is not None and self.running.done():
            self.running.result()
            raise AssertionError("the daemon ended although nobody told it to")


@dataclass
class Person:
    """Somebody who looks at the claims every now and then, releases letters, and settles what is in doubt."""

    world: World

    async def work(self) -> None:
        """For ever."""
        dice = self.world.plan.dice
        while True:
            await self.world.clock.sleep(dice.randrange(5 * MINUTE, 40 * MINUTE))
            if self.world.running is None or self.world.daemon._watcher is None:
                continue
            desk, now = self.world.daemon._now.claims, self.world.clock.now()
            with suppress(StoreError):
                for view in desk.claims(now):
                    with suppress(ClaimError):
                        self._act(view, now)

    def _act(self, view: ClaimView, now: Instant) -> None:
        world, dice = self.world, self.world.plan.dice
        desk, claim = world.daemon._now.claims, str(view.id)
        if view.mail is not None and view.mail.state is MailState.DOUBTFUL:
            arrived = any(each.message_id == view.mail.mail.message_id for each in world.delivered)
            desk.confirm_arrival(claim, now, "ana") if arrived else desk.send_again(claim, now, "ana")
        elif view.state in {ClaimState.ELIGIBLE, ClaimState.DRAFTED} and dice.random() < 0.8:
            desk.approve(claim, now, "ana")
        elif view.state is ClaimState.APPROVED and view.mail is None and dice.random() < 0.8:
            desk.send(claim, now, "ana")
            with suppress(ClaimError):
                desk.send(claim, now, "ivo")  # who presses twice sends once
                raise AssertionError("a letter that is on its way was sent again")


@cache
def settings(*, crowded: bool) -> Settings:
    """The files of a world, read once for all that have the same."""
    crowd = "".join(
        f'    - {{id: crowd-{number}, kind: http, url: "http://127.0.0.1:3/crowd"}}\n' for number in range(CROWD)
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("probes", "contracts"):
            (folder / part).mkdir()
        for contract in ("daktela", "oki-toki"):
            shutil.copy(ROOT / "contracts" / f"{contract}.yaml", folder / "contracts")
        (folder / "probes" / "acme.yaml").write_text(
            PROBES + (f"  crowd:\n    title: Crowd\n    up: all\n    probes:\n{crowd}" if crowded else "")
        )
        (folder / "uptime.yaml").write_text(CONFIGURATION)
        return load(folder / "uptime.yaml", {})


@contextmanager
def slowed(patch: pytest.MonkeyPatch, world: World) -> Iterator[None]:
    """The daemon's beats in virtual time, its prober and its relay."""
    with patch.context() as patched:
        patched.setattr(wiring, "prober", lambda _: world.attempt)
        patched.setattr(smtp, "talk", world.talk)
        patched.setattr(daemon_module, "deliver", partial(outbox.deliver, poll=MINUTE))
        patched.setattr(writer, "GROUP_COMMIT_SECONDS", 100_000)
        for name, value in (
            ("ALIVE_EVERY", 15 * SECOND),
            ("BOARD_EVERY", HOUR),
            ("PAGE_EVERY", HOUR),
            ("PAUSES_EVERY", HOUR),
            ("CLAIMS_EVERY", 40 * MINUTE),
            ("COLLECT_EVERY", 1_000 * HOUR),
        ):
            patched.setattr(daemon_module, name, value)
        patched.setattr(judging, "JUDGE_EVERY", HOUR)
        patched.setattr(lateloop, "BEAT", SECOND // 2)
        if world.plan.ours.crowded:
            patched.setattr(watcher, "Limits", partial(Limits, at_host=AT_HOST))
        yield


def lived(plan: Plan, folder: Path, patch: pytest.MonkeyPatch) -> World:
    """A world from its beginning to its end; its daemon has ended cleanly."""
    loop = InlineLoop()
    world = World(plan, VirtualClock(loop, plan.start), folder)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        with slowed(patch, world), asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(_lived(world))
    finally:
        structlog.reset_defaults()
    return world


async def _lived(world: World) -> None:
    plan, clock = world.plan, world.clock
    world.begin()
    others = [asyncio.create_task(Person(world).work()), asyncio.create_task(_flushing(world))]
    for at, happens in _events(world):
        await clock.sleep(at - clock.elapsed())
        world.look()
        await happens()
    await clock.sleep(plan.length - clock.elapsed())
    world.look()
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    world.flush()
    await world.end()


async def _flushing(world: World) -> None:
    while True:
        await world.clock.sleep(FLUSH_EVERY)
        world.flush()


def _events(world: World) -> list[tuple[Duration, Callable[[], Coroutine[Any, Any, None]]]]:
    plan = world.plan
    events: list[tuple[Duration, Callable[[], Coroutine[Any, Any, None]]]] = []

    def happens(at: Duration, what: Callable[[], object]) -> None:
        async def done() -> None:
            what()

        events.append((at, done))

    for at, by in plan.ours.steps:
        happens(at, lambda by=by: world.clock.step(by))  # type: ignore[misc]
    for stop in plan.ours.stops:
        happens(stop.start, lambda stop=stop: world.clock.block(stop.length))  # type: ignore[misc]
    for full in plan.ours.full:
        happens(full.start, lambda: world.fill(full=True))
        happens(full.end, lambda: world.fill(full=False))
    for off in plan.ours.offs:
        if off.killed:
            happens(off.at - plan.dice.randrange(WRITTEN_WITHIN), lambda: _freeze(world))
            events.append((off.at, world.kill))
        else:
            events.append((off.at, world.end))
        happens(off.at + off.length, partial(world.begin_again, off))
    return sorted(events, key=lambda event: event[0])


def _freeze(world: World) -> None:
    """What is observed from now on is not on disk when the daemon is killed."""
    world.flush()
    world.is_frozen = True
