"""What was judged of every agreement: in turn, kept current, and what could not be judged with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.judging.rounds import ClockState, rounds
from uptime_daemon.core.time.instants import MINUTE
from uptime_daemon.desk.judging.turns import Turns
from uptime_daemon.desk.showing.board import Evaluation, StatedEntry
from uptime_daemon.desk.showing.standing import clocks_of, stated_entry
from uptime_daemon.store.errors import TooMuchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.judging.turns import Live
    from uptime_daemon.settings.values import SignedAgreement

LAST_PERIOD_EVERY: Final = 10 * MINUTE
"""How often the period before the current one is judged anew while nothing is stated about its agreement: only what
concerns everybody, imported history, and a vantage that was cut off change it then."""
KNOWN_FOR: Final[Duration] = 15 * MINUTE
"""How long statements may be relied upon that have their turn again and again: longer than the last period keeps, with
the two minutes that the turns of a thousand groups take."""


@dataclass(slots=True)
class Judged:
    """What was judged of one agreement, and when."""

    current: tuple[Statement, ...] = ()
    last: tuple[Statement, ...] = ()
    last_at: Instant | None = None
    missed: set[tuple[str, str, str, int]] = field(default_factory=set)
    """Rounds seen to run out: group, clock, ticket, number. A fact recorded later may take one back, but a counter
    never goes down: that would look like a restart, and all misses like new ones."""
    standing: dict[str, StatedEntry] = field(default_factory=dict)
    """What stands about each group, but for what its live state makes of it."""
    missed_before: frozenset[tuple[str, str, str, int]] | None = None
    """Those that had run out when the daemon first looked: told after each start, they would look like new ones."""
    evaluation: Evaluation = field(default_factory=Evaluation)


@dataclass(slots=True)
class Judgings:
    """The latest judging of each agreement. `judge` may run on another thread."""

    turns: Turns = field(default_factory=Turns)
    by_agreement: dict[str, Judged] = field(default_factory=dict)
    unjudged: dict[str, str] = field(default_factory=dict)
    """Agreements that could not be judged last, and why."""

    def judge(self, judge: Judge, live: Live, at: Instant, enough: Callable[[], bool]) -> tuple[str, ...]:
        """Judge what has changed, then in turn what has not until it is enough; returns which agreements were judged.

        The caller tells with `took` or `failed` how it went.
        """
        for name in self.by_agreement.keys() - {signed.agreement.id for signed in judge.settings.agreements}:
            del self.by_agreement[name]
        done: list[str] = []
        for signed, changed in self.turns.order(judge, live, at):
            if not changed and enough():
                break
            try:
                self._judge_one(judge, signed, at, stated=self.turns.is_stated(signed.agreement.id))
            except TooMuchError as too_much:  # the others are judged all the same
                self.unjudged[signed.agreement.id] = str(too_much)
                self._missed(self.by_agreement[signed.agreement.id])
            else:
                self.unjudged.pop(signed.agreement.id, None)
                done.append(signed.agreement.id)
            self.turns.judged(signed.agreement.id, live, at)
        return tuple(done)

    def _judge_one(self, judge: Judge, signed: SignedAgreement, at: Instant, *, stated: bool) -> None:
        own = self.by_agreement.setdefault(signed.agreement.id, Judged())
        own.current = judge.statements(signed.agreement.id, "current", at)
        if stated or own.last_at is None or at - own.last_at >= LAST_PERIOD_EVERY:
            own.last = judge.statements(signed.agreement.id, "last", at)
            own.last_at = at
        known = judge.stated(signed.agreement.id, at)
        ticking = tuple(rounds(signed.readings.chosen, known.tickets, at))
        missed = frozenset(
            (each.ticket.group, each.terms.id, each.ticket.id, each.number)
            for each in ticking
            if each.state is ClockState.MISSED
        )
        if own.missed_before is None:
            own.missed_before = missed
        own.missed |= missed - own.missed_before
        # Every ticket is looked at here and not on the event loop, which the board is made on.
        own.standing = {
            name: replace(
                stated_entry(signed.agreement.id, name, known, signed.readings.chosen, ticking, at),
                missed={
                    clock: sum(each[:2] == (name, clock) for each in own.missed)
                    for clock in clocks_of(signed.readings.chosen, name)
                },
            )
            for name in signed.agreement.bindings
        }
        own.evaluation = replace(own.evaluation, watermark=at)

    def known(self, agreement_id: str, period: Period, at: Instant) -> Sequence[Statement]:
        """What was judged of the current or the last period, if that is not too long ago."""
        own = self.by_agreement.get(agreement_id)
        for statements in () if own is None else (own.current, own.last):
            if statements and statements[0].period == period and 0 <= at - statements[0].as_of < KNOWN_FOR:
                return statements
        return ()

    def took(self, elapsed: Duration, agreements: Sequence[str]) -> None:
        """A judging of some agreements took this long."""
        share = elapsed // max(1, len(agreements))
        for own in (self.by_agreement[name] for name in agreements if name in self.by_agreement):
            own.evaluation = replace(own.evaluation, duration=share, runs=own.evaluation.runs + 1)

    def failed(self) -> None:
        """A judging did not come to its end; the statements shown stay the last good ones."""
        for own in self.by_agreement.values():
            self._missed(own)

    @staticmethod
    def _missed(own: Judged) -> None:
        evaluation = own.evaluation
        own.evaluation = replace(evaluation, runs=evaluation.runs + 1, failures=evaluation.failures + 1)
