"""A probe that people pause: the time is unknown from the recording on, whatever was measured before counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.desk.acme import Acme, acme
from uptime_daemon.core.time.instants import HOUR, parse_instant
from uptime_daemon.desk.intake.facts import Author, IntakeError
from uptime_daemon.desk.intake.pauses import pause, resumption
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.judging.pauses import paused_now
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.core.time.instants import Instant

OUTAGE = parse_instant("2026-10-10T09:00:00Z")
"""Three hours of it are on record."""
PROBE = "stand-in/tcp"


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    """October with an outage, as our own vantage saw it: nothing is left to history."""
    made = acme(tmp_path)
    store = open_store(made.settings.database, create=False)
    yield Judge(made.settings, store)
    store.close()


def by(name: str, at: Instant) -> Author:
    """Somebody, then."""
    return Author(name, at, at)


def test_a_pause_and_its_end(judge: Judge) -> None:
    """What is paused is named with its reason as long as it lasts, also to whoever asks as of then."""
    store, former = judge.store, judge.settings.former
    assert paused_now(store, former) == frozenset()
    store.append_fact(pause(judge, PROBE, by("ana", OUTAGE + HOUR), why="the vendor asked us to"))
    assert paused_now(store, former) == {PROBE}
    with pytest.raises(IntakeError, match="is paused already"):
        pause(judge, PROBE, by("ivo", OUTAGE + HOUR), why="again")
    store.append_fact(resumption(judge, PROBE, by("ivo", OUTAGE + 2 * HOUR)))
    assert paused_now(store, former) == frozenset()
    (absence,) = judge.case("acme", "2026-10", OUTAGE + 30 * HOUR)["facts"]["absences"]
    assert absence == {
        "from": "2026-10-10T10:00:00Z",
        "to": "2026-10-10T11:00:00Z",
        "reason": "paused",
        "probe": PROBE,
    }
    (open_end,) = judge.case("acme", "2026-10", OUTAGE + 90 * HOUR // 60)["facts"]["absences"]
    assert open_end["to"] == "2026-10-10T10:30:00Z"
    assert judge.case("acme", "2026-10", OUTAGE + HOUR // 2)["facts"]["absences"] == []


@pytest.mark.parametrize("name", ["stand-in/none", ""])
def test_what_cannot_be_paused(judge: Judge, name: str) -> None:
    """A probe that nobody knows, a pause without a reason, and the resumption of what is not paused."""
    with pytest.raises(IntakeError, match="there is no probe"):
        pause(judge, name, by("ana", OUTAGE), why="so")
    with pytest.raises(IntakeError, match="needs its reason"):
        pause(judge, PROBE, by("ana", OUTAGE), why=" ")
    with pytest.raises(IntakeError, match="is not paused; those that are: none"):
        resumption(judge, PROBE, by("ana", OUTAGE))


def test_by_command(tmp_path: Path) -> None:
    """Both commands record who did it; a dry run records nothing."""
    desk: Acme = acme(tmp_path)
    assert "not recorded" in desk.said(f"pause {PROBE} --by ana --dry-run --why x")
    assert "fact 1: pause stand-in/tcp" in desk.said(f"pause {PROBE} --by ana --why x")
    code, output = desk.run(f"resume {PROBE}x --by ana")
    assert (code, "those that are: stand-in/tcp" in " ".join(output.split())) == (2, True)
    assert "fact 2: resumption stand-in/tcp: at" in desk.said(f"resume {PROBE} --by ana")
