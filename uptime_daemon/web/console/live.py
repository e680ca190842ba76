"""`/console/live`: news that what pages show has changed, as server-sent events; a page then loads itself anew.

A page says what it shows, by the number of the board that it was made from, and after a lost connection by that of the
latest event: what changes before it listens, or while it cannot, is told as soon as it does.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import web

from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.web.entry import CONSOLE
from uptime_daemon.web.guard import error

if TYPE_CHECKING:
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.web.console.frame import Frame
    from uptime_daemon.web.ports import Clock

LISTENERS_MAX: Final = 200
"""Pages that listen at the same time: each costs a connection and a timer; the next one is asked to come later."""
LOOKED_EVERY: Final = 2 * SECOND
"""As often as a board is made."""
HELD: Final = 15 * 60 * SECOND
"""After this long a page has to ask again, so that one whose session has ended hears no more."""
_SIGN_OF_LIFE: Final = 15 * SECOND
"""Proxies close what is silent for a minute."""


class Live:
    """One stream a page; what changed is not said, for the page knows what it shows."""

    def __init__(self, frame: Frame, clock: Clock) -> None:
        self._frame, self._clock = frame, clock
        self._listeners = 0
        self._closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """The one path."""
        return [web.get(f"{CONSOLE}/live", self.told)]

    async def close(self, _: web.Application) -> None:
        """Let every stream end, for the daemon does."""
        self._closing.set()

    async def told(self, request: web.Request) -> web.StreamResponse:
        """Say `changed` whenever something that is shown is another one."""
        if self._listeners >= LISTENERS_MAX:
            return error(503, "too_many_listeners", "too many pages listen; load the page again to see what is new")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        self._listeners += 1
        try:
            await response.prepare(request)
            known = request.headers.get("Last-Event-ID") or request.query.get("shows")
            await self._tell(response, known or str(shown_of(self._frame.house.board())))
        except ConnectionResetError:
            pass  # the page was closed
        finally:
            self._listeners -= 1
        return response

    async def _tell(self, response: web.StreamResponse, seen: str) -> None:
        await response.write(b"retry: 5000\n\n")
        for beat in range(HELD // LOOKED_EVERY):
            now = str(shown_of(self._frame.house.board()))
            if now != seen:
                seen = now
                await response.write(f"id: {now}\nevent: changed\ndata: now\n\n".encode())
            elif beat % (_SIGN_OF_LIFE // LOOKED_EVERY) == 0:
                await response.write(b": alive\n\n")
            await self._clock.sleep(LOOKED_EVERY)
            if self._closing.is_set():
                return


def shown_of(board: Board) -> int:
    """A number that is another one when a state, a figure or a claim is: not at every attempt of a probe."""
    return hash(
        (
            tuple((group.id, group.state, group.since, group.degraded) for group in board.groups),
            tuple((each.group, _figures(each.current)) for agreement in board.agreements for each in agreement.judged),
            tuple(
                (entry.group, tuple(entry.reports.items()), tuple(entry.tickets.items()), entry.in_maintenance)
                for agreement in board.agreements
                for entry in agreement.stated
            ),
            tuple((claim.id, claim.state, claim.amount) for claim in board.claims),
            board.reload.successful,
        )
    )


def _figures(statement: Statement | None) -> object:
    if statement is None:
        return None
    judgement = statement.judgement
    conditions = tuple(each.state for each in judgement.conditions)
    return (
        statement.period.name, statement.status, judgement.shortest.downtime, judgement.point.downtime,
        judgement.longest.downtime, statement.recommended, statement.conservative, statement.needs_review, conditions,
    )  # fmt: skip
