"""How much may be stated within a minute: a program that runs wild must not fill the record or keep the desk busy."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from uptime_daemon.core.time.instants import MINUTE, SECOND
from uptime_daemon.web.entry import PUSH_PATH, Entry, address_of, signed_in
from uptime_daemon.web.guard import error

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.typedefs import Middleware

    from uptime_daemon.core.time.instants import Duration

WRITERS_MAX: Final = 10_000
"""How many writers are remembered; the one that was quiet longest is forgotten first, and then has its whole share."""


@dataclass(slots=True)
class WriteLimit:
    """A bucket for each writer that fills evenly: a whole minute's share may come at once."""

    per_minute: Callable[[], int]
    """Asked anew each time, so that a reload is enough."""
    elapsed: Callable[[], Duration]
    """The monotonic clock."""
    _full_at: OrderedDict[str, Duration] = field(default_factory=OrderedDict)
    """By writer the reading of the clock at which its bucket is full again."""

    def taken(self, writer: str) -> Duration:
        """Take one from a writer's bucket: 0, or how long to wait where it is empty."""
        now, share = self.elapsed(), self.per_minute()
        step = MINUTE // share
        full_at = max(now, self._full_at.pop(writer, now))
        # With n taken and none come back the bucket is full in n steps; it is empty at the whole share.
        wait = full_at + step - now - step * share
        self._full_at[writer] = full_at if wait > 0 else full_at + step
        if len(self._full_at) > WRITERS_MAX:
            self._full_at.popitem(last=False)
        return max(0, wait)


def limited(limit: WriteLimit, entry: Entry) -> Middleware:
    """Refuse what comes too fast; reading is free, and so are reports of endpoints, which are kept in memory."""

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in {"GET", "HEAD"} and request.path != PUSH_PATH:
            wait = limit.taken(signed_in(request) or address_of(request, entry))
            if wait:
                refused = error(429, "too_many_requests", "too much was stated within a minute; go on later")
                refused.headers["Retry-After"] = str(-(-wait // SECOND))
                return refused
        return await handler(request)

    return checked
