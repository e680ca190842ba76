"""Claims begin at their instant although what somebody else keeps current is not judged again."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from tests.desk.acme import Acme, acme
from tests.desk.claim_sources import CaseSources
from uptime_daemon.clock import SystemClock
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.time.instants import MINUTE, SECOND, parse_instant
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.measure import Measure
from uptime_daemon.desk.showing.board import Build
from uptime_daemon.desk.showing.board_keeper import BoardKeeper
from uptime_daemon.desk.showing.judgings import KNOWN_FOR, LAST_PERIOD_EVERY
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.store.ports import Store

US = House("claims@acme.example")
DURING = parse_instant("2026-06-25T12:00:00+02:00")
CLAIM = "acme-daktela.2026-06.service.provisional"
OCTOBER_ENDS = parse_instant("2026-10-31T23:00:00Z")
PROVISIONAL, FINAL = "acme.2026-10.service.provisional", "acme.2026-10.service.final"


@dataclass
class Counted(CaseSources):
    """The letters' cases, and how often each period was judged."""

    judged: Counter[str] = field(default_factory=Counter)

    def statements(self, agreement_id: str, period_name: str, as_of: Instant) -> tuple[Statement, ...]:
        """Counts."""
        self.judged[period_name] += 1
        return super().statements(agreement_id, period_name, as_of)


@dataclass(frozen=True)
class Kept:
    """Statements of June as a test has them."""

    june: Sequence[Statement]

    def known(self, agreement_id: str, period: Period, at: Instant) -> Sequence[Statement]:
        """Of no other period."""
        del agreement_id, at
        return self.june if period.name == "2026-06" else ()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    with closing(open_store(f"sqlite:///{tmp_path / 'claims.db'}", create=True)) as opened:
        yield opened


def june(outages: Sequence[tuple[str, str, str, str]] | None = None) -> Kept:
    """June as it was judged a moment ago."""
    sources = CaseSources() if outages is None else CaseSources(outages=outages)
    return Kept(sources.statements("acme-daktela", "2026-06", DURING - MINUTE))


def test_what_shows_nothing_new_is_not_judged_again(store: Store) -> None:
    """Neither what is not owed nor what is claimed already; what nobody keeps is judged each time."""
    sources = Counted().only("acme-daktela")
    assert isinstance(sources, Counted)
    desk = ClaimsDesk(sources, store, US)
    assert desk.review(DURING, june(())).eligible == ()
    assert sources.judged == {"2026-05": 1}
    assert desk.review(DURING, june()).eligible == (CLAIM,)
    assert sources.judged == {"2026-05": 2, "2026-06": 1}
    assert desk.review(DURING + MINUTE, june()).eligible == ()
    assert sources.judged == {"2026-05": 3, "2026-06": 1}
    assert desk.review(DURING + MINUTE, Kept(())).eligible == ()
    assert sources.judged == {"2026-05": 4, "2026-06": 2}


def test_no_claim_begins_by_what_is_known(store: Store) -> None:
    """What was owed a moment ago, and is not any more by what is on record now, is no claim."""
    assert ClaimsDesk(CaseSources(outages=()).only("acme-daktela"), store, US).review(DURING, june()).eligible == ()
    assert store.claim_events() == []


@dataclass
class World:
    """October of Acme as the daemon keeps it: statements with their turns, and a review of claims."""

    own: Acme
    store: Store

    def __post_init__(self) -> None:
        """Nothing is judged yet."""
        settings = self.own.settings
        measure = Measure(self.store, settings.vantage.name)
        measure.define(settings.groups, {name: each.probe for name, each in settings.probes.items()})
        self.keeper = BoardKeeper(settings, measure, Build("0.1.0", "", "3.11"), ZoneInfo("UTC"))
        self.sources = Judge(settings, self.store)
        self.desk = ClaimsDesk(self.sources, self.store, US)

    def judge(self, at: Instant) -> None:
        """All turns at an instant."""
        self.keeper.judgings.judge(self.sources, self.keeper.live(), at, lambda: False)

    def review(self, at: Instant) -> tuple[str, ...]:
        """What becomes eligible under the first agreement."""
        return tuple(each for each in self.desk.review(at, self.keeper.judgings).eligible if each.startswith("acme."))

    def downtime(self, at: Instant) -> list[int]:
        """Seconds of October as they are known."""
        period, _ = self.sources.contract("acme", at).cycle.claimed(at)
        return [each.judgement.point.downtime // SECOND for each in self.keeper.judgings.known("acme", period, at)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """October is on record: three hours down on the 10th."""
    own = acme(tmp_path)
    with closing(open_store(own.settings.database, create=False)) as opened:
        yield World(own, opened)


def test_a_claim_begins_with_the_instant_at_which_the_period_ends(world: World) -> None:
    """Not a microsecond earlier, although all that is known was judged before; the provisional one expires with it."""
    world.judge(OCTOBER_ENDS - 10 * MINUTE)
    assert world.review(OCTOBER_ENDS - 9 * MINUTE) == (PROVISIONAL,)
    assert world.review(OCTOBER_ENDS - 1) == ()
    assert world.review(OCTOBER_ENDS) == (FINAL,)
    assert world.review(OCTOBER_ENDS + MINUTE) == ()
    assert world.desk.steps.one(PROVISIONAL).state is ClaimState.EXPIRED


def test_a_late_fact_changes_the_last_period_at_once(world: World) -> None:
    """It does not wait for the last period's turn; what is too old is not known at all."""
    at = OCTOBER_ENDS + 60 * MINUTE
    world.judge(at)
    assert world.downtime(at) == [10_800]
    assert world.downtime(at + KNOWN_FOR - 1) == [10_800]
    assert world.downtime(at + KNOWN_FOR) == world.downtime(at - 1) == []
    proof = world.own.folder / "status.html"
    proof.write_text("we were down", encoding="utf-8")
    line = "outage add --agreement acme --group service --by ana --from 2026-10-15T12:00 --to 2026-10-15T13:00"
    with patch.object(SystemClock, "now", lambda _: at + SECOND):
        world.own.said(f"{line} --evidence {proof}")
    world.judge(at + MINUTE)
    assert MINUTE < LAST_PERIOD_EVERY
    assert world.downtime(at + MINUTE) == [14_400]
    assert world.review(at + MINUTE) == (FINAL,)
