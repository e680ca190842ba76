"""The clocks of the shipped contracts: worked examples S5 and S6, the sequences of each text, both readings."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.definitions.files import CONTRACTS
from uptime_daemon.core.time.instants import HOUR, format_instant, parse_instant
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.desk.judging.clock_json import case_json

ALMATY: Final = "+05:00"
ISTANBUL: Final = "+03:00"


class Desk:
    """A place in which tickets of one contract are judged."""

    def __init__(self, folder: Path, contract: str, offset: str) -> None:
        self.folder, self.contract, self.offset = folder, contract, offset
        self.agreement: dict[str, Any] = {"starts": "2024-01-01"}
        self.period = "2026"

    def at(self, local: str) -> str:
        """A local time as an instant."""
        return f"{local}{':00' if len(local) == len('2026-01-01T00:00') else ''}{self.offset}"

    def judge(self, *events: tuple[Any, ...], group: str, as_of: str | None = None, **ticket: Any) -> dict[str, Any]:
        """The case of one ticket, with events as kind, local time and further keys."""
        listed = [{"kind": kind, "at": self.at(at), **(more[0] if more else {})} for kind, at, *more in events]
        case = {
            "case": 1,
            "contract": self.contract,
            "agreement": self.agreement,
            "period": self.period,
            "facts": {"tickets": [{"id": "T1", "group": group, "events": listed, **ticket}]},
            **({} if as_of is None else {"as_of": self.at(as_of)}),
        }
        file = self.folder / "case.json"
        file.write_text(json.dumps(case), encoding="utf-8")
        problems = Problems()
        try:
            (found,) = read_case(Place(file, (CONTRACTS,)), problems)
        except RefusedError:
            raise AssertionError("\n".join(map(str, problems.found))) from None
        return case_json(found)

    def due(self, result: dict[str, Any], clock: str, key: str = "due") -> list[str | None]:
        """The due times of a clock's rounds, local and without seconds where there are none."""
        return [self.local(each[key]) for each in result["clocks"] if each["clock"] == clock]

    def local(self, text: str | None) -> str | None:
        """An instant as clocks show it where the ticket was opened."""
        if text is None:
            return None
        shown = parse_instant(text) + int(self.offset[1:3]) * HOUR
        return format_instant(shown)[:19].removesuffix(":00")


@pytest.fixture
def almaty(tmp_path: Path) -> Desk:
    """Ak Kamal."""
    desk = Desk(tmp_path, "ak-kamal", ALMATY)
    desk.period = "2026-10"
    return desk


MAIL: Final = {"channel": "mail"}


def states(result: dict[str, Any]) -> dict[str, str]:
    """The state of each clock's last round."""
    return {each["clock"]: each["state"] for each in result["clocks"]}


def test_s5_late_on_a_friday(almaty: Desk) -> None:
    """S5: an appointment on Tuesday, over the moved holiday; escalations from the rest of Friday, or from 09:00."""
    result = almaty.judge(
        ("opened", "2026-10-23T17:45", MAIL), group="main_functions", severity="critical", as_of="2026-11-30T00:00"
    )
    assert almaty.due(result, "start-critical") == ["2026-10-27T09:20"]
    assert almaty.due(result, "developers-critical") == ["2026-10-27T10:45"]
    assert almaty.due(result, "management-critical") == ["2026-10-27T12:45"]
    assert almaty.due(result, "developers-critical", "conservative_due") == ["2026-10-27T11:00"]
    assert almaty.due(result, "management-critical", "conservative_due") == ["2026-10-27T13:00"]
    # That developers join and management knows happens inside the vendor's house.
    assert states(result) == {
        "start-critical": "missed",
        "developers-critical": "not_shown",
        "management-critical": "not_shown",
        "progress": "missed",
    }
    (calendar,) = result["calendars"]
    assert calendar["openings"][0]["days"] == {"2026-10-26": "closed: Republic Day (observed)"}


