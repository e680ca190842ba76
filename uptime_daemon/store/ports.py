"""What the store promises; how it keeps that is the business of the other files, what it keeps stands in `kept`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.observation import Observation
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.store.kept import (
        ClaimEvent,
        Definition,
        Evidence,
        Fact,
        FrozenStatement,
        Inserted,
        KeptAbsence,
        KeptSession,
        Mail,
        Mark,
        Notice,
        OutboxMail,
        OutboxNotice,
        Prunable,
        Rollup,
        Seal,
        Series,
        Stats,
        Verified,
    )


class Store(Protocol):
    """The record. Every method may be called from any thread; all but `observe` and `alive` wait for the disk.

    What is read is what is committed. All raise `StoreError` for trouble outside, with a message for people.
    """

    def open_session(self, vantage: str, at: Instant) -> KeptAbsence | None:
        """Begin measuring: the time since any vantage was last known alive is recorded as `daemon_off` and returned.

        Only one process may measure into a database; a vantage that measured before is `replaced` since its last sign
        of life, until it measures again. Mails found `sending` become `doubtful` (vendor) or `pending`
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

    def count_prunable(self, kind: Prunable, before: Instant) -> int:
        """How many rows of a kind there are before the day of an instant."""

    def prune(self, kind: Prunable, before: Instant, at: Instant, by: str) -> int:
        """Remove one kind of row before the day of an instant, and record who did; returns how many rows.

        Where there is none nothing is recorded. Whether they may go is the caller's to know.
        """

    def stats(self) -> Stats:
        """How the store is doing; counts since it was opened."""
