"""News for programs in the envelope of Statuspage: each piece once, with an id that stays."""

from dataclasses import replace

from tests.web.boards import HEAD, board
from tests.web.public.test_statuspage import COMPONENTS, INDICATORS, told, with_states
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.showing.board import Board
from uptime_daemon.desk.showing.incidents import public_id
from uptime_daemon.desk.showing.works import PlannedWork
from uptime_daemon.web.public.subscribers import News, StatusNews

SHOWN = board()
WELL = with_states(SHOWN, *[State.UP] * len(SHOWN.groups))
HOLD = 2 * MINUTE


def news() -> StatusNews:
    """For a subscriber that was told nothing yet."""
    return StatusNews(HEAD, HOLD)


def changes(found: list[News]) -> list[tuple[str, str]]:
    """The changes of components, old and new status."""
    updates = [each.content["component_update"] for each in found if each.kind == "component_update"]
    assert {word for each in updates for word in (each["old_status"], each["new_status"])} <= COMPONENTS
    return [(each["old_status"], each["new_status"]) for each in updates]


def slow(shown: Board, at: int) -> Board:
    """The board of an instant at which the first group is slow."""
    return replace(shown, at=at, groups=(replace(shown.groups[0], degraded=True), *shown.groups[1:]))


def test_a_well_page_has_no_news() -> None:
    """Nobody is told that all is well, whoever they are."""
    assert changes(news().of(WELL)) == []


def test_down_and_up_are_told_at_once_and_once() -> None:
    """Both are confirmed before they are shown; the envelope carries page and component."""
    own = news()
    down = with_states(SHOWN, State.DOWN, *[State.UP] * (len(SHOWN.groups) - 1))
    first = own.of(down)
    assert changes(first) == [("operational", "major_outage")]
    assert changes(own.of(replace(down, at=down.at + MINUTE))) == []
    (told_of,) = [each for each in first if each.kind == "component_update"]
    assert told_of.content["component"]["id"] == public_id("component", SHOWN.groups[0].id)
    assert told_of.content["component_update"]["component_id"] == told_of.content["component"]["id"]
    assert told_of.content["page"]["id"] == HEAD.id
    assert told_of.content["page"]["status_indicator"] in INDICATORS
    assert changes(own.of(WELL)) == [("major_outage", "operational")]


def test_what_nobody_sees_is_no_change() -> None:
    """Unknown repeats the last known state, to subscribers as in the status API."""
    own = news()
    unknown = with_states(SHOWN, *[State.UNKNOWN] * len(SHOWN.groups))
    assert changes(own.of(unknown)) == []
    own.of(with_states(SHOWN, State.DOWN, *[State.UP] * (len(SHOWN.groups) - 1)))
    assert changes(own.of(unknown)) == []


def test_slow_is_told_once_it_lasts() -> None:
    """A single slow attempt is no news; a page that is slow for two minutes is, and again when it no longer is."""
    own, at = news(), SHOWN.at
    assert changes(own.of(slow(WELL, at))) == []
    assert changes(own.of(replace(WELL, at=at + 30 * SECOND))) == []
    assert changes(own.of(slow(WELL, at + MINUTE))) == []
    assert changes(own.of(slow(WELL, at + 2 * MINUTE))) == []
    assert changes(own.of(slow(WELL, at + 3 * MINUTE))) == [("operational", "degraded_performance")]
    assert changes(own.of(replace(WELL, at=at + 4 * MINUTE))) == []
    assert changes(own.of(replace(WELL, at=at + 6 * MINUTE))) == [("degraded_performance", "operational")]


def test_a_restart_knows_what_was_told() -> None:
    """Who was told that it is down and sees it up again after a restart of ours is told so, and nothing else."""
    identity = public_id("component", SHOWN.groups[0].id)
    assert changes(StatusNews(HEAD, HOLD, {identity: "major_outage"}).of(WELL)) == [("major_outage", "operational")]


def test_each_update_of_an_incident_is_one_piece() -> None:
    """An open incident, then its resolution; after a restart the same pieces have the same ids."""
    own = news()
    first = [each for each in own.of(told(SHOWN)) if each.kind == "incident"]
    second = [each for each in own.of(told(SHOWN, over=True)) if each.kind == "incident"]
    assert [(len(first), len(second))] == [(1, 1)]
    assert [each.content["incident"]["status"] for each in (*first, *second)] == ["investigating", "resolved"]
    again = [each.id for each in news().of(told(SHOWN, over=True)) if each.kind == "incident"]
    assert again == [first[0].id, second[0].id]
    late = replace(told(SHOWN, over=True), at=SHOWN.at + 2 * DAY)
    assert [each for each in news().of(late) if each.kind == "incident"] == []


def test_each_step_of_planned_work_is_one_piece() -> None:
    """Announced, begun, ended; what is called off is told by the calendar alone."""
    own, at = news(), WELL.at
    work = PlannedWork("w1", (WELL.groups[0].id,), Span(at + HOUR, at + 2 * HOUR), at, at, 0, cancelled=False)
    steps = []
    for later in (0, MINUTE, HOUR, 90 * MINUTE, 2 * HOUR, 3 * HOUR):
        found = own.of(replace(WELL, at=at + later, works=(work,)))
        steps += [each.content["incident"]["status"] for each in found if each.kind == "incident"]
    assert steps == ["scheduled", "in_progress", "completed"]
    assert news().of(replace(WELL, works=(replace(work, cancelled=True),))) == []
