"""Notices as real receivers get them: signed, never redirected, within bounds, and only where they may go."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import pytest
import trustme
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.delivery.servers import Password
from tests.delivery.test_outbox import NOW, ListedOutbox, StillClock
from uptime_daemon.addresses import PrivateAddressError, is_public, refuse_private
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND, Duration
from uptime_daemon.delivery import webhooks
from uptime_daemon.delivery.fate import Fate, Talk
from uptime_daemon.delivery.heartbeat import Heart, beat
from uptime_daemon.delivery.http import Address
from uptime_daemon.delivery.outbox import deliver_due
from uptime_daemon.delivery.ports import DueNotice
from uptime_daemon.delivery.webhooks import PATIENCE, Receiver, SigningSecretError, by_webhook, post, signing_key

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
FORMER = "whsec_" + base64.b64encode(bytes(range(32, 64))).decode()
BODY = b'{"type":"outage.started","data":{"group":"hlas \xc5\xbe"}}'


def _given(heart: Heart) -> Heart:
    return heart


@dataclass
class Inbox:
    """A receiver that keeps what it is sent."""

    status: int = 204
    location: str | None = None
    wait_seconds: float = 0
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Keep the delivery and answer as told."""
        self.received.append((request.path, dict(request.headers), await request.read()))
        await asyncio.sleep(self.wait_seconds)
        return web.Response(status=self.status, headers={"Location": self.location} if self.location else None)


