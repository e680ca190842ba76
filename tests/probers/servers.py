"""Servers that do one thing, mostly wrong, on a free port of loopback; every connection ends with the server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A listening server: where, how often it was asked, what it was told."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections = 0
        self.asked = asyncio.Event()
        self.requests: list[bytes] = []

    def url(self, path: str = "/", scheme: str = "http", host: str = "127.0.0.1") -> str:
        """An address on this server."""
        return f"{scheme}://{host}:{self.port}{path}"


@contextlib.asynccontextmanager
async def serving(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server that reads the head of a request, if one comes, and then talks as it is told."""
    writers: set[asyncio.StreamWriter] = set()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.asked.set()
        writers.add(writer)
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.transport.abort()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    server = Server(listener.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def http(*answers: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server that answers every request with the next of these bytes, and closes; the last one for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answers[min(len(server.requests), len(answers)) - 1])
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with serving(talk, context) as server:
        yield server


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:  # noqa: ARG001 - says nothing
    """Take whatever comes and say nothing."""
    while await reader.read(65_536):
        pass


def endless(head: bytes, piece: bytes, pause_seconds: float = 0) -> Talk:
    """A talk that goes on for ever after its head."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_seconds)

    return talk


def reset_after(said: bytes, *, asked: bool = True) -> Talk:
    """A talk that ends with a reset (RST) after these bytes, before or after it was asked."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if asked:
            await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()
        if said:
            await asyncio.sleep(0.05)  # a reset overtakes bytes that were not yet read
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    return talk


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """A port whose queue is full, so that the system drops whoever knocks: as silent as a dead host."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            knocking = stack.enter_context(socket.socket())
            knocking.setblocking(False)
            knocking.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@contextlib.contextmanager
def free_port() -> Iterator[int]:
    """A port on which nobody listens; it is bound, so that nobody else takes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextlib.contextmanager
def alerting(context: ssl.SSLContext) -> Iterator[Server]:
    """A TLS server on a thread that says what it dislikes before it hangs up; asyncio's own servers only hang up."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(120)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(120)
                with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secured:
                    with contextlib.suppress(OSError):
                        secured.do_handshake()
                    # a reset, for bytes that nobody took, could overtake what was said: take them below TLS
                    with contextlib.suppress(OSError):
                        socket.socket.recv(secured, 65_536)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Server(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(120)
