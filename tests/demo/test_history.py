"""A year of the stand-in's past, whenever the demonstration is started."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from tests.demo.past import demonstrated
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.demo.files import HISTORY
from uptime_daemon.demo.history import outages
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import house

STARTS = (
    "2026-11-22T21:43:00Z",
    "2026-01-01T00:00:30+01:00",  # a new year, a new month, a minute ago
    "2026-01-05T12:00:00Z",
    "2026-01-25T12:00:00Z",
    "2026-03-01T08:00:00Z",  # after a February of 28 days
    "2028-03-01T08:00:00Z",  # of 29
    "2026-03-29T03:30:00+02:00",  # within the hour after the clocks changed
    "2026-04-01T12:00:00Z",  # the year has just become old enough for its long outages
    "2026-05-07T23:59:59+02:00",  # the last second of last month's claim
    "2026-05-08T00:00:00+02:00",  # the first after it
    "2026-10-25T02:30:00+01:00",
    "2026-12-31T23:59:00Z",
)


@pytest.mark.parametrize("start", STARTS)
def test_the_promised_breaches_are_there(start: str, tmp_path: Path) -> None:
    """Last month owes exactly one step, a claim can be made, a year is over its eight hours."""
    now = parse_instant(start)
    with demonstrated(tmp_path, now) as judge:
        (last,) = judge.statements("acme-daktela", "last", now)
        assert str(last.judgement.credit.amount) == str(last.judgement.credit_proven.amount) == "39.20"
        assert [cause for cause, _ in last.judgement.labels.excluded] == ["planned_maintenance"]
        assert last.conservative.breached
        over = [
            statement
            for period in ("current", "last")
            for statement in judge.statements("acme-oki-toki", period, now)
            if statement.judgement.targets[0].breach is Breach.PROVEN
        ]
        assert [statement.judgement.group.name for statement in over] in (["inbound"], ["inbound", "inbound"])
        assert all(statement.judgement.point.downtime > 8 * HOUR for statement in over)
        desk = ClaimsDesk(judge, judge.store, house(judge.settings))
        reviewed = desk.review(now)
        assert not reviewed.warnings
        open_claims = [claim for claim in desk.claims(now) if claim.state is ClaimState.ELIGIBLE]
        assert [str(claim.claimed) for claim in open_claims if claim.id.agreement == "acme-daktela"] == ["39.20"]
        assert not any(claim.hindrances for claim in open_claims)
        mails = [mail.mail.recipients for mail in judge.store.outbox()]
        assert mails == [("finance@acme.example",)] * (len(reviewed.eligible))


@pytest.mark.parametrize("start", STARTS)
def test_the_outages_of_the_past_are_apart(start: str) -> None:
    """No two of them touch, so that each is one outage of its own with one ticket."""
    found = outages(parse_instant(start))
    assert not [pair for pair in combinations(found, 2) if pair[0].span.end + HOUR > pair[1].span.start]


def test_the_same_instant_has_the_same_past(tmp_path: Path) -> None:
    """What is shown to one person is shown to the next."""
    now = parse_instant(STARTS[0])
    texts = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with demonstrated(tmp_path / name, now) as judge:
            texts.append((tmp_path / name / HISTORY).read_bytes())
            (statement,) = judge.statements("acme-daktela", "last", now)
            assert statement.judgement.coverage == 1
    assert texts[0] == texts[1]


def test_the_history_ends_now(tmp_path: Path) -> None:
    """Nothing is made up about the future, and nothing of the last day is missing."""
    now = parse_instant(STARTS[0])
    with demonstrated(tmp_path, now) as judge:
        rows = (tmp_path / HISTORY).read_text().splitlines()[1:]
        assert max(parse_instant(row.partition(",")[0]) for row in rows) == now
        for timeline in judge.group_timelines(Span(now - DAY, now)).values():
            assert timeline.unknown_total.total <= MINUTE
