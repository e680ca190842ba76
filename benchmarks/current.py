"""A thousand groups of a contract out of a real record: how long after an observation its statement is on the board."""

from __future__ import annotations

import random
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.desk.acme import Acme
from tests.web.crowd import BEGIN, PROBES_OF_A_GROUP, Crowd, settings_of
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.judging.turns import Turns
from uptime_daemon.store.database import open_store
from uptime_daemon.store.engine import closing
from uptime_daemon.store.pending import Batch
from uptime_daemon.store.places import place_of
from uptime_daemon.store.recording import Recorder
from uptime_daemon.watch.confirmation import Changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.board_keeper import BoardKeeper

GROUPS: Final = 1_000
STALE: Final = 75 * SECOND
SINCE: Final = BEGIN - 75 * DAY
"""Two and a half months: what is read to judge a month."""


class Thousand:
    """One agreement a group, ten probes a group, of which one has 200 outages a year."""

    def __init__(self, groups: int = GROUPS) -> None:
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="uptime-bench-")))
        (signed, *_) = Acme(folder).settings.agreements
        settings = settings_of(PROBES_OF_A_GROUP * groups)
        self._groups = list(settings.groups.values())
        agreements = tuple(
            replace(
                signed,
                agreement=replace(
                    signed.agreement,
                    id=f"agreement-{number}",
                    bindings={"service": Binding(Need(NeedKind.ALL), (group.id,))},
                ),
            )
            for number, group in enumerate(self._groups)
        )
        self._crowd = Crowd(replace(settings, agreements=agreements))
        url = f"sqlite:///{folder}/current.db"
        _fill(url, [run for group in self._groups for run in _runs(group.probes, settings.vantage.name)])
        self.store = self._stack.enter_context(open_store(url, create=False))
        self.store.open_session(settings.vantage.name, BEGIN)
        self.judge = Judge(self._crowd.settings, self.store)
        self.at: Instant = BEGIN
        self._turn = iter(range(groups))
        self._begin()

    @property
    def keeper(self) -> BoardKeeper:
        """Who keeps the statements."""
        return self._crowd.keeper

    def ours(self) -> None:
        """A fail that is confirmed, on the board as downtime of its agreement."""
        number = next(self._turn)
        group = self._groups[number]
        self.at += SECOND
        for each in range(3):
            at = self.at + each
            seen = Observation(group.probes[0], "prague-1", at, Outcome.FAIL, Reason.STATUS, SECOND)
            self.store.observe(seen, STALE)
        self._crowd.measure.changed(Changed(group.probes[0], "prague-1", State.DOWN, self.at))
        if self._judged() != (f"agreement-{number}",):
            raise AssertionError("something else was judged than what changed")

    def judge_all(self) -> None:
        """Each agreement by its own record, both periods."""
        self.keeper.judgings.turns = Turns()
        self.keeper.judgings.judge(self.judge, self.keeper.live(), self.at, lambda: False)

    def close(self) -> str:
        """End what was started."""
        self._stack.close()
        return f"{len(self._groups)} groups, {PROBES_OF_A_GROUP * len(self._groups)} probes"

    def _begin(self) -> None:
        """All have been judged: each by the statement of the first, which takes as long to show as its own."""
        keeper = self._crowd.keeper
        live = keeper.live()
        signed, _ = next(keeper.judgings.turns.order(self.judge, live, self.at))
        keeper.judgings.judge(
            Judge(replace(self._crowd.settings, agreements=(signed,)), self.store), live, self.at, lambda: True
        )
        next(keeper.judgings.turns.order(self.judge, live, self.at))  # from now on by all agreements
        judged = keeper.judgings.by_agreement[signed.agreement.id]
        for name in live:
            keeper.judgings.by_agreement[name] = replace(judged)
            keeper.judgings.turns.judged(name, live, self.at)
        self._crowd.refreshed()

    def _judged(self) -> tuple[str, ...]:
        live = self._crowd.keeper.live()
        self.store.flush()
        done = self._crowd.keeper.judgings.judge(self.judge, live, self.at + 3, lambda: True)
        self._crowd.refreshed()
        return done


def _fill(url: str, runs: list[Run]) -> None:
    place = place_of(url)
    place.prepare(create=True)
    with closing(place.writing_engine()) as engine:
        Recorder(engine.dialect).write(engine.begin, Batch(tuple(runs), (), (), (), None))


def _runs(probes: tuple[str, ...], vantage: str) -> Iterator[Run]:
    first, *others = probes
    at = SINCE
    for hour in sorted(random.sample(range(75 * 24 - 2), 41)):
        start = SINCE + (hour + 1) * HOUR
        yield Run(first, vantage, Outcome.PASS, Reason.NONE, at, start - 30 * SECOND, 9, 30 * SECOND)
        yield Run(first, vantage, Outcome.FAIL, Reason.STATUS, start, start + 10 * MINUTE, 21, 30 * SECOND)
        at = start + 10 * MINUTE + 30 * SECOND
    for probe, begin in ((first, at), *((other, SINCE) for other in others)):
        yield Run(probe, vantage, Outcome.PASS, Reason.NONE, begin, BEGIN - 30 * SECOND, 9, 30 * SECOND)
