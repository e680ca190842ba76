"""A listener of our own that stands for the outside world: only a demonstration may take this machine for a witness."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uptime_daemon.demo.listening import bound

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Sentinel:
    """Takes every connection and lets it go."""

    def __init__(self) -> None:
        self._socket = bound(0)
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it waits."""
        port: int = self._socket.getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(_let_go, sock=self._socket)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()


async def _let_go(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
