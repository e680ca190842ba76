"""`exclusions`: causes, recurring windows, announced work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from uptime_daemon.core.terms.exclusion import (
    Announced,
    Cause,
    ExclusionTerms,
    MaintenanceWindow,
    NoticeTime,
    NoticeUnit,
)
from uptime_daemon.core.time.business import WeeklyWindow
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.definitions.calendars import WorkingTimeShape
from uptime_daemon.definitions.documents import Node
from uptime_daemon.definitions.holidays import NO_HOLIDAYS, Holidays
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    Choice,
    ListOf,
    Record,
    Text,
    WallTime,
    Whole,
    optional,
    required,
)
from uptime_daemon.definitions.terms.common import CLAUSE, Weekdays


@dataclass(frozen=True, slots=True)
class _Excuses:
    """A list of stated causes, or `any`."""

    def read(self, node: Node, path: str, problems: Problems) -> frozenset[str] | None:
        if node.value == "any":
            return None
        return frozenset(ListOf(IDENTIFIER, at_least=1).read(node, path, problems))


def _window(zone: ZoneInfo) -> Record[MaintenanceWindow]:
    def build(
        cause: str, clause: str, weekdays: frozenset[int], from_: int, to_: int, void_on: Any, excuses: Any
    ) -> MaintenanceWindow:
        ends = to_ if to_ > from_ else to_ + DAY  # a window over midnight ends on the day after its start day
        return MaintenanceWindow(
            cause=cause,
            clause=clause,
            window=WeeklyWindow(zone, weekdays, from_, ends, void_on),
            excuses=excuses,
        )

    return Record(
        build,
        {
            "cause": required(IDENTIFIER),
            "clause": required(CLAUSE),
            "weekdays": required(Weekdays()),
            "from": required(WallTime()),
            "to": required(WallTime()),
            "void_on": optional(Holidays(), NO_HOLIDAYS),
            "excuses": required(_Excuses()),
        },
    )


def exclusions(zone: ZoneInfo) -> Record[ExclusionTerms]:
    """The causes that excuse, recurring windows and announced work; hours are of the contract's zone."""

    def build(
        causes: tuple[Cause, ...], windows: tuple[MaintenanceWindow, ...], announced: Announced | None
    ) -> ExclusionTerms:
        if announced and announced.unit is NoticeUnit.BUSINESS_DAYS and announced.working_time is None:
            raise ValueError("notice in business days needs working_time; write it under announced")
        return ExclusionTerms(causes, windows, announced)

    cause = Record(Cause, {"id": required(IDENTIFIER), "title": required(Text()), "clause": required(CLAUSE)})
    announced = Record(
        Announced,
        {
            "cause": required(IDENTIFIER),
            "clause": required(CLAUSE),
            "amount": required(Whole(0, 1000)),
            "unit": required(Choice(NoticeUnit)),
            "judged_by": required(Choice(NoticeTime)),
            "working_time": optional(WorkingTimeShape(zone)),
        },
    )
    return Record(
        build,
        {
            "causes": required(ListOf(cause)),
            "windows": optional(ListOf(_window(zone)), ()),
            "announced": optional(announced),
        },
    )
