"""Time is judged by the definitions then in force, whatever the files say today, and so is the exported case."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.daemon.running import files
from uptime_daemon.core.claims.case import statements
from uptime_daemon.core.facts.observation import Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.definitions.cases.reading import case_of_text
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.evidence.canonical import canonical
from uptime_daemon.settings.reading import load
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from uptime_daemon.core.time.instants import Duration, Instant

PROBES = """\
vendor: acme
defaults: {{interval: 30s, repeat: 5s, timeout: 500ms, confirm: {{fails: 1, passes: 1}}}}
groups:
  voice:
    title: Voice
    up: any
    probes:
      - {{id: web, kind: http, url: "http://127.0.0.1:{port}/", checks: [{{status: 200}}]}}
      - {{id: line, kind: tcp, host: 127.0.0.1, port: 9}}
"""
START = parse_instant("2026-10-05T08:00:00Z")
CHANGE = START + 2 * HOUR
AS_OF = parse_instant("2026-11-20T12:00:00Z")
WINDOW = Span(START, START + 4 * HOUR)


@pytest.fixture
def judges(tmp_path: Path) -> Iterator[Callable[[str, Instant | None], Judge]]:
    """Judges of a configuration whose one group is up as a word says, loaded at an instant or not at all.

    One of its two probes is down from half an hour after the start to half an hour before the end of four hours.
    """
    own = files(tmp_path / "own", 9, (9, 10), probes=PROBES)
    with open_store(f"sqlite:///{own.database}", create=True) as store:
        store.insert_history(runs(), MINUTE)

        def judge(up: str, at: Instant | None) -> Judge:
            written = own.probes.read_text(encoding="utf-8")
            before = written.partition("    up: ")[2].partition("\n")[0]
            own.probes.write_text(written.replace(f"up: {before}", f"up: {up}"), encoding="utf-8")
            settings = load(own.configuration, {})
            if at is not None:
                store.store_definitions(settings.texts, at)
            return Judge(settings, store)

        yield judge


def runs() -> list[Run]:
    """What was seen: every half minute, so that nothing is a gap."""
    found = []
    edges = [(0, Outcome.PASS), (30 * MINUTE, Outcome.FAIL), (210 * MINUTE, Outcome.PASS), (240 * MINUTE, None)]
    for probe, seen in (("acme/web", edges), ("acme/line", [edges[0], edges[-1]])):
        for (first, outcome), (end, _) in pairwise(seen):
            if outcome is not None:
                reason = Reason.NONE if outcome is Outcome.PASS else Reason.STATUS
                last = START + end - 30 * 1_000_000
                count = (end - first) // 30_000_000
                found.append(Run(probe, "import", outcome, reason, START + first, last, count, 30_000_000))
    return sorted(found, key=lambda run: run.first)


def downtime(judge: Judge, window: Span = WINDOW) -> Duration:
    """How long the group was down."""
    return judge.group_timelines(window)["acme/voice"].point.total


def test_without_a_record_the_files_hold(judges: Callable[[str, Instant | None], Judge]) -> None:
    """Nothing was ever loaded: what the files say is all there is."""
    assert downtime(judges("any", None)) == 0
    assert downtime(judges("all", None)) == 3 * HOUR


def test_a_change_holds_from_its_loading_on(judges: Callable[[str, Instant | None], Judge]) -> None:
    """Up while any was up, then down while not all were: an hour and a half of the three."""
    judges("any", START - DAY)
    assert downtime(judges("all", CHANGE)) == 90 * MINUTE


def test_what_was_known_then(judges: Callable[[str, Instant | None], Judge]) -> None:
    """As of an instant before the change, the change is not known."""
    judges("any", START - DAY)
    judge = judges("all", CHANGE)
    assert downtime(judge, Span(START, CHANGE)) == 0
    assert downtime(judge, Span(CHANGE, WINDOW.end)) == 90 * MINUTE


def test_time_before_the_first_loading(judges: Callable[[str, Instant | None], Judge]) -> None:
    """Imported history is older than every definition: the first one judges it."""
    judges("all", WINDOW.end + DAY)
    assert downtime(judges("any", WINDOW.end + 2 * DAY)) == 3 * HOUR


def test_a_change_back_and_forth(judges: Callable[[str, Instant | None], Judge]) -> None:
    """Each stretch by its own: an hour of `all` between two of `any`."""
    judges("any", START - DAY)
    judges("all", START + HOUR)
    assert downtime(judges("any", START + 2 * HOUR)) == HOUR


def test_the_exported_case_is_judged_alike(judges: Callable[[str, Instant | None], Judge]) -> None:
    """Earlier definitions travel in the case with the instant until which they held."""
    judges("any", START - DAY)
    judge = judges("all", CHANGE)
    (own,) = judge.statements("acme", "2026-10", AS_OF)
    case = judge.case("acme", "2026-10", AS_OF)
    assert [each["until"] for each in case["earlier_probes"]] == ["2026-10-05T10:00:00Z"]
    problems = Problems()
    ((again,),) = [statements(each) for each in case_of_text(canonical(case).decode(), "case.json", problems)]
    assert not problems.found
    assert again.judgement.point == own.judgement.point
    assert own.judgement.point.downtime == 90 * MINUTE


def test_the_same_loaded_twice_is_one(judges: Callable[[str, Instant | None], Judge]) -> None:
    """A load that changes nothing of how groups are judged leaves no trace in the case."""
    judges("any", START - DAY)
    judges("any", CHANGE)
    assert "earlier_probes" not in judges("any", CHANGE + HOUR).case("acme", "2026-10", AS_OF)
