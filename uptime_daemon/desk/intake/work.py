"""Announced work as the vendor told of it: first-seen copies, edits as announcements of their own, cancellations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uptime_daemon.core.facts.ticket import CHANNELS
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.desk.intake.facts import (
    IntakeError,
    checked_name,
    checked_note,
    made,
    refuse_future,
    refuse_unknown,
    stated_stretch,
    stated_time,
)
from uptime_daemon.desk.intake.records import FactKind, stated
from uptime_daemon.desk.intake.tickets import next_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.facts.records import Maintenance
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact
    from uptime_daemon.store.ports import Store

WORK_CHANNELS = (*CHANNELS, "page", "calendar")
"""How vendors tell of work: also on a status page and by a calendar."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One announcement as it is stated: times as text, with their offset or as the contract's zone shows them."""

    start: str
    end: str
    id: str | None = None
    """The vendor's own name of the announcement; M1, M2 ... unless given."""
    replaces: str | None = None
    group: str | None = None
    kind: str | None = None
    cause: str | None = None
    announced_at: str | None = None
    received_at: str | None = None
    published_at: str | None = None
    channel: str | None = None
    emergency: bool = False
    note: str | None = None


def announcement(
    store: Store,
    signed: SignedAgreement,
    told: Announcement,
    author: Author,
    *,
    evidence: str | None = None,
    origin: Mapping[str, Any] | None = None,
    flags: Iterable[str] = (),
) -> Fact:
    """A checked announcement, not yet recorded. Without any time of notice it was received when it was stated.

    `origin` is what names it in the system that told it, `flags` what was odd there.

    Raises `IntakeError` for a stretch, an order of times or a predecessor that cannot be.
    """
    known = _known(store, signed)
    name = checked_name(told.id or next_name("M", set(known)), "an announcement's name", "id")
    if name in known:
        raise IntakeError(
            f"{name} is on record already and is never edited; give the new text its own name and say that it"
            f" replaces {name} (--replaces {name})",
            "id",
        )
    span = stated_stretch(signed, told.start, told.end)
    if told.group is not None:
        refuse_unknown(told.group, [each.id for each in signed.readings.chosen.groups], "group", signed, "group")
    if told.channel is not None and told.channel not in WORK_CHANNELS:
        raise IntakeError(f"{told.channel!r} is no channel; state one of: {', '.join(WORK_CHANNELS)}", "channel")
    if told.replaces is not None:
        _refuse_replaced(known, told.replaces, signed)
    times = _times(signed, told, author.known_at)
    flags = list(flags)
    if not times:
        times = {"received_at": author.at}
        flags.append("no time of notice was stated: received when it was recorded, at the latest")
    if all(at >= span.start for at in times.values()):
        flags.append("told only when the work had begun")
    body = {
        "from": format_instant(span.start),
        "to": format_instant(span.end),
        "replaces": told.replaces,
        "group": told.group,
        "kind": _named(told.kind, "kind"),
        "cause": _named(told.cause, "cause"),
        **{key: format_instant(at) for key, at in times.items()},
        "channel": told.channel,
        "emergency": told.emergency or None,
        "note": checked_note(told.note),
        "origin": None if origin is None else dict(origin),
        "flags": flags or None,
    }
    return made(FactKind.MAINTENANCE, name, body, signed, author, evidence)


def cancellation(
    store: Store,
    signed: SignedAgreement,
    name: str,
    author: Author,
    *,
    note: str | None = None,
    evidence: str | None = None,
) -> Fact:
    """That the vendor called work off at the author's instant, not yet recorded; the announcement stays as it was."""
    known = _known(store, signed)
    if name not in known:
        raise IntakeError(_no_announcement(name, known, signed), "id")
    if known[name].called_off:
        raise IntakeError(f"{name} is cancelled already", "id")
    later = next((each.id for each in known.values() if each.replaces == name), None)
    if later is not None:
        raise IntakeError(f"{name} was replaced by {later}; cancel that one", "id")
    flags = ["cancelled only after it had begun"] if author.at > known[name].span.start else None
    body = {"note": checked_note(note), "flags": flags}
    return made(FactKind.MAINTENANCE_CANCELLED, name, body, signed, author, evidence)


def _known(store: Store, signed: SignedAgreement) -> dict[str, Maintenance]:
    works = stated(store.facts(agreement=signed.agreement.id)).maintenance
    return {each.id: each for each in works if each.id is not None}


def _refuse_replaced(known: Mapping[str, Maintenance], name: str, signed: SignedAgreement) -> None:
    if name not in known:
        raise IntakeError(_no_announcement(name, known, signed), "replaces")
    if known[name].called_off:
        raise IntakeError(f"{name} is cancelled; announce the work anew, without replacing it", "replaces")
    later = next((each.id for each in known.values() if each.replaces == name), None)
    if later is not None:
        raise IntakeError(f"{name} was replaced by {later} already; replace that one", "replaces")


def _no_announcement(name: str, known: Mapping[str, Maintenance], signed: SignedAgreement) -> str:
    listed = ", ".join(known) or "none"
    return f"there is no announcement {name!r}; those of {signed.agreement.id} are: {listed}"


def _times(signed: SignedAgreement, told: Announcement, now: Instant) -> dict[str, Instant]:
    texts = {
        "announced_at": told.announced_at,
        "received_at": told.received_at,
        "published_at": told.published_at,
    }
    times = {key: stated_time(signed, text, key) for key, text in texts.items() if text is not None}
    for key, at in times.items():
        refuse_future(at, now, key)
    if "announced_at" in times and "received_at" in times and times["received_at"] < times["announced_at"]:
        raise IntakeError("it cannot have been received before it was sent; mend one of the times", "received_at")
    return times


def _named(value: str | None, what: str) -> str | None:
    return None if value is None else checked_name(value, f"a {what}", what)
