"""What we signed: a contract with dates, fees, parameters, readings and people. Never the contract's own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.terms.need import Binding
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Span


class FeeBase(StrEnum):
    """What time a fee pays for."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS: Final = {FeeBase.MONTH: 1, FeeBase.QUARTER: 3, FeeBase.YEAR: 12}


class ItemKind(StrEnum):
    """Why an item of a fee is billed."""

    RECURRING = "recurring"
    ONE_TIME = "one_time"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class FeeItem:
    """One item of a fee."""

    name: str
    amount: Money
    group: str | None = None
    """The contract's group that it pays for; None: no single one."""
    covered: bool = True
    """False for what the contract's promises leave out."""
    kind: ItemKind = ItemKind.RECURRING


@dataclass(frozen=True, slots=True)
class Fee:
    """A recurring fee from a date on, until another one starts or it ends."""

    starts: Instant
    ends: Instant | None
    amount: Money
    """For all seats together."""
    per: FeeBase
    invoice: str = ""
    items: tuple[FeeItem, ...] = ()
    """What it is made of; empty: one recurring item that is covered."""
    seats: int = 1


@dataclass(frozen=True, slots=True)
class Bill:
    """What was billed for a stretch of its own, such as usage."""

    span: Span
    amount: Money
    name: str
    group: str | None = None
    covered: bool = True


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
    languages: Mapping[str, str] = field(default_factory=dict)
    """In which language who wants to be written to, by name or address; everybody else in that of the house."""


@dataclass(frozen=True, slots=True)
class LetterChoice:
    """How letters to the vendor are written under one agreement."""

    language: str = ""
    """Empty: the first that the contract takes claims in."""
    templates: str = ""
    """A folder of templates that take the place of ours; empty: ours alone."""


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
    billed: tuple[Bill, ...] = ()
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    """The contract's groups and the probe groups that measure them."""
    primary: tuple[str, ...] = ()
    parameters: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    customer: Party = Party()
    vendor: Party = Party()
    people: People = People()
    letters: LetterChoice = LetterChoice()
    limitation: Duration | None = None
    """How long after it arose something can be claimed under the law of the agreement; None: nobody has said."""

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
