"""Closed periods are frozen; later facts make revisions that say what they changed, and nothing else does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.desk.acme import HISTORY, Acme, acme, imported
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import DAY, HOUR, SECOND, parse_instant
from uptime_daemon.desk.judging.closing import LOOK_AGAIN_AFTER, Closing, difference
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.kept import FrozenStatement
    from uptime_daemon.store.ports import Store

NOVEMBER = parse_instant("2026-11-01T00:00:00+01:00")
LATER = parse_instant("2027-03-01T00:00:00Z")
"""After every fact of these tests was recorded, before the next October closes."""


@pytest.fixture
def desk(tmp_path: Path) -> Acme:
    """A configuration with a database."""
    return acme(tmp_path)


@pytest.fixture
def store(desk: Acme) -> Iterator[Store]:
    """The database."""
    opened = open_store(desk.settings.database, create=False)
    yield opened
    opened.close()


def october(closing: Closing, desk: Acme, store: Store, at: Instant) -> list[FrozenStatement]:
    """What passes freeze of October under the monthly contract, until there is nothing left to look at."""
    judge = Judge(desk.settings, store)
    frozen = [each for _ in range(4) for each in closing.take(judge, at)]
    return [each for each in frozen if (each.agreement, each.period) == ("acme", "2026-10")]


def test_a_period_is_frozen_once_it_has_closed(desk: Acme, store: Store) -> None:
    """Not while it settles; then once, with its figures and the versions they rest on."""
    closing = Closing()
    assert october(closing, desk, store, NOVEMBER + DAY - SECOND) == []
    (first,) = october(closing, desk, store, NOVEMBER + DAY)
    assert (first.group, first.revision, first.by, first.why) == ("service", 1, "uptime-daemon", "")
    body = json.loads(first.body)
    assert body["statement"]["counted_seconds"] == 3 * 3600
    assert body["statement"]["status"] == "closed"
    assert set(body["rests_on"]) == {"definitions", "last_fact", "holidays", "tzdata", "software"}
    assert october(Closing(), desk, store, LATER) == []  # another daemon finds it frozen
    assert {each.period for each in store.statements("acme")} >= {"2026-10"}
    assert all(each.period >= "2026-10" for each in store.statements("acme"))  # nothing was measured before


def test_a_fact_that_changes_no_figure_makes_no_revision(desk: Acme, store: Store) -> None:
    """An undecided exclusion and an answered condition change nothing that was frozen."""
    closing = Closing()
    october(closing, desk, store, LATER)
    desk.said("condition set supported_version yes --agreement acme --by ana")
    desk.said(
        "exclusion propose --agreement acme --from 2026-10-10T12:00 --to 2026-10-10T13:00 --cause telecom --by vendor"
    )
    assert october(closing, desk, store, LATER + HOUR) == []


def test_a_revision_names_the_one_before_who_why_and_the_difference(desk: Acme, store: Store) -> None:
    """The first stays as it was; `revisions` shows both."""
    closing = Closing()
    first_at = parse_instant("2026-11-03T00:00:00Z")
    (first,) = october(closing, desk, store, first_at)
    desk.said(
        "exclusion propose --agreement acme --from 2026-10-10T12:00 --to 2026-10-10T13:00 --cause telecom --by vendor"
    )
    desk.said("exclusion accept E1 --agreement acme --by ana")
    (second,) = october(closing, desk, store, LATER)
    assert (second.revision, second.by) == (2, "vendor, ana")
    assert second.why == "fact 1, exclusion E1, by vendor; fact 2, exclusion E1, by ana"
    revises = json.loads(second.body)["revises"]
    kept = [each for each in store.statements("acme", "2026-10") if each.revision == 1]
    assert [each.body for each in kept] == [first.body]
    assert (revises["revision"], revises["digest"]) == (1, kept[0].digest)
    assert revises["difference"]["counted_seconds"] == [10800, 7200]
    assert revises["difference"]["excluded_seconds.telecom"] == [None, 3600]
    assert "conditions" not in json.dumps(list(revises["difference"]))
    rows = desk.json("revisions --agreement acme --period 2026-10")
    assert [(row["revision"], row["in_force"], row["credit"]) for row in rows] == [
        (1, False, "117.60"),
        (2, True, "78.40"),
    ]
    assert "counted_seconds 10800 -> 7200" in " ".join(desk.said("revisions --agreement acme").split())
    assert october(closing, desk, store, LATER + HOUR) == []


def test_a_voided_measurement_changes_the_measured_share(desk: Acme, store: Store) -> None:
    """The reason names the fact and that another share is measured now."""
    closing = Closing()
    october(closing, desk, store, LATER)
    line = "observation void stand-in/tcp --from 2026-10-20T00:00:00Z --to 2026-10-21T00:00:00Z"
    desk.said(line, "--why", "our router", "--by", "ivo")
    (second,) = october(closing, desk, store, LATER + SECOND)
    assert second.by == "ivo"
    assert second.why == "fact 1, void stand-in/tcp, by ivo; another share of the period is measured now"


def test_imported_history_is_a_reason_of_its_own(tmp_path: Path) -> None:
    """What is imported after the closing is found some hours later, without any fact."""
    desk = acme(tmp_path, HISTORY.replace("2026-10-31T23:00:00Z,web,up\n", ""))
    store = open_store(desk.settings.database, create=False)
    closing = Closing()
    (first,) = october(closing, desk, store, LATER)
    imported(desk, HISTORY)
    assert october(closing, desk, store, LATER + LOOK_AGAIN_AFTER - SECOND) == []
    (second,) = october(closing, desk, store, LATER + LOOK_AGAIN_AFTER)
    assert (second.by, second.why) == ("uptime-daemon", "another share of the period is measured now")
    shares = [json.loads(each.body)["statement"]["coverage"] for each in (first, second)]
    assert shares[1] == "1"
    assert shares[0] != "1"
    store.close()


def test_history_that_measures_no_other_share_is_a_reason_as_well(desk: Acme, store: Store) -> None:
    """What was on record was one outage; by a second source, imported later, the same month has another one."""
    closing = Closing()
    (first,) = october(closing, desk, store, LATER)
    start, end = parse_instant("2026-09-30T22:00:00Z"), NOVEMBER
    down = parse_instant("2026-10-20T08:00:00Z")
    parts = (
        (start, down, Outcome.PASS, Reason.NONE),
        (down, down + HOUR, Outcome.FAIL, Reason.STATUS),
        (down + HOUR, end, Outcome.PASS, Reason.NONE),
    )
    archive = [  # a source whose name comes first is believed first
        Run("stand-in/tcp", "archive", outcome, reason, begun, ended - SECOND, 2, ended - SECOND - begun)
        for begun, ended, outcome, reason in parts
    ]
    store.insert_history(archive, 800 * HOUR)
    (second,) = october(closing, desk, store, LATER + LOOK_AGAIN_AFTER)
    assert (second.by, second.why) == ("uptime-daemon", "what was measured is on record otherwise now")
    statements = [json.loads(each.body)["statement"] for each in (first, second)]
    assert [each["coverage"] for each in statements] == ["1", "1"]
    assert statements[0]["counted_seconds"] != statements[1]["counted_seconds"]
    assert october(closing, desk, store, LATER + 3 * LOOK_AGAIN_AFTER) == []


def test_differences_are_those_of_figures() -> None:
    """Nested figures are named by their path; texts, and whether something can be claimed, are no figures."""
    before = {
        "counted_seconds": 5,
        "targets": [{"id": "availability", "met": True, "claimable": "open"}],
        "credit": {"amount": "1.00"},
        "derivation": ["a"],
    }
    after = {
        "counted_seconds": 6,
        "targets": [{"id": "availability", "met": False, "claimable": "no"}],
        "credit": {"amount": "1.00"},
        "derivation": ["b"],
    }
    assert difference(before, after) == {"counted_seconds": [5, 6], "targets.availability.met": [True, False]}
    assert difference(before, before) == {}
