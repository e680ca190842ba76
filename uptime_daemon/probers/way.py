"""How a request over HTTP gets to its server: straight or through a proxy of ours, and never further inward."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp.client_proto import ResponseHandler

from uptime_daemon.probers import proxy, redirects, trouble
from uptime_daemon.probers.connecting import connected, let_go, spoken
from uptime_daemon.probers.endpoints.places import parsed_url
from uptime_daemon.probers.tls import ALPN_HTTP

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Sequence

    from yarl import URL

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
        self._transport: asyncio.Transport | None = None
        self._handler: Handler | None = None

    @property
    def is_taken(self) -> bool:
        """Whether there is a connection that nobody let go of."""
        return self._transport is not None

    @property
    def lost(self) -> OSError | None:
        """What the connection was lost by, if not by an orderly end."""
        return None if self._handler is None else self._handler.lost

    def abort(self) -> None:
        """Let go of the connection without waiting for the other side."""
        if self._transport is not None:
            let_go(self._transport)
            self._transport = None

    async def taken(self, loop: asyncio.AbstractEventLoop, url: URL) -> tuple[asyncio.Transport, Handler]:
        """A fresh connection to the server of an address; `AttemptError` where there is none."""
        progress, host = self._progress, url.raw_host or ""
        context = None
        if url.scheme == "https":
            context = progress.prepared(partial(self._equipment.context, self._endpoint, ALPN_HTTP))
        try:
            connection = await (self._through_proxy(url, self._proxy) if self._proxy else self._straight(url))
            self._transport, self._handler = await spoken(partial(Handler, loop), connection, progress, context, host)
        except OSError as error:
            # aiohttp would put its own exception around it, and a resolver of ours that broke would look like the
            # vendor's lost connection
            raise trouble.of_exception(error, progress.phase) from error
        return self._transport, self._handler

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
