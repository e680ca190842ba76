"""Who we are: passwords, tokens, client certificates and proxies, and what it means when they are turned down."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.probers.explaining import explained
from tests.probers.servers import alerting, deaf_port, free_port, http, reset_after, serving, silence
from tests.probers.test_http import OK, PATIENT_SECONDS, SHORT_SECONDS, answer, tried
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import MINUTE
from uptime_daemon.probers.digest import answer as digest_answer
from uptime_daemon.probers.digest import challenge
from uptime_daemon.probers.endpoints.conditions import StatusIs
from uptime_daemon.probers.endpoints.web import Auth, AuthScheme, HttpEndpoint
from uptime_daemon.probers.tls import Own

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.probers.conftest import KnownNames
    from uptime_daemon.probers.equipment import Equipment

    Contexts = Callable[[trustme.LeafCert | None], ssl.SSLContext]

pytestmark = pytest.mark.usefixtures("no_leak")

NOW = dt.datetime.now(dt.UTC)
PASSWORD = "a-password-of-a-test"


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (Auth(AuthScheme.BASIC, "probe", PASSWORD), b"Basic " + base64.b64encode(f"probe:{PASSWORD}".encode())),
        (Auth(AuthScheme.BEARER, secret=PASSWORD), b"Bearer " + PASSWORD.encode()),
    ],
)
async def test_who_we_are_is_told(equipment: Equipment, auth: Auth, sent: bytes) -> None:
    """A password or a token goes with the request, and nowhere else."""
    async with http(OK) as server:
        seen = await tried(equipment, server.url(), auth=auth)
    assert seen.outcome is Outcome.PASS
    assert b"Authorization: " + sent + b"\r\n" in server.requests[0]
    assert PASSWORD not in repr(HttpEndpoint("http://vendor.example/", auth=auth))


DIGEST = (
    b'HTTP/1.1 401 Who\r\nWWW-Authenticate: Digest realm="r", nonce="n-1", qop="auth", algorithm=SHA-256\r\n'
    b"Content-Length: 0\r\n\r\n"
)


async def test_digest_challenge_is_answered_once(equipment: Equipment) -> None:
    """The answer to the challenge is right, and the attempt passes."""
    async with http(DIGEST, OK) as server:
        seen = await tried(equipment, server.url("/a?b=c"), auth=Auth(AuthScheme.DIGEST, "probe", PASSWORD))
    assert (seen.outcome, server.connections) == (Outcome.PASS, 2)
    told = next(line for line in server.requests[1].decode().splitlines() if line.startswith("Authorization: "))
    cnonce = told.split('cnonce="')[1].split('"')[0]
    asked = challenge(['Digest realm="r", nonce="n-1", qop="auth", algorithm=SHA-256'])
    assert asked
    assert told == "Authorization: " + digest_answer(asked, "probe", PASSWORD, "GET", "/a?b=c", cnonce)


async def test_realm_that_is_no_text_is_given_back(equipment: Equipment) -> None:
    """Its bytes are hashed and sent as they came."""
    async with http(DIGEST.replace(b'realm="r"', b'realm="caf\xe9"'), OK) as server:
        seen = await tried(equipment, server.url(), auth=Auth(AuthScheme.DIGEST, "probe", PASSWORD))
    assert (seen.outcome, seen.detail) == (Outcome.PASS, "")
    assert b'realm="caf\xe9"' in server.requests[1]


async def test_digest_that_is_turned_down_is_ours(equipment: Equipment) -> None:
    """A server that goes on asking does not take our password: an error, after two requests and no more."""
    async with http(DIGEST) as server:
        seen = await tried(equipment, server.url(), auth=Auth(AuthScheme.DIGEST, "probe", PASSWORD))
    assert (seen.outcome, seen.reason, server.connections) == (Outcome.ERROR, Reason.ACCESS_REFUSED, 2)


async def test_digest_is_not_answered_to_another_server(equipment: Equipment) -> None:
    """Who is redirected to another server does not tell it a digest of the password, which could be guessed from it."""
    async with http(DIGEST, OK) as other, http(answer(302, f"Location: {other.url()}")) as server:
        seen = await tried(
            equipment,
            server.url(host="vendor.example"),
            follow_redirects=2,
            auth=Auth(AuthScheme.DIGEST, "probe", PASSWORD),
        )
    assert (seen.outcome, seen.reason, other.connections) == (Outcome.ERROR, Reason.ACCESS_REFUSED, 1)
    assert b"Authorization" not in other.requests[0]


async def test_digest_is_answered_anew_after_a_redirect(equipment: Equipment) -> None:
    """An answer holds for one address (RFC 7616, section 3.4); the address after it asks again."""
    async with http(DIGEST, answer(302, "Location: /there"), DIGEST, OK) as server:
        seen = await tried(
            equipment, server.url("/here"), follow_redirects=2, auth=Auth(AuthScheme.DIGEST, "probe", PASSWORD)
        )
    assert (seen.outcome, seen.detail) == (Outcome.PASS, "")
    assert [b"Authorization" in request for request in server.requests] == [False, True, False, True]
    assert b'uri="/there"' in server.requests[3]


async def test_user_of_the_address_is_told(equipment: Equipment) -> None:
    """A user and a password in the url go as Basic does (RFC 7617), escapes resolved."""
    async with http(OK) as server:
        seen = await tried(equipment, server.url().replace("//", "//probe:a%3Apass%2Fword@"))
    assert seen.outcome is Outcome.PASS
    assert b"Authorization: Basic " + base64.b64encode(b"probe:a:pass/word") + b"\r\n" in server.requests[0]


async def test_no_form_of_a_secret_is_kept(equipment: Equipment) -> None:
    """A page that shows our request shows neither what is packed of it nor a secret of many small words."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: %d\r\n\r\n%s" % (len(head), head))
        await writer.drain()

    async with serving(echo) as server:
        seen = await tried(
            equipment,
            server.url("/?key=a%2Bkey%2Bof%2Bours"),
            auth=Auth(AuthScheme.BASIC, "probe", PASSWORD),
            headers=(("X-Key", "ab:cd,ef=gh;ij"),),
        )
    assert seen.excerpt.startswith("GET /?*** HTTP/1.1")
    for part in ("Authorization: Basic ***", "X-Key: ***"):
        assert part in seen.excerpt