@pytest.mark.parametrize(
    ("severity", "received", "due", "conservative"),
    [
        ("critical", "2026-10-23T17:30", "2026-10-23T17:50", "2026-10-27T09:20"),
        ("critical", "2026-10-23T17:30:01", "2026-10-27T09:20", "2026-10-27T09:20"),
        ("non-critical", "2026-10-23T16:45", "2026-10-27T09:45", "2026-10-27T09:45"),
        ("non-critical", "2026-10-23T17:45", "2026-10-27T11:00", "2026-10-27T11:00"),
        ("critical", "2026-10-27T07:00", "2026-10-27T09:20", "2026-10-28T09:20"),
        ("non-critical", "2026-10-23T17:30", "2026-10-27T10:30", "2026-10-27T11:00"),
        ("non-critical", "2026-10-23T17:31", "2026-10-27T11:00", "2026-10-27T11:00"),
        ("critical", "2026-10-25T12:00", "2026-10-27T09:20", "2026-10-27T09:20"),  # a Sunday
        ("critical", "2026-10-23T23:00", "2026-10-27T09:20", "2026-10-27T09:20"),
    ],
)
def test_s5_edges(almaty: Desk, severity: str, received: str, due: str, conservative: str) -> None:
    """S5's edges: exactly 17:30 and a second later, before opening, at night, on a day off; both readings."""
    result = almaty.judge(("opened", received, MAIL), group="main_functions", severity=severity)
    clock = f"start-{severity}"
    assert almaty.due(result, clock) == [due]
    assert almaty.due(result, clock, "conservative_due") == [conservative]


def test_two_moved_holidays(almaty: Desk) -> None:
    """Received on Friday 20 March 2026 at 17:45: Nowruz of the weekend is moved to 24 and 25 March."""
    almaty.period = "2026-03"
    result = almaty.judge(("opened", "2026-03-20T17:45", MAIL), group="main_functions", severity="critical")
    assert almaty.due(result, "start-critical") == ["2026-03-26T09:20"]
    assert almaty.due(result, "developers-critical") == ["2026-03-26T10:45"]
    assert almaty.due(result, "management-critical") == ["2026-03-26T12:45"]
    assert almaty.due(result, "developers-critical", "conservative_due") == ["2026-03-26T11:00"]
    assert almaty.due(result, "management-critical", "conservative_due") == ["2026-03-26T13:00"]


def test_the_confirmation_by_mail(almaty: Desk) -> None:
    """AMB-AKK-7: a call back in time is no confirmation; read conservatively it is, and nothing shows a late start."""
    called = (("opened", "2026-10-21T10:00", MAIL), ("response", "2026-10-21T10:10", {"channel": "phone"}))
    ticket = {"group": "main_functions", "severity": "critical"}
    assert states(almaty.judge(*called, **ticket))["start-critical"] == "missed"
    mailed = (called[0], ("acknowledged", "2026-10-21T10:20", MAIL))
    assert states(almaty.judge(*mailed, **ticket))["start-critical"] == "kept"
    assert states(almaty.judge(called[0], ("acknowledged", "2026-10-21T10:20:01", MAIL), **ticket))[
        "start-critical"
    ] == ("missed")
    almaty.agreement["readings"] = "conservative"
    assert states(almaty.judge(*called, **ticket))["start-critical"] == "kept"
    assert states(almaty.judge(called[0], **ticket))["start-critical"] == "not_shown"


def test_mail_and_call(almaty: Desk) -> None:
    """AMB-AKK-6: a critical report by mail and by phone runs from the mail; conservatively from the later of both."""
    result = almaty.judge(
        ("opened", "2026-10-21T10:00", MAIL),
        ("reported", "2026-10-21T10:07", {"channel": "phone"}),
        group="main_functions",
        severity="critical",
    )
    assert almaty.due(result, "start-critical") == ["2026-10-21T10:20"]
    assert almaty.due(result, "start-critical", "conservative_due") == ["2026-10-21T10:27"]
    (clock,) = [each for each in result["clocks"] if each["clock"] == "start-critical"]
    assert set(clock["differs_by"]) == {"AMB-AKK-6"}


