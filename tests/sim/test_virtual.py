"""Virtual time itself: it jumps, keeps order, and refuses what would make it lie."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.sim.virtual import START, VirtualClock, run
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND


def test_a_month_of_minutes_takes_seconds() -> None:
    """Nobody waits for virtual time, and no microsecond of it is lost."""

    async def world(clock: VirtualClock) -> int:
        for _ in range(31 * 24 * 60):
            await clock.sleep(MINUTE)
        return clock.elapsed()

    began = time.process_time()
    passed = run(world)
    assert 31 * DAY <= passed < 31 * DAY + SECOND
    assert time.process_time() - began < 20


def test_timers_keep_their_order() -> None:
    """Whoever waits less comes first, and a timeout ends a wait at its time."""
    told: list[tuple[str, int]] = []

    async def world(clock: VirtualClock) -> None:
        async def wait(name: str, seconds: int) -> None:
            await clock.sleep(seconds * SECOND)
            told.append((name, clock.elapsed()))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wait("slow", 3600))
            tasks.create_task(wait("quick", 5))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(7):
                    await clock.sleep(HOUR)
            told.append(("timeout", clock.elapsed()))

    run(world)
    assert told == [("quick", 5 * SECOND), ("timeout", 7 * SECOND), ("slow", HOUR)]


def test_wall_clock_steps_and_blocked_loop() -> None:
    """A step moves the wall clock alone; a blocked loop moves both clocks and delays every timer."""

    async def world(clock: VirtualClock) -> None:
        clock.step(-HOUR)
        assert (clock.now(), clock.elapsed()) == (START - HOUR, 0)
        waiting = asyncio.create_task(clock.sleep(SECOND))
        await clock.sleep(0)
        clock.block(MINUTE)
        await waiting
        assert clock.elapsed() == MINUTE

    run(world)


def test_threads_and_sockets_are_refused() -> None:
    """What works outside of the loop would make virtual time lie."""

    async def thread(_: VirtualClock) -> None:
        await asyncio.to_thread(print)

    async def connection(_: VirtualClock) -> None:
        await asyncio.open_connection("127.0.0.1", 9)

    for world in (thread, connection):
        with pytest.raises(RuntimeError, match="use fakes"):
            run(world)


def test_waiting_for_nothing_is_noticed() -> None:
    """A world in which everybody waits for ever ends with an error instead of never."""

    async def world(_: VirtualClock) -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="no timer will ever wake anybody"):
        run(world)
