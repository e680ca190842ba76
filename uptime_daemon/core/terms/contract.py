"""A contract's terms for one plan under one reading: closed sets of values, no expressions, no vendor's name in code.

Every promise carries the clause it comes from. What a clause leaves open is an `Ambiguity` with two readings; the terms
below are what remains after one reading of each was chosen, so judging never meets an alternative.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.time.instants import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.business import WeeklyWindow, WorkingTime
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.periods import PeriodKind


class StartEvent(StrEnum):
    """From when an outage counts."""

    PROBE = "probe"
    TICKET = "ticket"


class StopEvent(StrEnum):
    """Until when an outage counts."""

    RECOVERY = "recovery"
    RESOLVED = "resolved"
    """The earlier of the recovery and the ticket's resolution."""


class ReceiptTime(StrEnum):
    """When a ticket counts as received."""

    AT_ONCE = "at_once"
    WORKING_TIME = "working_time"
    """At the start of the next working time."""


class TicketCover(StrEnum):
    """Which outages one ticket reports."""

    OUTAGE = "outage"
    OPEN_PROBLEM = "open_problem"
    """Also later outages of the same group while the ticket is unresolved."""


@dataclass(frozen=True, slots=True)
class TicketTerms:
    """What the contract accepts as a report of an outage."""

    received_by: frozenset[str]
    """Channels on which the contract receives tickets."""
    receipts: frozenset[str]
    """Event kinds that are a receipt, such as `opened`."""
    receipt_time: ReceiptTime = ReceiptTime.AT_ONCE
    covers: TicketCover = TicketCover.OUTAGE
    before: Duration = 15 * MINUTE
    """How long before an outage's first fail a ticket may come and still be about it."""
    working_time: WorkingTime | None = None


class LengthComparison(StrEnum):
    """Whether an outage of exactly the minimum length counts."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"


class LengthCounts(StrEnum):
    """Which part of an outage counts that is long enough."""

    WHOLE = "whole"
    EXCESS = "excess"


@dataclass(frozen=True, slots=True)
class MinimumLength:
    """Outages shorter than this do not count."""

    length: Duration
    comparison: LengthComparison
    counts: LengthCounts
    clause: str


class GranularityLevel(StrEnum):
    """Where downtime is rounded: each outage, or the sum once."""

    OUTAGE = "outage"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Granularity:
    """The unit in which the contract counts downtime."""

    unit: Duration
    rounding: Rounding
    level: GranularityLevel
    clause: str


class Unmeasured(StrEnum):
    """What unmeasured time is."""

    UP = "up"
    EXCLUDED = "excluded"


class Denominator(StrEnum):
    """What downtime is a share of."""

    PERIOD = "period"
    PERIOD_MINUS_EXCLUDED = "period_minus_excluded"


@dataclass(frozen=True, slots=True)
class DowntimeTerms:
    """From outages to the amount that counts."""

    clause: str
    formula_clause: str
    """The clause that says how availability is computed."""
    starts: StartEvent = StartEvent.PROBE
    stops: StopEvent = StopEvent.RECOVERY
    tickets: TicketTerms | None = None
    confirmed_by: frozenset[str] = frozenset()
    """Ticket event kinds of which one is needed before an outage counts at all; empty if none is."""
    minimum: MinimumLength | None = None
    granularity: Granularity | None = None
    unmeasured: Unmeasured = Unmeasured.UP
    denominator: Denominator = Denominator.PERIOD
    unknown_splits: bool = False
    """Whether unknown time inside an outage makes two of it."""


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """A functional group the contract speaks of."""

    id: str
    title: str
    clause: str
    counts: bool = True
    """False for a group that is shown and never counted."""
    judged: bool = True
    """False for a group that only adds to another one's total loss."""


@dataclass(frozen=True, slots=True)
class TotalLoss:
    """Functions whose loss for all users is a loss of the whole group, if a condition says it hit all."""

    group: str
    functions: str
    """The group that holds those functions."""
    condition: str | None
    """None where a loss of these functions is never a total loss."""
    clause: str


class PrimaryCombination(StrEnum):
    """What fails the service for a customer with several main groups."""

    EITHER = "either"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class PrimaryTerms:
    """The contract counts the failure of the customer's main group only."""

    combination: PrimaryCombination
    clause: str


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
    working_time: WorkingTime | None


