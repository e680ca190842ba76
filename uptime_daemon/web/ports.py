"""What the listeners need from the rest of the daemon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.intake.hooks import Delivered
    from uptime_daemon.desk.people.access import Identity
    from uptime_daemon.desk.showing.answers import MeasuredOutage, MeasuredStretch
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.desk.showing.reporting import OutageReport
    from uptime_daemon.probers.push import Heard
    from uptime_daemon.store.kept import Fact


class QueryError(Exception):
    """A question that cannot be answered as asked; shown to whoever asked it."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class StatementsQuery:
    """Which statements are asked for."""

    agreement: str | None = None
    """None: of every agreement."""
    group: str | None = None
    period: str = "current"
    """`2026-10`, `2026-Q4`, `2026`, `current` or `last`."""
    as_of: Instant | None = None
    """None: everything that is known."""


@dataclass(frozen=True, slots=True)
class OutagesQuery:
    """Which outages, or which part of the timeline, are asked for."""

    group: str | None = None
    """A group of probes; None: of every group."""
    start: Instant | None = None
    end: Instant | None = None


class Clock(Protocol):
    """Whoever lets time pass."""

    async def sleep(self, duration: Duration) -> None:
        """Wait; 0 lets others run once."""
        ...


class BoardSource(Protocol):
    """Whoever keeps the board fresh."""

    def board(self) -> Board:
        """The latest board, already made: the same object until something changes."""
        ...


class Records(Protocol):
    """What is read from the store when somebody asks for it."""

    async def statements(self, query: StatementsQuery) -> Sequence[Mapping[str, Any]]:
        """Statements as JSON, one entry an agreement and period; raises `QueryError` for a period that is none."""
        ...

    async def outages(self, query: OutagesQuery) -> Sequence[MeasuredOutage]:
        """Outages that share an instant with the stretch asked for, in time order."""
        ...

    async def timeline(self, query: OutagesQuery) -> Sequence[MeasuredStretch]:
        """Every stretch in one state within the stretch asked for, by group and time."""
        ...


class Intake(Protocol):
    """Whoever takes in what people and vendors state, and lists it."""

    async def stated(self, form: str, content: Mapping[str, Any], by: str | None) -> Fact:
        """Record what one of the forms says; raises `IntakeError`, `UnknownError` and `StoreError`.

        `by` is who signed in, None where nobody has to.
        """
        ...

    async def report(self, agreement: str, group: str) -> OutageReport:
        """How things stand with the report of an outage of a contract's group; raises `UnknownError`."""
        ...

    async def revisions(self, agreement: str | None, period: str | None) -> Sequence[Mapping[str, Any]]:
        """Frozen statements and what later revisions changed; raises `UnknownError`."""
        ...

    async def hooked(self, name: str, headers: Mapping[str, str], body: bytes) -> Delivered | None:
        """Take a delivery; None if there is no such hook or it is not signed as it asks. Raises as `stated` does."""
        ...

    async def listed(self, kind: str, agreement: str | None, as_of: Instant | None) -> Sequence[Mapping[str, Any]]:
        """What is on record of a kind, of one agreement or all, as known at an instant or now."""
        ...


class Lifecycle(Protocol):
    """The daemon itself."""

    def unready(self) -> Sequence[str]:
        """Why it does not do its work yet or any more; empty when it does."""
        ...

    async def reload(self) -> Sequence[str]:
        """Read the configuration anew; the mistakes that made it keep the old one, empty when it took effect."""
        ...


class Access(Protocol):
    """Who may read and write; a listener on loopback without users has none."""

    async def identity(self, authorization: str, address: str) -> Identity | None:
        """Who an Authorization header (Basic or Bearer) from an address belongs to; None if it opens nothing.

        Raises `WaitError` where too many were wrong.
        """
        ...

    def person(self, secret: str) -> Identity | None:
        """Who is signed in with this secret."""
        ...


class Listener(Protocol):
    """Takes what endpoints report of themselves."""

    def take(self, token: str, message: str = "", *, works: bool = True) -> bool:
        """Take a report; whether anybody expects it."""
        ...

    def heard(self, token: str) -> Heard | None:
        """What was reported so far; None where nobody expects it."""
        ...
