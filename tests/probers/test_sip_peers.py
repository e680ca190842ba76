"""What a SIP attempt says of real servers: kamailio over all that carries SIP, sipp as the telephone that answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.probers import real
from tests.probers.explaining import explained
from tests.probers.real import PASSWORD
from tests.probers.test_http import PATIENT_SECONDS
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import CertificateDaysAbove, HeaderMatches, SecondsBelow, StatusIs
from uptime_daemon.probers.endpoints.telephony import SipEndpoint, SipRequest, SipTransport
from uptime_daemon.probers.patterns import Pattern
from uptime_daemon.probers.sip.prober import attempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trustme

    from uptime_daemon.probers.equipment import Equipment


@pytest.fixture(scope="module")
def kamailio(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The plain and the secured port of a registrar that knows one password."""
    with real.kamailio(tmp_path_factory.mktemp("kamailio"), authority) as ports:
        yield ports


async def tried(equipment: Equipment, port: int, seconds: float = PATIENT_SECONDS, **rest: Any) -> Attempt:
    """One attempt."""
    return await attempt(SipEndpoint("127.0.0.1", port, **rest), round(seconds * SECOND), equipment)


def port_of(ports: tuple[int, int], transport: SipTransport) -> int:
    """The port at which that is spoken."""
    return ports[transport in {SipTransport.TLS, SipTransport.WSS}]


@pytest.mark.needs_command("kamailio")
@pytest.mark.parametrize("transport", SipTransport)
async def test_options_over_everything(
    equipment: Equipment, kamailio: tuple[int, int], ca_file: str, transport: SipTransport
) -> None:
    """A server that answers OPTIONS passes, each phase timed, its certificate seen where there is one."""
    secured = transport in {SipTransport.TLS, SipTransport.WSS}
    checks: tuple[Any, ...] = (
        StatusIs((200,)),
        HeaderMatches("server", Pattern("(?i)kamailio")),
        SecondsBelow(SECOND, Means.SLOW),
    )
    if secured:
        checks = (*checks, CertificateDaysAbove(1))
    seen = await tried(
        equipment, port_of(kamailio, transport), transport=transport, path="/ws", ca_file=ca_file, checks=checks
    )
    assert (seen.outcome, seen.detail, seen.status) == (Outcome.PASS, "", 200)
    assert (Phase.TLS in dict(seen.phases), bool(seen.certificate_subject)) == (secured, secured)
    assert "OPTIONS: SIP/2.0 200 Keepalive" in "\n".join(explained(seen))


@pytest.mark.needs_command("kamailio")
@pytest.mark.parametrize("transport", SipTransport)
async def test_registration_is_taken_back(
    equipment: Equipment, kamailio: tuple[int, int], ca_file: str, transport: SipTransport
) -> None:
    """The challenge is answered, the registration stands and is gone before the attempt is over."""
    port = port_of(kamailio, transport)
    rest: dict[str, Any] = {"transport": transport, "path": "/ws", "ca_file": ca_file, "user": "probe"}
    seen = await tried(equipment, port, request=SipRequest.REGISTER, password=PASSWORD, **rest)
    assert (seen.outcome, seen.detail) == (Outcome.PASS, "")
    assert [(check.check, check.actual) for check in seen.checks if check.means is Means.NOTICE] == [
        ("registration taken back", "200")
    ]
    assert seen.excerpt.splitlines().count("REGISTER: SIP/2.0 200 OK") == 2
    after = await tried(equipment, port, to="registered", **rest)
    assert after.status == 480


@pytest.mark.needs_command("kamailio")
async def test_wrong_password_is_ours(equipment: Equipment, kamailio: tuple[int, int]) -> None:
    """401 after our credentials, and without any, speaks of us; it is not tried again and again."""
    cases: list[dict[str, Any]] = [{"password": "a-wrong-one"}, {}]
    for rest in cases:
        seen = await tried(equipment, kamailio[0], request=SipRequest.REGISTER, user="probe", **rest)
        assert (seen.outcome, seen.reason, seen.status) == (Outcome.ERROR, Reason.ACCESS_REFUSED, 401)
        assert seen.excerpt.count("REGISTER:") == 1 + len(rest)


@pytest.mark.needs_command("kamailio")
async def test_number_that_is_not_there_fails(equipment: Equipment, kamailio: tuple[int, int]) -> None:
    """404 to a call is the vendor's: the test number must answer."""
    seen = await tried(equipment, kamailio[0], request=SipRequest.INVITE, to="4711")
    assert (seen.outcome, seen.reason, seen.status) == (Outcome.FAIL, Reason.STATUS, 404)


@pytest.mark.needs_command("kamailio")
async def test_websocket_that_declines_fails(equipment: Equipment, kamailio: tuple[int, int]) -> None:
    """Another path is no WebSocket: the status of the handshake decides."""
    seen = await tried(equipment, kamailio[0], transport=SipTransport.WS, path="/other")
    assert (seen.outcome, seen.reason, seen.status) == (Outcome.FAIL, Reason.STATUS, 404)


@pytest.mark.needs_command("sipp")
@pytest.mark.parametrize("transport", [SipTransport.UDP, SipTransport.TCP])
async def test_call_is_answered_and_ended(equipment: Equipment, transport: SipTransport, tmp_path: Path) -> None:
    """A telephone rings, answers, and is hung up: INVITE, ACK and BYE, once each."""
    with real.sipp(tmp_path, transport.value) as port:
        seen = await tried(equipment, port, transport=transport, request=SipRequest.INVITE, to="+41445551234")
    assert (seen.outcome, seen.detail, seen.status) == (Outcome.PASS, "", 200)
    assert ("bye", "200") in [(check.check, check.actual) for check in seen.checks]
    assert "INVITE: SIP/2.0 180 Ringing" in seen.excerpt
    said = (tmp_path / "messages.log").read_text(errors="replace").splitlines()
    methods = [line.split()[0] for line in said if line.endswith(" SIP/2.0")]
    assert methods == ["INVITE", "ACK", "BYE"]
