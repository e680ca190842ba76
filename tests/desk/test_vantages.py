"""Several vantages' runs in one store: whoever comes later, and until the period closes, has a vote all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.desk.acme import Acme, acme
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, parse_instant
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from uptime_daemon.core.time.instants import Duration

DOWN = parse_instant("2026-10-20T08:00:00Z")
EVERY = 30 * SECOND
LASTED = 20 * MINUTE


def seen_from(desk: Acme, vantage: str, *, down: bool, after: Duration = 0) -> None:
    """What a vantage saw of half an hour with twenty minutes of outage in the middle, if it saw any."""
    store = open_store(desk.settings.database, create=False)
    begun = DOWN + after
    store.open_session(vantage, begun - 5 * MINUTE)
    for at in range(begun - 5 * MINUTE, begun + LASTED + 5 * MINUTE, EVERY):
        fails = down and begun <= at < begun + LASTED
        seen = (Outcome.FAIL, Reason.STATUS) if fails else (Outcome.PASS, Reason.NONE)
        store.observe(Observation("stand-in/tcp", vantage, at, *seen), 75 * SECOND)
    store.close()


def test_a_majority_of_those_that_reported_decides(tmp_path: Path) -> None:
    """One is believed; of two that differ none proves an outage; of three two do."""
    desk = acme(tmp_path, "time,target,status\n2026-09-30T22:00:00Z,web,up\n2026-10-31T23:00:00Z,web,up\n")
    counted = []
    for vantage, down in (("here", True), ("there", False), ("elsewhere", True)):
        seen_from(desk, vantage, down=down)
        counted.append(desk.counted())
    assert counted == [LASTED // SECOND, 0, LASTED // SECOND]
    (outage,) = desk.json("outages --from 2026-10-20T00:00:00Z")
    assert (outage["from"], outage["to"]) == ("2026-10-20T08:00:00Z", "2026-10-20T08:20:00Z")


def test_another_vantage_in_its_place_takes_no_outage_away(tmp_path: Path) -> None:
    """What the old one proved stays proven, and the new one proves alone; only the time between them is unknown."""
    desk = acme(tmp_path, "time,target,status\n2026-09-30T22:00:00Z,web,up\n2026-10-10T00:00:00Z,web,up\n")
    moved = 2 * HOUR
    seen_from(desk, "old", down=True)
    assert desk.counted() == LASTED // SECOND
    seen_from(desk, "new", down=True, after=moved)
    assert desk.counted() == 2 * LASTED // SECOND
    stretches = desk.json("timeline --from 2026-10-20T07:55:00Z --to 2026-10-20T10:25:00Z")
    assert [(each["state"], each["reason"]) for each in stretches] == [
        ("up", None), ("down", None), ("up", None), ("unknown", "daemon_off"),
        ("up", None), ("down", None), ("up", None),
    ]  # fmt: skip
