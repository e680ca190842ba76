import json
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest

from tests.web.boards import board
from tests.web.conftest import Listener
from uptime_daemon.core.facts.state import State
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
