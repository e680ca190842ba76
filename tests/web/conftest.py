"""Real listeners for the tests of this folder."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.web.boards import HEAD
from tests.web.listening import Kept, Life, Shown, metrics_of, served
from uptime_daemon.web.app import internal_app, public_app


@dataclass
class Listener:
    """A listener, what stands behind it, and a client."""

    address: str
    client: aiohttp.ClientSession
    shown: Shown
    kept: Kept
    life: Life

    async def get(self, path: str, **options: Any) -> tuple[aiohttp.ClientResponse, str]:
        """An answer and its text."""
        return await self.ask("GET", path, **options)

    async def ask(self, method: str, path: str, **options: Any) -> tuple[aiohttp.ClientResponse, str]:
        """An answer to any method and its text."""
        async with self.client.request(method, self.address + path, **options) as response:
            return response, await response.text()

    async def json(self, path: str) -> tuple[int, Any]:
        """The status and the content of a JSON answer."""
        async with self.client.get(self.address + path) as response:
            return response.status, await response.json()


@pytest.fixture
async def inside() -> AsyncIterator[Listener]:
    """The internal listener as on loopback: no users, money shown."""
    shown, kept, life = Shown(), Kept(), Life()
    app = internal_app(boards=shown, records=kept, lifecycle=life, metrics=metrics_of(shown))
    async with served(app) as address, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(120)) as client:
        yield Listener(address, client, shown, kept, life)


@pytest.fixture
async def outside() -> AsyncIterator[Listener]:
    """The public listener."""
    shown = Shown()
    async with (
        served(public_app(boards=shown, head=HEAD)) as address,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(120)) as client,
    ):
        yield Listener(address, client, shown, Kept(), Life())
