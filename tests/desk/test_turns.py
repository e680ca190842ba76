"""What has changed is judged at once, the rest in turn, and nothing is forgotten."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.desk.acme import Acme
from tests.store.samples import fact
from tests.web.crowd import BEGIN, settings_of
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import MINUTE, SECOND, Instant
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.judging.turns import FRESH_FOR, Turns
from uptime_daemon.desk.members import GroupState
from uptime_daemon.store.database import Database, open_store
from uptime_daemon.store.kept import KeptAbsence

NAMES = ("a", "b", "c")
UP = (GroupState(State.UP, BEGIN),)
DOWN = (GroupState(State.DOWN, BEGIN + SECOND),)
ALL_UP = dict.fromkeys(NAMES, UP)


class Rounds:
    """Three agreements, judged as the daemon does."""

    def __init__(self, folder: Path, store: Database) -> None:
        (signed, *_) = Acme(folder).settings.agreements
        agreements = tuple(replace(signed, agreement=replace(signed.agreement, id=name)) for name in NAMES)
        self.settings = replace(settings_of(10), agreements=agreements)
        self.store, self.turns, self.live = store, Turns(), dict(ALL_UP)

    def judged(self, at: Instant, most: int = 9) -> list[tuple[str, bool]]:
        """Whose turn it was, and whether because it had changed; of the others so many."""
        done = []
        for signed, changed in self.turns.order(Judge(self.settings, self.store), self.live, at):
            if not changed and not most:
                break
            most -= not changed
            self.turns.judged(signed.agreement.id, self.live, at)
            done.append((signed.agreement.id, changed))
        return done


@pytest.fixture
def rounds(tmp_path: Path) -> Iterator[Rounds]:
    """All three have been judged once."""
    with open_store(f"sqlite:///{tmp_path}/turns.db", create=True) as store:
        made = Rounds(tmp_path, store)
        assert made.judged(BEGIN) == [(name, True) for name in NAMES]
        yield made


def test_what_stays_is_judged_in_turn(rounds: Rounds) -> None:
    """Not before it is old, the oldest first, and what is down before what is up."""
    assert rounds.judged(BEGIN + FRESH_FOR - 1) == []
    assert rounds.judged(BEGIN + FRESH_FOR, 1) == [("a", False)]
    assert rounds.judged(BEGIN + FRESH_FOR, 1) == [("b", False)]
    assert rounds.judged(BEGIN + MINUTE, 2) == [("c", False), ("a", False)]
    rounds.live["a"] = DOWN
    assert rounds.judged(BEGIN + MINUTE + 1) == [("a", True), ("b", False)]
    assert rounds.judged(BEGIN + 2 * MINUTE, 2) == [("a", False), ("c", False)]


def test_what_changed_is_judged_at_once(rounds: Rounds) -> None:
    """A group's state, a fact of one agreement or of none, an absence, definitions, other settings."""
    rounds.live["b"] = DOWN
    assert rounds.judged(BEGIN + 1, 0) == [("b", True)]
    rounds.store.append_fact(fact("T1", agreement="c"))
    assert rounds.judged(BEGIN + 2, 0) == [("c", True)]
    every = [(name, True) for name in NAMES]
    rounds.store.append_fact(fact("p", agreement=None, kind="void"))
    assert rounds.judged(BEGIN + 3, 0) == every
    absence = rounds.store.append_absence(KeptAbsence(BEGIN, None, "paused"))
    assert rounds.judged(BEGIN + 4, 0) == every
    rounds.store.end_absence(absence, BEGIN + 4)
    assert rounds.judged(BEGIN + 5, 0) == every
    rounds.store.store_definitions({"probes/x.yaml": "vendor: x"}, BEGIN + 5)
    assert rounds.judged(BEGIN + 6, 0) == every
    rounds.settings = replace(rounds.settings)
    assert rounds.judged(BEGIN + 7, 0) == every
    assert rounds.judged(BEGIN + 8) == []


def test_a_clock_that_goes_back_makes_nothing_fresh(rounds: Rounds) -> None:
    """What was judged at a later instant than now is judged again."""
    assert rounds.judged(BEGIN - MINUTE) == [(name, False) for name in NAMES]
