"""What a letter is made of and what comes out: values alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from uptime_daemon.languages.language import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.claims.stages import DueStage
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.letters.markup import Document
    from uptime_daemon.letters.pictures import Pictures


@dataclass(frozen=True, slots=True)
class Style:
    """How a letter is written."""

    language: Language = Language.ENGLISH
    templates: Path | None = None
    """A folder of the agreement's own templates."""


PLAIN_STYLE: Final = Style()
"""English, by our own templates."""


def style_of(agreement: Agreement, terms: Contract) -> Style:
    """How letters to the vendor are written: as the agreement says, else in the contract's first language we know."""
    chosen = agreement.letters
    wanted = [each for each in (chosen.language, *terms.claim.languages) if each in set(Language)]
    language = Language(wanted[0]) if wanted else Language.ENGLISH
    return Style(language, Path(chosen.templates) if chosen.templates else None)


def style_for(person: str, agreement: Agreement, house: Language) -> Style:
    """How one of our own people is written to: in their language, else in that of the house."""
    return Style(Language(agreement.people.languages.get(person, house)))


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter in every form."""

    subject: str
    """One line."""
    text: str
    html: str
    language: Language = Language.ENGLISH
    blocks: Document | None = field(default=None, compare=False, repr=False)
    """What both forms are laid out from, and the PDF as well; None for a letter that was read back."""
    pictures: Pictures | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that goes with a letter."""

    name: str
    size_bytes: int
    digest: str
    """SHA-256, hexadecimal."""


@dataclass(frozen=True, slots=True)
class ClaimContent:
    """Everything a letter to a vendor says."""

    claim: str
    """The claim's number."""
    agreement: Agreement
    statement: Statement
    due: DueStage
    classes: Mapping[Instant, str]
    """How outages showed themselves, by their first instant."""
    attachments: tuple[AttachedFile, ...]
    reply_to: str
    """The mailbox that reads the answer."""
    demonstration: bool = False
    """Measured with sentinels on loopback: nobody is asked for money."""
    signed_by: str = ""
    """The public key that signed the evidence, hexadecimal; empty where nobody did."""
    late: bool = False
    """Released on purpose after its deadline."""
    follows: str | None = None
    """The number of an earlier claim about the same period that was sent."""
    style: Style = PLAIN_STYLE


@dataclass(frozen=True, slots=True)
class EligibleContent:
    """What finance must know when something can be claimed."""

    claim: str
    agreement: Agreement
    statement: Statement
    due: DueStage
    stages: tuple[DueStage, ...]
    """Every stage of the period."""
    commands: tuple[str, ...]
    """What to type next."""
    hindrances: tuple[str, ...] = ()
    """Why no letter can be written yet."""
    related: tuple[str, ...] = ()
    """Claims about the same outage under other agreements."""
    demonstration: bool = False
    style: Style = PLAIN_STYLE


@dataclass(frozen=True, slots=True)
class OutageContent:
    """What the technical contact must know when an outage starts or ends."""

    agreement: Agreement
    contract: Contract
    group: str
    since: Instant
    until: Instant | None
    """None while it goes on."""
    outage_class: str | None = None
    """`answered_with_error`, `refused` or `silent`."""
    commands: tuple[str, ...] = ()
    link: str = ""
    """The page on which the report is recorded with one button."""
    said_in: Language = Language.ENGLISH
    """What is read out or pasted is in the language of the letters to the vendor."""
    demonstration: bool = False
    style: Style = PLAIN_STYLE
