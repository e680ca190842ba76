"""The pictures of a letter show what its figures say."""

from __future__ import annotations

import pytest

from tests.letters.cases import notice_statement, steps_statement
from tests.letters.test_golden import WIDE
from uptime_daemon.languages.language import Language
from uptime_daemon.letters.pictures import Shade, pictures
from uptime_daemon.letters.wording import wording

WORDS = wording(Language.ENGLISH)


def test_the_period_as_a_strip() -> None:
    """Every label has its place: 67 minutes counted on the 10th, the window's 20 on the 16th, an hour unmeasured."""
    strip = pictures(steps_statement(), WORDS).period
    minutes = 30 * 24 * 60
    assert [
        (shade, round(start * minutes), round((end - start) * minutes, 2)) for shade, start, end in strip.stretches
    ] == [
        (Shade.UNKNOWN, 19 * 1440 + 180, 60),
        (Shade.EXCLUDED, 15 * 1440 + 1320, 20.17),
        (Shade.DOWN, 9 * 1440 + 600, 67),
    ]
    assert [name for _, name in strip.legend] == ["available", "counts as downtime", "excluded", "not measured"]
    assert [tick.label for tick in strip.ticks][:2] == ["1 Jun", "4 Jun"]
    assert "1 June 2026 – 30 June 2026" in strip.words.replace("\xa0", " ")


def test_how_the_allowed_downtime_was_used_up() -> None:
    """0.05 % of June are 21.6 minutes; 67 minutes leave 45.4 too many."""
    burned = pictures(steps_statement(), WORDS).budget
    assert burned is not None
    assert [burned.points[0][0], burned.points[-1][0]] == [0, 1]
    assert [burned.points[0][1], burned.points[-1][1]] == pytest.approx([21.6, -45.4])
    assert burned.labels == ("allowed: 21.6\xa0min", "used up", "45.4\xa0min beyond it")


def test_what_has_not_happened_yet_is_not_drawn_as_good() -> None:
    """A provisional letter's strip and line end where knowledge does, half past the 25th day."""
    seen = pictures(steps_statement("2026-06-25T12:00:00+02:00", WIDE), WORDS)
    shade, start, end = seen.period.stretches[-1]
    assert (shade, end) == (Shade.AHEAD, 1.0)
    assert start == pytest.approx(24.5 / 30)
    assert seen.budget is not None
    assert seen.budget.points[-1][0] == pytest.approx(24.5 / 30)
    assert seen.period.legend[-1] == (Shade.AHEAD, "still to come")


def test_a_year_is_marked_by_months() -> None:
    """The axis of a year has its months, that of minutes allowed the contract's own figure."""
    seen = pictures(notice_statement(), WORDS)
    assert [tick.label for tick in seen.period.ticks][:3] == ["Jan", "Feb", "Mar"]
    assert seen.budget is not None
    assert seen.budget.labels[0] == "allowed: 480\xa0min"
