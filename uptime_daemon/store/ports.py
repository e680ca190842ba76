"""What the store keeps and promises, as values and one Protocol; how it is kept is the business of the other files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

from uptime_daemon.core.facts.timeline import Absence
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.observation import Observation
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.time.instants import Duration, Instant

DAEMON_OFF: Final = "daemon_off"
"""The reason of time in which no daemon ran."""
STORE_OVERFLOW: Final = "store_overflow"
"""The reason of time whose observations were lost because the database could not take them."""
CLOCK_STEP: Final = "clock_step"
"""The reason of time whose observations were refused because the wall clock had been stepped back."""

IN_MEMORY: Final = "memory"
"""How a record is named that lives in the memory of the daemon alone."""
UNREACHABLE: Final = "the record lives in the memory of the daemon alone; no other program can read or fill it"


class StoreError(Exception):
    """The database cannot do what was asked; the message says why and what to do."""


class ConflictError(StoreError):
    """Somebody else was faster: what was to be written rests on a state that is no longer the last one."""


class TooMuchError(StoreError):
    """More than fits into memory was asked for at once; everything else can be read."""


class MeasuredError(StoreError):
    """Another process measures into this database."""


class ReplacedError(StoreError):
    """Another process has taken over measuring; nothing that this one measures may be written any more."""


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


class Store(Protocol):
    """The record. Every method may be called from any thread; all but `observe` and `alive` wait for the disk.

    What is read is what is committed. All raise `StoreError` for trouble outside, with a message for people.
    """

    def open_session(self, vantage: str, at: Instant) -> KeptAbsence | None:
        """Begin measuring: the time since the vantage was last known alive is recorded as `daemon_off` and returned.

        Only one process may measure into a database. Mails found `sending` become `doubtful` (vendor) or `pending`
        (internal).
        """

    def clock_stepped(self, at: Instant) -> None:
        """Go on recording at `at` after the wall clock was stepped; time that is recorded already stays as it is."""

    def observe(self, observation: Observation, stale_after: Duration, failure: Failure | None = None) -> None:
        """Fold one observation into its run; it is durable within a second. Never blocks, never raises for trouble."""

    def alive(self, at: Instant) -> None:
        """Tell that the daemon lives; durable within a second. Never blocks."""

    def append_absence(self, absence: KeptAbsence) -> int:
        """Record an absence; returns its id. The same absence twice is one."""

    def end_absence(self, absence_id: int, at: Instant) -> None:
        """End an absence that goes on; `ConflictError` if it has ended already."""

    def flush(self) -> None:
        """Return when everything observed so far is durable."""

    def close(self) -> None:
        """Make everything durable and let go of the database."""

    def insert_history(self, runs: Iterable[Run], stale_after: Duration) -> Inserted:
        """Add runs that others measured, in batches, in time order per series. The same runs twice change nothing."""

    def rename(self, former: Mapping[str, str]) -> None:
        """From now on read what lies under former names of probes under those that replaced them; rows stay."""

    def series(self, probes: Collection[str] | None = None) -> list[Series]:
        """Every vantage of these probes, of all of them if none are named, with runs."""

    def vantages(self) -> dict[str, Instant | None]:
        """Every vantage with runs or a daemon, and when its daemon was last known alive."""

    def runs(
        self, probes: Collection[str], window: Span, settled_passes: int = 1
    ) -> Mapping[tuple[str, str], Sequence[Run]]:
        """The runs by probe and vantage, in time order, that say what was up within the window.

        They begin with the last pass run of at least `settled_passes` that starts at or before the window's start, so
        that an outage over that edge is confirmed and has its true beginning.
        """

    def failures(self, probes: Collection[str], window: Span, limit: int) -> list[Failure]:
        """The kept contexts of observations within the window that did not pass, the first `limit` in time order."""

    def rollups(self, probes: Collection[str], window: Span) -> list[Rollup]:
        """The latencies of every five minutes that begin within the window, by probe, vantage and time."""

    def absences(self, window: Span) -> list[KeptAbsence]:
        """The absences that touch the window, those that go on among them, in order of their start."""

    def store_definitions(self, texts: Mapping[str, str], at: Instant) -> list[str]:
        """Record one load of all definition files by name; returns the names that changed, came or went.

        Files with secrets (uptime.yaml) are never given here.
        """

    def definitions(self, as_of: Instant | None = None) -> list[Definition]:
        """Every recorded change in order, up to an instant."""

    def append_fact(self, fact: Fact) -> int:
        """Record a fact; returns its id."""

    def facts(self, agreement: str | None = None, kind: str | None = None, as_of: Instant | None = None) -> list[Fact]:
        """The facts in order of recording, superseded ones among them (see `in_force`), as known at an instant."""

    def changed_since(self, mark: Mark | None) -> tuple[Mark, frozenset[str] | None]:
        """Whose facts were recorded since a mark, and the mark to ask with next; runs are not looked at.

        None: everybody's may have changed, for definitions or absences have, or facts that name no agreement.
        """

    def keep_evidence(self, content: bytes, name: str, at: Instant) -> str:
        """Keep a file; returns its digest. The same content twice is one."""

    def evidence(self, digest: str) -> Evidence | None:
        """A kept file."""

    def freeze_statement(self, statement: FrozenStatement) -> int:
        """Keep a closed statement; `ConflictError` if its revision is not the next one. Returns its id."""

    def statements(self, agreement: str | None = None, period: str | None = None) -> list[FrozenStatement]:
        """The frozen statements in order of freezing."""

    def append_claim_event(self, event: ClaimEvent, mails: Sequence[Mail] = (), notices: Sequence[Notice] = ()) -> int:
        """Record a step of a claim, its mails and its notices in one transaction; returns the event's id."""

    def claim_events(self, claim: str | None = None) -> list[ClaimEvent]:
        """The steps of one claim or of all, in order of recording."""

    def queue_mail(self, mail: Mail, notices: Sequence[Notice] = ()) -> bool:
        """Put an internal mail without a claim event into the outbox, and notices of the same matter with it.

        False if the mail's message id is there already; notices that are not there are written all the same.
        """

    def queue_notices(self, notices: Sequence[Notice]) -> int:
        """Put notices into the outbox, each event once a webhook; returns how many are new."""

    def notices(
        self, webhook: str | None = None, topic: str | None = None, newest: int | None = None
    ) -> list[OutboxNotice]:
        """The notices for one webhook or all, of one topic or all, the newest of them or all, in order of writing."""

    def due_notices(self, webhook: str, at: Instant, limit: int) -> list[OutboxNotice]:
        """The first pending notices for a webhook whose time has come, the longest due first."""

    def outbox(self, states: Collection[MailState] = tuple(MailState), claim: str | None = None) -> list[OutboxMail]:
        """The mails in these states, those of one claim or all, in order of writing."""

    def due_outbox(self, at: Instant) -> list[OutboxMail]:
        """The pending mails whose time has come, the longest due first."""

    def mark(
        self,
        mail_id: int,
        was: MailState,
        state: MailState,
        *,
        due_at: Instant | None = None,
        error: str = "",
    ) -> None:
        """Move a mail from one state to the next; `ConflictError` if it is no longer where it was."""

    def keep_session(self, session: KeptSession) -> None:
        """Keep who signed in."""

    def drop_sessions(self, digests: Collection[str]) -> None:
        """Let go of sessions; those that are gone already are no mistake."""

    def sessions(self, at: Instant) -> list[KeptSession]:
        """The sessions that have not ended at an instant, in order of beginning."""

    def seal(self, at: Instant) -> list[Seal]:
        """Seal every day that has been over for long enough at an instant, and anew what was written into since.

        Returns the new seals. Their heads belong into other hands: a log, a mail, a file elsewhere.
        """

    def seals(self, window: Span) -> list[Seal]:
        """The seals of every stretch that shares an instant with a window, in the order of the chain."""

    def pack(self) -> int:
        """Pack some of the contexts and latencies of sealed days into one row a series and day; what is read stays.

        Returns how many rows were packed, 0 once there is nothing left: between two calls others find room to write.
        """

    def verify(self, heads: Collection[str] = ()) -> Verified:
        """Compute every seal again and hold it against the record, and heads that were kept elsewhere against both."""

    def prune(self, kind: Prunable, before: Instant, at: Instant, by: str) -> int:
        """Remove one kind of row before the day of an instant, and record who did; returns how many rows.

        Whether they may go is the caller's to know.
        """

    def stats(self) -> Stats:
        """How the store is doing; counts since it was opened."""
