"""The ledger as CSV (RFC 4180), as JSON Lines and for beancount; amounts are exact text."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.ledger import Account
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.evidence.outages import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uptime_daemon.core.claims.ledger import Entry
    from uptime_daemon.desk.claims.ledger import Ledger
    from uptime_daemon.desk.claims.rates import CurrencyRate

COLUMNS: Final = (
    "number", "date", "at", "kind", "agreement", "vendor", "period", "group", "claim", "debit", "credit", "amount",
    "currency", "reference", "by",
)  # fmt: skip
_ROOTS: Final = {
    Account.INCOME: "Income:ServiceCredits",
    Account.ACCRUED: "Assets:ServiceCredits:Accrued",
    Account.RECEIVABLE: "Assets:ServiceCredits:Receivable",
    Account.CREDITED: "Assets:ServiceCredits:Credited",
    Account.NOT_PROVEN: "Expenses:ServiceCredits:NotProven",
    Account.EXPIRED: "Expenses:ServiceCredits:Expired",
    Account.WAIVED: "Expenses:ServiceCredits:Waived",
    Account.WITHDRAWN: "Expenses:ServiceCredits:Withdrawn",
    Account.REJECTED: "Expenses:ServiceCredits:Rejected",
    Account.LESS_CREDITED: "Expenses:ServiceCredits:LessCredited",
}


def ledger_rows(kept: Ledger) -> list[dict[str, Any]]:
    """An entry a row."""
    return [
        {
            "number": number,
            "date": entry.cause.day,
            "at": format_instant(entry.cause.at),
            "kind": entry.kind.value,
            "agreement": entry.cause.matter.agreement,
            "vendor": kept.vendors.get(entry.cause.matter.agreement, ""),
            "period": entry.cause.matter.period,
            "group": entry.cause.matter.group,
            "claim": entry.cause.claim,
            "debit": entry.debit.value,
            "credit": entry.credit.value,
            "amount": str(entry.amount),
            "currency": entry.amount.currency,
            "reference": entry.cause.reference,
            "by": entry.cause.by,
        }
        for number, entry in enumerate(kept.entries, 1)
    ]


def totals_rows(kept: Ledger) -> list[dict[str, Any]]:
    """What each account holds of each currency, debits positive: a currency's rows add up to zero."""
    return [
        {"currency": currency, "account": account.value, "balance": str(money)}
        for (currency, account), money in kept.totals().items()
    ]


def as_csv(kept: Ledger) -> str:
    """A row an entry; text that people typed never runs as a formula of a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in ledger_rows(kept):
        writer.writerow({key: literal(value) if isinstance(value, str) else value for key, value in row.items()})
    return text.getvalue()


def as_json_lines(kept: Ledger) -> str:
    """An object a line, amounts quoted."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in ledger_rows(kept))


def as_beancount(kept: Ledger, rates: Sequence[CurrencyRate] = ()) -> str:
    """A file for beancount: accounts opened, an entry a transaction, recorded rates as prices, balances asserted."""
    return "".join(f"{line}\n" for line in _beancount(kept, rates))


def _beancount(kept: Ledger, rates: Sequence[CurrencyRate]) -> Iterator[str]:
    yield 'option "title" "Service credits"'
    for currency in sorted({entry.amount.currency for entry in kept.entries}):
        yield f'option "operating_currency" "{currency}"'
    yield ""
    yield from _opened(kept.entries)
    for rate in rates:
        yield f"{rate.day.isoformat()} price {rate.of} {rate.rate} {rate.to} ; {_word(rate.source)}"
    for row, entry in zip(ledger_rows(kept), kept.entries, strict=True):
        yield ""
        title = f"{row['kind']} {row['agreement']} {row['period']} {row['group']}"
        yield f"{row['date']} * {_quoted(row['vendor'])} {_quoted(title)}"
        for key in ("number", "at", "claim", "reference", "by"):
            if row[key] != "":
                yield f"  {key}: {_quoted(str(row[key]))}"
        yield f"  {_account(entry, entry.debit)}  {entry.amount} {entry.amount.currency}"
        yield f"  {_account(entry, entry.credit)}  -{entry.amount} {entry.amount.currency}"
    yield from _asserted(kept.entries)


def _opened(moved: Sequence[Entry]) -> Iterator[str]:
    """Every account from the first day on."""
    first = min((entry.cause.day for entry in moved), default="")
    names = {_account(entry, side) for entry in moved for side in (entry.debit, entry.credit)}
    for name in sorted(names):
        yield f"{first} open {name}"


def _asserted(moved: Sequence[Entry]) -> Iterator[str]:
    """What every account holds after all, so that a line that is lost or changed is found."""
    held: dict[tuple[str, str], int] = {}
    for entry in moved:
        for side, sign in ((entry.debit, 1), (entry.credit, -1)):
            key = (_account(entry, side), entry.amount.currency)
            held[key] = held.get(key, 0) + sign * entry.amount.minor
    if moved:
        last = max(entry.cause.day for entry in moved)
        after = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
        yield ""
        for (name, currency), minor in sorted(held.items()):
            yield f"{after} balance {name}  {Money(minor, currency)} {currency}"


def _account(entry: Entry, side: Account) -> str:
    return f"{_ROOTS[side]}:{_component(entry.cause.matter.agreement)}"


def _component(name: str) -> str:
    """A part of an account's name: letters, digits and dashes, the first a capital letter."""
    plain = re.sub(r"[^A-Za-z0-9-]", "-", name)
    capital = plain[:1].upper() + plain[1:]
    return capital if capital[:1].isalnum() else f"A{capital}"


def _quoted(text: str) -> str:
    return '"' + _word(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(text: str) -> str:
    """On one line."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
