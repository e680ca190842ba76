"""Calendars of planned work (RFC 5545) -> occurrences in UTC: rules expanded within bounds, cancelled ones marked.

What a calendar says badly is left out with its reason, never guessed; what clocks make odd is taken as the RFC reads
it, with a flag.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final

from dateutil.rrule import rrulestr
from icalendar import Calendar, vRecur

from uptime_daemon.core.time.instants import format_instant, instant, moment
from uptime_daemon.core.time.spans import Span
from uptime_daemon.sources.ports import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from icalendar import Event

    from uptime_daemon.core.time.instants import Instant

EVENTS_MAX: Final = 2_000
"""Events of one file: a vendor's calendar of many years has some hundred."""
OCCURRENCES_MAX: Final = 5_000
"""Occurrences of one file within its bounds: ten a day over a year and more."""
_FREQUENCIES: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_LEAP_YEAR: Final = 2028
_MONTHS: Final = 12
_DECEMBER_DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """One occurrence of an event."""

    uid: str
    recurrence: str
    """The instant at which the rule placed it, empty for an event without a rule: with the UID its identity."""
    sequence: int
    span: Span
    summary: str
    cancelled: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadCalendar:
    """What a file says."""

    works: tuple[PlannedWork, ...]
    """Those that share an instant with the bounds, in time order."""
    uids: frozenset[str]
    """Every event that is named, also those that were left out or have no occurrence within the bounds."""
    whole: frozenset[str]
    """Those of which the file has more than single changed occurrences."""
    problems: tuple[str, ...]
    """Events that were left out and why."""


class _UnreadableError(Exception):
    """An event cannot be understood."""


@dataclass(frozen=True, slots=True)
class _Time:
    """A start or an end as written: the wall time, its zone and what is odd about it."""

    wall: datetime
    zone: tzinfo
    is_date: bool
    flags: tuple[str, ...] = ()


def read_calendar(content: bytes, name: str, zone: ZoneInfo, bounds: Span) -> ReadCalendar:
    """The planned work of a file within bounds. Times without a zone, and whole days, are those of `zone`.

    Raises `SourceError` where the file is no calendar or has more in it than a vendor's can.
    """
    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except (ValueError, IndexError, KeyError) as mistake:
        raise SourceError(f"{name}: it is no iCalendar file: {mistake}") from mistake
    if not calendars:
        raise SourceError(f"{name}: there is no calendar in it; give a file that begins with BEGIN:VCALENDAR")
    by_uid: dict[str, list[tuple[Event, bool]]] = defaultdict(list)
    problems = []
    for calendar in calendars:
        called_off = str(calendar.get("METHOD", "")).upper() == "CANCEL"
        for event in calendar.events:
            if uid := str(event.get("UID", "")).strip():
                by_uid[uid].append((event, called_off))
            else:
                problems.append(f"{name}: an event without UID cannot be told from others; it is left out")
    if sum(map(len, by_uid.values())) > EVENTS_MAX:
        raise SourceError(f"{name}: it has more than {EVENTS_MAX} events; split it")
    works: list[PlannedWork] = []
    whole = set()
    for uid, events in by_uid.items():
        try:
            works += _occurrences(uid, events, zone, bounds)
        except (_UnreadableError, OverflowError) as mistake:
            problems.append(f"{name}: event {uid}: {mistake}; it is left out")
            continue
        if any("RECURRENCE-ID" not in event for event, _ in events):
            whole.add(uid)
        if len(works) > OCCURRENCES_MAX:
            raise SourceError(f"{name}: it has more than {OCCURRENCES_MAX} occurrences; narrow the bounds")
    return ReadCalendar(
        works=tuple(sorted(works, key=lambda work: (work.span, work.uid))),
        uids=frozenset(by_uid),
        whole=frozenset(whole),
        problems=tuple(problems),
    )


def _occurrences(uid: str, events: list[tuple[Event, bool]], zone: ZoneInfo, bounds: Span) -> Iterator[PlannedWork]:
    """The occurrences of one UID: those of its newest main event, each replaced by the event that changes it."""
    newest: dict[str, tuple[Event, bool]] = {}
    for event, called_off in events:
        _refuse_errors(event)
        key = _changed(event, zone)
        if key not in newest or _sequence(event) >= _sequence(newest[key][0]):
            newest[key] = (event, called_off)
    main = newest.pop("", None)
    found: dict[str, PlannedWork] = {}
    if main is not None:
        has_rule = any(main[0].get(key) is not None for key in ("RRULE", "RDATE"))
        for span, placed, flags in _placed(main[0], zone, bounds):
            key = format_instant(placed) if has_rule else ""
            found[key] = _work(uid, key, main, span, flags)
    for key, changed in newest.items():
        start, end = _start_and_end(changed[0], zone)
        found[key] = _work(uid, key, changed, _span(start, end), (*start.flags, *_oddness(start)))
    for work in found.values():
        if work.span.start < bounds.end and bounds.start < work.span.end:
            yield work


