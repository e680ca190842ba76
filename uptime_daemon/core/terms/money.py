"""Money in whole minor units of one currency, exact ratios, and the named rules by which a contract rounds once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, assert_never

# ISO 4217, the currencies whose minor unit is not a hundredth. CLDR's display digits (RSD 0) are not meant here.
_EXPONENTS: Final = (
    dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
    | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
    | dict.fromkeys("CLF UYW".split(), 4)
)
_DEFAULT_EXPONENT: Final = 2
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_AMOUNT: Final = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


class Rounding(StrEnum):
    """How an exact value becomes a whole number of units."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    FLOOR = "floor"
    CEILING = "ceiling"


def rounded(exact: Fraction, rule: Rounding) -> int:
    """The whole number that the rule makes of an exact value; halves go away from zero under `half_up`."""
    match rule:
        case Rounding.HALF_UP:
            whole = (abs(exact) + Fraction(1, 2)).__floor__()
            return whole if exact >= 0 else -whole
        case Rounding.HALF_EVEN:
            return round(exact)
        case Rounding.FLOOR:
            return exact.__floor__()
        case Rounding.CEILING:
            return exact.__ceil__()
        case _:
            assert_never(rule)


def exponent(currency: str) -> int:
    """How many digits the currency's minor unit has (ISO 4217)."""
    return _EXPONENTS.get(currency, _DEFAULT_EXPONENT)


@dataclass(frozen=True, slots=True)
class Money:
    """A whole number of minor units of one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what is no currency code."""
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"{self.currency!r} is no currency code of three capital letters such as EUR")

    def __add__(self, other: Money) -> Money:
        """The sum of two amounts of one currency."""
        return Money(self.minor + self._same(other).minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        """Whether this amount of the same currency is smaller."""
        return self.minor < self._same(other).minor

    def __str__(self) -> str:
        """The amount in major units with every minor digit, without the currency: `75.05`."""
        digits = exponent(self.currency)
        sign, minor = ("-", -self.minor) if self.minor < 0 else ("", self.minor)
        if digits == 0:
            return f"{sign}{minor}"
        major, rest = divmod(minor, 10**digits)
        return f"{sign}{major}.{rest:0{digits}d}"

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never added or compared")
        return other


def parse_money(amount: str, currency: str) -> Money:
    """A decimal such as 1250.75 in a currency; `ValueError` if it is none or has more digits than the currency."""
    zero = Money(0, currency)
    if not _AMOUNT.fullmatch(amount):
        raise ValueError(f"{amount!r} is no amount such as 1250.75")
    scaled = Fraction(amount) * 10 ** exponent(zero.currency)
    if scaled.denominator != 1:
        raise ValueError(f"{amount!r} has more digits than {currency} has minor units")
    return Money(int(scaled), currency)


def share(base: Money, ratio: Fraction, rule: Rounding) -> Money:
    """A ratio of an amount, rounded once to the minor unit."""
    return Money(rounded(base.minor * ratio, rule), base.currency)


_SHOWN_DIGITS_MAX: Final = 20


def decimal_text(exact: Fraction) -> str:
    """An exact fraction as a terminating decimal, or as `p/q` where no short decimal is exact."""
    for digits in range(_SHOWN_DIGITS_MAX + 1):
        scaled = exact * 10**digits
        if scaled.denominator == 1:
            return _point(int(scaled), digits)
    return f"{exact.numerator}/{exact.denominator}"


def ratio_text(exact: Fraction, digits: int = 10) -> str:
    """A ratio with up to `digits` decimals, rounded half-even for display only, trailing zeros dropped."""
    text = _point(rounded(exact * 10**digits, Rounding.HALF_EVEN), digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _point(scaled: int, digits: int) -> str:
    sign, magnitude = ("-", -scaled) if scaled < 0 else ("", scaled)
    if digits == 0:
        return f"{sign}{magnitude}"
    whole, rest = divmod(magnitude, 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}"
