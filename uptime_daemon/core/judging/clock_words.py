"""What a clock promises and what became of it, in words that a lawyer can follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.judging.rounds import ClockState
from uptime_daemon.core.terms.clock import LimitUnit

if TYPE_CHECKING:
    from uptime_daemon.core.judging.rounds import Round

_UNITS: Final = {
    LimitUnit.BUSINESS_MINUTES: "business minutes",
    LimitUnit.BUSINESS_HOURS: "business hours",
    LimitUnit.CLOCK_MINUTES: "minutes",
    LimitUnit.CLOCK_HOURS: "hours",
    LimitUnit.BUSINESS_DAYS: "business days",
    LimitUnit.CALENDAR_DAYS: "calendar days",
    LimitUnit.MONTHS: "months",
}


def promise(of: Round) -> str:
    """How long it may take."""
    limit = of.terms.limit
    if limit is None:
        return "best effort"
    try:
        amount = limit.amount(of.ticket.group, of.severity)
    except KeyError:
        return "a time that the agreement does not state yet"
    if amount is None:
        return "best effort"
    return f"{amount} {_UNITS[limit.unit]}".removesuffix("s" if amount == 1 else "")


def ending(of: Round) -> str:
    """What became of it."""
    late = of.due is not None and of.stopped is not None and of.stopped > of.due
    return {
        ClockState.RUNNING: "running",
        ClockState.KEPT: "kept",
        ClockState.MISSED: "missed, it came too late" if late else "missed",
        ClockState.NOT_SHOWN: "not shown, the act happens inside the vendor's house",
    }[of.state]
