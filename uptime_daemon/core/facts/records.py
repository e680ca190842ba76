"""What people and vendors stated: conditions, maintenance, exclusions; each with when it was known and its evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uptime_daemon.core.time.instants import Instant


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
    known_at: Instant | None = None
    """When it was recorded; None: it was always known."""


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Planned work as the vendor announced or stated it, kept as it was first seen; an edit is another announcement."""

    span: Span
    group: str | None = None
    """None: every group."""
    kind: str | None = None
    cause: str | None = None
    announced_at: Instant | None = None
    """When the vendor sent it."""
    received_at: Instant | None = None
    channel: str | None = None
    cancelled: bool = False
    id: str | None = None
    replaces: str | None = None
    """The id of the announcement whose work this one moves, lengthens or shortens."""
    published_at: Instant | None = None
    """When it stood on the vendor's page for everybody."""
    cancelled_at: Instant | None = None
    """When the vendor called it off."""
    emergency: bool = False
    """The vendor calls it work that could not wait."""
    known_at: Instant | None = None
    """When it was recorded; None: it was always known."""
    evidence: str | None = None
    """The first-seen copy."""

    @property
    def called_off(self) -> bool:
        """Whether the work does not take place."""
        return self.cancelled or self.cancelled_at is not None

    def as_known(self, as_of: Instant) -> Maintenance | None:
        """The announcement as it was known at an instant; None if it was not."""
        if self.known_at is not None and self.known_at > as_of:
            return None
        if self.cancelled_at is None or self.cancelled_at <= as_of:
            return self
        return replace(self, cancelled=False, cancelled_at=None)


def standing(announcements: Iterable[Maintenance]) -> Iterator[tuple[Maintenance, Span]]:
    """What of each announcement's time has not been taken back since.

    Called-off work has none. Work that was moved keeps of its old time what every later announcement of it still
    contains: that was announced when it was announced first, the rest of the new time only by the new announcement.
    """
    every = list(announcements)
    later = {each.replaces: each for each in every if each.replaces is not None}
    for first in every:
        start, end = first.span
        seen = [first]
        while (last := seen[-1]).id is not None and (following := later.get(last.id)) and following not in seen:
            seen.append(following)
            start, end = max(start, following.span.start), min(end, following.span.end)
        if start < end and not any(each.called_off for each in seen):
            yield first, Span(start, end)


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


@dataclass(frozen=True, slots=True)
class SeenOutage:
    """Downtime of a group that others saw and evidence proves, whatever our own probes saw."""

    group: str
    span: Span
    evidence: str | None = None
    known_at: Instant | None = None
