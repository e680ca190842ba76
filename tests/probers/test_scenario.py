"""What a scenario says of a service that is used: values go along, trouble names its step, and is cleaned up after."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from tests.probers.explaining import explained
from tests.probers.servers import free_port, http, reset_after, serving, silence
from tests.probers.test_http import GRACE_SECONDS, PATIENT_SECONDS, answer, limit
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import BodyContains, JsonEquals, SecondsBelow, StatusIs
from uptime_daemon.probers.endpoints.scenarios import (
    CAPTURED_CHARACTERS_MAX,
    STEPS_MAX,
    Capture,
    ScenarioEndpoint,
    Source,
    Step,
    filled,
)
from uptime_daemon.probers.endpoints.web import Auth, AuthScheme, HttpEndpoint
from uptime_daemon.probers.patterns import Pattern
from uptime_daemon.probers.scenario import attempt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from uptime_daemon.probers.equipment import Equipment

pytestmark = pytest.mark.usefixtures("no_leak")

TOKEN = 'a-token-"of"-a-test'
PASSWORD = "a-password-of-a-test"


class Desk:
    """A small service with a log-in and tickets."""

    def __init__(self) -> None:
        self.tickets: dict[str, str] = {}
        self.broken: set[str] = set()
        self.seen: list[str] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Its address while it is open."""
        app = web.Application()
        app.router.add_post("/login", self.log_in)
        app.router.add_post("/tickets", self.create)
        app.router.add_get("/tickets/{id}", self.look)
        app.router.add_delete("/tickets/{id}", self.delete)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def log_in(self, request: web.Request) -> web.Response:
        """A token and a cookie for whoever knows the password."""
        self.seen.append("log-in")
        if (await request.json())["password"] != PASSWORD:
            return web.json_response({"error": "no"}, status=401)
        answer = web.json_response({"token": TOKEN, "user": {"number": 7}})
        answer.set_cookie("session", "a-session-of-a-test")
        return answer

    def _refused(self, request: web.Request, step: str) -> web.Response | None:
        self.seen.append(step)
        if request.cookies.get("session") != "a-session-of-a-test":
            return web.Response(status=400, text="no cookie")
        return web.Response(status=500, text=f"broken {TOKEN}") if step in self.broken else None

    async def create(self, request: web.Request) -> web.Response:
        """A new ticket."""
        if refused := self._refused(request, "create"):
            return refused
        told = await request.json()
        if told["token"] != TOKEN:
            return web.Response(status=400)
        self.tickets["17/a b"] = told["title"]
        return web.Response(status=201, headers={"Location": "/tickets/[17/a b]"})

    async def look(self, request: web.Request) -> web.Response:
        """One ticket."""
        if refused := self._refused(request, "look"):
            return refused
        title = self.tickets.get(request.match_info["id"])
        return web.json_response({"title": title}, status=200 if title else 404)

    async def delete(self, request: web.Request) -> web.Response:
        """No ticket any more."""
        if refused := self._refused(request, "clean-up"):
            return refused
        self.tickets.pop(request.match_info["id"], None)
        return web.Response(status=204)


def steps(url: str, password: str = PASSWORD) -> tuple[Step, ...]:
    """Log in, create, look, clean up."""
    kind = (("Content-Type", "application/json"),)
    log_in = HttpEndpoint(f"{url}/login", "POST", kind, json.dumps({"password": password}).encode())
    create = HttpEndpoint(
        f"{url}/tickets", "POST", kind, b'{"token": "{{token}}", "title": "t{{number}}"}', checks=(StatusIs((201,)),)
    )
    look = HttpEndpoint(f"{url}/tickets/{{{{id}}}}", checks=(JsonEquals("$.title", "t7"),))
    captures = (Capture("token", Source.JSON, "$.token"), Capture("number", Source.JSON, "$.user.number"))
    return (
        Step("log-in", log_in, captures),
        Step("create", create, (Capture("id", Source.HEADER, "Location", Pattern(r"\[(.+)\]")),)),
        Step("look", look),
        Step("clean-up", HttpEndpoint(f"{url}/tickets/{{{{id}}}}", "DELETE"), always=True),
    )


async def tried(equipment: Equipment, made: tuple[Step, ...], seconds: float = PATIENT_SECONDS, **rest: Any) -> Attempt:
    """One attempt, which must end in time."""
    began = time.monotonic()
    seen = await attempt(ScenarioEndpoint(made, **rest), round(seconds * SECOND), equipment)
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    return seen


async def test_function_that_works_passes(equipment: Equipment) -> None:
    """Every step is made with what those before it said, every check names its step, nothing is left behind."""
    desk = Desk()
    async with desk.open() as url:
        seen = await tried(equipment, steps(url), checks=(SecondsBelow(30 * SECOND),))
    assert (seen.outcome, seen.detail) == (Outcome.PASS, "")
    assert [check.check for check in seen.checks] == [
        "log-in: status",
        "create: status",
        "look: status",
        "look: json $.title",
        "clean-up: status",
        "seconds_below",
    ]
    assert (desk.tickets, desk.seen) == ({}, ["log-in", "create", "look", "clean-up"])
    assert seen.duration >= sum(duration for _, duration in seen.phases) - 1000


