"""When probes are due: spread, on a fixed grid, kept over restarts and reloads; who may be in flight."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sim.virtual import START
from uptime_daemon.core.facts.probe import Cadence, Probe
from uptime_daemon.core.time.instants import HOUR, SECOND
from uptime_daemon.watch.admission import Admission, Limits, Skip
from uptime_daemon.watch.clockstep import Reading
from uptime_daemon.watch.schedule import Schedule, phase

INTERVAL = 30 * SECOND


def probe(name: str, interval: int = INTERVAL) -> Probe:
    """A probe of some group."""
    return Probe(name, "vendor/group", Cadence(interval=interval))


def test_phase_is_the_same_everywhere() -> None:
    """A phase depends on the probe's name alone, not on the process; this very number holds for ever."""
    assert phase("vendor/web", INTERVAL) == 27_952_935


def test_phases_are_spread() -> None:
    """A thousand probes fall evenly into the tenths of their interval."""
    tenths = Counter(phase(f"vendor/{number}", INTERVAL) * 10 // INTERVAL for number in range(1_000))
    assert set(tenths) == set(range(10))
    assert max(tenths.values()) < 140
    assert min(tenths.values()) > 60


@given(
    names=st.sets(st.text(min_size=1), min_size=1, max_size=5), late=st.lists(st.integers(0, 5_000_000), max_size=40)
)
def test_grid_does_not_drift(names: set[str], late: list[int]) -> None:
    """However late each look is, every slot lies on the probe's own grid, one after the other."""
    schedule = Schedule(Reading(START, 0))
    for name in names:
        schedule.put(probe(name), 0)
    seen: dict[str, list[int]] = {name: [] for name in names}
    for lateness in late:
        due = schedule.next_due()
        assert due is not None
        for slot in schedule.take(due + lateness):
            assert (slot.due + START - phase(slot.probe, INTERVAL)) % INTERVAL == 0
            assert slot.missed == 0
            seen[slot.probe].append(slot.due)
    assert all(later - earlier == INTERVAL for dues in seen.values() for earlier, later in pairwise(dues))


def test_restart_keeps_the_grid() -> None:
    """After a restart, with another monotonic clock, the same wall-clock instants are due."""
    first, second = Schedule(Reading(START, 5)), Schedule(Reading(START + HOUR, 77))
    first.put(probe("vendor/web"), 5)
    second.put(probe("vendor/web"), 77)
    due = (first.next_due() or 0) - 5, (second.next_due() or 0) - 77
    assert due[0] == due[1] > 0


def test_missed_slots_are_counted() -> None:
    """A look after three whole intervals finds one due slot and three missed ones, and goes on in the grid."""
    schedule = Schedule(Reading(0, 0))
    schedule.put(probe("vendor/web"), 0)
    due = schedule.next_due() or 0
    assert schedule.take(due - 1) == []
    (slot,) = schedule.take(due + 3 * INTERVAL + 7)
    assert (slot.due, slot.missed) == (due, 3)
    assert schedule.next_due() == due + 4 * INTERVAL


def test_hastened_slot_leaves_the_grid_alone() -> None:
    """An extra slot comes before the grid's next, which stays; a wish for later is no wish."""
    schedule = Schedule(Reading(0, 0))
    schedule.put(probe("vendor/web"), 0)
    due = schedule.next_due() or 0
    schedule.take(due)
    schedule.hasten("vendor/web", due + 5 * SECOND)
    schedule.hasten("vendor/web", due + 6 * SECOND)
    schedule.hasten("vendor/other", due + 1)
    assert schedule.next_due() == due + 5 * SECOND
    schedule.take(due + 5 * SECOND)
    assert schedule.next_due() == due + INTERVAL


def test_reload_keeps_what_is_unchanged() -> None:
    """A probe that is put again keeps even its extra slot; another interval makes a new grid; one dropped is out."""
    schedule = Schedule(Reading(0, 0))
    for name in ("vendor/a", "vendor/b", "vendor/c"):
        schedule.put(probe(name), 0)
    schedule.hasten("vendor/a", 1)
    schedule.drop("vendor/c")
    schedule.put(probe("vendor/a"), 0)
    schedule.put(probe("vendor/b", HOUR), 0)
    assert "vendor/a" in schedule
    assert "vendor/c" not in schedule
    assert [(slot.probe, slot.due) for slot in schedule.take(1)] == [("vendor/a", 1)]
    assert [slot.due for slot in schedule.take(HOUR) if slot.probe == "vendor/b"] == [phase("vendor/b", HOUR)]


def test_outdated_entries_do_not_pile_up() -> None:
    """Ten thousand extra slots for one probe leave a heap of bounded size and one due time."""
    schedule = Schedule(Reading(0, 0))
    schedule.put(probe("vendor/web", HOUR), 0)
    for due in range(20_000, 10_000, -1):
        schedule.hasten("vendor/web", due)
    assert len(schedule._heap) < 2_000
    assert [slot.due for slot in schedule.take(30_000)] == [10_001]


@given(
    limits=st.builds(Limits, in_flight=st.integers(1, 6), at_host=st.integers(1, 3)),
    steps=st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=120),
)
def test_places_are_never_exceeded_and_nobody_is_forgotten(limits: Limits, steps: list[tuple[int, bool]]) -> None:
    """Whatever comes and goes: the limits hold, no place is empty that somebody waits for, all get their turn."""
    admission, hosts = Admission(limits), {str(number): f"host{number % 4}" for number in range(12)}
    running: dict[str, str] = {}

    def leave(item: str) -> None:
        del running[item]
        following = admission.leave(item)
        if following:
            assert following not in running
            running[following] = hosts[following]

    for number, comes in steps:
        item = str(number)
        if comes and item not in running and not admission.waits_for(item):
            if admission.enter(item, hosts[item]):
                running[item] = hosts[item]
        elif not comes and item in running:
            leave(item)
        elif not comes:
            admission.forget(item)
        busy = Counter(running.values())
        assert len(admission) == len(running) <= limits.in_flight
        assert max(busy.values(), default=0) <= limits.at_host
        for name, host in hosts.items():
            if admission.waits_for(name):
                assert len(running) == limits.in_flight or busy[host] == limits.at_host
    waiting = {item for item in hosts if admission.waits_for(item)}
    served: set[str] = set()
    while running:
        leave(next(iter(running)))
        served |= set(running)
    assert waiting <= served


def test_waiting_tells_why() -> None:
    """Some wait for their host, some for any place; a free host does not wait for a busy one."""
    admission = Admission(Limits(in_flight=3, at_host=2))
    assert [admission.enter(item, host) for item, host in (("a", "x"), ("b", "x"), ("c", "x"), ("d", "y"))] == [
        True,
        True,
        False,
        True,
    ]
    assert not admission.enter("e", "z")
    assert [admission.waits_for(item) for item in "ace"] == [None, Skip.HOST_BUSY, Skip.IN_FLIGHT]
    assert admission.leave("d") == "e"
    assert admission.leave("a") == "c"
    assert [admission.waits_for(item) for item in "ce"] == [None, None]


@pytest.mark.parametrize("limit", [1, 2])
def test_forgotten_item_takes_no_place(limit: int) -> None:
    """A probe that was paused while it waited is passed over."""
    admission = Admission(Limits(in_flight=limit, at_host=1))
    admission.enter("a", "x")
    admission.enter("b", "x")
    admission.enter("c", "x")
    admission.forget("b")
    assert admission.leave("a") == "c"
    assert admission.leave("c") is None
