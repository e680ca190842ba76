from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.boards import NOW, agreements, board, groups
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.desk.board import DayShare, GroupEntry
from uptime_daemon.web.views import (
    BAR_HEIGHT,
    DAY_WIDTH,
    RANGE_WIDTH,
    agreement_view,
    claim_view,
    group_view,
    summary,
)

TODAY = date(2026, 6, 21)


def bars(*days: DayShare) -> GroupEntry:
    """A group with these days."""
    return replace(groups()[0], days=days)


@given(st.integers(0, DAY), st.integers(0, DAY))
def test_bars_fill_their_height(one: int, other: int) -> None:
    """Whatever a day held, its parts fill the bar, and what there was at all can be seen."""
    down, reach = sorted((one, other))
    day = DayShare(TODAY, DAY - reach, down, reach - down)
    view = group_view(bars(day), NOW, board().zone).history
    assert view is not None
    (bar,) = view.bars
    assert bar.up + bar.down + bar.unknown == BAR_HEIGHT
    assert (bar.up > 0, bar.down > 0, bar.unknown > 0) == (day.up > 0, day.down > 0, day.unknown > 0)


def test_history_sums_up() -> None:
    """Shares are of the measured time, and how much was measured stands beside them."""
    view = group_view(bars(DayShare(TODAY, 18 * HOUR, 2 * HOUR, 4 * HOUR)), NOW, board().zone).history
    assert view is not None
    assert (view.up, view.measured) == ("90\N{NO-BREAK SPACE}%", "83.333\N{NO-BREAK SPACE}%")
    assert view.bars[0].title == "2026-06-21: up 18:00:00, down 2:00:00, unmeasured 4:00:00"


def test_days_stand_in_a_row() -> None:
    """Ninety days take ninety places, the last one without a gap behind it."""
    view = group_view(groups()[0], NOW, board().zone).history
    assert view is not None
    assert [bar.x for bar in view.bars] == list(range(0, 90 * DAY_WIDTH, DAY_WIDTH))
    assert view.width == view.bars[-1].x + 7


def test_day_without_a_second_has_no_bar() -> None:
    """A day that has just begun shows nothing rather than dividing by nothing."""
    view = group_view(bars(DayShare(TODAY, 0, 0, 0)), NOW, board().zone).history
    assert view is not None
    assert (view.bars[0].up, view.bars[0].down, view.bars[0].unknown) == (0, 0, 0)
    assert (view.up, view.measured) == ("", "")


def test_summary_names_the_worst() -> None:
    """What is down is named first, then what is not known; slow is told only when all is up."""
    web, inbound, autodial = groups()
    assert summary((web, inbound, autodial)) == ("down", "Inbound call handling: down; Autodial: not known")
    assert summary((web, autodial)) == ("unknown", "Autodial: not known")
    assert summary((web,)) == ("slow", "All up; slow: Agent desktop")
    assert summary((replace(web, degraded=False),)) == ("up", "All up")
    assert summary(()) == ("unknown", "Nothing is watched yet")


def test_probe_says_why() -> None:
    """A probe that is down names the reason, one that could not measure names ours, one in doubt says so."""
    inbound, autodial = (group_view(group, NOW, board().zone) for group in groups()[1:])
    assert inbound.probes[0].words == "down: connect timeout"
    assert autodial.probes[0].words == "not measured: access refused"
    waiting = replace(groups()[1].probes[0], state=State.UP)
    view = group_view(replace(groups()[1], probes=(waiting,)), NOW, board().zone)
    assert view.probes[0].words == "up; last attempt failed: connect timeout"
    paused = replace(waiting, paused=True)
    assert group_view(replace(groups()[1], probes=(paused,)), NOW, board().zone).probes[0].words == "paused"


def test_judged_group_in_words() -> None:
    """Best case and so far are both there, the brackets around them, and the budget with its sign."""
    (view,) = agreement_view(agreements()[0], NOW).judged
    shown = {
        name: getattr(view, name).replace("\N{NO-BREAK SPACE}", " ")
        for name in ("best_case", "so_far", "shortest", "longest")
    }
    assert shown == {"best_case": "99.757 %", "so_far": "99.646 %", "shortest": "99.759 %", "longest": "99.058 %"}
    assert (view.mark, view.verdict) == ("down", "breach proven")
    assert view.budget is not None
    assert (view.budget.left, view.budget.whole, view.budget.share) == ("-1:01:48", "0:43:12", 0)
    assert view.credit.recommended == view.credit.conservative == "25.02\N{NO-BREAK SPACE}EUR"
    assert view.credit.next_step == "0:24:36"
    assert ("excluded: planned maintenance", "0:20:00") in view.apart
    assert view.link == "/api/v1/statements?agreement=acme-centre&group=service&period=2026-06"
    assert view.last is not None
    assert (view.last.period, view.last.verdict) == ("2026-05", "within target")


def test_range_is_in_order() -> None:
    """On the line the longest lies left of the point, the point left of the shortest, all within it."""
    for entry in agreements():
        for view in agreement_view(entry, NOW).judged:
            assert view.range is not None
            places = (0, view.range.longest, view.range.point, view.range.shortest, RANGE_WIDTH)
            assert list(places) == sorted(places)
            assert 0 < view.range.target < RANGE_WIDTH


def test_contract_without_credit_tells_the_breach() -> None:
    """Without an amount each reading says whether it is breached; both targets stand with what they rest on."""
    inbound, autodial = agreement_view(agreements()[1], NOW).judged
    assert (inbound.credit.name, inbound.credit.recommended, inbound.credit.conservative) == ("Breached", "yes", "no")
    assert [target.verdict for target in inbound.targets] == [
        "missed, proven; rests on AMB-1",
        "met; rests on AMB-1",
        "missed, proven; not claimable",
    ]
    assert autodial.verdict == "shown, not counted"


def test_too_little_measured_is_said_first() -> None:
    """Where almost nothing was measured a breach is possible of course; what is said is that little was measured."""
    statement = agreements()[0].judged[0].last
    assert statement is not None
    judgement = statement.judgement
    (met,) = judgement.targets
    for result, verdict in (
        (replace(met, met=None, breach=Breach.POSSIBLE), "too little measured"),
        (replace(met, breach=Breach.POSSIBLE), "breach possible"),
        (met, "within target"),
    ):
        current = replace(statement, judgement=replace(judgement, targets=(result,)))
        entry = agreements()[0]
        (view,) = agreement_view(replace(entry, judged=(replace(entry.judged[0], current=current),)), NOW).judged
        assert view.verdict == verdict


@pytest.mark.parametrize(("before", "left"), [(2 * HOUR, "2 h left"), (0, "too late"), (-MINUTE, "too late")])
def test_deadline_is_exclusive(before: int, left: str) -> None:
    """At the deadline itself it is too late; the time left stands beside it until then."""
    shown = board()
    claim = replace(shown.claims[0], deadline=NOW + before)
    assert claim_view(claim, shown).left == left


def test_sent_claim_has_no_time_left() -> None:
    """A claim that has left the house shows its deadline and no countdown."""
    shown = board()
    assert [claim_view(claim, shown).left for claim in shown.claims] == ["9 d 9 h left", "", ""]
