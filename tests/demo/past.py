"""The demonstration's files and history as of any instant, without its servers."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from uptime_daemon.demo.files import HISTORY, Ports, written
from uptime_daemon.demo.history import recorded
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.settings.reading import load
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.time.instants import Instant

PORTS = Ports(first=9, mailbox=14, sentinels=(15, 16))
"""Nobody listens there, and nobody asks."""


@contextmanager
def demonstrated(folder: Path, now: Instant) -> Iterator[Judge]:
    """The judgements of a demonstration that starts at an instant."""
    files = written(folder, PORTS, 17, now)
    settings = load(files.configuration, {})
    with open_store(settings.database, create=True) as store:
        recorded(settings, store, folder / HISTORY, now)
        yield Judge(settings, store)
