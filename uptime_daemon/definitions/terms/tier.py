"""Tables of tiers: bounds in the contract's own words, what each is worth, overlaps and gaps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.terms.tier import Bounds, Gap, Overlap, Precision, Tier, TierTable
from uptime_daemon.definitions.records import Key, ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import PERCENT, Choice, Quoted, Shape, Whole
from uptime_daemon.definitions.times import Length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.definitions.nodes import Node
    from uptime_daemon.definitions.problems import Problems

_DIGITS_MAX: Final = 9


@dataclass(frozen=True, slots=True)
class _LengthOrNothing:
    """A duration, 0s among them, as an exact number of microseconds."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A duration."""
        return (Length(),)

    def read(self, node: Node, path: str, problems: Problems) -> Fraction:
        length: Duration = 0 if node.value == "0s" else Length().read(node, path, problems)
        return Fraction(length)


LENGTH: Final = _LengthOrNothing()


def bounds(
    at_least: Fraction | None, more_than: Fraction | None, below: Fraction | None, at_most: Fraction | None
) -> Bounds:
    """Bounds as a contract words them; `ValueError` for two of one kind, for none, and for a stretch without values."""
    if at_least is not None and more_than is not None:
        raise ValueError("at_least and more_than are both lower bounds; keep one")
    if below is not None and at_most is not None:
        raise ValueError("below and at_most are both upper bounds; keep one")
    low = more_than if at_least is None else at_least
    high = at_most if below is None else below
    if low is None and high is None:
        raise ValueError("has no bound; write at_least or more_than, below or at_most")
    made = Bounds(low, high, holds_low=more_than is None, holds_high=below is None)
    if low is not None and high is not None and (low > high or (low == high and low not in made)):
        raise ValueError("holds no value, its lower bound is not below its upper one; exchange them")
    return made


def tier(value: Shape[Fraction], worth: str, worth_shape: Shape[Fraction]) -> Record[Tier]:
    """A tier whose bounds have one shape and whose worth stands under a name."""

    def build(
        at_least: Fraction | None,
        more_than: Fraction | None,
        below: Fraction | None,
        at_most: Fraction | None,
        **rest: Any,
    ) -> Tier:
        return Tier(bounds(at_least, more_than, below, at_most), rest[worth])

    return Record(
        build,
        {
            "at_least": optional(value),
            "more_than": optional(value),
            "below": optional(value),
            "at_most": optional(value),
            worth: required(worth_shape),
        },
    )


PERCENT_TIER: Final = tier(PERCENT, "percent", PERCENT)
DAY_TIER: Final = tier(PERCENT, "days", Quoted("number of days", "3", at_most=366))
LENGTH_TIER: Final = tier(LENGTH, "percent", PERCENT)

_PRECISION: Final = Record(
    Precision,
    {"digits": required(Whole(0, _DIGITS_MAX)), "rounding": required(Choice(Rounding))},
)
TABLE_KEYS: Final[Mapping[str, Key[Any]]] = {
    "overlap": optional(Choice(Overlap)),
    "gap": optional(Choice(Gap)),
    "precision": optional(_PRECISION),
}
"""What goes with the tiers of a table."""


def tiers_of(shape: Record[Tier]) -> ListOf[Tier]:
    """The list of a table's tiers."""
    return ListOf(shape, at_least=1)


def table(tiers: tuple[Tier, ...], overlap: Overlap | None, gap: Gap | None, precision: Precision | None) -> TierTable:
    """A table from what stands under its keys."""
    return TierTable(tiers, overlap, gap, precision)
