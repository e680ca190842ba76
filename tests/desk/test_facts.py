"""The commands that state facts: what they record, what they refuse, and what it does to the figures."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from tests.desk.acme import APP, Acme, acme
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


@pytest.fixture
def desk(tmp_path: Path) -> Acme:
    """A configuration with a database."""
    return acme(tmp_path)


def opened(desk: Acme, at: str = "2026-10-10T11:05") -> None:
    """A ticket T1 on the phone."""
    desk.said(f"ticket open --agreement acme --group service --channel phone --by ana --at {at}")


def refused(desk: Acme, line: str) -> str:
    """The message of a command that is a mistake."""
    code, output = desk.run(line)
    assert code == 2, output
    return " ".join(output.replace("│", " ").split())


def test_a_ticket_from_opening_to_resolution(desk: Acme) -> None:
    """Every kind of event has its command; times without an offset are those of the contract's zone."""
    opened(desk)
    kinds = (
        "complete acknowledge register question answer hold resume respond report escalate workaround comment resolve"
    ).split()
    for minute, name in enumerate(kinds, start=10):
        desk.said(f"ticket {name} T1 --agreement acme --by ana --at 2026-10-10T11:{minute}")
    (ticket,) = desk.json("ticket list --agreement acme")
    assert (ticket["ticket"], ticket["group"]) == ("T1", "service")
    assert [event["kind"] for event in ticket["events"]] == (
        "opened completed acknowledged registered question answer hold resume response reported escalated workaround"
        " comment resolved"
    ).split()
    assert ticket["events"][0]["at"] == "2026-10-10T09:05:00Z"
    assert not any(event["flags"] for event in ticket["events"])
    assert desk.said("ticket list").count("\n") == 1 + len(ticket["events"])


REFUSED = {
    "ticket answer T9 --at 2026-10-10T11:10": "there is no ticket 'T9'; open it first",
    "ticket resolve T1 --at 2026-10-10T11:00": "is before ticket T1 began at 2026-10-10T09:05:00Z",
    "ticket resume T1": "T1 is not on hold at that time",
    "ticket open --group service --id T1": "T1 is open already; a second one about the same problem needs",
    "ticket attempt --group service --id T1": "T1 is open already; there is nothing left to attempt",
    "ticket open --group critical_functions --id T1": "ticket T1 is about service, not critical_functions",
    "ticket open": "a ticket needs its group; state one of: service, critical_functions",
    "ticket open --group nothing": "'nothing' is no group of daktela",
    "ticket comment T1 --channel pigeon": "'pigeon' is no channel; state one of: phone, mail, portal, ticket",
    "ticket comment T1 --at 2026-10-25T02:30": "occurs twice in Europe/Prague",
    "ticket comment T1 --at 2026-03-29T02:30": "does not exist in Europe/Prague",
    "ticket comment T1 --at 2999-01-01T00:00": "has not come yet",
    "condition set nothing yes": "'nothing' is no condition of daktela",
    "condition set supported_version maybe": "'maybe' is no answer; state yes, no or unknown",
    "maintenance cancel M1": "there is no announcement 'M1'",
    "maintenance add --from 2026-10-10T12:00 --to 2026-10-10T11:00": "is not after 2026-10-10T12:00",
    "maintenance add --from 2026-10-10T11:00 --to 2026-10-10T12:00 --replaces M7": "there is no announcement 'M7'",
    "maintenance add --from 2026-10-10T11:00 --to 2026-10-10T12:00"
    " --announced-at 2026-10-02T10:00 --received-at 2026-10-01T10:00": "received before it was sent",
    "exclusion accept E1": "there is no exclusion 'E1'; those of acme are: none",
    "exclusion propose --from 2026-10-10T11:00 --to 2026-10-10T12:00 --cause weather": "'weather' is no cause of",
    "outage add --group service --from 2026-10-10T11:00 --to 2026-10-10T12:00": "stands on its evidence alone",
    "outage link T1 --outage 2026-10-11T11:00": "service has no outage at 2026-10-11T09:00:00Z",
    "outage link T9 --outage 2026-10-10T11:30": "there is no ticket 'T9'; the tickets of acme are: T1",
}


