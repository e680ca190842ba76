"""`kill -9` at moments that a seed chooses: what was committed stays, once, and each gap has its reason."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.daemon.running import files, listener, now, running, service, until
from tests.delivery.servers import Mailbox, real_server
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import DAEMON_OFF, Fact, KeptAbsence, Mail, MailKind, MailState

SEED = 20_261_122
KILLS = 3


def record(database: Path) -> tuple[Sequence[Run], list[KeptAbsence]]:
    """What a reader sees."""
    everything = Span(0, now() + SECOND)
    with open_store(f"sqlite:///{database}", create=False) as store:
        return store.runs(["acme/voice"], everything).get(("acme/voice", "test-1"), []), store.absences(everything)


def stated(database: Path, number: int) -> int:
    """A person states something while the daemon runs; returns the number of the fact."""
    fact = Fact("condition", f"c{number}", {"state": "yes"}, at=now(), known_at=now(), by="ana", agreement="acme")
    with open_store(f"sqlite:///{database}", create=False) as store:
        return store.append_fact(fact)


async def test_kills_lose_nothing_that_was_committed(tmp_path: Path) -> None:
    """After each kill the record holds all that was read before it, and no answer of the service twice."""
    moments = random.Random(SEED)
    async with service() as watched, listener() as one, listener() as two:
        own = files(tmp_path / "own", watched.port, (one.port, two.port))
        before: Sequence[Run] = []
        facts: list[int] = []
        for _ in range(KILLS):
            async with running(own) as daemon:
                await watched.become(moments.choice(["ok", "errors"]))
                facts.append(stated(own.database, len(facts)))
                await asyncio.sleep(moments.uniform(0.3, 2.5))
                before = record(own.database)[0]
                assert await daemon.end(signal.SIGKILL) == -signal.SIGKILL
            runs, absences = record(own.database)
            after = {(run.first, run.outcome): run for run in runs}
            assert len(after) == len(runs), f"seed {SEED}"
            for run in before:
                kept = after[run.first, run.outcome]
                assert (kept.reason, kept.last >= run.last, kept.count >= run.count) == (run.reason, True, True)
            heard = sum(run.count for run in runs if run.outcome is Outcome.PASS or run.reason is Reason.STATUS)
            assert heard <= len(watched.answered), f"seed {SEED}"
        # Each start after the first one names the time since the last sign of life.
        assert [absence.reason for absence in absences] == [DAEMON_OFF] * (KILLS - 1)
        for absence in absences:
            assert absence.end is not None
            assert not [run for run in runs if absence.start < run.first < absence.end]
        with open_store(f"sqlite:///{own.database}", create=False) as store:
            assert [fact.id for fact in store.facts()] == facts


LETTERS = 600
"""More than leave in all lives but the last one."""
WAITS = (MailState.PENDING, MailState.SENDING)


def arrived(mailbox: Mailbox) -> Counter[str]:
    """How often each letter came to the one real server, by its number."""
    return Counter(str(each.content).partition("letter ")[2].partition("\\r")[0] for each in mailbox.received)


@pytest.mark.prove
@pytest.mark.timeout(1_800)
async def test_no_letter_leaves_twice(tmp_path: Path) -> None:
    """Killed while letters leave, again and again: a vendor gets each once at most, our own people once at least."""
    moments, kills, mailbox = random.Random(SEED), 20, Mailbox()
    async with service() as watched, listener() as one, listener() as two, real_server(mailbox) as mail:
        own = files(tmp_path / "own", watched.port, (one.port, two.port), mail)
        with open_store(f"sqlite:///{own.database}", create=True) as store:
            for number in range(LETTERS):
                kind = MailKind.VENDOR if number % 2 else MailKind.INTERNAL
                letter = f"Subject: letter {number}\r\n\r\n".encode()
                store.queue_mail(Mail(kind, f"<{number}@x>", (f"{kind}@acme.example",), "letter", letter, number))
        for _ in range(kills):
            heard = len(mailbox.received)

            async def has_begun(heard: int = heard) -> bool:
                return len(mailbox.received) > heard

            async with running(own, ready=False) as daemon:
                await until(has_begun, lambda: "".join(daemon.log))
                await asyncio.sleep(moments.uniform(0, 0.1))
                assert await daemon.end(signal.SIGKILL) == -signal.SIGKILL
        assert len(arrived(mailbox)) < LETTERS
        with open_store(f"sqlite:///{own.database}", create=False) as store:

            async def is_empty() -> bool:
                return not store.outbox(WAITS)

            async with running(own) as daemon:
                await until(is_empty, lambda: "".join(daemon.log))
                assert await daemon.end() == 0
            states = {each.mail.message_id.strip("<>").partition("@")[0]: each for each in store.outbox()}
    came, doubtful = arrived(mailbox), 0
    for each in range(LETTERS):
        kept, times = states[str(each)], came[str(each)]
        if kept.mail.kind is MailKind.INTERNAL:
            assert (kept.state, times >= 1) == (MailState.SENT, True), each
        else:  # of one in doubt nobody knows whether it came, and a person decides
            assert kept.state in {MailState.SENT, MailState.DOUBTFUL}, each
            assert times == 1 if kept.state is MailState.SENT else times <= 1, each
            doubtful += kept.state is MailState.DOUBTFUL
    assert doubtful <= kills
