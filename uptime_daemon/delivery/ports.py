"""What delivery needs from others: a server to talk to, messages that are due, a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.delivery.fate import Talk

Tls = Literal["starttls", "tls", "none"]


class Secret(Protocol):
    """A text that is never printed."""

    def reveal(self) -> str:
        """The text itself, for the server alone."""


class MailServer(Protocol):
    """The relay that takes our mails."""

    @property
    def host(self) -> str:
        """Name or address."""

    @property
    def port(self) -> int:
        """TCP port."""

    @property
    def tls(self) -> Tls:
        """TLS from the start, after STARTTLS, or none (loopback only)."""

    @property
    def username(self) -> str | None:
        """Who logs in; None: nobody."""

    @property
    def password(self) -> Secret | None:
        """The password of that user."""


class Due(Protocol):
    """A message whose time has come."""

    @property
    def id(self) -> int:
        """Its number in the outbox."""

    @property
    def at_most_once(self) -> bool:
        """True for a vendor's mail: when in doubt a person decides. Everybody else rather gets a message twice."""

    @property
    def attempts(self) -> int:
        """How often it was tried before."""


@dataclass(frozen=True, slots=True)
class DueMail:
    """A mail whose time has come."""

    id: int
    at_most_once: bool
    recipients: tuple[str, ...]
    mime: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A notice whose time has come; a receiver knows it by its event and may get it twice."""

    id: int
    event: str
    body: bytes
    attempts: int
    at_most_once: bool = False


D_co = TypeVar("D_co", bound=Due, covariant=True)


class OutboxError(Exception):
    """The outbox cannot be read or written just now."""


class Outbox(Protocol[D_co]):
    """The messages to send and what became of them.

    Every method returns when it is on disk, or raises `OutboxError`.
    """

    async def due(self, at: Instant) -> Sequence[D_co]:
        """The messages whose time has come, the longest due first."""

    async def taken(self, number: int) -> bool:
        """Record that the talk about a message begins; False if somebody else has taken it."""

    async def sent(self, number: int, at: Instant, talk: Talk) -> None:
        """The other side took it at an instant and said this."""

    async def later(self, number: int, at: Instant, why: str) -> None:
        """It surely did not leave, or may leave twice; try again at an instant."""

    async def doubtful(self, number: int, why: str) -> None:
        """It may have left; a person decides."""

    async def failed(self, number: int, why: str) -> None:
        """It will never leave like this."""


class Clock(Protocol):
    """Time as the worker sees it."""

    def now(self) -> Instant:
        """The wall clock."""

    def elapsed(self) -> Duration:
        """The monotonic clock."""

    async def sleep(self, duration: Duration) -> None:
        """Wait."""
