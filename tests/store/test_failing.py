"""Each write in turn fails once: what was refused is not there, what is repeated is there once, nothing by half."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.store.samples import EVER, HERE, STALE, T0, context, fact, failed, mail, passed, runs_of_one, step
from uptime_daemon.core.facts.run import runs_of
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND
from uptime_daemon.store.database import Database
from uptime_daemon.store.errors import StoreError
from uptime_daemon.store.kept import KeptAbsence

TRIES_MAX = 20
"""Far more than the failures that one step can meet."""


def broken(store: Database) -> OperationalError:
    """What the driver of this database reports when the disk is full."""
    if store._writing.dialect.name == "sqlite":
        full: Exception = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorname = "SQLITE_FULL"  # type: ignore[attr-defined]
    else:
        full = Exception({"C": "53100", "M": "could not extend file"})
    return OperationalError("a statement of the test", None, full)


@contextmanager
def failing(store: Database, *, nth: int, again: bool) -> Iterator[Counter[str]]:
    """Let the nth statement or commit of the writer fail, or each nth; counts what was let through and what was not."""
    numbers, met = count(1), Counter[str]()

    def fail(*_: object) -> None:
        number = next(numbers)
        if number == nth or (again and number % nth == 0):
            met["failed"] += 1
            raise broken(store)
        met["done"] += 1

    for name in ("before_cursor_execute", "commit"):
        event.listen(store._writing, name, fail)
    try:
        yield met
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(store._writing, name, fail)


def insisted(work: Callable[[], object]) -> int:
    """Do something again until it is done, as people and loops do; returns how often it was refused."""
    for refused in range(TRIES_MAX):
        try:
            work()
        except StoreError as error:
            assert "is full" in str(error)  # noqa: PT017 - what is refused is refused for this reason alone
        else:
            return refused
    raise AssertionError("it was refused too often")


def packs(store: Database) -> int:
    """Pack some of what is sealed, again until it is done; returns how many rows."""
    done: list[int] = []
    insisted(lambda: done.append(store.pack()))
    return done[0]


def one_round(store: Database, number: int) -> None:
    """An hour of measuring, a fact with its evidence, a step with its mail, an absence, seals and packed days."""
    probe, start = f"acme/{number}", T0 + number * HOUR
    for second in range(0, 360, 30):
        observation = (failed if second in {120, 150} else passed)(start + second * SECOND, probe)
        store.observe(observation, STALE, context(observation) if observation.outcome == "fail" else None)
    insisted(store.flush)
    digest = f"evidence {number}".encode()
    insisted(lambda: store.keep_evidence(digest, "mail.eml", start))
    insisted(lambda: store.append_fact(fact(f"T{number}", at=start)))
    insisted(lambda: store.append_claim_event(step(number + 1, claim="c"), [mail(f"<{number}@x>")]))
    insisted(lambda: store.append_absence(KeptAbsence(start, start + SECOND, "paused", HERE, probe)))
    insisted(lambda: store.seal(start + DAY))
    while packs(store):
        pass


def whole(store: Database, rounds: int) -> None:
    """Everything of every round is there once, and is as it was sealed."""
    for number in range(rounds):
        start = T0 + number * HOUR
        seen = [
            (failed if second in {120, 150} else passed)(start + second * SECOND, f"acme/{number}")
            for second in range(0, 360, 30)
        ]
        assert runs_of_one(store, f"acme/{number}") == list(runs_of(seen, STALE))
    probes = [f"acme/{number}" for number in range(rounds)]
    assert len(store.failures(probes, EVER, 10_000)) == 2 * rounds
    assert sum(rollup.count for rollup in store.rollups(probes, EVER)) == 10 * rounds
    assert [kept.subject for kept in store.facts()] == [f"T{number}" for number in range(rounds)]
    assert [event.number for event in store.claim_events("c")] == list(range(1, rounds + 1))
    assert [each.mail.message_id for each in store.outbox()] == [f"<{number}@x>" for number in range(rounds)]
    assert len(store.absences(EVER)) == rounds
    assert store.verify().problems == ()
    assert (store.stats().lost, store.stats().contexts_lost, store.stats().trouble) == ({}, 0, None)


@pytest.mark.parametrize("most", [24, pytest.param(100, marks=[pytest.mark.prove, pytest.mark.timeout(1_800)])])
def test_each_write_fails_once(store: Database, most: int) -> None:
    """The first, the second ... of the statements and commits of a round."""
    failures = 0
    for nth in range(1, most + 1):
        with failing(store, nth=nth, again=False) as met:
            one_round(store, nth - 1)
        failures += met["failed"]
    assert failures >= min(most, 60)  # a round has some eighty; what is beyond its last one never fails
    whole(store, most)


@pytest.mark.parametrize("nth", [29, *(pytest.param(nth, marks=pytest.mark.prove) for nth in (31, 37, 41, 43, 53))])
def test_every_nth_write_fails(store: Database, nth: int) -> None:
    """As long as a transaction fits between two failures, everything gets through in the end."""
    with failing(store, nth=nth, again=True) as met:
        for number in range(4):
            one_round(store, number)
    assert met["failed"] >= 2
    whole(store, 4)
