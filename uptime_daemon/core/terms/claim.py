"""How a miss is claimed: stages with their deadlines, channel, subject, evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DeadlineAnchor(StrEnum):
    """From when a deadline is counted."""

    PERIOD_END = "period_end"


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of claiming with its own deadline."""

    id: str
    """`provisional` or `final`."""
    clause: str
    anchor: DeadlineAnchor | None
    """None where the contract sets no deadline."""
    days: int = 0
    """Calendar days after the anchor, in the contract's zone."""


class Channel(StrEnum):
    """How a claim reaches the vendor."""

    MAIL = "mail"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """How a miss is claimed."""

    channel: Channel
    clause: str
    subject: str
    """The exact words the contract asks for."""
    languages: tuple[str, ...]
    stages: tuple[Stage, ...]
    evidence: tuple[str, ...]
    """What the contract wants to be shown, paraphrased."""
    address: str | None = None
    """The mail address, from the agreement's parameter; None while it is missing."""
