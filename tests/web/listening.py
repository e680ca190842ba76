"""The real listeners on loopback with a board that stands still, and what tests ask of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.web.boards import at, board
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.facts.observation import OutageClass
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.people.access import Identity
from uptime_daemon.desk.showing.answers import MeasuredOutage, MeasuredStretch
from uptime_daemon.desk.showing.board import Board
from uptime_daemon.settings.values import Role
from uptime_daemon.store.errors import StoreError, TooMuchError
from uptime_daemon.web.exposition import Exposition
from uptime_daemon.web.metrics import Metrics
from uptime_daemon.web.ports import BoardSource, OutagesQuery, QueryError, StatementsQuery


@dataclass
class Shown:
    """The board that is shown now; a test may change it."""

    now: Board = field(default_factory=board)

    def board(self) -> Board:
        """The board that is shown now."""
        return self.now


@dataclass
class Kept:
    """Answers from memory, and the questions they were given to."""

    asked: list[StatementsQuery | OutagesQuery] = field(default_factory=list)

    async def statements(self, query: StatementsQuery) -> Sequence[Mapping[str, Any]]:
        """One small statement; a year that the store does not reach is refused."""
        self.asked.append(query)
        if query.period == "1999":
            raise QueryError(404, "not_found", "nothing is known of 1999", "period")
        if query.period == "2002":
            raise StoreError("postgresql://db.acme.example/uptime: the server cannot be reached")
        if query.period == "2003":
            raise TooMuchError("more than 2000000 runs of 1 probes: ask for a shorter time")
        if query.period == "2001":
            raise RuntimeError("the password is hunter2")
        return [{"case": 1, "contract": "contact-centre", "statements": []}]

    async def outages(self, query: OutagesQuery) -> Sequence[MeasuredOutage]:
        """One outage with its brackets."""
        self.asked.append(query)
        return [
            MeasuredOutage(
                group="voice/web",
                shortest=Span(at("2026-06-03T10:00:00"), at("2026-06-03T11:12:00")),
                point=Span(at("2026-06-03T10:00:00"), at("2026-06-03T11:12:30")),
                longest=Span(at("2026-06-03T09:59:30"), at("2026-06-03T11:12:30")),
                is_open=False,
                outage_class=OutageClass.SILENT,
                reasons={"connect_timeout": 145},
                phases={"tcp": 145},
                votes={"quad9": (145, 145)},
            )
        ]

    async def timeline(self, query: OutagesQuery) -> Sequence[MeasuredStretch]:
        """Up, then down, then nobody knows."""
        self.asked.append(query)
        edges = [at(f"2026-06-03T{hour}:00:00") for hour in ("08", "10", "11", "12")]
        states = (("up", None), ("down", None), ("unknown", "daemon_off"))
        return [
            MeasuredStretch("voice/web", Span(start, end), state, reason)
            for start, end, (state, reason) in zip(edges, edges[1:], states, strict=False)
        ]


@dataclass
class Life:
    """A daemon whose readiness and configuration a test sets."""

    reasons: Sequence[str] = ()
    mistakes: Sequence[str] = ()
    reloads: int = 0

    def unready(self) -> Sequence[str]:
        """Why it does not work."""
        return self.reasons

    async def reload(self) -> Sequence[str]:
        """The mistakes of the configuration."""
        self.reloads += 1
        return self.mistakes


@dataclass(frozen=True)
class Keys:
    """Two tokens, one for reading and one for operating."""

    async def identity(self, authorization: str, address: str) -> Identity | None:
        """Who a header belongs to."""
        assert address
        role = {"Bearer look": Role.VIEWER, "Bearer work": Role.OPERATOR}.get(authorization)
        return None if role is None else Identity(authorization.removeprefix("Bearer "), role)

    def person(self, secret: str) -> Identity | None:
        """Who the one session belongs to."""
        return Identity("ana", Role.FINANCE) if secret == "finance" else None


def metrics_of(boards: BoardSource) -> Metrics:
    """The page of metrics, money shown."""
    return Metrics(boards, Exposition(money=True), SystemClock())


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """The address of an application that really listens."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
