"""Watch, probers, sentinels and clocks together, in real time on real sockets of loopback."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from tests.probers.servers import free_port, http, serving, silence
from tests.probers.test_http import OK, answer
from tests.watch.fakes import Kept, probe
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.probe import Confirmation
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.probers.endpoints.streams import TcpEndpoint
from uptime_daemon.probers.endpoints.web import HttpEndpoint
from uptime_daemon.probers.registry import PROBERS
from uptime_daemon.watch.sentinels import Heard, Sentinel, SentinelKind, Sentinels
from uptime_daemon.watch.watcher import Target, Watcher

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.core.facts.observation import Observation
    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.watch.confirmation import Changed

FAST = {"interval": SECOND // 5, "repeat": SECOND // 20}
PATIENT_SECONDS = 60
"""How long anything may take on a busy machine."""


class Enough(Kept):
    """A sink that tells when it has enough."""

    def __init__(self) -> None:
        super().__init__()
        self.observed_one, self.three_changes = asyncio.Event(), asyncio.Event()

    def measured(self, observation: Observation, attempt: Attempt) -> None:
        """Keep an attempt."""
        super().measured(observation, attempt)
        self.observed_one.set()

    def changed(self, change: Changed) -> None:
        """Keep a change."""
        super().changed(change)
        if len(self.changes) >= 3:
            self.three_changes.set()


def target(equipment: Equipment, endpoint: HttpEndpoint, timeout: Duration) -> Target:
    """A fast probe of a real endpoint."""
    asked = probe("vendor/web", confirmation=Confirmation(fails=3, passes=1), timeout=timeout, **FAST)
    return Target(asked, endpoint.host, partial(PROBERS[endpoint.kind], endpoint, asked.cadence.timeout, equipment))


async def test_outage_is_seen_and_ends(equipment: Equipment) -> None:
    """A server that answers, fails five times and answers again is an outage with its first fail and its first pass."""
    clock, stop = SystemClock(), asyncio.Event()
    kept = Enough()
    with free_port() as dead:
        async with http(OK, OK, *[answer(500)] * 5, OK) as server, serving(silence) as place:

            async def knock(sentinel: Sentinel) -> Heard:
                endpoint = TcpEndpoint(sentinel.host, sentinel.port)
                seen = await PROBERS[endpoint.kind](endpoint, PATIENT_SECONDS * SECOND, equipment)
                return Heard(seen.outcome is Outcome.PASS)

            near = [Sentinel(SentinelKind.TCP, f"127.0.0.1:{port}", str(port)) for port in (dead, place.port)]
            watcher = Watcher("here", clock, Sentinels(near, knock, clock, loopback=True), kept)
            watcher.watch([target(equipment, HttpEndpoint(server.url()), PATIENT_SECONDS * SECOND)])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(watcher.run(stop))
                async with asyncio.timeout(PATIENT_SECONDS):
                    await kept.three_changes.wait()
                stop.set()
    assert [change.state for change in kept.changes] == [State.UP, State.DOWN, State.UP]
    assert [change.since for change in kept.changes[1:]] == [kept.observations[2].at, kept.observations[7].at]
    assert [vote.passed for vote in kept.failures[0].votes] == [False, True]
    assert {failure.observation.reason for failure in kept.failures} == {Reason.STATUS}


async def test_blocked_loop_blames_nobody(equipment: Equipment) -> None:
    """While something blocks the event loop a silent endpoint is an error of ours."""
    clock, stop = SystemClock(), asyncio.Event()
    kept = Enough()
    async with serving(silence) as server:
        near = [Sentinel(SentinelKind.TCP, f"127.0.0.1:{port}", str(port)) for port in (1, 2)]

        async def knock(_: Sentinel) -> Heard:
            return Heard(True)

        watcher = Watcher("here", clock, Sentinels(near, knock, clock, loopback=True), kept)
        watcher.watch([target(equipment, HttpEndpoint(server.url()), SECOND)])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watcher.run(stop))
            await server.asked.wait()
            time.sleep(0.4)  # noqa: ASYNC251 - this is the fault
            async with asyncio.timeout(PATIENT_SECONDS):
                await kept.observed_one.wait()
            stop.set()
    assert kept.reasons[0] is Reason.LATE_LOOP


async def test_clocks_of_the_machine() -> None:
    """The wall clock is in microseconds since 1970, the monotonic one counts what is slept."""
    clock = SystemClock()
    earlier, told, later = time.time_ns(), clock.now(), time.time_ns()
    assert earlier // 1_000 <= told <= later // 1_000
    began, before = time.monotonic_ns(), clock.elapsed()
    await clock.sleep(SECOND // 50)
    await clock.sleep(-1)
    after, ended = clock.elapsed(), time.monotonic_ns()
    assert 20_000 <= after - before <= (ended - began) // 1_000 + 1
