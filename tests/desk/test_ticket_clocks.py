"""Clocks of recorded tickets: in `report`, in `explain`, over the API's answers, and how they stand for metrics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from tests.desk.acme import Acme, acme
from uptime_daemon.core.claims.case import clocks
from uptime_daemon.core.time.instants import parse_instant
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.desk.judging.closing import Closing
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.judging.ticket_clocks import clocks_within
from uptime_daemon.desk.showing.answers import statements
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path

MONTH: Final = "--agreement acme --period 2026-10"
LATER: Final = parse_instant("2199-01-01T00:00:00Z")
"""Facts are known from when they are recorded: an instant after any run of the tests."""


@pytest.fixture
def desk(tmp_path: Path) -> Acme:
    """A configuration with a database; Daktela's business plan: one hour to answer, one more to resolve."""
    return acme(tmp_path)


def told(desk: Acme) -> None:
    """A critical ticket of 11:05, a hold of half an hour, an answer ten minutes too late, a resolution in time."""
    who = "--agreement acme --by ana"
    opened = f"ticket open {who} --group service --severity 1 --channel phone --users-percent 100"
    desk.said(f"{opened} --at 2026-10-10T11:05")
    desk.said(f"ticket hold T1 {who} --reason waiting_for_customer --at 2026-10-10T11:30")
    desk.said(f"ticket resume T1 {who} --at 2026-10-10T12:00")
    desk.said(f"ticket respond T1 {who} --contents engineer,assigned_at --at 2026-10-10T12:45")
    desk.said(f"ticket resolve T1 {who} --at 2026-10-10T13:35")


def test_report_lists_clocks(desk: Acme) -> None:
    """Each clock with its due time, over the hold, and what became of it; another period has none."""
    told(desk)
    first, second = desk.json(f"report --clocks {MONTH}")[0]["clocks"]
    assert (first["due"], first["stopped"]) == ("2026-10-10T10:35:00Z", "2026-10-10T10:45:00Z")
    assert (first["state"], second["state"], second["claimable"]) == ("missed", "kept", "no")
    assert first["paused"] == [["2026-10-10T09:30:00Z", "2026-10-10T10:00:00Z"]]
    assert "2026-10-10T12:35:00+02:00" in desk.said(f"report --clocks {MONTH}")
    assert desk.json("report --clocks --agreement acme --period 2026-09")[0]["clocks"] == []


def test_what_is_left_of_a_running_clock(desk: Acme) -> None:
    """A proposal of now has a month: its row says how much of it is left."""
    desk.said("ticket open --agreement oki --group inbound --severity proposal --channel ticket --by ana")
    (clock,) = desk.json("report --clocks --agreement oki")[0]["clocks"]
    assert (clock["state"], clock["stopped"]) == ("running", None)
    _, row = desk.said("report --clocks --agreement oki").splitlines()
    hours = int(row.split("running")[1].split(":")[0])
    assert 27 * 24 <= hours <= 32 * 24


def test_explain_tells_the_events(desk: Acme) -> None:
    """Promise, events in order, pauses, due time and verdict; other readings stay inside the house."""
    told(desk)
    lines = [line.strip() for line in desk.said(f"explain {MONTH}").splitlines()]
    assert "promised: 1 hour" in lines
    assert "2026-10-10 11:30:00 +02:00  hold, waiting_for_customer" in lines
    assert "due 2026-10-10 12:35:00 +02:00; stopped 2026-10-10 12:45:00 +02:00: missed, it came too late" in lines
    assert any(line.startswith("conservative reading: due") for line in lines)
    assert not [line for line in desk.said(f"explain {MONTH} --for-vendor").splitlines() if "conservative" in line]


async def test_the_api_answers_with_clocks(desk: Acme) -> None:
    """The statements of a period come with the clocks that ran in it."""
    told(desk)
    settings = desk.settings
    with open_store(settings.database, create=False) as store:
        (answer,) = await statements(Judge(settings, store), "acme", None, "2026-10", LATER)
    assert [each["state"] for each in answer["clocks"]] == ["missed", "kept"]


@pytest.mark.parametrize(
    ("line", "more", "message"),
    [
        ("ticket hold T1", ("--reason", "out to lunch"), "is no reason of a hold"),
        ("ticket respond T1", ("--contents", "engineer, assigned at"), "is no name of contents"),
        ("ticket comment T1", ("--users-percent", "101"), "is no share of users"),
    ],
)
def test_what_is_refused(desk: Acme, line: str, more: tuple[str, ...], message: str) -> None:
    """A reason, contents and a share have a form, so that the evidence can be read again."""
    told(desk)
    code, output = desk.run(f"{line} --agreement acme --by ana --at 2026-10-10T13:00", *more)
    assert code == 2
    assert message in " ".join(output.split())


