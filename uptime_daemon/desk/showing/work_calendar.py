"""Announced work and the contracts' recurring windows over one month, for people who plan or dispute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from uptime_daemon.core.time.instants import local_date
from uptime_daemon.core.time.periods import midnight
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.records import FactKind, stated
from uptime_daemon.desk.showing.listing import maintenance_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.facts.records import Maintenance
    from uptime_daemon.core.time.windows import WeeklyWindow
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact

_DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True)
class Work:
    """One announcement as it was first seen, with what of it stands."""

    signed: SignedAgreement
    told: Maintenance
    row: Mapping[str, Any]
    """As the list and the API have it."""


@dataclass(frozen=True, slots=True)
class Window:
    """One occurrence of a window that contracts have without notice."""

    agreements: tuple[str, ...]
    """Whose contracts have it."""
    cause: str
    clause: str
    span: Span


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the month's page."""

    date: date
    in_month: bool
    works: tuple[Work, ...]
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """Whole weeks around a month, and everything that was announced for it."""

    weeks: tuple[tuple[Day, ...], ...]
    works: tuple[Work, ...]
    """In order of beginning."""


def month_of_work(judge: Judge, first: date, zone: ZoneInfo) -> Month:
    """The month that begins on `first`, on a zone's calendar."""
    after = (first + timedelta(days=32)).replace(day=1)
    begin = first - timedelta(days=first.weekday())
    end = after + timedelta(days=-after.weekday() % _DAYS_OF_WEEK)
    shown = Span(midnight(begin, zone), midnight(end, zone))
    works = sorted(_works(judge, shown), key=lambda each: each.told.span)
    windows = list(_windows(judge, shown))
    days = [begin + timedelta(days=number) for number in range((end - begin).days)]
    made = [
        Day(
            date=day,
            in_month=day.month == first.month,
            works=tuple(each for each in works if _touches(each.told.span, day, zone)),
            windows=tuple(each for each in windows if local_date(each.span.start, zone) == day),
        )
        for day in days
    ]
    weeks = tuple(tuple(made[number : number + _DAYS_OF_WEEK]) for number in range(0, len(made), _DAYS_OF_WEEK))
    within = Span(midnight(first, zone), midnight(after, zone))
    return Month(weeks, tuple(each for each in works if _meets(each.told.span, within)))


def _works(judge: Judge, shown: Span) -> Iterator[Work]:
    facts: dict[str, list[Fact]] = {}
    for kind in (FactKind.MAINTENANCE, FactKind.MAINTENANCE_CANCELLED):
        for fact in judge.store.facts(kind=kind.value):
            facts.setdefault(fact.agreement or "", []).append(fact)
    for signed in judge.settings.agreements:
        own: Sequence[Fact] = sorted(facts.get(signed.agreement.id, ()), key=lambda fact: fact.id or 0)
        if not own:
            continue
        rows = {row["id"]: row for row in maintenance_rows(signed, own)}
        for told in stated(own).maintenance:
            if _meets(told.span, shown):
                yield Work(signed, told, rows[told.id])


def _windows(judge: Judge, shown: Span) -> Iterator[Window]:
    """Each once, however many agreements are under the same contract."""
    whose: dict[tuple[WeeklyWindow, str, str], list[str]] = {}
    for signed in judge.settings.agreements:
        exclusions = signed.readings.chosen.exclusions
        titles = {cause.id: cause.title for cause in exclusions.causes}
        for each in exclusions.windows:
            key = each.window, titles.get(each.cause, each.cause), each.clause
            whose.setdefault(key, []).append(signed.agreement.id)
    for (window, cause, clause), agreements in whose.items():
        for start, end in window.within(shown.start, shown.end):
            yield Window(tuple(agreements), cause, clause, Span(start, end))


def _touches(span: Span, day: date, zone: ZoneInfo) -> bool:
    return _meets(span, Span(midnight(day, zone), midnight(day + timedelta(days=1), zone)))


def _meets(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
