import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.web.boards import HEAD, board
from tests.web.conftest import Listener
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import MINUTE
from uptime_daemon.desk.showing.board import Board
from uptime_daemon.desk.showing.incidents import Impact, Incident, IncidentStatus, IncidentUpdate
from uptime_daemon.web.public.statuspage import INCIDENTS_MAX, PATHS, Statuspage

INDICATORS = {"none", "minor", "major", "critical"}
COMPONENTS = {"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"}


def asked(shown: Board, path: str = "summary", page: Statuspage | None = None) -> Any:
    """The content of one answer."""
    return json.loads((page or Statuspage(HEAD)).document(path, shown).body)


def told(shown: Board, *, over: bool = False) -> Board:
    """The board with one incident of its first group."""
    started = shown.at - 30 * MINUTE
    updates = [IncidentUpdate("u1", IncidentStatus.INVESTIGATING, started + 2 * MINUTE, None)]
    if over:
        updates.append(IncidentUpdate("u2", IncidentStatus.RESOLVED, started + 20 * MINUTE, "Mended <b>well</b>."))
    group = shown.groups[0].id
    return replace(shown, incidents=(Incident("i1", None, (group,), Impact.MAJOR, started, tuple(updates)),))


def with_states(shown: Board, *states: State) -> Board:
    """The board whose groups and probes are in these states."""
    groups = [
        replace(
            group,
            state=state,
            degraded=False,
            probes=tuple(replace(probe, state=state, degraded=False) for probe in group.probes),
        )
        for group, state in zip(shown.groups, states, strict=True)
    ]
    return replace(shown, groups=tuple(groups))


def words(value: Any, key: str) -> list[str]:
    """Every text under a key, anywhere."""
    match value:
        case dict():
            own = [value[key]] if isinstance(value.get(key), str) else []
            return own + [word for each in value.values() for word in words(each, key)]
        case list():
            return [word for each in value for word in words(each, key)]
        case _:
            return []


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_names_the_page(path: str) -> None:
    """Readers find id, name, absolute address, zone and the instant of the last news in each answer."""
    page = asked(board(), path)["page"]
    assert set(page) == {"id", "name", "url", "time_zone", "updated_at"}
    assert (page["name"], page["url"], page["time_zone"]) == ("Status of the centre", HEAD.url, "UTC")
    assert datetime.fromisoformat(page["updated_at"]).utcoffset() is not None


def test_groups_contain_their_probes() -> None:
    """A functional group is a group component, its probes are components in it; ids are found on both sides."""
    shown = board()
    components = asked(shown)["components"]
    groups = [each for each in components if each["group"]]
    assert [each["name"] for each in groups] == [group.title for group in shown.groups]
    for each in groups:
        inside = [other["id"] for other in components if other["group_id"] == each["id"]]
        assert inside == each["components"]
    assert {each["status"] for each in components} <= COMPONENTS


@pytest.mark.parametrize(
    ("states", "indicator"),
    [
        ((State.UP, State.UP), "none"),
        ((State.UP, State.DOWN), "major"),
        ((State.DOWN, State.DOWN), "critical"),
        ((State.UNKNOWN, State.UNKNOWN), "none"),
    ],
)
def test_indicator_is_the_worst_group(states: tuple[State, State], indicator: str) -> None:
    """One group of several down is major, all down is critical; what was never seen is no outage."""
    shown = replace(board(), groups=board().groups[:2])
    assert asked(with_states(shown, *states), "status")["status"]["indicator"] == indicator


def test_slow_is_minor() -> None:
    """A degraded group performs worse and the page has a minor issue."""
    shown = replace(board(), groups=board().groups[:1])
    slow = with_states(shown, State.UP)
    slow = replace(slow, groups=(replace(slow.groups[0], degraded=True),))
    answer = asked(slow)
    assert (answer["status"]["indicator"], answer["components"][0]["status"]) == ("minor", "degraded_performance")


