"""Short mails to our own people about a claim: its deadline comes near, the vendor is silent, its credit may lapse."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.letters import figures
from uptime_daemon.letters.content import PLAIN_STYLE, Style
from uptime_daemon.letters.internal import marked
from uptime_daemon.letters.lines import one_line
from uptime_daemon.letters.rendering import written
from uptime_daemon.letters.wording import wording

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.letters.content import Letter


class NoteKind(StrEnum):
    """What a note is about."""

    REMINDER = "reminder"
    """The deadline comes near and no letter has left."""
    SILENCE = "silence"
    """The vendor has not answered."""
    LAPSE = "lapse"
    """The agreement ends, and with it what was not credited by then."""


@dataclass(frozen=True, slots=True)
class ClaimNoteContent:
    """What our own people must know about a claim."""

    kind: NoteKind
    claim: str
    agreement: Agreement
    vendor: str
    """By the contract."""
    zone: ZoneInfo
    state: str
    amount: Money | None
    """None under a contract without credit."""
    at: Instant
    """The deadline, since when nothing was heard, or when the agreement ends."""
    length: Duration
    """Until then, or since then."""
    commands: tuple[str, ...]
    clause: str = ""
    """The clause by which a credit lapses; empty elsewhere."""
    advice: tuple[str, ...] = ()
    """What the contract says on where the claim goes now."""
    demonstration: bool = False
    style: Style = PLAIN_STYLE


@dataclass(frozen=True, slots=True)
class NoteFigures:
    """What the templates show, as text."""

    demonstration: bool
    kind: str
    claim: str
    agreement: str
    contract_no: str
    vendor: str
    state: str
    amount: str
    at: str
    zone: str
    length: str
    owner: str
    deputy: str
    commands: tuple[str, ...]
    clause: str
    advice: tuple[str, ...]


def claim_note(content: ClaimNoteContent) -> Letter:
    """The mail in both forms."""
    agreement, words = content.agreement, wording(content.style.language)
    shown = NoteFigures(
        demonstration=content.demonstration,
        kind=content.kind.value,
        claim=one_line(content.claim),
        agreement=one_line(agreement.id),
        contract_no=figures.reference(agreement, "contract_no"),
        vendor=one_line(agreement.vendor.name or content.vendor),
        state=words.word(ClaimState(content.state)),
        amount="" if content.amount is None else words.formats.money(content.amount),
        at=words.instant(figures.whole_seconds(content.at), content.zone),
        zone=content.zone.key,
        length=words.formats.days(content.length),
        owner=one_line(agreement.people.owner),
        deputy=one_line(agreement.people.deputy),
        commands=content.commands,
        clause=one_line(content.clause),
        advice=tuple(one_line(each) for each in content.advice),
    )
    named = {"length": shown.length, "vendor": shown.vendor}
    if shown.amount:
        named["vendor"] = f"{shown.vendor}, {shown.amount}"
    say = words.catalogue.gettext
    subject = {
        NoteKind.REMINDER: say("%(length)s left to claim: %(vendor)s"),
        NoteKind.SILENCE: say("No answer for %(length)s: %(vendor)s"),
        NoteKind.LAPSE: say("%(length)s until credits lapse: %(vendor)s"),
    }[content.kind]
    return written("claim_note", marked(subject % named, shown.claim, content.demonstration), content.style, mail=shown)
