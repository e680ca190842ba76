"""Where redirects lead and where they must not: loops, other schemes, the network that the prober stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from yarl import URL

from tests.probers.servers import http, serving
from tests.probers.test_http import OK, answer, tried
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.probers.ports import Address
from uptime_daemon.probers.redirects import Reach, reach, reach_of_name, refuse_inward, target
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    import asyncio

    from tests.probers.conftest import KnownNames
    from uptime_daemon.probers.equipment import Equipment

pytestmark = pytest.mark.usefixtures("no_leak")


async def test_redirects_are_followed_as_often_as_allowed(equipment: Equipment) -> None:
    """Two redirects are followed where two are allowed; each hop is a connection of its own; a POST becomes a GET."""
    hops = (answer(302, "Location: /two"), answer(303, "Location: three"), OK)
    async with http(*hops) as server:
        seen = await tried(equipment, server.url("/one"), follow_redirects=2, method="POST", body=b"x=1")
    assert (seen.outcome, seen.status, server.connections) == (Outcome.PASS, 200, 3)
    assert (seen.redirects, seen.version, seen.tls_version) == (2, "1.1", "")
    assert [request.split(b" HTTP")[0] for request in server.requests] == [b"POST /one", b"GET /two", b"GET /three"]


async def test_redirect_loop_fails(equipment: Equipment) -> None:
    """A loop ends with the last allowed redirect."""
    async with http(answer(301, "Location: /round")) as server:
        seen = await tried(equipment, server.url("/round"), follow_redirects=5)
    assert (seen.outcome, seen.reason, seen.status) == (Outcome.FAIL, Reason.REDIRECT, 301)
    assert seen.detail == "more than 5 redirects"
    assert server.connections == 6


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "gopher://vendor.example/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://10.0.0.1/",
        "http://[64:ff9b::a00:1]/",
        "http://100.100.100.200/",
        "http://metadata.vendor.example/",
        "http://vendor.example:99999/",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 127}example/",
        "http://a..b/",
        "http://[::1]@/",
    ],
)
async def test_redirect_inward_is_refused_without_a_connection(
    equipment: Equipment, names: KnownNames, location: str
) -> None:
    """A vendor's answer does not make the prober ask its own network, metadata services or files."""
    names.names["metadata.vendor.example"] = ["169.254.169.254"]
    async with http(answer(302, f"Location: {location}")) as server:
        seen = await tried(equipment, server.url(), follow_redirects=3)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.REDIRECT)
    assert seen.phase in {Phase.NAME, Phase.ANSWER}
    assert seen.detail.startswith("redirects to ")
    assert server.connections == 1


async def test_redirect_inward_can_be_allowed(equipment: Equipment, names: KnownNames) -> None:
    """With `allow_private` the target is tried; here it has no way from here."""
    names.names["inside.example"] = [Address(2, "127.255.255.255", 9)]
    async with http(answer(302, "Location: http://inside.example/")) as server:
        refused = await tried(equipment, server.url(), follow_redirects=1)
        names.names["inside.example"] = ["224.0.0.1"]
        tried_anyway = await tried(equipment, server.url(), follow_redirects=1, allow_private=True)
    assert refused.reason is not Reason.REDIRECT  # loopback, as near as the endpoint itself
    assert (tried_anyway.outcome, tried_anyway.reason, tried_anyway.phase) == (
        Outcome.ERROR,
        Reason.NO_ROUTE,
        Phase.ROUTE,
    )


async def test_secrets_do_not_travel_to_another_server(equipment: Equipment) -> None:
    """Headers of an endpoint are sent to its own origin alone; the same origin gets them again."""
    async with (
        http(OK) as other,
        http(answer(302, "Location: /again"), answer(302, f"Location: {other.url()}")) as server,
    ):
        seen = await tried(
            equipment,
            server.url(host="vendor.example"),
            follow_redirects=3,
            headers=(("Authorization", "Bearer of-a-secret"),),
        )
    assert seen.outcome is Outcome.PASS
    assert [b"of-a-secret" in request for request in server.requests] == [True, True]
    assert b"of-a-secret" not in other.requests[0]


async def test_body_does_not_travel_to_another_server(equipment: Equipment) -> None:
    """A 307 asks to send the body again; to another server it is not sent."""
    async with http(answer(307, "Location: http://other.example:1/?q=secret")) as server:
        seen = await tried(equipment, server.url(), follow_redirects=3, method="POST", body=b"pin")
    assert (seen.reason, "secret" in seen.detail) == (Reason.REDIRECT, False)


