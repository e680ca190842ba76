"""Cases whose facts are measured: observations, runs and shuffled observations are judged alike."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tests.definitions.files import DATA, evaluated
from uptime_daemon.core.claims.case import statements
from uptime_daemon.core.time.instants import SECOND, format_instant, parse_instant
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.desk.judging.statement_json import statements_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

GOOD = DATA / "good" / "cases"
START = parse_instant("2026-06-09T08:00:00Z")
STALE_AFTER = 75
"""Seconds: two and a half of the default interval of 30."""

CONTRACT: dict[str, Any] = {
    "contract": 1,
    "id": "acme",
    "title": "Terms",
    "vendor": "Acme",
    "version": "1",
    "language": "en",
    "source": "made up",
    "zone": "Europe/Prague",
    "period": {"kind": "month", "clause": "1"},
    "groups": {"service": {"title": "Service", "clause": "1"}},
    "downtime": {"clause": "2", "formula_clause": "2"},
    "targets": [{"id": "availability", "kind": "availability", "limit": "99.9", "clause": "3"}],
    "credit": {"kind": "none", "clause": "4"},
    "claim": {
        "channel": "mail",
        "clause": "5",
        "subject": "Claim",
        "languages": ["en"],
        "stages": [{"id": "final", "clause": "5"}],
        "evidence": [],
    },
}
PROBES: dict[str, Any] = {
    "vendor": "acme",
    "groups": {
        "web": {
            "title": "Web",
            "up": "any",
            "probes": [{"id": name, "kind": "https", "url": f"https://{name}.acme.example/"} for name in ("a", "b")],
        }
    },
}
REASONS = {"pass": ("none",), "fail": ("status", "connect_timeout"), "error": ("sentinels", "resolver")}


def _evaluated(folder: Path, **keys: Any) -> dict[str, Any]:
    file = folder / "case.json"
    case = {"case": 1, "contract": CONTRACT, "agreement": {}, "period": "2026-06", **keys}
    file.write_text(json.dumps(case), encoding="utf-8")
    problems = Problems()
    found = read_case(Place(file), problems)
    return statements_json(statements(found[0]), found[0].readings.name)


@st.composite
def _seen(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What two probes saw from two vantages, in time order for each of them."""
    observations = []
    for probe in ("acme/a", "acme/b"):
        for vantage in draw(st.sampled_from([("v1",), ("v1", "v2")])):
            at = START
            for distance in draw(st.lists(st.sampled_from([5, 30, 74, 75, 76, 600]), max_size=25)):
                at += distance * SECOND
                outcome = draw(st.sampled_from(["pass", "pass", "fail", "fail", "error"]))
                reason = draw(st.sampled_from(REASONS[outcome]))
                seen = {"probe": probe, "vantage": vantage, "at": at, "outcome": outcome, "reason": reason}
                observations.append(seen)
    return observations


def _written(observations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**each, "at": format_instant(each["at"])} for each in observations]


