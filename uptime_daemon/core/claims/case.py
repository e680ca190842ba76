"""A case: contract, agreement, period and facts together, enough to judge without a daemon or a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.statement import Facts, Statement, judged

if TYPE_CHECKING:
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
