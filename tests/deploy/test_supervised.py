"""What systemd hears of the daemon, on a real datagram socket."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from tests.daemon.running import PATIENCE_SECONDS, files, listener, now, running, service, until
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.daemon.supervisor import Supervisor
from uptime_daemon.store.database import open_store
from uptime_daemon.store.writer import GROUP_COMMIT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.store.database import Database


@dataclass
class Listening:
    """The socket that a supervisor reads."""

    socket: socket.socket
    heard: list[dict[str, str]] = field(default_factory=list)

    def read(self) -> list[dict[str, str]]:
        """Everything said so far, one mapping a datagram."""
        while True:
            try:
                said = self.socket.recv(4096).decode()
            except BlockingIOError:
                return self.heard
            self.heard.append(dict(line.split("=", 1) for line in said.splitlines()))

    def signs(self) -> int:
        """How often the watchdog was satisfied."""
        return sum("WATCHDOG" in each for each in self.read())

    async def until_said(self, name: str, times: int = 1) -> dict[str, str]:
        """Wait until something was said so many times; the last time it was."""

        async def holds() -> bool:
            return sum(name in each for each in self.read()) >= times

        await until(holds, lambda: f"{name} was not said {times} times: {self.heard}")
        return [each for each in self.heard if name in each][-1]


@contextmanager
def listening(address: str) -> Iterator[Listening]:
    """A supervisor's socket at a path, or at an abstract address."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
        own.setblocking(False)
        own.bind(address)
        yield Listening(own)


async def test_the_life_of_a_daemon_as_told(tmp_path: Path) -> None:
    """Ready once it measures; signs go on; a reload begins and ends, refused or not; the end is told."""
    address = str(tmp_path / "notify")
    told = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "90000000"}
    with listening(address) as heard:
        async with service() as watched, listener() as one, listener() as two:
            own = files(tmp_path / "own", watched.port, (one.port, two.port))
            async with running(own, ready=False, environment=told) as daemon:
                ready = await heard.until_said("READY")
                assert ready["STATUS"] == "measuring 1 probes from test-1"
                assert (await daemon.get("/-/ready"))[0] == 200
                daemon.process.send_signal(signal.SIGHUP)
                assert int((await heard.until_said("RELOADING"))["MONOTONIC_USEC"]) > 0
                assert (await heard.until_said("READY", 2))["STATUS"] == ready["STATUS"]
                text = own.probes.read_text()
                own.probes.write_text(text.replace("kind: http", "kind: telepathy"))
                daemon.process.send_signal(signal.SIGHUP)
                refused = await heard.until_said("READY", 3)
                assert refused["STATUS"].startswith("the last reload was refused: ")
                assert "telepathy" in refused["STATUS"]
                await heard.until_said("WATCHDOG", 2)
                assert await daemon.end() == 0
            assert "STOPPING" in heard.read()[-1]
            assert [next(iter(each)) for each in heard.heard if "WATCHDOG" not in each] == [
                "READY", "RELOADING", "READY", "RELOADING", "READY", "STOPPING",
            ]  # fmt: skip


def _beat(store: Database, supervisor: Supervisor) -> None:
    """What a daemon does all the time; five of them take longer than a commit is waited for."""
    store.alive(now())
    supervisor.heard(store.stats())
    time.sleep(GROUP_COMMIT_SECONDS / 5)


def until_signs(store: Database, supervisor: Supervisor, heard: Listening, more: int) -> None:
    """Wait until a daemon has passed on so many more signs."""
    before, deadline = heard.signs(), time.monotonic() + PATIENCE_SECONDS
    while heard.signs() < before + more:
        assert time.monotonic() < deadline
        _beat(store, supervisor)


def test_a_store_that_hangs_is_not_vouched_for(tmp_path: Path) -> None:
    """Signs go on while it writes or says why it cannot, and end while its thread is stuck."""
    entered, released = threading.Event(), threading.Event()
    name = f"uptime-daemon-test-notify-{os.getpid()}"

    def stick(_: object) -> None:
        entered.set()
        released.wait()

    with (
        listening(f"\0{name}") as heard,
        open_store(f"sqlite:///{tmp_path}/u.db", create=True) as store,
    ):
        supervisor = Supervisor.of({"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "1"})
        store.open_session("here", now())
        until_signs(store, supervisor, heard, 1)
        stuck = threading.Thread(target=store._writer.carry_out, args=(stick,))
        stuck.start()
        try:
            assert entered.wait(PATIENCE_SECONDS)  # nothing else is under way any more
            supervisor.heard(store.stats())
            before = heard.signs()
            for _ in range(15):
                _beat(store, supervisor)
            assert heard.signs() == before
        finally:
            released.set()
            stuck.join()
        until_signs(store, supervisor, heard, 1)


def test_a_database_that_is_away_is_no_reason_to_start_again(tmp_path: Path) -> None:
    """A store that says why nothing is written lives: what waits in it would be lost."""
    address = str(tmp_path / "notify")
    with listening(address) as heard, open_store(f"sqlite:///{tmp_path}/u.db", create=True) as store:
        supervisor = Supervisor.of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1"})
        store.open_session("here", now())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store._recorder, "write", _no_room)
            until_signs(store, supervisor, heard, 2)
            assert "is full" in (store.stats().trouble or "")


def _no_room(*_: object) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorname = "SQLITE_FULL"
    raise OperationalError("a statement of the test", None, full)


@pytest.mark.parametrize(
    "environment",
    [{}, {"NOTIFY_SOCKET": "vsock:2:1234", "WATCHDOG_USEC": "1"}, {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "1"}],
)
def test_without_a_supervisor_nothing_happens(environment: dict[str, str], tmp_path: Path) -> None:
    """No socket, one of another kind, or one that is gone: the daemon goes on."""
    supervisor = Supervisor.of(environment)
    with open_store(f"sqlite:///{tmp_path}/u.db", create=True) as store:
        supervisor.heard(store.stats())
        supervisor.ready("measuring")
        supervisor.reloading(SECOND)
        supervisor.stopping()


def test_signs_are_for_the_process_that_is_watched(tmp_path: Path) -> None:
    """WATCHDOG_PID names it; without a watchdog no signs are sent."""
    address = str(tmp_path / "notify")
    with listening(address) as heard, open_store(f"sqlite:///{tmp_path}/u.db", create=True) as store:
        for watchdog, signs in (
            ({}, 0),
            ({"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}, 0),
            ({"WATCHDOG_USEC": "1", "WATCHDOG_PID": str(os.getpid())}, 1),
        ):
            Supervisor.of({"NOTIFY_SOCKET": address, **watchdog}).heard(store.stats())
            assert heard.signs() == signs


@pytest.mark.timeout(60)
def test_a_supervisor_that_does_not_read_holds_nothing_up(tmp_path: Path) -> None:
    """A full socket loses words, never time."""
    address = str(tmp_path / "notify")
    with listening(address) as heard:
        supervisor = Supervisor(address, watches=True)
        for _ in range(2_000):
            supervisor.ready("x" * 100)
        assert 0 < len(heard.read()) < 2_000
