from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, parse_instant
from uptime_daemon.web.words import exact_length_text, instant_text, length_text, limit_text, percent_text


@pytest.mark.parametrize(
    ("ratio", "limit", "text"),
    [
        (Fraction(43_095, 43_200), Fraction("0.999"), "99.757 %"),
        (Fraction(1), Fraction("0.999"), "100 %"),
        (Fraction("0.999"), Fraction("0.999"), "99.9 %"),
        (Fraction("0.9989996"), Fraction("0.999"), "99.89996 %"),
        (Fraction("0.9999996"), None, "99.99996 %"),
        (Fraction(525_599, 525_600), Fraction("0.999"), "99.9998 %"),
        (Fraction(0), Fraction("0.999"), "0 %"),
    ],
)
def test_percent_never_crosses_a_limit(ratio: Fraction, limit: Fraction | None, text: str) -> None:
    """Three decimals, and more where three would show a figure on the limit or at 100 % that is not."""
    assert percent_text(ratio, limit).replace("\N{NO-BREAK SPACE}", " ") == text


@given(st.fractions(0, 1, max_denominator=10**7), st.sampled_from([Fraction("0.995"), Fraction("0.999")]))
def test_percent_stays_on_its_side(ratio: Fraction, limit: Fraction) -> None:
    """What is shown lies below, on or above the limit exactly as the figure does."""
    shown = Fraction(percent_text(ratio, limit).rstrip(" %\N{NO-BREAK SPACE}")) / 100
    assert (shown > limit, shown == limit) == (ratio > limit, ratio == limit)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (-5, "under 1 ms"),
        (999, "under 1 ms"),
        (184_500, "184 ms"),
        (1_204_000, "1.2 s"),
        (12 * SECOND, "12 s"),
        (47 * MINUTE + 12 * SECOND, "47 min 12 s"),
        (3 * HOUR, "3 h"),
        (2 * DAY + 5 * HOUR + 59 * MINUTE, "2 d 5 h"),
    ],
)
def test_lengths_in_two_units(duration: int, text: str) -> None:
    """A length is told in its two largest units, rounded down."""
    assert length_text(duration) == text


def test_budget_is_never_shown_as_more() -> None:
    """What is left is rounded down to the second, below zero as well."""
    assert exact_length_text(Fraction(2_592 * SECOND) - Fraction(1, 3)) == "0:43:11"
    assert exact_length_text(Fraction(-1, 3)) == "-0:00:01"


def test_limits_and_instants() -> None:
    """Limits carry their unit, instants the clock of their zone."""
    assert limit_text(Fraction("99.9"), "percent").split() == ["99.9", "%"]
    assert limit_text(Fraction(480), "minutes").split() == ["480", "min"]
    summer = parse_instant("2026-06-03T08:00:00Z")
    assert instant_text(summer, ZoneInfo("Europe/Prague")) == "2026-06-03 10:00:00"
