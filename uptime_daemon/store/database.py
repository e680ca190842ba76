"""The store as one thing: `open_store`, and behind it the folding, the writing thread and the readers."""

from __future__ import annotations

from functools import partial
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import select, update

from uptime_daemon.store import (
    claims,
    gathering,
    handover,
    history,
    ledger,
    packing,
    pruning,
    renames,
    seals,
    sessions,
    verifying,
)
from uptime_daemon.store import notices as outbox_notices
from uptime_daemon.store.engine import told
from uptime_daemon.store.errors import ConflictError, DamagedError, MeasuredError, ReplacedError
from uptime_daemon.store.kept import Inserted, KeptAbsence, MailState, Stats, Verified
from uptime_daemon.store.pending import Pending
from uptime_daemon.store.places import place_of
from uptime_daemon.store.recording import Recorder
from uptime_daemon.store.tables import ABSENCE, LEASE
from uptime_daemon.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from sqlalchemy import Connection

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.observation import Observation
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.store.engine import Place
    from uptime_daemon.store.kept import (
        ClaimEvent,
        Definition,
        Evidence,
        Fact,
        FrozenStatement,
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
    )
    from uptime_daemon.store.pending import Key, Resumed

HISTORY_BATCH: Final = 10_000
"""Imported runs in one transaction, which takes some hundred milliseconds: an import of millions stays flat in memory
and lets observations in between."""

LOCK_TRIES: Final = 10
LOCK_PAUSE_SECONDS: Final = 0.1
"""A daemon that was killed may be known to the database's server a moment longer: its successor waits for a second."""

T = TypeVar("T")


def open_store(url: str, *, create: bool) -> Database:
    """Open the database that a URL such as `sqlite:///uptime.db` names; `StoreError` if it is not ours or not there."""
    place = place_of(url)
    place.prepare(create=create)
    return Database(place)


