"""The evidence is enough: a case made from the record, judged by anybody, gives the statements of the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.demo.past import demonstrated
from uptime_daemon.core.claims.case import statements
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.time.instants import HOUR, MINUTE, SECOND, Instant, parse_instant
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.judging.statement_json import statements_json
from uptime_daemon.evidence.canonical import canonical
from uptime_daemon.store.kept import KeptAbsence

START = parse_instant("2026-11-22T12:00:00+01:00")
HERE = "here"
EDGES = (
    (0, "autodial-api", Outcome.PASS, Reason.NONE),
    (600, "autodial-api", Outcome.FAIL, Reason.STATUS),
    (630, "autodial-api", Outcome.ERROR, Reason.SENTINELS),
    (660, "autodial-api", Outcome.FAIL, Reason.ANSWER_TIMEOUT),
    (1_500, "autodial-api", Outcome.PASS, Reason.NONE),
    (0, "inbound-api", Outcome.PASS, Reason.NONE),
    (660, "inbound-api", Outcome.FAIL, Reason.CONNECTION_REFUSED),
    (1_800, "inbound-api", Outcome.PASS, Reason.NONE),
    (0, "inbound-line", Outcome.PASS, Reason.NONE),
    (900, "inbound-line", Outcome.ERROR, Reason.RESOLVER),
    (905, "inbound-line", Outcome.PASS, Reason.NONE),
)
"""Seconds after the start from which on a probe sees this."""
OFF = (1_000, 1_100)
"""Seconds after the start in which nobody looked."""


def measured(judge: Judge, until: Instant) -> None:
    """An hour of our own measurements after the imported past: outages, errors, an absence."""
    store = judge.store
    store.open_session(HERE, START)
    for second in range(0, (until - START) // SECOND, 5):
        if OFF[0] <= second < OFF[1]:
            continue
        for name in ("autodial-api", "inbound-api", "inbound-line"):
            since, _, outcome, reason = max(edge for edge in EDGES if edge[1] == name and edge[0] <= second)
            assert since <= second
            seen = Observation(f"stand-in/{name}", HERE, START + second * SECOND + 17, outcome, reason, SECOND // 9)
            store.observe(seen, judge.settings.probes[seen.probe].probe.cadence.stale_after)
    store.append_absence(KeptAbsence(START + OFF[0] * SECOND, START + OFF[1] * SECOND, "clock_step", HERE))
    store.flush()


def judged_again(judge: Judge, folder: Path, agreement: str, period: str, as_of: Instant) -> Any:
    """What `evaluate` makes of the evidence."""
    file = folder / f"{agreement}-{period}.json"
    file.write_bytes(canonical(judge.case(agreement, period, as_of)))
    problems = Problems()
    (case,) = read_case(Place(file, ()), problems)
    assert not problems.found
    return statements_json(statements(case), case.readings.name)


def claimed(result: Any) -> Any:
    """Statements without what the evidence leaves out on purpose: other readings, what rests on them, our omissions."""
    plain = json.loads(json.dumps(result))
    plain["needs_review"] = [line for line in plain["needs_review"] if " parameter " not in line]
    for statement in plain["statements"]:
        del statement["readings"]
        for target in statement["targets"]:
            target["rests_on"] = []
        for step in statement["derivation"]:
            step["value"] = step["value"].partition("; rests on ")[0]
    return plain


@pytest.mark.parametrize("agreement", ["acme-daktela", "acme-oki-toki"])
def test_evidence_gives_the_statements_of_the_record(agreement: str, tmp_path: Path) -> None:
    """For open and closed periods, with imported history, our own runs, gaps, tickets, windows: the same JSON."""
    with demonstrated(tmp_path, START) as judge:
        measured(judge, START + HOUR)
        for period in ("current", "last"):
            for as_of in (START + 20 * MINUTE, START + 27 * MINUTE + 1, START + HOUR):
                kept = judge.statements(agreement, period, as_of)
                expected = statements_json(kept, judge.signed(agreement).readings.name)
                again = judged_again(judge, tmp_path, agreement, period, as_of)
                assert claimed(again) == claimed(expected)
                assert "AMB-" not in json.dumps(again)
        current = judge.statements(agreement, "current", START + HOUR)[0].judgement
        assert "clock_step" in dict(current.labels.unmeasured)


def test_evidence_names_nobody_and_no_secret(tmp_path: Path) -> None:
    """People, mail addresses of ours, ids of our files stay inside; the demonstration is named as one."""
    with demonstrated(tmp_path, START) as judge:
        case = judge.case("acme-daktela", "last", START)
    text = json.dumps(case)
    assert case["demonstration"] is True
    for inside in ("people", "finance@acme.example", "sre@acme.example", "ana", "claims@acme.example"):
        assert f'"{inside}"' not in text
