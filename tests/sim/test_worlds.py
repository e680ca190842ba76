"""Worlds from one seed each: the real daemon in them, and what it says held against what the world knows."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.memory import in_memory
from tests.sim.comparing import SURELY, compare
from tests.sim.plan import Mood, planned, with_brief_outages
from tests.sim.world import lived
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND, Duration

FEW = range(16)
FOUND = ((54, Mood.CALM), (213, Mood.KILLS))
"""Seeds whose worlds have shown a mistake."""
MANY = (*range(16, 24), *range(1_000, 1_600))
LONG = range(2_000, 2_012)
MONTHS = range(3_000, 3_004)


def live(seed: int, patch: pytest.MonkeyPatch, length: Duration | None = None, mood: Mood | None = None) -> None:
    """One world; a failure names its seed."""
    plan = planned(seed, length, mood)
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        try:
            compare(lived(plan, Path(folder), patch))
        except BaseException as error:
            error.add_note(f"the world of seed {seed}, mood {plan.mood}")
            raise


@pytest.mark.parametrize(("seed", "mood"), [*((seed, None) for seed in FEW), *FOUND])
def test_worlds(seed: int, mood: Mood | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Downtime is true within an interval an edge, ours is never the vendor's, labels add up, letters leave once."""
    live(seed, monkeypatch, mood=mood)


def test_the_shortest_outages_that_are_surely_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a statement says of the cadence: none of so many of that length is missed, however the endpoint fails."""
    plan = with_brief_outages(planned(4_000, HOUR, Mood.CALM), SURELY + SECOND)
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        compare(lived(plan, Path(folder), monkeypatch))


@pytest.mark.prove
@pytest.mark.parametrize("seed", MANY)
def test_many_worlds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for many more."""
    live(seed, monkeypatch)


@pytest.mark.prove
@pytest.mark.parametrize("seed", LONG)
def test_worlds_of_two_days(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for 48 hours."""
    live(seed, monkeypatch, 48 * HOUR)


@pytest.mark.prove
@pytest.mark.parametrize("seed", MONTHS)
def test_worlds_of_a_month(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a month."""
    live(seed, monkeypatch, 31 * DAY)
