"""What a record keeps, as values: what goes in comes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.timeline import Absence
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.time.instants import Duration, Instant

DAEMON_OFF: Final = "daemon_off"
"""The reason of time in which no daemon ran."""
STORE_OVERFLOW: Final = "store_overflow"
"""The reason of time whose observations were lost because the database could not take them."""
CLOCK_STEP: Final = "clock_step"
"""The reason of time whose observations were refused because the wall clock had been stepped back."""

IN_MEMORY: Final = "memory"
"""How a record is named that lives in the memory of the daemon alone."""


# What was measured


@dataclass(frozen=True, slots=True)
class Series:
    """The runs of one probe at one vantage."""

    probe: str
    vantage: str
    stale_after: Duration | None = None
    """Of imported history, which one fail makes down and one pass up; None: as the probe's definition says."""


@dataclass(frozen=True, slots=True)
class KeptAbsence:
    """A stretch without usable observations, of one probe or all, at one vantage or all."""

    start: Instant
    end: Instant | None
    """None while it goes on."""
    reason: str
    vantage: str | None = None
    """None: every vantage."""
    probe: str | None = None
    """None: every probe."""
    id: int = 0
    """0 until it is kept."""

    def until(self, now: Instant) -> Absence:
        """What the timeline reads; one that goes on lasts until `now`."""
        return Absence(Span(self.start, now if self.end is None else self.end), self.reason)


@dataclass(frozen=True, slots=True)
class Rollup:
    """How long the passes of one probe at one vantage took within five minutes."""

    probe: str
    vantage: str
    start: Instant
    count: int
    total: Duration
    """The sum of all durations, microseconds."""
    longest: Duration
    buckets: tuple[tuple[Duration | None, int], ...]
    """How many lie below an upper bound (exclusive, microseconds; None: no bound) and not below the bound before it, in
    rising order; empty buckets are left out."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """What an import of runs changed."""

    new: int = 0
    grown: int = 0
    """Runs that the new history continues."""
    unchanged: int = 0
    conflicting: int = 0
    """Runs that overlap others that are kept: left out."""

    def __add__(self, other: Inserted) -> Inserted:
        """What two imports changed together."""
        return Inserted(
            new=self.new + other.new,
            grown=self.grown + other.grown,
            unchanged=self.unchanged + other.unchanged,
            conflicting=self.conflicting + other.conflicting,
        )


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition file as it was loaded; None as text: from then on it was gone."""

    name: str
    text: str | None
    digest: str | None
    """SHA-256 of the text, hexadecimal."""
    at: Instant


# Facts, statements, claims


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a person or vendor stated: a ticket's event, a condition, a window, an exclusion, an approval."""

    kind: str
    subject: str
    """What it is about: the id of a ticket, of a condition, of a claim."""
    body: Mapping[str, Any]
    """JSON without floats; kept in canonical form."""
    at: Instant
    """When it happened."""
    known_at: Instant
    """When it was recorded."""
    by: str
    agreement: str | None = None
    evidence: str | None = None
    """The digest that `keep_evidence` gave."""
    supersedes: int | None = None
    """The id of the fact that this one replaces."""
    id: int = 0
    """0 until it is kept; rises in the order of recording."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far facts, definitions and absences had been recorded at a moment."""

    fact: int
    definition: int
    absence: int
    absence_end: Instant