@pytest.mark.parametrize(
    "said", [answer(511), answer(400, body=b"<title>400 The SSL certificate error</title>")], ids=["511", "certificate"]
)
async def test_what_speaks_of_us_is_ours(equipment: Equipment, said: bytes) -> None:
    """A log-in page of our own network (RFC 6585, section 6), nginx's word of our certificate."""
    async with http(said) as server:
        seen = await tried(equipment, server.url())
        expected = await tried(equipment, server.url(), checks=(StatusIs((511, 400)),))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.ACCESS_REFUSED)
    assert expected.outcome is Outcome.PASS


def own(authority: trustme.CA, folder: Path, **rest: Any) -> str:
    """A PEM file of a certificate and its key."""
    certificate = authority.issue_cert("probe@example.org", **rest)
    file = folder / "own.pem"
    file.write_bytes(certificate.private_key_pem.bytes() + b"".join(c.bytes() for c in certificate.cert_chain_pems))
    return str(file)


@pytest.fixture
def demanding(authority: trustme.CA, server_context: Contexts) -> ssl.SSLContext:
    """The TLS side of a server that wants to see a certificate."""
    context = server_context(None)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    return context


async def test_client_certificate_is_shown(
    equipment: Equipment, authority: trustme.CA, demanding: ssl.SSLContext, ca_file: str, tmp_path: Path
) -> None:
    """A server that demands a certificate answers whoever shows a good one."""
    async with http(OK, context=demanding) as server:
        seen = await tried(
            equipment, server.url(scheme="https"), ca_file=ca_file, client_certificate=own(authority, tmp_path)
        )
    assert (seen.outcome, seen.detail) == (Outcome.PASS, "")


