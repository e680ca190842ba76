"""Days that are over take a tenth of the room, and nobody who reads can tell."""

import random
import zlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from tests.store.samples import EVER, T0, failed, observe_all, passed
from uptime_daemon.core.facts.attempt import Failure
from uptime_daemon.core.facts.observation import Observation
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store import packing
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import Prunable, Rollup
from uptime_daemon.store.latency import BUCKETS, Row, packed_day, unpacked_day
from uptime_daemon.store.latency import packed as packed_buckets
from uptime_daemon.store.tables import FAILURE, FAILURE_DAY, ROLLUP, ROLLUP_DAY
from uptime_daemon.store.verifying import verify

PROBES = ("acme/sip", "acme/web")
MORNING = T0 + 3 * DAY + 2 * HOUR
WINDOWS = (
    EVER,
    Span(T0 + DAY + 12 * HOUR, T0 + 2 * DAY + 12 * HOUR + MINUTE),
    Span(T0 + 12 * HOUR + 1, T0 + 3 * DAY),
    Span(T0 + DAY, T0 + 2 * DAY),
    Span(T0 + 3 * DAY, T0 + 4 * DAY),
)


def measured() -> list[Observation]:
    """Four days from noon on: fails and passes of two probes across several slots."""
    generator = random.Random(7)
    return [
        observe(T0 + day * DAY + 12 * HOUR + minute * MINUTE, probe)
        if observe is failed
        else passed(T0 + day * DAY + 12 * HOUR + minute * MINUTE, probe, generator.randrange(70 * SECOND))
        for day in range(4)
        for minute, observe in ((0, failed), (1, failed), *((minute, passed) for minute in range(2, 40, 3)))
        for probe in PROBES
    ]


def read(store: Database) -> list[tuple[list[Failure], list[Failure], list[Rollup]]]:
    """Everything that may be packed, through each window, all of it and the first few."""
    return [
        (store.failures(PROBES, window, 1_000), store.failures(PROBES, window, 3), store.rollups(PROBES, window))
        for window in WINDOWS
    ]


def counts(store: Database) -> dict[str, int]:
    """How many rows the tables have."""
    with store._reading.begin() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (FAILURE, FAILURE_DAY, ROLLUP, ROLLUP_DAY)
        }


def pack_all(store: Database) -> int:
    """Pack until nothing is left."""
    total = 0
    while count := store.pack():
        total += count
    return total


@pytest.fixture
def packed(store: Database) -> Database:
    """Four days, of which the first three are sealed and packed."""
    store.seal(T0 + HOUR)
    observe_all(store, measured())
    store.seal(MORNING)
    pack_all(store)
    return store