def test_escalations_end_with_a_solution(almaty: Desk) -> None:
    """A workaround or a solution within the time keeps the escalations; progress is due every two business days."""
    result = almaty.judge(
        ("opened", "2026-10-19T10:00", MAIL),
        ("response", "2026-10-19T10:05", MAIL),
        ("workaround", "2026-10-19T13:00"),
        ("reported", "2026-10-21T09:00", MAIL),
        ("resolved", "2026-10-22T12:00"),
        group="main_functions",
        severity="critical",
    )
    assert states(result)["developers-critical"] == "not_shown"  # three hours, and nobody knows whether they joined
    assert states(result)["management-critical"] == "kept"
    assert almaty.due(result, "progress") == ["2026-10-21T10:00", "2026-10-22T18:00"]
    assert [each["state"] for each in result["clocks"] if each["clock"] == "progress"] == ["kept", "kept"]


def test_questions_stop_nothing_unless_read_so(almaty: Desk) -> None:
    """AMB-AKK-8: no clause lets the times stand still while the vendor asks; conservatively they do."""
    events = (
        ("opened", "2026-10-21T10:00", MAIL),
        ("question", "2026-10-21T10:30"),
        ("answer", "2026-10-21T15:00"),
    )
    result = almaty.judge(*events, group="main_functions", severity="critical")
    assert almaty.due(result, "developers-critical") == ["2026-10-21T12:00"]
    assert almaty.due(result, "developers-critical", "conservative_due") == ["2026-10-21T16:30"]


def sestek(folder: Path, language: str, **parameters: Any) -> Desk:
    """Sestek's contract in a language with its parameters."""
    desk = Desk(folder, f"sestek-{language}", ISTANBUL)
    desk.agreement["parameters"] = parameters
    desk.period = "2026-10"
    return desk


S6: Final = (
    ("opened", "2026-10-27T16:30", {"channel": "portal"}),
    ("completed", "2026-10-27T16:30"),
    ("hold", "2026-10-28T10:00", {"reason": "waiting_for_customer"}),
    ("resume", "2026-10-28T11:30"),
)


@pytest.mark.parametrize(
    ("language", "due", "conservative"),
    [
        ("en", "2026-10-30T10:00", "2026-10-30T15:00"),  # conservatively 28 October closes at 13:00
        ("tr", "2026-10-29T10:00", "2026-10-30T10:00"),  # literally no holidays; conservatively the Turkish ones
    ],
)
def test_s6_calendars_of_two_languages(tmp_path: Path, language: str, due: str, conservative: str) -> None:
    """S6: 600 business minutes from 27 October 16:30 with a hold, by the hours and holidays of each text."""
    desk = sestek(tmp_path, language, response_minutes={"S2": 600})
    result = desk.judge(*S6, group="call_recorder", severity="S2")
    assert desk.due(result, "response") == [due]
    assert desk.due(result, "response", "conservative_due") == [conservative]


@pytest.mark.parametrize(
    ("users", "severity", "looked_at"),
    [("80", "S1", False), ("79", "S2", True), ("25", "S2", False), ("100", "S1", False), ("25.1", "S2", True)],
)
def test_s6_severities_by_share_of_users(tmp_path: Path, users: str, severity: str, *, looked_at: bool) -> None:
    """S6: both bounds are inclusive, and what lies between them is S2 for a person to look at."""
    desk = sestek(tmp_path, "en", response_minutes=60)
    result = desk.judge(S6[0], group="call_recorder", users_percent=users)
    assert {each["severity"] for each in result["clocks"]} == {severity}
    said = f"ticket T1: severity {severity} does not follow from the share of users"
    assert (said in result["needs_review"]) is looked_at


