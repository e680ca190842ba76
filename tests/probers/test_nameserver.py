"""What a DNS attempt says of a server that answers well, otherwise, too long, not at all, or with nonsense."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import asynccontextmanager, closing
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from tests.probers.explaining import explained
from tests.probers.leaping import leaping
from tests.probers.servers import free_port
from tests.probers.test_http import GRACE_SECONDS, PATIENT_SECONDS, limit
from uptime_daemon.core.facts.attempt import Attempt, Means
from uptime_daemon.core.facts.observation import Outcome, Phase, Reason
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.conditions import DnsRcode, SecondsBelow
from uptime_daemon.probers.endpoints.nameservers import DnsEndpoint, DnsRecord, DnsTransport
from uptime_daemon.probers.nameserver import attempt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from uptime_daemon.probers.equipment import Equipment

    Answers = Callable[[dns.message.Message, bool], Sequence[bytes]]
    """From a question, and whether it came over TCP, to what is sent."""

pytestmark = pytest.mark.usefixtures("no_leak")

NAME = "www.vendor.example."


async def tried(
    equipment: Equipment, port: int, server: str = "127.0.0.1", seconds: float = PATIENT_SECONDS, **rest: Any
) -> Attempt:
    """One attempt, which must end in time."""
    began = time.monotonic()
    seen = await attempt(DnsEndpoint(server, NAME, port=port, **rest), round(seconds * SECOND), equipment)
    assert time.monotonic() - began < seconds + GRACE_SECONDS
    return seen


@asynccontextmanager
async def serving(answers: Answers, asked: list[dns.message.Message] | None = None) -> AsyncIterator[int]:
    """A name server over UDP and TCP on one port, which it yields."""

    def told(wire: bytes, over_tcp: bool) -> Sequence[bytes]:
        query = dns.message.from_wire(wire)
        if asked is not None:
            asked.append(query)
        return answers(query, over_tcp)

    class Datagrams(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            """Answer."""
            for wire in told(data, over_tcp=False):
                transport.sendto(wire, addr)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            for wire in told(await reader.readexactly(int.from_bytes(await reader.readexactly(2))), over_tcp=True):
                writer.write(len(wire).to_bytes(2) + wire)
            await writer.drain()
            writer.write_eof()
            await reader.read()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, local_addr=("127.0.0.1", port))
    try:
        yield port
    finally:
        transport.abort()
        listener.close()
        await listener.wait_closed()


def answered(
    *records: str, rcode: str = "NOERROR", record: str = "A", flags: int = 0, name: str = NAME
) -> Callable[[dns.message.Message], bytes]:
    """A whole answer with these records."""

    def answer(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.from_text(rcode))
        response.flags |= flags
        if records:
            response.answer.append(dns.rrset.from_text(name, 60, "IN", record, *records))
        return response.to_wire(max_size=65_535)

    return answer


def always(answer: Callable[[dns.message.Message], bytes]) -> Answers:
    """The same answer over UDP and TCP."""
    return lambda query, _over_tcp: [answer(query)]


def aliased(*names: str) -> Callable[[dns.message.Message], bytes]:
    """An answer in which each name is an alias of the next, and the last has an address."""

    def answer(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        for name, alias in pairwise(names):
            response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", alias))
        if names[-1] not in names[:-1]:
            response.answer.append(dns.rrset.from_text(names[-1], 60, "IN", "A", "192.0.2.80"))
        return response.to_wire()

    return answer


async def test_record_passes_and_is_explained(equipment: Equipment) -> None:
    """A server that tells the record passes; it was asked not to ask others, and nobody else was asked."""
    asked: list[dns.message.Message] = []
    checks = (SecondsBelow(1, Means.SLOW),)
    async with serving(always(answered("192.0.2.80", "192.0.2.81")), asked) as port:
        seen = await tried(equipment, port, expect="192.0.2.81", checks=checks)
    assert (seen.outcome, seen.degraded, seen.phase) == (Outcome.PASS, True, Phase.ANSWER)
    assert (seen.peer, seen.excerpt) == (f"127.0.0.1:{port}", "192.0.2.80\n192.0.2.81\n")
    assert not asked[0].flags & dns.flags.RD
    assert "  holds       answer: expected NOERROR with records, got NOERROR with 2 records" in explained(seen)


async def test_type_and_recursion_are_asked_for(equipment: Equipment) -> None:
    """The type of the record is the endpoint's, and a resolver is asked to ask others."""
    asked: list[dns.message.Message] = []
    async with serving(always(answered("10 mx.vendor.example.", record="MX")), asked) as port:
        seen = await tried(equipment, port, record=DnsRecord.MX, recursive=True, transport=DnsTransport.TCP)
    assert (seen.outcome, seen.excerpt) == (Outcome.PASS, "10 mx.vendor.example.\n")
    assert asked[0].flags & dns.flags.RD
    assert asked[0].question[0].rdtype is dns.rdatatype.MX
    assert Phase.TCP in dict(seen.phases)


