"""The daemon as a process: its database, its loop, its signals."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

from uptime_daemon.clock import SystemClock
from uptime_daemon.daemon import process
from uptime_daemon.daemon.daemon import Daemon
from uptime_daemon.daemon.logs import log_to_standard_error
from uptime_daemon.daemon.supervisor import Supervisor
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.settings.values import Settings
    from uptime_daemon.store.ports import Store


def serve(settings: Settings) -> int:
    """Run the daemon until a signal ends it; its exit code."""
    process.settle()
    log_to_standard_error()
    store = open_store(settings.database, create=True)
    try:
        asyncio.run(served(settings, store))
    finally:
        store.close()
    return 0


async def served(settings: Settings, store: Store) -> None:
    """Run the daemon on the loop that runs until a signal ends it."""
    daemon = Daemon(settings, store, SystemClock(), Supervisor.of(os.environ))
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[Sequence[str]]] = set()

    def reload() -> None:
        task = loop.create_task(daemon.reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, daemon.stop)
    loop.add_signal_handler(signal.SIGHUP, reload)
    await daemon.run()
