"""A fresh connection for one attempt: name, addresses, TCP, TLS, each phase timed, whoever comes second let go."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Final, TypeVar

from uptime_daemon.core.facts.observation import OWN_REASONS, Phase, Reason
from uptime_daemon.probers import tls, trouble
from uptime_daemon.probers.channel import PlainChannel, SecuredChannel, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uptime_daemon.probers.channel import Channel
    from uptime_daemon.probers.ports import Address
    from uptime_daemon.probers.progress import Progress
    from uptime_daemon.probers.trouble import AttemptError

_Protocol = TypeVar("_Protocol", bound=asyncio.BaseProtocol)

HEAD_START_SECONDS: Final = 0.25
"""How long one address is tried alone before the next one is tried beside it (RFC 8305, section 5)."""
ADDRESSES_MAX: Final = 8
"""How many addresses of a name are tried: large names have some eight; each costs a descriptor while tried."""
HANDSHAKE_SECONDS_MAX: Final = 86_400
"""asyncio's own limit on a handshake, set beyond every timeout of an attempt, which is the one that counts."""

_BY_THE_PEER: Final = frozenset({Reason.CONNECTION_REFUSED, Reason.CONNECTION_RESET})
"""Ends that an address itself brings about, so that it was reached."""


def let_go(transport: asyncio.Transport) -> None:
    """End a connection at once: nobody waits for the other side's goodbye."""
    with suppress(AttributeError):  # before CPython 3.11.4 a TLS transport that was closed twice has lost its protocol
        transport.abort()


async def connected(addresses: Sequence[Address], progress: Progress) -> socket.socket:
    """A connection to the first address that takes one.

    Whoever uses the service does the same (RFC 8305), so one dead address of several is no outage. If none takes a
    connection, raises `AttemptError`.
    """
    progress.enter(Phase.TCP)
    progress.dialled = tuple(map(str, addresses[:ADDRESSES_MAX]))
    if len(addresses) == 1:
        connection = await _dialled(addresses[0])
    else:
        connection = await _first_dialled(_interleaved(addresses)[:ADDRESSES_MAX])
    if isinstance(connection, _Undialled):
        progress.peer = str(connection.address) if connection.error.reason in _BY_THE_PEER else ""
        if connection.error.reason is Reason.NO_ROUTE:
            progress.phase = Phase.ROUTE
        raise connection.error
    progress.peer = str(connection.address)
    return connection.socket


async def opened(
    connection: socket.socket, progress: Progress, context: ssl.SSLContext | None = None, host: str = ""
) -> Channel:
    """A channel on a connection, with TLS if there is a context; takes the connection over, also when it fails."""
    try:
        plain = PlainChannel(connection)
        if context is None:
            progress.enter(Phase.ANSWER)
            return plain
        progress.enter(Phase.TLS)
        channel = SecuredChannel(plain, context, _asked_for(host))
        await channel.shake_hands()
    except BaseException as error:
        connection.close()
        if isinstance(error, OSError):
            raise _of_handshake(error, progress) from error
        raise
    _secured(channel.session, progress)
    return channel


async def spoken(
    make: Callable[[], _Protocol],
    connection: socket.socket,
    progress: Progress,
    context: ssl.SSLContext | None = None,
    host: str = "",
) -> tuple[asyncio.Transport, _Protocol]:
    """A protocol on a connection, with TLS if there is a context; takes the connection over, also when it fails."""
    loop = asyncio.get_running_loop()
    if context is None:
        made = await loop.create_connection(make, sock=connection)
        progress.enter(Phase.ANSWER)
        return made
    progress.enter(Phase.TLS)
    try:
        transport, protocol = await loop.create_connection(
            make,
            sock=connection,
            ssl=context,
            server_hostname=_asked_for(host),
            ssl_handshake_timeout=HANDSHAKE_SECONDS_MAX,
        )
    except OSError as error:
        raise _of_handshake(error, progress) from error
    _secured(transport.get_extra_info("ssl_object"), progress)
    return transport, protocol