def test_evidence_keeps_what_clocks_rest_on(desk: Acme, tmp_path: Path) -> None:
    """The exported case holds reasons, contents and shares, and its clocks come out as those of the record."""
    told(desk)
    settings = desk.settings
    with open_store(settings.database, create=False) as store:
        judge = Judge(settings, store)
        case = judge.case("acme", "2026-10", LATER)
        kept = clocks_within(judge, "acme", judge.periods("acme", "2026-10", LATER)[0].span, LATER)
    file = tmp_path / "evidence.json"
    file.write_text(json.dumps(case), encoding="utf-8")
    problems = Problems()
    (again,) = read_case(Place(file, ()), problems)
    assert not problems.found
    assert [(each.round.start, each.round.due, each.round.state) for each in clocks(again)] == [
        (each.round.start, each.round.due, each.round.state) for each in kept
    ]
    (ticket,) = case["facts"]["tickets"]
    assert ticket["users_percent"] == "100"
    assert [event.get("reason") for event in ticket["events"]] == [None, "waiting_for_customer", None, None, None]
    assert ticket["events"][3]["contents"] == ["assigned_at", "engineer"]


def test_a_notice_says_what_was_missed(desk: Acme) -> None:
    """Oki-Toki's reaction twenty minutes late, in the contract's language: promise, due time, events, one reading."""
    who = "--agreement oki --by ana"
    desk.said(f"ticket open {who} --group inbound --channel ticket --at 2026-11-16T10:00:00+02:00")
    desk.said(f"ticket question T1 {who} --channel ticket --at 2026-11-16T10:40:00+02:00")
    text = desk.said("ticket notice T1 --agreement oki")
    said = " ".join(text.split())
    assert "DEMONSTRATION - Эскалация [T1]" in text
    assert ": 20 рабочих минут" in said
    assert "С: 16 нояб. 2026 г., 10:00:00 +02:00" in said
    assert "Срок: 16 нояб. 2026 г., 10:20:00 +02:00" in said
    assert "Сделано: 16 нояб. 2026 г., 10:40:00 +02:00" in said
    assert "16 нояб. 2026 г., 10:40:00 +02:00 ваш вопрос, тикет" in said
    assert "AMB-" not in text
    html = desk.said("ticket notice T1 --agreement oki --html")
    assert html.startswith("<!DOCTYPE html>")
    assert '<html lang="ru">' in html
    assert "10:20:00\xa0+02:00" in html


def test_what_became_of_a_notice(desk: Acme) -> None:
    """A missed time waits for somebody; the letter that was sent is kept, and the year's summary has a row of it."""
    who = "--agreement oki --by ana"
    desk.said(f"ticket open {who} --group inbound --channel ticket --at 2026-11-16T10:00:00+02:00")
    desk.said(f"ticket question T1 {who} --channel ticket --at 2026-11-16T10:40:00+02:00")
    (row,) = desk.json("ticket missed")
    assert (row["ticket"], row["missed"], row["due"], row["state"]) == (
        "T1", "reaction", "2026-11-16T08:20:00Z", "eligible"
    )  # fmt: skip
    code, output = desk.run(f"ticket notice T1 {who} --record acknowledged")
    assert (code, "is eligible and cannot become acknowledged; that follows sent" in output) == (2, True)
    code, output = desk.run(f"ticket notice T1 {who} --record waived")
    assert (code, "a notice is waived with its reason" in output) == (2, True)
    assert desk.said(f"ticket notice T1 {who} --record sent --reference V-7") == "sent: the notice of ticket T1\n"
    with open_store(desk.settings.database, create=False) as store:
        (fact,) = store.facts(kind="clock_notice")
        assert fact.evidence is not None
        kept = store.evidence(fact.evidence)
    assert kept is not None
    assert "10:20:00 +02:00" in kept.content.decode()
    (row,) = desk.json("ticket missed --agreement oki")
    assert (row["state"], row["reference"], row["by"]) == ("sent", "V-7", "ana")
    desk.said(f"ticket notice T1 {who} --record settled")
    code, output = desk.run(f"ticket notice T1 {who} --record sent")
    assert (code, "is settled and cannot become sent" in output) == (2, True)
    (entry,) = desk.json("export summary --year 2026")["rows"]
    assert (entry["period"], entry["group"], entry["owed"]) == ("2026-11", "inbound", None)
    assert entry["why"] == "reaction of ticket T1 missed, notice settled"


def test_no_notice_without_a_miss_beyond_doubt(desk: Acme) -> None:
    """Times that the contract lets nobody claim, or that were kept, make no letter: the answer is no."""
    told(desk)
    code, output = desk.run("ticket notice T1 --agreement acme")
    assert (code, output.strip()) == (1, "no time of ticket T1 is missed beyond doubt and claimable")
    code, output = desk.run("ticket notice T9 --agreement acme")
    assert (code, output.strip()) == (2, "there is no ticket 'T9'; those of acme are: T1")


def test_a_frozen_statement_keeps_its_clocks(desk: Acme) -> None:
    """With a closed period the clocks of the group's tickets are frozen, and the calendars that they ran in."""
    who = "--agreement oki --by ana"
    desk.said(f"ticket open {who} --group inbound --channel ticket --at 2026-10-09T17:50:00+03:00")
    settings = desk.settings
    with open_store(settings.database, create=False) as store:
        judge, closing = Judge(settings, store), Closing()
        at = parse_instant("2027-02-01T00:00:00Z")
        frozen = [each for _ in range(4) for each in closing.take(judge, at)]  # a pass judges six periods
    (body,) = (json.loads(each.body) for each in frozen if (each.agreement, each.group) == ("oki", "inbound"))
    (clock,) = body["clocks"]
    assert (clock["due"], clock["state"]) == ("2026-10-12T06:10:00Z", "missed")
    assert body["calendars"][0]["openings"][0]["hours"]["mon"] == "09:00-18:00"