def test_missing_values_are_not_invented(tmp_path: Path) -> None:
    """Without the signed table nothing is due, the parameter is named, and no clock of it is missed."""
    desk = sestek(tmp_path, "en")
    result = desk.judge(*S6, group="call_recorder", severity="S1")
    assert desk.due(result, "response") == [None]
    assert states(result)["response"] == "running"
    assert any(line.startswith("11.2 parameter response_minutes: missing") for line in result["needs_review"])
    assert "10 clock response: no time is set for severity S1" in result["needs_review"]


def test_values_by_product_group(tmp_path: Path) -> None:
    """A value of a product's own stands before the common one."""
    desk = sestek(tmp_path, "en", response_minutes={"S1": 60, "call_recorder.S1": 30})
    opened = ("opened", "2026-10-26T10:00", {"channel": "portal"})
    for group, due in (("call_recorder", "2026-10-26T10:30"), ("conversational_ai", "2026-10-26T11:00")):
        assert desk.due(desk.judge(opened, group=group, severity="S1"), "response") == [due]


def test_an_answer_without_its_fields_is_no_response(tmp_path: Path) -> None:
    """An automatic reply stops nothing; a mail instead of the portal neither; the fields through the portal do."""
    desk = sestek(tmp_path, "en", response_minutes=60)
    full = ["engineer", "assigned_at", "severity"]
    opened = ("opened", "2026-10-26T10:00", {"channel": "portal"})
    automatic = ("acknowledged", "2026-10-26T10:01", {"channel": "portal", "contents": ["severity"]})
    mailed = ("response", "2026-10-26T10:05", {"channel": "mail", "contents": full})
    good = ("response", "2026-10-26T10:50", {"channel": "portal", "contents": full})
    result = desk.judge(opened, automatic, mailed, good, group="call_recorder", severity="S1")
    (clock,) = [each for each in result["clocks"] if each["clock"] == "response"]
    assert (desk.local(clock["stopped"]), clock["state"]) == ("2026-10-26T10:50", "kept")
    lacking = "10 ticket T1: the acknowledged at 2026-10-26T07:01:00Z lacks assigned_at, engineer and stops no clock"
    assert lacking in result["needs_review"]
    without = desk.judge(opened, automatic, mailed, group="call_recorder", severity="S1")
    assert states(without)["response"] == "missed"


def test_a_week_of_the_middle_east(tmp_path: Path) -> None:
    """Sunday to Thursday on the customer's clocks, with the holidays of two countries."""
    week = ["sun-thu 09:00-18:00"]
    desk = sestek(tmp_path, "en", response_minutes=540, business_hours=week, zone="Asia/Dubai", holidays=["AE", "TR"])
    desk.offset = "+04:00"
    result = desk.judge(("opened", "2026-10-28T17:00", {"channel": "portal"}), group="call_recorder", severity="S1")
    # Thursday 29 October is a holiday in Turkey, Friday and Saturday are the weekend.
    assert desk.due(result, "response") == ["2026-11-01T17:00"]


@pytest.fixture
def kyiv(tmp_path: Path) -> Desk:
    """Oki-Toki in November, UTC+2."""
    desk = Desk(tmp_path, "oki-toki", "+02:00")
    desk.agreement |= {"primary_group": "inbound", "parameters": {"holidays": []}}
    return desk


TICKET: Final = ("opened", "2026-11-24T17:50", {"channel": "ticket"})


