"""A case: contract, agreement, period and facts together, enough to judge without a daemon or a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.judging.clocks import JudgedClock, judged_clocks, reviews
from uptime_daemon.core.judging.statement import Statement, judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Readings
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.periods import Period


@dataclass(frozen=True, slots=True)
class Case:
    """Everything one judgement rests on."""

    readings: Readings
    agreement: Agreement
    period: Period
    facts: Facts
    as_of: Instant


def statements(case: Case) -> tuple[Statement, ...]:
    """The statements of a case's groups."""
    return judged(case.readings, case.agreement, case.period, case.facts, case.as_of)


def clocks(case: Case) -> tuple[JudgedClock, ...]:
    """The clocks of a case's tickets."""
    facts = case.facts
    return judged_clocks(case.readings, facts.tickets, facts.conditions, case.period.span, case.as_of)


def clock_reviews(case: Case, judged: Sequence[JudgedClock]) -> tuple[str, ...]:
    """What a person has to look at before the clocks are relied upon."""
    return reviews(case.readings, case.facts.tickets, judged)