class Database:
    """The record in one database; what its methods promise stands in `ports.Store`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._vantage: str | None = None
        self._epoch = 0
        self._former: dict[str, str] = {}
        self._reading = place.reading_engine()
        self._writing = place.writing_engine()
        self._measuring = place.measuring_lock(self._writing)
        self._pending = Pending()
        self._recorder = Recorder(self._writing.dialect)
        self._writer = Writer(place, self._writing, self._recorder, self._pending)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Make everything durable and let go of the database."""
        try:
            self._writer.close()
        finally:
            self._writing.dispose()
            self._reading.dispose()
            self._measuring.release()

    # What was measured

    def open_session(self, vantage: str, at: Instant) -> KeptAbsence | None:
        """Begin measuring; the time since whoever measured last was known alive is recorded and returned."""
        if self._vantage is not None:
            raise RuntimeError("a session is open; after a step of the clock call clock_stepped")

        def begin(connection: Connection) -> tuple[KeptAbsence | None, dict[Key, Resumed]]:
            self._measuring.acquire(connection)
            epoch = connection.execute(update(LEASE).values(epoch=LEASE.c.epoch + 1).returning(LEASE.c.epoch))
            self._epoch = int(epoch.scalar_one())
            lanes = history.lanes(connection, vantage, at)
            claims.settle_after_crash(connection)
            absence = handover.take_over(connection, self._recorder, vantage, at)
            self._recorder.write_heartbeat(connection, vantage, at)
            return absence, lanes

        try:
            absence, lanes = self._when_free(lambda: self._writer.carry_out(begin))
        except BaseException:
            self._measuring.release()
            raise
        self._writer.guard = self._still_measures
        self._vantage = vantage
        self._pending.resume(vantage, at, lanes)
        return absence

    def clock_stepped(self, at: Instant) -> None:
        """Go on recording at `at`; time that is recorded already stays as it is."""
        if self._vantage is None:
            raise RuntimeError("no session is open")
        vantage = self._vantage
        self._pending.turn()
        self._writer.flush()
        self._pending.resume(
            vantage, at, self._writer.carry_out(lambda connection: history.lanes(connection, vantage, at))
        )

    def observe(self, observation: Observation, stale_after: Duration, failure: Failure | None = None) -> None:
        """Fold one observation into its run; it is durable within a second."""
        self._writer.check()
        self._pending.observe(observation, stale_after, failure)

    def alive(self, at: Instant) -> None:
        """Tell that the daemon lives; durable within a second."""
        self._writer.check()
        self._pending.alive(at)

    def append_absence(self, absence: KeptAbsence) -> int:
        """Record an absence; returns its id."""
        return self._writer.carry_out(lambda connection: self._recorder.write_absence(connection, absence))

    def end_absence(self, absence_id: int, at: Instant) -> None:
        """End an absence that goes on."""

        def end(connection: Connection) -> None:
            seals.written(connection, at, at, "an absence was ended")
            ended = connection.execute(
                update(ABSENCE)
                .where(ABSENCE.c.id == absence_id, ABSENCE.c.end.is_(None), ABSENCE.c.start <= at)
                .values(end=at)
            )
            if ended.rowcount != 1:
                raise ConflictError(f"absence {absence_id} does not go on at that instant; look at it again")

        self._writer.carry_out(end)

    def flush(self) -> None:
        """Return when everything observed so far is durable."""
        self._writer.flush()

    def insert_history(self, runs: Iterable[Run], stale_after: Duration) -> Inserted:
        """Add runs that others measured, in batches."""
        total = Inserted()
        given = iter(runs)
        while batch := list(islice(given, HISTORY_BATCH)):
            total += self._insert_batch(batch, stale_after)
        return total

    def _insert_batch(self, batch: Sequence[Run], stale_after: Duration) -> Inserted:
        return self._writer.carry_out(
            lambda connection: history.insert_history(connection, self._recorder, batch, stale_after)
        )

    def rename(self, former: Mapping[str, str]) -> None:
        """From now on read what lies under former names under those that replaced them."""
        self._former = dict(former)

    def series(self, probes: Collection[str] | None = None) -> list[Series]:
        """Every vantage of these probes, of all of them if none are named, with runs."""
        names = None if probes is None else renames.with_former(probes, self._former)
        found = self._read(lambda connection: history.series(connection, names))
        return renames.renamed_series(found, self._former) if self._former else found

    def vantages(self) -> dict[str, Instant | None]:
        """Every vantage with runs or a daemon, and when its daemon was last known alive."""
        return self._read(history.vantages)

    def runs(
        self, probes: Collection[str], window: Span, settled_passes: int = 1
    ) -> Mapping[tuple[str, str], Sequence[Run]]:
        """The runs by probe and vantage, in time order, that say what was up within the window."""
        names = renames.with_former(probes, self._former)
        found = self._read(lambda connection: gathering.runs(connection, names, window, settled_passes))
        return renames.renamed_runs(found, self._former) if self._former else found

    def failures(self, probes: Collection[str], window: Span, limit: int) -> list[Failure]:
        """The first kept contexts within the window, in time order."""
        names = renames.with_former(probes, self._former)
        found = self._read(lambda connection: history.failures(connection, names, window, limit))
        return renames.renamed_failures(found, self._former)

    def rollups(self, probes: Collection[str], window: Span) -> list[Rollup]:
        """The latencies of every five minutes that begin within the window."""
        names = renames.with_former(probes, self._former)
        return renames.renamed_rollups(
            self._read(lambda connection: history.rollups(connection, names, window)), self._former
        )

    def absences(self, window: Span) -> list[KeptAbsence]:
        """The absences that touch the window."""
        return renames.renamed_absences(
            self._read(lambda connection: history.absences(connection, window)), self._former
        )

    # Definitions, facts, statements

    def store_definitions(self, texts: Mapping[str, str], at: Instant) -> list[str]:
        """Record one load of all definition files; returns the names that changed, came or went."""
        return self._writer.carry_out(lambda connection: ledger.store_definitions(connection, texts, at))

    def definitions(self, as_of: Instant | None = None) -> list[Definition]:
        """Every recorded change in order, up to an instant."""
        return self._read(lambda connection: ledger.definitions(connection, as_of))

    def append_fact(self, fact: Fact) -> int:
        """Record a fact; returns its id."""
        return self._writer.carry_out(lambda connection: ledger.append_fact(connection, fact))

    def facts(self, agreement: str | None = None, kind: str | None = None, as_of: Instant | None = None) -> list[Fact]:
        """The facts in order of recording, as known at an instant."""
        return self._read(lambda connection: ledger.facts(connection, agreement, kind, as_of))

    def changed_since(self, mark: Mark | None) -> tuple[Mark, frozenset[str] | None]:
        """Whose facts were recorded since a mark, None for everybody's, and the mark to ask with next."""
        return self._read(lambda connection: ledger.changed_since(connection, mark))

    def keep_evidence(self, content: bytes, name: str, at: Instant) -> str:
        """Keep a file; returns its digest."""
        return self._writer.carry_out(lambda connection: ledger.keep_evidence(connection, content, name, at))

    def evidence(self, digest: str) -> Evidence | None:
        """A kept file."""
        return self._read(lambda connection: ledger.evidence(connection, digest))

    def freeze_statement(self, statement: FrozenStatement) -> int:
        """Keep a closed statement as the next revision; returns its id."""
        return self._writer.carry_out(lambda connection: ledger.freeze_statement(connection, statement))

    def statements(self, agreement: str | None = None, period: str | None = None) -> list[FrozenStatement]:
        """The frozen statements in order of freezing."""
        return self._read(lambda connection: ledger.statements(connection, agreement, period))

    # Claims and mails

    def append_claim_event(self, event: ClaimEvent, mails: Sequence[Mail] = (), notices: Sequence[Notice] = ()) -> int:
        """Record the next step of a claim, its mails and notices in one transaction; returns the event's id."""
        return self._writer.carry_out(lambda connection: claims.append_event(connection, event, mails, notices))

    def claim_events(self, claim: str | None = None) -> list[ClaimEvent]:
        """The steps of one claim or of all, in order of recording."""
        return self._read(lambda connection: claims.events(connection, claim))

    def queue_mail(self, mail: Mail, notices: Sequence[Notice] = ()) -> bool:
        """Put a mail without a claim event and notices into the outbox; False if its message id is there already."""

        def queue(connection: Connection) -> bool:
            outbox_notices.queue(connection, notices)
            return claims.queue_mail(connection, mail)

        return self._writer.carry_out(queue)

    def queue_notices(self, notices: Sequence[Notice]) -> int:
        """Put notices into the outbox, each event once a webhook; returns how many are new."""
        return self._writer.carry_out(lambda connection: outbox_notices.queue(connection, notices))

    def notices(
        self, webhook: str | None = None, topic: str | None = None, newest: int | None = None
    ) -> list[OutboxNotice]:
        """The notices for one webhook or all, of one topic or all, the newest of them or all, in order of writing."""
        return self._read(lambda connection: outbox_notices.every(connection, webhook, topic, newest))

    def due_notices(self, webhook: str, at: Instant, limit: int) -> list[OutboxNotice]:
        """The first pending notices for a webhook whose time has come, the longest due first."""
        return self._read(lambda connection: outbox_notices.due(connection, webhook, at, limit))

    def outbox(self, states: Collection[MailState] = tuple(MailState), claim: str | None = None) -> list[OutboxMail]:
        """The mails in these states, those of one claim or all, in order of writing."""
        return self._read(lambda connection: claims.outbox(connection, states, claim))

    def due_outbox(self, at: Instant) -> list[OutboxMail]:
        """The pending mails whose time has come, the longest due first."""
        return self._read(lambda connection: claims.due(connection, at))

    def mark(
        self, mail_id: int, was: MailState, state: MailState, *, due_at: Instant | None = None, error: str = ""
    ) -> None:
        """Move a mail from one state to the next."""
        self._writer.carry_out(lambda connection: claims.mark(connection, mail_id, was, state, due_at, error))

    # Sessions

    def keep_session(self, session: KeptSession) -> None:
        """Keep who signed in."""
        self._writer.carry_out(lambda connection: sessions.keep(connection, session))

    def drop_sessions(self, digests: Collection[str]) -> None:
        """Let go of sessions."""
        self._writer.carry_out(lambda connection: sessions.drop(connection, digests))

    def sessions(self, at: Instant) -> list[KeptSession]:
        """The sessions that have not ended at an instant."""
        return self._read(lambda connection: sessions.kept(connection, at))

    # Seals

    def seal(self, at: Instant) -> list[Seal]:
        """Seal every day that has been over for long enough, and anew what was written into since."""
        self._writer.flush()  # what was observed of those days is on disk
        made: list[Seal] = []
        while seal := self._writer.carry_out(lambda connection: seals.seal_next(connection, at)):
            made.append(seal)
        damage: DamagedError | None = None
        for start in self._read(seals.due):
            try:
                anew = self._writer.carry_out(partial(seals.seal_anew, start=start, at=at))
            except DamagedError as error:  # no other day waits for this one
                damage = error
            else:
                made += [anew] if anew else []
        if damage is not None and not made:  # else the heads that were made are told first, and this the next time
            raise damage
        return made

    def seals(self, window: Span) -> list[Seal]:
        """The seals of every stretch that shares an instant with a window, in the order of the chain."""
        return self._read(lambda connection: seals.seals_over(connection, window))

    def pack(self) -> int:
        """Pack some of what lies in sealed days; returns how many rows, 0 once there is nothing left."""
        return self._writer.carry_out(lambda connection: packing.pack_some(connection, seals.sealed_until(connection)))

    def verify(self, heads: Collection[str] = ()) -> Verified:
        """Compute every seal again and hold it against the record, and heads that were kept elsewhere against both."""
        damage = self._place.damage(self._reading)
        if damage:  # rows that cannot be read cannot be held against seals
            return Verified(0, None, None, tuple(damage), ())
        return self._read(lambda connection: verifying.verify(connection, heads))

    def count_prunable(self, kind: Prunable, before: Instant) -> int:
        """How many rows of a kind there are before the day of an instant."""
        return self._read(lambda connection: pruning.count(connection, kind, pruning.day_of(before)))

    def prune(self, kind: Prunable, before: Instant, at: Instant, by: str) -> int:
        """Remove one kind of row before the day of an instant, and record who did; returns how many rows."""
        before, total = pruning.day_of(before), 0
        if not self.count_prunable(kind, before):
            return 0
        self.append_fact(pruning.pruned_fact(kind, before, at, by))
        while removed := self._writer.carry_out(lambda connection: pruning.remove_some(connection, kind, before)):
            total += removed
        return total

    def stats(self) -> Stats:
        """How the store is doing; counts since it was opened."""
        return Stats(
            pending=self._pending.rows + self._writer.rows_in_hand,
            write_failures=self._writer.write_failures,
            lost=self._pending.lost,
            contexts_lost=self._pending.contexts_lost,
            durable_until=self._writer.durable_until,
            size_bytes=self._place.size_bytes(self._reading),
            trouble=self._writer.trouble,
        )

    def _still_measures(self, connection: Connection) -> None:
        """Nobody else measures, and nobody has meanwhile: a daemon that was frozen or cut off must not write on."""
        epoch = connection.execute(select(LEASE.c.epoch)).scalar_one()
        if epoch != self._epoch:
            raise ReplacedError(f"{self._place}: another daemon has taken over measuring; this one ends")
        self._measuring.acquire(connection)

    def _when_free(self, begin: Callable[[], T]) -> T:
        """Begin to measure as soon as no other process does, within the patience of a restart."""
        pause = Event()
        for _ in range(LOCK_TRIES):
            try:
                return begin()
            except MeasuredError:
                pause.wait(LOCK_PAUSE_SECONDS)
        return begin()

    def _read(self, reading: Callable[[Connection], T]) -> T:
        with told(self._place), self._reading.begin() as connection:
            return reading(connection)
