"""What does not count: causes, recurring windows, announced work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime_daemon.core.time.business import BusinessCalendar, WeeklyWindow


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
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Announced:
    """Maintenance that counts as excluded if it was announced in time."""

    cause: str
    clause: str
    amount: int
    unit: NoticeUnit
    judged_by: NoticeTime
    working_time: BusinessCalendar | None


@dataclass(frozen=True, slots=True)
class ExclusionTerms:
    """What does not count, in the order in which overlapping causes are named."""

    causes: tuple[Cause, ...] = ()
    windows: tuple[MaintenanceWindow, ...] = ()
    announced: Announced | None = None
    subtracts_proposed: bool = False
    """Whether undecided exclusions are subtracted: only when every clause is read conservatively."""
