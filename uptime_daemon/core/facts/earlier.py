"""What an earlier period came to: what rules over several periods need to know."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime_daemon.core.terms.money import Money


@dataclass(frozen=True, slots=True)
class EarlierPeriod:
    """The outcome of one earlier period for one group."""

    group: str
    period: str
    """`2026-05`, `2026-Q1` or `2025`."""
    missed: frozenset[str]
    """The targets that were missed."""
    availability: Fraction | None = None
    """Percent; None where nobody noted it."""
    credited: Money | None = None
    """What was credited for it; None where nobody noted it."""
