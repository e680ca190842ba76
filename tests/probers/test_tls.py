"""What TLS says of a vendor: certificates of every wrong sort, handshakes that stall or break, the chain's end."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
import trustme

from tests.ports import free_ports
from tests.probers import real
from tests.probers.peers import listens, running
from tests.probers.servers import alerting, http, reset_after, serving, silence
from tests.probers.test_http import OK, SHORT_SECONDS, tried
from uptime_daemon.core.facts.attempt import Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import instant, parse_instant
from uptime_daemon.probers.endpoints.conditions import CertificateDaysAbove
from uptime_daemon.probers.progress import Progress
from uptime_daemon.probers.tls import TlsContexts
from uptime_daemon.probers.tls import _certificates as certificates_of
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.ports import Clock

    Contexts = Callable[[trustme.LeafCert | None], ssl.SSLContext]

pytestmark = pytest.mark.usefixtures("no_leak")

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
LONG_AGO, YESTERDAY, SOON = NOW - dt.timedelta(400), NOW - dt.timedelta(1), NOW + dt.timedelta(9.5)


async def test_good_certificate_passes_and_is_told(
    equipment: Equipment, authority: trustme.CA, server_context: Contexts, ca_file: str
) -> None:
    """A trusted certificate passes; its subject and the first end in the vendor's chain are kept."""
    middle = authority.create_child_ca()
    certificate = middle.issue_cert("vendor.example", common_name="vendor.example", not_after=SOON)
    async with http(OK, context=server_context(certificate)) as server:
        seen = await tried(
            equipment,
            server.url(scheme="https", host="vendor.example"),
            ca_file=ca_file,
            checks=(CertificateDaysAbove(9), CertificateDaysAbove(10, Means.NOTICE)),
        )
    assert seen.outcome is Outcome.PASS
    assert [phase for phase, _ in seen.phases] == [Phase.NAME, Phase.TCP, Phase.TLS, Phase.ANSWER]
    assert (seen.certificate_subject, seen.certificate_end) == ("vendor.example", instant(SOON))
    assert (seen.tls_version, seen.version, seen.redirects) == ("TLS 1.3", "1.1", 0)
    assert [(check.actual, check.holds) for check in seen.checks[1:]] == [("9", True), ("9", False)]


def test_certificate_without_a_subject_is_known_by_its_names() -> None:
    """Authorities leave the subject empty by now; a host is named among the alternative names."""
    told = {"subject": (), "subjectAltName": (("DNS", "vendor.example"), ("DNS", "www.vendor.example"))}
    seen = certificates_of([{**told, "notAfter": "Jan  2 03:04:05 2027 GMT"}])
    assert seen is not None
    assert (seen.subject, seen.end) == ("vendor.example, www.vendor.example", parse_instant("2027-01-02T03:04:05Z"))


def test_reading_authorities_is_nobodys_slowness() -> None:
    """The authorities of the system are read once, at the first attempt, and that is no phase of the endpoint."""
    readings = iter((2, 9, 10))
    progress = Progress(cast("Clock", SimpleNamespace(elapsed=lambda: next(readings))), started=1, entered=1)
    assert progress.prepared(lambda: "made") == "made"
    progress.finish()
    assert (progress.took, progress.spent) == (2, {Phase.NAME: 2})


def wrong_certificates(authority: trustme.CA) -> dict[str, tuple[trustme.LeafCert, str, str]]:
    """Every sort of wrong certificate, the host that is asked, and the words that tell what is wrong."""
    good = "vendor.example"
    return {
        "expired": (authority.issue_cert(good, not_before=LONG_AGO, not_after=YESTERDAY), good, "expired"),
        "not yet valid": (authority.issue_cert(good, not_before=SOON), good, "not yet valid"),
        "wrong host": (authority.issue_cert("other.example"), good, "Hostname mismatch"),
        "wrong address": (authority.issue_cert("10.0.0.1"), "127.0.0.1", "IP address mismatch"),
        "unknown authority": (trustme.CA().issue_cert(good), good, "unable to get local issuer"),
        "self-signed": (self_signed(), good, "self-signed"),
    }


def self_signed() -> trustme.LeafCert:
    """An authority's own certificate in the place of a server's."""
    stranger = trustme.CA()
    pem = stranger.cert_pem.bytes()
    return trustme.LeafCert(stranger.private_key_pem.bytes(), pem, [])


@pytest.mark.parametrize(
    "wrong", ["expired", "not yet valid", "wrong host", "wrong address", "unknown authority", "self-signed"]
)
async def test_wrong_certificate_is_the_vendors(
    equipment: Equipment, authority: trustme.CA, server_context: Contexts, ca_file: str, wrong: str
) -> None:
    """A certificate that does not verify fails, and what it said is kept as evidence."""
    certificate, host, words = wrong_certificates(authority)[wrong]
    async with http(OK, context=server_context(certificate)) as server:
        seen = await tried(equipment, server.url(scheme="https", host=host), ca_file=ca_file)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.CERTIFICATE, Phase.TLS)
    assert words in seen.detail
    assert seen.certificate_subject
    if wrong == "expired":
        assert seen.certificate_end == instant(YESTERDAY)
    assert server.requests == []


