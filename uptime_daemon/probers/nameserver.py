"""One question to one name server (RFC 1035) over UDP or TCP; the system's resolver has no part in it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from uptime_daemon.core.facts.observation import Phase, Reason
from uptime_daemon.probers import trouble
from uptime_daemon.probers.connecting import connected, spoken
from uptime_daemon.probers.datagrams import addressed
from uptime_daemon.probers.endpoints.conditions import Check, DnsAnswerIs, DnsRcode, Expected
from uptime_daemon.probers.endpoints.nameservers import DnsRecord, DnsTransport
from uptime_daemon.probers.ports import Address
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.datagrams import Datagrams
    from uptime_daemon.probers.endpoints.nameservers import DnsEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

RESEND_SECONDS: Final = 2
"""How long one datagram is waited for before the question is sent again: RFC 1035, section 4.2.1 asks for 2 to 5."""
UDP_BYTES_MAX: Final = 1232
"""How long an answer over UDP may be: what passes every network in one piece (RFC 9715, section 3.2)."""
ALIASES_MAX: Final = 16
"""How many aliases in a row are followed: as many as resolvers do."""
_ID_BYTES: Final = 2
_LENGTH_BYTES: Final = 2


async def attempt(endpoint: DnsEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at a name server that ends within the given elapsed microseconds."""
    checks: tuple[Check, ...] = (DnsAnswerIs(endpoint.rcode), *endpoint.checks)
    if endpoint.expect:
        checks = (*checks, _expected(endpoint))
    return await tried(partial(_exchange, endpoint), checks, within, equipment.clock)


async def _exchange(endpoint: DnsEndpoint, progress: Progress) -> None:
    """Ask, and put the records of the asked type into the progress."""
    query = dns.message.make_query(
        endpoint.name.encode("idna").decode("ascii"),
        dns.rdatatype.from_text(endpoint.record),
        use_edns=0,
        payload=UDP_BYTES_MAX,
        flags=dns.flags.RD if endpoint.recursive else 0,
    )
    family = socket.AF_INET6 if ipaddress.ip_address(endpoint.server).version == 6 else socket.AF_INET  # noqa: PLR2004
    address = Address(family, endpoint.server, endpoint.port)
    response = None
    if endpoint.transport is DnsTransport.UDP:
        response = await _over_udp(query, address, progress)
    if response is None or response.flags & dns.flags.TC:
        response = await _over_tcp(query, address, progress)
    answer = progress.answer
    answer.rcode = dns.rcode.to_text(response.rcode())
    if answer.rcode == DnsRcode.REFUSED and endpoint.rcode is not DnsRcode.REFUSED:
        raise AttemptError(Reason.ACCESS_REFUSED, "our access was refused: the server answers REFUSED")
    # a set, which servers turn round at will: sorted, so that one answer always reads the same
    answer.body += "".join(f"{text}\n" for text in sorted(_records(query, response))).encode()


def _expected(endpoint: DnsEndpoint) -> Expected:
    """What must stand in the records; an address is one of them, and not the beginning of another."""
    if endpoint.record in {DnsRecord.A, DnsRecord.AAAA}:
        with suppress(ValueError):
            return Expected(str(ipaddress.ip_address(endpoint.expect)), is_line=True)
    return Expected(endpoint.expect)


def _records(query: dns.message.Message, response: dns.message.Message) -> list[str]:
    """The records of the asked type at the name, or at the name that it is an alias of; no stranger's."""
    asked, name = query.question[0], query.question[0].name
    for _ in range(ALIASES_MAX):
        found = response.get_rrset(response.answer, name, asked.rdclass, asked.rdtype)
        if found:
            return [record.to_text() for record in found]
        alias = response.get_rrset(response.answer, name, asked.rdclass, dns.rdatatype.CNAME)
        if not alias:
            break
        name = alias[0].target
    return []


async def _over_udp(query: dns.message.Message, address: Address, progress: Progress) -> dns.message.Message:
    progress.enter(Phase.ANSWER)
    progress.dialled = (str(address),)
    transport, datagrams = await addressed(address)
    try:
        while True:
            transport.sendto(query.to_wire())
            try:
                async with asyncio.timeout(RESEND_SECONDS):
                    response = await _answer(query, datagrams)
            except TimeoutError:
                continue
            progress.peer = str(address)
            return response
    except OSError as error:
        refused = trouble.of_exception(error, Phase.ANSWER)
        progress.peer = str(address) if refused.reason is Reason.CONNECTION_REFUSED else ""
        raise refused from error
    finally:
        transport.abort()


async def _answer(query: dns.message.Message, datagrams: Datagrams) -> dns.message.Message:
    while True:
        if (response := _of_wire(query, await datagrams.receive())) is not None:
            return response


async def _over_tcp(query: dns.message.Message, address: Address, progress: Progress) -> dns.message.Message:
    connection = await connected([address], progress)
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await spoken(lambda: protocol, connection, progress)
    try:
        wire = query.to_wire()
        transport.write(len(wire).to_bytes(_LENGTH_BYTES) + wire)
        while True:
            length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES))
            if (response := _of_wire(query, await reader.readexactly(length))) is not None:
                return response
    except asyncio.IncompleteReadError as end:
        raise AttemptError(Reason.CONNECTION_RESET, "the connection was closed before an answer") from end
    finally:
        transport.abort()


def _of_wire(query: dns.message.Message, wire: bytes) -> dns.message.Message | None:
    """The answer to a question; None for what carries another number or answers another question."""
    if wire[:_ID_BYTES] != query.id.to_bytes(_ID_BYTES):
        return None
    try:
        # what is cut off is asked for over TCP; until then its header is enough
        response = dns.message.from_wire(wire, ignore_trailing=True, raise_on_truncation=False)
    except (dns.exception.DNSException, ValueError) as error:
        raise AttemptError(Reason.ANSWER_INVALID, f"no DNS: {type(error).__name__}") from error
    return response if query.is_response(response) else None
