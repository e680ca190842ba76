"""What a table of tiers can say and cannot mean: holes that nobody decided, tiers that never hold, less for worse."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.terms.credit import Days, DurationBands, ErrorRateTiers, NoCredit, Tiers
from uptime_daemon.core.terms.money import decimal_text, ratio_text
from uptime_daemon.core.terms.target import OnLimit, TargetKind
from uptime_daemon.core.time.instants import clock_text
from uptime_daemon.definitions.names import Keys, node_at, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.terms.tier import Bounds, TierTable
    from uptime_daemon.definitions.nodes import Node
    from uptime_daemon.definitions.problems import Problem

_WHOLE: Final = Fraction(100)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table with the place of its tiers and the way in which its values get worse."""

    keys: Keys
    table: TierTable
    worse_is_more: bool
    """True for error rates and lengths, False for availability."""
    best: Fraction | None
    """The limit beyond which nothing is missed; None where no target bounds the values."""
    holds_best: bool
    """Whether exactly the limit is missed."""
    is_length: bool = False

    def text(self, value: Fraction) -> str:
        return clock_text(value.__floor__()) if self.is_length else f"{ratio_text(value)} %"


def table_lints(contract: Contract, closed: Node) -> Iterator[Problem]:
    """What a person should look at in the tables of the credit."""
    for each in _tables(contract):
        for keys, message in (*_untold(each), *_beyond_target(each), *_less_for_worse(each)):
            yield node_at(closed, keys).problem(path_of(keys), message)


def _tables(contract: Contract) -> Iterator[_Table]:
    if isinstance(contract.credit, NoCredit):
        return
    rule = contract.credit.rule
    named = [
        target for target in contract.targets if target.id in rule.targets and target.kind is TargetKind.AVAILABILITY
    ]
    best, holds_best = _best(named)
    match rule:
        case Tiers(table=table) | Days(table=table):
            yield _Table(("credit", "tiers"), table, worse_is_more=False, best=best, holds_best=holds_best)
        case ErrorRateTiers(table=table):
            rate = None if best is None else _WHOLE - best
            yield _Table(("credit", "tiers"), table, worse_is_more=True, best=rate, holds_best=holds_best)
        case DurationBands(bands=bands, override=override):
            yield _Table(("credit", "bands"), bands, worse_is_more=True, best=None, holds_best=True, is_length=True)
            if override is not None:
                yield _Table(("credit", "override"), override, worse_is_more=False, best=best, holds_best=holds_best)
        case _:
            return


def _best(targets: Sequence[Target]) -> tuple[Fraction | None, bool]:
    """The highest limit of the targets, and whether a figure exactly on it is missed."""
    if not targets:
        return None, True
    highest = max(target.limit for target in targets)
    return highest, any(each.limit == highest and each.on_limit is OnLimit.MISSED for each in targets)


def _samples(each: _Table) -> list[Fraction]:
    """Values that stand for all: every bound, one between each two, one on either side; those that can be missed."""
    table = each.table
    bounds = {bound for tier in table.tiers for bound in (tier.bounds.low, tier.bounds.high) if bound is not None}
    ends = {Fraction(0)} | (set() if each.is_length else {_WHOLE}) | (set() if each.best is None else {each.best})
    points = sorted(bounds | ends)
    points += [(one + other) / 2 for one, other in pairwise(points)]
    if each.is_length:
        points.append(max(points) + 1)
    return sorted({table.looked_up(point) for point in points if _is_missed(each, table.looked_up(point))})


def _is_missed(each: _Table, value: Fraction) -> bool:
    if each.best is None or value == each.best:
        return each.best is None or each.holds_best
    return (value > each.best) is each.worse_is_more


def _untold(each: _Table) -> Iterator[tuple[Keys, str]]:
    """Gaps and overlaps for which the table does not say what is due."""
    tiers = list(enumerate(each.table.tiers))
    gaps: set[int] = set()
    overlaps: set[int] = set()
    for value in _samples(each):
        holding = [(index, tier) for index, tier in tiers if value in tier.bounds]
        above = [index for index, tier in tiers if tier.bounds.is_above(value)]
        below = [index for index, tier in tiers if tier.bounds.is_below(value)]
        if not holding and above and below and each.table.gap is None:
            index = min(above, key=lambda at: each.table.tiers[at].bounds.low or Fraction(0))
            if index not in gaps:
                gaps.add(index)
                message = f"no tier holds {each.text(value)}, below this one; write gap: nothing, smaller or larger"
                yield (*each.keys, index), message
        if len({tier.worth for _, tier in holding}) > 1 and each.table.overlap is None:
            index = holding[-1][0]
            if index not in overlaps:
                overlaps.add(index)
                others = ", ".join(str(at + 1) for at, _ in holding[:-1])
                message = f"{each.text(value)} lies also in tier {others}; write overlap: highest or lowest, or mend it"
                yield (*each.keys, index), message


def _beyond_target(each: _Table) -> Iterator[tuple[Keys, str]]:
    """Tiers that reach to where the target is met."""
    if each.best is None:
        return
    for index, tier in enumerate(each.table.tiers):
        bound, holds = _better_bound(tier.bounds, worse_is_more=each.worse_is_more)
        within = bound is not None and (
            (bound > each.best) is each.worse_is_more
            if bound != each.best
            else each.holds_best or not holds or each.table.precision is not None
        )
        if not within:
            key = "more_than" if each.worse_is_more else "below"
            message = (
                f"reaches to where the target is met and nothing is due; "
                f'write {key}: "{decimal_text(each.best)}", or name a target with another limit'
            )
            yield (*each.keys, index), message


def _in_gap(table: TierTable, value: Fraction) -> bool:
    """Whether a value lies between two tiers and in none."""
    bounds = [tier.bounds for tier in table.tiers]
    return (
        all(value not in each for each in bounds)
        and any(each.is_above(value) for each in bounds)
        and any(each.is_below(value) for each in bounds)
    )


def _better_bound(bounds: Bounds, *, worse_is_more: bool) -> tuple[Fraction | None, bool]:
    return (bounds.low, bounds.holds_low) if worse_is_more else (bounds.high, bounds.holds_high)


def _less_for_worse(each: _Table) -> Iterator[tuple[Keys, str]]:
    """Values at which less is due than at a better one; what is due in a gap is said by `gap`."""
    values = [value for value in _samples(each) if not _in_gap(each.table, value)]
    ordered = values if each.worse_is_more else values[::-1]
    for better, worse in pairwise(ordered):
        more, less = each.table.worth(better), each.table.worth(worse)
        if less >= more:
            continue
        index = next((at for at, tier in enumerate(each.table.tiers) if worse in tier.bounds), None)
        message = (
            f"gives {decimal_text(less)} at {each.text(worse)} and {decimal_text(more)} at the better "
            f"{each.text(better)}; write no less for worse"
        )
        yield (each.keys if index is None else (*each.keys, index)), message
