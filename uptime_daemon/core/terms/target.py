"""What is promised over a period."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


class TargetKind(StrEnum):
    """What a target limits."""

    AVAILABILITY = "availability"
    """Percent, at least."""
    TOTAL_DOWNTIME = "total_downtime"
    """Minutes of the period, at most."""
    SINGLE_OUTAGE = "single_outage"
    """Minutes of one outage, at most."""


class OnLimit(StrEnum):
    """What a figure exactly on the limit is."""

    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Target:
    """One promise over a period."""

    id: str
    kind: TargetKind
    limit: Fraction
    """Percent for availability, else minutes."""
    clause: str
    claimable: bool = True
    """False where the contract waives what follows from a miss."""
    rests_on: tuple[str, ...] = ()
    """Ambiguities on which this limit rests."""
    on_limit: OnLimit = OnLimit.MET

    @property
    def unit(self) -> str:
        """The unit of the limit."""
        return "percent" if self.kind is TargetKind.AVAILABILITY else "minutes"