def _work(uid: str, key: str, told: tuple[Event, bool], span: Span, flags: tuple[str, ...]) -> PlannedWork:
    event, called_off = told
    status = str(event.get("STATUS", "")).upper()
    if status == "TENTATIVE":
        raise _UnreadableError("it is tentative, which announces nothing")
    return PlannedWork(
        uid=uid,
        recurrence=key,
        sequence=_sequence(event),
        span=span,
        summary=" ".join(str(event.get("SUMMARY", "")).split()),
        cancelled=called_off or status == "CANCELLED",
        flags=flags,
    )


def _refuse_errors(event: Event) -> None:
    """The library keeps what it could not read and goes on; an event that is read in part would be another one."""
    if event.errors:
        key, message = event.errors[0]
        raise _UnreadableError(f"{key}: {message}")


def _sequence(event: Event) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except ValueError as mistake:
        raise _UnreadableError("SEQUENCE is no number") from mistake


def _changed(event: Event, zone: ZoneInfo) -> str:
    """Which occurrence an event changes; empty for a main event."""
    written = event.get("RECURRENCE-ID")
    if written is None:
        return ""
    if "RANGE" in written.params:
        raise _UnreadableError("RECURRENCE-ID with RANGE changes all later occurrences at once")
    return format_instant(_instant(_time(written, "RECURRENCE-ID", zone)))


def _start_and_end(event: Event, zone: ZoneInfo) -> tuple[_Time, _Time | timedelta]:
    written = event.get("DTSTART")
    if written is None:
        raise _UnreadableError("it has no DTSTART")
    start = _time(written, "DTSTART", zone)
    if (end := event.get("DTEND")) is not None:
        return start, _time(end, "DTEND", zone)
    if (duration := event.get("DURATION")) is not None:
        return start, duration.dt
    if start.is_date:
        return start, replace(start, wall=start.wall + timedelta(days=1))
    raise _UnreadableError("it has neither DTEND nor DURATION, so it excuses no time")


def _time(written: Any, key: str, zone: ZoneInfo) -> _Time:
    value = written.dt
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            return _Time(value.replace(tzinfo=None, fold=0), value.tzinfo, is_date=False)
        if "TZID" in written.params:
            raise _UnreadableError(f"{key}: the zone {written.params['TZID']} is unknown")
        return _Time(value, zone, is_date=False, flags=(f"written without a zone: taken in {zone.key}",))
    if isinstance(value, date):
        flags = (f"whole days: taken in {zone.key}",)
        return _Time(datetime.combine(value, time()), zone, is_date=True, flags=flags)
    raise _UnreadableError(f"{key} is no time")


def _instant(at: _Time) -> Instant:
    """As RFC 5545, section 3.3.5, reads it: a skipped time with the offset before the change, a doubled one first."""
    return instant(at.wall.replace(tzinfo=at.zone, fold=0))


def _oddness(at: _Time) -> Iterator[str]:
    """What clocks make odd about a wall time."""
    shown = moment(_instant(at), UTC).astimezone(at.zone).replace(tzinfo=None, fold=0)
    if shown != at.wall:
        yield f"{at.wall:%Y-%m-%d %H:%M} does not exist in its zone: taken as {shown:%H:%M} (RFC 5545, 3.3.5)"
    elif instant(at.wall.replace(tzinfo=at.zone, fold=1)) != _instant(at):
        yield f"{at.wall:%Y-%m-%d %H:%M} occurs twice in its zone: the first is taken (RFC 5545, 3.3.5)"


def _span(start: _Time, end: _Time | timedelta) -> Span:
    """From a start to an end; of a duration days are nominal and the rest exact (RFC 5545, 3.3.6).

    The library reads 24 hours as a day, so PT24H is nominal as well.
    """
    begins = _instant(start)
    if isinstance(end, timedelta):
        days, rest = timedelta(days=end.days), timedelta(seconds=end.seconds)
        ends = _instant(replace(start, wall=start.wall + days)) + rest // timedelta(microseconds=1)
    else:
        ends = _instant(end)
    if ends <= begins:
        raise _UnreadableError("it does not end after its start")
    return Span(begins, ends)


