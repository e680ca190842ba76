"""What the tests of the probers share: the equipment, a resolver that knows what a test tells it, authorities."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from uptime_daemon.clock import SystemClock
from uptime_daemon.probers.equipment import Equipment
from uptime_daemon.probers.ports import Address
from uptime_daemon.probers.readiness import readiness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence


class KnownNames:
    """A resolver that knows these names, and addresses as such; a name may also be trouble."""

    def __init__(self, names: dict[str, Sequence[Address | str] | Exception]) -> None:
        self.names = names
        self.asked: list[str] = []

    async def addresses(self, host: str, port: int) -> Sequence[Address]:
        """What the test told."""
        self.asked.append(host)
        found = self.names.get(host, [host])
        if isinstance(found, Exception):
            raise found
        return [
            each
            if isinstance(each, Address)
            else Address(socket.AF_INET6 if ":" in each else socket.AF_INET, each, port)
            for each in found
        ]


class NoAnswer:
    """A resolver that never answers."""

    async def addresses(self, host: str, port: int) -> Sequence[Address]:  # noqa: ARG002 - whoever is asked for
        """Wait for ever."""
        await asyncio.Event().wait()
        return []


@pytest.fixture
def names() -> KnownNames:
    """The resolver of the equipment."""
    return KnownNames({"vendor.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})


@pytest.fixture
def equipment(names: KnownNames) -> Equipment:
    """Real clocks, known names."""
    return Equipment(SystemClock(), names)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The authority that the tests trust."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The PEM file of that authority."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> Callable[[trustme.LeafCert | None], ssl.SSLContext]:
    """The TLS side of a server with this certificate, or with a good one."""

    def make(certificate: trustme.LeafCert | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (certificate or authority.issue_cert("vendor.example", "127.0.0.1")).configure_cert(context)
        return context

    return make


@pytest.fixture
async def no_leak() -> AsyncIterator[None]:
    """After the test, no descriptor more is open than before."""
    readiness()  # which the loop keeps
    before = _open_descriptors()
    yield
    for _ in range(6_000):  # a minute: a busy machine reaps a killed program late
        if _open_descriptors() <= before:
            break
        await asyncio.sleep(0.01)
    assert _open_descriptors() <= before


def _open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
