"""What the console needs from the rest of the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.people.access import Identity
    from uptime_daemon.desk.people.door import SignedIn
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.desk.showing.reporting import OutageReport
    from uptime_daemon.store.kept import Fact

T = TypeVar("T")


class House(Protocol):
    """The daemon behind the pages. What it hands out is of the configuration in force: nobody keeps it."""

    def now(self) -> Instant:
        """The wall clock."""
        ...

    def board(self) -> Board:
        """The latest board: the same object until something changes."""
        ...

    def judge(self) -> Judge:
        """The record and its judge; whoever asks it anything does so on another thread."""
        ...

    def claims(self) -> ClaimsDesk:
        """The claims desk; on another thread too."""
        ...

    async def stated(self, form: str, content: Mapping[str, Any], by: str | None) -> Fact:
        """Record what one of the forms of facts says; raises `IntakeError`, `UnknownError` and `StoreError`."""
        ...

    async def report(self, agreement: str, group: str) -> OutageReport:
        """How things stand with the report of an outage; raises `UnknownError`."""
        ...

    async def decided(self, act: Callable[[ClaimsDesk, Instant], T]) -> T:
        """Do something about claims on another thread, one after another; what follows from it is done at once."""
        ...


class Entrance(Protocol):
    """Where people sign in and out."""

    def person(self, secret: str) -> Identity | None:
        """Who is signed in with this secret."""
        ...

    async def sign_in(self, name: str, password: str, address: str, secret: str) -> SignedIn | None:
        """Begin a session under a fresh secret; None for a wrong name or password. Raises `WaitError`."""
        ...

    async def sign_out(self, secret: str) -> None:
        """End a session."""
        ...

    def change(self, name: str, by: str, *, disable: bool, note: str | None) -> Fact:
        """Disable somebody or enable again; waits for the disk. Raises `IntakeError`."""
        ...
