"""What a TLS attempt says: the handshake, the certificate's end and subject, the name that is asked for."""

from __future__ import annotations

import datetime as dt
import ssl
import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.probers.explaining import explained
from tests.probers.servers import deaf_port, serving, silence
from tests.probers.test_http import GRACE_SECONDS, PATIENT_SECONDS, SHORT_SECONDS
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import CertificateDaysAbove, CertificateSubjectMatches, SecondsBelow
from uptime_daemon.probers.endpoints.streams import TlsEndpoint
from uptime_daemon.probers.handshake import attempt
from uptime_daemon.probers.patterns import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from uptime_daemon.probers.equipment import Equipment

    Contexts = Callable[[trustme.LeafCert | None], ssl.SSLContext]

pytestmark = pytest.mark.usefixtures("no_leak")

SOON = dt.datetime.now(dt.UTC) + dt.timedelta(9.5)


async def tried(
    equipment: Equipment, port: int, host: str = "127.0.0.1", seconds: float = PATIENT_SECONDS, **rest: Any
) -> Attempt:
    """One attempt, which must end in time."""
    began = time.monotonic()
    seen = await attempt(TlsEndpoint(host, port, **rest), round(seconds * SECOND), equipment)
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    return seen


async def test_handshake_passes_and_is_explained(
    equipment: Equipment, authority: trustme.CA, server_context: Contexts, ca_file: str
) -> None:
    """A trusted certificate passes without a word being said; its days and its subject can be checked."""
    certificate = authority.issue_cert("vendor.example", common_name="vendor.example", not_after=SOON)
    checks = (
        CertificateDaysAbove(9),
        CertificateDaysAbove(10, Means.NOTICE),
        CertificateSubjectMatches(Pattern(r"^vendor\.")),
        SecondsBelow(PATIENT_SECONDS * SECOND),
    )
    async with serving(silence, server_context(certificate)) as server:
        seen = await tried(equipment, server.port, "vendor.example", ca_file=ca_file, checks=checks)
    assert (seen.outcome, seen.reason, seen.phase) == (Outcome.PASS, Reason.NONE, Phase.ANSWER)
    assert [(check.actual, check.holds) for check in seen.checks[:3]] == [
        ("9", True),
        ("9", False),
        ("vendor.example", True),
    ]
    lines = explained(seen)
    assert any(line.startswith("  certificate vendor.example, valid until ") for line in lines)
    assert "  holds       certificate_subject: expected ^vendor\\., got vendor.example" in lines


async def test_other_subject_fails(
    equipment: Equipment, authority: trustme.CA, server_context: Contexts, ca_file: str
) -> None:
    """A trusted certificate with another subject than the expected one is an answer that is wrong."""
    certificate = authority.issue_cert("vendor.example", common_name="spare.example")
    checks = (CertificateSubjectMatches(Pattern("vendor")),)
    async with serving(silence, server_context(certificate)) as server:
        seen = await tried(equipment, server.port, "vendor.example", ca_file=ca_file, checks=checks)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CHECK)
    assert seen.detail == "certificate_subject: expected vendor, got spare.example"


async def test_name_that_is_asked_for_decides(
    equipment: Equipment, authority: trustme.CA, server_context: Contexts, ca_file: str
) -> None:
    """A machine may be tried by its address; the certificate must be for the name that is asked for."""
    asked: list[str | None] = []
    context = server_context(authority.issue_cert("vendor.example"))
    context.sni_callback = lambda _session, name, _context: asked.append(name)
    async with serving(silence, context) as server:
        named = await tried(equipment, server.port, server_name="vendor.example", ca_file=ca_file)
        bare = await tried(equipment, server.port, ca_file=ca_file)
    assert (named.outcome, asked[0]) == (Outcome.PASS, "vendor.example")
    assert (bare.outcome, bare.reason, bare.phase) == (Outcome.FAIL, Reason.CERTIFICATE, Phase.TLS)


async def test_silence(equipment: Equipment, ca_file: str) -> None:
    """No handshake in time, and no connection in time, are silence and end in time."""
    async with serving(silence) as server:
        stalled = await tried(equipment, server.port, seconds=SHORT_SECONDS, ca_file=ca_file)
    with deaf_port() as port:
        deaf = await tried(equipment, port, seconds=SHORT_SECONDS, ca_file=ca_file)
    assert (stalled.reason, stalled.phase) == (Reason.CONNECT_TIMEOUT, Phase.TLS)
    assert (deaf.reason, deaf.phase) == (Reason.CONNECT_TIMEOUT, Phase.TCP)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"port": 0}, "is no port"),
        ({"host": "vendor example"}, "is no host name"),
        ({"server_name": "a b"}, "is no host name"),
    ],
)
def test_what_could_never_be_tried_is_refused(parts: dict[str, Any], words: str) -> None:
    """An endpoint without a place is a mistake that says what to write."""
    with pytest.raises(ValueError, match=words):
        TlsEndpoint(**dict[str, Any]({"host": "vendor.example", "port": 443} | parts))
