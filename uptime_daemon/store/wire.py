"""Connections to a PostgreSQL server that end in bounded time, whatever becomes of the server and the network."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from pg8000 import dbapi

if TYPE_CHECKING:
    import ssl

CONNECT_SECONDS: Final = 5
"""How long the server may take to answer; a writer that waits has its callers waiting, who give up after 30 s."""
SILENT_NETWORK_SECONDS_MAX: Final = 15
"""How long sent bytes may stay unconfirmed: a server that vanished is told within the wait of a writer's caller."""
ANSWER_SECONDS_MAX: Final = 125
"""How long one answer may take: the server breaks off its statements before, this is for one that is frozen."""


class Wire(dbapi.Connection):  # type: ignore[misc]
    """A connection whose every break is the driver's own error, also that of a read."""

    def handle_messages(self, context: Any) -> None:
        """Read what the server says."""
        try:
            super().handle_messages(context)
        except OSError as error:
            raise dbapi.InterfaceError("network error") from error

    def close(self) -> None:
        """End it; one that is broken has ended, and what broke it is told to whom it concerns."""
        with suppress(dbapi.InterfaceError, OSError):
            super().close()


def connected(host: str, port: int, *, encryption: ssl.SSLContext | bool | None, **options: Any) -> Wire:
    """A new connection; a host that begins with a slash is the folder of the server's socket."""
    local = host.startswith("/")
    link = _unix_socket(f"{host}/.s.PGSQL.{port}") if local else _tcp_socket(host, port)
    try:
        return Wire(host=host, sock=link, ssl_context=False if local else encryption, **options)
    except BaseException:
        link.close()
        raise


def _unix_socket(path: str) -> socket.socket:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(CONNECT_SECONDS)
    try:
        link.connect(path)
    except OSError:
        link.close()
        raise
    link.settimeout(ANSWER_SECONDS_MAX)
    return link


def _tcp_socket(host: str, port: int) -> socket.socket:
    link = socket.create_connection((host, port), CONNECT_SECONDS)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_NODELAY, 1),
        (socket.TCP_KEEPIDLE, 5),  # seconds; with the next two a vanished server is found out as fast by a silent link
        (socket.TCP_KEEPINTVL, 5),
        (socket.TCP_KEEPCNT, 2),
        (socket.TCP_USER_TIMEOUT, SILENT_NETWORK_SECONDS_MAX * 1_000),
    ):
        link.setsockopt(socket.IPPROTO_TCP, option, value)
    link.settimeout(ANSWER_SECONDS_MAX)
    return link
