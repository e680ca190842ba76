"""What attempts say of real servers: nginx, knot, OpenSMTPD, and the monitoring plugins as programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.probers import real
from tests.probers.explaining import explained
from tests.probers.real import PASSWORD
from tests.probers.test_http import PATIENT_SECONDS
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import (
    BodyContains,
    CertificateDaysAbove,
    DnsRcode,
    HeaderMatches,
    PerfdataSecondsBelow,
    StatusIs,
)
from uptime_daemon.probers.endpoints.nameservers import DnsEndpoint, DnsRecord, DnsTransport
from uptime_daemon.probers.endpoints.programs import ExecEndpoint
from uptime_daemon.probers.endpoints.streams import SmtpEndpoint, SmtpTls, TlsEndpoint
from uptime_daemon.probers.endpoints.web import Auth, AuthScheme, HttpEndpoint
from uptime_daemon.probers.patterns import Pattern
from uptime_daemon.probers.registry import PROBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.probers.equipment import Equipment

PLUGINS = Path("/usr/lib/nagios/plugins")
READY = BodyContains("ready")


async def tried(equipment: Equipment, endpoint: Any, seconds: float = PATIENT_SECONDS) -> Attempt:
    """One attempt by the prober of its kind, which can be explained."""
    seen = await PROBERS[endpoint.kind](endpoint, round(seconds * SECOND), equipment)
    assert explained(seen)
    return seen


@pytest.fixture(scope="module")
def nginx(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The plain and the secured address of a web server."""
    with real.nginx(tmp_path_factory.mktemp("nginx"), authority) as web:
        yield f"http://127.0.0.1:{web.plain}", f"https://127.0.0.1:{web.secured}"


@pytest.mark.needs_command("nginx")
@pytest.mark.parametrize(
    ("path", "keys", "outcome", "reason"),
    [
        ("/", {"checks": (READY, HeaderMatches("Content-Encoding", Pattern("gzip")))}, Outcome.PASS, Reason.NONE),
        ("/", {"method": "HEAD", "checks": (StatusIs((200,)),)}, Outcome.PASS, Reason.NONE),
        ("/moved", {}, Outcome.FAIL, Reason.STATUS),
        ("/moved", {"follow_redirects": 1, "checks": (READY,)}, Outcome.PASS, Reason.NONE),
        ("/loop", {"follow_redirects": 5}, Outcome.FAIL, Reason.REDIRECT),
        ("/late", {}, Outcome.FAIL, Reason.STATUS),
        ("/gone", {}, Outcome.FAIL, Reason.STATUS),
        ("/files/page", {}, Outcome.ERROR, Reason.ACCESS_REFUSED),
        ("/files/page", {"auth": Auth(AuthScheme.BASIC, "probe", "wrong")}, Outcome.ERROR, Reason.ACCESS_REFUSED),
        ("/files/page", {"auth": Auth(AuthScheme.BASIC, "probe", PASSWORD)}, Outcome.PASS, Reason.NONE),
    ],
)  # fmt: skip
async def test_nginx(
    equipment: Equipment, nginx: tuple[str, str], path: str, keys: dict[str, Any], outcome: Outcome, reason: Reason
) -> None:
    """Bodies that are packed, redirects, statuses and passwords of a real web server."""
    seen = await tried(equipment, HttpEndpoint(nginx[0] + path, **keys))
    assert (seen.outcome, seen.reason) == (outcome, reason), seen.detail


