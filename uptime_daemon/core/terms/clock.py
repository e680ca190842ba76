"""Times that a contract promises for tickets: limits, from when, until when, what stops them meanwhile; severities."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from uptime_daemon.core.time.business import BusinessCalendar
    from uptime_daemon.core.time.instants import Duration


class LimitUnit(StrEnum):
    """What a limit is counted in."""

    BUSINESS_MINUTES = "business_minutes"
    BUSINESS_HOURS = "business_hours"
    CLOCK_MINUTES = "clock_minutes"
    CLOCK_HOURS = "clock_hours"
    BUSINESS_DAYS = "business_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"

    @property
    def is_business(self) -> bool:
        """Whether it runs in the vendor's hours alone."""
        return self in {LimitUnit.BUSINESS_MINUTES, LimitUnit.BUSINESS_HOURS, LimitUnit.BUSINESS_DAYS}


class DayEnd(StrEnum):
    """When the last day of a limit in days is over."""

    SAME_TIME = "same_time"
    """At the wall-clock time of the start."""
    CLOSE = "close"
    """At the end of its working hours."""
    MIDNIGHT = "midnight"
    """When the day is over."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take."""

    unit: LimitUnit
    amounts: Mapping[str, int | None]
    """By severity, by `group.severity`, or by `any`; None is best effort. Empty while a parameter is not set."""
    ends: DayEnd = DayEnd.SAME_TIME

    def amount(self, group: str, severity: str | None) -> int | None:
        """The amount for a ticket, None for best effort; `KeyError` where none is set."""
        for name in (f"{group}.{severity}", str(severity), ANY):
            if name in self.amounts:
                return self.amounts[name]
        raise KeyError(severity)


ANY = "any"
"""The key of an amount that holds for every severity."""


@dataclass(frozen=True, slots=True)
class EventRule:
    """Which events of a ticket count."""

    kind: str
    channels: frozenset[str] = frozenset()
    """Empty: on any channel. An event whose channel nobody recorded counts."""
    contents: frozenset[str] = frozenset()
    """What it must hold, such as the name of an engineer."""


class ChainPoint(StrEnum):
    """From which point of the clock before a chained one starts."""

    DUE = "due"
    """When its time has run out: unused time is not lost to the vendor."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class StartRule:
    """From when a clock runs."""

    events: tuple[EventRule, ...] = ()
    """The earliest of these."""
    latest: bool = False
    """The latest of the first events of each kind instead, as far as they happened."""
    complete: bool = False
    """Never before the report is complete."""
    after: str | None = None
    """The clock to which this one is chained."""
    chained_from: ChainPoint = ChainPoint.DUE


class BeforeOpening(StrEnum):
    """What the next business day of a report before opening is."""

    SAME_DAY = "same_day"
    NEXT_DAY = "next_day"


@dataclass(frozen=True, slots=True)
class LateRule:
    """What holds for a report late in the day or outside hours: an appointment, or a start on the next business day."""

    after: Duration
    """Wall-clock time after midnight."""
    inclusive: bool
    """Whether a report at exactly that time is late."""
    before_opening: BeforeOpening
    due_at: Duration | None
    """The wall-clock time of the next business day by which it is due; None: the limit runs from that day's opening."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """What stops a clock until it goes on."""

    questions: bool = False
    """From a question of the vendor to the answer."""
    holds: bool = False
    """From a hold to its resumption."""
    reasons: frozenset[str] = frozenset()
    """Which holds; empty: all of them. A hold without a reason pauses."""


@dataclass(frozen=True, slots=True)
class ClockTerms:
    """One time that a contract promises for tickets."""

    id: str
    clause: str
    title: str
    start: StartRule
    stops: tuple[EventRule, ...]
    """What ends it in time or late; the resolution of the ticket always does."""
    limit: Limit | None
    """None: best effort."""
    calendar_id: str | None = None
    calendar: BusinessCalendar | None = None
    """None while its hours are not known."""
    severities: frozenset[str] = frozenset()
    """Empty: every ticket."""
    groups: frozenset[str] = frozenset()
    """Empty: every group."""
    late: LateRule | None = None
    pauses: Pauses = Pauses()
    restarts: bool = False
    """Whether each answer to a question starts it anew."""
    repeats: bool = False
    """Whether it starts anew each time it is stopped, until the ticket is resolved."""
    inside: bool = False
    """Whether the act happens inside the vendor's house: that it did not happen in time cannot be shown."""
    claimable: bool = True
    """Whether a miss can be claimed."""


@dataclass(frozen=True, slots=True)
class Severity:
    """One class of tickets."""

    id: str
    title: str
    clause: str
    users_at_least: Fraction | None = None
    """Share of the users in percent from which a failure belongs to it, inclusive."""
    users_at_most: Fraction | None = None
    """Share of the users in percent up to which a failure belongs to it, inclusive."""

    def holds(self, users: Fraction) -> bool:
        """Whether it names this share of the users; one without bounds names none."""
        low, high = self.users_at_least, self.users_at_most
        if low is None and high is None:
            return False
        return (low is None or low <= users) and (high is None or users <= high)


@dataclass(frozen=True, slots=True)
class SeverityTerms:
    """The classes of tickets, the gravest first."""

    classes: tuple[Severity, ...] = ()
    gap: str | None = None
    """The class of a share that none names; a person has to look at it."""
    default: str | None = None
    """The class of a ticket about which nothing is said."""


@dataclass(frozen=True, slots=True)
class SupportTerms:
    """What a contract promises for tickets."""

    calendars: Mapping[str, BusinessCalendar | None] = field(default_factory=dict)
    severities: SeverityTerms = SeverityTerms()
    clocks: tuple[ClockTerms, ...] = ()
