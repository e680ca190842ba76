"""How a request over HTTP gets to its server: straight or through a proxy of ours, and never further inward."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp.client_proto import ResponseHandler

from uptime_daemon.probers import proxy, redirects, trouble
from uptime_daemon.probers.connecting import connected, let_go, opened, spoken
from uptime_daemon.probers.endpoints.places import parsed_url
from uptime_daemon.probers.tls import ALPN_HTTP

if TYPE_CHECKING:
    import asyncio
    import socket
    import ssl
    from collections.abc import Callable, Sequence

    from yarl import URL

    from uptime_daemon.probers.channel import Channel
    from uptime_daemon.probers.endpoints.web import HttpEndpoint
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.progress import Progress


class Handler(ResponseHandler):
    """aiohttp's side of a connection; it remembers what the connection was lost by, which aiohttp puts into words."""

    lost: OSError | None = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is gone."""
        if isinstance(exc, OSError):
            self.lost = exc
        super().connection_lost(exc)


class Way:
    """The connections of one attempt, one after the other: the first address decides how near the next may lead."""

    def __init__(self, endpoint: HttpEndpoint, equipment: Equipment, progress: Progress) -> None:
        self._endpoint, self._equipment, self._progress = endpoint, equipment, progress
        self._proxy = parsed_url(endpoint.proxy) if endpoint.proxy else None
        self._looks_inward = bool(endpoint.follow_redirects) and not endpoint.allow_private
        """Whether there can be a second address, and it must not be nearer."""
        self._near: frozenset[redirects.Reach] | None = None
        self._let_go: Callable[[], None] | None = None
        self._handler: Handler | None = None

    @property
    def is_taken(self) -> bool:
        """Whether there is a connection that nobody let go of."""
        return self._let_go is not None

    @property
    def lost(self) -> OSError | None:
        """What aiohttp's connection was lost by, if not by an orderly end."""
        return None if self._handler is None else self._handler.lost

    def abort(self) -> None:
        """Let go of the connection without waiting for the other side."""
        if self._let_go is not None:
            self._let_go()
            self._let_go = None

    async def channel(self, url: URL) -> Channel:
        """A fresh connection to the server of an address; `AttemptError` or `OSError` where there is none."""
        channel = await opened(*await self._connected(url))
        self._let_go = channel.close
        return channel

    async def handler(self, loop: asyncio.AbstractEventLoop, url: URL) -> Handler:
        """The same as aiohttp needs it; `AttemptError` where there is none."""
        try:
            transport, handler = await spoken(partial(Handler, loop), *await self._connected(url))
        except OSError as error:
            # aiohttp would put its own exception around it, and a resolver of ours that broke would look like the
            # vendor's lost connection
            raise trouble.of_exception(error, self._progress.phase) from error
        self._let_go, self._handler = partial(let_go, transport), handler
        return handler

    async def _connected(self, url: URL) -> tuple[socket.socket, Progress, ssl.SSLContext | None, str]:
        """A connection, and all that is needed to talk on it."""
        context = None
        if url.scheme == "https":
            context = self._progress.prepared(partial(self._equipment.context, self._endpoint, ALPN_HTTP))
        connection = await (self._through_proxy(url, self._proxy) if self._proxy else self._straight(url))
        return connection, self._progress, context, url.raw_host or ""

    async def _straight(self, url: URL) -> socket.socket:
        addresses = await self._equipment.resolver.addresses(url.raw_host or "", url.port or 0)
        if self._looks_inward:
            self._refuse_inward(url, [redirects.reach(address.host) for address in addresses])
        return await connected(addresses, self._progress)

    async def _through_proxy(self, url: URL, our_proxy: URL) -> socket.socket:
        """A connection through the proxy, which alone knows most names behind it."""
        if self._looks_inward:
            self._refuse_inward(url, [redirects.reach_of_name(url.raw_host or "")])
        return await proxy.tunnelled(our_proxy, url.raw_host or "", url.port or 0, self._equipment, self._progress)

    def _refuse_inward(self, url: URL, reaches: Sequence[redirects.Reach]) -> None:
        """Refuse what lies nearer than the first address."""
        if self._near is None:
            self._near = frozenset(reaches)
        else:
            redirects.refuse_inward(url, reaches, self._near)
