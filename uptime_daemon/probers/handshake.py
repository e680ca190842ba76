"""One TLS handshake: whether the endpoint shows a certificate that is trusted, long enough, and the expected one."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from uptime_daemon.probers.connecting import connected, let_go, spoken
from uptime_daemon.probers.progress import tried

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.endpoints.streams import TlsEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress


async def attempt(endpoint: TlsEndpoint, within: Duration, equipment: Equipment) -> Attempt:
    """One try at a TLS endpoint that ends within the given elapsed microseconds."""
    return await tried(partial(_shaken, endpoint, equipment), endpoint.checks, within, equipment.clock)


async def _shaken(endpoint: TlsEndpoint, equipment: Equipment, progress: Progress) -> None:
    addresses = await equipment.resolver.addresses(endpoint.host, endpoint.port)
    context = progress.prepared(partial(equipment.context, endpoint))
    connection = await connected(addresses, progress)
    name = endpoint.server_name or endpoint.host
    transport, _ = await spoken(asyncio.Protocol, connection, progress, context, name)
    let_go(transport)
