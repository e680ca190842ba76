"""What we signed: a contract with dates, fees, parameters, readings and people. Never the contract's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.terms.need import Binding
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Span


class FeeBase(StrEnum):
    """What time a fee pays for."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS: Final = {FeeBase.MONTH: 1, FeeBase.QUARTER: 3, FeeBase.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Fee:
    """A recurring fee from a date on, until another one starts or it ends."""

    starts: Instant
    ends: Instant | None
    amount: Money
    per: FeeBase
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """A legal person of the agreement."""

    name: str = ""
    address: str = ""
    phone: str = ""
    """Where outages are reported by voice."""
    portal: str = ""
    """The address of the vendor's ticket system."""
    mail: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Who decides and who is told: names of users or mail addresses."""

    owner: str = ""
    deputy: str = ""
    finance: str = ""
    technical: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One signed agreement."""

    id: str
    contract: str
    starts: Instant | None
    """None: it covers all time (a what-if without dates)."""
    ends: Instant | None
    plan: str | None = None
    fees: tuple[Fee, ...] = ()
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    """The contract's groups and the probe groups that measure them."""
    primary: tuple[str, ...] = ()
    parameters: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    customer: Party = Party()
    vendor: Party = Party()
    people: People = People()

    def covered(self, span: Span) -> tuple[Instant, Instant]:
        """The part of a stretch in which the agreement is in force."""
        start = span.start if self.starts is None else max(span.start, self.starts)
        end = span.end if self.ends is None else min(span.end, self.ends)
        return start, end

    def fee_at(self, at: Instant) -> Fee | None:
        """The fee in force at an instant."""
        return next(
            (fee for fee in self.fees if fee.starts <= at and (fee.ends is None or at < fee.ends)),
            None,
        )


def monthly(fee: Fee) -> Fraction:
    """A fee's exact share per month in minor units: a yearly fee by months, never by days."""
    return Fraction(fee.amount.minor, MONTHS[fee.per])
