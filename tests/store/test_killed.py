"""A daemon that is killed at any moment loses nothing that was acknowledged and writes nothing twice."""

import multiprocessing
import random
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.store.samples import EVER, HERE, STALE
from tests.store.writing import PROBES, begins, observed, write_until_killed
from uptime_daemon.core.facts.run import runs_of
from uptime_daemon.core.time.instants import Instant
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import DAEMON_OFF

WORDS_MAX = 30
"""How many words are waited for at most: a slow machine comes as far as a fast one before it is killed."""
WHOLE = (1, 2)
"""The sessions that come so far that each has written something of all, and the second sealed some of the first."""
LIFE_SECONDS_MAX = 0.4
"""How long a process lives after these words at most, or after its start."""
EARLY_EVERY = 5
"""Every fifth is killed while it still starts and opens the database, the others while they write."""


def heard(told: Connection) -> list[tuple[str, int | str]]:
    """Everything that was acknowledged before the end."""
    messages: list[tuple[str, int | str]] = []
    with suppress(EOFError):
        while True:
            messages.append(told.recv())
    return messages


def killed(url: str, session: int, life_seconds: float, words: int) -> list[tuple[str, int | str]]:
    """Let a process live after its start or so many words, kill it, and return what it had acknowledged."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.store.writing"])
    receiver, sender = processes.Pipe(duplex=False)
    process = processes.Process(target=write_until_killed, args=(url, session, sender))
    process.start()
    sender.close()
    messages: list[tuple[str, int | str]] = []
    for _ in range(words):
        assert receiver.poll(300)
        messages.append(receiver.recv())
    time.sleep(life_seconds)
    process.kill()
    messages += heard(receiver)
    process.join(120)
    assert process.exitcode == -9
    return messages


@pytest.mark.parametrize("kills", [12, pytest.param(300, marks=[pytest.mark.prove, pytest.mark.timeout(1_800)])])
def test_kills_lose_nothing_and_double_nothing(url: str, path: Path, kills: int) -> None:  # noqa: PLR0915 - one story
    """Facts, steps with their mails, runs, seals and the time between are whole after kills at random moments."""
    chance = random.SystemRandom()  # the moment of a kill cannot be repeated anyway
    acknowledged: list[tuple[str, int | str]] = []
    durable: dict[int, int] = {}
    begun: list[int] = []
    for session in range(kills):
        words = 0 if session % EARLY_EVERY == 0 else chance.randint(1, WORDS_MAX)
        if session in WHOLE:
            words = WORDS_MAX
        messages = killed(url, session, chance.uniform(0, LIFE_SECONDS_MAX), words)
        acknowledged += messages
        begun += [session] if messages else []
        durable[session] = max((int(word) for kind, word in messages if kind == "durable"), default=0)
    assert len(begun) >= kills - len(range(0, kills, EARLY_EVERY))

    if url.startswith("sqlite"):
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []

    with open_store(url, create=True) as store:
        store.open_session(HERE, begins(kills))
        facts = Counter(kept.subject for kept in store.facts())
        assert {word for kind, word in acknowledged if kind == "fact"} <= set(facts)
        assert set(facts.values()) <= {1}

        steps = [event.number for event in store.claim_events("c")]
        assert steps == list(range(1, len(steps) + 1))
        assert {word for kind, word in acknowledged if kind == "step"} <= set(steps)
        assert [waiting.mail.message_id for waiting in store.outbox()] == [f"<{number}@x>" for number in steps]

        absences = store.absences(EVER)
        runs = store.runs([f"acme/{probe}" for probe in range(PROBES)], EVER)
        contexts = store.failures([f"acme/{probe}" for probe in range(PROBES)], EVER, 1_000_000)
        verified = store.verify()
        assert verified.seals > 0
        assert verified.problems == ()

    last: dict[int, Instant] = {}
    for probe in range(PROBES):
        kept = runs[f"acme/{probe}", HERE]
        assert all(before.last < after.first for before, after in pairwise(kept))
        for session in range(kills):
            mine = [run for run in kept if begins(session) <= run.first < begins(session + 1)]
            end = mine[-1].last if mine else 0
            assert end >= durable[session]
            # What is on disk is exactly what was seen up to some instant: no observation is missing or doubled.
            seen = []
            for observation in observed(session, probe) if mine else ():
                if observation.at > end:
                    break
                seen.append(observation)
            assert mine == list(runs_of(seen, STALE))
            last[session] = max(last.get(session, 0), end)
    not_passed = {(each.observation.probe, each.observation.at) for each in contexts}
    assert len(not_passed) == len(contexts) > 0

    assert {absence.reason for absence in absences} == {DAEMON_OFF}
    off = Spans.of(absence.until(0).span for absence in absences)
    for session, following in pairwise([*begun, kills]):
        between = Span(max(last[session], begins(session)), begins(following))
        # Observations and the sign of life are durable together: from the last one on nobody measured.
        assert off.clip(between) == Spans.one(*between)
        assert not off.clip(Span(begins(session), between.start))

    counted = Counter(kind for kind, _ in acknowledged)
    print(  # noqa: T201 - the table of docs/performance.md
        f"| {url.partition(':')[0]} | {kills} | {len(begun)} | {counted['fact']} / {len(facts)} |"
        f" {counted['step']} / {len(steps)} | {len(steps)} | {sum(map(len, runs.values()))} | {len(contexts)} |"
        f" {len(absences)} | {verified.seals} |"
    )
