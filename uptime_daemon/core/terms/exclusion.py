"""What does not count: causes, recurring windows, announced work and its caps, emergencies, upstream services."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime_daemon.core.time.business import BusinessCalendar
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.periods import PeriodKind
    from uptime_daemon.core.time.windows import WeeklyWindow


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason for which time does not count."""

    id: str
    title: str
    clause: str


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """A recurring window that needs no notice."""

    cause: str
    clause: str
    window: WeeklyWindow
    excuses: frozenset[str] | None
    """Stated causes that the window excuses; None for whatever happens in it. An unstated cause is `unknown`."""


class NoticeUnit(StrEnum):
    """How notice is counted."""

    HOURS = "hours"
    DAYS = "days"
    BUSINESS_DAYS = "business_days"


class NoticeTime(StrEnum):
    """Which time of an announcement counts."""

    ANNOUNCED = "announced"
    """When the vendor sent it."""
    RECEIVED = "received"
    PUBLISHED = "published"
    """When it stood on the vendor's page."""


@dataclass(frozen=True, slots=True)
class Announced:
    """Maintenance that counts as excluded if it was announced in time."""

    cause: str
    clause: str
    amount: int
    unit: NoticeUnit
    judged_by: NoticeTime
    working_time: BusinessCalendar | None
    channels: frozenset[str] = frozenset()
    """Channels on which an announcement is one; empty: any."""


class EmergencyTreatment(StrEnum):
    """What work is that the vendor calls an emergency."""

    COUNTS = "counts"
    """No announcement excuses it."""
    EXCLUDED = "excluded"
    """It is excused without notice."""


@dataclass(frozen=True, slots=True)
class EmergencyTerms:
    """What the contract says of work that could not wait; without such a rule it is work like any other."""

    treatment: EmergencyTreatment
    clause: str
    cause: str | None = None
    """The cause under which it is excused."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Somebody else's service on which this one depends: while it is down, this one's down time is excused."""

    cause: str
    clause: str
    group: str
    """The contract's group that stands for that service."""


@dataclass(frozen=True, slots=True)
class ExcuseCap:
    """How much down time some causes together excuse at most; what comes after it is reached counts."""

    causes: frozenset[str]
    amount: Duration
    per: PeriodKind
    clause: str


@dataclass(frozen=True, slots=True)
class ExclusionTerms:
    """What does not count, in the order in which overlapping causes are named."""

    causes: tuple[Cause, ...] = ()
    windows: tuple[MaintenanceWindow, ...] = ()
    announced: Announced | None = None
    emergency: EmergencyTerms | None = None
    upstreams: tuple[Upstream, ...] = ()
    caps: tuple[ExcuseCap, ...] = ()
    subtracts_proposed: bool = False
    """Whether undecided exclusions are subtracted: only when every clause is read conservatively."""