async def upgraded(
    make: Callable[[], _Protocol],
    transport: asyncio.Transport,
    progress: Progress,
    context: ssl.SSLContext,
    host: str,
) -> tuple[asyncio.Transport, _Protocol]:
    """Another protocol, with TLS, on a connection on which something was said in the clear (STARTTLS).

    What came in the clear stays with the protocol before: nothing of it can be taken for something said under TLS.
    """
    progress.enter(Phase.TLS)
    protocol = make()
    try:
        secured = await asyncio.get_running_loop().start_tls(
            transport,
            protocol,
            context,
            server_hostname=_asked_for(host),
            ssl_handshake_timeout=HANDSHAKE_SECONDS_MAX,
        )
    except OSError as error:
        raise _of_handshake(error, progress) from error
    if secured is None:  # asyncio's way to say that the connection was closed meanwhile
        raise _of_handshake(ConnectionResetError(), progress)
    _secured(secured.get_extra_info("ssl_object"), progress)
    protocol.connection_made(secured)
    return secured, protocol


def _asked_for(host: str) -> str:
    return host.rstrip(".")  # RFC 6066, section 3: without the trailing dot


def _of_handshake(error: OSError, progress: Progress) -> AttemptError:
    if isinstance(error, ssl.SSLCertVerificationError):
        progress.certificates = tls.refused(error)
    return trouble.of_exception(error, Phase.TLS)


def _secured(session: ssl.SSLObject, progress: Progress) -> None:
    progress.certificates = tls.accepted(session)
    progress.answer.tls_version = tls.version(session)
    progress.enter(Phase.ANSWER)


@dataclass(frozen=True, slots=True)
class _Dialled:
    address: Address
    socket: socket.socket


@dataclass(frozen=True, slots=True)
class _Undialled:
    address: Address
    error: AttemptError


async def _dialled(address: Address) -> _Dialled | _Undialled:
    """A connection to one address, or why there is none."""
    connection: socket.socket | None = None
    try:
        connection = socket.socket(address.family, socket.SOCK_STREAM)
        connection.settimeout(0)
        place = (address.host, address.port)
        whole = (*place, address.flow, address.scope) if address.family == socket.AF_INET6 else place
        await connect(connection, whole)
    except BaseException as error:
        if connection:
            connection.close()
        if isinstance(error, OSError):
            return _Undialled(address, trouble.of_exception(error, Phase.TCP))
        raise
    return _Dialled(address, connection)


async def _first_dialled(addresses: Sequence[Address]) -> _Dialled | _Undialled:
    """The first connection of several addresses, each with a head start before the next."""
    waiting = list(reversed(addresses))
    dials: set[asyncio.Task[_Dialled | _Undialled]] = set()
    failed: list[_Undialled] = []
    try:
        while waiting or dials:
            if waiting:
                dials.add(asyncio.create_task(_dialled(waiting.pop())))
            limit = HEAD_START_SECONDS if waiting else None
            done, _ = await asyncio.wait(dials, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            for dial in done:
                dials.discard(dial)
                ended = dial.result()
                if isinstance(ended, _Dialled):
                    return ended
                failed.append(ended)
    finally:
        for dial in dials:
            dial.cancel()
            dial.add_done_callback(_let_go)
    # What the vendor did is more telling than that one of the families has no way from here.
    return min(failed, key=lambda each: each.error.reason in OWN_REASONS)


def _let_go(dial: asyncio.Task[_Dialled | _Undialled]) -> None:
    if not dial.cancelled() and isinstance(ended := dial.result(), _Dialled):
        ended.socket.close()


def _interleaved(addresses: Sequence[Address]) -> Sequence[Address]:
    """One family after the other, the family that the resolver prefers first (RFC 8305, section 4)."""
    first = addresses[0].family
    mine = [address for address in addresses if address.family == first]
    others = [address for address in addresses if address.family != first]
    return [address for address in chain.from_iterable(zip_longest(mine, others)) if address]