@dataclass(frozen=True, slots=True)
class FrozenStatement:
    """A closed statement, or a later revision of it."""

    agreement: str
    group: str
    period: str
    revision: int
    """1, 2, 3 ... of this agreement, group and period."""
    body: str
    """The JSON text exactly as it was judged."""
    at: Instant
    by: str
    why: str = ""
    """What made a revision necessary."""
    digest: str = ""
    """SHA-256 of the body, hexadecimal; the store computes it."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class ClaimEvent:
    """One step in the life of a claim."""

    claim: str
    number: int
    """1, 2, 3 ... of this claim: who appends a taken number acted on an older state and gets `ConflictError`."""
    at: Instant
    kind: str
    by: str
    body: Mapping[str, Any]
    """JSON without floats; kept in canonical form."""
    id: int = 0


class MailKind(StrEnum):
    """Whom a mail is for: a vendor gets it at most once, our own people at least once."""

    VENDOR = "vendor"
    INTERNAL = "internal"


class MailState(StrEnum):
    """How far a mail has come."""

    PENDING = "pending"
    SENDING = "sending"
    """Written before the SMTP talk begins: after a crash nobody knows whether it left."""
    SENT = "sent"
    DOUBTFUL = "doubtful"
    """It may have left or not; a person decides."""
    FAILED = "failed"


MAIL_STEPS: Final[Mapping[MailState, frozenset[MailState]]] = {
    MailState.PENDING: frozenset({MailState.SENDING, MailState.FAILED}),
    MailState.SENDING: frozenset({MailState.SENT, MailState.PENDING, MailState.DOUBTFUL, MailState.FAILED}),
    MailState.DOUBTFUL: frozenset({MailState.PENDING, MailState.SENT, MailState.FAILED}),
    MailState.FAILED: frozenset({MailState.PENDING}),
    MailState.SENT: frozenset(),
}
"""Which state may follow which."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to be sent."""

    kind: MailKind
    message_id: str
    """Unique for ever; a mail with a known id is not written twice."""
    recipients: tuple[str, ...]
    subject: str
    mime: bytes
    """The whole message, headers included."""
    due_at: Instant
    """When it is to be sent; each attempt that is to be repeated moves it."""
    claim: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A mail in the outbox and how far it has come."""

    id: int
    mail: Mail
    state: MailState
    attempts: int
    """How often it went to `sending`."""
    last_error: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a program that listens is to be told, at least once: it lies in the outbox beside the mails."""

    webhook: str
    """The name of the webhook that it goes to."""
    event: str
    """The id by which a receiver knows what it has been told already; the same event for the same webhook is one."""
    topic: str
    """What kind of event it is."""
    body: bytes
    """JSON, byte for byte as it is signed and sent."""
    due_at: Instant


@dataclass(frozen=True, slots=True)
class OutboxNotice:
    """A notice in the outbox and how far it has come."""

    id: int
    notice: Notice
    state: MailState
    attempts: int
    """How often it went to `sending`."""
    last_error: str


NOTICES_WAITING_MAX: Final = 10_000
"""How many notices may wait for one webhook: some three days, after which each is given up anyway, of a group that goes
up and down every minute. Beyond that the oldest make room and count as failed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that proves something."""

    digest: str
    """SHA-256 of the content, hexadecimal."""
    name: str
    content: bytes
    at: Instant


@dataclass(frozen=True, slots=True)
class KeptSession:
    """Somebody who is signed in; no part of the record."""

    digest: str
    """SHA-256 of the secret that the browser holds, hexadecimal."""
    name: str
    credential: str
    """The digest of the password hash by which it began: a new password ends it."""
    began: Instant
    ends: Instant


class Prunable(StrEnum):
    """What may be thinned out; everything else is the record itself, small, and stays."""

    CONTEXTS = "contexts"
    """What each failure looked like."""
    LATENCY = "latency"
    """How long the passes of each five minutes took."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The digest of everything that was recorded of a stretch, chained to the seal before."""

    start: Instant
    end: Instant
    previous: str
    """The head of the seal before; empty for the first one."""
    head: str
    """SHA-256 over this seal and so over all before, hexadecimal; kept elsewhere too, it shows any later change."""
    at: Instant
    """When it was made."""
    why: str = ""
    """What made it necessary to seal the stretch anew."""
    kinds: str = ""
    """JSON: by kind of row how many there are and their digest; what the head is made of."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at every seal found."""

    seals: int
    until: Instant | None
    """Up to where the record is sealed; what is later is not looked at."""
    head: str | None
    """The head of the last seal."""
    problems: tuple[str, ...]
    """What does not fit, for people: rows that were changed, added or removed, seals that were."""
    notes: tuple[str, ...]
    """What was rightly written into a sealed stretch, or thinned out, and who or what did it."""


@dataclass(frozen=True, slots=True)
class Stats:
    """How the store is doing."""

    pending: int
    """Rows not durable yet."""
    write_failures: int
    """Transactions that failed since the start."""
    lost: Mapping[str, int]
    """Observations that could not be kept since the start, by the reason of the absence that names them."""
    contexts_lost: int
    """Failures whose context, and passes whose duration, could not be kept; the runs count them all the same."""
    durable_until: Instant | None
    """The last instant that the daemon was told to be alive and that is on disk."""
    size_bytes: int
    trouble: str | None
    """Why the last transaction failed; None while all is well."""


def in_force(facts: Iterable[Fact]) -> list[Fact]:
    """The facts that no other of them supersedes, in their order."""
    every = list(facts)
    superseded = {fact.supersedes for fact in every}
    return [fact for fact in every if fact.id not in superseded]
