"""Facts in: what a person or a vendor states, checked against the contract and what is on record, append-only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.records import Answer
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.core.time.wall import stated_instant
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.store.kept import Fact

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.settings.values import SignedAgreement

NOTE_MAX: Final = 4000
"""The longest note, in characters: the heart of a mail; what is longer is evidence and kept as a file."""
NAME_MAX: Final = 200
"""The longest name of a ticket, an announcement, an author: systems number in some twenty characters."""


class IntakeError(Exception):
    """What was stated cannot be a fact; the message says what to state instead."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
        """The key of the statement that is wrong, where it is one."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who states a fact, when it happened and when it is recorded."""

    by: str
    at: Instant
    known_at: Instant

    def __post_init__(self) -> None:
        """A fact has an author, and nobody knows the future."""
        if not self.by.strip():
            raise IntakeError("a fact needs its author; name who states it (--by NAME)", "by")
        if len(self.by) > NAME_MAX:
            raise IntakeError(f"an author's name has at most {NAME_MAX} characters", "by")
        if not self.by.isprintable():  # nor is what the command line has in another encoding
            raise IntakeError("an author's name is one line of text", "by")
        refuse_future(self.at, self.known_at, "at")


def refuse_future(at: Instant, now: Instant, field: str) -> None:
    """Refuse to state what has not happened yet."""
    if at > now:
        raise IntakeError(f"{format_instant(at)} has not come yet; state what has happened (--at INSTANT)", field)


def stated_time(signed: SignedAgreement | None, text: str, field: str) -> Instant:
    """The instant of a time as stated; without an offset it is the wall time of the contract's zone."""
    try:
        return parse_instant(text) if signed is None else stated_instant(text, signed.readings.chosen.zone)
    except ValueError as mistake:
        raise IntakeError(str(mistake), field) from mistake


def stated_stretch(signed: SignedAgreement | None, start: str, end: str) -> Span:
    """The stretch between two times as stated."""
    span = Span(stated_time(signed, start, "from"), stated_time(signed, end, "to"))
    if span.end <= span.start:
        raise IntakeError(f"{end} is not after {start}; state a later end", "to")
    return span


def condition(signed: SignedAgreement, name: str, state: str, author: Author, *, evidence: str | None = None) -> Fact:
    """A checked answer to a condition of the contract, not yet recorded; the last one stands."""
    refuse_unknown(name, [each.id for each in signed.readings.chosen.conditions], "condition", signed, "id")
    if state not in set(Answer):
        raise IntakeError(f"{state!r} is no answer; state yes, no or unknown", "state")
    return made(FactKind.CONDITION, name, {"state": str(state)}, signed, author, evidence)


def refuse_unknown(name: str, known: Collection[str], what: str, signed: SignedAgreement, field: str) -> None:
    """Refuse a name that the contract does not know."""
    if name not in known:
        listed = ", ".join(known) or "none"
        raise IntakeError(f"{name!r} is no {what} of {signed.file.id}; state one of: {listed}", field)


def checked_name(name: str, what: str, field: str) -> str:
    """A name as others give it: one line, not empty, not endless."""
    if not name.strip() or len(name) > NAME_MAX or not name.isprintable():
        raise IntakeError(f"{what} is one line of 1 to {NAME_MAX} characters", field)
    return name


def checked_note(note: str | None) -> str | None:
    """A note in a person's own words."""
    if note is not None and len(note) > NOTE_MAX:
        raise IntakeError(f"a note has at most {NOTE_MAX} characters; keep the whole text as evidence", "note")
    return note


def made(
    kind: FactKind,
    subject: str,
    body: Mapping[str, Any],
    signed: SignedAgreement | None,
    author: Author,
    evidence: str | None,
    *,
    supersedes: int | None = None,
) -> Fact:
    """A fact of an agreement, or of none, not yet recorded; what nobody stated is left out."""
    return Fact(
        kind=kind.value,
        subject=subject,
        body={key: value for key, value in body.items() if value is not None},
        at=author.at,
        known_at=author.known_at,
        by=author.by,
        agreement=None if signed is None else signed.agreement.id,
        evidence=evidence,
        supersedes=supersedes,
    )
