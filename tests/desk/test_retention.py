"""What may still be needed as evidence is kept, whatever age somebody asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.desk.acme import Acme, acme
from tests.store.samples import observe_all
from uptime_daemon.core.claims.claim import ClaimId, ClaimState
from uptime_daemon.core.facts.observation import Observation, Outcome
from uptime_daemon.core.time.instants import DAY, parse_instant
from uptime_daemon.desk.claims.record import eligible_body
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.retention import Kept, kept
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.kept import ClaimEvent

if TYPE_CHECKING:
    from pathlib import Path

    from uptime_daemon.core.time.instants import Duration

NOW = parse_instant("2026-11-20T12:00:00Z")
BEFORE = 31 * DAY
"""An outage that goes on when a period begins may have begun before: so much earlier contexts are looked at."""
STARTS = parse_instant("2026-01-01T00:00:00+01:00") - BEFORE
NOVEMBER = parse_instant("2026-11-01T00:00:00+01:00") - BEFORE


OLD = [parse_instant(f"2025-{day}T12:00:00Z") for day in ("10-02", "11-29", "12-01")]


@pytest.fixture
def desk(tmp_path: Path) -> Acme:
    """A configuration with a database."""
    return acme(tmp_path)


def reasons(desk: Acme, store: Database, limitation: Duration | None, now: int = NOW) -> list[Kept]:
    """Why what is kept, with the first agreement alone."""
    settings = desk.settings
    signed = settings.agreements[0]
    limited = replace(signed, agreement=replace(signed.agreement, limitation=limitation))
    return kept(Judge(replace(settings, agreements=(limited,)), store), now)


def test_without_a_limitation_all_that_is_covered_is_kept(desk: Acme) -> None:
    """Nobody has said until when something can be claimed."""
    with open_store(desk.settings.database, create=False) as store:
        first, *_ = reasons(desk, store, None)
    assert first == Kept(STARTS, "agreements[acme] names no limitation; write one such as 1096d")


def test_the_time_of_limitation_and_what_is_not_closed_are_kept(desk: Acme) -> None:
    """The earlier of both counts; a period is open until its end and the time that the contract waits for facts."""
    with open_store(desk.settings.database, create=False) as store:
        august = parse_instant("2026-08-01T00:00:00+02:00") - BEFORE  # 100 days ago was in it: all of it may be claimed
        assert reasons(desk, store, 100 * DAY)[0] == Kept(august, "limitation of agreements[acme]")
        assert reasons(desk, store, DAY)[0] == Kept(NOVEMBER, "acme: 2026-11 is not closed")
        just_over = parse_instant("2026-12-01T12:00:00+01:00")
        assert reasons(desk, store, DAY, just_over)[0] == Kept(NOVEMBER, "acme: 2026-11 is not closed")
        assert reasons(desk, store, DAY, just_over + DAY)[0].why == "acme: 2026-12 is not closed"
        assert reasons(desk, store, 10_000 * DAY)[0].start == STARTS


def test_a_claim_keeps_its_period_until_nothing_is_to_come_of_it(desk: Acme) -> None:
    """From eligible on, also expired; one that is withdrawn or of an agreement that is gone is not the same."""
    claim = ClaimId("acme", "2026-03", "service", "final")
    march = parse_instant("2026-03-01T00:00:00+01:00") - BEFORE

    def step(store: Database, number: int, state: ClaimState, of: ClaimId = claim) -> None:
        body = eligible_body(of, None, None, None) if number == 1 else {}
        store.append_claim_event(ClaimEvent(str(of), number, NOW + number, state.value, "ana", body))

    with open_store(desk.settings.database, create=False) as store:
        step(store, 1, ClaimState.ELIGIBLE)
        assert reasons(desk, store, DAY)[0] == Kept(march, f"claim {claim} is eligible")
        step(store, 2, ClaimState.EXPIRED)
        assert reasons(desk, store, DAY)[0] == Kept(march, f"claim {claim} is expired")
        step(store, 3, ClaimState.WAIVED)
        assert reasons(desk, store, DAY)[0].start == NOVEMBER
        other = ClaimId("gone", "2026-03", "service", "final")
        step(store, 1, ClaimState.ELIGIBLE, other)
        assert reasons(desk, store, DAY)[0].start == 0


def test_the_command_removes_no_more_than_may_go(desk: Acme) -> None:
    """It says what it keeps and why, and what it removed; a dry run removes nothing and records nothing."""
    with open_store(desk.settings.database, create=False) as store:
        store.open_session("here", parse_instant("2025-10-01T00:00:00Z"))
        observe_all(store, [Observation("stand-in/tcp", "here", day, Outcome.PASS) for day in OLD])
    said = desk.said("database prune --older-than 1d --dry-run --by ana")
    assert "kept from 2025-11-30T22:00:00Z on: agreements[oki] names no limitation" in said
    assert "contexts: 0 rows older than 2025-11-30T00:00:00Z would be removed" in said
    assert "latency: 2 rows older than 2025-11-30T00:00:00Z would be removed" in said
    with open_store(desk.settings.database, create=False) as store:
        assert store.facts(kind="pruned") == []
    said = desk.said("database prune --older-than 1d --kind latency --kind latency --by ana")
    assert said.count("latency: 2 rows older than 2025-11-30T00:00:00Z removed") == 1
    assert "contexts" not in said
    assert "latency: 0 rows older than 1970-01-01T00:00:00Z removed" in desk.said(
        "database prune --older-than 9999999d --by ana"
    )
    with open_store(desk.settings.database, create=False) as store:
        assert [(fact.subject, fact.by) for fact in store.facts(kind="pruned")] == [("latency", "ana")]
    for wrong in (
        "database prune --older-than soon",
        "database prune --older-than 1d --kind runs",
        "database prune --older-than 1d --by an\udce9",
    ):
        assert desk.run(wrong)[0] == 2
