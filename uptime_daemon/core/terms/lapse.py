"""How long after something: in hours, days, business days or months, always counted on the contract's clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from uptime_daemon.core.time.instants import HOUR, instant, moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.business import BusinessCalendar
    from uptime_daemon.core.time.instants import Instant


class LapseUnit(StrEnum):
    """How a lapse is counted."""

    HOURS = "hours"
    """Elapsed hours."""
    DAYS = "days"
    """Calendar days: the same time on the zone's clocks so many dates later."""
    BUSINESS_DAYS = "business_days"
    """The same time on the zone's clocks so many working days later."""
    MONTHS = "months"
    """The same day so many months later, or the last one of a month that lacks it."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """An amount of time that a clause names."""

    amount: int
    unit: LapseUnit
    zone: ZoneInfo
    working_time: BusinessCalendar | None = None
    """Which days are business days; only for these."""

    def after(self, at: Instant) -> Instant:
        """The first instant that is no longer within this time of another."""
        match self.unit:
            case LapseUnit.HOURS:
                return at + self.amount * HOUR
            case LapseUnit.DAYS:
                return self._on_clocks(at, timedelta(days=self.amount))
            case LapseUnit.MONTHS:
                return self._on_clocks(at, relativedelta(months=self.amount))
            case LapseUnit.BUSINESS_DAYS:
                if self.working_time is None:
                    raise ValueError("business days need working time")
                return self.working_time.days_later(at, self.amount)

    def before(self, at: Instant) -> Instant:
        """The last instant that is so long before another; business days are only ever counted forward."""
        match self.unit:
            case LapseUnit.HOURS:
                return at - self.amount * HOUR
            case LapseUnit.DAYS:
                return self._on_clocks(at, timedelta(days=-self.amount))
            case LapseUnit.MONTHS:
                return self._on_clocks(at, relativedelta(months=-self.amount))
            case LapseUnit.BUSINESS_DAYS:
                raise ValueError("business days are counted forward")

    def __str__(self) -> str:
        """`7 days`, `3 business days`, `1 month`."""
        words = self.unit.value.replace("_", " ")
        return f"{self.amount} {words.removesuffix('s') if self.amount == 1 else words}"

    def _on_clocks(self, at: Instant, step: timedelta | relativedelta) -> Instant:
        wall = moment(at, self.zone).replace(tzinfo=None) + step
        return instant(wall.replace(tzinfo=self.zone, fold=0))
