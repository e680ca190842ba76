"""A mail server of the demonstration's own: it takes every letter on loopback and shows it as it was received.

Enough of RFC 5321 for one relay that talks to it: no TLS, no login, no forwarding, nothing ever leaves this machine.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Final

from uptime_daemon.demo.listening import bound

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path
    from types import TracebackType
    from typing import Self

LETTER_BYTES_MAX: Final = 32 * 1024 * 1024
"""Larger than what usual servers take (25 MB), so that a letter that fits there fits here."""
COMMAND_SECONDS: Final = 300
"""How long a client may be silent: RFC 5321, section 4.5.3.2.7."""
LETTERS_MAX: Final = 1_000
"""Letters that are kept: a demonstration of a week that breaks something every ten minutes."""
_ADDRESS: Final = re.compile(rb"(?:FROM|TO):\s*<[^<>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Received:
    """One letter as it arrived."""

    number: int
    message: EmailMessage

    def header(self, name: str) -> str:
        """A header as text, empty if there is none."""
        return str(self.message.get(name, ""))

    @property
    def html(self) -> str | None:
        """The HTML part."""
        part = self.message.get_body(("html",))
        return None if part is None else str(part.get_content())

    @property
    def text(self) -> str:
        """The text part."""
        part = self.message.get_body(("plain",))
        return "" if part is None else str(part.get_content())

    @property
    def files(self) -> list[tuple[str, str, bytes]]:
        """Name, media type and content of each attachment."""
        return [
            (part.get_filename("file"), part.get_content_type(), content)
            for part in self.message.iter_attachments()
            if isinstance(content := part.get_payload(decode=True), bytes)
        ]


def kept(folder: Path) -> list[Received]:
    """The letters in a folder, the latest first."""
    return [_read(file) for file in sorted(folder.glob("*.eml"), key=_number, reverse=True)]


def _number(file: Path) -> int:
    return int(file.stem)


def _read(file: Path) -> Received:
    return Received(_number(file), message_from_bytes(file.read_bytes(), policy=policy.default))


class Mailbox:
    """Takes letters and keeps each as a file that any mail program opens."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._socket = bound(0)
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._next = 1 + max(map(_number, folder.glob("*.eml")), default=0)

    @property
    def port(self) -> int:
        """Where it waits."""
        port: int = self._socket.getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, sock=self._socket, limit=LETTER_BYTES_MAX)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def letters(self) -> list[Received]:
        """Every letter that is kept, the latest first."""
        return kept(self._folder)

    def letter(self, number: int) -> Received | None:
        """One letter, None if there is none of this number."""
        file = self._file(number)
        return _read(file) if file.is_file() else None

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:04}.eml"

    def _keep(self, content: bytes) -> int:
        number = self._next
        whole = self._file(number).with_suffix(".part")
        whole.write_bytes(content)
        whole.rename(self._file(number))  # whoever lists letters sees whole ones only
        self._file(number - LETTERS_MAX).unlink(missing_ok=True)
        self._next += 1
        return number

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
        try:
            await self._converse(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError):
            return  # whoever leaves in the middle of a letter has sent none (RFC 5321, section 4.1.1.4)
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(reply: str) -> None:
            writer.write(f"{reply}\r\n".encode())
            await writer.drain()

        recipients = 0
        await say("220 demonstration ready")
        while line := await _line(reader):
            match line.split(b" ")[0].strip().upper(), _ADDRESS.search(line):
                case b"EHLO", _:
                    await say(f"250-demonstration\r\n250-8BITMIME\r\n250 SIZE {LETTER_BYTES_MAX}")
                case b"MAIL", re.Match():
                    recipients = 0
                    await say("250 sender taken")
                case b"RCPT", re.Match():
                    recipients += 1
                    await say("250 recipient taken")
                case b"DATA", _ if recipients:
                    await say("354 go on, end with a dot alone")
                    number = self._keep(await _content(reader))
                    recipients = 0
                    await say(f"250 kept as letter {number}")
                case b"RSET" | b"NOOP" | b"HELO", _:
                    await say("250 well")
                case b"QUIT", _:
                    await say("221 goodbye")
                    return
                case b"DATA", _:
                    await say("503 recipients come first")
                case _:
                    await say("502 not known here")


async def _line(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(COMMAND_SECONDS):
        return await reader.readline()


async def _content(reader: asyncio.StreamReader) -> bytes:
    """The letter, with the dots that travelled doubled made single again (RFC 5321, section 4.5.2)."""
    lines: list[bytes] = []
    size = 0
    while (line := await _line(reader)) != b".\r\n":
        size += len(line)
        if not line or size > LETTER_BYTES_MAX:
            raise asyncio.IncompleteReadError(b"", None)
        lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
    return b"".join(lines)
