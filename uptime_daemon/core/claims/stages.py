"""When a claim must have left the house: the contract's stages with their exclusive deadlines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.conditions import Claimable
from uptime_daemon.core.terms.claim import DeadlineAnchor, Stage
from uptime_daemon.core.terms.contract import Contract
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.core.time.instants import local_date, local_instant

if TYPE_CHECKING:
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.periods import Period


@dataclass(frozen=True, slots=True)
class DueStage:
    """One stage of one period's claim."""

    stage: Stage
    deadline: Instant | None
    """The first instant that is too late; None where the contract sets none."""


def due_stages(contract: Contract, period: Period) -> tuple[DueStage, ...]:
    """Every stage of a period's claim with its deadline."""
    return tuple(DueStage(stage, deadline(stage, contract, period)) for stage in contract.claim.stages)


def deadline(stage: Stage, contract: Contract, period: Period) -> Instant | None:
    """The exclusive deadline: calendar days are counted in the contract's zone, so a clock change moves no date."""
    if stage.anchor is None:
        return None
    match stage.anchor:
        case DeadlineAnchor.PERIOD_END:
            # A calendar period ends at a local midnight; for one given by instants the wall-clock time is kept.
            day = local_date(period.span.end, contract.zone)
            wall_time = period.span.end - local_instant(day, 0, contract.zone)
            return local_instant(day + timedelta(days=stage.days), wall_time, contract.zone)


def is_owed(statement: Statement) -> bool:
    """Whether there is something to claim: a target with consequences is missed and, with credit, an amount results."""
    judgement = statement.judgement
    if not judgement.breached or judgement.claimable is Claimable.NO:
        return False
    if isinstance(judgement.terms.credit, NoCredit) or judgement.credit.amount is None:
        return True
    return judgement.credit.amount.minor > 0
