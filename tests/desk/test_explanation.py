"""What `explain` tells the house, and what of it the vendor may read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.definitions.files import DATA, judged
from tests.letters.cases import notice_statement, steps_statement
from uptime_daemon.core.judging.statement import Status
from uptime_daemon.desk.judging.explanation import explanation, sight_lines

if TYPE_CHECKING:
    from uptime_daemon.core.judging.statement import Statement

GOOD = DATA / "good" / "cases"


def told(statement: Statement, *, for_vendor: bool) -> str:
    """All lines, each with single blanks."""
    return "\n".join(" ".join(line.split()) for line in explanation(statement, for_vendor=for_vendor))


def test_the_vendor_reads_one_reading() -> None:
    """No ambiguity, no unknown condition, no code of ours and no other reading's figure leaves the house."""
    for name in ("night-window", "rounded-up-to-a-step", "year", "sample"):
        for statement in judged(GOOD / f"{name}.yaml"):
            shown = told(statement, for_vendor=True)
            for word in ("AMB-", "unknown", "reading", "half_up", "planned_maintenance", "to review", "our duty"):
                assert word not in shown, (name, word)
            assert statement.judgement.terms.title in shown


def test_the_vendor_reads_titles() -> None:
    """Groups and causes are called as in the contract, and every step has its clause."""
    (statement,) = judged(GOOD / "night-window.yaml")
    shown = told(statement, for_vendor=True)
    assert "plan premium: Contact centre service, 2026-06" in shown
    assert "Excluded: Planned downtime 1.4 a 2:30:00" in shown
    assert "Credit 2.3 1,250.75 x 6% = 75.045, half up: 75.05 EUR" in shown


def test_the_vendor_reads_what_is_proven() -> None:
    """Where the shortest outages earn less, their way stands there as well, for that is what is claimed."""
    shown = told(steps_statement("2026-08-01T00:00:00+02:00"), for_vendor=True)
    assert "Claimed is what even the shortest form of each outage comes to:" not in shown  # the same step either way
    assert "An outage counts from its first failed measurement to the first good one after it." in shown
    edge = (
        (
            "2026-06-10T09:59:30+02:00",
            "2026-06-10T10:00:00+02:00",
            "2026-06-10T11:04:00+02:00",
            "2026-06-10T11:05:00+02:00",
        ),
    )  # 64 minutes are 0.0981 points below 99.95, 65 are 0.1004: a step only from the first good measurement
    shown = told(steps_statement("2026-08-01T00:00:00+02:00", edge), for_vendor=True)
    assert "Claimed is what even the shortest form of each outage comes to:" in shown
    assert "0 x 4% = 0%" in shown.partition("Claimed is")[2]


def test_the_vendor_reads_how_final_it_is() -> None:
    """A period that still runs says so, and that its rest is taken as available."""
    statement = notice_statement("2026-01-05T00:00:00+02:00")
    assert "rest of it" not in told(statement, for_vendor=True)
    running = replace(statement, status=Status.OPEN)
    assert "the period still runs, and the rest of it is taken as available" in told(running, for_vendor=True)


def test_only_what_holds_is_shown_to_the_vendor() -> None:
    """A condition that is known to hold stands there with what shows it; the house reads all of them."""
    (statement,) = judged(GOOD / "sample.yaml")
    shown = told(statement, for_vendor=True)
    assert "holds: Every critical incident was reported by phone (4.1), shown by T1" in shown
    assert "accepted" not in shown
    assert "condition 1.8 The service was accepted and the first period has begun: unknown" in told(
        statement, for_vendor=False
    )


def test_how_closely_was_looked() -> None:
    """The house and the vendor read the rate and the shortest outage; of stated time that it is not on record."""
    measured, (unwatched,) = steps_statement(), judged(GOOD / "sample.yaml")
    line = (
        "120 attempts an hour at each vantage, at each endpoint one every 0:00:30; an outage of 0:00:56 and more is"
        " seen for sure, a shorter one may not be"
    )
    assert f"probes: {line}" in told(measured, for_vendor=False)
    assert "Checks an hour at each vantage point: 120; at each endpoint one every 30 s" in told(
        measured, for_vendor=True
    )
    assert "probes: how closely was looked is not on record" in told(unwatched, for_vendor=False)
    assert "How often the service was checked is not on record" in told(unwatched, for_vendor=True)
    assert list(sight_lines([measured, measured])) == [f"probes: {line}"]
    assert list(sight_lines([measured, unwatched])) == [
        f"2026-06 service: {line}",
        "2026-06 service: how closely was looked is not on record",
    ]


def test_the_house_reads_what_a_claim_asks_for() -> None:
    """Channel, stages with opening and deadline, evidence by who holds it, duties: what a person has to see to."""
    (statement,) = judged(GOOD / "sample.yaml")
    shown = told(statement, for_vendor=False)
    assert "claim 5.1: by mail, subject 'SLA Service Credit', in en or cs" in shown
    assert "provisional 5.1: from 2026-06-24 00:00:00 +02:00 on, before 2026-07-01 00:00:00 +02:00" in shown
    assert "final 5.1: before 2026-07-08 00:00:00 +02:00" in shown
    assert "evidence: report by phone with its time (4.1); held: tickets" in shown
    assert "nothing beyond the credit can be claimed (5.3)" in shown
    assert "risk (4.7): the vendor may bill the handling" in shown
    assert "our duty 9.3: Let the vendor update the service so that a supported version runs" in shown
    year = told(judged(GOOD / "year.yaml")[0], for_vendor=False)
    assert "if rejected (Terms): escalate the ticket once more with reasons" in year
    assert "final Terms: no deadline" in year
