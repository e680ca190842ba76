import json
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest

from tests.web.boards import board
from tests.web.conftest import Listener
from tests.web.public.test_statuspage import asked
from uptime_daemon.core.facts.probe import Group
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.facts.timeline import Timeline
from uptime_daemon.core.terms.need import Need, NeedKind
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.desk.showing.board import Board
from uptime_daemon.desk.showing.incidents import FACT_KIND, incidents
from uptime_daemon.store.kept import Fact
from uptime_daemon.web.public.badges import picture, shields


@pytest.mark.parametrize(
    ("state", "degraded", "word", "colour"),
    [
        (State.UP, False, "up", "brightgreen"),
        (State.UP, True, "degraded", "yellow"),
        (State.DOWN, True, "down", "red"),
        (State.UNKNOWN, False, "unknown", "lightgrey"),
    ],
)
def test_state_in_one_word(state: State, degraded: bool, word: str, colour: str) -> None:
    """Unknown is never green, and down is down however slow it was."""
    group = replace(board().groups[0], state=state, degraded=degraded)
    made = shields(group)
    assert (made["schemaVersion"], made["message"], made["color"]) == (1, word, colour)
    root = fromstring(picture(group))  # noqa: S314 - our own text
    assert root.get("aria-label") == f"{group.title}: {word}"


def test_titles_cannot_become_markup() -> None:
    """A title is text in the picture, in its label too."""
    group = replace(board().groups[0], title='"><script>alert(1)</script>&')
    root = fromstring(picture(group))  # noqa: S314 - our own text
    assert root.get("aria-label", "").startswith('"><script>')
    assert not [each for each in root.iter() if each.tag.endswith("script")]


async def test_served(outside: Listener) -> None:
    """Both forms by the group's name, any site may show them, an unknown group is not found."""
    name = outside.shown.now.groups[0].id
    response, text = await outside.get(f"/badge/{name}.json")
    assert (response.status, json.loads(text)["label"]) == (200, outside.shown.now.groups[0].title)
    response, text = await outside.get(f"/badge/{name}.svg")
    assert (response.status, response.content_type) == (200, "image/svg+xml")
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert text.startswith("<svg")
    response, _ = await outside.get("/badge/acme/none.svg")
    assert response.status == 404


def renamed(shown: Board) -> Board:
    """The board after its first group and that one's first probe were renamed, and the group got another title."""
    first, *rest = shown.groups
    probe, *others = first.probes
    later = replace(probe, id="voice/new-login", former=(probe.id,))
    group = replace(first, id="voice/desktop", title="Desk", former=(first.id,), probes=(later, *others))
    return replace(shown, groups=(group, *rest))


async def test_names_of_the_world_survive_renames(outside: Listener) -> None:
    """The badge's address, the ids of components and what subscribers know them by are those of before."""
    before = outside.shown.now
    old, component = before.groups[0].id, asked(before)["components"]
    outside.shown.now = renamed(before)
    for form in ("svg", "json"):
        for name in (old, "voice/desktop"):
            response, text = await outside.get(f"/badge/{name}.{form}")
            assert response.status == 200
            assert "Desk" in text
    after = asked(outside.shown.now)["components"]
    assert [each["id"] for each in after] == [each["id"] for each in component]
    assert [each["group_id"] for each in after] == [each["group_id"] for each in component]
    assert after[0]["name"] == "Desk"


def test_incidents_survive_renames() -> None:
    """An outage before the rename is the same incident, with what people wrote about it; news by hand follows too."""
    start = 1_780_000_000 * SECOND
    window = Span(start - HOUR, start + 3 * HOUR)
    outage = Spans.one(start, start + HOUR)
    seen = Timeline(window=window, shortest=outage, point=outage, longest=outage, unknown=())
    old = Group("acme/voice", "Voice", Need(NeedKind.ALL), ("acme/p",))
    new = replace(old, id="acme/calls", replaces=("acme/voice",))
    (was,) = incidents({old.id: old}, {old.id: seen}, (), MINUTE)
    told = {"status": "identified", "text": "A line card."}
    opened = {**told, "name": "Recordings", "groups": ["acme/voice"], "impact": "minor"}
    facts = [
        Fact(FACT_KIND, was.id, told, start + 2 * MINUTE, start + 2 * MINUTE, "ana", id=1),
        Fact(FACT_KIND, "hand", opened, start + HOUR, start + HOUR, "ana", id=2),
    ]
    measured, by_hand = incidents({new.id: new}, {new.id: seen}, facts, MINUTE)
    assert (measured.id, measured.groups) == (was.id, ("acme/calls",))
    assert [each.text for each in measured.updates] == [None, "A line card.", None]
    assert by_hand.groups == ("acme/calls",)
