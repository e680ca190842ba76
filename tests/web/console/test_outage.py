"""The page of an outage: what each vantage saw, how attempts failed, what becomes of its time."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from tests.web.console.house import Visiting, visiting
from uptime_daemon.core.facts.attempt import Attempt, CheckResult, Failure, Vote
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.time.instants import MINUTE, SECOND, parse_instant

if TYPE_CHECKING:
    from pathlib import Path

BEGAN = parse_instant("2026-10-20T10:00:00+02:00")
EVERY = 30 * SECOND
LASTED = 10
NASTY = "<script>alert(1)</script>\"'&"


def failed(house: Visiting) -> None:
    """Our own vantage sees the service answer with an error for some minutes, in words that no page may run."""
    store = house.rooms.store
    store.open_session("here", BEGAN - 3 * MINUTE)
    for number in range(-4, LASTED + 4):
        at = BEGAN + number * EVERY
        if not 0 <= number < LASTED:
            store.observe(Observation("stand-in/tcp", "here", at, Outcome.PASS), 75 * SECOND, None)
            continue
        seen = Observation("stand-in/tcp", "here", at, Outcome.FAIL, Reason.CHECK)
        check = CheckResult(f"body has {NASTY}", NASTY, NASTY, holds=False)
        attempt = Attempt(
            seen.outcome, seen.reason, 40_000, Phase.ANSWER, NASTY,
            phases=((Phase.TCP, 9_000),), checks=(check,), peer="192.0.2.1:443", status=500, excerpt=NASTY,
        )  # fmt: skip
        store.observe(
            seen, 75 * SECOND, Failure(seen, attempt, (Vote("quad9", passed=True), Vote(NASTY, passed=False)))
        )
    store.flush()
    house.rooms.look()


async def test_an_outage_from_every_side(tmp_path: Path) -> None:
    """The page of the agreement leads to it; brackets, sentinels, attempts and the reason why it does not count."""
    async with visiting(tmp_path) as house:
        failed(house)
        await house.sign_in("vit")
        _, page = await house.get("/console/agreements/acme?period=2026-10")
        links = [html.unescape(each) for each in re.findall(r'href="(/console/outages/[^"]+)"', page)]
        assert len(links) == len(set(links))
        link = next(each for each in links if "2026-10-20T08%3A00%3A00Z" in each)
        status, page = await house.get(link)
        assert status == 200, page
        text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        for words in (
            "0:04:30 first fail to last fail", "0:05:00 first fail to first pass", "0:05:30 last pass to first pass",
            "answered with error", "stand-in/tcp from here", "stand-in/tcp recorded history",
            "quad9 10 10", "the first 10", "192.0.2.1:443", "tcp 9 ms",
        ):  # fmt: skip
            assert words in text, words
        assert NASTY not in page
        assert "alert(1)" in html.unescape(text)


async def test_an_outage_that_others_recorded(tmp_path: Path) -> None:
    """Of recorded history no attempt is known, and the page says so; its ticket stands beside it."""
    async with visiting(tmp_path) as house:
        await house.sign_in("vit")
        _, page = await house.get("/console/agreements/acme?period=2026-10")
        link = html.unescape(re.findall(r'href="(/console/outages/[^"]+)"', page)[0])
        status, page = await house.get(link)
        assert (status, "None is on record" in page) == (200, True), page


async def test_no_such_outage(tmp_path: Path) -> None:
    """What is no outage has no page, and what is no instant is told so."""
    async with visiting(tmp_path) as house:
        await house.sign_in("vit")
        for query, expected in (("at=2026-10-02T00:00:00Z", 404), ("at=yesterday", 400), ("", 400), ("as=x", 400)):
            status, _ = await house.get(f"/console/outages/acme/service?{query}")
            assert status == expected, query
        status, _ = await house.get("/console/outages/nobody/service?at=2026-10-02T00:00:00Z")
        assert status == 404
