"""A year of the stand-in's past: the same for the same instant, written as rows, taken in by the daemon's own import.

The outages are made by hand, so that there is something of each sort to look at; their figures are the daemon's.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.facts.records import Answer
from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, format_instant, local_date, local_instant
from uptime_daemon.core.time.periods import PeriodKind, calendar, midnight
from uptime_daemon.core.time.spans import Span
from uptime_daemon.demo.files import ZONE, starts
from uptime_daemon.desk.intake.facts import Author, condition
from uptime_daemon.desk.intake.history import imported
from uptime_daemon.desk.intake.tickets import next_ticket, ticket_event
from uptime_daemon.sources.csv import CsvHistory, CsvPlan, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.settings.values import Settings, SignedAgreement
    from uptime_daemon.store.ports import Store

LOOKED_EVERY: Final = 5 * MINUTE
"""How often the recorder of this history looked; an edge is known as sharply."""
FINAL_CLAIM: Final = 7 * DAY
"""How long after a month Daktela's final claim may be made (clause 5.1, recommended reading)."""
PRIMARY_ZONE: Final = ZoneInfo("Europe/Kyiv")
"""The zone of the contract that is judged by the year."""
ROOM: Final = 90 * DAY
"""A year as young as this has no room for its long outages; they then lie in the one before."""
_CROWDED_UNTIL: Final = 22  # the day of the month
_WEEKEND: Final = (5, 6)
_BOTH: Final = ("autodial", "inbound")
_PROBES: Final = {"autodial": ("autodial-api",), "inbound": ("inbound-api", "inbound-line")}


@dataclass(frozen=True, slots=True)
class Happened:
    """One outage of the past."""

    functions: tuple[str, ...]
    span: Span
    code: int = 503
    reported: bool = True
    """Whether a ticket was opened and a call was made."""


def outages(now: Instant) -> list[Happened]:
    """The outages of the past before an instant, none of which overlap."""
    month = calendar(PeriodKind.MONTH, ZONE).containing(now)
    last = local_date(calendar(PeriodKind.MONTH, ZONE).containing(month.start - 1).start, ZONE)
    found = [
        # 80 minutes are between one and two steps of 0.1 points below 99.95 %, however long the month is.
        _at(last.replace(day=12), 10 * HOUR + 7 * MINUTE, 80 * MINUTE, ZONE, _BOTH),
        # From 22:10 of a Wednesday on: inside the weekly hours of planned maintenance, so it is excused.
        _at(_weekday(last.replace(day=15), 2), 22 * HOUR + 10 * MINUTE, 35 * MINUTE, ZONE, _BOTH),
        _at(last.replace(day=5), 13 * HOUR + 40 * MINUTE, 25 * MINUTE, ZONE, ("autodial",)),
        # Nobody opened a ticket for this one.
        _at(last.replace(day=8), 9 * HOUR + 12 * MINUTE, 18 * MINUTE, ZONE, ("inbound",), reported=False),
    ]
    if now >= month.start + FINAL_CLAIM:
        # Last month's claim has expired; this month's can still be made.
        day = local_date(month.start, ZONE).replace(day=3)
        found.append(_at(day, 14 * HOUR + 12 * MINUTE, 80 * MINUTE, ZONE, _BOTH))
    found += _long_ones(now)
    return sorted(found, key=lambda each: each.span)


