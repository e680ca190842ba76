"""Documents that commands take from a file or, over HTTPS, from the server of whoever publishes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.desk.intake.recording import Proof


def documents(source: str, below: Sequence[str] = ()) -> list[Proof]:
    """The document at a path or an address; of an address without a document's name those `below` it.

    Raises `SourceError`, `IntakeError` and `OSError`.
    """
    import asyncio

    from uptime_daemon.desk.intake.recording import Proof
    from uptime_daemon.sources.fetching import fetched, is_url

    if not is_url(source):
        file = Path(source)
        return [Proof(file.name, file.read_bytes())]
    name = source.rstrip("/").rpartition("/")[2].partition("?")[0]
    named = name.endswith((".json", ".ics")) or not below
    urls = [source] if named else [f"{source.rstrip('/')}/{each}" for each in below]
    return [Proof(url.partition("?")[0].rpartition("/")[2], asyncio.run(fetched(url))) for url in urls]
