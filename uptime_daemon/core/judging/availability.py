"""Downtime as an exact share of its denominator, and every target held against it: met, and how surely missed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, assert_never

from uptime_daemon.core.terms.target import OnLimit, Target, TargetKind
from uptime_daemon.core.time.instants import MICROSECOND, MINUTE, SECOND

if TYPE_CHECKING:
    from uptime_daemon.core.judging.requests import Share
    from uptime_daemon.core.time.instants import Duration


class Breach(StrEnum):
    """How surely a target is missed."""

    PROVEN = "proven"
    """Even by the shortest bracket."""
    POSSIBLE = "possible"
    """By the longest bracket, not by the shortest."""
    NOT_SHOWN = "not_shown"


@dataclass(frozen=True, slots=True)
class Measure:
    """What one bracket comes to."""

    downtime: Duration
    longest: Duration
    """The longest single outage."""
    denominator: Duration
    share: Share | None = None
    """The share of requests or users that the contract is judged by instead of time."""

    @property
    def availability(self) -> Fraction | None:
        """Exact share from 0 to 1; None where the denominator is empty.

        More downtime than a fixed denominator holds is none left.
        """
        if self.share is not None:
            return self.share.availability
        if self.denominator <= 0:
            return None
        return Fraction(max(0, self.denominator - self.downtime), self.denominator)


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target held against what was measured."""

    target: Target
    met: bool | None
    """None where too little was measured to call it met."""
    breach: Breach
    exceeded: bool
    """Whether the point figure misses it, whatever the coverage."""


def exceeds(target: Target, measure: Measure) -> bool:
    """Whether a measure misses a target; the target says what exactly on its limit is."""
    match target.kind:
        case TargetKind.AVAILABILITY:
            if measure.availability is None:
                return False
            beyond = target.limit - measure.availability * 100
        case TargetKind.TOTAL_DOWNTIME:
            beyond = Fraction(measure.downtime, MINUTE) - target.limit
        case TargetKind.SINGLE_OUTAGE:
            beyond = Fraction(measure.longest, MINUTE) - target.limit
        case _:
            assert_never(target.kind)
    return beyond > 0 or (beyond == 0 and target.on_limit is OnLimit.MISSED)


def held_against(target: Target, *, shortest: Measure, point: Measure, longest: Measure, covered: bool) -> TargetResult:
    """A target's result; `covered` says whether enough of the period was measured to call it met."""
    exceeded = exceeds(target, point)
    if exceeds(target, shortest):
        breach = Breach.PROVEN
    elif exceeds(target, longest):
        breach = Breach.POSSIBLE
    else:
        breach = Breach.NOT_SHOWN
    met: bool | None = False if exceeded else (True if covered and point.availability is not None else None)
    return TargetResult(target, met, breach, exceeded)


def budget(target: Target, denominator: Duration) -> Fraction:
    """How much downtime a target allows, in exact microseconds."""
    match target.kind:
        case TargetKind.AVAILABILITY:
            return denominator * (1 - target.limit / 100)
        case TargetKind.TOTAL_DOWNTIME | TargetKind.SINGLE_OUTAGE:
            return target.limit * MINUTE
        case _:
            assert_never(target.kind)


def fraction_text(measure: Measure, unit: Duration | None) -> str:
    """`up/denominator`, unreduced, in the contract's unit or else seconds, or finer where those are not whole."""
    if (share := measure.share) is not None:
        good = share.whole - share.bad
        if good.denominator == share.whole.denominator == 1:
            return f"{good}/{share.whole}"
        exact = good / share.whole if share.whole else good
        return f"{exact.numerator}/{exact.denominator}"
    up = max(0, measure.denominator - measure.downtime)
    for size in (unit or SECOND, SECOND, MICROSECOND):
        if up % size == 0 and measure.denominator % size == 0:
            return f"{up // size}/{measure.denominator // size}"
    raise AssertionError("microseconds divide everything")
