"""How a miss is claimed: stages with deadlines, channel, subject, evidence, who judges, what follows a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime_daemon.core.terms.lapse import Lapse


class DeadlineAnchor(StrEnum):
    """From when a deadline is counted. What the text leaves open is read as the earlier instant: the duty is ours."""

    INCIDENT = "incident"
    """The start of the period's first counted outage."""
    AWARENESS = "awareness"
    """When we knew of it: an outage that is measured is known from its start."""
    BECAME_ELIGIBLE = "became_eligible"
    """The start of the counted outage with which a target was missed."""
    MONTH_END = "month_end"
    """The end of the calendar month in which the first counted outage started."""
    NEXT_MONTH_END = "next_month_end"
    """The end of the calendar month after that one."""
    QUARTER_END = "quarter_end"
    """The end of the quarter in which the first counted outage started."""
    PERIOD_END = "period_end"
    """The end of the period that is judged."""
    BILLING_CYCLE_END = "billing_cycle_end"
    """The end of the `cycles`-th billing cycle after the one in which the first counted outage started."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant that follows from an anchor."""

    anchor: DeadlineAnchor
    lapse: Lapse | None = None
    """How long after the anchor; None at the anchor itself."""
    cycles: int = 0
    """Only for `billing_cycle_end`."""
    is_before: bool = False
    """Whether the time lies before the anchor instead of after it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of claiming with its own deadline."""

    id: str
    """`provisional` or `final`."""
    clause: str
    deadline: Deadline | None
    """None where the contract sets no deadline."""
    not_before: Deadline | None = None
    """From when on a claim is taken; None where it may come at any time."""


class Channel(StrEnum):
    """How a claim reaches the vendor."""

    MAIL = "mail"
    TICKET = "ticket"
    PORTAL = "portal"
    FORM = "form"


class Holding(StrEnum):
    """What of the daemon's own records shows a piece of evidence."""

    IDENTITY = "identity"
    """Parties and contract numbers of the agreement: in the letter."""
    FIGURES = "figures"
    """Availability, downtime and credit with their derivation: in the letter."""
    OUTAGES = "outages"
    """Each outage with start, end, brackets and how far the probes came: `outages.csv`."""
    MEASUREMENTS = "measurements"
    """Runs of observations with outcome and reason: `case.json`."""
    TICKETS = "tickets"
    """Tickets with their events and times: `case.json`."""
    PERSON = "person"
    """Nothing: a person adds it."""


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """Something the contract wants to be shown."""

    what: str
    """Paraphrased."""
    held: Holding = Holding.PERSON


class Redaction(StrEnum):
    """What the contract wants removed from evidence before it is sent."""

    CREDENTIALS = "credentials"
    PERSONAL_DATA = "personal_data"
    IP_ADDRESSES = "ip_addresses"
    CUSTOMER_CONTENT = "customer_content"


class TruthSource(StrEnum):
    """Whose measurements decide under the contract."""

    NOT_STATED = "not_stated"
    CUSTOMER = "customer"
    """Ours are accepted."""
    VENDOR = "vendor"
    """The vendor's alone: ours only make it look."""
    AGREED = "agreed"
    """Both have to come to the same."""


class EscalationCase(StrEnum):
    """After what an escalation is open."""

    REJECTED = "rejected"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Escalation:
    """Where a claim goes that was rejected or not answered."""

    when: EscalationCase
    clause: str
    how: str
    """Paraphrased: to whom, by which means, with what."""
    after: Lapse | None = None
    """How long silence lasts before it is one; None where the text does not say."""


@dataclass(frozen=True, slots=True)
class Risk:
    """What claiming may bring upon us under the contract; it stays inside the house."""

    clause: str
    what: str
    """Paraphrased."""


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """How a miss is claimed."""

    channel: Channel
    clause: str
    subject: str
    """The exact words the contract asks for, else words of our own."""
    languages: tuple[str, ...]
    stages: tuple[Stage, ...]
    evidence: tuple[EvidenceItem, ...]
    address: str | None = None
    """The mail address, from the agreement's parameter; None while it is missing."""
    redact: tuple[Redaction, ...] = ()
    truth_source: TruthSource = TruthSource.NOT_STATED
    escalation: tuple[Escalation, ...] = ()
    sole_remedy: str | None = None
    """The clause by which nothing beyond the credit can be claimed; None where no clause says so."""
    risks: tuple[Risk, ...] = ()
