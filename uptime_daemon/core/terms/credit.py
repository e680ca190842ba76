"""What a missed target is worth: a closed set of rules, the fee they take a part of, and what limits the amount."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from uptime_daemon.core.terms.fee import FeeTerms
from uptime_daemon.core.terms.money import Rounding

if TYPE_CHECKING:
    from fractions import Fraction

    from uptime_daemon.core.terms.tier import TierTable
    from uptime_daemon.core.time.instants import Duration


class CreditKind(StrEnum):
    """By which rule a miss is worth something."""

    NONE = "none"
    STEPS = "steps"
    TIERS = "tiers"
    PER_BLOCK = "per_block"
    PRORATA = "prorata"
    DURATION_BANDS = "duration_bands"
    DAYS = "days"
    FIXED = "fixed"
    ERROR_RATE_TIERS = "error_rate_tiers"


class Beyond(StrEnum):
    """Which of the lost time earns a credit once the target is missed."""

    TARGET = "target"
    """What goes beyond the time that the target allows."""
    NOTHING = "nothing"
    """All of it."""


class BlockCounts(StrEnum):
    """Which blocks of time count."""

    COMPLETED = "completed"
    STARTED = "started"


class BlockLevel(StrEnum):
    """Which lost time is divided into blocks."""

    SUM = "sum"
    OUTAGE = "outage"
    DAY = "day"
    """Each calendar day of the contract's zone alone."""


class DurationOf(StrEnum):
    """Whose length a band looks at."""

    TOTAL = "total_downtime"
    LONGEST = "single_outage"


class ServiceDay(StrEnum):
    """What one day of service is worth in money."""

    PERIOD = "period"
    """The period's fee over its calendar days."""
    THIRTIETH = "thirtieth"
    """A thirtieth of the monthly fee."""


@dataclass(frozen=True, slots=True)
class NoCredit:
    """The contract names no amount: a miss gives a breach notice."""

    clause: str
    kind: ClassVar = CreditKind.NONE


@dataclass(frozen=True, slots=True)
class Steps:
    """A percentage of the fee for each completed step below a target."""

    targets: tuple[str, ...]
    size: Fraction
    """Percentage points of availability."""
    percent: Fraction
    """Percent of the fee per completed step."""
    kind: ClassVar = CreditKind.STEPS


@dataclass(frozen=True, slots=True)
class Tiers:
    """A percentage of the fee by the tier in which the availability lies."""

    targets: tuple[str, ...]
    table: TierTable
    """From percent of availability to percent of the fee."""
    kind: ClassVar = CreditKind.TIERS


@dataclass(frozen=True, slots=True)
class PerBlock:
    """A percentage of the fee for each block of lost time."""

    targets: tuple[str, ...]
    block: Duration
    percents: tuple[Fraction, ...]
    """Percent of the fee for the first block, the second and so on; the last one stands for all that follow."""
    counts: BlockCounts
    beyond: Beyond = Beyond.TARGET
    level: BlockLevel = BlockLevel.SUM
    per_day: Fraction | None = None
    """Percent of the fee, at most, for what was lost on one calendar day."""
    kind: ClassVar = CreditKind.PER_BLOCK


@dataclass(frozen=True, slots=True)
class Prorata:
    """The lost share of the fee, times a factor."""

    targets: tuple[str, ...]
    multiplier: Fraction
    beyond: Beyond = Beyond.NOTHING
    kind: ClassVar = CreditKind.PRORATA


@dataclass(frozen=True, slots=True)
class DurationBands:
    """A percentage of the fee by the length of the lost time, unless the availability decides."""

    targets: tuple[str, ...]
    bands: TierTable
    """From microseconds to percent of the fee."""
    of: DurationOf
    override: TierTable | None = None
    """From percent of availability to percent of the fee; where one of its tiers holds, it stands instead."""
    kind: ClassVar = CreditKind.DURATION_BANDS


@dataclass(frozen=True, slots=True)
class Days:
    """Days of service by the tier in which the availability lies, with their worth in money."""

    targets: tuple[str, ...]
    table: TierTable
    """From percent of availability to days."""
    day: ServiceDay
    kind: ClassVar = CreditKind.DAYS


@dataclass(frozen=True, slots=True)
class Fixed:
    """One percentage of the fee, once, however far the target is missed."""

    targets: tuple[str, ...]
    percent: Fraction
    kind: ClassVar = CreditKind.FIXED


@dataclass(frozen=True, slots=True)
class ErrorRateTiers:
    """A percentage of the fee by the tier in which the error rate lies."""

    targets: tuple[str, ...]
    table: TierTable
    """From percent of errors to percent of the fee."""
    kind: ClassVar = CreditKind.ERROR_RATE_TIERS


CreditRule = Steps | Tiers | PerBlock | Prorata | DurationBands | Days | Fixed | ErrorRateTiers


class CapKind(StrEnum):
    """What a cap is measured by."""

    PERIOD_FEE = "period_fee"
    """Percent of the fee that the credit is a part of."""
    ANNUAL_TWELFTH = "annual_twelfth"
    """Percent of a twelfth of the yearly fee."""
    ROLLING_YEAR = "rolling_year"
    """Percent of the fees of twelve months, for all credits of these months together."""
    DAYS = "days"
    """Days of service."""
    INCIDENT = "incident"
    """Percent of the fee for each outage."""


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that a credit may come to."""

    kind: CapKind
    limit: Fraction
    """Percent, or days."""
    clause: str


class Above(StrEnum):
    """Whether exactly the smallest payable amount is paid."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"


@dataclass(frozen=True, slots=True)
class SmallestPayable:
    """Smaller credits are not paid."""

    amount: Fraction
    """In major units of the fee's currency."""
    comparison: Above
    clause: str


@dataclass(frozen=True, slots=True)
class Consecutive:
    """Only a target missed in so many periods in a row, this one the last, has consequences."""

    periods: int
    clause: str


@dataclass(frozen=True, slots=True)
class AutomaticRelief:
    """What the vendor leaves off the bill by itself: the lost share of the fee, never part of what is claimed."""

    clause: str


class StackingRule(StrEnum):
    """What becomes of credits under several agreements for one failure."""

    ONE_ONLY = "one_only"
    """One of them, as the customer chooses."""
    HIGHEST = "highest"
    """The highest of them."""
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Stacking:
    """How a credit stands beside those of other contracts for the same failure."""

    rule: StackingRule
    contracts: tuple[str, ...]
    clause: str


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a credit that was granted is lost."""

    clause: str
    months: int | None = None
    """After so many months; None: time alone takes nothing."""
    at_termination: bool = False
    """With the end of the agreement, when no further bill is there to take it."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What a missed target is worth in money."""

    rule: CreditRule
    clause: str
    fee: FeeTerms
    caps: tuple[Cap, ...] = ()
    minimum: SmallestPayable | None = None
    rounding: Rounding = Rounding.HALF_UP
    consecutive: Consecutive | None = None
    relief: AutomaticRelief | None = None
    stacking: Stacking | None = None
    expiry: Expiry | None = None

    @property
    def kind(self) -> CreditKind:
        """By which rule."""
        return self.rule.kind

    @property
    def percent_cap(self) -> Fraction | None:
        """The smallest cap in percent of the fee; None where there is none."""
        return min((cap.limit for cap in self.caps if cap.kind is CapKind.PERIOD_FEE), default=None)


AnyCredit = NoCredit | Credit
