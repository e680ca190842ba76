"""Whether the misses of the last periods give the right to end the agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.records import Answer

if TYPE_CHECKING:
    from fractions import Fraction

    from uptime_daemon.core.facts.earlier import EarlierPeriod
    from uptime_daemon.core.judging.history import History
    from uptime_daemon.core.terms.termination import TerminationTerms


@dataclass(frozen=True, slots=True)
class Termination:
    """The right to end the agreement: yes, no, or unknown while earlier periods are missing."""

    terms: TerminationTerms
    state: Answer
    counted: int
    """In how many of the periods the miss is shown."""
    unknown: tuple[str, ...]
    """The periods that would decide and of which nothing is known."""


def termination(
    terms: TerminationTerms, *, missed: bool, availability: Fraction | None, history: History | None
) -> Termination:
    """The state after the judged period, whose miss and availability in percent are given."""
    own = missed if terms.below is None else availability is not None and availability < terms.below
    before = () if history is None else history.outcomes[: terms.within - 1]
    states = [_counts(terms, each) for each in before]
    counted = own + states.count(Answer.YES)
    names = () if history is None else history.names
    open_ones = tuple(name for name, state in zip(names, states, strict=False) if state is Answer.UNKNOWN)
    # Without a row of periods, as for a stretch given by its ends, every earlier one is unknown.
    unseen = len(open_ones) + (terms.within - 1 - len(before))
    if counted >= terms.periods:
        state = Answer.YES
    else:
        state = Answer.UNKNOWN if own and counted + unseen >= terms.periods else Answer.NO
    return Termination(terms, state, counted, open_ones if state is Answer.UNKNOWN else ())


def _counts(terms: TerminationTerms, period: EarlierPeriod | None) -> Answer:
    if period is None:
        return Answer.UNKNOWN
    if terms.below is None:
        return Answer.YES if terms.target in period.missed else Answer.NO
    if period.availability is None:
        return Answer.UNKNOWN
    return Answer.YES if period.availability < terms.below else Answer.NO
