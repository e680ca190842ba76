"""From outages to the amount of downtime that counts: start and stop events, tickets, lengths, units, denominators."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.time.instants import MINUTE

if TYPE_CHECKING:
    from uptime_daemon.core.time.business import BusinessCalendar
    from uptime_daemon.core.time.instants import Duration


class StartEvent(StrEnum):
    """From when an outage counts."""

    PROBE = "probe"
    TICKET = "ticket"
    """From the receipt of its ticket in the contract's sense."""
    NOTICE = "notice"
    """From the customer's first notice of it, on whatever channel."""
    REGISTERED = "registered"
    """From when the vendor registered it as an incident."""


class StopEvent(StrEnum):
    """Until when an outage counts."""

    RECOVERY = "recovery"
    RESOLVED = "resolved"
    """The earlier of the recovery and the ticket's resolution."""
    WORKAROUND = "workaround"
    """The earlier of the recovery and a workaround."""
    EARLIEST = "earliest"
    """The earliest of the recovery, a workaround and the ticket's resolution."""


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
    working_time: BusinessCalendar | None = None


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
    """Where downtime is rounded: each outage, the sum once, or each interval of the clock."""

    OUTAGE = "outage"
    SUM = "sum"
    INTERVAL = "interval"
    """Each interval of one unit from the period's start on: down wholly, in part or by half counts, as rounded."""


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
    PERIOD_MINUS_CAUSES = "period_minus_causes"
    """The period without what is excluded for some causes, such as work that the customer planned."""
    DEPLOYED = "deployed"
    """The part of the period in which the agreement is in force."""
    FIXED = "fixed"
    """Always the same, such as 43,200 minutes, whatever the month."""


class PartialPeriod(StrEnum):
    """What a period is measured against in which the agreement is in force for a part only."""

    REST_UP = "rest_up"
    """The whole period; the rest is deemed up."""
    EXISTING_PART = "existing_part"
    """The existing part; limits in minutes stay whole."""
    PRO_RATA = "pro_rata"
    """The existing part; limits on the sum of downtime shrink with it."""


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
    registered_as: frozenset[str] = frozenset()
    """Severities of which one makes a registered ticket an incident that counts; empty: any."""
    denominator: Denominator = Denominator.PERIOD
    denominator_causes: frozenset[str] = frozenset()
    """Only for `period_minus_causes`."""
    denominator_fixed: Duration | None = None
    """Only for `fixed`."""
    partial_period: PartialPeriod = PartialPeriod.REST_UP
    unknown_splits: bool = False
    """Whether unknown time inside an outage makes two of it."""
