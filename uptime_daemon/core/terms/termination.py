"""When repeated misses give the right to end the agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class TerminationTerms:
    """A target missed in some of the last periods gives the right to end the agreement."""

    target: str
    periods: int
    """In how many of them."""
    within: int
    """Of how many periods in a row, the judged one the last."""
    clause: str
    below: Fraction | None = None
    """Percent of availability below which a period counts; None: whenever the target is missed."""
