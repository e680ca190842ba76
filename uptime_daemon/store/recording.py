"""What was measured, written: runs that grow, contexts of failures, rollups, absences, the heartbeat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, select

from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.store.dialects import Prepared, insert_or_grow, insert_or_keep
from uptime_daemon.store.latency import packed
from uptime_daemon.store.seals import sealed_until, written
from uptime_daemon.store.tables import ABSENCE, FAILURE, HEARTBEAT, ROLLUP, RUN, SERIES
from uptime_daemon.store.texts import attempt_text, votes_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Dialect

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.kept import KeptAbsence
    from uptime_daemon.store.pending import Batch, Key


_TEXTS: Final[Mapping[Outcome | Reason, str]] = {each: each.value for each in (*Outcome, *Reason)}
"""Looked up, for `value` is a property in Python and takes a fifth of the time of a batch."""


class Recorder:
    """The statements of the hot path, compiled once, and the numbers of the series, read once."""

    def __init__(self, dialect: Dialect) -> None:
        self._ids: dict[Key, int] = {}
        self._new_series = insert_or_keep(dialect, SERIES)
        # Only what grows may change, and only forward: a row that says something else is left as it is.
        self._run = Prepared(
            dialect,
            insert_or_grow(
                dialect,
                RUN,
                ("series_id", "first"),
                ("last", "count", "distance"),
                lambda new: and_(
                    new.last > RUN.c.last,
                    new.count >= RUN.c.count,
                    new.outcome == RUN.c.outcome,
                    new.reason == RUN.c.reason,
                ),
            ),
        )
        self._failure = Prepared(dialect, insert_or_keep(dialect, FAILURE))
        self._rollup = Prepared(
            dialect,
            insert_or_grow(
                dialect,
                ROLLUP,
                ("slot", "series_id"),
                ("count", "total", "longest", "buckets"),
                lambda new: new.count > ROLLUP.c.count,
            ),
        )
        self._absence = insert_or_grow(
            dialect,
            ABSENCE,
            ("vantage", "probe", "reason", "start"),
            ("end",),
            lambda new: new.end > ABSENCE.c.end,
        )
        self._heartbeat = insert_or_grow(
            dialect, HEARTBEAT, ("vantage",), ("alive_at",), lambda new: new.alive_at != HEARTBEAT.c.alive_at
        )

    def write(self, begin: Callable[[], AbstractContextManager[Connection]], batch: Batch) -> None:
        """Make a batch durable in one transaction; written again, it changes nothing."""
        # A number is only remembered once its row is committed, hence new series have a transaction of their own.
        if new := self._unknown(batch):
            with begin() as connection:
                ids = self.ids(connection, new)
            self._ids |= ids
        with begin() as connection:
            _tell_seals(connection, batch)
            self.write_runs(connection, batch.runs, self._ids)
            self._failure.write(connection, [self._failure_row(failure) for failure in batch.failures])
            self._rollup.write(
                connection,
                [
                    (
                        latency.slot,
                        self._ids[key],
                        latency.passes,
                        latency.total,
                        latency.longest,
                        packed(latency.buckets),
                    )
                    for key, latency in batch.latencies
                ],
            )
            for absence in batch.absences:
                self.write_absence(connection, absence)
            if batch.alive:
                self.write_heartbeat(connection, *batch.alive)

    def ids(self, connection: Connection, keys: Collection[Key]) -> dict[Key, int]:
        """The numbers of series, given to new ones."""
        connection.execute(self._new_series, [{"probe": probe, "vantage": vantage} for probe, vantage in keys])
        rows = connection.execute(select(SERIES.c.probe, SERIES.c.vantage, SERIES.c.id))
        known = {(probe, vantage): number for probe, vantage, number in rows}
        return {key: known[key] for key in keys}

    def write_runs(self, connection: Connection, runs: Iterable[Run], ids: dict[Key, int]) -> int:
        """Insert or grow runs; returns how many rows changed."""
        return self._run.write(
            connection,
            [
                (
                    ids[run.probe, run.vantage],
                    run.first,
                    run.last,
                    run.count,
                    run.distance,
                    _TEXTS[run.outcome],
                    _TEXTS[run.reason],
                )
                for run in runs
            ],
        )

    def write_absence(self, connection: Connection, absence: KeptAbsence) -> int:
        """Insert an absence, or let the one that began so grow; returns its id."""
        row: dict[str, Any] = {
            "vantage": absence.vantage or "",
            "probe": absence.probe or "",
            "reason": absence.reason,
            "start": absence.start,
            "end": absence.end,
        }
        same = and_(*(ABSENCE.c[name] == row[name] for name in ("vantage", "probe", "reason", "start")))
        ended = connection.execute(select(ABSENCE.c.end).where(same)).scalar()
        connection.execute(self._absence.values(row))
        for instant in (absence.start, absence.end, ended):
            if instant is not None:
                written(connection, instant, instant, f"an absence was recorded: {absence.reason}")
        return int(connection.execute(select(ABSENCE.c.id).where(same)).scalar_one())

    def write_heartbeat(self, connection: Connection, vantage: str, at: Instant) -> None:
        """Keep when the daemon of a vantage was last known alive."""
        connection.execute(self._heartbeat.values(vantage=vantage, alive_at=at))

    def _unknown(self, batch: Batch) -> set[Key]:
        keys = {(run.probe, run.vantage) for run in batch.runs}
        return keys - self._ids.keys()

    def _failure_row(self, failure: Failure) -> tuple[Any, ...]:
        seen = failure.observation
        return (
            self._ids[seen.probe, seen.vantage],
            seen.at,
            seen.outcome.value,
            seen.reason.value,
            seen.duration,
            attempt_text(failure.attempt),
            votes_text(failure.votes),
        )


def _tell_seals(connection: Connection, batch: Batch) -> None:
    """Days that are sealed and yet written into: the wall clock was stepped back, or a probe is tried very seldom."""
    until = sealed_until(connection)
    for run in batch.runs:
        before = run.last - run.distance  # where it ended, at the earliest, when it was written last
        if before < until:
            first = run.first if run.last < until else before
            written(connection, first, run.last, "observations came late or a run went on")
    for failure in batch.failures:
        if failure.observation.at < until:
            written(connection, failure.observation.at, failure.observation.at, "a failure came late")
