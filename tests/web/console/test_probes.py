"""The pages of probes: the list, one probe, the numbers of its plot."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.web.console.house import NOW, visiting
from uptime_daemon.core.facts.attempt import Attempt, Failure
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.time.instants import MINUTE, SECOND

if TYPE_CHECKING:
    from pathlib import Path

ONE = "/console/probes/stand-in%2Ftcp"
NASTY = "<img src=x onerror=alert(1)>"


async def test_a_probe_from_the_list_to_its_failures(tmp_path: Path) -> None:
    """What was tried in the last hour: passes in the plot and its table, the failure with what came of it."""
    async with visiting(tmp_path) as house:
        store = house.rooms.store
        store.open_session("here", NOW - 60 * MINUTE)
        for number in range(100):
            at = NOW - 55 * MINUTE + number * 30 * SECOND
            seen = Observation("stand-in/tcp", "here", at, Outcome.PASS, duration=7_000)
            failure = None
            if number == 50:
                seen = Observation("stand-in/tcp", "here", at, Outcome.FAIL, Reason.CONNECTION_REFUSED, 300)
                failure = Failure(seen, Attempt(seen.outcome, seen.reason, 300, Phase.TCP, NASTY, peer="192.0.2.1:9"))
            store.observe(seen, 75 * SECOND, failure)
        store.flush()
        house.rooms.look()
        await house.sign_in("vit")
        status, page = await house.get("/console/probes?q=tcp")
        assert (status, f'href="{ONE}"' in page) == (200, True), page
        status, page = await house.get(ONE)
        text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert status == 200, page
        for words in ("connection refused", "192.0.2.1:9", "from here", "As a table, from here", "every 30 s"):
            assert words in text, words
        assert NASTY not in page
        _, body = await house.get(f"{ONE}/latencies?reach=1d")
        plot = json.loads(body)
        assert [(each["vantage"], each["percentile"]) for each in plot["series"]] == [
            ("here", 50), ("here", 90), ("here", 99)
        ]  # fmt: skip
        assert len(plot["at"]) == len(plot["series"][0]["milliseconds"]) == 10
        assert set(plot["series"][0]["milliseconds"]) == {7.0}
        assert plot["to"] - plot["from"] == 86_400


async def test_what_is_no_probe_or_no_choice(tmp_path: Path) -> None:
    """Each is told as what it is, on a page or as JSON."""
    async with visiting(tmp_path) as house:
        await house.sign_in("vit")
        for path, expected in (
            ("/console/probes/stand-in%2Fnone", 404),
            ("/console/probes/stand-in%2Fnone/latencies", 404),
            (f"{ONE}?reach=2d", 400),
            (f"{ONE}/latencies?reach=2d", 400),
            ("/console/probes?show=none", 400),
            ("/console/probes?page=0", 400),
            ("/console/probes?page=1234567890", 400),
        ):
            status, text = await house.get(path)
            assert status == expected, (path, text)
            assert ("latencies" in path) is text.startswith('{"error"'), path