def test_what_is_packed_reads_the_same(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only sealed days are packed, a little at a time, each series and day into one row; the seals hold."""
    store.seal(T0 + HOUR)
    observe_all(store, measured())
    before, loose = read(store), counts(store)
    assert store.pack() == 0  # none of it is sealed yet
    store.seal(MORNING)
    monkeypatch.setattr(packing, "ROWS_AT_ONCE", 5)
    assert store.pack() < 20
    assert read(store) == before  # half is packed, half is not
    assert store.verify().problems == ()
    pack_all(store)
    assert counts(store) == {
        "failure": loose["failure"] // 4,
        "failure_day": 3 * len(PROBES),
        "rollup": loose["rollup"] // 4,
        "rollup_day": 3 * len(PROBES),
    }
    assert read(store) == before
    assert (store.verify().problems, store.verify().notes) == ((), ())


def test_a_day_sealed_after_it_was_packed_has_the_same_head(packed: Database, url: str) -> None:
    """Packing changes no digest: a day of which nothing but its packing changed is not sealed anew."""
    with packed._writing.begin() as connection:
        connection.execute(text("INSERT INTO seal_due (start, why) VALUES (:at, 'asked')"), {"at": T0 + DAY})
    assert packed.seal(MORNING) == []
    packed.close()
    with open_store(url, create=False) as again:
        assert again.verify().problems == ()


def test_what_comes_late_into_a_packed_day(packed: Database) -> None:
    """The clock was stepped back: a slot goes on where it was, a context stands beside the packed ones."""
    at = T0 + DAY + 12 * HOUR + 38 * MINUTE + SECOND  # within the last slot of that day
    (before,) = packed.rollups(["acme/web"], Span(at // (5 * MINUTE) * 5 * MINUTE, at))
    contexts = len(packed.failures(PROBES, EVER, 1_000))
    packed.clock_stepped(at)
    observe_all(packed, [passed(at, duration=5_000), failed(at + 30 * SECOND)])
    for _ in range(2):
        (rollup,) = packed.rollups(["acme/web"], Span(before.start, before.start + 1))
        assert (rollup.count, rollup.total) == (before.count + 1, before.total + 5_000)
        assert len(packed.failures(PROBES, EVER, 1_000)) == contexts + 1
        assert {seal.start for seal in packed.seal(MORNING)} <= {T0 + DAY}
        assert packed.verify().problems == ()
        pack_all(packed)
    assert counts(packed)["failure_day"] == 3 * len(PROBES)


def test_a_row_that_was_written_twice_stands_once(packed: Database) -> None:
    """A batch whose first writing was not acknowledged is written again, even after its day was packed."""
    before = read(packed)
    at = T0 + 12 * HOUR
    with packed._writing.begin() as connection:
        connection.execute(
            FAILURE.insert().values(
                series_id=2, at=at, outcome="fail", reason="connect", duration=1, attempt="{}", votes="[]"
            )
        )
        connection.execute(
            ROLLUP.insert().values(slot=at // (5 * MINUTE), series_id=2, count=0, total=0, longest=0, buckets=b"")
        )
    assert read(packed) == before
    pack_all(packed)
    assert read(packed) == before
    assert packed.verify().problems == ()


def test_what_is_packed_is_pruned(packed: Database) -> None:
    """By the day, counted as what was packed."""
    contexts = packed.failures(PROBES, EVER, 1_000)
    latencies = packed.rollups(PROBES, EVER)
    cut = T0 + 2 * DAY
    assert packed.prune(Prunable.CONTEXTS, cut, MORNING, "ana") == len(contexts) // 2
    assert packed.failures(PROBES, EVER, 1_000) == [each for each in contexts if each.observation.at >= cut]
    assert packed.prune(Prunable.LATENCY, cut, MORNING, "ana") == len(latencies) // 2
    assert packed.rollups(PROBES, EVER) == [each for each in latencies if each.start >= cut]
    assert packed.verify().problems == ()


FORGED = (
    "UPDATE failure_day SET content = :other WHERE day = :day",
    "DELETE FROM failure_day WHERE day = :day",
    "UPDATE failure_day SET day = day + 100 WHERE day = :day AND series_id = 1",
)


def test_a_packed_context_that_was_changed_is_found(packed: Database) -> None:
    """Damaged, removed, moved, or unpacked, changed and packed again."""
    day = (T0 + DAY) // DAY
    values = {"day": day, "other": b"other"}
    for statement in FORGED:
        with packed._writing.connect() as connection, connection.begin() as transaction:
            connection.execute(text(statement), {name: values[name] for name in values if f":{name}" in statement})
            problems = verify(connection, ()).problems
            transaction.rollback()
        assert any("failure: a row was removed: " in problem for problem in problems), (statement, problems)
        assert any("cannot be read" in problem for problem in problems) == (":other" in statement)
    with packed._writing.begin() as connection:
        days = FAILURE_DAY.c
        (content,) = connection.execute(select(days.content).where(days.series_id == 1, days.day == day)).one()
        rows = packing.CONTEXTS.unpacked(content)
        forged = [(*rows[0][:3], 1, *rows[0][4:]), *rows[1:]]
        connection.execute(
            update(FAILURE_DAY)
            .where(days.series_id == 1, days.day == day)
            .values(content=packing.CONTEXTS.packed(forged))
        )
    assert [problem.partition("Z: ")[2] for problem in packed.verify().problems] == [
        "failure: a row was changed: 4 were sealed, 4 are there"
    ]


def test_a_damaged_day_is_named(packed: Database) -> None:
    """Its probe, its day and what to do; other days are read."""
    with packed._writing.begin() as connection:
        connection.execute(update(ROLLUP_DAY).where(ROLLUP_DAY.c.series_id == 2).values(content=b"x"))
    with pytest.raises(StoreError, match=r"rollup of acme/\w+ at prague-1 on 2026-06-01: .*restore a backup"):
        packed.rollups(PROBES, EVER)
    assert packed.rollups(PROBES, Span(T0 + 3 * DAY, T0 + 4 * DAY))


FIGURE = st.integers(0, 2**63 - 1)
COUNTS = st.lists(st.integers(0, 0xFFFF), min_size=BUCKETS, max_size=BUCKETS)


@given(
    st.lists(
        st.tuples(FIGURE, FIGURE, FIGURE, FIGURE, st.builds(lambda each: packed_buckets(tuple(each)), COUNTS)),
        min_size=1,
        max_size=9,
    )
)
def test_every_day_is_unpacked_as_it_was(rows: list[Row]) -> None:
    """Every figure, whatever its size."""
    assert unpacked_day(packed_day(rows)) == rows


@given(st.one_of(st.text(), st.binary(), st.binary().map(zlib.compress)))
@example(zlib.compress(b"\0" * 4))
@example(zlib.compress(b"[]"))
@example(zlib.compress(b"1"))
def test_what_was_never_packed_is_told(content: Any) -> None:
    """Whatever stands there, for SQLite keeps a text as well: no other error, and no rows out of nothing."""
    for kind in (packing.CONTEXTS, packing.LATENCIES):
        with pytest.raises(StoreError, match="of acme/web on 2026-06-01: what was packed cannot be read"):
            kind.read("acme/web", T0 // DAY, content)