async def test_expired_client_certificate_is_ours(
    equipment: Equipment, authority: trustme.CA, demanding: ssl.SSLContext, ca_file: str, tmp_path: Path
) -> None:
    """A certificate of ours that has expired is told before anybody is asked."""
    expired = own(authority, tmp_path, not_before=NOW - dt.timedelta(9), not_after=NOW - dt.timedelta(1))
    async with http(OK, context=demanding) as server:
        seen = await tried(equipment, server.url(scheme="https"), ca_file=ca_file, client_certificate=expired)
    assert (seen.outcome, seen.reason, server.connections) == (Outcome.ERROR, Reason.ACCESS_REFUSED, 0)
    assert "our client certificate expired at" in seen.detail


async def test_client_certificate_that_expires_while_we_run(
    authority: trustme.CA, equipment: Equipment, ca_file: str, tmp_path: Path
) -> None:
    """The end is looked at in every attempt, not only when the file is read."""
    file = own(authority, tmp_path, not_after=NOW + dt.timedelta(hours=1))
    endpoint = HttpEndpoint("https://vendor.example/", ca_file=ca_file, client_certificate=file)
    assert equipment.context(endpoint) is equipment.context(endpoint)
    with pytest.raises(Exception, match="our client certificate expired"):
        equipment.tls.context(ca_file, (), Own(file, ""), equipment.clock.now() + 61 * MINUTE)


async def test_client_certificate_that_was_renewed_is_read_again(
    authority: trustme.CA, equipment: Equipment, demanding: ssl.SSLContext, ca_file: str, tmp_path: Path
) -> None:
    """Once it has ended, a new one in its file is shown without a reload."""
    file = own(authority, tmp_path, not_before=NOW - dt.timedelta(9), not_after=NOW - dt.timedelta(1))
    async with http(OK, context=demanding) as server:
        keys: dict[str, Any] = {"ca_file": ca_file, "client_certificate": file}
        late = await tried(equipment, server.url(scheme="https"), **keys)
        assert own(authority, tmp_path) == file
        seen = await tried(equipment, server.url(scheme="https"), **keys)
    assert (late.reason, seen.outcome, server.connections) == (Reason.ACCESS_REFUSED, Outcome.PASS, 1)


async def test_client_certificate_that_nobody_trusts_is_ours(
    equipment: Equipment, demanding: ssl.SSLContext, ca_file: str, tmp_path: Path
) -> None:
    """A server that says that it wants another certificate speaks of us."""
    demanding.maximum_version = ssl.TLSVersion.TLSv1_2
    stranger = own(trustme.CA(), tmp_path)
    with alerting(demanding) as server:
        seen = await tried(equipment, server.url(scheme="https"), ca_file=ca_file, client_certificate=stranger)
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.ACCESS_REFUSED)


@pytest.mark.parametrize("content", ["", "no certificate", None])
async def test_client_certificate_that_cannot_be_read_is_ours(
    equipment: Equipment, ca_file: str, tmp_path: Path, content: str | None
) -> None:
    """A file that is missing, empty or none is a mistake on our side."""
    file = tmp_path / "own.pem"
    if content is not None:
        file.write_text(content)
    seen = await tried(equipment, "https://127.0.0.1:1/", ca_file=ca_file, client_certificate=str(file))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
    assert "client_certificate" in seen.detail


def proxy(*, port: int = 0, answer: bytes = b"HTTP/1.1 200 Go on\r\n\r\n") -> Any:
    """A proxy that answers CONNECT so and, if it is well, joins both sides."""

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if b" 200 " in answer:
            further, back = await asyncio.open_connection("127.0.0.1", port)
            try:
                await asyncio.gather(joined(reader, back), joined(further, writer))
            finally:
                back.transport.abort()

    heads: list[bytes] = []
    talk.heads = heads  # type: ignore[attr-defined] # what the test looks at
    return talk


