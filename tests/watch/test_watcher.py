"""The watch as a whole: cadence, repeats, doubts, limits, pauses, reloads, mistakes, all in virtual time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from tests.sim.virtual import START, VirtualClock, run
from tests.watch.fakes import FAILED, PASSED, SILENT, Endpoint, Kept, Sight, first_due, probe, target, watching
from uptime_daemon.core.facts.attempt import Attempt, Vote
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.facts.probe import DOUBTED_WITHIN, Confirmation
from uptime_daemon.core.facts.run import runs_of, started
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.facts.timeline import probe_timeline
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.watch.admission import Limits, Skip
from uptime_daemon.watch.confirmation import Changed
from uptime_daemon.watch.schedule import phase
from uptime_daemon.watch.watcher import Watcher

INTERVAL = 30 * SECOND


def test_probe_is_tried_on_its_grid() -> None:
    """An hour at 30 s is 120 observations, each at the probe's own place in its interval, to the millisecond."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock)
        async with watching(clock, target(endpoint)) as (_, kept):
            await clock.sleep(HOUR)
        assert len(kept.observations) == len(kept.attempts) == 120
        late = [(each.at - phase("vendor/web", INTERVAL)) % INTERVAL for each in kept.observations]
        assert max(late) < 1_000
        assert {each.duration // 1_000 for each in kept.observations} == {50}
        assert kept.changes == [Changed("vendor/web", "here", State.UP, kept.observations[0].at)]
        assert (kept.failures, kept.skips, kept.absences) == ([], [], [])

    run(world)


def test_edges_are_looked_at_closely() -> None:
    """From the first fail on the probe is tried every 5 s until the outage is confirmed, back to its first fail."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, lambda number: FAILED if 4 <= number <= 10 else PASSED)
        async with watching(clock, target(endpoint)) as (watcher, kept):
            await clock.sleep(5 * MINUTE)
            assert watcher.standing("vendor/web").state is State.UP
        distances = [round((after.at - before.at) / SECOND) for before, after in pairwise(kept.observations)]
        assert distances[:10] == [30, 30, 30, 5, 5, 20, 30, 30, 30, 30]
        first_fail, first_pass = kept.observations[3].at, kept.observations[10].at
        assert [(change.state, change.since) for change in kept.changes[1:]] == [
            (State.DOWN, first_fail),
            (State.UP, first_pass),
        ]
        assert [vote.passed for vote in kept.failures[0].votes] == [False, True]
        assert kept.failures[0].attempt is FAILED

    run(world)


def test_slow_fails_repeat_without_overlap() -> None:
    """A probe whose timeout is longer than its repeat is tried again as soon as the try before has ended."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, lambda _: SILENT, takes=10 * SECOND)
        async with watching(clock, target(endpoint)) as (_, kept):
            await clock.sleep(first_due(clock, probe()) + 31 * SECOND)
        assert [round((each.at - kept.observations[0].at) / SECOND) for each in kept.observations] == [0, 10, 20]
        assert endpoint.present_max == 1
        assert [change.state for change in kept.changes] == [State.DOWN]

    run(world)


def test_slow_prober_skips_its_own_slots() -> None:
    """A probe that takes longer than its interval is never in flight twice; the slots in between are skipped."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, takes=INTERVAL + SECOND)
        async with watching(clock, target(endpoint, timeout=MINUTE)) as (_, kept):
            await clock.sleep(first_due(clock, probe()) + 4 * INTERVAL - SECOND)
        assert [each.outcome for each in kept.observations] == [Outcome.PASS, Outcome.PASS]
        assert kept.skips == [("vendor/web", Skip.STILL_RUNNING, 1)] * 2
        assert endpoint.present_max == 1

    run(world)


def test_attempts_that_outlast_many_intervals_are_no_gap() -> None:
    """However short the interval, what is silent is down from its first fail to its first pass, live and on record."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, lambda number: SILENT if number <= 20 else PASSED, takes=10 * SECOND)
        asked = target(endpoint, interval=2 * SECOND, repeat=SECOND)
        async with watching(clock, asked, sight=Sight(clock=clock, takes=DOUBTED_WITHIN)) as (_, kept):
            await clock.sleep(6 * MINUTE)
        observations, stale_after = kept.observations, asked.probe.cadence.stale_after
        first_fail, first_pass = observations[0].at, observations[20].at
        assert [(each.state, each.since) for each in kept.changes] == [(State.DOWN, first_fail), (State.UP, first_pass)]
        window = Span(first_fail, observations[-1].at)
        on_record = probe_timeline(list(runs_of(observations, stale_after)), window, Confirmation(), stale_after)
        assert on_record.point == Spans.one(first_fail, first_pass)
        assert not on_record.unknown

    run(world)


def test_outage_confirmed_by_several_passes() -> None:
    """With two passes needed the end is looked at closely, too, and back-dated to the first pass."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, lambda number: FAILED if number == 1 else PASSED)
        asked = target(endpoint, confirmation=Confirmation(fails=1, passes=2))
        async with watching(clock, asked) as (_, kept):
            await clock.sleep(2 * MINUTE)
        at = [each.at for each in kept.observations]
        assert [round((after - before) / SECOND) for before, after in pairwise(at[:4])] == [30, 5, 25]
        assert [(change.state, change.since) for change in kept.changes] == [(State.DOWN, at[0]), (State.UP, at[1])]

    run(world)


def test_blind_vantage_blames_nobody() -> None:
    """If no sentinel answers, a fail becomes an error of ours, with the votes and what the prober saw."""

    async def world(clock: VirtualClock) -> None:
        sight = Sight(sees=False)
        async with watching(clock, target(Endpoint(clock, lambda _: SILENT)), sight=sight) as (_, kept):
            await clock.sleep(2 * MINUTE)
        assert {(each.outcome, each.reason) for each in kept.observations} == {(Outcome.ERROR, Reason.SENTINELS)}
        assert kept.failures[0].attempt is SILENT
        assert [vote.place for vote in kept.failures[0].votes] == ["quad9", "debian"]
        assert kept.changes == []
        assert sight.asked == len(kept.observations) == 4

    run(world)


@pytest.mark.parametrize("seen", [Reason.NAME_NOT_FOUND, Reason.CERTIFICATE, Reason.CONNECTION_REFUSED])
@pytest.mark.parametrize(
    ("votes", "named"),
    [
        ([(True, False), (False, True)], False),
        ([(True, False), (False, True), (False, True)], False),
        ([(True, False), (False, True), (True, True)], True),
        ([(True, False), (False, False)], True),
        ([(False, False), (False, True)], None),
    ],
)
def test_what_names_and_certificates_say_takes_a_name_that_is_well(
    votes: list[tuple[bool, bool]], named: bool | None, seen: Reason
) -> None:
    """Who answers by its address vouches for the way, neither for the resolver nor for who answers in its stead."""
    doubts = {Reason.NAME_NOT_FOUND: Reason.RESOLVER, Reason.CERTIFICATE: Reason.SENTINELS}
    reason = Reason.SENTINELS if named is None else seen if named else doubts.get(seen, seen)

    class Names(Sight):
        async def verdict(self) -> tuple[Vote, ...]:
            """Whether each passed, and whether it has a name."""
            return tuple(Vote(str(n), passed, None, named) for n, (passed, named) in enumerate(votes))

    async def world(clock: VirtualClock) -> None:
        failed = Attempt(Outcome.FAIL, seen, 1, Phase.NAME)
        async with watching(clock, target(Endpoint(clock, lambda _: failed)), sight=Names()) as (_, kept):
            await clock.sleep(first_due(clock, probe()) + SECOND)
        assert kept.reasons == [reason]

    run(world)


def test_a_fail_that_began_blind_is_not_the_vendors() -> None:
    """The sight comes back within an attempt: it began unseen, so it is ours; the next fail is the vendor's."""

    async def world(clock: VirtualClock) -> None:
        sight = Sight()
        endpoint = Endpoint(clock, lambda number: PASSED if number < 3 else SILENT, takes=10 * SECOND)
        async with watching(clock, target(endpoint), sight=sight) as (_, kept):
            await clock.sleep(first_due(clock, probe()) + INTERVAL + 15 * SECOND)
            assert kept.reasons == [Reason.NONE, Reason.NONE]
            sight.sees = False
            await clock.sleep(2 * INTERVAL)
            assert set(kept.reasons[2:]) == {Reason.SENTINELS}
            blind = len(kept.observations)
            await clock.sleep(first_due(clock, probe()) + SECOND)
            sight.sees = True
            await clock.sleep(3 * INTERVAL)
        assert kept.reasons[blind] is Reason.SENTINELS
        assert set(kept.reasons[blind + 1 :]) == {Reason.ANSWER_TIMEOUT}

    run(world)


@pytest.mark.parametrize(("peer", "reason"), [("", Reason.SENTINELS), ("192.0.2.1:443", Reason.ANSWER_TIMEOUT)])
def test_only_who_reached_somebody_vouches_for_the_way(peer: str, reason: Reason) -> None:
    """A report or a local program passes also while the vantage is blind; a peer that answered shows that it sees."""

    async def world(clock: VirtualClock) -> None:
        sight = Sight(sees=False)
        passes = Attempt(Outcome.PASS, Reason.NONE, 1, Phase.ANSWER, peer=peer)
        silent = target(Endpoint(clock, lambda _: SILENT, takes=10 * SECOND))
        other = target(Endpoint(clock, lambda _: passes), "vendor/other", interval=3 * SECOND, repeat=SECOND)
        async with watching(clock, silent, other, sight=sight) as (_, kept):
            await clock.sleep(first_due(clock, probe()) + 12 * SECOND)  # its first attempt ended blind
            await clock.sleep(4 * SECOND)  # the other one passes after that
            failed = len(kept.failures)
            await clock.sleep(first_due(clock, probe()) + SECOND)  # the next one has begun, blind as well
            sight.sees = True
            await clock.sleep(15 * SECOND)
        ours = [each.observation.reason for each in kept.failures[failed:] if each.observation.probe == "vendor/web"]
        assert ours[0] is reason

    run(world)


def test_sentinels_are_not_asked_without_a_fail() -> None:
    """A pass needs no witness, and neither does an error that is ours already."""

    async def world(clock: VirtualClock) -> None:
        refused = Attempt(Outcome.ERROR, Reason.ACCESS_REFUSED, 1, Phase.ANSWER, status=403)
        endpoint, sight = Endpoint(clock, lambda number: refused if number % 2 else PASSED), Sight()
        async with watching(clock, target(endpoint), sight=sight) as (_, kept):
            await clock.sleep(3 * MINUTE)
        assert kept.reasons == [Reason.ACCESS_REFUSED, Reason.NONE] * 3
        assert sight.asked == 0
        assert [change.state for change in kept.changes] == [State.UP, State.UNKNOWN] * 2 + [State.UP]

    run(world)


@pytest.mark.parametrize("step", [2 * SECOND, -2 * SECOND, HOUR])
def test_clock_step_taints_what_was_in_flight(step: int) -> None:
    """Whatever an attempt saw while the clock stepped is an error, and the stretch is told; the grid does not move."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, takes=SECOND)
        async with watching(clock, target(endpoint)) as (_, kept):
            await clock.sleep(first_due(clock, probe()) + SECOND // 2)
            clock.step(step)
            await clock.sleep(2 * MINUTE)
        assert kept.reasons[:3] == [Reason.CLOCK_STEP, Reason.NONE, Reason.NONE]
        assert kept.failures[0].attempt is PASSED
        (absence,) = kept.absences
        before = START + (phase("vendor/web", INTERVAL) - START) % INTERVAL
        assert absence.reason == "clock_step"
        assert absence.span.length == pytest.approx(abs(step + SECOND), abs=2_000)
        assert absence.span.start == pytest.approx(min(before, before + SECOND + step), abs=2_000)
        assert kept.observations[2].at - kept.observations[1].at == pytest.approx(INTERVAL, abs=2_000)

    run(world)


def test_step_between_attempts_taints_none() -> None:
    """A step while nothing is in flight is told as an absence alone."""

    async def world(clock: VirtualClock) -> None:
        async with watching(clock, target(Endpoint(clock))) as (_, kept):
            await clock.sleep(first_due(clock, probe()) + 10 * SECOND)
            clock.step(HOUR)
            await clock.sleep(MINUTE)
        assert set(kept.reasons) == {Reason.NONE}
        (absence,) = kept.absences
        assert absence.span.length == pytest.approx(HOUR + INTERVAL, abs=100_000)

    run(world)


def test_clock_that_went_back_records_nothing_twice() -> None:
    """After a step back nothing is recorded behind what is recorded, the state is unknown, and later all goes on."""

    async def world(clock: VirtualClock) -> None:
        async with watching(clock, target(Endpoint(clock))) as (_, kept):
            await clock.sleep(10 * MINUTE)
            clock.step(-5 * MINUTE)
            last = kept.observations[-1].at
            await clock.sleep(5 * MINUTE + INTERVAL)
        at = [each.at for each in kept.observations]
        assert at == sorted(set(at))
        assert kept.skips == [("vendor/web", Skip.CLOCK_STEP, 1)] * 10
        assert [(change.state, change.since) for change in kept.changes[1:]] == [
            (State.UNKNOWN, last),
            (State.UP, at[-1]),
        ]

    run(world)


@pytest.mark.parametrize(
    ("seen", "blocked", "reason"),
    [
        (SILENT, 2 * SECOND, Reason.LATE_LOOP),
        (SILENT, SECOND // 2, Reason.ANSWER_TIMEOUT),
        (FAILED, 2 * SECOND, Reason.STATUS),
        (PASSED, 2 * SECOND, Reason.NONE),
    ],
)
def test_late_loop_taints_what_hangs_on_time(seen: Attempt, blocked: int, reason: Reason) -> None:
    """A timeout that came while the loop stood still for more than a tenth of it is not trusted; a status is."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, lambda _: seen, takes=10 * SECOND)
        async with watching(clock, target(endpoint)) as (watcher, kept):
            await clock.sleep(first_due(clock, probe()) + 3 * SECOND)
            clock.block(blocked)
            await clock.sleep(8 * SECOND)
            assert watcher.loop_lag < SECOND // 100
        assert kept.reasons == [reason]
        assert kept.skips == []

    run(world)


def test_stopped_process_counts_missed_slots() -> None:
    """Slots that passed while the process stood still are told as missed, not as fails; the grid goes on."""

    async def world(clock: VirtualClock) -> None:
        async with watching(clock, target(Endpoint(clock))) as (_, kept):
            await clock.sleep(first_due(clock, probe()) + 10 * SECOND)
            clock.block(10 * MINUTE)
            await clock.sleep(MINUTE)
        assert kept.skips == [("vendor/web", Skip.LATE_LOOP, 19)]
        assert set(kept.reasons) == {Reason.NONE}
        assert [change.state for change in kept.changes] == [State.UP, State.UNKNOWN, State.UP]
        assert kept.changes[1].since == kept.observations[0].at

    run(world)


def test_broken_prober_is_our_error_and_the_watch_goes_on() -> None:
    """Whatever a prober raises is recorded with its place, without its words, and other probes are not touched."""

    async def world(clock: VirtualClock) -> None:
        async def breaks() -> Attempt:
            raise ValueError("with a secret")

        async def gives_up() -> Attempt:
            raise asyncio.CancelledError

        async def never_ends() -> Attempt:
            await clock.sleep(HOUR)
            return PASSED

        async def leaves() -> Attempt:
            raise SystemExit(3)

        async def tells_nothing() -> None:
            return None

        well = Endpoint(clock)
        acts = (breaks, gives_up, never_ends, leaves, tells_nothing)
        broken = [target(well, f"vendor/{act.__name__}") for act in acts]
        for each, act in zip(broken, acts, strict=True):
            object.__setattr__(each, "attempt", act)
        async with watching(clock, *broken, target(well)) as (_, kept):
            await clock.sleep(2 * MINUTE)
        details = {failure.observation.probe: failure.attempt.detail for failure in kept.failures}
        assert details["vendor/breaks"].startswith("ValueError at test_watcher.py:")
        assert details["vendor/gives_up"].startswith("CancelledError at test_watcher.py:")
        assert details["vendor/never_ends"] == "the prober did not end in time"
        assert details["vendor/leaves"].startswith("SystemExit at test_watcher.py:")
        assert details["vendor/tells_nothing"] == "the prober told no attempt but NoneType"
        assert "secret" not in repr(kept.failures)
        assert {each.reason for each in kept.observations if each.probe != "vendor/web"} == {Reason.PROBER}
        assert {each.reason for each in kept.observations if each.probe == "vendor/web"} == {Reason.NONE}

    run(world)


def test_mistake_of_ours_ends_the_watch() -> None:
    """A sink that breaks is a mistake in the program: the watch ends with its exception."""

    class Broken(Kept):
        def record(self, *_: object) -> None:
            raise ZeroDivisionError

    async def world(clock: VirtualClock) -> None:
        watcher = Watcher("here", clock, Sight(), Broken())
        watcher.watch([target(Endpoint(clock)), target(Endpoint(clock, takes=HOUR), "vendor/slow", timeout=2 * HOUR)])
        with pytest.raises(ExceptionGroup) as ended:
            await watcher.run(asyncio.Event())
        assert ended.group_contains(ZeroDivisionError)

    run(world)


def test_stop_is_prompt_and_leaves_nothing_running() -> None:
    """Told to stop, the watch gives up what is in flight, unseen, and ends at once."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, takes=8 * SECOND)
        async with watching(clock, target(endpoint)) as (watcher, kept):
            await clock.sleep(first_due(clock, probe()) + SECOND)
            assert (watcher.in_flight, endpoint.present) == (1, 1)
            stopped = clock.elapsed()
        assert clock.elapsed() == stopped
        assert (kept.observations, endpoint.present) == ([], 0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(world)


def test_watch_without_probes_rests_and_stops() -> None:
    """With nothing to try the watch waits and still ends when told."""

    async def world(clock: VirtualClock) -> None:
        async with watching(clock) as (_, kept):
            await clock.sleep(HOUR)
            clock.step(MINUTE)
            await clock.sleep(2 * MINUTE)
        assert len(kept.absences) == 1

    run(world)


def test_cancelled_watch_ends_cleanly() -> None:
    """Whoever runs the watch may cancel it instead of telling it to stop."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, takes=8 * SECOND)
        watcher = Watcher("here", clock, Sight(), Kept())
        watcher.watch([target(endpoint)])
        watch = asyncio.create_task(watcher.run(asyncio.Event()))
        await clock.sleep(first_due(clock, probe()) + SECOND)
        watch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watch
        assert endpoint.present == 0

    run(world)


def test_host_is_not_asked_more_than_its_limit_at_once() -> None:
    """A hundred probes of a host that went silent take turns, and none of them is tried so seldom that it is a gap."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, lambda _: SILENT, takes=10 * SECOND)
        names = [f"vendor/{number}" for number in range(100)]
        async with watching(clock, *(target(endpoint, name) for name in names)) as (_, kept):
            await clock.sleep(10 * MINUTE)
        assert endpoint.present_max == Limits().at_host
        for name in names:
            at = [each.at for each in kept.observations if each.probe == name]
            assert max(after - before for before, after in pairwise(at)) < probe().cadence.stale_after
        assert {reason for _, reason, _ in kept.skips} == {Skip.HOST_BUSY, Skip.STILL_RUNNING}

    run(world)


def test_all_attempts_together_are_bounded() -> None:
    """More silent hosts than places: the bound holds, the others wait, and a free place is taken at once."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, lambda _: SILENT, takes=10 * SECOND)
        targets = [target(endpoint, f"vendor/{number}", host=f"host{number}") for number in range(40)]
        async with watching(clock, *targets, limits=Limits(in_flight=7, at_host=2)) as (watcher, kept):
            await clock.sleep(2 * MINUTE)
            assert watcher.in_flight == 7
        assert endpoint.present_max == 7
        assert len(kept.observations) >= 7 * 9
        assert len({each.probe for each in kept.observations}) == 40
        assert Skip.IN_FLIGHT in {reason for _, reason, _ in kept.skips}

    run(world)


def test_overload_is_told_and_blames_nobody() -> None:
    """Twice as many attempts as there are places for: the excess is refused and counted, nobody is down for it."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, takes=10 * SECOND)
        targets = [target(endpoint, f"vendor/{number}", host=f"host{number}") for number in range(30)]
        async with watching(clock, *targets, limits=Limits(in_flight=5)) as (_, kept):
            await clock.sleep(20 * INTERVAL)
        tried = len(kept.observations)
        refused = sum(slots for _, _, slots in kept.skips)
        assert Skip.IN_FLIGHT in {reason for _, reason, _ in kept.skips}
        assert {each.outcome for each in kept.observations} == {Outcome.PASS}
        assert {each.probe for each in kept.observations} == {each.probe.id for each in targets}
        assert tried == pytest.approx(20 * INTERVAL / (10 * SECOND) * 5, abs=10)
        assert tried + refused == pytest.approx(20 * 30, abs=60)
        assert State.DOWN not in {change.state for change in kept.changes}

    run(world)


def test_paused_probe_is_unknown_until_it_is_resumed() -> None:
    """A pause ends the tries but not the one in flight, tells unknown once, and a resumed probe is in its old place."""

    async def world(clock: VirtualClock) -> None:
        endpoint = Endpoint(clock, takes=SECOND)
        async with watching(clock, target(endpoint)) as (watcher, kept):
            await clock.sleep(first_due(clock, probe()) + INTERVAL + SECOND // 2)
            watcher.pause("vendor/web")
            await clock.sleep(10 * MINUTE)
            assert len(kept.observations) == 2
            watcher.pause("vendor/web")
            watcher.watch([target(endpoint)])
            await clock.sleep(MINUTE)
            assert len(kept.observations) == 2
            watcher.resume("vendor/web")
            watcher.resume("vendor/unheard-of")
            await clock.sleep(MINUTE)
        at = [each.at for each in kept.observations]
        assert [(change.state, change.since) for change in kept.changes] == [
            (State.UP, at[0]),
            (State.UNKNOWN, at[0]),
            (State.UP, at[2]),
        ]
        assert (at[2] - at[1]) % INTERVAL == pytest.approx(0, abs=2_000)

    run(world)


def test_reload_keeps_adds_and_removes() -> None:
    """Unchanged probes keep their rhythm, a new one starts, a removed one ends with what was in flight."""

    async def world(clock: VirtualClock) -> None:
        old, kept_on, new = (Endpoint(clock, takes=SECOND) for _ in range(3))
        first = [target(old, "vendor/old"), target(kept_on)]
        async with watching(clock, *first) as (watcher, kept):
            await clock.sleep(first_due(clock, probe("vendor/old")) + INTERVAL + SECOND // 2)
            watcher.watch([target(kept_on), target(new, "vendor/new")])
            await clock.sleep(2 * MINUTE)
        at = [each.at for each in kept.observations if each.probe == "vendor/web"]
        assert {round((after - before) / 10_000) for before, after in pairwise(at)} == {INTERVAL // 10_000}
        assert (old.tries, new.tries) == (2, 4)
        assert [change.state for change in kept.changes if change.probe == "vendor/old"] == [State.UP, State.UNKNOWN]

    run(world)


def test_restart_goes_on_with_the_open_outage() -> None:
    """An outage that was open before a short restart is not told anew and ends with its first pass."""

    async def world(clock: VirtualClock) -> None:
        down = [
            started(Observation("vendor/web", "here", START - at * SECOND, Outcome.FAIL, Reason.STATUS))
            for at in (30, 25, 20)
        ]
        endpoint = Endpoint(clock, lambda number: FAILED if number == 1 else PASSED)
        async with watching(clock, target(endpoint), history={"vendor/web": down}) as (watcher, kept):
            watcher.lapse()
            before = watcher.standing("vendor/web")
            await clock.sleep(MINUTE)
        assert (before.state, before.since) == (State.DOWN, START - 30 * SECOND)
        assert [(change.state, change.since) for change in kept.changes] == [(State.UP, kept.observations[1].at)]

    run(world)


def test_long_absence_ends_what_was_open() -> None:
    """After a gap nobody knows whether the outage went on: unknown since its last fail, then as it is seen."""

    async def world(clock: VirtualClock) -> None:
        down = [
            started(Observation("vendor/web", "here", START - at * MINUTE, Outcome.FAIL, Reason.STATUS))
            for at in (12, 11, 10)
        ]
        async with watching(clock, target(Endpoint(clock)), history={"vendor/web": down}) as (watcher, kept):
            assert watcher.standing("vendor/web").state is State.DOWN  # so that its end is told to whom its start was
            watcher.lapse()
            assert watcher.standing("vendor/web").state is State.UNKNOWN
            await clock.sleep(MINUTE)
        assert [(change.state, change.since) for change in kept.changes] == [
            (State.UNKNOWN, START - 10 * MINUTE),
            (State.UP, kept.observations[0].at),
        ]

    run(world)
