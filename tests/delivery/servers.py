"""SMTP servers on loopback: a real one with STARTTLS and AUTH, and scripted ones that misbehave to the letter."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from uptime_daemon.delivery.ports import Tls


@dataclass(frozen=True)
class Password:
    """A made-up secret."""

    text: str

    def reveal(self) -> str:
        """The text itself."""
        return self.text


@dataclass(frozen=True)
class Server:
    """What a relay is told about a server."""

    port: int
    tls: Tls = "none"
    username: str | None = None
    password: Password | None = None
    host: str = "127.0.0.1"


@dataclass
class Mailbox:
    """Keeps what a real server accepts; a reply for a recipient or for the content takes the place of 250."""

    replies: Mapping[str, str] = field(default_factory=dict)
    received: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient or give the reply that stands for it."""
        del server, session, options
        if reply := self.replies.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take the content or give the reply that stands for it."""
        del server, session
        if reply := self.replies.get("DATA"):
            return reply
        self.received.append(envelope)
        return "250 2.0.0 queued as 4711"


@asynccontextmanager
async def real_server(
    mailbox: Mailbox, authority: trustme.CA | None = None, password: str | None = None
) -> AsyncIterator[int]:
    """A real SMTP server; with an authority it insists on STARTTLS, with a password on AUTH. Yields its port."""
    options: dict[str, Any] = {}
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        options |= {"tls_context": context, "require_starttls": True}
    if password is not None:

        def authenticated(*parts: Any) -> AuthResult:
            given = parts[-1]
            assert isinstance(given, LoginPassword)
            return AuthResult(success=given == LoginPassword(b"uptime", password.encode()), handled=False)

        options |= {"auth_required": True, "authenticator": authenticated}
    connections: list[SMTP] = []

    def protocol() -> SMTP:
        connections.append(SMTP(mailbox, hostname="relay.example", **options))
        return connections[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in connections:
            if connection.transport is not None:
                connection.transport.close()
        await server.wait_closed()


Reply = str | None
"""What to say; None: cut the connection; empty: say nothing at all."""


@asynccontextmanager
async def scripted_server(
    *, greeting: Reply = "220 ready", commands: Mapping[str, Reply] | None = None, content: Reply = "250 OK"
) -> AsyncIterator[int]:
    """A server that answers each command as told, `250 OK` to all others. Yields its port."""
    talks: set[asyncio.Task[Any]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await _script(reader, writer, greeting, {"DATA": "354 go on"} | dict(commands or {}), content)
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()


async def _script(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    greeting: Reply,
    commands: Mapping[str, Reply],
    content: Reply,
) -> None:
    async def said(reply: Reply) -> bool:
        if reply is None:
            return False
        if reply:
            writer.write(f"{reply}\r\n".encode())
            await writer.drain()
        return True

    if not await said(greeting):
        return
    while line := await reader.readline():
        command = line.split(b" ")[0].strip().decode().upper()
        if not await said(commands.get(command, "250 OK")):
            return
        if command == "DATA" and (commands["DATA"] or "").startswith("354"):
            await reader.readuntil(b"\r\n.\r\n")
            if not await said(content):
                return
