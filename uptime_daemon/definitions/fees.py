"""The fees of an agreement: lines in the order of their dates, items, seats, and what was billed for a stretch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.terms.agreement import Fee, FeeBase, FeeItem, ItemKind
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.periods import midnight
from uptime_daemon.definitions.money import CURRENCY, MoneyText, money
from uptime_daemon.definitions.nodes import Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, Choice, Flag, Shape, Text, Version, Whole, refuse
from uptime_daemon.definitions.times import Day

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class FeeLine:
    """A fee as written, on days that the contract's zone makes instants."""

    starts: date
    ends: date | None
    amount: Money
    per: FeeBase
    invoice: str
    items: tuple[FeeItem, ...]
    seats: int


@dataclass(frozen=True, slots=True)
class _ItemLine:
    name: str
    amount: str
    group: str | None
    covered: bool
    kind: ItemKind


def _fee(
    from_: date,
    to_: date | None,
    amount: str,
    currency: str,
    per: FeeBase,
    invoice: str,
    items: tuple[_ItemLine, ...],
    seats: int,
) -> FeeLine:
    one = money(amount, currency)
    whole = Money(one.minor * seats, currency)
    if to_ is not None and to_ <= from_:
        raise ValueError("does not end after its start; write a later `to`")
    made = tuple(
        FeeItem(line.name, money(line.amount, currency), line.group, covered=line.covered, kind=line.kind)
        for line in items
    )
    together = sum((item.amount for item in made), start=Money(0, currency))
    if made and together != whole:
        raise ValueError(f"is {whole} and its items are {together} together; mend the one that is wrong")
    return FeeLine(from_, to_, whole, per, invoice, made, seats)


@dataclass(frozen=True, slots=True)
class BillLine:
    """What was billed for a stretch of its own, as written."""

    starts: date
    ends: date
    amount: Money
    name: str
    group: str | None
    covered: bool


def _bill(from_: date, to_: date, amount: str, currency: str, **rest: Any) -> BillLine:
    if to_ <= from_:
        raise ValueError("does not end after its start; write a later `to`")
    return BillLine(from_, to_, money(amount, currency), **rest)


_SEATS_MAX: Final = 10_000_000
ITEM: Final = Record(
    _ItemLine,
    {
        "name": required(Text()),
        "amount": required(MoneyText()),
        "group": optional(IDENTIFIER),
        "covered": optional(Flag(), default=True),
        "kind": optional(Choice(ItemKind), ItemKind.RECURRING),
    },
)
BILL: Final = Record(
    _bill,
    {
        "from": required(Day()),
        "to": required(Day()),
        "amount": required(MoneyText()),
        "currency": required(CURRENCY),
        "name": required(Text()),
        "group": optional(IDENTIFIER),
        "covered": optional(Flag(), default=True),
    },
)
FEE: Final = Record(
    _fee,
    {
        "from": required(Day()),
        "to": optional(Day()),
        "amount": required(MoneyText()),
        "currency": required(CURRENCY),
        "per": required(Choice(FeeBase)),
        "invoice": optional(Version(), ""),
        "items": optional(ListOf(ITEM, at_least=1), ()),
        "seats": optional(Whole(1, _SEATS_MAX), 1),
    },
)


@dataclass(frozen=True, slots=True)
class FeeList:
    """Fees in force one after another: each until its `to` or until the next one starts."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """Fees one after another."""
        return (ListOf(FEE),)

    def read(self, node: Node, path: str, problems: Problems) -> tuple[FeeLine, ...]:
        """The lines; refused where one begins before the one before it ends."""
        fees = ListOf(FEE).read(node, path, problems)
        for index, (one, other) in enumerate(pairwise(fees)):
            if other.starts <= one.starts or (one.ends is not None and one.ends > other.starts):
                message = (
                    f"overlaps the fee from {one.starts}; write fees in the order of their dates, "
                    "each from the day on which the one before ends"
                )
                raise refuse(node.at(index + 1), f"{path}[{index + 1}]", problems, message)
        return fees


def fees_of(lines: tuple[FeeLine, ...], zone: ZoneInfo) -> tuple[Fee, ...]:
    """The fees with their instants: each ends where it says, or where the next one begins."""
    fees = []
    for index, line in enumerate(lines):
        then = lines[index + 1].starts if index + 1 < len(lines) else None
        ends = min((day for day in (line.ends, then) if day is not None), default=None)
        fees.append(
            Fee(
                starts=midnight(line.starts, zone),
                ends=None if ends is None else midnight(ends, zone),
                amount=line.amount,
                per=line.per,
                invoice=line.invoice,
                items=line.items,
                seats=line.seats,
            )
        )
    return tuple(fees)
