"""A process that measures and states facts until it is killed, and says what was acknowledged."""

from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

import pytest

from tests.store.samples import HERE, STALE, T0, context, fact, mail, passed, step
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND, Instant
from uptime_daemon.store import postgresql
from uptime_daemon.store.database import open_store
from uptime_daemon.store.errors import ReplacedError, StoreError

PROBES = 12


def begins(session: int) -> Instant:
    """When a session begins: far enough from the one before that no run spans both."""
    return T0 + session * DAY


def observed(session: int, probe: int) -> Iterator[Observation]:
    """What a probe sees in a session, one observation a second: a pattern of its own, so that each run is known."""
    for second in range(1, DAY // SECOND):
        beat = (second + 7 * probe + session) % 23
        outcome, reason = (
            (Outcome.FAIL, Reason.STATUS)
            if beat < 4
            else (Outcome.ERROR, Reason.RESOLVER)
            if beat == 11
            else (Outcome.PASS, Reason.NONE)
        )
        yield Observation(f"acme/{probe}", HERE, begins(session) + second * SECOND, outcome, reason, 1_000 * probe)


def write_until_killed(url: str, session: int, told: Connection) -> None:
    """Observe and state facts as fast as it goes; tell each thing only after the store has acknowledged it."""
    store = open_store(url, create=True)
    store.open_session(HERE, begins(session))
    told.send(("begun", session))
    seen = [observed(session, probe) for probe in range(PROBES)]
    number = 0
    while True:
        number += 1
        for observations in seen:
            observation = next(observations)
            failure = None if observation.outcome is Outcome.PASS else context(observation)
            store.observe(observation, STALE, failure)
        store.alive(observation.at)
        if number % 3 == 0:
            subject = f"{session}/{number}"
            store.append_fact(fact(subject))
            told.send(("fact", subject))
        if number % 5 == 0:
            steps = len(store.claim_events("c"))
            store.append_claim_event(step(steps + 1, claim="c"), [mail(f"<{steps + 1}@x>")])
            told.send(("step", steps + 1))
        if number % 7 == 0:
            store.flush()
            told.send(("durable", observation.at))
        if number % 7 == 3:  # the days of earlier sessions, a little of them at a time
            store.seal(begins(session) + 2 * HOUR)
            store.pack()


def measure_until_replaced(url: str, told: Connection) -> None:
    """Measure, and say when another process was found to measure instead; its server takes silence for an end."""
    open_store(url, create=True).close()
    pytest.MonkeyPatch().setattr(postgresql, "SILENT_SECONDS_MAX", 1)  # in this process only
    store = open_store(url, create=False)
    again(lambda: store.open_session(HERE, T0))
    second = 0
    try:
        while True:
            second += 1
            store.observe(passed(T0 + second * SECOND), STALE)
            again(store.flush)
            told.send(("durable", T0 + second * SECOND))
    except ReplacedError as replaced:
        told.send(("replaced", str(replaced)))


def again(write: Callable[[], object]) -> None:
    """Write as a daemon does, again and again: frozen within a transaction, it first finds its connection lost."""
    while True:
        try:
            write()
        except ReplacedError:
            raise
        except StoreError:
            continue
        return
