"""Real programs of others as peers: each on ports of its own, in a folder of its own, ended with its test."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

READY_SECONDS = 60
"""How long a program may need until it answers, on a loaded machine."""
_LISTEN, _OPEN = "0A", "07"
"""The states of listening streams and of datagram sockets in the tables of Linux (proc(5))."""
END_SECONDS = 30
"""How long it may need to end before it is killed."""


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


def smtpd(file: Path) -> list[str]:
    """The command of an OpenSMTPD that stands alone, however many there are.

    In a mount namespace neither its queue nor its control socket is the machine's: a second one would end at once,
    because the socket of the first is there.
    """
    alone = "mount -t tmpfs none /var/spool/smtpd && chmod 711 /var/spool/smtpd && mount -t tmpfs none /run"
    script = f"{alone} && exec smtpd -d -f {shlex.quote(str(file))}"
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]


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
