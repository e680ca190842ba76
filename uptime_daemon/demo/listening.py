"""Ports of this machine: taken, or a message that says which one is not free."""

from __future__ import annotations

import socket
from typing import Final

HOST: Final = "127.0.0.1"
BACKLOG: Final = 64
"""Connections that wait to be accepted: a few probes and a person's browser."""


def bound(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 is any free one. `OSError` names the port that another program has."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
        taken.listen(BACKLOG)
    except OSError as trouble:
        taken.close()
        message = f"cannot listen on {HOST}:{port}: {trouble.strerror}; free it or name another one (--port)"
        raise OSError(trouble.errno, message) from trouble
    return taken