def _placed(event: Event, zone: ZoneInfo, bounds: Span) -> Iterator[tuple[Span, Instant, tuple[str, ...]]]:
    """Each occurrence of a main event with the instant at which its rule places it."""
    start, end = _start_and_end(event, zone)
    first = _span(start, end)
    for wall in _walls(event, start, bounds, first.length, zone):
        at = replace(start, wall=wall)
        if isinstance(end, timedelta):
            span = _span(at, end)
        elif start.is_date:
            span = _span(at, replace(at, wall=wall + (end.wall - start.wall)))
        else:  # every occurrence lasts exactly as long as the first (RFC 5545, 3.8.5.3)
            span = Span(_instant(at), _instant(at) + first.length)
        yield span, _instant(at), (*start.flags, *_oddness(at))


def _walls(event: Event, start: _Time, bounds: Span, length: int, zone: ZoneInfo) -> list[datetime]:
    """The wall times at which occurrences begin that may touch the bounds."""
    rule = event.get("RRULE")
    if isinstance(rule, list):
        raise _UnreadableError("it has several RRULE")
    added = list(_listed(event.get("RDATE"), "RDATE", start, zone))
    if rule is None and not added:
        return [start.wall]
    # A day more on both sides: offsets of any zone are less.
    margin = timedelta(days=1)
    earliest = moment(bounds.start - length).replace(tzinfo=None) - margin
    latest = moment(bounds.end).replace(tzinfo=None) + margin
    walls = {start.wall, *added}
    if rule is not None:
        walls.update(_ruled(rule, start, earliest, latest))
    walls -= set(_listed(event.get("EXDATE"), "EXDATE", start, zone))
    return sorted(wall for wall in walls if earliest <= wall <= latest)


def _ruled(rule: vRecur, start: _Time, earliest: datetime, latest: datetime) -> Iterable[datetime]:
    frequencies = {str(each).upper() for each in rule.get("FREQ", ())}
    if not frequencies or not frequencies <= _FREQUENCIES:
        raise _UnreadableError("RRULE: planned work that repeats more often than daily, or without FREQ")
    if _never(rule):
        raise _UnreadableError("RRULE: there is no such day in any year")
    parts = dict(rule)
    if "UNTIL" in parts:
        parts["UNTIL"] = [_wall_until(parts["UNTIL"][0], start)]
    try:
        text: bytes = vRecur(parts).to_ical()  # type: ignore[no-untyped-call] # the library types it in part
        found = rrulestr(text.decode(), dtstart=start.wall)
        return list(found.between(earliest, latest, inc=True))
    except (ValueError, TypeError, OverflowError) as mistake:
        raise _UnreadableError(f"RRULE: {mistake}") from mistake


def _never(rule: vRecur) -> bool:
    """Whether a rule names only days that no year has, such as 30 February: looking for one would take long."""
    days = [abs(int(day)) for day in rule.get("BYMONTHDAY", ())]
    months = [int(month) for month in rule.get("BYMONTH", range(1, _MONTHS + 1))]
    longest = max((_days_of(month) for month in months), default=_DECEMBER_DAYS)
    return bool(days) and min(days) > longest


def _days_of(month: int) -> int:
    following = date(_LEAP_YEAR + month // _MONTHS, month % _MONTHS + 1, 1)
    return (following - date(_LEAP_YEAR, month, 1)).days


def _wall_until(until: date, start: _Time) -> datetime:
    """The last wall time of a rule: its bound is in UTC where the start has a zone."""
    if not isinstance(until, datetime):
        return datetime.combine(until, time.max)
    return until if until.tzinfo is None else until.astimezone(start.zone).replace(tzinfo=None)


def _listed(written: Any, key: str, start: _Time, zone: ZoneInfo) -> Iterator[datetime]:
    """The wall times of RDATE or EXDATE, in the zone of the start."""
    for dates in written if isinstance(written, list) else [] if written is None else [written]:
        for each in dates.dts:
            if isinstance(each.dt, tuple):
                raise _UnreadableError(f"{key} with periods")
            at = _time(each, key, zone)
            shown = moment(_instant(at)).astimezone(start.zone).replace(tzinfo=None, fold=0)
            yield at.wall if at.zone == start.zone else shown
