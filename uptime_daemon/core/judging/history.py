"""What earlier periods came to, where a rule looks at several: periods in a row, credits of a year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.fees import period_months
from uptime_daemon.core.terms.credit import CapKind, NoCredit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from uptime_daemon.core.facts.earlier import EarlierPeriod
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.time.periods import Period


@dataclass(frozen=True, slots=True)
class History:
    """The periods before one, the nearest first; None stands for one of which nothing is known."""

    names: tuple[str, ...]
    outcomes: tuple[EarlierPeriod | None, ...]

    def credited(self, currency: str) -> int:
        """What is known to have been credited in them, minor units."""
        amounts = [each.credited for each in self.outcomes if each is not None and each.credited is not None]
        return sum(amount.minor for amount in amounts if amount.currency == currency)

    def unknown(self, count: int) -> tuple[str, ...]:
        """The nearest `count` periods of which nothing is known."""
        return tuple(name for name, each in zip(self.names[:count], self.outcomes, strict=False) if each is None)

    def without_credit(self) -> tuple[str, ...]:
        """The periods of which it is not known what was credited."""
        pairs = zip(self.names, self.outcomes, strict=True)
        return tuple(name for name, each in pairs if each is None or each.credited is None)


def periods_needed(contract: Contract) -> int:
    """How many periods before the judged one its rules look at."""
    counts = [0 if contract.termination is None else contract.termination.within - 1]
    credit = contract.credit
    if not isinstance(credit, NoCredit):
        counts.append(0 if credit.consecutive is None else credit.consecutive.periods - 1)
        if any(cap.kind is CapKind.ROLLING_YEAR for cap in credit.caps):
            counts.append(max(0, 12 // period_months(contract) - 1))
    return max(counts)


def history_of(
    contract: Contract, period: Period, group: str, earlier: Iterable[EarlierPeriod], count: int
) -> History | None:
    """The `count` periods before one; None for a stretch given by its ends, which has no row to stand in."""
    if period.kind is None or count == 0:
        return None
    known = {each.period: each for each in earlier if each.group == group}
    names: list[str] = []
    for _ in range(count):
        before = contract.cycle.before(period)
        if before.span.start >= period.span.start:
            break  # an event has none before it
        names.append(before.name)
        period = before
    return History(tuple(names), tuple(known.get(name) for name in names))


def in_a_row(target: Target, periods: int, *, missed: bool, history: History | None) -> bool:
    """Whether a target is shown to be missed in so many periods in a row, the judged one the last."""
    before: Sequence[EarlierPeriod | None] = () if history is None else history.outcomes[: periods - 1]
    shown = [each is not None and target.id in each.missed for each in before]
    return missed and len(shown) == periods - 1 and all(shown)
