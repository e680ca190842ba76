"""The lines of invoices that claims take a part of: no line is credited twice, whatever agreements name it.

A line is known by vendor, invoice and item with its amount; where the agreement names no invoice nobody can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.desk.claims.record import money_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.desk.claims.record import ClaimRecord

_CLAIMED: Final = frozenset(
    {
        ClaimState.APPROVED,
        ClaimState.SENT,
        ClaimState.ACKNOWLEDGED,
        ClaimState.DISPUTED,
        ClaimState.CREDITED,
    }
)


def fee_lines(statement: Statement) -> list[dict[str, Any]]:
    """The lines of the fee in force, each for the statement's period, as an event's body holds them."""
    judgement = statement.judgement
    fee = judgement.credit.fee
    if fee is None or not fee.invoice:
        return []
    items: list[tuple[str, Money]] = [(item.name, item.amount) for item in fee.items] or [("", fee.amount)]
    return [
        {
            "vendor": judgement.terms.vendor,
            "invoice": fee.invoice,
            "item": name,
            "per": fee.per.value,
            **(money_json(amount) or {}),
            "from": format_instant(statement.period.span.start),
            "to": format_instant(statement.period.span.end),
        }
        for name, amount in items
    ]


def claimed_elsewhere(record: ClaimRecord, statement: Statement, every: Iterable[ClaimRecord]) -> Iterator[str]:
    """Which lines of the fee a claim under another agreement has taken already, in words."""
    lines = fee_lines(statement)
    own_approval = record.last(ClaimState.APPROVED)
    for other in every:
        approval = other.last(ClaimState.APPROVED)
        if approval is None or other.id.agreement == record.id.agreement or not _is_claimed(other):
            continue
        if own_approval is not None and own_approval.id < approval.id:
            continue  # of two that were approved at the same time the first may leave
        for line in approval.body.get("fee_lines", ()):
            if any(_same(line, own) for own in lines):
                item = f", {line['item']}" if line["item"] else ""
                yield (
                    f"invoice {line['invoice']}{item}, {line['amount']} {line['currency']}: claim {other.id} takes its"
                    " part of this line already, and no line is credited twice; give one of them up (claim waive, or"
                    " claim withdraw once it is sent), or mend the agreement's fees"
                )


def _is_claimed(record: ClaimRecord) -> bool:
    """Whether a claim may still take, or has taken, its part; one that ended without a credit leaves the line free."""
    if record.state is ClaimState.SETTLED:
        return record.last(ClaimState.CREDITED) is not None
    return record.state in _CLAIMED


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    keys = ("vendor", "invoice", "item", "per", "amount", "currency")
    return (
        all(one[key] == other[key] for key in keys)
        and parse_instant(one["from"]) < parse_instant(other["to"])
        and parse_instant(other["from"]) < parse_instant(one["to"])
    )
