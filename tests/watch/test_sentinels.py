"""Sentinels: shared for a second, bounded in time, at different places, never this machine. Clock steps and slews."""

from __future__ import annotations

import asyncio

import pytest

from tests.sim.virtual import VirtualClock, run
from uptime_daemon.core.facts.attempt import Vote
from uptime_daemon.core.facts.timeline import Absence
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND, Duration, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.loopback import is_loopback
from uptime_daemon.watch.clockoffset import clock_offset
from uptime_daemon.watch.clockstep import Reading, is_step, step_absence
from uptime_daemon.watch.sentinels import Heard, Sentinel, SentinelKind, Sentinels

QUAD9 = Sentinel(SentinelKind.TCP, "9.9.9.9:53", "quad9")
DEBIAN = Sentinel(SentinelKind.HTTPS, "https://www.debian.org/", "debian")


class Places:
    """Places that answer, refuse or hang, after some time."""

    def __init__(self, clock: VirtualClock, **answers: bool | OSError | None) -> None:
        self.clock, self.answers, self.asked = clock, answers, 0

    async def knock(self, sentinel: Sentinel) -> Heard:
        """Ask one."""
        self.asked += 1
        answer = self.answers[sentinel.place]
        await self.clock.sleep(HOUR if answer is None else SECOND // 20)
        if isinstance(answer, OSError):
            raise answer
        return Heard(bool(answer))


@pytest.mark.parametrize(
    ("quad9", "debian", "votes", "seconds"),
    [
        (True, True, (True, True), 0.05),
        (False, True, (False, True), 0.05),
        (ConnectionRefusedError(), None, (False, False), 3),
        (None, True, (False, True), 3),
    ],
)
def test_every_sentinel_votes_in_time(
    quad9: bool | OSError | None, debian: bool | OSError | None, votes: tuple[bool, bool], seconds: float
) -> None:
    """An answer is a yes; a no, a refusal and a silence of three seconds are a no."""

    async def world(clock: VirtualClock) -> None:
        places = Places(clock, quad9=quad9, debian=debian)
        verdict = await Sentinels([QUAD9, DEBIAN], places.knock, clock).verdict()
        assert verdict == (Vote("quad9", votes[0]), Vote("debian", votes[1], by_name=True))
        assert clock.elapsed() / SECOND == pytest.approx(seconds, abs=0.01)

    run(world)


def test_verdict_is_shared_for_a_second() -> None:
    """A thousand fails at once ask once; a fail after a second asks anew."""

    async def world(clock: VirtualClock) -> None:
        places = Places(clock, quad9=True, debian=False)
        sentinels = Sentinels([QUAD9, DEBIAN], places.knock, clock)
        verdicts = await asyncio.gather(*(sentinels.verdict() for _ in range(1_000)))
        assert set(verdicts) == {(Vote("quad9", passed=True), Vote("debian", passed=False, by_name=True))}
        await clock.sleep(SECOND * 9 // 10)
        await sentinels.verdict()
        assert places.asked == 2
        await clock.sleep(SECOND // 10)
        await sentinels.verdict()
        assert places.asked == 4

    run(world)


def test_whoever_stops_waiting_takes_the_verdict_from_nobody() -> None:
    """A waiting probe may be given up; if it was the one that asked, the next one asks anew."""

    async def world(clock: VirtualClock) -> None:
        places = Places(clock, quad9=True, debian=True)
        sentinels = Sentinels([QUAD9, DEBIAN], places.knock, clock)
        asking, waiting, given_up = (asyncio.create_task(sentinels.verdict()) for _ in range(3))
        await clock.sleep(SECOND // 50)
        given_up.cancel()
        assert len(await waiting) == len(await asking) == 2
        await clock.sleep(2 * SECOND)
        asking = asyncio.create_task(sentinels.verdict())
        await clock.sleep(SECOND // 50)
        asking.cancel()
        await asyncio.gather(asking, given_up, return_exceptions=True)
        assert len(await sentinels.verdict()) == 2
        assert places.asked == 6

    run(world)


def test_mistake_in_a_knock_is_loud() -> None:
    """What is no trouble of the world is a mistake of ours, and nobody takes it for a no."""

    async def world(clock: VirtualClock) -> None:
        async def knock(sentinel: Sentinel) -> Heard:
            raise ZeroDivisionError(sentinel.place)

        with pytest.raises(ZeroDivisionError):
            await Sentinels([QUAD9, DEBIAN], knock, clock).verdict()

    run(world)


LOOPBACK = ["127.0.0.1", "127.8.8.8", "127.1", "0x7f000001", "2130706433", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"]


@pytest.mark.parametrize("host", [*LOOPBACK, "localhost", "my.localhost"])
def test_loopback_is_no_sentinel(host: str) -> None:
    """This machine always answers itself, however its name is written; a demonstration may say so."""
    address = f"[{host}]:53" if ":" in host else f"{host}:53"
    near = Sentinel(SentinelKind.TCP, address, "near")

    async def world(clock: VirtualClock) -> None:
        places = Places(clock)
        with pytest.raises(ValueError, match="this machine"):
            Sentinels([QUAD9, near], places.knock, clock)
        Sentinels([QUAD9, near], places.knock, clock, loopback=True)

    run(world)
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["9.9.9.9", "debian.org", "localhost.example", "2620:fe::fe", "128.0.0.1"])
def test_elsewhere_is_elsewhere(host: str) -> None:
    """Other places may be sentinels."""
    assert not is_loopback(host)


@pytest.mark.parametrize("places", [["quad9"], ["quad9", "quad9"], ["quad9", "debian", "quad9"], []])
def test_two_different_places_are_needed(places: list[str]) -> None:
    """One place alone could itself be down, so there are two or more, each named once."""

    async def world(clock: VirtualClock) -> None:
        sentinels = [Sentinel(SentinelKind.TCP, "9.9.9.9:53", place) for place in places]
        with pytest.raises(ValueError, match="2 different places"):
            Sentinels(sentinels, Places(clock).knock, clock)

    run(world)


def test_one_host_is_one_place_whatever_it_is_called() -> None:
    """Two names for one machine fail together; beside another host they may stand."""

    async def world(clock: VirtualClock) -> None:
        same = [Sentinel(SentinelKind.TCP, f"9.9.9.9:{port}", f"port {port}") for port in (53, 443)]
        with pytest.raises(ValueError, match=r"all sentinels are one host, 9\.9\.9\.9; write a second one elsewhere"):
            Sentinels(same, Places(clock).knock, clock)
        Sentinels([*same, DEBIAN], Places(clock).knock, clock)

    run(world)


@pytest.mark.parametrize(
    ("kind", "address", "place"),
    [
        (SentinelKind.TCP, "9.9.9.9", "quad9"),
        (SentinelKind.TCP, "9.9.9.9:99999", "quad9"),
        (SentinelKind.TCP, ":53", "quad9"),
        (SentinelKind.TCP, "9.9.9.9:53", ""),
        (SentinelKind.TCP, "https://www.debian.org/", "debian"),
        (SentinelKind.HTTPS, "http://www.debian.org/", "debian"),
        (SentinelKind.HTTPS, "https:///", "debian"),
    ],
)
def test_what_is_no_sentinel(kind: SentinelKind, address: str, place: str) -> None:
    """An address without host, port or place is refused with an example."""
    with pytest.raises(ValueError, match="is no sentinel; write one such as"):
        Sentinel(kind, address, place)


def test_parts_of_a_sentinel() -> None:
    """Host and port are what is connected to."""
    assert (QUAD9.host, QUAD9.port, DEBIAN.host, DEBIAN.port) == ("9.9.9.9", 53, "www.debian.org", 443)
    assert Sentinel(SentinelKind.TCP, "[2620:fe::fe]:53", "quad9").host == "2620:fe::fe"


@pytest.mark.parametrize(
    ("passed", "told", "expected"),
    [
        (SECOND, SECOND, False),
        (SECOND, SECOND + SECOND // 2 + 1_000, False),
        (SECOND, SECOND + SECOND // 2 + 1_001, True),
        (SECOND, SECOND // 2 - 1_000, False),
        (SECOND, SECOND // 2 - 1_001, True),
        (DAY, DAY + 40 * SECOND, False),  # a clock slewed at full speed for a day
        (DAY, DAY + HOUR, True),
        (0, -HOUR, True),
    ],
)
def test_step_of_the_clock(passed: int, told: int, expected: bool) -> None:
    """More than half a second beyond what slewing can do is a step, either way."""
    before = Reading(10**15, 77)
    assert is_step(before, Reading(before.now + told, before.elapsed + passed)) is expected


def test_doubtful_stretch_of_a_step() -> None:
    """A step forward skips a stretch, a step back tells one twice."""
    assert step_absence(Reading(100, 1), Reading(900, 2)) == Absence(Span(100, 900), "clock_step")
    assert step_absence(Reading(900, 1), Reading(100, 2)) == Absence(Span(100, 900), "clock_step")


def test_clock_is_compared_with_those_that_tell_the_time() -> None:
    """Each vote keeps the offset that its place showed; the median of a verdict stands until another tells the time."""

    async def world(clock: VirtualClock) -> None:
        offsets: dict[str, Duration | None] = {"a": 40, "b": None, "c": -7, "d": 9_000_000}

        async def knock(sentinel: Sentinel) -> Heard:
            return Heard(True, offsets[sentinel.place])

        places = [Sentinel(SentinelKind.TCP, f"192.0.2.{n}:53", name) for n, name in enumerate(offsets, start=1)]
        sentinels = Sentinels(places, knock, clock)
        votes = await sentinels.verdict()
        assert [vote.clock_offset for vote in votes] == [40, None, -7, 9_000_000]
        assert sentinels.clock_offset == 40
        offsets.update(dict.fromkeys(offsets))
        await clock.sleep(2 * SECOND)
        assert [vote.clock_offset for vote in await sentinels.verdict()] == [None] * 4
        assert sentinels.clock_offset == 40

    run(world)


@pytest.mark.parametrize(
    ("date", "offset"),
    [
        ("Sun, 22 Nov 2026 23:00:00 GMT", 0),
        ("Sun, 22 Nov 2026 22:59:50 GMT", 10 * SECOND),
        ("Sun, 22 Nov 2026 23:00:01 GMT", -SECOND),
        ("Mon, 23 Nov 2026 00:00:00 +0100", 0),
        ("Sun, 22 Nov 2026 23:00:00 -0000", None),
        ("now", None),
        ("", None),
        ("Sun, 22 Nov 99999 23:00:00 GMT", None),
        ("Sun, 99 Nov 2026 23:00:00 GMT", None),
    ],
)
def test_offset_of_a_date(date: str, offset: Duration | None) -> None:
    """A date is the second that has begun, told half a trip ago; what is none tells nothing."""
    at = parse_instant("2026-11-22T23:00:00Z") + SECOND // 2 + 200_000
    assert clock_offset(date, at, 400_000) == offset
