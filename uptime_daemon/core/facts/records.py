"""What people and vendors stated: conditions, maintenance, exclusions; each with when it was known and its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Span


class Answer(StrEnum):
    """The state of a condition. Nothing is yes by default."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """A person's answer to a condition of the contract."""

    id: str
    state: Answer
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Planned work as the vendor announced or stated it."""

    span: Span
    group: str | None = None
    """None: every group."""
    kind: str | None = None
    cause: str | None = None
    announced_at: Instant | None = None
    received_at: Instant | None = None
    channel: str | None = None
    cancelled: bool = False


class Decision(StrEnum):
    """What a person decided about an exclusion."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A stretch that does not count, or that somebody says should not."""

    span: Span
    cause: str
    decision: Decision
    group: str | None = None
    known_at: Instant | None = None
    evidence: str | None = None