def test_unknown_repeats_the_last_known_state() -> None:
    """There is no word for it: the status stays and its instant ages."""
    page, shown = Statuspage(HEAD), replace(board(), groups=board().groups[:1])
    down = with_states(shown, State.DOWN)
    before = asked(down, "components", page)["components"]
    after = asked(with_states(shown, State.UNKNOWN), "components", page)["components"]
    assert [(each["status"], each["updated_at"]) for each in after] == [
        (each["status"], each["updated_at"]) for each in before
    ]
    assert after[0]["status"] == "major_outage"


def test_incidents_with_their_news() -> None:
    """An open incident stands in the summary and among the unresolved, a closed one in the history alone."""
    shown = told(board())
    (incident,) = asked(shown)["incidents"]
    assert (incident["name"], incident["status"], incident["impact"]) == (
        shown.groups[0].title,
        "investigating",
        "major",
    )
    assert incident["resolved_at"] is None
    assert incident["incident_updates"][0]["affected_components"][0]["new_status"] == "major_outage"
    closed = told(board(), over=True)
    assert asked(closed)["incidents"] == asked(closed, "incidents/unresolved")["incidents"] == []
    (incident,) = asked(closed, "incidents")["incidents"]
    assert [each["status"] for each in incident["incident_updates"]] == ["resolved", "investigating"]
    affected = incident["incident_updates"][0]["affected_components"][0]
    assert (affected["old_status"], affected["new_status"]) == ("major_outage", "operational")
    assert incident["resolved_at"] == incident["updated_at"]


def test_lists_are_bounded() -> None:
    """The newest fifty are listed."""
    shown = told(board(), over=True)
    one = shown.incidents[0]
    many = [replace(one, id=f"i{number}", started_at=one.started_at - number * MINUTE) for number in range(60)]
    assert len(asked(replace(shown, incidents=tuple(many)), "incidents")["incidents"]) == INCIDENTS_MAX


def test_words_never_leave_the_published_sets() -> None:
    """Readers look them up in tables and fail on others."""
    for shown in (board(), told(board()), told(board(), over=True)):
        for path in PATHS:
            answer = asked(shown, path)
            assert set(words(answer, "indicator")) <= INDICATORS
            assert set(words(answer, "old_status") + words(answer, "new_status")) <= COMPONENTS


def test_nothing_of_a_contract() -> None:
    """No agreement, amount, target or address of a probe is public."""
    for path in PATHS:
        text = Statuspage(HEAD).document(path, told(board())).body.decode()
        for secret in ("acme", "25.02", "EUR", "voice.example", "prague-1", "breach"):
            assert secret not in text.replace(HEAD.url, ""), secret


async def test_served_to_any_site_with_etag(outside: Listener) -> None:
    """GET and HEAD, CORS, a validator that answers 304 until something changes."""
    for path in PATHS:
        response, text = await outside.get(f"/api/v2/{path}.json")
        assert (response.status, response.content_type) == (200, "application/json")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert json.loads(text)["page"]["name"] == "Status of the centre"
        held, _ = await outside.get(f"/api/v2/{path}.json", headers={"If-None-Match": response.headers["ETag"]})
        assert held.status == 304
        head, body = await outside.ask("HEAD", f"/api/v2/{path}.json")
        assert (head.status, body, head.headers["ETag"]) == (200, "", response.headers["ETag"])
    tag = response.headers["ETag"]
    outside.shown.now = told(board())
    renewed, _ = await outside.get("/api/v2/incidents/unresolved.json", headers={"If-None-Match": tag})
    assert renewed.status == 200


async def test_unknown_paths_are_not_found(outside: Listener) -> None:
    """A path that is none is a JSON error."""
    response, text = await outside.get("/api/v2/subscribers.json")
    assert (response.status, json.loads(text)["error"]["code"]) == (404, "not_found")
