"""The system's resolver: addresses are not asked for, one name is asked once at a time, waiting can be given up."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from uptime_daemon.probers.resolver import SystemResolver


@pytest.fixture
def resolver() -> Iterator[SystemResolver]:
    """A resolver that is closed again."""
    made = SystemResolver(threads=2)
    yield made
    made.close()


async def test_addresses_are_themselves(resolver: SystemResolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address needs nobody to resolve it."""
    monkeypatch.delattr(socket, "getaddrinfo")
    assert [str(address) for address in await resolver.addresses("127.0.0.1", 80)] == ["127.0.0.1:80"]
    assert [str(address) for address in await resolver.addresses("::1", 443)] == ["[::1]:443"]


async def test_localhost_is_known(resolver: SystemResolver) -> None:
    """A name of the hosts file is found with the port that was asked for."""
    assert "127.0.0.1:8080" in [str(address) for address in await resolver.addresses("localhost", 8080)]


async def test_name_is_asked_once_at_a_time(resolver: SystemResolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten attempts at one name are one lookup, whoever gives up takes it from nobody; later the name is asked anew."""
    asked: list[str] = []
    may_answer = threading.Event()

    def slow(host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        may_answer.wait(120)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    waiting = [asyncio.create_task(resolver.addresses("vendor.example", port)) for port in range(10)]
    await asyncio.sleep(0.05)
    waiting[0].cancel()
    may_answer.set()
    found = await asyncio.gather(*waiting[1:])
    assert [str(address) for (address,) in found] == [f"192.0.2.7:{port}" for port in range(1, 10)]
    await resolver.addresses("vendor.example", 80)
    assert asked == ["vendor.example"] * 2


async def test_trouble_of_nobody_is_not_logged(
    resolver: SystemResolver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A lookup that fails after everybody stopped waiting is forgotten without a word."""
    may_answer = threading.Event()

    def fail(*_: Any, **__: Any) -> None:
        may_answer.wait(120)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    waiting = asyncio.create_task(resolver.addresses("vendor.example", 80))
    await asyncio.sleep(0.02)
    waiting.cancel()
    may_answer.set()
    await asyncio.sleep(0.1)
    with pytest.raises(socket.gaierror):
        await resolver.addresses("vendor.example", 80)
    assert caplog.records == []