def test_what_cannot_be_is_refused(desk: Acme) -> None:
    """A mistake ends with exit code 2 and a sentence on what is wrong, and nothing is recorded."""
    opened(desk)
    for line, message in REFUSED.items():
        assert message in refused(desk, f"{line} --agreement acme --by ana")
    store = open_store(f"sqlite:///{desk.folder / 'uptime.db'}", create=False)
    assert [fact.subject for fact in store.facts()] == ["T1"]
    store.close()


def test_an_answer_to_no_question_is_a_comment(desk: Acme) -> None:
    """It is kept and flagged; an answer to a question is one, a second answer to it is not."""
    opened(desk)
    assert "flagged: an answer to no question" in desk.said("ticket answer T1 --agreement acme --at 2026-10-10T11:06")
    desk.said("ticket question T1 --agreement acme --at 2026-10-10T11:10")
    for minute in (12, 14):
        desk.said(f"ticket answer T1 --agreement acme --at 2026-10-10T11:{minute}")
    (ticket,) = desk.json("ticket list --agreement acme")
    assert [(event["kind"], len(event["flags"])) for event in ticket["events"]] == [
        ("opened", 0),
        ("comment", 1),
        ("question", 0),
        ("answer", 0),
        ("comment", 1),
    ]


def test_an_attempt_is_not_yet_a_ticket(desk: Acme) -> None:
    """What the vendor does needs a ticket that it has; a resolution before the opening is refused."""
    desk.said("ticket attempt --agreement oki --group inbound --at 2026-10-10T12:01")
    assert "resolved before ticket T1 was opened" in refused(desk, "ticket resolve T1 --agreement oki")
    desk.said("ticket open --agreement oki --group inbound --id T1 --at 2026-10-10T12:20")
    assert "response before ticket T1 was opened" in refused(
        desk, "ticket respond T1 --agreement oki --at 2026-10-10T12:10"
    )
    desk.said("ticket resolve T1 --agreement oki --at 2026-10-10T15:00")


def test_odd_orders_are_flagged(desk: Acme) -> None:
    """An event after the resolution, a resolution before later events, and a duplicate are recorded with a flag."""
    opened(desk)
    desk.said("ticket respond T1 --agreement acme --at 2026-10-10T12:30")
    resolved = desk.said("ticket resolve T1 --agreement acme --at 2026-10-10T12:00")
    assert "flagged: before response at 2026-10-10T10:30:00Z, which is on record already" in resolved
    late = desk.said("ticket workaround T1 --agreement acme --at 2026-10-10T13:00")
    assert "flagged: after the ticket was resolved at 2026-10-10T10:00:00Z" in late
    desk.said("ticket open --agreement oki --group inbound --at 2026-10-10T12:01")
    second = desk.said("ticket open --agreement oki --group inbound --at 2026-10-10T12:30")
    assert "flagged: ticket T1 about inbound is not resolved and covers this problem too (Duties 1)" in second


def test_conditions_keep_every_answer(desk: Acme) -> None:
    """The last answer stands, with its author; the ones before stay on record."""
    for answer, author in (("yes", "ana"), ("no", "ivo")):
        desk.said(f"condition set supported_version {answer} --agreement acme --by {author}")
    rows = {row["condition"]: row for row in desk.json("condition list --agreement acme")}
    assert (rows["supported_version"]["state"], rows["supported_version"]["by"]) == ("no", "ivo")
    assert rows["accepted_contract"]["by"] is None


