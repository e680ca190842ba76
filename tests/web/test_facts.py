"""Facts over HTTP: recorded with who signed in, listed as known at any instant, refused with the key that is wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.desk.acme import Acme, acme, gone_for_good
from tests.web.listening import Kept, Keys, Life, Shown, metrics_of, served
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.desk.intake.hooks import Delivered, delivered, is_proven
from uptime_daemon.desk.intake.submission import FORMS, submitted
from uptime_daemon.desk.judging.closing import Closing, revisions
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.showing.listing import rows
from uptime_daemon.desk.showing.reporting import OutageReport, outage_report
from uptime_daemon.settings.values import Hook
from uptime_daemon.store.database import open_store
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import Fact
from uptime_daemon.store.ports import Store
from uptime_daemon.web.app import internal_app
from uptime_daemon.web.facts import BODY_MAX_BYTES

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Instant

OPENED = {"agreement": "acme", "group": "service", "channel": "phone", "at": "2026-10-10T11:05", "by": "ana"}


@dataclass
class Desk:
    """What the daemon does, on a database of its own."""

    judge: Judge
    trouble: str = ""
    since: int | None = None

    async def stated(self, form: str, content: Mapping[str, Any], by: str | None) -> Fact:
        """Recorded."""
        if self.trouble:
            raise StoreError(self.trouble)
        return await asyncio.to_thread(submitted, self.judge, FORMS[form], content, by, SystemClock().now())

    async def revisions(self, agreement: str | None, period: str | None) -> Sequence[Mapping[str, Any]]:
        """Frozen."""
        return await asyncio.to_thread(revisions, self.judge, agreement, period)

    async def hooked(self, name: str, headers: Mapping[str, str], body: bytes) -> Delivered | None:
        """Proven and recorded."""
        hook = next((each for each in self.judge.settings.hooks if each.name == name), None)
        if hook is None or not is_proven(hook, headers, body):
            return None
        return await asyncio.to_thread(delivered, self.judge, hook, headers, body, SystemClock().now())

    async def report(self, agreement: str, group: str) -> OutageReport:
        """Of an outage that goes on where a test says so."""
        return await asyncio.to_thread(outage_report, self.judge, agreement, group, self.since, SystemClock().now())

    async def listed(self, kind: str, agreement: str | None, as_of: Instant | None) -> Sequence[Mapping[str, Any]]:
        """On record."""
        return await asyncio.to_thread(rows, self.judge, kind, agreement, as_of)


@dataclass
class Asking:
    """A client and what stands behind the address."""

    address: str
    client: aiohttp.ClientSession
    desk: Desk
    store: Store

    async def post(self, path: str, content: Any, **options: Any) -> tuple[int, Any]:
        """Status and answer of a POST."""
        async with self.client.post(f"{self.address}/api/v1/{path}", json=content, **options) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> Any:
        """The answer of a GET that must succeed."""
        async with self.client.get(f"{self.address}/api/v1/{path}") as response:
            assert response.status == 200, await response.text()
            return await response.json()


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """One database for all refusals, none of which writes into it."""
    made = acme(tmp_path_factory.mktemp("refused"))
    store = open_store(made.settings.database, create=False)
    yield Judge(made.settings, store)
    store.close()


@asynccontextmanager
async def asking(folder: Path, access: Keys | None = None, hooks: tuple[Hook, ...] = ()) -> AsyncIterator[Asking]:
    """The internal listener on a real database."""
    made = acme(folder)
    store = open_store(made.settings.database, create=False)
    desk, shown = Desk(Judge(replace(made.settings, hooks=hooks), store)), Shown()
    app = internal_app(
        boards=shown, records=Kept(), lifecycle=Life(), metrics=metrics_of(shown), access=access, intake=desk
    )
    try:
        async with served(app) as address, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(120)) as client:
            yield Asking(address, client, desk, store)
    finally:
        store.close()


async def test_every_form_takes_its_fact(tmp_path: Path) -> None:
    """Each path records its kind of fact; the answer is the fact, and the lists show it."""
    proof = {"name": "report.txt", "base64": base64.b64encode(b"we were down").decode()}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("tickets", OPENED),
        ("tickets", {"agreement": "acme", "kind": "answer", "ticket": "T1", "at": "2026-10-10T11:10", "by": "ana"}),
        ("conditions", {"agreement": "acme", "id": "supported_version", "state": "yes", "by": "ana"}),
        (
            "maintenance",
            {
                "agreement": "acme", "from": "2026-12-01T21:00", "to": "2026-12-01T23:00", "emergency": True,
                "channel": "mail", "by": "ana",
            },
        ),
        ("maintenance/cancellations", {"agreement": "acme", "id": "M1", "by": "ana"}),
        (
            "exclusions",
            {
                "agreement": "acme", "from": "2026-10-10T12:00", "to": "2026-10-10T13:00", "cause": "telecom",
                "by": "vendor",
            },
        ),
        ("exclusions/decisions", {"agreement": "acme", "id": "E1", "decision": "accepted", "by": "ana"}),
        (
            "outages",
            {
                "agreement": "acme", "group": "service", "from": "2026-10-15T12:00", "to": "2026-10-15T13:00",
                "evidence": proof, "by": "ana",
            },
        ),
        ("outages/links", {"agreement": "acme", "ticket": "T1", "outage": "2026-10-15T12:30", "by": "ana"}),
        ("confirmations", {"probe": "stand-in/tcp", "outage": "2026-10-20T09:00:00Z", "why": "asked", "by": "ana"}),
        ("pauses", {"probe": "stand-in/tcp", "why": "the vendor asked us not to look", "by": "ana"}),
        ("resumptions", {"probe": "stand-in/tcp", "by": "ivo"}),
        (
            "voids",
            {
                "probe": "stand-in/tcp", "from": "2026-10-10T09:00:00Z", "to": "2026-10-10T10:00:00Z", "why": "ours",
                "by": "ana",
            },
        ),
    ]  # fmt: skip
    assert {path for path, _ in steps} == set(FORMS)
    async with asking(tmp_path) as api:
        gone_for_good(Acme(tmp_path))
        facts = []
        for path, content in steps:
            status, told = await api.post(path, content)
            assert status == 201, told
            facts.append(told["fact"])
        assert [fact["fact"] for fact in facts] == list(range(1, len(steps) + 1))
        assert facts[1]["flags"] == ["an answer to no question: kept as a comment, restarts nothing"]
        kept = api.store.evidence(hashlib.sha256(b"we were down").hexdigest())
        assert kept is not None
        assert (kept.name, facts[7]["evidence"]) == ("report.txt", kept.digest)
        (ticket,) = (await api.get("tickets?agreement=acme"))["tickets"]
        assert [event["kind"] for event in ticket["events"]] == ["opened", "comment"]
        assert ticket["outages"] == ["2026-10-15T10:30:00Z"]
        (work,) = (await api.get("maintenance"))["maintenance"]
        assert (work["emergency"], work["stands"]) == (True, "cancelled")
        (exclusion,) = (await api.get("exclusions"))["exclusions"]
        assert (exclusion["decision"], exclusion["by"]) == ("accepted", "ana")
        then = facts[5]["known_at"]
        ((proposed,),) = [(await api.get(f"exclusions?as_of={then}"))["exclusions"]]
        assert proposed["decision"] == "proposed"
        answered = {row["condition"]: row["state"] for row in (await api.get("conditions"))["conditions"]}
        assert answered["supported_version"] == "yes"


@pytest.mark.parametrize(
    ("path", "change", "status", "field"),
    [
        ("tickets", {"agreement": "nobody"}, 404, "agreement"),
        ("tickets", {"agreement": None}, 400, "agreement"),
        ("tickets", {"agreement": 7}, 400, "agreement"),
        ("tickets", {"group": "nothing"}, 400, "group"),
        ("tickets", {"channel": "pigeon"}, 400, "channel"),
        ("tickets", {"kind": "melted"}, 400, "kind"),
        ("tickets", {"kind": "resolved"}, 400, "ticket"),
        ("tickets", {"at": "2026-10-25T02:30"}, 400, "at"),
        ("tickets", {"at": "2999-01-01T00:00"}, 400, "at"),
        ("tickets", {"by": ""}, 400, "by"),
        ("tickets", {"note": "x" * 4001}, 400, "note"),
        ("tickets", {"surprise": "x"}, 400, "surprise"),
        ("tickets", {"dry_run": "yes"}, 400, "dry_run"),
        ("tickets", {"evidence": "call.txt"}, 400, "evidence"),
        ("tickets", {"evidence": {"name": "call.txt", "base64": "?"}}, 400, "evidence"),
        ("tickets", {"ticket": "two\nlines"}, 400, "ticket"),
    ],
)
async def test_mistakes_name_their_key(
    judge: Judge, path: str, change: dict[str, Any], status: int, field: str
) -> None:
    """What is wrong is answered with the key and recorded nowhere."""
    shown = Shown()
    app = internal_app(boards=shown, records=Kept(), lifecycle=Life(), metrics=metrics_of(shown), intake=Desk(judge))
    async with served(app) as address, aiohttp.ClientSession() as client:
        api = Asking(address, client, Desk(judge), judge.store)
        answered, told = await api.post(path, OPENED | change)
        assert (answered, told["error"]["field"]) == (status, field), told
        assert told["error"]["code"] == {400: "invalid_value", 404: "not_found"}[status]
    assert judge.store.facts() == []


async def test_bodies_that_are_none(tmp_path: Path) -> None:
    """What a page of another site can send without asking, doubled keys and anything but an object are refused."""
    async with asking(tmp_path) as api:
        for data, kind, status in (
            ("{}", "text/plain", 415),
            ("agreement=acme", "application/x-www-form-urlencoded", 415),
            ("{", "application/json", 400),
            ("[]", "application/json", 400),
            ('{"agreement": "acme", "agreement": "oki"}', "application/json", 400),
        ):
            async with api.client.post(
                f"{api.address}/api/v1/tickets", data=data, headers={"Content-Type": kind}
            ) as response:
                assert response.status == status, data
        status, told = await api.post("tickets", OPENED, headers={"Origin": "https://elsewhere.example"})
        assert (status, told["error"]["code"]) == (403, "forbidden")
        large, head = io.BytesIO(b'{"note": "' + b"x" * BODY_MAX_BYTES + b'"}'), {"Content-Type": "application/json"}
        async with api.client.post(f"{api.address}/api/v1/tickets", data=large, headers=head) as response:
            assert response.status == 413
        api.desk.trouble = "the disk is full"
        status, told = await api.post("tickets", OPENED)
        assert (status, told["error"]) == (503, {"code": "database", "message": "the disk is full", "field": None})
        assert api.store.facts() == []


async def test_a_dry_run_records_nothing(tmp_path: Path) -> None:
    """The answer shows what would be recorded, with status 200."""
    async with asking(tmp_path) as api:
        status, told = await api.post("tickets", OPENED | {"dry_run": True})
        assert (status, told["fact"]["fact"], told["fact"]["subject"]) == (200, 0, "T1")
        assert api.store.facts() == []


async def test_who_signed_in_is_the_author(tmp_path: Path) -> None:
    """An operator's name is recorded, another one is refused, and viewers change nothing."""
    async with asking(tmp_path, Keys()) as api:
        mine = {key: value for key, value in OPENED.items() if key != "by"}
        work = {"headers": {"Authorization": "Bearer work"}}
        assert (await api.post("tickets", mine))[0] == 401
        assert (await api.post("tickets", mine, headers={"Authorization": "Bearer look"}))[0] == 403
        status, told = await api.post("tickets", OPENED, **work)
        assert (status, told["error"]["message"]) == (400, "you are signed in as work; leave `by` out")
        status, told = await api.post("tickets", mine, **work)
        assert (status, told["fact"]["by"]) == (201, "work")


async def test_frozen_statements_are_listed(tmp_path: Path) -> None:
    """What was frozen is listed by agreement and period; an agreement that nobody knows is told as such."""
    async with asking(tmp_path) as api:
        closing, december = Closing(), parse_instant("2026-12-01T00:00:00Z")
        for _ in range(2):  # a pass judges some periods, the oldest first
            await asyncio.to_thread(closing.take, api.desk.judge, december)
        rows = (await api.get("revisions?agreement=acme&period=2026-10"))["revisions"]
        assert [(row["group"], row["revision"], row["in_force"]) for row in rows] == [("service", 1, True)]
        assert (await api.get("revisions?period=1999-01"))["revisions"] == []
        async with api.client.get(f"{api.address}/api/v1/revisions?agreement=nobody") as response:
            assert response.status == 404
