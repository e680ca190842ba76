"""A vendor's calendar as facts: each occurrence an announcement, each change another one, nothing twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import DAY, format_instant, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.facts import NAME_MAX, NOTE_MAX, Author
from uptime_daemon.desk.intake.recording import Proof, recorded
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.desk.intake.work import Announcement, announcement, cancellation
from uptime_daemon.sources.icalendar import PlannedWork, ReadCalendar, read_calendar
from uptime_daemon.store.kept import in_force

if TYPE_CHECKING:
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store

REACH: Final[Duration] = 400 * DAY
"""How far before and after now rules are expanded: more than a year, so that no yearly period lacks a part."""
_UID_MAX: Final = 120
"""A UID that is longer is named by its digest: names have to stay readable, and versions are appended."""


@dataclass(frozen=True, slots=True)
class CalendarTaken:
    """What an import recorded."""

    facts: tuple[Fact, ...]
    """Announcements and cancellations, in the order in which they were recorded."""
    unchanged: int
    older: int
    """Occurrences of which a later version is on record."""
    problems: tuple[str, ...]
    """Events that were left out and why, and events on record that the file no longer names."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """The latest announcement of an occurrence that is on record."""

    name: str
    sequence: int
    span: Span
    versions: int
    cancelled: bool


def take_calendar(
    store: Store,
    signed: SignedAgreement,
    file: Proof,
    like: Announcement,
    author: Author,
    *,
    dry_run: bool = False,
) -> CalendarTaken:
    """Record what a calendar file announces, moves and calls off; `like` says what its events have in common.

    The file is the evidence of each fact. Raises `SourceError` for a file that is none and `IntakeError`.
    """
    zone = signed.readings.chosen.zone
    read = read_calendar(file.content, file.name, zone, Span(author.known_at - REACH, author.known_at + REACH))
    kept = _kept(store, signed)
    facts: list[Fact] = []
    unchanged = older = 0

    def take(fact: Fact) -> None:
        facts.append(recorded(store, lambda _: fact, file, author.known_at, dry_run=dry_run))

    for work in read.works:
        known = kept.get((work.uid, work.recurrence))
        if known is not None and work.sequence < known.sequence:
            older += 1
        elif work.cancelled:
            if known is None or known.cancelled:
                unchanged += 1
            else:
                take(cancellation(store, signed, known.name, author, note="in the calendar", evidence=file.digest))
        elif known is not None and not known.cancelled and known.span == work.span:
            unchanged += 1
        else:
            take(_announced(store, signed, work, known, like, author, file.digest))
    for name in _gone(read, kept, author.known_at):
        note = "no longer in the calendar's rule"
        take(cancellation(store, signed, name, author, note=note, evidence=file.digest))
    return CalendarTaken(tuple(facts), unchanged, older, (*read.problems, *_missing(read, kept, author.known_at)))


def _announced(
    store: Store,
    signed: SignedAgreement,
    work: PlannedWork,
    known: _Kept | None,
    like: Announcement,
    author: Author,
    digest: str,
) -> Fact:
    version = 1 if known is None else known.versions + 1
    told = Announcement(
        start=format_instant(work.span.start),
        end=format_instant(work.span.end),
        id=_name(work, version),
        replaces=None if known is None or known.cancelled else known.name,
        group=like.group,
        kind=like.kind,
        cause=like.cause,
        announced_at=like.announced_at,
        received_at=like.received_at,
        published_at=like.published_at,
        channel=like.channel,
        emergency=like.emergency,
        note=work.summary[:NOTE_MAX] or None,
    )
    origin = {"uid": work.uid, "recurrence": work.recurrence, "sequence": work.sequence}
    flags = list(work.flags)
    if known is not None and work.sequence == known.sequence:
        flags.append("changed without a new sequence")
    return announcement(store, signed, told, author, evidence=digest, origin=origin, flags=flags)


def _kept(store: Store, signed: SignedAgreement) -> dict[tuple[str, str], _Kept]:
    """The latest announcement of each occurrence that came from a calendar."""
    facts = in_force(store.facts(agreement=signed.agreement.id))
    cancelled = {fact.subject for fact in facts if fact.kind == FactKind.MAINTENANCE_CANCELLED}
    latest: dict[tuple[str, str], _Kept] = {}
    for fact in facts:
        origin: dict[str, Any] = fact.body.get("origin") or {}
        if fact.kind != FactKind.MAINTENANCE or "uid" not in origin:
            continue
        key = (origin["uid"], origin["recurrence"])
        before = latest.get(key)
        latest[key] = _Kept(
            name=fact.subject,
            sequence=origin["sequence"],
            span=Span(parse_instant(fact.body["from"]), parse_instant(fact.body["to"])),
            versions=1 if before is None else before.versions + 1,
            cancelled=fact.subject in cancelled,
        )
    return latest


def _gone(read: ReadCalendar, kept: dict[tuple[str, str], _Kept], now: Instant) -> list[str]:
    """Announced occurrences of a known event that its rule does not place any more."""
    there = {(work.uid, work.recurrence) for work in read.works}
    return [
        known.name
        for key, known in kept.items()
        if key[0] in read.whole and key not in there and not known.cancelled and _within(known, now)
    ]


def _missing(read: ReadCalendar, kept: dict[tuple[str, str], _Kept], now: Instant) -> list[str]:
    """Work ahead that the file does not name at all: it may be a part of the calendar, so nothing is called off."""
    ahead = {uid for (uid, _), known in kept.items() if not known.cancelled and now < known.span.end <= now + REACH}
    return [
        f"event {uid} is on record and not in the file; cancel it if it was called off (maintenance cancel)"
        for uid in sorted(ahead - read.uids)
    ]


def _within(known: _Kept, now: Instant) -> bool:
    """Whether the import looked where the announcement lies."""
    return now - REACH <= known.span.start and known.span.end <= now + REACH


def _name(work: PlannedWork, version: int) -> str:
    uid = work.uid if len(work.uid) <= _UID_MAX and work.uid.isprintable() else _short(work.uid)
    place = f" {work.recurrence}" if work.recurrence else ""
    return f"{uid}{place}{f' v{version}' if version > 1 else ''}"[:NAME_MAX]


def _short(uid: str) -> str:
    return hashlib.sha256(uid.encode()).hexdigest()[:16]
