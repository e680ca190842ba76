"""One connection over TCP, plain or with TLS: connect, maybe say something, maybe wait for an answer."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.probers.connecting import connected, let_go, spoken
from uptime_daemon.probers.endpoints.conditions import Check, Expected
from uptime_daemon.probers.progress import tried
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.streams import TcpEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

ANSWER_BYTES_MAX: Final = 64 * 1024
"""How much of an answer is searched: greetings and banners are lines, not pages."""


async def attempt(endpoint: TcpEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at a TCP endpoint that ends within the given elapsed microseconds."""
    checks: tuple[Check, ...] = endpoint.checks
    if endpoint.expect:
        checks = (Expected(endpoint.expect.decode(errors="replace")), *checks)
    speak = partial(_exchange, endpoint, equipment)
    return await tried(speak, checks, within, equipment.clock, [endpoint.send.decode(errors="ignore")])


async def _exchange(endpoint: TcpEndpoint, equipment: Equipment, progress: Progress) -> None:
    """Connect, say what is to be said, read until the expected came, into the progress."""
    addresses = await equipment.resolver.addresses(endpoint.host, endpoint.port)
    context = progress.prepared(partial(equipment.context, endpoint)) if endpoint.tls else None
    connection = await connected(addresses, progress)
    reader = asyncio.StreamReader(limit=ANSWER_BYTES_MAX)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await spoken(lambda: protocol, connection, progress, context, endpoint.host)
    try:
        if endpoint.send:
            transport.write(endpoint.send)
        if endpoint.expect:
            await _read(reader, endpoint.expect, progress.answer.body)
    finally:
        let_go(transport)


async def _read(reader: asyncio.StreamReader, expected: bytes, body: bytearray) -> None:
    while expected not in body:
        piece = await reader.read(ANSWER_BYTES_MAX)
        body += piece
        if not body:
            raise AttemptError(Reason.CONNECTION_RESET, "the connection was closed before any answer")
        if not piece:
            return  # the check tells what came instead
        if len(body) > ANSWER_BYTES_MAX:
            raise AttemptError(Reason.ANSWER_TOO_LARGE, f"more than {ANSWER_BYTES_MAX} bytes without the expected")