@pytest.mark.parametrize(
    ("events", "dues"),
    [
        ((), ["2026-11-25T09:10"]),
        ((("comment", "2026-11-24T17:55"),), ["2026-11-25T09:10"]),
        ((("answer", "2026-11-24T17:55"),), ["2026-11-25T09:10"]),  # an answer without a question is a comment
        (
            (("question", "2026-11-24T17:55"), ("answer", "2026-11-25T09:05")),
            ["2026-11-25T09:10", "2026-11-25T09:25"],
        ),
        (
            (("question", "2026-11-24T17:55"), ("answer", "2026-11-24T22:00")),
            ["2026-11-25T09:10", "2026-11-25T09:20"],
        ),
        (
            (
                ("question", "2026-11-24T17:55"),
                ("answer", "2026-11-25T09:05"),
                ("comment", "2026-11-25T09:06"),
                ("answer", "2026-11-25T09:07"),
                ("question", "2026-11-25T09:24"),
                ("answer", "2026-11-27T17:59"),
            ),
            ["2026-11-25T09:10", "2026-11-25T09:25", "2026-11-30T09:19"],
        ),
    ],
)
def test_only_an_answer_to_a_question_starts_the_time_anew(
    kyiv: Desk, events: tuple[Any, ...], dues: list[str]
) -> None:
    """Twenty minutes of working time; a question ends them, its answer starts them anew, a free comment does not."""
    result = kyiv.judge(TICKET, *events, group="inbound", as_of="2026-12-24T00:00")
    assert kyiv.due(result, "reaction") == dues
    assert kyiv.due(result, "reaction", "conservative_due") == dues
    rounds = [each["state"] for each in result["clocks"] if each["clock"] == "reaction"]
    assert rounds == ["kept"] * (len(dues) - 1) + ["missed"]
    flagged = any("answers no question; it is kept as a comment" in line for line in result["needs_review"])
    answers, questions = (sum(kind == word for kind, *_ in events) for word in ("answer", "question"))
    assert flagged is (answers > questions)


def test_work_started_in_time(kyiv: Desk) -> None:
    """Sent to work within twenty minutes is kept, a minute later missed; a mail is no ticket and starts nothing."""
    kept = kyiv.judge(TICKET, ("response", "2026-11-25T09:10"), group="inbound")
    late = kyiv.judge(TICKET, ("response", "2026-11-25T09:11"), group="inbound")
    mailed = kyiv.judge(("opened", "2026-11-24T17:50", MAIL), group="inbound")
    assert [states(each).get("reaction") for each in (kept, late, mailed)] == ["kept", "missed", None]


def test_other_tickets_have_clocks_of_their_own(kyiv: Desk) -> None:
    """A consultation is reviewed within a working hour, a proposal answered within a month, both not claimable."""
    consultation = kyiv.judge(TICKET, group="inbound", severity="consultation")
    proposal = kyiv.judge(("opened", "2026-01-31T12:00", {"channel": "ticket"}), group="inbound", severity="proposal")
    assert kyiv.due(consultation, "review") == ["2026-11-25T09:50"]
    assert kyiv.due(proposal, "proposal") == ["2026-02-28T12:00"]
    assert {each["claimable"] for each in consultation["clocks"] + proposal["clocks"]} == {"no"}


@pytest.fixture
def prague(tmp_path: Path) -> Desk:
    """Daktela, premium, in June."""
    desk = Desk(tmp_path, "daktela", "+02:00")
    desk.agreement |= {"plan": "premium", "parameters": {"holidays": "RS"}}
    desk.period = "2026-06"
    return desk


PHONED: Final = ("opened", "2026-06-03T22:00", {"channel": "phone"})


def test_chained_clocks_add_up(prague: Desk) -> None:
    """AMB-DAK-4: resolution is due when both times have passed, however early the first answer was; not claimable."""
    events = (PHONED, ("response", "2026-06-03T22:10"), ("resolved", "2026-06-04T02:00"))
    result = prague.judge(*events, group="service", severity="1")
    assert prague.due(result, "first-response") == ["2026-06-04T00:00"]
    assert prague.due(result, "resolution") == ["2026-06-04T02:00"]
    assert states(result) == {"first-response": "kept", "resolution": "kept"}
    assert {each["claimable"] for each in result["clocks"]} == {"no"}