@dataclass(frozen=True, slots=True)
class ExclusionTerms:
    """What does not count, in the order in which overlapping causes are named."""

    causes: tuple[Cause, ...] = ()
    windows: tuple[MaintenanceWindow, ...] = ()
    announced: Announced | None = None
    subtracts_proposed: bool = False
    """Whether undecided exclusions are subtracted: only when every clause is read conservatively."""


class TargetKind(StrEnum):
    """What a target limits."""

    AVAILABILITY = "availability"
    """Percent, at least."""
    TOTAL_DOWNTIME = "total_downtime"
    """Minutes of the period, at most."""
    SINGLE_OUTAGE = "single_outage"
    """Minutes of one outage, at most."""


@dataclass(frozen=True, slots=True)
class Target:
    """One promise over a period."""

    id: str
    kind: TargetKind
    limit: Fraction
    """Percent for availability, else minutes."""
    clause: str
    claimable: bool = True
    """False where the contract waives what follows from a miss."""
    rests_on: tuple[str, ...] = ()
    """Ambiguities on which this limit rests."""

    @property
    def unit(self) -> str:
        """The unit of the limit."""
        return "percent" if self.kind is TargetKind.AVAILABILITY else "minutes"


@dataclass(frozen=True, slots=True)
class NoCredit:
    """The contract names no amount: a miss gives a breach notice."""

    clause: str


@dataclass(frozen=True, slots=True)
class Steps:
    """A percentage of the fee for each completed step below a target."""

    target: str
    size: Fraction
    """Percentage points of availability."""
    percent: Fraction
    """Percent of the fee per completed step."""
    cap: Fraction | None
    """Percent of the fee, at most."""
    clause: str
    cap_clause: str
    rounding: Rounding = Rounding.HALF_UP


Credit = NoCredit | Steps


class ConditionKind(StrEnum):
    """How the state of a condition is known."""

    STATED = "stated"
    """A person states it."""
    REPORTED = "reported"
    """Every counted outage was reported on one of the channels: known from tickets."""
    PARTIAL_LOSS = "partial_loss"
    """A person states it, and it is asked only where single functions were lost."""


@dataclass(frozen=True, slots=True)
class ConditionTerms:
    """A precondition or reporting duty of the contract."""

    id: str
    clause: str
    title: str
    kind: ConditionKind = ConditionKind.STATED
    channels: frozenset[str] = frozenset()


class DeadlineAnchor(StrEnum):
    """From when a deadline is counted."""

    PERIOD_END = "period_end"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of claiming with its own deadline."""

    id: str
    """`provisional` or `final`."""
    clause: str
    anchor: DeadlineAnchor | None
    """None where the contract sets no deadline."""
    days: int = 0
    """Calendar days after the anchor, in the contract's zone."""


class Channel(StrEnum):
    """How a claim reaches the vendor."""

    MAIL = "mail"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """How a miss is claimed."""

    channel: Channel
    clause: str
    subject: str
    """The exact words the contract asks for."""
    languages: tuple[str, ...]
    stages: tuple[Stage, ...]
    evidence: tuple[str, ...]
    """What the contract wants to be shown, paraphrased."""
    address: str | None = None
    """The mail address, from the agreement's parameter; None while it is missing."""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A clause with two readings."""

    id: str
    clause: str
    question: str
    recommended: str
    conservative: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A parameter that the contract leaves open and the agreement does not fill."""

    name: str
    clause: str
    needed_for: str


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms of one contract for one plan under one reading."""

    id: str
    title: str
    vendor: str
    version: str
    plan: str | None
    zone: ZoneInfo
    period: PeriodKind
    period_clause: str
    groups: tuple[GroupTerms, ...]
    downtime: DowntimeTerms
    targets: tuple[Target, ...]
    credit: Credit
    claim: ClaimTerms
    min_coverage: Fraction
    """Share of measured time below which a target is not called met."""
    exclusions: ExclusionTerms = ExclusionTerms()
    total_loss: TotalLoss | None = None
    primary: PrimaryTerms | None = None
    conditions: tuple[ConditionTerms, ...] = ()
    ambiguities: tuple[Ambiguity, ...] = ()
    missing: tuple[Missing, ...] = ()
    start_month: int = 1
    closes_after: Duration = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Readings:
    """One contract's terms under every reading that judging compares."""

    name: str
    """What was chosen: `recommended`, `conservative`, or the turned ids with their reading."""
    chosen: Contract
    recommended: Contract
    conservative: Contract
    turned: Mapping[str, Contract] = field(default_factory=dict)
    """For each ambiguity the recommended terms with that one alone read conservatively."""