def test_evidence_is_kept_by_its_digest(desk: Acme) -> None:
    """A file of evidence is kept once, under SHA-256; a dry run keeps nothing."""
    proof = desk.folder / "call.txt"
    proof.write_text("called at 11:05", encoding="utf-8")
    line = f"ticket open --agreement acme --group service --channel phone --evidence {proof}"
    assert "not recorded (dry run)" in desk.said(f"{line} --dry-run")
    digest = hashlib.sha256(b"called at 11:05").hexdigest()
    store = open_store(f"sqlite:///{desk.folder / 'uptime.db'}", create=False)
    assert (store.facts(), store.evidence(digest)) == ([], None)
    desk.said(line)
    kept = store.evidence(digest)
    assert kept is not None
    assert (kept.name, kept.content) == ("call.txt", b"called at 11:05")
    assert [fact.evidence for fact in store.facts()] == [digest]
    store.close()
    proof.write_bytes(b"")
    assert "the file of evidence is empty" in refused(desk, line)


def test_announcements_and_their_edits(desk: Acme) -> None:
    """An edit is a new announcement; the first-seen copy stays, and the list says what of it still stands."""
    line = "maintenance add --agreement acme --by ana --channel mail"
    desk.said(f"{line} --from 2026-10-10T11:00 --to 2026-10-10T13:00 --announced-at 2026-10-08T11:00")
    moved = f"{line} --from 2026-10-10T12:00 --to 2026-10-10T14:00 --replaces M1 --received-at 2026-10-10T12:30"
    assert "flagged: told only when the work had begun" in desk.said(moved)
    assert "M1 was replaced by M2 already; replace that one" in refused(desk, moved)
    assert "M1 was replaced by M2; cancel that one" in refused(desk, "maintenance cancel M1 --agreement acme")
    rows = desk.json("maintenance list")
    assert [(row["id"], row["from"], row["stands"], row["notice"]) for row in rows] == [
        ("M1", "2026-10-10T09:00:00Z", "in part", "48:00:00"),
        ("M2", "2026-10-10T10:00:00Z", "whole", "-0:30:00"),
    ]
    desk.said("maintenance cancel M2 --agreement acme --at 2026-10-10T12:40")
    assert [row["stands"] for row in desk.json("maintenance list")] == ["taken back", "cancelled"]
    assert "M2 is cancelled already" in refused(desk, "maintenance cancel M2 --agreement acme")
    again = "--from 2026-10-10T12:00 --to 2026-10-10T14:00"
    assert "M2 is cancelled; announce the work anew" in refused(desk, f"{line} {again} --replaces M2")
    assert "M2 is on record already and is never edited" in refused(desk, f"{line} {again} --id M2")


def test_exclusions_count_once_accepted(desk: Acme) -> None:
    """A proposed hour counts, an accepted one does not, a rejected one does again; each step has its author."""
    assert desk.counted() == 3 * HOUR
    desk.said(
        "exclusion propose --agreement acme --from 2026-10-10T12:00 --to 2026-10-10T13:00 --cause telecom --by vendor"
    )
    figures = [desk.counted()]
    for step in ("accept", "reject"):
        desk.said(f"exclusion {step} E1 --agreement acme --by ana")
        figures.append(desk.counted())
    assert figures == [3 * HOUR, 2 * HOUR, 3 * HOUR]
    assert "E1 is rejected already, by ana" in refused(desk, "exclusion reject E1 --agreement acme")
    (row,) = desk.json("exclusion list")
    assert (row["decision"], row["by"], row["cause"]) == ("rejected", "ana", "telecom")


def test_an_outage_that_others_saw(desk: Acme) -> None:
    """With evidence it counts, in all three brackets, and a ticket can be linked to it."""
    proof = desk.folder / "report.txt"
    proof.write_text("we were down", encoding="utf-8")
    desk.said(
        "outage add --agreement acme --group service --by ana --from 2026-10-15T12:00 --to 2026-10-15T13:00"
        f" --evidence {proof}"
    )
    statement = desk.statement()
    assert (statement["counted_seconds"], statement["outages"]) == (4 * HOUR, 2)
    assert statement["downtime_seconds_shortest"] == 4 * HOUR - 300  # the imported edge is known to five minutes
    opened(desk, "2026-10-16T09:00")
    desk.said("outage link T1 --agreement acme --outage 2026-10-15T12:30")
    assert "is linked to that outage already" in refused(
        desk, "outage link T1 --agreement acme --outage 2026-10-15T12:45"
    )
    (ticket,) = desk.json("ticket list")
    assert ticket["outages"] == ["2026-10-15T10:30:00Z"]


