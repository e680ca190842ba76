"""The worker: what it does with each fate of a mail, how long it waits, what a bad outbox or an end does to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import pytest

from tests.delivery.servers import Mailbox, Server, real_server, scripted_server
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, Duration, Instant
from uptime_daemon.delivery.fate import Fate, Talk
from uptime_daemon.delivery.outbox import Delivery, Way, deliver, deliver_due
from uptime_daemon.delivery.ports import Due, DueMail, OutboxError
from uptime_daemon.delivery.smtp import PATIENCE, Relay, Timeouts, by_mail

NOW = 1_780_000_000 * SECOND
QUICK = Timeouts(connect_seconds=0.3, command_seconds=0.3, content_seconds=0.3, quit_seconds=0.1)
MIME = b"Subject: s\r\n\r\ntext\r\n"


D = TypeVar("D", bound=Due)


@dataclass
class ListedOutbox(Generic[D]):
    """An outbox in memory that notes every step and fails as often as it is told."""

    mails: list[D]
    steps: list[tuple[str, int, str]] = field(default_factory=list)
    busy: dict[str, int] = field(default_factory=dict)
    taken_by_others: frozenset[int] = frozenset()

    def _note(self, step: str, mail_id: int, words: str = "") -> None:
        if self.busy.get(step, 0) > 0:
            self.busy[step] -= 1
            raise OutboxError("the database is locked")
        self.steps.append((step, mail_id, words))

    async def due(self, at: Instant) -> list[D]:
        """Every mail, once."""
        self._note("due", at)
        mails, self.mails = self.mails, []
        return mails

    async def taken(self, mail_id: int) -> bool:
        """Ours, unless others have it."""
        self._note("taken", mail_id)
        return mail_id not in self.taken_by_others

    async def sent(self, mail_id: int, at: Instant, talk: Talk) -> None:
        """Noted."""
        assert at >= NOW
        self._note("sent", mail_id, talk.reply)

    async def later(self, mail_id: int, at: Instant, why: str) -> None:
        """Noted with the wait in seconds."""
        self._note(f"later {(at - NOW) // SECOND}", mail_id, why)

    async def doubtful(self, mail_id: int, why: str) -> None:
        """Noted."""
        self._note("doubtful", mail_id, why)

    async def failed(self, mail_id: int, why: str) -> None:
        """Noted."""
        self._note("failed", mail_id, why)

    @property
    def fates(self) -> list[str]:
        """What became of the mails."""
        return [step for step, _, _ in self.steps if step not in {"due", "taken"}]


@dataclass
class StillClock:
    """Time that stands; waits are noted and end at once."""

    waits: list[Duration] = field(default_factory=list)

    def now(self) -> Instant:
        """Always the same instant."""
        return NOW

    def elapsed(self) -> Duration:
        """As long as all waits together."""
        return sum(self.waits)

    async def sleep(self, duration: Duration) -> None:
        """End at once."""
        self.waits.append(duration)
        await asyncio.sleep(0)


def _mail(number: int = 1, *, vendor: bool = True, attempts: int = 0) -> DueMail:
    return DueMail(number, vendor, ("credits@vendor.example",), MIME, attempts)


def _way(port: int) -> Way[DueMail]:
    return by_mail(Relay(Server(port), "claims@acme.example", QUICK))


async def test_sent_with_the_servers_words() -> None:
    """A mail is taken, handed over, and recorded as sent with what the server said."""
    outbox, told = ListedOutbox([_mail(7)]), list[Delivery[DueMail]]()
    async with real_server(mailbox := Mailbox()) as port:
        await deliver_due(outbox, _way(port), StillClock(), told.append)
    assert [step for step, _, _ in outbox.steps] == ["due", "taken", "sent"]
    assert outbox.steps[-1] == ("sent", 7, "250 2.0.0 queued as 4711")
    assert len(mailbox.received) == 1
    assert [(each.due.id, each.talk.fate) for each in told] == [(7, Fate.SENT)]


async def test_mail_that_another_worker_took() -> None:
    """A mail that somebody else has taken meanwhile is not sent by us."""
    outbox = ListedOutbox([_mail(7)], taken_by_others=frozenset({7}))
    async with real_server(mailbox := Mailbox()) as port:
        await deliver_due(outbox, _way(port), StillClock(), lambda _: None)
    assert outbox.fates == []
    assert mailbox.received == []


@pytest.mark.parametrize(("vendor", "fate"), [(True, "doubtful"), (False, "later 60")])
async def test_doubt_is_decided_by_whom_it_is_for(vendor: bool, fate: str) -> None:
    """After a cut connection a vendor's mail waits for a person, our own people's is sent again."""
    outbox = ListedOutbox([_mail(vendor=vendor)])
    async with scripted_server(content=None) as port:
        await deliver_due(outbox, _way(port), StillClock(), lambda _: None)
    assert outbox.fates == [fate]


async def test_refused_mail_is_not_tried_again() -> None:
    """A 5xx about the mail ends it, with the reason, for whomever it is."""
    outbox = ListedOutbox([_mail(1), _mail(2, vendor=False)])
    async with real_server(Mailbox({"credits@vendor.example": "550 no such user"})) as port:
        await deliver_due(outbox, _way(port), StillClock(), lambda _: None)
    assert [(step, words) for step, _, words in outbox.steps if step == "failed"] == [
        ("failed", "550 no such user")
    ] * 2


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 60), (1, 120), (2, 240), (5, 1_920), (6, 3_600), (100, 3_600)])
async def test_back_off(attempts: int, seconds: int) -> None:
    """A 451 waits one minute, then twice as long each time, an hour at most."""
    outbox = ListedOutbox([_mail(attempts=attempts)])
    async with real_server(Mailbox({"credits@vendor.example": "451 greylisted"})) as port:
        await deliver_due(outbox, _way(port), StillClock(), lambda _: None)
    assert outbox.fates == [f"later {seconds}"]


async def test_giving_up_is_said() -> None:
    """After five days of tries the mail fails, and the last reason stands beside it."""
    outbox = ListedOutbox([_mail(attempts=PATIENCE.attempts_max - 1)])
    async with real_server(Mailbox({"credits@vendor.example": "451 greylisted"})) as port:
        await deliver_due(outbox, _way(port), StillClock(), lambda _: None)
    assert outbox.steps[-1] == ("failed", 1, f"given up after {PATIENCE.attempts_max} attempts: 451 greylisted")


def test_tries_last_five_days() -> None:
    """All waits together come to the give-up time that RFC 5321 asks for: between four and six days."""
    total = sum(PATIENCE.delay(attempts) for attempts in range(1, PATIENCE.attempts_max))
    assert 4 * 24 * HOUR < total < 6 * 24 * HOUR
    assert PATIENCE.delay(1) == MINUTE


async def test_locked_database_before_the_talk_sends_nothing() -> None:
    """As long as `sending` is not on disk, no word is said to the server."""
    for step in ("due", "taken"):
        outbox = ListedOutbox([_mail()], busy={step: 1})
        async with real_server(mailbox := Mailbox()) as port:
            await deliver_due(outbox, _way(port), StillClock(), lambda _: None)
        assert mailbox.received == []
        assert outbox.fates == []


async def test_locked_database_after_the_talk_is_waited_for() -> None:
    """What became of a mail is written again and again for a minute, and the mail is not sent a second time."""
    outbox, clock = ListedOutbox([_mail()], busy={"sent": 3}), StillClock()
    async with real_server(mailbox := Mailbox()) as port:
        await deliver_due(outbox, _way(port), clock, lambda _: None)
    assert outbox.fates == ["sent"]
    assert clock.waits == [5 * SECOND] * 3
    assert len(mailbox.received) == 1


async def test_end_lets_a_talk_come_to_its_end() -> None:
    """Cancelling the worker while the server thinks still records that the mail was taken."""
    outbox, begun = ListedOutbox([_mail()]), asyncio.Event()

    class Thoughtful(Mailbox):
        async def handle_DATA(self, *parts: object) -> str:  # noqa: N802 - the library's name
            """Take the content after a while."""
            del parts
            begun.set()
            await asyncio.sleep(0.2)
            return "250 taken"

    async with real_server(Thoughtful()) as port:
        worker = asyncio.create_task(deliver(outbox, _way(port), StillClock(), lambda _: None))
        await asyncio.wait_for(begun.wait(), 60)
        worker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(worker, 60)
    assert outbox.fates == ["sent"]


async def test_worker_looks_again_and_again() -> None:
    """The worker asks every few seconds and ends when it is cancelled."""
    enough = asyncio.Event()

    class CountingClock(StillClock):
        async def sleep(self, duration: Duration) -> None:
            """Tell after the third wait."""
            await super().sleep(duration)
            if len(self.waits) == 3:
                enough.set()

    outbox, clock = ListedOutbox[DueMail]([]), CountingClock()
    worker = asyncio.create_task(deliver(outbox, _way(9), clock, lambda _: None))
    await asyncio.wait_for(enough.wait(), 60)
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    assert set(clock.waits) == {5 * SECOND}
