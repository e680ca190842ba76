from dataclasses import replace

from tests.web.boards import agreements
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.desk.showing.board import AgreementEntry
from uptime_daemon.web.views import RANGE_WIDTH, JudgedView, judged_view


def judged(entry: AgreementEntry) -> list[JudgedView]:
    """Its groups over the running period."""
    return [judged_view(each, each.current, entry) for each in entry.judged if each.current is not None]


def test_judged_group_in_words() -> None:
    """Best case and so far are both there, the brackets around them, and the budget with its sign."""
    (view,) = judged(agreements()[0])
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


def test_range_is_in_order() -> None:
    """On the line the longest lies left of the point, the point left of the shortest, all within it."""
    for entry in agreements():
        for view in judged(entry):
            assert view.range is not None
            places = (0, view.range.longest, view.range.point, view.range.shortest, RANGE_WIDTH)
            assert list(places) == sorted(places)
            assert 0 < view.range.target < RANGE_WIDTH


def test_contract_without_credit_tells_the_breach() -> None:
    """Without an amount each reading says whether it is breached; both targets stand with what they rest on."""
    inbound, autodial = judged(agreements()[1])
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
        (view,) = judged(replace(entry, judged=(replace(entry.judged[0], current=current),)))
        assert view.verdict == verdict
