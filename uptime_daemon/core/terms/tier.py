"""Tables that give each stretch of values its worth: bounds that say whether they belong to it, overlaps and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.terms.money import Rounding, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Bounds:
    """A stretch of values; each bound belongs to it or does not."""

    low: Fraction | None = None
    """None: no value is too low."""
    high: Fraction | None = None
    """None: no value is too high."""
    holds_low: bool = True
    holds_high: bool = False

    def __contains__(self, value: Fraction) -> bool:
        """Whether a value lies inside."""
        return not self.is_above(value) and not self.is_below(value)

    def is_above(self, value: Fraction) -> bool:
        """Whether all of the stretch lies above a value."""
        return self.low is not None and (value < self.low or (value == self.low and not self.holds_low))

    def is_below(self, value: Fraction) -> bool:
        """Whether all of the stretch lies below a value."""
        return self.high is not None and (value > self.high or (value == self.high and not self.holds_high))


@dataclass(frozen=True, slots=True)
class Tier:
    """What a stretch of values is worth: percent of the fee, or days of service."""

    bounds: Bounds
    worth: Fraction


class Overlap(StrEnum):
    """What is due where tiers overlap."""

    HIGHEST = "highest"
    LOWEST = "lowest"


class Gap(StrEnum):
    """What is due between two tiers that leave values between them."""

    NOTHING = "nothing"
    SMALLER = "smaller"
    """What the neighbour with the smaller worth gives."""
    LARGER = "larger"


@dataclass(frozen=True, slots=True)
class Precision:
    """A value is looked up rounded to so many decimals."""

    digits: int
    rounding: Rounding

    def of(self, value: Fraction) -> Fraction:
        """The rounded value."""
        return Fraction(rounded(value * 10**self.digits, self.rounding), 10**self.digits)


@dataclass(frozen=True, slots=True)
class TierTable:
    """Tiers with what is due where they overlap or leave a gap."""

    tiers: tuple[Tier, ...]
    overlap: Overlap | None = None
    """None where no value lies in two tiers of different worth: then the highest is that of each."""
    gap: Gap | None = None
    """None where no two tiers leave a value between them: then nothing is due outside of all."""
    precision: Precision | None = None
    """None: values are looked up exactly."""

    def looked_up(self, value: Fraction) -> Fraction:
        """The value as the table sees it."""
        return value if self.precision is None else self.precision.of(value)

    def worth(self, value: Fraction) -> Fraction:
        """What a value is worth, 0 where no tier speaks of it."""
        seen = self.looked_up(value)
        matching = [tier.worth for tier in self.tiers if seen in tier.bounds]
        if matching:
            return min(matching) if self.overlap is Overlap.LOWEST else max(matching)
        neighbours = list(self._neighbours(seen))
        if self.gap in {None, Gap.NOTHING} or len(neighbours) < 2:  # noqa: PLR2004 - a gap has two sides
            return Fraction(0)
        return min(neighbours) if self.gap is Gap.SMALLER else max(neighbours)

    def _neighbours(self, value: Fraction) -> Iterator[Fraction]:
        """What the nearest tiers below and above a value in a gap are worth."""
        below = [tier for tier in self.tiers if tier.bounds.is_below(value)]
        above = [tier for tier in self.tiers if tier.bounds.is_above(value)]
        if below:
            yield max(below, key=lambda tier: tier.bounds.high or Fraction(0)).worth
        if above:
            yield min(above, key=lambda tier: tier.bounds.low or Fraction(0)).worth
