"""A way through an HTTP proxy of ours (RFC 9110, section 9.3.6): what goes wrong before its end is our side's."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Reason
from uptime_daemon.probers.connecting import connected
from uptime_daemon.probers.endpoints.places import shown_url
from uptime_daemon.probers.trouble import AttemptError

if TYPE_CHECKING:
    import socket

    from yarl import URL

    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress

ANSWER_BYTES_MAX: Final = 8 * 1024
"""How long a proxy's answer to CONNECT may be: a status line and some headers."""
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)[ \r]")
_ACCESS_REFUSED: Final = frozenset({401, 403, 407, 429})
_SUCCESS: Final = range(200, 300)


async def tunnelled(proxy: URL, host: str, port: int, equipment: Equipment, progress: Progress) -> socket.socket:
    """A connection to the endpoint through the proxy; `AttemptError` of our side where there is none.

    The endpoint itself may be why, but only the proxy knows, and its word against a vendor is none.
    """
    progress.ours = f"our proxy {shown_url(proxy)} did not connect us in time"
    connection = await _reached(proxy, equipment, progress)
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    headers = {"Host": place, **_authorization(proxy)}
    head = f"CONNECT {place} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    try:
        status = await _status(connection, head.encode())
    except BaseException as error:
        connection.close()
        if isinstance(error, OSError):
            raise _unreachable(proxy, "it hung up or speaks no HTTP") from error
        raise
    if status in _SUCCESS:
        progress.ours = ""
        return connection
    connection.close()
    if status in _ACCESS_REFUSED:
        raise AttemptError(Reason.ACCESS_REFUSED, f"our proxy {shown_url(proxy)} refuses us: status {status}")
    raise _unreachable(proxy, f"it answers {status}, and whose fault that is nobody can tell")


async def _reached(proxy: URL, equipment: Equipment, progress: Progress) -> socket.socket:
    try:
        addresses = await equipment.resolver.addresses(proxy.raw_host or "", proxy.port or 0)
        return await connected(addresses, progress)
    except AttemptError as error:
        raise _unreachable(proxy, error.detail) from error
    except OSError as error:
        raise _unreachable(proxy, error.strerror or "its name cannot be looked up") from error


def _authorization(proxy: URL) -> dict[str, str]:
    """The header by which we say who we are, empty where the proxy's address names nobody."""
    if not proxy.user:
        return {}
    told = base64.b64encode(f"{proxy.user}:{proxy.password or ''}".encode()).decode()
    return {"Proxy-Authorization": f"Basic {told}"}


async def _status(connection: socket.socket, head: bytes) -> int:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, head)
    answer = b""
    while b"\r\n\r\n" not in answer:
        # the endpoint speaks only after we did, so nothing of it can be taken here
        piece = await loop.sock_recv(connection, ANSWER_BYTES_MAX - len(answer))
        answer += piece
        if not piece or len(answer) >= ANSWER_BYTES_MAX:
            raise ConnectionError
    line = _STATUS_LINE.match(answer)
    if line is None:
        raise ConnectionError
    return int(line[1])


def _unreachable(proxy: URL, why: str) -> AttemptError:
    return AttemptError(Reason.NO_ROUTE, f"no way through our proxy {shown_url(proxy)}: {why}")
