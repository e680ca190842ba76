"""A real PostgreSQL of the tests' own: made in a temporary folder, reached by a socket in it, removed afterwards."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pg8000.native

from tests.memory import in_memory

START_SECONDS_MAX = 300
STOP_SECONDS_MAX = 300
_USER = "postgres"
"""Who runs the server when the tests run as root, whom it refuses."""


class Server:
    """One server; `url` gives each caller an empty schema of a database of its own."""

    CRASH = signal.SIGQUIT

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["postgres", "-D", str(self._folder / "data"), "-k", str(self._folder), "-h", ""],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **_other_user(),  # type: ignore[call-overload]
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                self.execute("SELECT 1")
            except (pg8000.native.InterfaceError, pg8000.native.DatabaseError):
                assert time.monotonic() < deadline, (self._folder / "log").read_text(encoding="utf-8")
                assert self._process.poll() is None, (self._folder / "log").read_text(encoding="utf-8")
                time.sleep(0.02)
            else:
                return

    def stop(self, kind: signal.Signals = signal.SIGINT) -> None:
        """End every connection and the server: by SIGINT as a restart does, by SIGQUIT as a crash does."""
        if self._process is None:
            return  # a test that failed meanwhile
        self._process.send_signal(kind)
        self._process.wait(STOP_SECONDS_MAX)
        self._process = None

    def execute(self, statement: str) -> list[list[object]]:
        """Run a statement as the server's owner; returns its rows."""
        connection = pg8000.native.Connection(
            _USER, database="postgres", unix_sock=f"{self._folder}/.s.PGSQL.5432", timeout=300
        )
        try:
            return connection.run(statement) or []
        finally:
            connection.close()

    def url(self) -> str:
        """The URL of a place without tables."""
        schema = f"s{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {schema}")
        return f"postgresql://{_USER}@/postgres?host={self._folder}&options=-csearch_path%3D{schema}"


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A server that runs meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="uptime-postgres-", dir=in_memory()))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER, _USER)
        subprocess.run(
            ["initdb", "--no-sync", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "-D", folder / "data"],
            check=True,
            capture_output=True,
            timeout=START_SECONDS_MAX,
            cwd=folder,
            **_other_user(),  # type: ignore[call-overload]
        )
        server = Server(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop(Server.CRASH)
    finally:
        shutil.rmtree(folder)


def _other_user() -> dict[str, object]:
    return {"user": _USER, "group": _USER, "extra_groups": []} if os.geteuid() == 0 else {}
