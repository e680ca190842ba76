"""The demonstration: a real daemon, a stand-in vendor on loopback that can be broken, a year of history, its letters.

What never lives here: anything that the daemon itself needs, and any figure; all of them come from the daemon's rooms.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from uptime_daemon.clock import SystemClock
from uptime_daemon.daemon.logs import log_to_standard_error
from uptime_daemon.daemon.serving import served
from uptime_daemon.demo.files import HISTORY, Ports, written
from uptime_daemon.demo.history import recorded
from uptime_daemon.demo.listening import bound
from uptime_daemon.demo.mailbox import Mailbox
from uptime_daemon.demo.sentinels import Sentinel
from uptime_daemon.demo.vendor import StandIn
from uptime_daemon.demo.words import addresses, next_steps
from uptime_daemon.desk.intake.facts import IntakeError
from uptime_daemon.settings.reading import load
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from uptime_daemon.settings.values import Settings
    from uptime_daemon.store.ports import Store

LETTERS: Final = "mail"
"""The folder in which the demonstration's letters arrive."""


def demonstrate(folder: Path | None, port: int) -> int:
    """Run the demonstration until it is told to end; its exit code.

    `folder` keeps its files, a new temporary one unless given; `port` and the four after it are listened on.
    """
    chosen = Path(tempfile.mkdtemp(prefix="uptime-demo-")) if folder is None else folder
    if chosen.exists() and any(chosen.iterdir()) and not (chosen / HISTORY).exists():
        raise IntakeError(f"{chosen} holds other files; name a new folder or one of an earlier demonstration")
    chosen.mkdir(parents=True, exist_ok=True)
    log_to_standard_error()
    return asyncio.run(_demonstrated(chosen, port))


async def _demonstrated(folder: Path, port: int) -> int:
    """The stand-in and its mailbox first, then the daemon on the files that name their ports."""
    async with Mailbox(folder / LETTERS) as mailbox, Sentinel() as one, Sentinel() as other:
        ports = Ports(port, mailbox=mailbox.port, sentinels=(one.port, other.port))
        async with StandIn(ports, mailbox) as stand_in:
            for each in (ports.house, ports.public):
                bound(each).close()  # told now, not after a minute of waiting for the history
            files = written(folder, ports, stand_in.line_port, SystemClock().now())
            _say(addresses(folder, ports))
            settings = load(files.configuration, {})
            store = open_store(settings.database, create=True)
            try:
                await asyncio.to_thread(_remembered, settings, store, folder)
                _say(next_steps(files.configuration, ports))
                await served(settings, store)
            finally:
                store.close()
    return 0


def _remembered(settings: Settings, store: Store, folder: Path) -> None:
    """The history of the stand-in, once: a demonstration that is started again goes on with what it has."""
    if not store.series():
        recorded(settings, store, folder / HISTORY, SystemClock().now())


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
