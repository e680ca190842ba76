from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from tests.web.boards import agreements, board
from uptime_daemon.core.judging.statement import Statement
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND
from uptime_daemon.desk.showing.board import DURATION_BOUNDS, DayShare, Durations
from uptime_daemon.desk.showing.budget import allowed, longest_allowed, next_step, objective, projected, remaining


def statement(agreement: int, judged: int = 0) -> Statement:
    """The running period of a judged group."""
    current = agreements()[agreement].judged[judged].current
    assert current is not None
    return current


def test_budget_of_an_availability() -> None:
    """0.1 % of June's 43,200 minutes is 43.2 minutes; 105 of downtime leave less than nothing."""
    centre = statement(0)
    assert allowed(centre) == Fraction("43.2") * MINUTE
    assert remaining(centre) == Fraction("-61.8") * MINUTE
    assert longest_allowed(centre) is None


def test_budget_is_the_tightest_with_consequences() -> None:
    """480 minutes are less than 0.1 % of a year; the single outage is a limit of its own and no budget."""
    dialler = statement(1)
    assert allowed(dialler) == 480 * MINUTE
    assert remaining(dialler) == -10 * MINUTE
    assert longest_allowed(dialler) == 30 * MINUTE
    result = objective(dialler)
    assert result is not None
    assert (result.target.id, result.target.limit) == ("availability", Fraction("99.9"))


def test_next_step_of_credit() -> None:
    """105 minutes make one step; the second is complete at 0.2 points below 99.9, which is 129.6 minutes."""
    assert next_step(statement(0)) == Fraction("24.6") * MINUTE
    assert next_step(statement(1)) is None


def test_projection_goes_on_like_the_last_week() -> None:
    """22.5 minutes in seven days are 1,815.6 s in the 813,408 s to come; a quiet week foretells a quiet rest."""
    further = Fraction(1_350 * 813_408, 7 * 86_400)
    assert projected(statement(0)) == 1 - (6_300 + further) / 2_592_000
    yearly = statement(1)
    assert projected(yearly) == yearly.judgement.measure(yearly.judgement.point).availability
    early = replace(yearly, as_of=yearly.period.span.start)
    assert projected(early) is None


def test_durations_count_by_bounds() -> None:
    """A bound belongs to its own bucket, what is beyond the last one to the bucket behind it."""
    assert Durations.bucket(1) == 0
    assert Durations.bucket(DURATION_BOUNDS[0]) == 0
    assert Durations.bucket(DURATION_BOUNDS[0] + 1) == 1
    assert Durations.bucket(10**9) == len(DURATION_BOUNDS)
    assert list(DURATION_BOUNDS) == sorted(DURATION_BOUNDS)
    with pytest.raises(ValueError, match="3 counts for 12 bounds"):
        Durations((1, 2, 3))


def test_impossible_days_are_refused() -> None:
    """A day has no negative part and at most 25 hours, which it has where clocks are set back."""
    assert DayShare(date(2026, 10, 25), 24 * HOUR, HOUR, 0).total == 25 * HOUR
    with pytest.raises(ValueError, match="impossible day"):
        DayShare(date(2026, 10, 25), 24 * HOUR, HOUR, 1)
    with pytest.raises(ValueError, match="impossible day"):
        DayShare(date(2026, 10, 25), DAY, -SECOND, 0)


def test_looking_something_up() -> None:
    """The probes of all groups stand one after another; of an agreement that is not there is none."""
    assert [probe.id for probe in board().probes][:2] == ["voice/web-login", "voice/web-api"]
    assert board().agreement("nobody") is None
