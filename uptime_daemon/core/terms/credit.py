"""What a missed target is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.terms.money import Rounding

if TYPE_CHECKING:
    from fractions import Fraction


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