def _long_ones(now: Instant) -> Iterator[Happened]:
    """More than the eight hours that a year of the main group may be down, in one year."""
    years = calendar(PeriodKind.YEAR, PRIMARY_ZONE)
    year = years.containing(now)
    elapsed = Span(year.start, now)
    if elapsed.length < ROOM:
        # The agreement is a year old, so that of the year before its last half is recorded.
        before = years.containing(year.start - 1)
        elapsed = Span(before.start + before.length // 2, before.end)
    for third, length in ((1, 4 * HOUR + 20 * MINUTE), (2, 4 * HOUR + 35 * MINUTE)):
        day = local_date(elapsed.start + elapsed.length * third // 3, PRIMARY_ZONE)
        # On a working day; the other outages lie in the first three weeks of their months.
        while day.day <= _CROWDED_UNTIL or day.weekday() in _WEEKEND:
            day += timedelta(days=1)
        yield _at(day, 10 * HOUR + 3 * MINUTE, length, PRIMARY_ZONE, ("inbound",), code=0)


def _at(
    day: date,
    wall_time: Duration,
    length: Duration,
    zone: ZoneInfo,
    functions: tuple[str, ...],
    *,
    code: int = 503,
    reported: bool = True,
) -> Happened:
    start = local_instant(day, wall_time, zone)
    return Happened(functions, Span(start, start + length), code, reported)


def _weekday(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def recorded(settings: Settings, store: Store, file: Path, now: Instant) -> None:
    """Write the history as rows, import it, and record what people stated about it at that time."""
    past = [each for each in outages(now) if each.span.end < now]
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("time", "target", "status", "code"))
        writer.writerows(_rows(past, Span(midnight(starts(now), PRIMARY_ZONE), now)))
    names = {probe: f"stand-in/{probe}" for own in _PROBES.values() for probe in own}
    plan = CsvPlan(kind=Kind.CHANGES, interval=LOOKED_EVERY, names=names)
    with file.open(encoding="utf-8", newline="") as stream:
        imported(store, CsvHistory(stream, str(file), plan), plan, lambda _: None)
    for signed in settings.agreements:
        _stated(store, signed, past)


def _rows(past: list[Happened], window: Span) -> Iterator[tuple[str, str, str, str]]:
    """A row at each change and one a day, as such recorders write them, in time order."""
    rows: list[tuple[Instant, str, str, str]] = []
    for function, probes in _PROBES.items():
        own = [each for each in past if function in each.functions]
        days = range(window.start, window.end, DAY)
        calm = [at for at in (*days, window.end) if not any(each.span.start <= at < each.span.end for each in own)]
        for probe in probes:
            rows += [(at, probe, "up", "200") for at in calm]
            for each in own:
                rows += [(each.span.start, probe, "down", str(each.code)), (each.span.end, probe, "up", "200")]
    for at, probe, status, code in sorted(rows):
        yield format_instant(at), probe, status, code


def _stated(store: Store, signed: SignedAgreement, past: list[Happened]) -> None:
    """The tickets and calls of that time, and the conditions that a person has looked up since."""
    channels = ("ticket",) if signed.agreement.primary else ("phone",)
    for each in past:
        group = _group(signed, each)
        if group is None or not each.reported:
            continue
        ticket = next_ticket(store, signed)
        opened, resolved = each.span.start + 3 * MINUTE, each.span.end + 10 * MINUTE
        for channel in channels:
            author = Author("ana", opened, opened + MINUTE)
            store.append_fact(
                ticket_event(store, signed, ticket, EventKind.OPENED, author, group=group, channel=channel)
            )
        for kind, at in ((EventKind.ACKNOWLEDGED, opened + 2 * MINUTE), (EventKind.RESOLVED, resolved)):
            author = Author("ana", at, at + MINUTE)
            store.append_fact(ticket_event(store, signed, ticket, kind, author))
    looked_up = Author("ana", past[-1].span.end, past[-1].span.end + HOUR)
    known = {each.id for each in signed.readings.chosen.conditions}
    for name in _LOOKED_UP & known:
        store.append_fact(condition(signed, name, Answer.YES, looked_up))


_LOOKED_UP: Final = {"accepted_contract", "supported_version", "covered_service", "probing_permitted"}


def _group(signed: SignedAgreement, happened: Happened) -> str | None:
    """The contract's group that was hit: the whole service where the agreement binds both functions as one."""
    bindings = signed.agreement.bindings
    if "service" in bindings:
        return "service" if happened.functions == _BOTH else None
    main = signed.agreement.primary[0]
    return main if main in happened.functions else happened.functions[0]