@pytest.mark.parametrize(
    ("broken", "made"),
    [
        ("create", ["log-in", "create"]),
        ("look", ["log-in", "create", "look", "clean-up"]),
        ("clean-up", ["log-in", "create", "look", "clean-up"]),
    ],
)
async def test_step_that_fails_is_named_and_cleaned_up_after(
    equipment: Equipment, broken: str, made: list[str]
) -> None:
    """The first failed check decides; what was created before it is deleted, what was not is not looked for."""
    desk = Desk()
    desk.broken = {broken}
    async with desk.open() as url:
        seen = await tried(equipment, steps(url))
    assert (seen.outcome, seen.reason, seen.status) == (Outcome.FAIL, Reason.STATUS, 500)
    assert seen.detail.startswith(f"{broken}: status: expected")
    assert (desk.seen, bool(desk.tickets)) == (made, broken == "clean-up")
    assert "broken" in seen.excerpt


async def test_everything_is_cleaned_up_that_can_be(equipment: Equipment) -> None:
    """A step that is always made is made although one before it could not clean up."""
    desk = Desk()
    desk.broken = {"look", "clean-up"}
    async with desk.open() as url:
        again = replace(steps(url)[-1], id="again")
        seen = await tried(equipment, (*steps(url), again))
    assert desk.seen == ["log-in", "create", "look", "clean-up", "clean-up"]
    assert seen.detail.startswith("look: status: expected")


async def test_long_value_is_no_evidence(equipment: Equipment) -> None:
    """A token as long as a value may be is cut out, also where it stands across what is kept, again and again."""
    token = "".join(f"{number:04x}" for number in range(CAPTURED_CHARACTERS_MAX // 4))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        body = f'{{"token": "{token}"}}' if b"/first" in asked else f"said: {token} {token}" * 8
        writer.write(answer(200 if b"/first" in asked else 500, body=body.encode()))
        await writer.drain()

    async with serving(talk) as server:
        first = Step("first", HttpEndpoint(server.url("/first")), (Capture("token", Source.JSON, "$.token"),))
        second = Step("second", HttpEndpoint(server.url("/second")))
        seen = await tried(equipment, (first, second))
    assert seen.detail.startswith("second: status")
    assert seen.excerpt == "said: "
    assert [part for part in range(0, len(token) - 16, 16) if token[part : part + 16] in repr(seen)] == []


async def test_what_answers_said_is_no_evidence(equipment: Equipment) -> None:
    """Captured values may be tokens: they are cut out of what is kept."""
    desk = Desk()
    desk.broken = {"look"}
    async with desk.open() as url:
        seen = await tried(equipment, steps(url))
    told = "\n".join(explained(seen))
    assert "broken" in told
    assert "a-token" not in told
    assert PASSWORD not in told


async def test_refused_log_in_is_ours(equipment: Equipment) -> None:
    """401 to our password is an error, named by its step, and nothing follows."""
    desk = Desk()
    async with desk.open() as url:
        seen = await tried(equipment, steps(url, "an-old-password"))
    assert (seen.outcome, seen.reason, seen.status) == (Outcome.ERROR, Reason.ACCESS_REFUSED, 401)
    assert seen.detail.startswith("log-in: ")
    assert desk.seen == ["log-in"]


async def test_value_that_is_not_there_fails(equipment: Equipment) -> None:
    """An answer without what later steps need is a check that does not hold."""
    desk = Desk()
    async with desk.open() as url:
        first = steps(url)[0]
        wrong = Step("log-in", first.request, (Capture("token", Source.JSON, "$.session.token"),))
        seen = await tried(equipment, (wrong,))
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CHECK)
    assert seen.detail == "log-in: capture token: expected $.session.token, got (nothing)"


async def test_value_that_cannot_be_sent_fails(equipment: Equipment) -> None:
    """A value with a line break would end a header: the vendor's answer is invalid, and nothing is sent."""
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\nvalue=a\nX-Injected: 1"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(body)
        await writer.drain()

    async with serving(talk) as server:
        made = (
            Step("first", HttpEndpoint(server.url()), (Capture("v", Source.BODY, pattern=Pattern("(?s)value=(.*)")),)),
            Step("second", HttpEndpoint(server.url(), headers=(("X-V", "{{v}}"),))),
        )
        seen = await tried(equipment, made)
        assert server.connections == 1
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.ANSWER_INVALID)
    assert seen.detail.startswith("second: a captured value cannot be sent")


@pytest.mark.parametrize(
    ("path", "rest"), [("/{{v}}", {}), ("/", {"headers": (("X-V", "{{v}}"),)}), ("/", {"body": b"{{v}}"})]
)
async def test_value_that_is_no_text_fails(equipment: Equipment, path: str, rest: dict[str, Any]) -> None:
    """Half of a pair of surrogates (RFC 8259, section 8.2) can stand nowhere."""
    said = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"v": "\\ud800"}'
    async with http(said) as server:
        made = (
            Step("first", HttpEndpoint(server.url()), (Capture("v", Source.JSON, "$.v"),)),
            Step("second", HttpEndpoint(server.url(path), **rest)),
        )
        seen = await tried(equipment, made)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.ANSWER_INVALID)
    assert seen.detail == "second: a captured value cannot be sent: v is no text"


