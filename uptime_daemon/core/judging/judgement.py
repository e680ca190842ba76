"""What one group comes to over one period under one reading."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.sight import Sight
from uptime_daemon.core.facts.suspicion import Suspicion
from uptime_daemon.core.judging.availability import Measure, TargetResult
from uptime_daemon.core.judging.conditions import Claimable, ConditionResult
from uptime_daemon.core.judging.credit import CreditResult
from uptime_daemon.core.judging.groups import JudgedGroup
from uptime_daemon.core.judging.history import History
from uptime_daemon.core.judging.labels import Labels
from uptime_daemon.core.judging.termination import Termination
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from uptime_daemon.core.judging.brackets import Bracket
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Duration


@dataclass(frozen=True, slots=True)
class Judgement:
    """One group judged under one reading."""

    terms: Contract
    group: JudgedGroup
    labels: Labels
    excused: tuple[tuple[str, Spans], ...]
    shortest: Bracket
    point: Bracket
    longest: Bracket
    covered: Span
    """The part of the period in which the agreement is in force; one that ends before it starts is none."""
    denominator: Duration
    coverage: Fraction | None
    """Measured share of the elapsed time in which the agreement is in force; None where there is none yet."""
    targets: tuple[TargetResult, ...]
    conditions: tuple[ConditionResult, ...]
    claimable: Claimable
    credit: CreditResult
    credit_proven: CreditResult
    """What even the shortest bracket earns: the amount that a letter claims."""
    no_fee: str = ""
    """Why there is no fee to take a part of; empty where there is one."""
    history: History | None = None
    """What earlier periods came to, where a rule looks at them."""
    termination: Termination | None = None
    sight: Sight | None = None
    """How closely was looked; None where that is not on record, as for time that was stated or that others recorded."""
    doubted: tuple[Suspicion, ...] = ()
    """Endpoints that look gone for good in what counts, and that no person has confirmed."""

    def measure(self, of: Bracket) -> Measure:
        """One bracket's downtime against the denominator."""
        return Measure(of.downtime, of.longest, self.denominator, of.share)

    @property
    def rounding(self) -> Duration:
        """What the contract's granularity adds to the counted time; may be negative."""
        return self.point.downtime - self.labels.counted.total

    @property
    def breached(self) -> bool:
        """Whether a target is missed whose miss has consequences under the contract."""
        return any(result.exceeded and result.target.claimable for result in self.targets)
