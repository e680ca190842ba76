"""The OpenAPI document says what the listener does: every path, every key, every answer; pages and limits hold."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from jsonschema import Draft202012Validator

from tests.daemon.running import files, listener, running, service
from tests.desk.acme import acme
from tests.web.conftest import Listener
from tests.web.listening import Kept, Keys, Life, Shown, metrics_of
from tests.web.test_facts import OPENED, Desk, asking
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import MINUTE, SECOND
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.probers.push import Reports
from uptime_daemon.store.database import open_store
from uptime_daemon.web.app import internal_app
from uptime_daemon.web.endpoints import READ
from uptime_daemon.web.limits import WRITERS_MAX, WriteLimit
from uptime_daemon.web.openapi import document
from uptime_daemon.web.questions import PAGING


def fitting(content: Any, operation: dict[str, Any], status: str = "200") -> None:
    """The answer has the form that the document promises."""
    schema = operation["responses"][status]["content"]["application/json"]["schema"]
    whole = schema | {"components": document()["components"]}
    Draft202012Validator(whole).validate(content)


class Ticking:
    """A monotonic clock that a test moves."""

    now = 0

    def elapsed(self) -> int:
        """Its reading."""
        return self.now


def test_every_schema_is_one() -> None:
    """Each is of the dialect that OpenAPI 3.1 uses."""
    whole = document()
    assert whole["openapi"] == "3.1.0"
    for schema in whole["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_document_names_every_path(tmp_path: Path) -> None:
    """What the router knows below /api/v1 and what the document tells are the same, in both directions."""
    made, shown = acme(tmp_path), Shown()
    with open_store(made.settings.database, create=False) as store:
        app = internal_app(
            boards=shown, records=Kept(), lifecycle=Life(), metrics=metrics_of(shown), access=Keys(),
            intake=Desk(Judge(made.settings, store)), listener=Reports(SystemClock()),
        )  # fmt: skip
    routed = {
        (route.resource.canonical, route.method.lower())
        for route in app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/v1/") and route.method != "HEAD"
    }
    told = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert routed == told


def test_what_a_listener_does_not_do_it_does_not_tell() -> None:
    """Without users no security, without an intake no facts, without a listener no reports."""
    bare = document(needs_access=False, takes_facts=False, takes_reports=False)
    assert "security" not in bare
    assert {"/api/v1/tickets", "/api/v1/voids", "/api/v1/push"} & set(bare["paths"]) == set()
    assert "/api/v1/outages" in bare["paths"]


async def test_answers_have_the_promised_form(inside: Listener) -> None:
    """Every list of a board with two contracts, and an error."""
    paths = document()["paths"]
    for endpoint in READ:
        if endpoint.path in {"/api/v1/statements", "/api/v1/prometheus/targets"} or not endpoint.rows:
            continue
        status, content = await inside.json(endpoint.path)
        if status == 404:
            continue  # this listener has no intake
        assert content[endpoint.name]
        fitting(content, paths[endpoint.path]["get"])
    _, targets = await inside.json("/api/v1/prometheus/targets")
    fitting(targets, paths["/api/v1/prometheus/targets"]["get"])
    _, error = await inside.json("/api/v1/outages?limit=0")
    fitting(error, paths["/api/v1/outages"]["get"], "400")


async def test_the_timeline_by_state(inside: Listener) -> None:
    """Every stretch, or those of one state."""
    _, content = await inside.json("/api/v1/timeline?group=voice/web&state=unknown")
    assert content["timeline"] == [
        {
            "group": "voice/web",
            "from": "2026-06-03T09:00:00Z",
            "to": "2026-06-03T10:00:00Z",
            "state": "unknown",
            "reason": "daemon_off",
        }
    ]


async def test_pages_lead_to_each_other(inside: Listener) -> None:
    """Following `next` gives every row once, in order, with the rest of the question kept."""
    _, whole = await inside.json("/api/v1/claims")
    assert whole["page"] == {"total": 3, "limit": 200, "offset": 0, "next": None}
    found, path = [], "/api/v1/claims?state=eligible&limit=1"
    while path:
        _, content = await inside.json(path)
        found += content["claims"]
        path = content["page"]["next"]
        assert path is None or path.startswith("/api/v1/claims?state=eligible&limit=1&offset=")
    assert found == [each for each in whole["claims"] if each["state"] == "eligible"]
    _, beyond = await inside.json("/api/v1/claims?offset=99")
    assert (beyond["claims"], beyond["page"]["next"]) == ([], None)


@pytest.mark.parametrize("value", ["0", "1001", "-1", "ten", "1e2", "", "٣"])
async def test_a_page_has_a_size(inside: Listener, value: str) -> None:
    """A limit that is none is refused, not guessed."""
    status, content = await inside.json(f"/api/v1/outages?limit={value}")
    assert (status, content["error"]["field"]) == (400, "limit")


async def test_facts_are_chosen_by_their_columns(tmp_path: Path) -> None:
    """Tickets of a group, conditions by their answer; each answer has the promised form."""
    paths = document()["paths"]
    async with asking(tmp_path) as desk:
        status, content = await desk.post("tickets", OPENED)
        assert status == 201
        fitting(content, paths["/api/v1/tickets"]["post"], "201")
        await desk.post("conditions", {"agreement": "acme", "id": "supported_version", "state": "yes", "by": "ana"})
        for name, expected in (("tickets?group=service", 1), ("tickets?group=other", 0), ("conditions?state=yes", 1)):
            found = await desk.get(name)
            kind = name.partition("?")[0]
            assert len(found[kind]) == expected
            fitting(found, paths[f"/api/v1/{kind}"]["get"])
        refused, _ = await desk.post("conditions?state=yes", {})
        assert refused == 400


async def test_nothing_is_told_or_taken_without_a_user(tmp_path: Path) -> None:
    """Every operation that asks for a user refuses nobody and a stranger; a viewer may read and state nothing."""
    async with asking(tmp_path, Keys()) as desk:
        for path, methods in document()["paths"].items():
            for method, operation in methods.items():
                for token, expected in ((None, 401), ("Bearer nobody", 401), ("Bearer look", 403)):
                    if "security" in operation or (method == "get" and expected == 403):
                        continue
                    headers = {} if token is None else {"Authorization": token}
                    async with desk.client.request(method, desk.address + path, headers=headers) as response:
                        assert (path, response.status) == (path, expected)
                        fitting(await response.json(), operation, str(expected))


def test_a_minutes_share_may_come_at_once_and_comes_back_evenly() -> None:
    """Three a minute: three at once, the fourth after twenty seconds; another writer has its own."""
    clock = Ticking()
    limit = WriteLimit(lambda: 3, clock.elapsed)
    assert [limit.taken("ana") for _ in range(4)] == [0, 0, 0, 20 * SECOND]
    assert limit.taken("ivo") == 0
    clock.now = 20 * SECOND
    assert [limit.taken("ana") for _ in range(2)] == [0, 20 * SECOND]
    clock.now = 10 * MINUTE
    assert [limit.taken("ana") for _ in range(4)] == [0, 0, 0, 20 * SECOND]


def test_only_so_many_writers_are_remembered() -> None:
    """Who writes under ever new names fills no memory."""
    limit = WriteLimit(lambda: 1, Ticking().elapsed)
    for number in range(WRITERS_MAX + 10):
        limit.taken(str(number))
    assert limit.taken("0") == 0
    assert limit.taken(str(WRITERS_MAX + 9)) > 0


async def test_too_much_is_refused_with_the_time_to_wait(inside: Listener) -> None:
    """The answer says when to go on; reading is never limited."""
    shown, clock = Shown(), Ticking()
    app = internal_app(
        boards=shown, records=Kept(), lifecycle=Life(), metrics=metrics_of(shown),
        writes=WriteLimit(lambda: 2, clock.elapsed),
    )  # fmt: skip
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        statuses = []
        for _ in range(3):
            async with inside.client.post(f"{address}/-/reload") as response:
                statuses.append(response.status)
        assert statuses == [200, 200, 429]
        assert response.headers["Retry-After"] == "30"
        async with inside.client.get(f"{address}/api/v1/claims") as response:
            assert response.status == 200
    finally:
        await runner.cleanup()


def test_every_list_says_how_it_is_paged() -> None:
    """Whatever grows is paged; annotations are asked for by stretch, targets and the document are whole."""
    assert [each.name for each in READ if not each.is_paged] == ["annotations", "prometheus/targets"]
    assert all(one.name != other.name for one, other in pairwise(PAGING))


@pytest.mark.prove
@pytest.mark.timeout(1200)
async def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    """A real daemon with a user, asked whatever the document allows and much that it does not; nothing is left open."""
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        digest = hashlib.sha256(b"work").hexdigest()
        with own.configuration.open("a") as file:
            file.write(f'tokens: [{{name: tester, role: operator, hash: "sha256${digest}"}}]\n')
            file.write("writes_per_minute: 60000\n")
        async with running(own) as daemon:
            program = Path(sys.executable).with_name("schemathesis")
            process = await asyncio.create_subprocess_exec(
                str(program), "--config-file", str(Path(__file__).parent / "schemathesis.toml"), "run",
                f"http://127.0.0.1:{own.port}/api/v1/openapi.json", "--header", "Authorization: Bearer work",
                "--max-examples", "200", "--seed", "20261128", "--no-color",
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
                cwd=tmp_path,
            )  # fmt: skip
            printed, _ = await process.communicate()
            assert process.returncode == 0, printed.decode()[-8000:]
            assert daemon.process.returncode is None
            assert not [line for line in daemon.log if "request_failed" in line]