async def test_cookies_are_bounded(equipment: Equipment) -> None:
    """A server that sets ever more of them fills neither memory nor requests."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        cookies = "".join(f"Set-Cookie: c{len(requests)}-{number}=x\r\n" for number in range(100))
        writer.write(f"HTTP/1.1 200 OK\r\n{cookies}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()

    requests: list[bytes] = []
    async with serving(talk) as server:
        seen = await tried(equipment, tuple(Step(f"s{number}", HttpEndpoint(server.url())) for number in range(6)))
    assert seen.outcome is Outcome.PASS
    assert max(request.count(b"=x") for request in requests) == 150


@pytest.mark.parametrize(
    ("talk", "reason", "phase"),
    [
        (silence, Reason.ANSWER_TIMEOUT, Phase.ANSWER),
        (reset_after(b""), Reason.CONNECTION_RESET, Phase.ANSWER),
        (None, Reason.CONNECTION_REFUSED, Phase.TCP),
    ],
)
async def test_trouble_on_the_way_names_its_step(equipment: Equipment, talk: Any, reason: Reason, phase: Phase) -> None:
    """Silence, a reset, a closed port: the step is named, the checks before it are kept, and the last one cleans up."""
    desk = Desk()
    async with desk.open() as url, serving(talk or silence) as server:
        first, create, _, last = steps(url)
        with free_port() as closed:
            wrong = HttpEndpoint(server.url() if talk else f"http://127.0.0.1:{closed}/")
            seen = await tried(equipment, (first, create, Step("odd", wrong), last), 2 * limit(reason))
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, reason, phase)
    assert seen.detail.startswith("odd: ")
    assert seen.checks[0].check == "log-in: status"
    assert desk.tickets == {}


async def test_slow_step_is_degraded(equipment: Equipment) -> None:
    """Seconds are those of the step, beside it, and of the whole at the end."""
    desk = Desk()
    async with desk.open() as url:
        first = steps(url)[0]
        slow = HttpEndpoint(
            first.request.url, "POST", first.request.headers, first.request.body,
            checks=(SecondsBelow(1, Means.SLOW), BodyContains("token")),
        )  # fmt: skip
        seen = await tried(equipment, (Step("log-in", slow),), checks=(SecondsBelow(2, Means.NOTICE),))
    assert (seen.outcome, seen.degraded) == (Outcome.PASS, True)
    assert [(check.check, check.holds) for check in seen.checks] == [
        ("log-in: status", True),
        ("log-in: seconds_below", False),
        ("log-in: body_contains", True),
        ("seconds_below", False),
    ]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"v": "a\\"\\u00e4 &"}'),
        ("application/x-www-form-urlencoded", b'{"v": "a%22%C3%A4%20%26"}'),
        ("text/plain", '{"v": "a"ä &"}'.encode()),
    ],
)
def test_value_is_escaped_for_where_it_stands(kind: str, body: bytes) -> None:
    """JSON, forms and addresses each have their own escapes; a token is told as it is."""
    request = HttpEndpoint(
        "https://vendor.example/{{v}}?q={{v}}", "POST", (("Content-Type", kind),), b'{"v": "{{v}}"}',
        auth=Auth(AuthScheme.BEARER, secret="{{v}}"),
    )  # fmt: skip
    made = filled(request, {"v": 'a"ä &'})
    assert made.body == body
    assert made.url == "https://vendor.example/a%22%C3%A4%20%26?q=a%22%C3%A4%20%26"
    assert made.auth == Auth(AuthScheme.BEARER, secret='a"ä &')


def plain(name: str, url: str = "https://vendor.example/") -> Step:
    """A step that needs nothing."""
    return Step(name, HttpEndpoint(url))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: ScenarioEndpoint(()), "0 steps"),
        (lambda: ScenarioEndpoint(tuple(plain(f"s{n}") for n in range(STEPS_MAX + 1))), "51 steps"),
        (lambda: ScenarioEndpoint((plain("a"), plain("a"))), "two steps are named 'a'"),
        (lambda: ScenarioEndpoint((plain("a", "https://vendor.example/{{id}}"),)), "needs 'id'"),
        (lambda: plain("a", "https://{{host}}/"), "begins with a captured value"),
        (lambda: plain("A b"), "no name of a step"),
        (lambda: Capture("A", Source.BODY), "no name of a value"),
        (lambda: Capture("a", Source.JSON, "state"), "no JSON path"),
    ],
)
def test_scenario_that_could_not_be_played_is_refused(make: Any, why: str) -> None:
    """What could never work is a mistake of the file; above all, no answer says where a request goes."""
    with pytest.raises(ValueError, match=why):
        make()