@asynccontextmanager
async def listening(inbox: Inbox, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The address at which an inbox really listens."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", inbox.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/hook"
    finally:
        await runner.cleanup()


def receiver(url: str, *secrets: str, private: bool = True) -> Receiver:
    """A receiver that may stand on this machine."""
    return Receiver(Address(url, private), tuple(Password(each) for each in secrets or (SECRET,)))


def now() -> int:
    """The wall clock, for the library of receivers refuses what is older than five minutes."""
    return int(datetime.now(UTC).timestamp()) * SECOND


async def test_a_library_of_receivers_verifies_what_we_sign() -> None:
    """The body arrives byte for byte, and the specification's own library takes it under its id."""
    async with listening(inbox := Inbox()) as url:
        assert await post(receiver(url), "evt_1", BODY, now()) == Talk(Fate.SENT, "204 No Content")
    ((path, headers, body),) = inbox.received
    assert (path, body, headers["Content-Type"], headers["webhook-id"]) == ("/hook", BODY, "application/json", "evt_1")
    assert Webhook(SECRET).verify(body, headers) == json.loads(BODY)
    for forged in (body + b" ", body.replace(b"started", b"ended")):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(forged, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, headers | {"webhook-id": "evt_2"})


async def test_while_a_secret_is_exchanged_both_are_good() -> None:
    """A receiver that still has the former secret and one that has the new one both take the delivery."""
    async with listening(inbox := Inbox()) as url:
        await post(receiver(url, SECRET, FORMER), "evt_1", BODY, now())
    ((_, headers, body),) = inbox.received
    for secret in (SECRET, FORMER):
        assert Webhook(secret).verify(body, headers)


@pytest.mark.parametrize(
    ("status", "fate"),
    [(200, Fate.SENT), (202, Fate.SENT), (301, Fate.LATER), (400, Fate.LATER), (410, Fate.REFUSED), (503, Fate.LATER)],
)
async def test_only_two_hundreds_are_a_yes(status: int, fate: Fate) -> None:
    """A receiver that is gone for good says 410; what else it says may be mended."""
    async with listening(Inbox(status)) as url:
        assert (await post(receiver(url), "e", BODY, NOW)).fate is fate


async def test_a_redirect_leads_nowhere() -> None:
    """What is signed for one address is not taken to another one."""
    async with listening(other := Inbox()) as elsewhere, listening(Inbox(307, elsewhere)) as url:
        assert await post(receiver(url), "e", BODY, NOW) == Talk(Fate.LATER, "307 Temporary Redirect")
    assert other.received == []


async def test_a_slow_receiver_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a bound, and the notice waits for its next turn."""
    monkeypatch.setattr(webhooks, "ANSWER_SECONDS", 0.2)
    async with listening(Inbox(wait_seconds=5)) as url:
        assert await post(receiver(url), "e", BODY, NOW) == Talk(Fate.LATER, "no answer within 0.2 s")


async def test_nobody_there_and_a_stranger_there() -> None:
    """A closed port and a certificate that nobody we trust has signed are trouble for later, and name no path."""
    async with listening(Inbox()) as url:
        closed = url
    refused = await post(receiver(closed), "e", BODY, NOW)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with listening(inbox := Inbox(), context) as url:
        strange = await post(receiver(url), "e", BODY, NOW)
    assert refused.fate is strange.fate is Fate.LATER
    assert "certificate" in strange.reply.lower()
    assert "/hook" not in refused.reply + strange.reply
    assert inbox.received == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/hook",
        "http://127.1:{port}/hook",
        "http://[::ffff:127.0.0.1]:{port}/hook",
        "http://localhost:{port}/hook",
        "http://0.0.0.0:{port}/hook",
    ],
)
async def test_a_private_address_is_not_spoken_to(url: str) -> None:
    """Unless it is meant to be, nothing of a notice reaches this machine or a network behind us."""
    async with listening(inbox := Inbox()) as real:
        port = real.rpartition(":")[2].partition("/")[0]
        talk = await post(receiver(url.format(port=port), private=False), "e", BODY, NOW)
    assert talk.fate is Fate.LATER
    assert "is not of the public internet; write private: true" in talk.reply
    assert inbox.received == []


async def test_a_name_that_leads_inside_is_not_spoken_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public name with a private address: the check is made on what is connected to, whatever the name was before."""
    async with listening(inbox := Inbox()) as real:
        port = int(real.rpartition(":")[2].partition("/")[0])

        async def rebound(*_: object, **__: object) -> list[object]:
            return [(2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebound)
        talk = await post(receiver(f"http://hooks.example:{port}/", private=False), "e", BODY, NOW)
    assert "hooks.example is not of the public internet" in talk.reply
    assert inbox.received == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("9.9.9.9", True),
        ("2620:fe::fe", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:a00:1::1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::909:909", True),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    """Private, shared, link-local and group addresses are not, however they are wrapped."""
    assert is_public(address) is public


def test_a_public_url_is_left_alone() -> None:
    """A name is judged when it is looked up."""
    refuse_private("https://hooks.acme.example/x")
    with pytest.raises(PrivateAddressError):
        refuse_private("https://169.254.169.254/latest")


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_%%%", "whsec_" + "QUJD", SECRET.removeprefix("whsec_"), "x" * 40]
)
def test_a_weak_secret_is_refused(text: str) -> None:
    """A secret has 24 bytes at least and says how to make one."""
    with pytest.raises(SigningSecretError, match=r"make one: echo whsec_\$\(openssl rand -base64 32\)"):
        signing_key(text)


async def test_one_failure_leaves_the_rest_of_a_pass_alone() -> None:
    """A receiver that does not answer is asked once a pass, not once a notice; the first waits five seconds more."""
    async with listening(inbox := Inbox(503)) as url:
        outbox = ListedOutbox([DueNotice(1, "e1", BODY, 0), DueNotice(2, "e2", BODY, 0)])
        await deliver_due(outbox, by_webhook(receiver(url), StillClock()), StillClock(), lambda _: None)
    assert len(inbox.received) == 1
    assert outbox.fates == ["later 5"]


def test_patience_lasts_over_a_weekend() -> None:
    """All waits together come to three days."""
    total = sum(PATIENCE.delay(attempts) for attempts in range(1, PATIENCE.attempts_max))
    assert 3 * DAY - HOUR < total < 3 * DAY + HOUR


async def test_a_heart_beats_only_while_the_work_is_done() -> None:
    """Three beats, of which the one in the middle is withheld because the daemon is not ready."""
    reasons = iter([[], ["the database takes nothing"], []])
    told: list[Talk] = []

    class Clock(StillClock):
        async def sleep(self, duration: Duration) -> None:
            """End after the third beat."""
            await super().sleep(duration)
            if len(self.waits) == 3:
                raise KeyboardInterrupt

    async with listening(inbox := Inbox(200)) as url:
        with pytest.raises(KeyboardInterrupt):
            await beat(lambda: Heart(Address(url, private=True)), Clock(), lambda: next(reasons), told.append)
    assert [path for path, _, _ in inbox.received] == ["/hook", "/hook"]
    assert told == [Talk(Fate.SENT, "200 OK")] * 2


async def test_a_heart_that_nobody_hears_says_so() -> None:
    """Neither a redirect nor a private address is a sign of life that arrived."""
    told: list[Talk] = []

    class Once(StillClock):
        async def sleep(self, _: Duration) -> None:
            """End after the first beat."""
            raise KeyboardInterrupt

    async with listening(Inbox(302, "http://127.0.0.1:9/")) as url:
        for heart in (Heart(Address(url, private=True)), Heart(Address(url))):
            with pytest.raises(KeyboardInterrupt):
                await beat(partial(_given, heart), Once(), list, told.append)
    assert [each.fate for each in told] == [Fate.LATER, Fate.LATER]
    assert told[0].reply == "302 Found"
    assert "not of the public internet" in told[1].reply
