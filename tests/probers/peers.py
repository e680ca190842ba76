"""Real programs of others as peers: each on free ports of loopback, in a folder of its own, ended with its test."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

READY_SECONDS = 20
"""How long a program may need until it answers, on a loaded machine."""
_LISTEN, _OPEN = "0A", "07"
"""The states of listening streams and of datagram sockets in the tables of Linux (proc(5))."""
END_SECONDS = 10
"""How long it may need to end before it is killed."""


def free_ports(count: int) -> list[int]:
    """Ports that are free over TCP and UDP; the program that gets them must take them at once."""
    with contextlib.ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            stream = stack.enter_context(socket.socket())
            stream.bind(("127.0.0.1", 0))
            port = stream.getsockname()[1]
            datagrams = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            with contextlib.suppress(OSError):
                datagrams.bind(("127.0.0.1", port))
                ports.append(port)
        return ports


def takes_connections(port: int) -> bool:
    """Whether somebody listens."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def listens(port: int, table: str = "tcp") -> bool:
    """Whether somebody has the port, without a connection: some programs serve one at a time and wait for its words."""
    tables = (Path(f"/proc/net/{table}{version}") for version in ("", "6"))
    rows = (
        row.split() for each in tables if each.exists() for row in each.read_text(encoding="ascii").splitlines()[1:]
    )
    return any(row[1].endswith(f":{port:04X}") and row[3] in {_LISTEN, _OPEN} for row in rows)


@contextlib.contextmanager
def running(
    command: Sequence[str], folder: Path, is_ready: Callable[[], bool], environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program, once it is ready; with all that it started it is ended."""
    output = folder / "output.log"
    with output.open("wb") as log:
        program = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    try:
        end = time.monotonic() + READY_SECONDS
        while not is_ready():
            assert program.poll() is None, output.read_text(errors="replace")[-2000:]
            assert time.monotonic() < end, output.read_text(errors="replace")[-2000:]
            time.sleep(0.02)
        yield program
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(END_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait(END_SECONDS)
