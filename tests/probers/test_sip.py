"""What a SIP attempt says of servers that answer wrongly, partly, late, to others, or never; and of broken messages."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.probers.leaping import leaping
from tests.probers.servers import deaf_port, free_port, serving
from tests.probers.test_http import GRACE_SECONDS, PATIENT_SECONDS
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import CertificateDaysAbove, StatusIs
from uptime_daemon.probers.endpoints.telephony import SipEndpoint, SipRequest, SipTransport
from uptime_daemon.probers.sip.carriers import MESSAGE_BYTES_MAX
from uptime_daemon.probers.sip.message import HEADERS_MAX, Message, parsed, written
from uptime_daemon.probers.sip.prober import attempt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from uptime_daemon.probers.equipment import Equipment

    Answers = Callable[[Message], Sequence[bytes]]

pytestmark = pytest.mark.usefixtures("no_leak")


async def tried(equipment: Equipment, port: int, seconds: float = PATIENT_SECONDS, **rest: Any) -> Attempt:
    """One attempt, which must end in time."""
    began = time.monotonic()
    seen = await attempt(SipEndpoint("127.0.0.1", port, **rest), round(seconds * SECOND), equipment)
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    return seen


class Told:
    """What a server heard, and where."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[Message] = []
        self._more = asyncio.Event()

    def hear(self, request: Message) -> None:
        """One more."""
        self.requests.append(request)
        self._more.set()

    async def heard(self, count: int) -> None:
        """Wait until so many came."""
        async with asyncio.timeout(PATIENT_SECONDS):
            while len(self.requests) < count:
                self._more.clear()
                await self._more.wait()

    @property
    def methods(self) -> list[str]:
        """The methods in their order."""
        return [request.start.split()[0] for request in self.requests]


@contextlib.asynccontextmanager
async def telephone(answers: Answers) -> AsyncIterator[Told]:
    """A server over UDP and TCP on one port."""

    class Datagrams(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            """Answer."""
            request = parsed(data)
            told.hear(request)
            for wire in answers(request):
                transport.sendto(wire, addr)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            request = parsed(head)
            await reader.readexactly(request.length)
            told.hear(request)
            for wire in answers(request):
                writer.write(wire)
            await writer.drain()

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await talk(reader, writer)

    async with serving(quietly) as server:
        told = Told(server.port)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            Datagrams, local_addr=("127.0.0.1", server.port)
        )
        try:
            yield told
        finally:
            transport.abort()


def reply(request: Message, status: str, *extra: tuple[str, str], **instead: str) -> bytes:
    """A response to a request, with some headers replaced: `call_id` is Call-ID."""
    names = {"via": "Via", "from_": "From", "to": "To", "call_id": "Call-ID", "cseq": "CSeq"}
    tagged = {"to": request.headers["To"] + ";tag=them"} if ";tag=" not in request.headers["To"] else {}
    changed = {names[key]: text for key, text in {**tagged, **instead}.items()}
    headers = [(name, changed.get(name, request.headers[name])) for name in names.values()]
    return written(f"SIP/2.0 {status}", [*headers, *extra])


def always(status: str, *extra: tuple[str, str], **instead: str) -> Answers:
    """The same response to everything but acknowledgements."""
    return lambda request: [] if request.start.startswith("ACK") else [reply(request, status, *extra, **instead)]


HOSTILE: dict[str, tuple[Answers, Reason]] = {
    "silence": (lambda _: [], Reason.ANSWER_TIMEOUT),
    "another call": (always("200 OK", call_id="somebody-else"), Reason.ANSWER_TIMEOUT),
    "another branch": (always("200 OK", via="SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKother"), Reason.ANSWER_TIMEOUT),
    "another number": (always("200 OK", cseq="77 OPTIONS"), Reason.ANSWER_TIMEOUT),
    "another method": (always("200 OK", cseq="1 INVITE"), Reason.ANSWER_TIMEOUT),
    "no number": (always("200 OK", cseq="x"), Reason.ANSWER_TIMEOUT),
    "only 100": (always("100 Trying"), Reason.ANSWER_TIMEOUT),
    "garbage": (lambda _: [b"\x00\xff" * 50 + b"\r\n\r\n"], Reason.ANSWER_INVALID),
    "HTTP": (lambda _: [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], Reason.ANSWER_INVALID),
    "status beyond": (lambda _: [b"SIP/2.0 999 Much\r\nContent-Length: 0\r\n\r\n"], Reason.ANSWER_INVALID),
    "no header": (lambda _: [b"SIP/2.0 200 OK\r\nwhat is this\r\n\r\n"], Reason.ANSWER_INVALID),
    "many headers": (lambda r: [reply(r, "200 OK", *[("X", "y")] * (HEADERS_MAX + 1))], Reason.ANSWER_INVALID),
    "keepalive first": (lambda r: [b"\r\n\r\n", reply(r, "200 OK")], Reason.NONE),
    "another one first": (lambda r: [reply(r, "500 No", call_id="x"), reply(r, "200 OK")], Reason.NONE),
    "a question first": (
        lambda r: (
            [written("NOTIFY sip:x SIP/2.0", [("Call-ID", "x"), ("CSeq", "1 NOTIFY")]), reply(r, "200 OK")]
            if r.start.startswith("OPTIONS")
            else []
        ),
        Reason.NONE,
    ),
    "redirect": (always("302 Moved"), Reason.STATUS),
    "unavailable": (always("503 Service Unavailable"), Reason.STATUS),
    "unauthorized": (always("401 Unauthorized"), Reason.ACCESS_REFUSED),
    "forbidden": (always("403 Forbidden"), Reason.ACCESS_REFUSED),
    "proxy": (always("407 Proxy Authentication Required"), Reason.ACCESS_REFUSED),
}


