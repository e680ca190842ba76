"""What is made of an attempt by hand: the words about doubts and votes, and what a daemon answers about reports."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.probers.servers import free_port, http
from uptime_daemon.core.facts.attempt import Attempt, Vote
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.facts.probe import Probe
from uptime_daemon.core.time.instants import MINUTE, SECOND, parse_instant
from uptime_daemon.definitions.probes.vendor import ProbeDefinition
from uptime_daemon.probers.endpoints.streams import TcpEndpoint
from uptime_daemon.probers.push import Heard
from uptime_daemon.probers.trouble import AttemptError
from uptime_daemon.settings.values import Listen
from uptime_daemon.trying.once import Tried, told
from uptime_daemon.trying.reports import AskedReports, asked
from uptime_daemon.watch.sentinels import doubted

if TYPE_CHECKING:
    from collections.abc import Sequence

AT = parse_instant("2026-06-03T10:00:00Z")
TOKEN = "a-token-of-a-test-that-is-long"


def lines(reason: Reason, votes: Sequence[Vote]) -> list[str]:
    """What is told of a fail with this reason, as the sentinels make of it."""
    doubt = doubted(reason, votes)
    outcome = Outcome.ERROR if doubt else Outcome.FAIL
    seen = Observation("acme/it", "here", AT, outcome, doubt or reason, SECOND)
    attempt = Attempt(Outcome.FAIL, reason, SECOND, Phase.NAME, "Name or service not known")
    definition = ProbeDefinition(Probe("acme/it", "acme/all"), TcpEndpoint("vendor.example", 9), "tcp")
    return told(Tried(definition, seen, attempt, tuple(votes)))


def test_fail_that_stands_is_the_endpoints() -> None:
    """Somebody answers: the class of the outage, and how far our clock is from the sentinels'."""
    votes = (Vote("one", True, -SECOND // 4), Vote("two", True, SECOND, True), Vote("three", False))
    assert lines(Reason.NAME_NOT_FOUND, votes) == [
        "fail: name_not_found after 1 s, came as far as name",
        "  whose       the endpoint's: downtime once confirmed, of the class refused",
        "  why         Name or service not known",
        "  tried       tcp, host vendor.example, port 9, for at most 10 s",
        "  at          2026-06-03T10:00:00Z, from here",
        "  name        1 s, and not done",
        "  sentinel    one: answers, our clock is 0.25 s behind",
        "  sentinel    two: answers, our clock is 1 s ahead",
        "  sentinel    three: silent",
    ]


@pytest.mark.parametrize(
    ("votes", "reason", "why"),
    [
        ((Vote("one", False), Vote("two", False)), "sentinels", "no sentinel answers"),
        ((Vote("one", True), Vote("two", False, by_name=True)), "resolver", "our resolver denies"),
    ],
)
def test_doubted_fail_is_ours(votes: tuple[Vote, ...], reason: str, why: str) -> None:
    """What the prober saw stands beside what was made of it."""
    first, whose, because, saw, *_ = lines(Reason.NAME_NOT_FOUND, votes)
    assert first.startswith(f"error: {reason} after 1 s")
    assert whose.startswith("  whose       ours")
    assert because.startswith(f"  why         {why}")
    assert saw == "  doubted     the prober by itself saw fail: name_not_found: Name or service not known"


def test_certificate_that_our_own_network_may_show_is_ours() -> None:
    """One that breaks TLS open shows its own to the sentinels, too; that of a sentinel by address tells nothing."""
    votes = (Vote("one", True), Vote("two", False, by_name=True))
    first, _, because, *_ = lines(Reason.CERTIFICATE, votes)
    assert first.startswith("error: sentinels after 1 s")
    assert (
        because
        == "  why         no sentinel that has a name answers either: a network between may answer for everybody"
    )
    stands = lines(Reason.CERTIFICATE, (Vote("one", False), Vote("two", True, by_name=True)))
    assert stands[0].startswith("fail: certificate")
    assert lines(Reason.CERTIFICATE, (Vote("one", True), Vote("two", False)))[0].startswith("fail: certificate")


async def answered(status: str, body: bytes) -> AskedReports:
    """What a daemon's answer is taken for."""
    async with http(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body) as server:
        found = await asked(Listen("127.0.0.1", server.port), TOKEN)
        assert f"Authorization: Bearer {TOKEN}".encode() in server.requests[0]
    return replace(found, trouble=found.trouble.replace(str(server.port), "8990"))


async def test_daemon_says_what_it_heard() -> None:
    """Lengths come exact; without a report there is none."""
    body = b'{"listening_seconds": 60.000001, "age_seconds": 0.1, "state": "down", "message": "disk full"}'
    assert (await answered("200 OK", body)).heard(TOKEN) == Heard(MINUTE + 1, SECOND // 10, False, "disk full")
    body = b'{"listening_seconds": 60, "age_seconds": null, "state": null, "message": ""}'
    assert (await answered("200 OK", body)).heard(TOKEN) == Heard(MINUTE, None)


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        ("401 Unauthorized", b"{}", "that at http://127.0.0.1:8990 does not know this probe; reload it"),
        ("503 No", b"", "that at http://127.0.0.1:8990 answers 503"),
        ("200 OK", b"<html>", "none answers at http://127.0.0.1:8990"),
        ("200 OK", b"[]", "none answers at http://127.0.0.1:8990"),
        ("200 OK", b'{"age_seconds": "x", "listening_seconds": 1}', "none answers at http://127.0.0.1:8990"),
    ],
)
async def test_daemon_that_cannot_say_is_ours(status: str, body: bytes, why: str) -> None:
    """Whatever else listens there, nothing of it is the endpoint's fault."""
    with pytest.raises(AttemptError, match="only the running daemon hears reports") as error:
        (await answered(status, body)).heard(TOKEN)
    assert error.value.reason is Reason.PROBER
    assert error.value.detail.endswith(why)


async def test_every_address_is_asked_at_this_machine() -> None:
    """A listener of 0.0.0.0 is reached over loopback; one of IPv6 stands in brackets."""
    with free_port() as port:
        for host, shown in (("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")):
            found = await asyncio.wait_for(asked(Listen(host, port), TOKEN), 120)
            assert found.trouble.endswith(f"none answers at http://{shown}:{port}")