def test_both_clocks_stand_still_while_the_vendor_waits(prague: Desk) -> None:
    """4.3: an incomplete report starts no clock, and waiting for information stops both."""
    events = (
        PHONED,
        ("completed", "2026-06-03T22:30"),
        ("question", "2026-06-03T23:00"),
        ("answer", "2026-06-04T01:00"),
    )
    result = prague.judge(*events, group="service", severity="1")
    assert prague.due(result, "first-response") == ["2026-06-04T02:30"]  # 22:30 + 2 h + 2 h of waiting
    assert prague.due(result, "resolution") == ["2026-06-04T04:30"]
    waiting = prague.judge(*events[:3], group="service", severity="1")
    assert prague.due(waiting, "resolution") == [None]  # as long as nobody answers


def test_hours_of_category_two(prague: Desk) -> None:
    """AMB-DAK-8: four hours at all hours; conservatively in working time, which the agreement has to state."""
    result = prague.judge(PHONED, group="service", severity="2")
    assert prague.due(result, "first-response-medium") == ["2026-06-04T02:00"]
    assert prague.due(result, "resolution-medium") == ["2026-06-04T06:00"]
    assert prague.due(result, "first-response-medium", "conservative_due") == [None]
    prague.agreement["parameters"]["working_hours"] = ["mon-fri 08:00-17:00"]
    result = prague.judge(PHONED, group="service", severity="2")
    assert prague.due(result, "first-response-medium", "conservative_due") == ["2026-06-04T12:00"]
    assert prague.due(result, "resolution-medium", "conservative_due") == ["2026-06-04T16:00"]


def test_best_effort_has_nothing_to_miss(prague: Desk) -> None:
    """Category 3 is shown without a due time: running until it is done, then kept."""
    result = prague.judge(PHONED, group="service", severity="3")
    assert states(result) == {"first-response": "running", "resolution": "running"}
    result = prague.judge(PHONED, ("resolved", "2026-06-20T10:00"), group="service", severity="3")
    assert states(result) == {"first-response": "kept", "resolution": "kept"}
    assert prague.due(result, "resolution") == [None]


def test_a_severity_that_the_contract_does_not_know(almaty: Desk) -> None:
    """A misspelt class and a missing one have no clocks of their own, and both are named."""
    opened = ("opened", "2026-10-23T17:45", MAIL)
    misspelt = almaty.judge(opened, group="main_functions", severity="crtical")
    missing = almaty.judge(opened, group="main_functions")
    assert misspelt["clocks"] == missing["clocks"] == []
    named = "ticket T1: severity crtical is none of critical, non-critical, minor, visit"
    assert f"{named}; clocks that depend on it are not judged" in misspelt["needs_review"]
    assert "ticket T1: no severity is stated, clocks that depend on it are not judged" in missing["needs_review"]


def test_nobody_is_late_before_the_time_is_over(kyiv: Desk) -> None:
    """Judged at its last instant a clock still runs, a moment later it is missed; later events are not known."""
    events = (TICKET, ("response", "2026-11-25T09:15"))
    assert states(kyiv.judge(*events, group="inbound", as_of="2026-11-25T09:10"))["reaction"] == "running"
    late = kyiv.judge(*events, group="inbound", as_of="2026-11-25T09:10:01")
    assert states(late)["reaction"] == "missed"
    assert late["clocks"][0]["stopped"] is None


def test_estimated_holidays_are_named(tmp_path: Path) -> None:
    """A clock that comes past an Islamic date of an estimate says so until the agreement states the day."""
    desk = sestek(tmp_path, "en", response_minutes=1200, holidays=["AE"])
    desk.period = "2027-03"
    opened = ("opened", "2027-03-08T12:00", {"channel": "portal"})
    result = desk.judge(opened, group="call_recorder", severity="S1")
    assert any("2027-03-09 is not confirmed, Eid al-Fitr (estimated)" in line for line in result["needs_review"])
    days = [f"2027-03-{day} closed" for day in ("09", "10", "11")]
    desk.agreement["parameters"]["own_days"] = days
    result = desk.judge(opened, group="call_recorder", severity="S1")
    assert not [line for line in result["needs_review"] if "is not confirmed" in line]