@pytest.mark.parametrize("transport", [SipTransport.UDP, SipTransport.TCP])
@pytest.mark.parametrize("case", HOSTILE)
@leaping
async def test_hostile_server(equipment: Equipment, transport: SipTransport, case: str) -> None:
    """What is no answer to us is waited past, what is no SIP fails, and all of it ends in time."""
    answers, reason = HOSTILE[case]
    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, transport=transport)
    assert seen.reason is reason
    assert seen.status == (100 if case == "only 100" else seen.status)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", Reason.CONNECTION_RESET),
        (b"SIP/2.0 200 OK\r\nVia", Reason.CONNECTION_RESET),
        (b"SIP/2.0 200 OK\r\n\r\n", Reason.ANSWER_INVALID),
        (b"SIP/2.0 200 OK\r\nContent-Length: many\r\n\r\n", Reason.ANSWER_INVALID),
        (b"SIP/2.0 200 OK\r\nContent-Length: -1\r\n\r\n", Reason.ANSWER_INVALID),
        (b"SIP/2.0 200 OK\r\nContent-Length: 99\r\n\r\nshort", Reason.CONNECTION_RESET),
        (b"SIP/2.0 200 OK\r\nContent-Length: 9999999999\r\n\r\n", Reason.ANSWER_TOO_LARGE),
        (b"SIP/2.0 200 OK\r\nX: " + b"y" * (3 * MESSAGE_BYTES_MAX), Reason.ANSWER_TOO_LARGE),
        (b"\r\n\r\n" * MESSAGE_BYTES_MAX, Reason.ANSWER_TOO_LARGE),
    ],
)
async def test_broken_stream(equipment: Equipment, said: bytes, reason: Reason) -> None:
    """Messages that are cut off, without length, or without end are told apart, in bounded memory."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.write_eof()
        await reader.read()

    async with serving(talk) as server:
        seen = await tried(equipment, server.port, transport=SipTransport.TCP)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, reason)


@leaping
async def test_closed_and_deaf_ports(equipment: Equipment) -> None:
    """Nobody there is refused over both; a dead host is a timeout."""
    with free_port() as port:
        seen = await tried(equipment, port, transport=SipTransport.TCP)
        assert seen.reason is Reason.CONNECTION_REFUSED
        seen = await tried(equipment, port)
        assert (seen.reason, seen.peer) == (Reason.CONNECTION_REFUSED, f"127.0.0.1:{port}")
    with deaf_port() as port:
        seen = await tried(equipment, port, transport=SipTransport.TCP)
        assert seen.reason is Reason.CONNECT_TIMEOUT


@leaping
async def test_lost_datagram_is_sent_again(equipment: Equipment) -> None:
    """The same request, sent again after half a second, is answered."""
    heard = 0

    def answers(request: Message) -> list[bytes]:
        nonlocal heard
        heard += 1
        return [reply(request, "200 OK")] if heard > 1 else []

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port)
    assert (seen.outcome, told.methods) == (Outcome.PASS, ["OPTIONS", "OPTIONS"])
    assert told.requests[0].branch == told.requests[1].branch


@pytest.mark.parametrize(("request_", "sends"), [(SipRequest.OPTIONS, 11), (SipRequest.INVITE, 7)])
@leaping
async def test_silence_is_asked_as_often_as_the_standard_has_it(
    equipment: Equipment, request_: SipRequest, sends: int
) -> None:
    """RFC 3261, 17.1.1.2 and 17.1.2.2: a call doubles its wait without end, all else up to T2, both for 64 T1."""
    async with telephone(lambda _: []) as told:
        seen = await tried(equipment, told.port, seconds=60, request=request_, to="4711")
    assert (seen.reason, told.methods) == (Reason.ANSWER_TIMEOUT, [request_.value.upper()] * sends)
    assert "when telephones give up" in seen.detail
    assert 32 * SECOND <= seen.duration < 33 * SECOND


async def test_expected_refusal_passes(equipment: Equipment) -> None:
    """A server that answers strangers with 401 may be expected to."""
    async with telephone(always("401 Who")) as told:
        seen = await tried(equipment, told.port, checks=(StatusIs((401,)),))
    assert (seen.outcome, seen.status) == (Outcome.PASS, 401)


async def test_stale_nonce_is_answered_once_more(equipment: Equipment) -> None:
    """A challenge whose first answer came too late is answered again, once."""
    asked = 0

    def answers(request: Message) -> list[bytes]:
        nonlocal asked
        asked += 1
        stale = ", stale=true" if asked > 1 else ""
        return [reply(request, "401 Who", ("WWW-Authenticate", f'Digest realm="r", nonce="n{asked}"{stale}'))]

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, request=SipRequest.REGISTER, user="a", password="a-password")
    assert (seen.reason, asked) == (Reason.ACCESS_REFUSED, 3)


async def test_proxy_and_server_may_both_ask(equipment: Equipment) -> None:
    """Each challenge is answered in its own header (RFC 3261, section 22.3)."""

    def answers(request: Message) -> list[bytes]:
        if "Proxy-Authorization" not in request.headers:
            return [reply(request, "407 Who", ("Proxy-Authenticate", 'Digest realm="p", nonce="n1"'))]
        if "Authorization" not in request.headers:
            return [reply(request, "401 Who", ("WWW-Authenticate", 'Digest realm="r", nonce="n2"'))]
        return [reply(request, "200 OK")]

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, user="a", password="a-password")
    assert (seen.outcome, len(told.requests)) == (Outcome.PASS, 3)


async def test_registration_for_too_short_is_asked_for_longer(equipment: Equipment) -> None:
    """423 names the least that the server takes."""

    def answers(request: Message) -> list[bytes]:
        if request.headers["Expires"] == "300":
            return [reply(request, "423 Interval Too Brief", ("Min-Expires", "3600"))]
        return [reply(request, "200 OK")]

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, request=SipRequest.REGISTER, user="a")
    assert seen.outcome is Outcome.PASS
    assert [request.headers["Expires"] for request in told.requests] == ["300", "3600", "0"]


async def test_registration_that_stays_is_told(equipment: Equipment) -> None:
    """A server that does not take it back is still up; that it stays is worth to be known."""

    def answers(request: Message) -> list[bytes]:
        return [reply(request, "500 No" if request.headers["Expires"] == "0" else "200 OK")]

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, request=SipRequest.REGISTER, user="a")
    assert (seen.outcome, seen.status) == (Outcome.PASS, 200)
    told_back = seen.checks[0]
    assert (told_back.check, told_back.actual, told_back.holds) == ("registration taken back", "500", False)


@pytest.mark.parametrize("transport", [SipTransport.UDP, SipTransport.TCP])
@leaping
async def test_registration_whose_end_nobody_confirms_is_told(equipment: Equipment, transport: SipTransport) -> None:
    """The telephone could register, which was asked; that nobody says what became of it is a notice."""

    def answers(request: Message) -> list[bytes]:
        return [] if request.headers["Expires"] == "0" else [reply(request, "200 OK")]

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, request=SipRequest.REGISTER, user="a", transport=transport)
    assert (seen.outcome, seen.status, seen.checks[0].actual) == (Outcome.PASS, 200, "(no answer)")


async def test_challenged_bye_is_said_again(equipment: Equipment) -> None:
    """A server that asks who hangs up is told: the call must not go on."""

    def answers(request: Message) -> list[bytes]:
        if request.start.startswith("BYE") and "Proxy-Authorization" not in request.headers:
            return [reply(request, "407 Who", ("Proxy-Authenticate", 'Digest realm="r", nonce="n"'))]
        return [] if request.start.startswith("ACK") else [reply(request, "200 OK")]

    async with telephone(answers) as told:
        seen = await tried(
            equipment, told.port, request=SipRequest.INVITE, to="4711", user="probe", password="a-password"
        )
    assert (seen.outcome, told.methods) == (Outcome.PASS, ["INVITE", "ACK", "BYE", "BYE"])
    assert ("bye", "200") in [(check.check, check.actual) for check in seen.checks]


async def test_second_telephone_is_hung_up_too(equipment: Equipment) -> None:
    """Where two take the call at once, neither is left talking to nobody (RFC 3261, section 13.2.2.4)."""
    invited: list[Message] = []

    def answers(request: Message) -> list[bytes]:
        if request.start.startswith("INVITE"):
            invited.append(request)
            return [reply(request, "200 OK")]
        if request.start.startswith("BYE") and request.to_tag == "them":
            other = reply(
                invited[0], "200 OK", ("Contact", "<sip:other@192.0.2.7>"), to=f"{invited[0].headers['To']};tag=x"
            )
            return [other, other, reply(request, "200 OK")]
        return [reply(request, "200 OK")] if request.start.startswith("BYE") else []

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, request=SipRequest.INVITE, to="4711")
        await told.heard(6)
    assert seen.outcome is Outcome.PASS
    assert told.methods == ["INVITE", "ACK", "BYE", "ACK", "BYE", "ACK"]
    assert told.requests[4].start == "BYE sip:other@192.0.2.7 SIP/2.0"


async def test_refusal_that_is_repeated_is_acknowledged_again(equipment: Equipment) -> None:
    """Its acknowledgement was lost: otherwise the server goes on saying it for half a minute."""
    invited: list[Message] = []

    def answers(request: Message) -> list[bytes]:
        if not request.start.startswith("INVITE"):
            return []
        invited.append(request)
        challenge = reply(invited[0], "401 Who", ("WWW-Authenticate", 'Digest realm="r", nonce="n"'))
        return [challenge] if len(invited) == 1 else [challenge, reply(request, "486 Busy")]

    async with telephone(answers) as told:
        seen = await tried(
            equipment, told.port, request=SipRequest.INVITE, to="4711", user="probe", password="a-password"
        )
        await told.heard(5)
    assert (seen.status, told.methods) == (486, ["INVITE", "ACK", "INVITE", "ACK", "ACK"])
    assert [each.branch for each in told.requests[1:4:2]] == [invited[0].branch] * 2


@leaping
async def test_lost_cancel_is_sent_again(equipment: Equipment) -> None:
    """A telephone that did not hear it would ring on."""
    invited: list[Message] = []

    def answers(request: Message) -> list[bytes]:
        if request.start.startswith("INVITE"):
            invited.append(request)
            return [reply(request, "180 Ringing")]
        if told.methods.count("CANCEL") == 2:
            return [reply(request, "200 OK"), reply(invited[0], "487 Request Terminated")]
        return []

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, request=SipRequest.INVITE, to="4711")
        await told.heard(4)
    assert (seen.reason, told.methods) == (Reason.ANSWER_TIMEOUT, ["INVITE", "CANCEL", "CANCEL", "ACK"])


@leaping
async def test_call_that_nobody_ends_with_us_is_told(equipment: Equipment) -> None:
    """An answered call passes; that our BYE was answered by nobody is worth to be known."""

    def answers(request: Message) -> list[bytes]:
        return [reply(request, "200 OK")] if request.start.startswith("INVITE") else []

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, request=SipRequest.INVITE, to="4711")
    assert (seen.outcome, told.methods[:3]) == (Outcome.PASS, ["INVITE", "ACK", "BYE"])
    assert [(each.check, each.actual, each.means) for each in seen.checks if not each.holds] == [
        ("bye", "(no answer)", Means.NOTICE)
    ]


@pytest.mark.parametrize("transport", [SipTransport.UDP, SipTransport.TCP])
@leaping
async def test_call_that_only_rings_is_cancelled(equipment: Equipment, transport: SipTransport) -> None:
    """Nobody answers in time: a fail, and the ringing is stopped before the attempt is over."""
    invited: list[Message] = []

    def answers(request: Message) -> list[bytes]:
        if request.start.startswith("INVITE"):
            invited.append(request)
            return [reply(request, "180 Ringing")]
        if request.start.startswith("CANCEL"):
            return [reply(request, "200 OK"), reply(invited[0], "487 Request Terminated")]
        return []

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, transport=transport, request=SipRequest.INVITE, to="4711")
        await asyncio.sleep(0)
    assert (seen.outcome, seen.reason, seen.status) == (Outcome.FAIL, Reason.ANSWER_TIMEOUT, 180)
    assert told.methods[:2] == ["INVITE", "CANCEL"]
    assert told.requests[1].branch == told.requests[0].branch


@leaping
async def test_call_that_is_answered_while_it_is_cancelled_is_hung_up(equipment: Equipment) -> None:
    """Who answers in that very moment is acknowledged and hung up; the attempt failed all the same."""
    invited: list[Message] = []

    def answers(request: Message) -> list[bytes]:
        if request.start.startswith("INVITE"):
            invited.append(request)
            return [reply(request, "180 Ringing")]
        if request.start.startswith("CANCEL"):
            return [reply(request, "481 Gone"), reply(invited[0], "200 OK", ("Contact", "<sip:them@127.0.0.1>"))]
        return [reply(request, "200 OK")] if request.start.startswith("BYE") else []

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, request=SipRequest.INVITE, to="4711")
    assert seen.reason is Reason.ANSWER_TIMEOUT
    assert [method for method in told.methods if method != "INVITE"] == ["CANCEL", "ACK", "BYE"]


async def test_answered_call_goes_the_way_that_was_recorded(equipment: Equipment) -> None:
    """The rest of a call goes to the contact, over the hops that want to see it, last one first."""
    hops = ("Record-Route", "<sip:10.0.0.2;lr>, <sip:10.0.0.1;lr>")

    def answers(request: Message) -> list[bytes]:
        if request.start.startswith("ACK"):
            return []
        return [reply(request, "200 OK", hops, ("Contact", "Them <sip:them@192.0.2.9:5070>;q=1"))]

    async with telephone(answers) as told:
        seen = await tried(equipment, told.port, request=SipRequest.INVITE, to="4711#")
    assert (seen.outcome, told.methods) == (Outcome.PASS, ["INVITE", "ACK", "BYE"])
    assert told.requests[0].start == "INVITE sip:4711%23@127.0.0.1 SIP/2.0"
    for request in told.requests[1:]:
        assert request.start.split()[1] == "sip:them@192.0.2.9:5070"
        assert request.headers.getall("Route") == ["<sip:10.0.0.1;lr>", "<sip:10.0.0.2;lr>"]
        assert request.to_tag == "them"


async def test_refused_call_is_acknowledged(equipment: Equipment) -> None:
    """Busy is a fail, and its answer is acknowledged so that it is not repeated."""
    async with telephone(always("486 Busy Here")) as told:
        seen = await tried(equipment, told.port, request=SipRequest.INVITE, to="4711")
        await told.heard(2)
    assert (seen.reason, seen.status, told.methods) == (Reason.STATUS, 486, ["INVITE", "ACK"])
    assert told.requests[1].branch == told.requests[0].branch


async def test_call_that_is_cancelled_by_us_does_not_ring_on(equipment: Equipment) -> None:
    """When the daemon stops in the middle of a call, the ringing stops, too."""
    ringing = asyncio.Event()

    def answers(request: Message) -> list[bytes]:
        if request.start.startswith("INVITE"):
            ringing.set()
            return [reply(request, "180 Ringing")]
        return []

    async with telephone(answers) as told:
        trying = asyncio.create_task(tried(equipment, told.port, request=SipRequest.INVITE, to="4711"))
        await ringing.wait()
        await asyncio.sleep(0.05)  # until we have heard it
        trying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await trying
        await told.heard(2)
    assert told.methods == ["INVITE", "CANCEL"]


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"request": SipRequest.REGISTER}, "write user"),
        ({"request": SipRequest.INVITE}, "write to"),
        ({"password": "secret"}, "needs its user"),
        ({"user": "a b"}, "no user"),
        ({"to": "a@b"}, "no user"),
        ({"path": "ws"}, "begins with /"),
        ({"domain": "a b"}, "no host name"),
        ({"checks": (CertificateDaysAbove(1),)}, "needs TLS"),
    ],
)
def test_endpoint_that_could_not_be_tried_is_refused(keys: dict[str, Any], why: str) -> None:
    """What could never be asked is a mistake of the file."""
    with pytest.raises(ValueError, match=why):
        SipEndpoint("sip.vendor.example", 5060, **keys)


def test_message_is_read_as_it_may_be_written() -> None:
    """Compact names, folded lines, any case and space: RFC 3261, section 7.3."""
    head = (
        b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a;rport;branch = z1 ,b\r\nCall-Id : c\r\n"
        b"t: <sip:x;tag=no>\r\n ;TAG=yes\r\nCSEQ: 2  BYE\r\n\r\nbody"
    )
    message = parsed(head)
    assert (message.status, message.branch, message.to_tag) == (200, "z1", "yes")
    assert (message.method, message.sequence, message.headers["call-id"]) == ("BYE", 2, "c")
    assert parsed(b"BYE sip:x SIP/2.0\nX: y\n\n").status is None
