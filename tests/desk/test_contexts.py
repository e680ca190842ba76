"""Contexts of failures beyond what is read at once."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tests.desk.acme import acme
from uptime_daemon.core.facts.attempt import Attempt, Failure, Vote
from uptime_daemon.core.facts.observation import Observation, Outcome, Phase, Reason
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.judging import contexts
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

START = parse_instant("2026-10-20T08:00:00Z")
EVERY = 30 * SECOND
PROBE = "stand-in/tcp"


def test_the_latest_outage_is_told_as_well_as_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every outage has its class and votes, though many contexts lie before it, two of each instant among them.

    That of the last fail is one of them where the outage is still open.
    """
    desk = acme(tmp_path, "time,target,status\n2026-09-30T22:00:00Z,web,up\n2026-10-10T00:00:00Z,web,up\n")
    for vantage in ("here", "there"):
        with closing(open_store(desk.settings.database, create=False)) as store:
            store.open_session(vantage, START)
            for at in range(START, START + HOUR, EVERY):
                is_down = (at - START) % (10 * MINUTE) >= 7 * MINUTE
                outcome, reason = (Outcome.FAIL, Reason.STATUS) if is_down else (Outcome.PASS, Reason.NONE)
                seen = Observation(PROBE, vantage, at, outcome, reason, SECOND)
                failure = Failure(seen, Attempt(outcome, reason, SECOND, Phase.ANSWER), (Vote("quad9", passed=True),))
                store.observe(seen, 75 * SECOND, failure if is_down else None)
    hour = Span(START, START + HOUR)
    with closing(open_store(desk.settings.database, create=False)) as store:
        whole = store.failures({PROBE}, hour, 1_000)
        assert len(whole) == 2 * 6 * 6
        for at_once in (3, 5, 24, 72, 73):
            monkeypatch.setattr(contexts, "FAILURES_READ_MAX", at_once)
            assert list(contexts.failures_over(store, {PROBE}, hour)) == whole
    monkeypatch.setattr(contexts, "FAILURES_READ_MAX", 5)
    outages = desk.json("outages --from 2026-10-20T00:00:00Z --to 2026-10-20T09:00:00Z")
    assert [each["class"] for each in outages] == ["answered_with_error"] * 6
    assert [each["sentinels"] for each in outages] == ["quad9 12/12"] * 6