def test_a_year_of_which_no_holidays_are_known(kyiv: Desk) -> None:
    """Ukraine has no public days in the library: the gap is named, for the agreement to state its days."""
    kyiv.agreement["parameters"]["holidays"] = "UA"
    result = kyiv.judge(TICKET, group="inbound")
    gap = [line for line in result["needs_review"] if line.startswith("calendar working:")]
    assert len(gap) == 1
    assert "knows no public holiday of UA in 2026; state them as own days" in gap[0]


CLOCK: Final = """
calendars: {office: {hours: ["mon-fri 09:00-18:00"]}}
severities: {default: null, classes: [{id: "1", title: Critical, clause: "8"}]}
clocks:
  - {id: reaction, clause: "8", title: Reaction, calendar: office, starts: {events: [opened]}, stops: [response],
     limit: {unit: business_minutes, amount: 20}%s}
"""
SHARES: Final = """
severities:
  default: null
  classes:
    - {id: A, title: A, clause: "1", users_at_least: "80"}
    - {id: B, title: B, clause: "1", users_at_most: "25"}
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (CLOCK % ", severities: ['2']", "clocks[0]: '2' is no severity; write one of: 1"),
        (CLOCK % ", groups: [web]", "clocks[0]: 'web' is no group; write one of: autodial, inbound, api"),
        (
            CLOCK.replace("calendar: office", "calendar: night") % "",
            "'night' is no calendar; write one of: working, office",
        ),
        (CLOCK.replace("calendar: office, ", "") % "", "a limit in business_minutes needs the vendor's hours"),
        (CLOCK.replace("{events: [opened]}", "{after: answer}") % "", "'answer' is no earlier clock; there is none"),
        (CLOCK.replace("{events: [opened]}", "{}") % "", "starts not with exactly one of events, latest_of and after"),
        (
            CLOCK.replace("amount: 20", "amount: {'3': 20}") % "",
            "'3' is no severity of an amount; write one of: any, 1",
        ),
        (CLOCK.replace("amount: 20", "amount: 0") % "", "clocks[0].limit.amount: 0 is out of range"),
        (CLOCK.replace("amount: 20", "amount: 20, ends: close") % "", "a limit in business_minutes has no last day"),
        (CLOCK.replace("[opened]", "[open]") % "", "'open' is none of: attempted, opened"),
        (CLOCK % ", restarts: true", "a question must end it; write question among stops"),
        (CLOCK % ", restarts: true, repeats: true, stops: [question]", "duplicate key 'stops'"),
        (CLOCK % ", pauses: {reasons: [customer]}", "names reasons of holds that pause nothing; write holds: true"),
        (CLOCK % ", late: {after: '25:00'}", "clocks[0].late.after: '25:00' is no time of day"),
        (CLOCK.replace("mon-fri 09:00-18:00", "mon-fri 09:00-09:00") % "", "09:00-09:00 is no stretch of a day"),
        (CLOCK.replace('["mon-fri 09:00-18:00"]', "[]") % "", "calendars.office.hours: has 0 items; write at least 1"),
        (SHARES, "no class takes a share of more than 25 % and less than 80 %; write gap"),
        ('severities: {default: X, classes: [{id: A, title: A, clause: "1"}]}', "default 'X' is no class"),
        (
            'severities: {default: null, classes: [{id: A, title: A, clause: "1"}, {id: A, title: B, clause: "1"}]}',
            "two classes share an id",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, change: str, message: str) -> None:
    """Names that nothing declares and terms that cannot be are refused with their line and what to write."""
    indented = change.strip().replace("\n", "\n    ")
    file = tmp_path / "case.yaml"
    file.write_text(
        "case: 1\ncontract:\n  from: oki-toki.yaml\n  change:\n"
        f"    {indented}\nagreement: {{primary_group: inbound}}\nperiod: 2026\n",
        encoding="utf-8",
    )
    problems = Problems()
    with pytest.raises(RefusedError):
        read_case(Place(file, (CONTRACTS,)), problems)
    assert any(message in str(problem) for problem in problems.found), "\n".join(map(str, problems.found))
