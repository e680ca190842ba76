"""Absences, failures and rollups read back; where the record goes on; runs of others put beside ours."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, or_, select, update

from uptime_daemon.core.facts.attempt import Failure
from uptime_daemon.core.facts.observation import Observation
from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.errors import StoreError, readable
from uptime_daemon.store.gathering import EARLIEST, OUTCOMES, REASONS, RUN_COLUMNS, run_of
from uptime_daemon.store.kept import Inserted, KeptAbsence, Rollup, Series
from uptime_daemon.store.latency import BUCKETS, SLOT, Latency, bound_of, pairs, unpacked
from uptime_daemon.store.packing import CONTEXTS, DAYS_READ_AT_ONCE, LATENCIES
from uptime_daemon.store.pending import Resumed
from uptime_daemon.store.seals import written
from uptime_daemon.store.series import WHOSE, of_series, portions
from uptime_daemon.store.tables import ABSENCE, FAILURE, HEARTBEAT, ROLLUP, RUN, SERIES
from uptime_daemon.store.texts import attempt_of, votes_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection

    from uptime_daemon.core.facts.run import Run
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.store.packing import Kept, Packing
    from uptime_daemon.store.pending import Key
    from uptime_daemon.store.recording import Recorder

_FIRST, _LAST = attrgetter("first"), attrgetter("last")
_BOUNDS: Final = [bound_of(bucket) for bucket in range(BUCKETS)]


# What judging asks for again and again is put together once, which takes as long as to answer it.
_SERIES: Final = select(SERIES.c.probe, SERIES.c.vantage, SERIES.c.stale_after)
_OF_PROBES: Final = _SERIES.where(SERIES.c.probe.in_(bindparam("names", expanding=True)))
_TOUCHING: Final = (
    select(ABSENCE)
    .where(ABSENCE.c.start < bindparam("end"), or_(ABSENCE.c.end.is_(None), ABSENCE.c.end > bindparam("start")))
    .order_by(ABSENCE.c.start, ABSENCE.c.id)
)


def series(connection: Connection, probes: Collection[str] | None) -> list[Series]:
    """Every vantage of these probes, of all of them if none are named, with runs."""
    if probes is None:
        rows = list(connection.execute(_SERIES))
    else:
        rows = [row for names in portions(probes) for row in connection.execute(_OF_PROBES, {"names": names})]
    found = [Series(*row) for row in rows]
    return sorted(found, key=lambda each: (each.probe, each.vantage))  # each database sorts text by rules of its own


def vantages(connection: Connection) -> dict[str, Instant | None]:
    """Every vantage with runs or a daemon, and when its daemon was last known alive."""
    known: dict[str, Instant | None] = dict.fromkeys(connection.execute(select(SERIES.c.vantage).distinct()).scalars())
    known |= {row.vantage: row.alive_at for row in connection.execute(select(HEARTBEAT))}
    return dict(sorted(known.items()))


def failures(connection: Connection, probes: Collection[str], window: Span, limit: int) -> list[Failure]:
    """The first kept contexts within the window, in time order."""
    query = (
        of_series(select(*WHOSE, *CONTEXTS.columns), FAILURE)
        .where(FAILURE.c.at >= window.start, FAILURE.c.at < window.end)
        .order_by(FAILURE.c.at, FAILURE.c.series_id)
        .limit(limit)
    )
    # What is packed is older than what is not, except for what came late: both are asked, and the first ones stand.
    found: dict[tuple[Instant, int], Failure] = {}
    in_days = CONTEXTS.day_of(window.start), CONTEXTS.day_of(window.end - 1)
    for names in portions(probes):
        whose = SERIES.c.probe.in_(names)
        count, last = 0, None
        for series_id, key, day, rows in _packed_days(connection, CONTEXTS, whose, *in_days):
            if count >= limit and day != last:
                break
            within = {(row[0], series_id): _failure(*key, row) for row in rows if window.start <= row[0] < window.end}
            found |= within
            count, last = count + len(within), day
        for series_id, probe, vantage, *row in connection.execute(query.where(whose)):
            if (row[0], series_id) not in found:
                found[row[0], series_id] = _failure(probe, vantage, tuple(row))
    return [found[key] for key in sorted(found)[:limit]]


def rollups(connection: Connection, probes: Collection[str], window: Span) -> list[Rollup]:
    """The rollups that begin within the window, by probe, vantage and time."""
    first, beyond = -(-window.start // SLOT), -(-window.end // SLOT)  # rounded up: slots that begin within
    found: dict[Key, list[Kept]] = {}
    for names in portions(probes):
        found |= _latencies(connection, SERIES.c.probe.in_(names), first, beyond)
    return [_rollup(*key, row) for key, rows in sorted(found.items()) for row in rows]


def absences(connection: Connection, window: Span) -> list[KeptAbsence]:
    """The absences that touch the window, in order of their start."""
    rows = connection.execute(_TOUCHING, {"start": window.start, "end": window.end})
    return [KeptAbsence(row.start, row.end, row.reason, row.vantage or None, row.probe or None, row.id) for row in rows]


def lanes(connection: Connection, vantage: str, at: Instant) -> dict[Key, Resumed]:
    """Where the record of each probe of a vantage goes on at an instant."""
    imported = connection.execute(
        select(SERIES.c.probe).where(SERIES.c.vantage == vantage, SERIES.c.stale_after.is_not(None)).limit(1)
    ).scalar()
    if imported is not None:
        raise StoreError(f"the vantage {vantage} holds imported history of {imported}; give this daemon another name")
    earlier = RUN.alias()
    latest = (
        select(func.max(earlier.c.first))
        .where(earlier.c.series_id == SERIES.c.id, earlier.c.first <= at)
        .scalar_subquery()
    )
    open_runs = of_series(select(*RUN_COLUMNS), RUN).where(SERIES.c.vantage == vantage, RUN.c.first == latest)
    found = {(run.probe, run.vantage): Resumed(run=run) for run in map(run_of, connection.execute(open_runs))}
    ahead = of_series(
        select(SERIES.c.probe, func.min(RUN.c.first).label("first"), func.max(RUN.c.last).label("last")), RUN
    )
    for row in connection.execute(
        ahead.where(SERIES.c.vantage == vantage, RUN.c.first > at).group_by(SERIES.c.id, SERIES.c.probe)
    ):
        key = (row.probe, vantage)
        found[key] = replace(found.get(key, Resumed()), recorded=Span(row.first, row.last + 1))
    slot = at // SLOT
    for key, (rollup,) in _latencies(connection, SERIES.c.vantage == vantage, slot, slot + 1).items():
        number, passes, total, longest, buckets = rollup
        latency = Latency(number, passes, total, longest, unpacked(buckets))
        found[key] = replace(found.get(key, Resumed()), latency=latency)
    return found


def insert_history(connection: Connection, recorder: Recorder, batch: Sequence[Run], stale_after: Duration) -> Inserted:
    """Put runs of others beside what is kept; a run that overlaps another one is left out and counted."""
    by_series: dict[Key, list[Run]] = defaultdict(list)
    for run in batch:
        by_series[run.probe, run.vantage].append(run)
    ids = recorder.ids(connection, by_series.keys())
    fitting: list[Run] = []
    found: Counter[str] = Counter()
    for key, given in by_series.items():
        _claim_series(connection, ids[key], key, stale_after)
        overlapping = _overlapping(connection, ids[key], given)
        if (not overlapping or overlapping[-1].last < given[0].first) and _follow(given):  # nearly all history
            found["new"] += len(given)
            fitting += given
            continue
        kept = _Kept(overlapping)
        for run in given:
            what = kept.taken(run)
            found[what] += 1
            if what in {"new", "grown"}:
                fitting.append(run)
    if fitting:
        first, last = min(map(_FIRST, fitting)), max(map(_LAST, fitting))
        written(connection, first, last, "history was imported")
    recorder.write_runs(connection, fitting, ids)
    return Inserted(**found)


def _claim_series(connection: Connection, number: int, key: Key, stale_after: Duration) -> None:
    """A series belongs to one kind of history: measured here, or imported with one `stale_after`."""
    kept = connection.execute(select(SERIES.c.stale_after).where(SERIES.c.id == number)).scalar()
    if kept == stale_after:
        return
    first = connection.execute(select(RUN.c.first).where(RUN.c.series_id == number).limit(1)).scalar()
    if first is not None:
        probe, vantage = key
        known = "was measured here" if kept is None else f"was imported with gaps beyond {seconds_text(kept)} s"
        raise StoreError(
            f"{probe} at {vantage} {known}, this history has gaps beyond {seconds_text(stale_after)} s;"
            " import it the same way as before, or under another name"
        )
    connection.execute(update(SERIES).where(SERIES.c.id == number).values(stale_after=stale_after))


def _overlapping(connection: Connection, number: int, given: Sequence[Run]) -> list[Run]:
    """The kept runs of a series that could overlap the given ones, in time order."""
    earliest, latest = min(map(_FIRST, given)), max(map(_LAST, given))
    before = RUN.alias()
    start = select(func.max(before.c.first)).where(before.c.series_id == number, before.c.first <= earliest)
    rows = connection.execute(
        of_series(select(*RUN_COLUMNS), RUN)
        .where(
            RUN.c.series_id == number,
            RUN.c.first >= func.coalesce(start.scalar_subquery(), EARLIEST),
            RUN.c.first <= latest,
        )
        .order_by(RUN.c.first)
    )
    return [run_of(row) for row in rows]


def _follow(runs: Sequence[Run]) -> bool:
    """Whether each begins after the one before it has ended."""
    return all(before.last < after.first for before, after in pairwise(runs))


class _Kept:
    """The kept runs of a series in time order, and what others are beside them."""

    def __init__(self, runs: list[Run]) -> None:
        self._runs = runs
        self._firsts = [run.first for run in runs]

    def taken(self, run: Run) -> str:
        """What a run is: new or grown, and then it is one of them, unchanged or conflicting."""
        index = bisect_left(self._firsts, run.first)
        same = self._runs[index] if index < len(self._firsts) and self._firsts[index] == run.first else None
        after = index + (same is not None)
        if after < len(self._firsts) and run.last >= self._firsts[after]:
            # The kept record knows that the state changed or was unknown where this run says that it went on.
            return "conflicting"
        if same is None:
            if index and self._runs[index - 1].last >= run.first:
                return "conflicting"
            self._runs.insert(index, run)
            self._firsts.insert(index, run.first)
            return "new"
        if (same.outcome, same.reason) != (run.outcome, run.reason):
            return "conflicting"
        if run.last <= same.last or run.count < same.count:
            return "unchanged"
        self._runs[index] = run
        return "grown"


def _packed_days(
    connection: Connection, packing: Packing, whose: ColumnElement[bool], first: int, last: int
) -> Iterator[tuple[int, Key, int, list[Kept]]]:
    """Number and name of the series, day and rows of packed days, both ends included, in the order of the days."""
    days = packing.days
    query = (
        of_series(select(*WHOSE, days.c.day, days.c.content), days)
        .where(whose, days.c.day >= first, days.c.day <= last)
        .order_by(days.c.day, days.c.series_id)
        .execution_options(yield_per=DAYS_READ_AT_ONCE)
    )
    for series_id, probe, vantage, day, content in connection.execute(query):
        yield series_id, (probe, vantage), day, packing.read(f"{probe} at {vantage}", day, content)


def _latencies(connection: Connection, whose: ColumnElement[bool], first: int, beyond: int) -> dict[Key, list[Kept]]:
    """The rows of some series in slots of a range, packed or not, in the order of time."""
    packed_rows: dict[Key, list[Kept]] = defaultdict(list)
    loose: dict[Key, list[Kept]] = defaultdict(list)
    in_days = LATENCIES.day_of(first), LATENCIES.day_of(beyond - 1)
    for _, key, _, rows in _packed_days(connection, LATENCIES, whose, *in_days):
        packed_rows[key] += [row for row in rows if first <= row[0] < beyond]
    query = of_series(select(SERIES.c.probe, SERIES.c.vantage, *LATENCIES.columns), ROLLUP)
    for probe, vantage, *row in connection.execute(query.where(whose, ROLLUP.c.slot >= first, ROLLUP.c.slot < beyond)):
        loose[probe, vantage].append(tuple(row))
    every = packed_rows.keys() | loose.keys()
    return {key: merged for key in every if (merged := LATENCIES.merged(packed_rows[key], loose[key]))}


def _rollup(probe: str, vantage: str, row: Kept) -> Rollup:
    slot, count, total, longest, buckets = row
    with readable(f"a latency of {probe} at {vantage}"):
        return Rollup(
            probe=probe,
            vantage=vantage,
            start=slot * SLOT,
            count=count,
            total=total,
            longest=longest,
            buckets=tuple((_BOUNDS[index], number) for index, number in pairs(buckets)),
        )


def _failure(probe: str, vantage: str, row: Kept) -> Failure:
    at, outcome, reason, duration, attempt, votes = row
    with readable(f"a failure of {probe} at {vantage}"):
        seen = Observation(probe, vantage, at, OUTCOMES[outcome], REASONS[reason], duration)
        return Failure(seen, attempt_of(attempt), votes_of(votes))