def _as_runs(observations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs of the observations, by the plainest reading of what a run is."""
    rows: list[list[dict[str, Any]]] = [[observations[0]]] if observations else []
    same = ("probe", "vantage", "outcome", "reason")
    for before, each in pairwise(observations):
        if [before[key] for key in same] == [each[key] for key in same] and (
            each["at"] - before["at"] <= STALE_AFTER * SECOND
        ):
            rows[-1].append(each)
        else:
            rows.append([each])
    return [
        {
            **{key: row[0][key] for key in same},
            "first": format_instant(row[0]["at"]),
            "last": format_instant(row[-1]["at"]),
            "count": len(row),
            "largest_distance_seconds": max(
                ((other["at"] - one["at"]) // SECOND for one, other in pairwise(row)), default=0
            ),
        }
        for row in rows
    ]


@given(observations=_seen(), data=st.data(), otherwise=st.sampled_from(["up", "unknown"]))
def test_runs_and_observations_are_judged_alike(
    tmp_path_factory: pytest.TempPathFactory, observations: list[dict[str, Any]], data: st.DataObject, otherwise: str
) -> None:
    """The record keeps runs only: they say all that the observations say, in whatever order those stand."""
    folder = tmp_path_factory.getbasetemp()
    shuffled = data.draw(st.permutations(observations))
    results = [
        _evaluated(folder, probes=PROBES, otherwise=otherwise, facts=facts)
        for facts in (
            {"observations": _written(observations)},
            {"observations": _written(shuffled)},
            {"runs": _as_runs(observations)},
            {"runs": _as_runs(observations)[::-1]},
        )
    ]
    assert results[0] == results[1] == results[2] == results[3]


def test_three_brackets() -> None:
    """The figures computed by hand at the top of the file: point, shortest, longest, and a breach that is possible."""
    (statement,) = evaluated(GOOD / "measured-observations.yaml")["statements"]
    assert [statement[f"downtime_seconds{bracket}"] for bracket in ("", "_shortest", "_longest")] == [
        22 * 60,
        12 * 60,
        32 * 60,
    ]
    (target,) = statement["targets"]
    assert (target["met"], target["breach"]) == (False, "possible")
    assert statement["availability_fraction"] == "43178/43200"
    assert statement["credit"]["amount"] == "0.00"
    assert (statement["coverage"], statement["unmeasured_seconds"]) == ("1", {})


def test_runs_of_the_same_hour() -> None:
    """The same hour written as runs gives the same statement, word for word."""
    runs, observations = (evaluated(GOOD / f"measured-{form}.yaml") for form in ("runs", "observations"))
    assert runs == observations


def test_unmeasured_time() -> None:
    """Unmeasured time has its reason, counts as up, and too much of it leaves open whether the target is met."""
    found = evaluated(GOOD / "measured-absences.yaml")
    (statement,) = found["statements"]
    assert statement["unmeasured_seconds"] == {"paused": 2 * 86_400}
    assert (statement["coverage"], statement["availability"]) == ("0.9333333333", "100")
    (target,) = statement["targets"]
    assert (target["met"], target["breach"]) == (None, "possible")
    assert "service: too little of the period was measured to call a target met" in found["needs_review"]


def test_nothing_was_measured(tmp_path: Path) -> None:
    """With definitions and no fact all time is unknown, unless the case deems it up."""
    (unknown,) = _evaluated(tmp_path, probes=PROBES)["statements"]
    assert unknown["unmeasured_seconds"] == {"no_data": 2_592_000}
    assert unknown["coverage"] == "0"
    (deemed,) = _evaluated(tmp_path, probes=PROBES, otherwise="up")["statements"]
    assert (deemed["unmeasured_seconds"], deemed["coverage"]) == ({}, "1")


def test_states_with_unknown_rest(tmp_path: Path) -> None:
    """Stated states leave the rest up by default, and unknown where the case says so."""
    hours = {
        state: {"from": f"2026-06-09T{hour:02}:00:00Z", "to": f"2026-06-09T{hour + 2:02}:00:00Z"}
        for hour, state in ((8, "up"), (10, "down"), (12, "unknown"))
    }
    facts = {"states": [{"group": "service", "state": state, **span} for state, span in hours.items()]}
    (rest_up,) = _evaluated(tmp_path, facts=facts)["statements"]
    assert (rest_up["counted_seconds"], rest_up["unmeasured_seconds"]) == (7200, {"no_data": 7200})
    assert rest_up["downtime_seconds_longest"] == 2 * 7200
    (rest_unknown,) = _evaluated(tmp_path, facts=facts, otherwise="unknown")["statements"]
    assert rest_unknown["up_seconds"] == 7200
    assert rest_unknown["unmeasured_seconds"] == {"no_data": 2_592_000 - 2 * 7200}


def test_quorum_of_vantages(tmp_path: Path) -> None:
    """What one of three vantages sees alone is no outage; what two of them see is one."""

    def seen(failing: int) -> list[dict[str, Any]]:
        return [
            {
                "probe": f"acme/{name}",
                "vantage": f"v{vantage}",
                "at": format_instant(START + 30 * SECOND * index),
                "outcome": "fail" if vantage <= failing and 10 <= index < 20 else "pass",
            }
            for name in ("a", "b")
            for vantage in (1, 2, 3)
            for index in range(30)
        ]

    counted = [
        _evaluated(tmp_path, probes=PROBES, otherwise="up", facts={"observations": seen(failing)})["statements"][0][
            "counted_seconds"
        ]
        for failing in (0, 1, 2, 3)
    ]
    assert counted == [0, 0, 300, 300]


def test_history_of_others_speaks_where_we_saw_nothing(tmp_path: Path) -> None:
    """A recorded series fills our gaps, holds its states for as long as it says, and never votes beside us."""
    hours = [f"2026-06-09T{hour:02}:00:00Z" for hour in range(8, 14)]
    history = [
        {"probe": "acme/a", "vantage": "import", "outcome": outcome, "first": at, "last": at, "count": 1}
        for at, outcome in zip(hours, ("pass", "fail", "fail", "pass", "fail", "pass"), strict=True)
    ]
    joined = [  # equal neighbours are one run
        history[0],
        {**history[1], "last": hours[2], "count": 2, "largest_distance_seconds": 3600},
        *history[3:],
    ]
    ours = {
        "probe": "acme/a", "vantage": "v1", "outcome": "pass", "first": hours[4], "last": hours[5], "count": 121,
        "largest_distance_seconds": 30,
    }  # fmt: skip
    only_a = {**PROBES, "groups": {"web": {**PROBES["groups"]["web"], "probes": PROBES["groups"]["web"]["probes"][:1]}}}
    recorded = [{"probe": "acme/a", "vantage": "import", "stale_after_seconds": 3600}]
    (statement,) = _evaluated(
        tmp_path, probes=only_a, otherwise="up", facts={"runs": [*joined, ours], "recorded": recorded}
    )["statements"]
    assert statement["counted_seconds"] == 7200  # 09:00 to 11:00; at 12:00 we saw it up
