"""Figures that must come out of case files; how each follows stands in a comment at the top of its file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.definitions.files import DATA, ROOT, cases_of, evaluated, judged, shown
from tests.definitions.test_worked_terms import WORKED
from uptime_daemon.core.claims.case import statements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GOOD = DATA / "good" / "cases"
GOLDEN = ROOT / "tests" / "golden" / "cases"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the first statement of a case must say."""

    fraction: str
    availability: str
    percent: str | None = None
    amount: str | None = None
    counted: int | None = None
    excluded: Mapping[str, int] = field(default_factory=dict)
    not_counted: Mapping[str, int] = field(default_factory=dict)
    met: Sequence[bool | None] = (False,)
    conservative: tuple[str | None, bool] = ("0.00", False)
    differs_by: Mapping[str, str] = field(default_factory=dict)


UNREPORTED = {"AMB-DAK-2": "0.00", "AMB-DAK-3": "0.00"}
"""An outage that nobody reported by phone and the vendor confirmed nowhere: two readings make it count nothing."""
NOT = "not breached"
NIGHT = {"planned_maintenance": 9000}

FIGURES = {
    "sample": Expected(
        "43110/43200", "99.7916666667", "2", "25.02", 5400, differs_by={"AMB-DAK-3": "0.00"}
    ),
    "month-of-745-hours": Expected("44633/44700", "99.8501118568", "0", "0.00", 4020, differs_by=UNREPORTED),
    "month-of-720-hours": Expected("43133/43200", "99.8449074074", "4", "39.20", 4020, differs_by=UNREPORTED),
    "month-of-743-hours": Expected("44520/44580", "99.865410498", "0", "0.00", 3600, differs_by=UNREPORTED),
    "three-steps-exactly": Expected("2571264/2592000", "99.2", "3", "3.00", 20_736, differs_by=UNREPORTED),
    "three-steps-rounded": Expected(
        # rounded down it is 345 min: 99.20138..., two steps
        "42854/43200", "99.1990740741", "3", "3.00", 20_736, differs_by={**UNREPORTED, "AMB-DAK-6": "2.00"},
    ),
    "five-steps": Expected("42768/43200", "99", "5", "5.00", 25_920, differs_by=UNREPORTED),
    "on-the-target": Expected("42984/43200", "99.5", "0", "0.00", 12_960, met=(True,)),
    "one-second-below-the-target": Expected(
        "2579039/2592000", "99.4999614198", "0", "0.00", 12_961, differs_by=UNREPORTED
    ),
    "capped": Expected("38880/43200", "90", "100", "100.00", 259_200, differs_by=UNREPORTED),
    "night-window": Expected(
        "42985/43200", "99.5023148148", "6", "75.05", 12_871, excluded=NIGHT, differs_by=UNREPORTED
    ),
    "night-window-without-rounding": Expected(
        "2579129/2592000", "99.503433642", "6", "75.05", 12_871, excluded=NIGHT, differs_by=UNREPORTED
    ),
    "night-window-half-even": Expected(
        "42985/43200", "99.5023148148", "6", "75.04", 12_871, excluded=NIGHT, differs_by=UNREPORTED
    ),
    "night-window-that-needs-a-cause": Expected(
        "42835/43200", "99.1550925926", "14", "175.11", 21_871, differs_by=UNREPORTED
    ),
    "night-window-with-another-cause": Expected(
        "42865/43200", "99.224537037", "12", "150.09", 20_071,
        excluded={"planned_maintenance": 1800},
        # from the ticket of 20:25 alone 155 min: 99.64120..., two steps, 4 %
        differs_by={"AMB-DAK-12": "75.05", "AMB-DAK-2": "50.03", "AMB-DAK-3": "0.00"},
    ),
    "thursday-night": Expected(
        "43140/43200", "99.8611111111", "0", "0.00", 3600,
        excluded={"planned_maintenance": 14_400}, differs_by=UNREPORTED,
    ),
    "sunday-night": Expected("42900/43200", "99.3055555556", "10", "125.08", 18_000, differs_by=UNREPORTED),
    "holiday-night": Expected(
        "44340/44640", "99.3279569892", "10", "125.08", 18_000, differs_by={**UNREPORTED, "AMB-DAK-12": "0.00"}
    ),
    "rounded-up-to-a-step": Expected(
        "43113/43200", "99.7986111111", "2", "25.02", 5200,
        conservative=("0.00", True), differs_by={"AMB-DAK-6": "0.00"},
    ),
    "resolved-before-recovery": Expected(
        "43110/43200", "99.7916666667", "2", "25.02", 5400,
        conservative=("0.00", True), differs_by={"AMB-DAK-2": "0.00"},
    ),
    "announced-release": Expected(
        "43110/43200", "99.7916666667", "2", "25.02", 5400, differs_by={"AMB-DAK-10": "0.00"}
    ),
    "announced-release-too-late": Expected(
        "43110/43200", "99.7916666667", "2", "25.02", 5400, conservative=("25.02", True)
    ),
    "login-lost-for-all": Expected(
        "43110/43200", "99.7916666667", "2", "25.02", 5400, differs_by={"AMB-DAK-13": "0.00"}
    ),
    "login-lost-for-one": Expected("43200/43200", "100", "0", "0.00", 0, not_counted={"not_total": 5400}, met=(True,)),
    "telecom-accepted": Expected(
        "43110/43200", "99.7916666667", "2", "25.02", 5400, excluded={"telecom": 600}, conservative=("0.00", True)
    ),
    "yearly-fee": Expected(
        # by days 15,009.00 x 30 / 365 = 1,233.61...: 24.67
        "43110/43200", "99.7916666667", "2", "25.02", 5400, differs_by={**UNREPORTED, "AMB-DAK-15": "24.67"}
    ),
    "no-fee-and-no-parameters": Expected(
        "43110/43200", "99.7916666667", "2", None, 5400,
        conservative=(None, False), differs_by={"AMB-DAK-2": NOT, "AMB-DAK-3": NOT},
    ),
    "agreement-starts-within": Expected("43080/43200", "99.7222222222", "2", "25.02", 7200, differs_by=UNREPORTED),
    "month-still-open": Expected("43110/43200", "99.7916666667", "2", "25.02", 5400, differs_by=UNREPORTED),
    "year": Expected(
        "31506600/31536000", "99.9067732116", counted=29_400,
        not_counted={"before_ticket": 900, "no_ticket": 1500},
        met=(False, True, False), conservative=(None, False), differs_by={"AMB-OKI-1": NOT},
    ),
    "leap-year": Expected(
        "31590780/31622400", "99.9000075896", counted=31_620,
        met=(False, True, False), conservative=(None, False), differs_by={"AMB-OKI-1": NOT},
    ),
    "year-resolved-early": Expected(
        "31500000/31536000", "99.8858447489", counted=36_000,
        met=(False, False, False), conservative=(None, False), differs_by={"AMB-OKI-3": NOT},
    ),
    "year-supplier-fault": Expected(
        "31500000/31536000", "99.8858447489", counted=36_000,
        met=(False, False, False), conservative=(None, False), differs_by={"AMB-OKI-4": NOT},
    ),
    "year-ticket-system-down": Expected(
        "31500000/31536000", "99.8858447489", counted=36_000,
        met=(False, False, False), conservative=(None, False), differs_by={"AMB-OKI-8": NOT},
    ),
    "year-attempt-without-evidence": Expected(
        "31510800/31536000", "99.9200913242", counted=25_200, not_counted={"before_ticket": 10_800},
        met=(True, True, False), conservative=(None, False),
    ),
    "year-night-ticket": Expected(
        "31504200/31536000", "99.8991628615", counted=31_800,
        met=(False, False, False), conservative=(None, False), differs_by={"AMB-OKI-9": NOT},
    ),
    "year-two-main-groups": Expected(
        "31505400/31536000", "99.9029680365", counted=30_600,
        met=(False, True, False), conservative=(None, False), differs_by={"AMB-OKI-1": NOT, "AMB-OKI-10": NOT},
    ),
    "year-one-ticket-for-an-open-problem": Expected(
        "31525200/31536000", "99.9657534247", counted=10_800, not_counted={"no_ticket": 3600},
        met=(True, True, False), conservative=(None, False),
    ),
    "year-mail-is-no-ticket": Expected(
        "31536000/31536000", "100", counted=0, not_counted={"no_ticket": 36_000},
        met=(True, True, True), conservative=(None, False),
    ),
    "year-api-only": Expected(
        "31536000/31536000", "100", counted=0, met=(True, True, True), conservative=(None, False)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_figures(name: str) -> None:
    """The figures computed by hand at the top of a case file are those that come out."""
    expected = FIGURES[name]
    statement = evaluated(GOOD / f"{name}.yaml")["statements"][0]
    assert expected.fraction == statement["availability_fraction"]
    assert expected.availability == statement["availability"]
    assert expected.counted == statement["counted_seconds"]
    assert expected.excluded == statement["excluded_seconds"]
    assert expected.not_counted == statement["not_counted_seconds"]
    assert list(expected.met) == [target["met"] for target in statement["targets"]]
    assert (expected.percent, expected.amount) == (
        statement["credit"].get("percent"),
        statement["credit"].get("amount"),
    )
    readings = statement["readings"]
    amount, breached = expected.conservative
    assert {"amount": amount, "breached": breached} == readings["conservative"]
    assert {"amount": expected.amount, "breached": False in _consequences(statement)} == readings["recommended"]
    assert expected.differs_by == readings["differs_by"]


def _consequences(statement: Mapping[str, Any]) -> list[bool | None]:
    return [target["met"] for target in statement["targets"] if target["claimable"] != "no"]


def test_every_case_has_figures() -> None:
    """No case file stands without expected figures; those of measured facts and of credits have tables of their own."""
    elsewhere = ("measured-", "credit-", "fee-", "requests-")
    named = {file.stem for file in GOOD.glob("*.yaml") if not file.stem.startswith(elsewhere)}
    assert named == {*FIGURES, *WORKED, "quarter"}


@pytest.mark.parametrize("file", sorted(GOOD.glob("*.yaml")), ids=lambda file: file.stem)
def test_whole_output(file: Any) -> None:
    """Not one figure or word of the JSON changes unseen; `GOLDEN=write` accepts what a person has looked at."""
    found = shown(file)
    golden = GOLDEN / f"{file.stem}.json"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(golden.read_text(encoding="utf-8")) == found


SAMPLE = """
{"case": 1, "contract": "daktela", "plan": "premium", "reading": "recommended",
 "period": {"name": "2026-06", "start": "2026-05-31T22:00:00Z", "end": "2026-06-30T22:00:00Z", "seconds": 2592000},
 "statements": [
  {"group": "service", "status": "closed", "service_seconds": 2592000, "denominator_seconds": 2592000,
   "up_seconds": 2586600, "excluded_seconds": {}, "unmeasured_seconds": {}, "not_counted_seconds": {},
   "counted_seconds": 5400, "rounding_seconds": 0,
   "downtime_seconds": 5400, "downtime_seconds_shortest": 5400, "downtime_seconds_longest": 5400,
   "outages": 1, "longest_outage_seconds": 5400, "coverage": "1", "availability": "99.7916666667",
   "availability_fraction": "43110/43200",
   "targets": [{"id": "availability", "kind": "availability", "limit": "99.9", "unit": "percent", "met": false,
                "breach": "proven", "claimable": "open", "rests_on": []}],
   "conditions": [{"id": "reported_by_phone", "clause": "4.1", "state": "yes", "evidence": "T1"},
                  {"id": "accepted_contract", "clause": "1.8", "state": "unknown", "evidence": null}],
   "credit": {"kind": "steps", "percent": "2", "amount": "25.02", "currency": "EUR", "claimable": "open"},
   "readings": {"recommended": {"amount": "25.02", "breached": true},
                "conservative": {"amount": "0.00", "breached": false}, "differs_by": {"AMB-DAK-3": "0.00"}},
   "derivation": [{"step": "service time", "clause": "2.2", "value": "720:00:00"}]}],
 "clocks": [],
 "claims": [{"stage": "provisional", "deadline": "2026-06-30T22:00:00Z"},
            {"stage": "final", "deadline": "2026-07-07T22:00:00Z"}],
 "needs_review": ["1.8 accepted_contract: unknown"]}
"""
"""The published sample of the JSON; its lists of conditions, steps and reviews name some of what the contract names."""
OPEN_LISTS = frozenset({"clocks", "conditions", "derivation", "needs_review"})


def test_published_sample() -> None:
    """Every figure and field name of the published sample comes out; fields are only ever added."""
    _assert_holds(json.loads(SAMPLE), evaluated(GOOD / "sample.yaml"), "")


def _assert_holds(expected: Any, found: Any, path: str) -> None:
    match expected:
        case dict():
            # Mappings from causes, reasons and ambiguities to figures are whole; others may gain fields.
            if path.endswith(("_seconds", "differs_by", "recommended", "conservative")):
                assert expected == found, path
            for key, value in expected.items():
                assert key in found, f"{path}.{key}"
                _assert_holds(value, found[key], f"{path}.{key}")
        case list() if path.rpartition(".")[2] in OPEN_LISTS:
            assert [each for each in expected if each not in found] == [], path
        case list():
            assert len(expected) == len(found), path
            for index, (one, other) in enumerate(zip(expected, found, strict=True)):
                _assert_holds(one, other, f"{path}[{index}]")
        case _:
            assert (type(expected), expected) == (type(found), found), path


def test_year_names_what_to_review() -> None:
    """An outage that nobody reported stands in the review with its start and length, and is not counted."""
    year = evaluated(GOOD / "year.yaml")
    assert (
        "Duties 1 inbound: outage from 2025-08-01T07:00:00Z of 0:25:00 has no accepted ticket and does not count"
        in year["needs_review"]
    )
    inbound, autodial, api = year["statements"]
    total, share, single = inbound["targets"]
    assert (total["limit"], total["unit"], total["rests_on"]) == ("480", "minutes", ["AMB-OKI-1"])
    assert (share["limit"], share["unit"], share["rests_on"]) == ("99.9", "percent", [])
    assert (single["limit"], single["claimable"], inbound["longest_outage_seconds"]) == ("30", "no", 460 * 60)
    assert inbound["outages"] == 2
    assert inbound["credit"] == {"kind": "none", "claimable": "open"}
    assert autodial["not_counted_seconds"] == {"not_primary": 7200}
    assert api["up_seconds"] == api["service_seconds"] == 525_600 * 60
    assert year["claims"] == [{"stage": "final", "deadline": None}]


def test_cap_is_shown() -> None:
    """The derivation shows the steps before the cap and the cap."""
    steps = {step["step"]: step["value"] for step in evaluated(GOOD / "capped.yaml")["statements"][0]["derivation"]}
    assert steps["below the target"] == "99.95 - availability = 9.95 points"
    assert steps["completed steps of 0.1 points"] == "99 x 4 % = 396 %"
    assert steps["cap"] == "100 %"


def test_shortfall_of_a_step_boundary() -> None:
    """With 744 hours October would owe a step; the exact month owes none, and the derivation shows why."""
    steps = {
        step["step"]: step["value"]
        for step in evaluated(GOOD / "month-of-745-hours.yaml")["statements"][0]["derivation"]
    }
    assert steps["service time"] == "745:00:00"
    assert steps["below the target"] == "99.95 - availability = 0.0998881432 points"
    assert steps["completed steps of 0.1 points"] == "0 x 4 % = 0 %"


def test_missing_parameters_are_named() -> None:
    """A missing parameter or fee stops only what needs it and is named."""
    found = evaluated(GOOD / "no-fee-and-no-parameters.yaml")
    named = [line.partition(":")[0] for line in found["needs_review"]]
    missing = ["7.2 parameter holidays", "1.7 parameter products", "5.1 parameter claims_address", "2.3 fee"]
    assert named[-4:] == missing
    assert [claim["stage"] for claim in found["claims"]] == ["provisional", "final"]


def test_open_month() -> None:
    """An open month is judged whole, the rest deemed up; what is so far stands apart."""
    statement = evaluated(GOOD / "month-still-open.yaml")["statements"][0]
    assert (statement["status"], statement["as_of"]) == ("open", "2026-06-15T22:00:00Z")
    assert statement["availability_so_far"] == "99.5833333333"


def test_undecided_exclusion_is_named() -> None:
    """An exclusion that nobody has decided is not subtracted and needs review."""
    found = evaluated(GOOD / "telecom-accepted.yaml")
    assert "exclusion quota from 2026-06-09T09:00:00Z: undecided" in found["needs_review"]


def test_labels_add_up() -> None:
    """In every case the labels add up to the period, to the microsecond."""
    for file in sorted(GOOD.glob("*.yaml")):
        for case in cases_of(file):
            for statement in statements(case):
                assert statement.period.span.length == statement.judgement.labels.total, file.name


def test_coarser_period_lists_its_periods() -> None:
    """A quarter of a monthly contract is three cases in time order, each judged alone."""
    cases = cases_of(GOOD / "quarter.yaml")
    assert [case.period.name for case in cases] == ["2026-04", "2026-05", "2026-06"]
    amounts = [str(statements(case)[0].judgement.credit.amount) for case in cases]
    assert amounts == ["0.00", "25.02", "0.00"]


def test_chosen_reading() -> None:
    """A case may choose the conservative reading, or turn single ambiguities; the others are compared all the same."""
    conservative, turned = (
        judged(DATA / "good" / "readings" / f"{name}.yaml")[0] for name in ("conservative", "turned")
    )
    assert str(conservative.judgement.credit.amount) == "0.00"
    assert conservative.recommended.amount == "75.05"
    assert str(turned.judgement.credit.amount) == "75.05"
    assert turned.judgement.point.downtime == 214 * 60 * 1_000_000