async def test_cookies_of_a_login_are_kept_within_the_attempt(equipment: Equipment) -> None:
    """A cookie that a redirect sets comes along to its target, and to no later attempt's start."""
    hops = (answer(302, "Set-Cookie: session=1", "Location: /home"), OK)
    async with http(*hops, *hops) as server:
        await tried(equipment, server.url(host="vendor.example"), follow_redirects=1)
        await tried(equipment, server.url(host="vendor.example"), follow_redirects=1)
    assert [b"Cookie: session=1" in request for request in server.requests] == [False, True, False, True]


async def test_cookies_of_an_address_are_kept_too(equipment: Equipment) -> None:
    """A log-in at a server that has no name would go round for ever without them."""
    async with http(answer(302, "Set-Cookie: session=1", "Location: /home"), OK) as server:
        await tried(equipment, server.url(), follow_redirects=1)
    assert b"Cookie: session=1" in server.requests[1]


async def test_odd_cookies_are_not_spoken_of(equipment: Equipment, caplog: pytest.LogCaptureFixture) -> None:
    """A vendor does not write into our log."""
    async with http(answer(302, "Set-Cookie: : a=1; b=2", "Location: /home"), OK) as server:
        seen = await tried(equipment, server.url(), follow_redirects=1)
    assert (seen.outcome, caplog.records) == (Outcome.PASS, [])


async def test_redirect_without_a_place_is_an_answer(equipment: Equipment) -> None:
    """A 302 that says nowhere cannot be followed, so its status counts."""
    async with http(answer(302)) as server:
        seen = await tried(equipment, server.url(), follow_redirects=3)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.STATUS)


async def test_body_of_a_redirect_is_not_read(equipment: Equipment) -> None:
    """A redirect with an endless body is followed at once."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        if b"/there" in asked:
            writer.write(OK)
            return await writer.drain()
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with serving(talk) as server:
        seen = await tried(equipment, server.url(), follow_redirects=1)
    assert seen.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", Reach.LOOPBACK),
        ("0.0.0.0", Reach.LOOPBACK),
        ("::1", Reach.LOOPBACK),
        ("::ffff:127.0.0.1", Reach.LOOPBACK),
        ("2002:7f00:1::", Reach.LOOPBACK),
        ("169.254.169.254", Reach.LINK_LOCAL),
        ("168.63.129.16", Reach.LINK_LOCAL),
        ("fe80::1", Reach.LINK_LOCAL),
        ("fe80::1%eth0", Reach.LINK_LOCAL),
        ("192.168.1.1", Reach.PRIVATE),
        ("100.64.0.1", Reach.PRIVATE),
        ("fd00:ec2::254", Reach.PRIVATE),
        ("224.0.0.1", Reach.PRIVATE),
        ("64:ff9b::a9fe:a9fe", Reach.LINK_LOCAL),
        ("9.9.9.9", Reach.PUBLIC),
        ("2620:fe::fe", Reach.PUBLIC),
        ("64:ff9b::909:909", Reach.PUBLIC),
    ],
)
def test_reach(host: str, expected: Reach) -> None:
    """How near an address is, also where one kind of address carries another."""
    assert reach(host) is expected


@pytest.mark.parametrize("near", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1"])
def test_public_endpoint_is_never_led_inward(near: str) -> None:
    """One near address among those of a name is enough to refuse it."""
    reaches = [reach("9.9.9.9"), reach(near)]
    with pytest.raises(AttemptError, match="which is not followed"):
        refuse_inward(URL("http://inside.example/"), reaches, {Reach.PUBLIC})
    refuse_inward(URL("http://vendor.example/"), reaches[:1], {Reach.PUBLIC})


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", Reach.LOOPBACK),
        ("a.LOCALHOST.", Reach.LOOPBACK),
        ("127.0.0.1", Reach.LOOPBACK),
        ("router", Reach.PRIVATE),
        ("nas.local", Reach.PRIVATE),
        ("metadata.google.internal", Reach.PRIVATE),
        ("vendor.example", Reach.PUBLIC),
    ],
)
def test_reach_of_a_name(host: str, expected: Reach) -> None:
    """What can be told of a name that somebody else looks up."""
    assert reach_of_name(host) is expected


def test_tls_is_not_left() -> None:
    """A redirect from https to http is refused, the other way is not."""
    assert target(URL("http://a.example/x"), "https://a.example/").scheme == "https"
    with pytest.raises(AttemptError, match=r"http://a\.example/, which is not followed"):
        target(URL("https://a.example/x"), "http://user:pass@a.example/?token=t")