@pytest.mark.parametrize(
    ("answer", "rest", "outcome", "reason"),
    [
        (answered("192.0.2.80"), {"expect": "192.0.2.99"}, Outcome.FAIL, Reason.CHECK),
        (answered("192.0.2.80"), {"expect": "192.0.2.8"}, Outcome.FAIL, Reason.CHECK),
        (answered("192.0.2.80"), {"expect": "192.0.2."}, Outcome.PASS, Reason.NONE),
        (
            answered("2001:db8::8", record="AAAA"),
            {"record": DnsRecord.AAAA, "expect": "2001:DB8:0::8"},
            Outcome.PASS,
            Reason.NONE,
        ),
        (answered("192.0.2.80", name="other.example."), {}, Outcome.FAIL, Reason.CHECK),
        (
            aliased("www.vendor.example.", "a.example.", "b.example."),
            {"expect": "192.0.2.80"},
            Outcome.PASS,
            Reason.NONE,
        ),
        (aliased("www.vendor.example.", "a.example.", "www.vendor.example."), {}, Outcome.FAIL, Reason.CHECK),
        (answered(), {}, Outcome.FAIL, Reason.CHECK),
        (answered("other.example.", record="CNAME"), {}, Outcome.FAIL, Reason.CHECK),
        (answered(rcode="NXDOMAIN"), {}, Outcome.FAIL, Reason.CHECK),
        (answered(rcode="NXDOMAIN"), {"rcode": DnsRcode.NXDOMAIN}, Outcome.PASS, Reason.NONE),
        (answered(rcode="SERVFAIL"), {}, Outcome.FAIL, Reason.CHECK),
        (answered(rcode="REFUSED"), {}, Outcome.ERROR, Reason.ACCESS_REFUSED),
        (answered(rcode="REFUSED"), {"rcode": DnsRcode.REFUSED}, Outcome.PASS, Reason.NONE),
    ],
)
@pytest.mark.parametrize("transport", list(DnsTransport))
async def test_answer_decides(
    equipment: Equipment, transport: DnsTransport, answer: Any, rest: dict[str, Any], outcome: Outcome, reason: Reason
) -> None:
    """A wrong or missing record and a server's own trouble are fails; that it does not answer us is ours."""
    async with serving(always(answer)) as port:
        seen = await tried(equipment, port, transport=transport, **rest)
    assert (seen.outcome, seen.reason, seen.phase) == (outcome, reason, Phase.ANSWER)


async def test_long_answer_is_asked_for_over_tcp(equipment: Equipment) -> None:
    """What was cut off over UDP comes whole over TCP."""
    short, whole = answered(flags=dns.flags.TC), answered(*(f"192.0.2.{last}" for last in range(200)))
    async with serving(lambda query, over_tcp: [whole(query) if over_tcp else short(query)]) as port:
        seen = await tried(equipment, port, expect="192.0.2.199")
    assert (seen.outcome, Phase.TCP in dict(seen.phases)) == (Outcome.PASS, True)


@leaping
async def test_lost_datagram_is_sent_again(equipment: Equipment) -> None:
    """A datagram that the network lost is no outage."""
    asked: list[dns.message.Message] = []
    good = answered("192.0.2.80")
    async with serving(lambda query, _over_tcp: [good(query)] if len(asked) > 1 else [], asked) as port:
        seen = await tried(equipment, port)
    assert (seen.outcome, len(asked)) == (Outcome.PASS, 2)