def test_a_voided_measurement(desk: Acme) -> None:
    """A stretch that a person declares wrong becomes unknown, reason `voided`, and is no downtime."""
    line = "observation void stand-in/tcp --from 2026-10-10T09:00:00Z --to 2026-10-10T10:00:00Z"
    desk.said(line, "--why", "our own firewall", "--by", "ana")
    statement = desk.statement()
    assert statement["counted_seconds"] == 2 * HOUR
    assert statement["unmeasured_seconds"]["voided"] == HOUR
    assert "there is no probe 'nothing'" in refused(desk, line.replace("stand-in/tcp", "nothing") + " --why x")
    assert "is no instant with an offset" in refused(desk, line.replace("Z", "") + " --why x")


def test_as_of_shows_what_was_known_then(desk: Acme) -> None:
    """Each fact changes the figures from the instant it was recorded, not from the one it speaks of."""
    desk.said(
        "exclusion propose --agreement acme --from 2026-10-10T12:00 --to 2026-10-10T13:00 --cause telecom --by vendor"
    )
    (proposed,) = desk.json("exclusion list")
    desk.said("exclusion accept E1 --agreement acme --by ana --at 2026-10-12T10:00")
    (accepted,) = desk.json("exclusion list")
    assert proposed["known_at"] < accepted["known_at"]
    assert accepted["at"] == "2026-10-12T08:00:00Z"
    assert desk.counted("--as-of", proposed["known_at"]) == 3 * HOUR
    assert desk.counted("--as-of", accepted["known_at"]) == 2 * HOUR


def test_the_exported_case_comes_to_the_same_figures(desk: Acme) -> None:
    """Every kind of fact leaves in the case, without its author; judged again it gives the same statement."""
    proof = desk.folder / "report.txt"
    proof.write_text("we were down", encoding="utf-8")
    opened(desk)
    for line in (
        f"outage add --group service --from 2026-10-15T12:00 --to 2026-10-15T13:00 --evidence {proof}",
        "outage link T1 --outage 2026-10-15T12:30",
        "condition set supported_version yes",
        "maintenance add --from 2026-10-10T11:00 --to 2026-10-10T12:00 --announced-at 2026-10-01T10:00 --cause telecom",
        "maintenance add --from 2026-10-10T11:30 --to 2026-10-10T12:30 --replaces M1 --emergency",
        "maintenance cancel M2",
        "exclusion propose --from 2026-10-10T12:00 --to 2026-10-10T13:00 --cause telecom",
        "exclusion accept E1",
    ):
        desk.said(f"{line} --agreement acme --by anastasia")
    void = "observation void stand-in/tcp --from 2026-10-10T09:00:00Z --to 2026-10-10T09:30:00Z"
    desk.said(f"{void} --why ours --by anastasia")
    store = open_store(desk.settings.database, create=False)
    now = max(fact.known_at for fact in store.facts())
    case = Judge(desk.settings, store).case("acme", "2026-10", now)
    store.close()
    text = json.dumps(case)
    assert "anastasia" not in text
    (desk.folder / "case.json").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(APP, ["evaluate", str(desk.folder / "case.json")])
    assert done.exit_code == 0, done.output
    (again,) = json.loads(done.output)["statements"]
    statement = desk.statement("--as-of", format_instant(now))
    del again["readings"], statement["readings"]  # the claimed reading alone leaves the house
    assert again == statement
    assert again["counted_seconds"] == 2 * HOUR + HOUR // 2
