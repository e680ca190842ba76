"""Rules over several periods in the daemon: what earlier periods came to is judged from the record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.desk.acme import CONFIGURATION, CONTRACTS, acme
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.settings.reading import load
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path

BOTH = """\
time,target,status
2026-08-31T22:00:00Z,web,up
2026-09-12T09:00:00Z,web,down
2026-09-12T12:00:00Z,web,up
2026-09-30T22:00:00Z,web,up
2026-10-10T09:00:00Z,web,down
2026-10-10T12:00:00Z,web,up
2026-10-31T23:00:00Z,web,up
"""
ONE = BOTH.replace("2026-09-12T09:00:00Z,web,down\n2026-09-12T12:00:00Z,web,up\n", "")
AFTER = parse_instant("2026-11-03T00:00:00Z")


def october(folder: Path, history: str) -> tuple[str, list[str], list[dict[str, object]]]:
    """October under a credit that is due only when two months in a row are missed: amount, reviews, earlier facts."""
    own = acme(folder, history)
    terms = folder / "terms"
    terms.mkdir()
    for file in CONTRACTS.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        rule = 'credit:\n  consecutive: {periods: 2, clause: "2.9"}\n  kind: steps\n'
        (terms / file.name).write_text(text.replace("credit:\n  kind: steps\n", rule), encoding="utf-8")
    own.config.write_text(CONFIGURATION.format(contracts=terms), encoding="utf-8")
    settings = replace(load(own.config, {}), database=own.settings.database)
    store = open_store(settings.database, create=False)
    try:
        judge = Judge(settings, store)
        (statement,) = judge.statements("acme", "2026-10", AFTER)
        case = judge.case("acme", "2026-10", AFTER)
    finally:
        store.close()
    reviews = [line for line in statement.needs_review if "in a row" in line]
    return str(statement.judgement.credit.amount), reviews, case["facts"].get("earlier", [])


def test_a_second_month_in_a_row_is_due(tmp_path: Path) -> None:
    """September was missed, so October earns its credit, and the case says what September came to."""
    amount, reviews, earlier = october(tmp_path, BOTH)
    assert (amount != "0.00", reviews) == (True, [])
    # samples of five minutes prove 175 of September's 43,200 minutes: 99.594907407... %, rounded up
    assert earlier == [
        {"group": "service", "period": "2026-09", "missed": ["availability"], "availability": "99.5949074075"}
    ]


def test_a_first_month_is_not_due(tmp_path: Path) -> None:
    """September was kept, so nothing is due for October, and nothing has to be asked."""
    amount, reviews, earlier = october(tmp_path, ONE)
    assert (amount, reviews) == ("0.00", [])
    assert earlier == [{"group": "service", "period": "2026-09", "missed": [], "availability": "100"}]
