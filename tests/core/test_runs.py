"""Runs in columns are the sequence of the same runs, and an impossible one is refused as it is alone."""

from __future__ import annotations

import pytest

from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run, Runs

PASSED = Run("acme/web", "prague-1", Outcome.PASS, Reason.NONE, 10, 40, 4, 10)
FAILED = Run("acme/web", "prague-1", Outcome.FAIL, Reason.STATUS, 50, 50)
AGAIN = Run("acme/web", "prague-1", Outcome.PASS, Reason.NONE, 55, 95, 5, 10)


def test_a_sequence_of_runs() -> None:
    """By index, slice, iteration, length and equality."""
    runs = Runs.of([PASSED, FAILED, AGAIN])
    assert (len(runs), runs[0], runs[-1], list(runs[1:])) == (3, PASSED, AGAIN, [FAILED, AGAIN])
    assert isinstance(runs[1:], Runs)
    assert (runs[:1], runs[5:], runs[::-2]) == ([PASSED], [], [AGAIN, PASSED])
    assert list(runs) == [PASSED, FAILED, AGAIN]
    assert runs == [PASSED, FAILED, AGAIN]
    assert runs == Runs.of((PASSED, FAILED, AGAIN))
    assert runs != Runs.of([PASSED, FAILED])
    assert runs != "acme/web"
    assert hash(runs) == hash((PASSED, FAILED, AGAIN))
    assert FAILED in runs
    assert Runs.of(runs) is runs
    assert Runs.of([]) == []


@pytest.mark.parametrize(("first", "last", "count"), [(50, 40, 2), (50, 50, 2), (50, 60, 1), (50, 50, 0), (50, 60, -3)])
def test_an_impossible_run_is_refused(first: int, last: int, count: int) -> None:
    """As a run alone is, and with its name."""
    with pytest.raises(ValueError, match="impossible run") as alone:
        Run("acme/web", "prague-1", Outcome.FAIL, Reason.STATUS, first, last, count)
    with pytest.raises(ValueError, match="impossible run") as among:
        Runs(
            "acme/web",
            "prague-1",
            [Outcome.PASS, Outcome.FAIL],
            [Reason.NONE, Reason.STATUS],
            [10, first],
            [40, last],
            [4, count],
            [10, 0],
        )
    assert str(among.value) == str(alone.value)
