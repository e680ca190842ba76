"""A contract's terms for one plan under one reading: closed sets of values, no expressions, no vendor's name in code.

Every promise carries the clause it comes from. What a clause leaves open is an `Ambiguity` with two readings; the terms
below are what remains after one reading of each was chosen, so judging never meets an alternative.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from uptime_daemon.core.terms.clock import SupportTerms
from uptime_daemon.core.terms.exclusion import ExclusionTerms
from uptime_daemon.core.time.instants import HOUR
from uptime_daemon.core.time.periods import Cycle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from fractions import Fraction
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.claim import ClaimTerms
    from uptime_daemon.core.terms.condition import ConditionTerms
    from uptime_daemon.core.terms.credit import AnyCredit
    from uptime_daemon.core.terms.downtime import DowntimeTerms
    from uptime_daemon.core.terms.duty import CustomerDuty
    from uptime_daemon.core.terms.group import GroupTerms, PrimaryTerms, TotalLoss
    from uptime_daemon.core.terms.metric import Metric
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.terms.termination import TerminationTerms
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.periods import PeriodKind
    from uptime_daemon.core.time.spans import Span


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


class OnChange(StrEnum):
    """Which terms decide a period inside which the contract's version or the plan changes."""

    PERIOD_START = "period_start"
    """Those in force at its first instant under the agreement."""
    PERIOD_END = "period_end"
    """Those in force at its last."""


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
    credit: AnyCredit
    claim: ClaimTerms
    min_coverage: Fraction
    """Share of measured time below which a target is not called met."""
    exclusions: ExclusionTerms = field(default_factory=ExclusionTerms)
    total_loss: TotalLoss | None = None
    primary: PrimaryTerms | None = None
    termination: TerminationTerms | None = None
    metric: Metric | None = None
    """What availability is measured by instead of time up and down."""
    conditions: tuple[ConditionTerms, ...] = ()
    duties: tuple[CustomerDuty, ...] = ()
    """What the contract asks of the customer."""
    ambiguities: tuple[Ambiguity, ...] = ()
    missing: tuple[Missing, ...] = ()
    start_month: int = 1
    cycle_day: int = 1
    cycle_months: int = 1
    rolling_days: int = 30
    event: tuple[date, date] | None = None
    """The first day of the only period and the one after its last, where the contract is about one event."""
    closes_after: Duration = 24 * HOUR
    on_change: OnChange = OnChange.PERIOD_START
    valid_from: Instant | None = None
    """When this version came into force; None: it always was."""
    valid_to: Instant | None = None
    """When it ceased to be in force; None: it still is."""
    support: SupportTerms = field(default_factory=SupportTerms)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By language, the titles above in that language, each by how it stands above."""

    def is_valid(self, at: Instant) -> bool:
        """Whether this version is in force at an instant."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)

    @property
    def cycle(self) -> Cycle:
        """What the contract's periods are."""
        return Cycle(
            self.period, self.zone, self.start_month, self.cycle_day, self.cycle_months, self.rolling_days, self.event
        )


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
    earlier: tuple[tuple[Instant, Readings], ...] = ()
    """The terms of earlier versions and plans, each with the instant until which they were in force, in time order."""
    changed_at: tuple[Instant, ...] = ()
    """Changes of terms inside the period for which these were chosen."""

    def at(self, at: Instant) -> Readings:
        """The terms in force at an instant."""
        return next((terms for until, terms in self.earlier if at < until), self)

    def deciding(self, covered: Span) -> Readings:
        """The terms that decide a period of which this part is under agreement."""
        first = self.at(covered.start)
        decides = self.at(covered.end - 1) if first.chosen.on_change is OnChange.PERIOD_END else first
        changes = tuple(until for until, _ in self.earlier if covered.start < until < covered.end)
        return replace(decides, earlier=(), changed_at=changes)