async def test_request_goes_through_the_proxy(
    equipment: Equipment, names: KnownNames, server_context: Contexts, ca_file: str
) -> None:
    """TLS is spoken with the endpoint, whose name only the proxy looks up; our password is told to the proxy alone."""
    async with http(OK, context=server_context(None)) as server:
        talk = proxy(port=server.port)
        async with serving(talk) as between:
            seen = await tried(
                equipment,
                "https://vendor.example/x",
                ca_file=ca_file,
                proxy=f"http://probe:{PASSWORD}@127.0.0.1:{between.port}",
            )
    assert (seen.outcome, seen.certificate_subject != "") == (Outcome.PASS, True)
    assert names.asked == ["127.0.0.1"]
    assert talk.heads[0].startswith(b"CONNECT vendor.example:443 HTTP/1.1\r\nHost: vendor.example:443\r\n")
    assert b"Proxy-Authorization: Basic " in talk.heads[0]
    assert b"Proxy-Authorization" not in server.requests[0]
    assert PASSWORD not in "\n".join(explained(seen))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 407 Who\r\n\r\n", Reason.ACCESS_REFUSED),
        (b"HTTP/1.1 403 No\r\n\r\n", Reason.ACCESS_REFUSED),
        (b"HTTP/1.1 502 Bad\r\n\r\n", Reason.NO_ROUTE),
        (b"HTTP/1.1 504 Late\r\n\r\n", Reason.NO_ROUTE),
        (b"SSH-2.0-x\r\n\r\n", Reason.NO_ROUTE),
        (b"", Reason.NO_ROUTE),
        (b"HTTP/1.1 200 " + b"x" * 20_000, Reason.NO_ROUTE),
    ],
)
async def test_proxy_that_does_not_connect_is_ours(equipment: Equipment, answer: bytes, reason: Reason) -> None:
    """Whatever a proxy says instead of connecting, nothing is claimed from the vendor."""
    async with serving(proxy(answer=answer)) as between:
        seen = await tried(equipment, "http://vendor.example/", proxy=between.url(""))
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, reason)


async def test_proxy_that_cannot_be_reached_is_ours(equipment: Equipment) -> None:
    """A proxy that refuses, resets, or is silent in any phase says nothing about the vendor."""
    with free_port() as closed, deaf_port() as deaf:
        for port, seconds in ((closed, PATIENT_SECONDS), (deaf, SHORT_SECONDS)):
            seen = await tried(equipment, "http://vendor.example/", seconds, proxy=f"http://127.0.0.1:{port}")
            assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.NO_ROUTE)
    for talk, seconds in ((silence, SHORT_SECONDS), (reset_after(b""), PATIENT_SECONDS)):
        async with serving(talk) as between:
            seen = await tried(equipment, "http://vendor.example/", seconds, proxy=between.url(""))
            assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.NO_ROUTE)


@pytest.mark.parametrize(
    "inside", ["127.0.0.1:8080", "169.254.169.254", "localhost:9", "metadata.google.internal", "db"]
)
async def test_proxy_is_not_led_inward(equipment: Equipment, inside: str) -> None:
    """A vendor's redirect does not have our proxy ask itself or the network that it stands in."""
    async with http(answer(302, f"Location: http://{inside}/")) as server, serving(proxy(port=server.port)) as between:
        seen = await tried(equipment, "http://vendor.example/", proxy=between.url(""), follow_redirects=3)
    assert (seen.outcome, seen.reason, between.connections) == (Outcome.FAIL, Reason.REDIRECT, 1)


async def test_endpoint_behind_the_proxy_that_is_silent_fails(equipment: Equipment) -> None:
    """Once the tunnel stands, silence is the vendor's again."""
    async with serving(silence) as server, serving(proxy(port=server.port)) as between:
        seen = await tried(equipment, "http://vendor.example/", seconds=SHORT_SECONDS, proxy=between.url(""))
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.ANSWER_TIMEOUT)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"proxy": "https://proxy.example:3128"}, "in the clear"),
        ({"auth": Auth(AuthScheme.BASIC, "a", "b"), "headers": (("authorization", "x"),)}, "say the same"),
    ],
)
def test_endpoint_that_contradicts_itself_is_refused(keys: dict[str, Any], why: str) -> None:
    """Two passwords, or a proxy over TLS, are mistakes of the file."""
    with pytest.raises(ValueError, match=why):
        HttpEndpoint("http://vendor.example/", **keys)


def test_password_must_fit_its_header() -> None:
    """A line break would end the header, a colon the user."""
    with pytest.raises(ValueError, match="line break"):
        Auth(AuthScheme.BEARER, secret="a\nb")
    with pytest.raises(ValueError, match="colon"):
        Auth(AuthScheme.BASIC, "a:b", "c")
