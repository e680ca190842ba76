from dataclasses import replace

import pytest

from tests.web.boards import at, board
from tests.web.conftest import Listener
from uptime_daemon.core.time.instants import DAY, HOUR, Instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.showing.works import PlannedWork
from uptime_daemon.web.ports import OutagesQuery

BEGIN = at("2026-06-20T02:00:00")
NIGHT = PlannedWork("w1", ("voice/web",), Span(BEGIN, BEGIN + 2 * HOUR), BEGIN - 7 * DAY, BEGIN - 7 * DAY, 0, False)
CALLED_OFF = replace(NIGHT, id="w2", span=Span(BEGIN + DAY, BEGIN + DAY + HOUR), cancelled=True)
ELSEWHERE = replace(NIGHT, id="w3", groups=("dial/inbound",))
OUTAGE = {
    "time": 1_780_473_600_000,
    "timeEnd": 1_780_477_950_000,
    "title": "voice/web was down",
    "text": "As measured, before any contract; at most 2026-06-03T07:59:30Z to 2026-06-03T09:12:30Z; "
    "connect_timeout 145.",
    "tags": ["outage", "voice/web", "silent"],
}
WORK = {
    "time": 1_781_913_600_000,
    "timeEnd": 1_781_920_800_000,
    "title": "Announced work: voice/web",
    "text": "Announced by the vendor, known since 2026-06-13T00:00:00Z; whether it excuses anything is the contract's "
    "affair.",
    "tags": ["maintenance", "voice/web"],
}


@pytest.fixture
def working(inside: Listener) -> Listener:
    """A listener whose board knows of announced work."""
    inside.shown.now = replace(board(), works=(NIGHT, ELSEWHERE, CALLED_OFF))
    return inside


async def test_outages_and_work_come_as_stretches_with_words(working: Listener) -> None:
    """Both kinds in order of beginning, in the columns of an annotation; work that was called off is not there."""
    status, content = await working.json("/api/v1/annotations?group=voice/web")
    assert (status, content["annotations"]) == (200, [OUTAGE, WORK])
    assert working.kept.asked == [OutagesQuery("voice/web")]


async def test_one_kind_alone(working: Listener) -> None:
    """The store is asked only for outages."""
    _, content = await working.json("/api/v1/annotations?kind=maintenance&group=voice/web")
    assert content["annotations"] == [WORK]
    assert working.kept.asked == []
    _, content = await working.json("/api/v1/annotations?kind=outage")
    assert content["annotations"] == [OUTAGE]


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (BEGIN - HOUR, BEGIN, 0),
        (BEGIN - HOUR, BEGIN + 1_000, 2),
        (BEGIN + 2 * HOUR - 1_000, BEGIN + DAY, 2),
        (BEGIN + 2 * HOUR, BEGIN + DAY, 0),
    ],
)
async def test_stretch_in_milliseconds(working: Listener, start: Instant, end: Instant, shown: int) -> None:
    """A stretch as Grafana writes it, its end excluded; the store is asked for the same one."""
    _, content = await working.json(f"/api/v1/annotations?from={start // 1_000}&to={end // 1_000}")
    assert [mark["tags"][0] for mark in content["annotations"]].count("maintenance") == shown
    assert working.kept.asked == [OutagesQuery(None, start, end)]


async def test_stretch_in_words(working: Listener) -> None:
    """A date and time with its offset is understood as well."""
    await working.json("/api/v1/annotations?from=2026-06-20T02:00:00%2B02:00")
    assert working.kept.asked == [OutagesQuery(None, BEGIN, None)]


@pytest.mark.parametrize(
    ("question", "status", "field"),
    [
        ("kind=incident", 400, "kind"),
        ("group=nothing", 404, "group"),
        ("from=123456789012345", 400, "from"),
        ("from=2000&to=1000", 400, "to"),
        ("agreement=acme-centre", 400, "agreement"),
    ],
)
async def test_mistakes_are_named(working: Listener, question: str, status: int, field: str) -> None:
    """A question that cannot be answered names the key at fault."""
    answered, content = await working.json(f"/api/v1/annotations?{question}")
    assert (answered, content["error"]["field"]) == (status, field)
