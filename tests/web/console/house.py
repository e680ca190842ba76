"""The console on a real record: two agreements over a breached October, a real judge, claims, people who sign in."""

from __future__ import annotations

import asyncio
import atexit
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp

from tests.desk.acme import Acme, acme
from tests.web.listening import Kept, Life, metrics_of, served
from uptime_daemon.cli.security import password_hash
from uptime_daemon.core.time.instants import Duration, Instant, parse_instant
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import house
from uptime_daemon.desk.intake.submission import FORMS, submitted
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.judging.turns import Turns
from uptime_daemon.desk.measure import Measure
from uptime_daemon.desk.people.door import Door
from uptime_daemon.desk.showing.board import Board, Build
from uptime_daemon.desk.showing.board_keeper import BoardKeeper
from uptime_daemon.desk.showing.reporting import OutageReport, outage_report
from uptime_daemon.settings.secret import Secret
from uptime_daemon.settings.values import MailSettings, Role, Settings, User
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import Fact
from uptime_daemon.store.ports import Store
from uptime_daemon.web.app import internal_app
from uptime_daemon.web.console.frame import TOKEN
from uptime_daemon.web.console.routes import Console
from uptime_daemon.web.entry import COOKIE, Entry

T = TypeVar("T")
NOW: Final = parse_instant("2026-11-03T09:30:00+01:00")
"""October has closed, its claim is due within days."""
PASSWORDS: Final = {
    "ana": "finance of the house",
    "eva": "finance as well",
    "ivo": "operator of the house",
    "vit": "viewer",
}
ROLES: Final = {"ana": Role.FINANCE, "eva": Role.FINANCE, "ivo": Role.OPERATOR, "vit": Role.VIEWER}
USERS: Final = tuple(User(name, ROLES[name], Secret(password_hash(PASSWORDS[name], b"salt"))) for name in PASSWORDS)


@dataclass
class Stopped:
    """A clock that stands until a test moves it."""

    at: Instant = NOW
    reading: Duration = 0

    def now(self) -> Instant:
        """The wall clock."""
        return self.at

    def elapsed(self) -> Duration:
        """The monotonic clock."""
        return self.reading

    async def sleep(self, duration: Duration) -> None:
        """The time of the machine, for a page that listens."""
        await asyncio.sleep(min(duration, 50_000) / 1_000_000)


@dataclass
class Rooms:
    """The daemon as the console sees it, on one thread."""

    settings: Settings
    store: Store
    clock: Stopped
    keeper: BoardKeeper = field(init=False)
    shown: Board = field(init=False)
    outage: Instant | None = None

    def __post_init__(self) -> None:
        """The first board."""
        measure = Measure(self.store, self.settings.vantage.name)
        measure.define(self.settings.groups, {name: each.probe for name, each in self.settings.probes.items()})
        zone = self.settings.agreements[0].readings.chosen.zone
        self.keeper = BoardKeeper(self.settings, measure, Build("0", "", "3"), zone)
        self.look()

    def look(self) -> None:
        """Judge anew, as the daemon does on its beat."""
        self.claims().review(self.now())
        self.claims().record_deliveries(self.now())
        self.keeper.judgings.turns = Turns()  # all of them, as if each had changed
        self.keeper.judgings.judge(self.judge(), self.keeper.live(), self.now(), lambda: False)
        for own in self.keeper.judgings.by_agreement.values():
            own.last_at = None
        self.keeper.claimed(self.claims().claims(self.now()))
        for _ in self.keeper.freshen():
            pass
        self.shown = self.keeper.board(self.now())

    def now(self) -> Instant:
        """The wall clock."""
        return self.clock.now()

    def board(self) -> Board:
        """The latest board."""
        return self.shown

    def judge(self) -> Judge:
        """The record."""
        return Judge(self.settings, self.store)

    def claims(self) -> ClaimsDesk:
        """The claims desk."""
        return ClaimsDesk(self.judge(), self.store, house(self.settings))

    async def stated(self, form: str, content: Mapping[str, Any], by: str | None) -> Fact:
        """Recorded."""
        fact = await asyncio.to_thread(submitted, self.judge(), FORMS[form], content, by, self.now())
        self.look()
        return fact

    async def report(self, agreement: str, group: str) -> OutageReport:
        """Of an outage that goes on where a test says so."""
        return await asyncio.to_thread(outage_report, self.judge(), agreement, group, self.outage, self.now())

    async def decided(self, act: Callable[[ClaimsDesk, Instant], T]) -> T:
        """Done at once."""
        done = await asyncio.to_thread(act, self.claims(), self.now())
        self.look()
        return done


@dataclass
class Visiting:
    """A browser without a window."""

    address: str
    client: aiohttp.ClientSession
    rooms: Rooms
    door: Door

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        """Status and text of a page."""
        async with self.client.get(self.address + path, **options) as response:
            return response.status, await response.text()

    async def send(self, path: str, fields: Mapping[str, str], **options: Any) -> aiohttp.ClientResponse:
        """The answer to a form, wherever it leads."""
        async with self.client.post(self.address + path, data=fields, allow_redirects=False, **options) as response:
            await response.read()
            return response

    async def sign_in(self, name: str) -> None:
        """As a person of the house."""
        done = await self.send("/console/sign-in", {"name": name, "password": PASSWORDS[name]})
        assert done.status == 303, await done.text()

    async def token(self, path: str = "/console") -> str:
        """The token that the forms of a page carry."""
        _, text = await self.get(path)
        found = re.search(rf'name="{TOKEN}" value="([0-9a-f]+)"', text)
        assert found, text[:2000]
        return found.group(1)

    @property
    def secret(self) -> str:
        """What the browser keeps."""
        return next(cookie.value for cookie in self.client.cookie_jar if cookie.key == COOKIE)


@cache
def _made() -> Path:
    """The record is imported once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="console-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    acme(folder)
    return folder


def copied(folder: Path) -> Acme:
    """A record of a breached October in a folder of its own."""
    shutil.copytree(_made(), folder, dirs_exist_ok=True)
    return Acme(folder)


@asynccontextmanager
async def visiting(
    folder: Path,
    *,
    users: tuple[User, ...] = USERS,
    entry: Entry | None = None,
    change: Callable[[Settings], Settings] | None = None,
) -> AsyncIterator[Visiting]:
    """The internal listener with its console on a database of its own."""
    made = copied(folder)
    mail = MailSettings("127.0.0.1", 9, "none", None, None, "claims@acme.example")
    settings = replace(made.settings, users=users, mail=mail)
    settings = settings if change is None else change(settings)
    store = open_store(settings.database, create=False)
    clock = Stopped()
    rooms, door = Rooms(settings, store, clock), Door(store, clock)
    door.admit(users, ())
    door.load()
    app = internal_app(
        boards=rooms, records=Kept(), lifecycle=Life(), metrics=metrics_of(rooms), access=door if users else None,
        entry=entry or Entry(), console=Console(rooms, door if users else None, clock, is_secure=False),
    )  # fmt: skip
    jar = aiohttp.CookieJar(unsafe=True)
    try:
        async with (
            served(app) as address,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(120), cookie_jar=jar) as client,
        ):
            yield Visiting(address, client, rooms, door)
    finally:
        store.close()