@pytest.mark.needs_command("nginx")
async def test_nginx_over_tls(
    equipment: Equipment, nginx: tuple[str, str], authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    """Its certificate is seen, ours is shown where it is asked for, and without one we are not let in."""
    own = tmp_path / "own.pem"
    made = authority.issue_cert("probe@example.org")
    own.write_bytes(made.private_key_pem.bytes() + b"".join(each.bytes() for each in made.cert_chain_pems))
    checks = (CertificateDaysAbove(1), BodyContains("trusted"))
    shown = HttpEndpoint(f"{nginx[1]}/", ca_file=ca_file, client_certificate=str(own), checks=checks)
    assert (await tried(equipment, shown)).outcome is Outcome.PASS
    bare = await tried(equipment, HttpEndpoint(f"{nginx[1]}/", ca_file=ca_file))
    assert (bare.reason, bare.status) == (Reason.ACCESS_REFUSED, 403)
    theirs = tmp_path / "theirs.pem"
    made = trustme.CA().issue_cert("probe@example.org")
    theirs.write_bytes(made.private_key_pem.bytes() + b"".join(each.bytes() for each in made.cert_chain_pems))
    unknown = await tried(equipment, HttpEndpoint(f"{nginx[1]}/", ca_file=ca_file, client_certificate=str(theirs)))
    assert (unknown.reason, unknown.status) == (Reason.ACCESS_REFUSED, 400)
    stranger = await tried(equipment, HttpEndpoint(f"{nginx[1]}/open"))
    assert (stranger.outcome, stranger.reason) == (Outcome.FAIL, Reason.CERTIFICATE)
    port = int(nginx[1].rpartition(":")[2])
    assert (await tried(equipment, TlsEndpoint("127.0.0.1", port, ca_file=ca_file))).outcome is Outcome.PASS


@pytest.mark.needs_command("nginx")
@pytest.mark.skipif(not (PLUGINS / "check_http").exists(), reason="the monitoring plugins are not installed")
@pytest.mark.parametrize(
    ("path", "text", "outcome", "reason"),
    [
        ("/", "ready", Outcome.PASS, Reason.NONE),
        ("/", "never", Outcome.FAIL, Reason.CHECK),
        ("/gone", "x", Outcome.FAIL, Reason.CHECK),
    ],
)
async def test_plugin_of_others(
    equipment: Equipment, nginx: tuple[str, str], path: str, text: str, outcome: Outcome, reason: Reason
) -> None:
    """A real plugin's verdict and the time that it measured."""
    port = nginx[0].rpartition(":")[2]
    command = (str(PLUGINS / "check_http"), "-I", "127.0.0.1", "-p", port, "-u", path, "-s", text, "-t", "4")
    endpoint = ExecEndpoint(
        command, checks=(PerfdataSecondsBelow("time", 30 * SECOND, Means.NOTICE),), warning=Means.DOWN
    )
    seen = await tried(equipment, endpoint)
    assert (seen.outcome, seen.reason) == (outcome, reason), seen.detail
    assert seen.excerpt.startswith("HTTP ")
    assert next(check.holds for check in seen.checks if check.check.startswith("perfdata"))


@pytest.fixture(scope="module")
def knot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a name server that knows one zone."""
    with real.knot(tmp_path_factory.mktemp("knot")) as port:
        yield port


@pytest.mark.needs_command("knotd")
@pytest.mark.needs_root
@pytest.mark.parametrize("transport", DnsTransport)
@pytest.mark.parametrize(
    ("name", "keys", "outcome", "reason"),
    [
        ("www.vendor.example", {"expect": "192.0.2.80"}, Outcome.PASS, Reason.NONE),
        ("_sip._udp.vendor.example", {"record": DnsRecord.SRV, "expect": "5060"}, Outcome.PASS, Reason.NONE),
        ("long.vendor.example", {"record": DnsRecord.TXT, "expect": "014 xxx"}, Outcome.PASS, Reason.NONE),
        ("www.vendor.example", {"record": DnsRecord.AAAA}, Outcome.FAIL, Reason.CHECK),
        ("gone.vendor.example", {}, Outcome.FAIL, Reason.CHECK),
        ("gone.vendor.example", {"rcode": DnsRcode.NXDOMAIN}, Outcome.PASS, Reason.NONE),
        ("other.example", {}, Outcome.ERROR, Reason.ACCESS_REFUSED),
    ],
)
async def test_knot(
    equipment: Equipment,
    knot: int,
    transport: DnsTransport,
    name: str,
    keys: dict[str, Any],
    outcome: Outcome,
    reason: Reason,
) -> None:
    """Answers of a real name server, one that does not fit a datagram among them."""
    seen = await tried(equipment, DnsEndpoint("127.0.0.1", name, port=knot, transport=transport, **keys))
    assert (seen.outcome, seen.reason) == (outcome, reason), seen.detail


@pytest.mark.needs_command("smtpd", "unshare")
@pytest.mark.needs_root
async def test_opensmtpd(equipment: Equipment, tmp_path: Path) -> None:
    """A real mail server greets and names its extensions; a server without STARTTLS fails where that is asked for."""
    with real.opensmtpd(tmp_path) as port:
        seen = await tried(equipment, SmtpEndpoint("127.0.0.1", port, expect="8BITMIME", hello="probe.example"))
        bare = await tried(equipment, SmtpEndpoint("127.0.0.1", port, SmtpTls.STARTTLS))
    assert (seen.outcome, seen.detail, seen.status) == (Outcome.PASS, "", 250)
    assert (bare.outcome, bare.reason) == (Outcome.FAIL, Reason.CHECK)
