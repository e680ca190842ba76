"""What was said to the vendor about an outage, and when: tickets as lists of events, never edited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from uptime_daemon.core.time.instants import Instant


class EventKind(StrEnum):
    """What can happen to a ticket."""

    ATTEMPTED = "attempted"
    OPENED = "opened"
    COMPLETED = "completed"
    ACKNOWLEDGED = "acknowledged"
    REGISTERED = "registered"
    QUESTION = "question"
    ANSWER = "answer"
    COMMENT = "comment"
    HOLD = "hold"
    RESUME = "resume"
    RESPONSE = "response"
    WORKAROUND = "workaround"
    REPORTED = "reported"
    RESOLVED = "resolved"
    ESCALATED = "escalated"


CHANNELS = ("phone", "mail", "portal", "ticket")


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One event of a ticket."""

    kind: EventKind
    at: Instant
    channel: str | None = None
    evidence: str | None = None
    known_at: Instant | None = None
    """When it was recorded; None: it was always known."""
    reason: str | None = None
    """Why the vendor holds the ticket."""
    contents: frozenset[str] | None = None
    """What it held, such as the name of an engineer; None: nobody looked."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A report to the vendor and what became of it."""

    id: str
    group: str
    events: tuple[TicketEvent, ...]
    """In time order, at least one."""
    severity: str | None = None
    outages: tuple[Instant, ...] = ()
    """Instants inside the outages that a person linked it to."""
    cause: str | None = None
    """The cause that the vendor stated."""
    users: Fraction | None = None
    """Share of the users in percent whom the failure hits."""

    def first(self, *kinds: str) -> TicketEvent | None:
        """The earliest event of one of the kinds."""
        return next((event for event in self.events if event.kind in kinds), None)

    def as_known(self, as_of: Instant) -> Ticket | None:
        """The ticket with the events that were known at an instant; None if none was."""
        events = tuple(event for event in self.events if event.known_at is None or event.known_at <= as_of)
        if len(events) == len(self.events):
            return self
        return replace(self, events=events) if events else None