async def test_system_authorities_do_not_know_the_tests(equipment: Equipment, server_context: Contexts) -> None:
    """Without a ca_file the system's authorities decide."""
    async with http(OK, context=server_context(None)) as server:
        seen = await tried(equipment, server.url(scheme="https"))
    assert seen.reason is Reason.CERTIFICATE


async def test_stalled_handshake_is_silence(equipment: Equipment, ca_file: str) -> None:
    """A server that takes the connection and never shakes hands is silent in the phase TLS."""
    async with serving(silence) as server:
        seen = await tried(equipment, server.url(scheme="https"), SHORT_SECONDS, ca_file=ca_file)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.CONNECT_TIMEOUT, Phase.TLS)


async def test_no_tls_there(equipment: Equipment, ca_file: str) -> None:
    """A server that talks something else breaks the handshake."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.vendor.example ESMTP\r\n")
        await reader.read(100)

    async with serving(talk) as server:
        seen = await tried(equipment, server.url(scheme="https"), ca_file=ca_file)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.TLS_FAILED, Phase.TLS)


@pytest.mark.parametrize("ending", ["reset", "closed"])
async def test_connection_lost_in_the_handshake(equipment: Equipment, ca_file: str, ending: str) -> None:
    """A handshake that ends with the connection is a reset in the phase TLS."""

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write_eof()

    async with serving(reset_after(b"", asked=False) if ending == "reset" else close) as server:
        seen = await tried(equipment, server.url(scheme="https"), ca_file=ca_file)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.CONNECTION_RESET, Phase.TLS)


async def test_no_common_version(equipment: Equipment, server_context: Contexts, ca_file: str) -> None:
    """A server that offers nothing we accept fails in TLS, not as refused access."""
    context = server_context(None)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # the certificate's key is of another kind
    with alerting(context) as server:
        seen = await tried(equipment, server.url(scheme="https"), ca_file=ca_file)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.TLS_FAILED)


async def test_missing_client_certificate_is_ours(
    equipment: Equipment, authority: trustme.CA, server_context: Contexts, ca_file: str
) -> None:
    """A server that asks for a client certificate that we do not have refuses access; it is not down."""
    context = server_context(None)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    with alerting(context) as server:
        seen = await tried(equipment, server.url(scheme="https"), ca_file=ca_file)
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.ACCESS_REFUSED)


async def test_secure_answer_cut_short(equipment: Equipment, server_context: Contexts, ca_file: str) -> None:
    """A reset within an answer over TLS is a reset."""
    talk = reset_after(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    async with serving(talk, server_context(None)) as server:
        seen = await tried(equipment, server.url(scheme="https"), ca_file=ca_file)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.FAIL, Reason.CONNECTION_RESET, Phase.ANSWER)


async def test_missing_ca_file_is_our_mistake(equipment: Equipment, server_context: Contexts, tmp_path: Path) -> None:
    """Authorities that cannot be read make no verdict about the vendor."""
    empty = tmp_path / "empty.pem"
    empty.touch()
    async with http(OK, context=server_context(None)) as server:
        for ca_file in (empty, tmp_path / "missing.pem"):
            seen = await tried(equipment, server.url(scheme="https"), ca_file=str(ca_file))
            assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
            assert "ca_file" in seen.detail


def test_machine_without_authorities_is_our_mistake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no authority is installed every certificate would look wrong, so nothing is judged."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    with pytest.raises(AttemptError, match="ca-certificates") as trouble:
        TlsContexts().context()
    assert trouble.value.reason is Reason.PROBER


def test_context_is_made_once(ca_file: str) -> None:
    """Each setting has one context; loading authorities anew would cost more than the attempt."""
    contexts = TlsContexts()
    assert contexts.context(ca_file) is contexts.context(ca_file)
    assert contexts.context(ca_file) is not contexts.context(ca_file, ("http/1.1",))


@pytest.mark.needs_command("openssl")
async def test_server_of_another_protocol_is_none_of_the_vendors_faults(
    equipment: Equipment, authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    """OpenSSL's server that takes HTTP/2 alone refuses a client that speaks HTTP/1.1 (RFC 7301, section 3.2)."""
    real.certificate(authority, tmp_path)
    (port,) = free_ports(1)
    command = ["openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-alpn", "h2"]
    command += ["-cert", "certificate.pem", "-key", "key.pem"]
    with running(command, tmp_path, partial(listens, port)):
        seen = await tried(equipment, f"https://127.0.0.1:{port}/", ca_file=ca_file)
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.PROBER)
    assert "HTTP/2" in seen.detail
