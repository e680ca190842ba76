"""`exclusions`: causes, recurring windows, announced work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.terms.exclusion import (
    Announced,
    Cause,
    EmergencyTerms,
    EmergencyTreatment,
    ExclusionTerms,
    ExcuseCap,
    MaintenanceWindow,
    NoticeTime,
    NoticeUnit,
    Upstream,
)
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.core.time.periods import PeriodKind
from uptime_daemon.core.time.windows import LAST, WeeklyWindow
from uptime_daemon.definitions.calendars import WorkingTimeShape
from uptime_daemon.definitions.holidays import NO_HOLIDAYS, Holidays
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, Choice, OneOf, Shape, Text, Whole, named, refuse
from uptime_daemon.definitions.terms.common import CLAUSE, Weekdays
from uptime_daemon.definitions.times import Length, WallTime

NO_MAINTENANCE: Final = "none"
"""Says that the contract excuses no planned work, where others have windows and notices."""


@dataclass(frozen=True, slots=True)
class _Excuses:
    """A list of stated causes, or `any`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The word, or causes."""
        return (OneOf(("any",)), ListOf(IDENTIFIER, at_least=1))

    def read(self, node: Node, path: str, problems: Problems) -> frozenset[str] | None:
        if node.value == "any":
            return None
        return frozenset(ListOf(IDENTIFIER, at_least=1).read(node, path, problems))


@dataclass(frozen=True, slots=True)
class _Place:
    """Which of a weekday in its month: 1 to 5, or `last`."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """The word, or a number."""
        return (OneOf(("last",)), Whole(1, _PLACES_MAX))

    def read(self, node: Node, path: str, problems: Problems) -> int:
        if node.value == "last":
            return LAST
        if isinstance(node.value, int) and not isinstance(node.value, bool) and 1 <= node.value <= _PLACES_MAX:
            return node.value
        raise refuse(node, path, problems, f"{named(node)} is no place in a month; write 1 to {_PLACES_MAX}, or last")


_PLACES_MAX: Final = 5
"""No month has more Mondays."""


class _Lasts(StrEnum):
    """Whether a window ends by the wall clock, or after an equal time in every night."""

    WALL_CLOCK = "wall_clock"
    ELAPSED = "elapsed"


def _window(zone: ZoneInfo) -> Record[MaintenanceWindow]:
    def build(
        cause: str,
        clause: str,
        weekdays: frozenset[int],
        places: tuple[int, ...],
        months: tuple[int, ...],
        from_: int,
        to_: int,
        lasts: _Lasts,
        void_on: Any,
        excuses: Any,
    ) -> MaintenanceWindow:
        ends = to_ if to_ > from_ else to_ + DAY  # a window over midnight ends on the day after its start day
        days = {"places": frozenset(places), "months": frozenset(months)}
        return MaintenanceWindow(
            cause=cause,
            clause=clause,
            window=WeeklyWindow(zone, weekdays, from_, ends, void_on, **days, elapsed=lasts is _Lasts.ELAPSED),
            excuses=excuses,
        )

    return Record(
        build,
        {
            "cause": required(IDENTIFIER),
            "clause": required(CLAUSE),
            "weekdays": required(Weekdays()),
            "places": optional(ListOf(_Place(), at_least=1), ()),
            "months": optional(ListOf(Whole(1, 12), at_least=1), ()),
            "from": required(WallTime()),
            "to": required(WallTime()),
            "lasts": optional(Choice(_Lasts), _Lasts.WALL_CLOCK),
            "void_on": optional(Holidays(), NO_HOLIDAYS),
            "excuses": required(_Excuses()),
        },
    )


def _emergency(treatment: EmergencyTreatment, clause: str, cause: str | None) -> EmergencyTerms:
    if (treatment is EmergencyTreatment.EXCLUDED) is (cause is None):
        raise ValueError("an excluded emergency has a cause, one that counts has none; write treatment and cause so")
    return EmergencyTerms(treatment, clause, cause)


_EMERGENCY: Final = Record(
    _emergency,
    {
        "treatment": required(Choice(EmergencyTreatment)),
        "clause": required(CLAUSE),
        "cause": optional(IDENTIFIER),
    },
)
_UPSTREAM: Final = Record(
    Upstream, {"cause": required(IDENTIFIER), "clause": required(CLAUSE), "group": required(IDENTIFIER)}
)


def _cap(causes: tuple[str, ...], amount: int, per: CapSpan, clause: str) -> ExcuseCap:
    return ExcuseCap(frozenset(causes), amount, PeriodKind(per.value), clause)


class CapSpan(StrEnum):
    """Over what a cap on excused time runs, on the contract's calendar."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_CAP: Final = Record(
    _cap,
    {
        "causes": required(ListOf(IDENTIFIER, at_least=1)),
        "amount": required(Length()),
        "per": required(Choice(CapSpan)),
        "clause": required(CLAUSE),
    },
)


def exclusions(zone: ZoneInfo) -> Record[ExclusionTerms]:
    """The causes that excuse, recurring windows and announced work; hours are of the contract's zone."""

    def build(maintenance: str | None, announced: Announced | None, **terms: Any) -> ExclusionTerms:
        if announced and announced.unit is NoticeUnit.BUSINESS_DAYS and announced.working_time is None:
            raise ValueError("notice in business days needs working_time; write it under announced")
        built = ExclusionTerms(announced=announced, **terms)
        excluded = built.emergency is not None and built.emergency.treatment is EmergencyTreatment.EXCLUDED
        if maintenance == NO_MAINTENANCE and (built.windows or announced or excluded):
            raise ValueError("maintenance none stands beside what excuses it; leave out one of them")
        return built

    cause = Record(Cause, {"id": required(IDENTIFIER), "title": required(Text()), "clause": required(CLAUSE)})
    announced = Record(
        _announced,
        {
            "cause": required(IDENTIFIER),
            "clause": required(CLAUSE),
            "amount": required(Whole(0, 1000)),
            "unit": required(Choice(NoticeUnit)),
            "judged_by": required(Choice(NoticeTime)),
            "working_time": optional(WorkingTimeShape(zone)),
            "channels": optional(ListOf(IDENTIFIER), ()),
        },
    )
    return Record(
        build,
        {
            "causes": required(ListOf(cause)),
            "maintenance": optional(OneOf((NO_MAINTENANCE,))),
            "windows": optional(ListOf(_window(zone)), ()),
            "announced": optional(announced),
            "emergency": optional(_EMERGENCY),
            "upstreams": optional(ListOf(_UPSTREAM), ()),
            "caps": optional(ListOf(_CAP), ()),
        },
    )


def _announced(channels: tuple[str, ...], **terms: Any) -> Announced:
    return Announced(channels=frozenset(channels), **terms)