def renumbered(query: dns.message.Message) -> bytes:
    """A good answer under another number."""
    wire = answered("192.0.2.66")(query)
    return (query.id ^ 1).to_bytes(2) + wire[2:]


def of_another(query: dns.message.Message) -> bytes:
    """An answer to a question that nobody asked."""
    other = dns.message.make_query("evil.example.", "A", id=query.id)
    return answered("192.0.2.66", name="evil.example.")(other)


def looping(query: dns.message.Message) -> bytes:
    """A header that announces one question, whose name is a pointer to itself (RFC 1035, section 4.1.4)."""
    return query.id.to_bytes(2) + bytes.fromhex("8180 0001 0000 0000 0000 c00c 0001 0001")


def cut(query: dns.message.Message) -> bytes:
    """The first part of a good answer."""
    return answered("192.0.2.80")(query)[:-3]


@pytest.mark.parametrize("transport", list(DnsTransport))
@pytest.mark.parametrize(
    ("answers", "over_udp", "over_tcp"),
    [
        ((), Reason.ANSWER_TIMEOUT, Reason.CONNECTION_RESET),
        ((renumbered,), Reason.ANSWER_TIMEOUT, Reason.CONNECTION_RESET),
        ((of_another,), Reason.ANSWER_TIMEOUT, Reason.CONNECTION_RESET),
        ((renumbered, of_another, answered("192.0.2.80")), Reason.NONE, Reason.NONE),
        ((renumbered,) * 1000, Reason.ANSWER_TIMEOUT, Reason.CONNECTION_RESET),
        ((looping,), Reason.ANSWER_INVALID, Reason.ANSWER_INVALID),
        ((cut,), Reason.ANSWER_INVALID, Reason.ANSWER_INVALID),
        ((lambda query: query.id.to_bytes(2),), Reason.ANSWER_INVALID, Reason.ANSWER_INVALID),
    ],
    ids=["silence", "number", "question", "then the right one", "flood", "loop", "half", "nothing"],
)
@leaping
async def test_hostile_server(
    equipment: Equipment, transport: DnsTransport, answers: Any, over_udp: Reason, over_tcp: Reason
) -> None:
    """What is no answer to the question is waited past, what is no DNS fails, and all of it ends in time."""
    async with serving(lambda query, _over_tcp: [answer(query) for answer in answers]) as port:
        expected = over_tcp if transport is DnsTransport.TCP else over_udp
        seen = await tried(equipment, port, seconds=limit(expected), transport=transport)
    assert seen.reason is expected
    assert "192.0.2.66" not in seen.excerpt
    if seen.reason is Reason.ANSWER_TIMEOUT:
        assert seen.detail == f"no answer in time from 127.0.0.1:{port}"


@pytest.mark.parametrize("transport", list(DnsTransport))
async def test_nobody_there(equipment: Equipment, transport: DnsTransport) -> None:
    """A port that nobody listens on is refused, also over UDP."""
    with free_port() as port:
        seen = await tried(equipment, port, transport=transport)
    assert (seen.outcome, seen.reason) == (Outcome.FAIL, Reason.CONNECTION_REFUSED)
    assert seen.peer == f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"server": "ns.vendor.example"}, "is no address"),
        ({"name": "a b"}, "is no host name"),
        ({"name": ".".join(["a" * 60] * 5)}, "is no host name"),
        ({"port": 70_000}, "is no port"),
    ],
)
def test_what_could_never_be_asked_is_refused(parts: dict[str, Any], words: str) -> None:
    """A question that cannot be asked is a mistake that says what to write."""
    with pytest.raises(ValueError, match=words):
        DnsEndpoint(**dict[str, Any]({"server": "192.0.2.53", "name": NAME} | parts))


async def test_no_way_from_here_is_ours(equipment: Equipment, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that this machine has no way to is an error."""

    def unreachable(_socket: socket.socket, _place: object) -> None:
        raise OSError(101, "Network is unreachable")

    class Socket(socket.socket):
        connect = unreachable

    monkeypatch.setattr(socket, "socket", Socket)
    seen = await tried(equipment, 53, "192.0.2.53")
    assert (seen.outcome, seen.reason) == (Outcome.ERROR, Reason.NO_ROUTE)
