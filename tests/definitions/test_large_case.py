"""Evidence of a month is large: reading it, and naming a mistake in it, stays a matter of seconds."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.definitions.test_measured import CONTRACT, PROBES
from uptime_daemon.core.claims.case import statements
from uptime_daemon.core.time.instants import SECOND, format_instant, parse_instant
from uptime_daemon.definitions.cases.place import Place
from uptime_daemon.definitions.cases.reading import read_case
from uptime_daemon.definitions.problems import Problems, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

RUNS = 100_000
SECONDS_MAX = 30
"""Of the processor, for so many; some 7 s on an idle machine, the rest is for a slower or busier one."""


def _large(folder: Path, number: int) -> tuple[Path, list[dict[str, Any]]]:
    """So many runs of two probes, each seen to fail for 20 s of every 100."""
    start = parse_instant("2026-06-01T00:00:00Z")
    runs = [
        {
            "probe": f"acme/{'ab'[index % 2]}",
            "vantage": "v1",
            "outcome": "pass" if index // 2 % 2 else "fail",
            "reason": "none" if index // 2 % 2 else "status",
            "first": format_instant(start + 25 * SECOND * index),
            "last": format_instant(start + 25 * SECOND * index + 20 * SECOND),
            "count": 5,
            "largest_distance_seconds": "5.000001",
        }
        for index in range(number)
    ]
    file = folder / "case.json"
    _write(file, runs)
    return file, runs


def _write(file: Path, runs: list[dict[str, Any]]) -> None:
    case = {"case": 1, "contract": CONTRACT, "agreement": {}, "period": "2026-06", "probes": PROBES}
    file.write_text(json.dumps({**case, "facts": {"runs": runs}}, indent=1), encoding="utf-8")


@pytest.mark.parametrize("runs", [RUNS // 5, pytest.param(RUNS, marks=pytest.mark.prove)])
def test_a_hundred_thousand_runs_are_read_in_seconds(tmp_path: Path, runs: int) -> None:
    """A case of 23 MB is read and judged in a few seconds, and each check sees a fifth of it in a fifth of the time."""
    file, _ = _large(tmp_path, runs)
    started = time.process_time()
    (case,) = read_case(Place(file), Problems())
    read = time.process_time() - started
    (statement,) = statements(case)
    judged = time.process_time() - started - read
    print(f"{file.stat().st_size} bytes: read {read:.1f} s, judged {judged:.1f} s")  # noqa: T201 - shown with -s
    # a is down from 0 to 50 s, b from 25 to 75 s, of every 100 s: both are for 25 s
    assert (statement.judgement.point.number, statement.judgement.point.downtime) == (
        runs // 4,
        runs // 4 * 25 * SECOND,
    )
    assert read + judged < SECONDS_MAX * runs / RUNS


def test_a_mistake_among_many_runs_has_its_line(tmp_path: Path) -> None:
    """The one misspelt instant of a large file is named with its line, in seconds."""
    file, runs = _large(tmp_path, RUNS // 5)
    runs[15_000]["first"] = "2026-06-27"
    _write(file, runs)
    line = file.read_text(encoding="utf-8").partition('"2026-06-27"')[0].count("\n") + 1
    problems = Problems()
    started = time.process_time()
    with suppress(RefusedError):
        read_case(Place(file), problems)
    assert time.process_time() - started < SECONDS_MAX / 2
    (problem,) = problems.sorted()
    assert (problem.line, problem.path) == (line, "facts.runs[15000].first")
