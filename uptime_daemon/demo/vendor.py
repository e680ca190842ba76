"""The stand-in vendor: two functions on loopback whose faults a page and a command switch on and off."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from aiohttp import web

from uptime_daemon.clock import SystemClock
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.demo.listening import bound
from uptime_daemon.demo.page import letter_page, page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

    from uptime_daemon.demo.files import Ports
    from uptime_daemon.demo.mailbox import Mailbox

SLOW: Final = SECOND + SECOND // 5
"""Slower than the check allows (a second), quicker than the timeout (two)."""
PATIENCE_SECONDS: Final = 30
"""How long a client of ours may take to ask or to leave."""
STOP_SECONDS: Final = 2
_SANDBOX: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


class Fault(StrEnum):
    """How a function fails."""

    NONE = "none"
    ERRORS = "errors"
    """It answers with an error."""
    REFUSES = "refuses"
    """Nobody listens."""
    SILENT = "silent"
    """It takes connections and never answers."""
    SLOW = "slow"
    """It answers well, but late."""


class Endpoint:
    """One port of a function; its fault is the function's."""

    def __init__(self, port: int, answer: Callable[[Fault, asyncio.StreamReader], Awaitable[bytes]]) -> None:
        self._socket = bound(port)
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.port: int = self._socket.getsockname()[1]
        self.fault = Fault.NONE

    async def open(self) -> None:
        """Listen."""
        if self._server is None:
            self._server = await asyncio.start_server(self._talk, sock=self._socket)

    async def close(self) -> None:
        """Listen no more and end what goes on."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def switch(self, fault: Fault) -> None:
        """Fail like this from now on."""
        self.fault = fault
        if fault is Fault.REFUSES:
            await self.close()
        elif self._server is None:
            self._socket = bound(self.port)
            await self.open()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if self.fault is Fault.SILENT:
                    await reader.read()  # until the other side gives up
                    return
                if self.fault is Fault.SLOW:
                    await SystemClock().sleep(SLOW)
                writer.write(await self._answer(self.fault, reader))
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # a probe that has left needs no answer
        finally:
            writer.close()


async def health(fault: Fault, reader: asyncio.StreamReader) -> bytes:
    """What `GET .../health` is told."""
    await reader.readuntil(b"\r\n\r\n")
    failing = fault is Fault.ERRORS
    body = b'{"state": "failing"}\n' if failing else b'{"state": "ready"}\n'
    status = b"503 Service Unavailable" if failing else b"200 OK"
    return (
        b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
        % (status, len(body), body)
    )  # fmt: skip


async def line(fault: Fault, _: asyncio.StreamReader) -> bytes:
    """What a caller of the telephone line is told first."""
    return b"503 no lines\r\n" if fault is Fault.ERRORS else b"220 ready\r\n"


class StandIn:
    """The vendor's two functions and its page."""

    def __init__(self, ports: Ports, mailbox: Mailbox) -> None:
        self._ports, self._mailbox = ports, mailbox
        trunk = Endpoint(0, line)
        self.line_port = trunk.port
        self.functions = {
            "autodial": (Endpoint(ports.autodial, health),),
            "inbound": (Endpoint(ports.inbound, health), trunk),
        }
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._page),
                web.post("/faults/{function}", self._switch),
                web.get(r"/letters/{number:\d{1,6}}", self._letter),
                web.get(r"/letters/{number:\d{1,6}}/html", self._html),
                web.get(r"/letters/{number:\d{1,6}}/files/{index:\d{1,3}}", self._file),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=STOP_SECONDS)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.SockSite(self._runner, bound(self._ports.page)).start()
        for endpoint in self._endpoints():
            await endpoint.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()
        for endpoint in self._endpoints():
            await endpoint.close()

    def _endpoints(self) -> list[Endpoint]:
        return [endpoint for own in self.functions.values() for endpoint in own]

    async def _page(self, _: web.Request) -> web.Response:
        faults = {name: own[0].fault.value for name, own in self.functions.items()}
        text = page(faults, [each.value for each in Fault], self._mailbox.letters(), self._ports)
        return web.Response(text=text, content_type="text/html")

    async def _switch(self, request: web.Request) -> web.Response:
        name, kind = request.match_info["function"], request.query.get("kind", Fault.ERRORS.value)
        if name not in self.functions or kind not in [each.value for each in Fault]:
            known = f"{', '.join(self.functions)} with kind={'|'.join(Fault)}"
            raise web.HTTPNotFound(text=f"there is no such function or fault; there are {known}\n")
        for endpoint in self.functions[name]:
            await endpoint.switch(Fault(kind))
        # 303: a browser goes back to the page, a program reads the line
        return web.Response(status=303, headers={"Location": "/"}, text=f"{name}: {kind}\n")

    async def _letter(self, request: web.Request) -> web.Response:
        letter = self._mailbox.letter(int(request.match_info["number"]))
        if letter is None:
            raise web.HTTPNotFound(text="there is no such letter\n")
        return web.Response(text=letter_page(letter), content_type="text/html")

    async def _html(self, request: web.Request) -> web.Response:
        letter = self._mailbox.letter(int(request.match_info["number"]))
        if letter is None or letter.html is None:
            raise web.HTTPNotFound(text="there is no such letter\n")
        # A letter is shown as a mail program does: no scripts, nothing from elsewhere.
        return web.Response(text=letter.html, content_type="text/html", headers={"Content-Security-Policy": _SANDBOX})

    async def _file(self, request: web.Request) -> web.Response:
        letter = self._mailbox.letter(int(request.match_info["number"]))
        index = int(request.match_info["index"])
        if letter is None or index >= len(letter.files):
            raise web.HTTPNotFound(text="there is no such file\n")
        name, media_type, content = letter.files[index]
        shown = media_type if media_type in {"application/json", "text/csv"} else "text/plain"
        headers = {"Content-Disposition": f'inline; filename="{name}"', "Content-Security-Policy": _SANDBOX}
        return web.Response(body=content, content_type=shown, charset="utf-8", headers=headers)
