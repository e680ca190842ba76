"""A year of all agreements: what was owed, claimed, credited and lost, why, and what was notified without an amount."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.claims.ledger import LOST, Account, Entry, Matter, balances
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import local_date
from uptime_daemon.desk.claims.ledger import ledger, matter_of
from uptime_daemon.desk.claims.record import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from uptime_daemon.desk.claims.missed_times import MissedTimes
    from uptime_daemon.desk.claims.record import ClaimRecord
    from uptime_daemon.desk.ports import Agreements
    from uptime_daemon.store.ports import Store

SUMMARY_COLUMNS: Final = (
    "agreement", "vendor", "period", "group", "currency", "owed", "claimed", "credited", "lost", "open", "why"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notice:
    """A breach that no amount was claimed for."""

    state: str
    """How the notice stands."""
    ticket: str = ""
    """Of missed times; empty where a target was missed."""
    clocks: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In English, for tables and programs."""
        if self.ticket:
            return f"{', '.join(self.clocks)} of ticket {self.ticket} missed, notice {self.state}"
        return f"breach notice, {self.state}"


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What one matter came to. `owed` = `credited` + `lost` + `open`; what was claimed stands beside."""

    matter: Matter
    vendor: str
    currency: str = ""
    """Empty for a breach notice, which names no amount."""
    owed: Money | None = None
    claimed: Money | None = None
    credited: Money | None = None
    lost: Money | None = None
    open: Money | None = None
    losses: tuple[tuple[Account, Money], ...] = ()
    """What was lost, by reason."""
    notice: Notice | None = None
    """Where a row has no amounts: what was notified, and how that stands."""

    @property
    def why(self) -> str:
        """Why something was lost, with its amount, or how a breach notice stands."""
        if self.notice is not None:
            return str(self.notice)
        return ", ".join(f"{loss.removeprefix('lost_').replace('_', ' ')} {amount}" for loss, amount in self.losses)


@dataclass(frozen=True, slots=True)
class Summary:
    """One year of all agreements."""

    year: int
    rows: tuple[SummaryRow, ...]
    totals: tuple[SummaryRow, ...]
    """One a currency; never one of two."""


def summary(agreements: Agreements, store: Store, year: int, missed: Iterable[MissedTimes] = ()) -> Summary:
    """What was owed, claimed, credited and lost of the periods that began in a year, and why.

    Promised times that were missed are rows without amounts, in the year in which they were due.
    """
    kept = ledger(agreements, store)
    moved: dict[tuple[Matter, str], list[Entry]] = defaultdict(list)
    for entry in kept.entries:
        moved[entry.cause.matter, entry.amount.currency].append(entry)
    claims = records(store.claim_events()).values()
    rows = [
        _row(matter, kept.vendors.get(matter.agreement, ""), currency, own, _claimed(claims, matter, currency))
        for (matter, currency), own in moved.items()
        if _year(matter) == year
    ]
    rows += [row for row in _notices(claims, kept.vendors) if _year(row.matter) == year]
    rows += [row for row in _missed(agreements, missed, kept.vendors) if _year(row.matter) == year]
    rows.sort(key=lambda row: (row.matter.agreement, row.matter.period, row.matter.group, row.currency))
    currencies = sorted({row.currency for row in rows if row.currency})
    return Summary(year, tuple(rows), tuple(_total(rows, currency) for currency in currencies))


def summary_rows(found: Summary) -> list[dict[str, Any]]:
    """The rows of a summary and its totals, for tables, CSV and JSON."""
    return [
        {
            "agreement": row.matter.agreement,
            "vendor": row.vendor,
            "period": row.matter.period,
            "group": row.matter.group,
            "currency": row.currency or None,
            **{
                name: None if money is None else str(money)
                for name, money in (
                    ("owed", row.owed),
                    ("claimed", row.claimed),
                    ("credited", row.credited),
                    ("lost", row.lost),
                    ("open", row.open),
                )
            },
            "why": row.why,
        }
        for row in (*found.rows, *found.totals)
    ]


def _year(matter: Matter) -> int:
    """Every period's name begins with its year."""
    return int(matter.period[:4])


def _row(matter: Matter, vendor: str, currency: str, moved: Sequence[Entry], claimed: Money | None) -> SummaryRow:
    held = {account: minor for (_, account), minor in balances(moved).items() if minor}
    lost = [(account, held[account]) for account in LOST if account in held]
    return SummaryRow(
        matter=matter,
        vendor=vendor,
        currency=currency,
        owed=Money(-held.get(Account.INCOME, 0), currency),
        claimed=claimed,
        credited=Money(held.get(Account.CREDITED, 0), currency),
        lost=Money(sum(minor for _, minor in lost), currency),
        open=Money(held.get(Account.ACCRUED, 0) + held.get(Account.RECEIVABLE, 0), currency),
        losses=tuple((account, Money(minor, currency)) for account, minor in lost),
    )


def _claimed(claims: Iterable[ClaimRecord], matter: Matter, currency: str) -> Money:
    """What the last letter claims that has left the house."""
    sent = [
        (event.id, record.letter.amount)
        for record in claims
        if matter_of(record.id) == matter and record.letter is not None and (event := record.last(ClaimState.SENT))
    ]
    _, amount = max(sent, key=lambda each: each[0], default=(0, None))
    return amount if amount is not None and amount.currency == currency else Money(0, currency)


def _notices(claims: Iterable[ClaimRecord], vendors: Mapping[str, str]) -> Iterator[SummaryRow]:
    """The claims of contracts that name no amount, each matter by its last claim."""
    last = {matter_of(record.id): record for record in claims if record.last_amount is None}
    for matter, record in last.items():
        yield SummaryRow(matter, vendors.get(matter.agreement, ""), notice=Notice(record.state.value))


def _missed(agreements: Agreements, missed: Iterable[MissedTimes], vendors: Mapping[str, str]) -> Iterator[SummaryRow]:
    """One row a ticket, by the month in which the first of its missed times was due."""
    for each in missed:
        if each.due is not None:
            zone = agreements.contract(each.agreement, each.due).zone
            matter = Matter(each.agreement, f"{local_date(each.due, zone):%Y-%m}", each.group)
            told = Notice(each.state.value, each.ticket, each.clocks)
            yield SummaryRow(matter, vendors.get(each.agreement, ""), notice=told)


def _total(rows: Sequence[SummaryRow], currency: str) -> SummaryRow:
    own = [row for row in rows if row.currency == currency]

    def added(amounts: Iterable[Money | None]) -> Money:
        return sum((each for each in amounts if each is not None), start=Money(0, currency))

    return SummaryRow(
        matter=Matter("total", "", ""),
        vendor="",
        currency=currency,
        owed=added(row.owed for row in own),
        claimed=added(row.claimed for row in own),
        credited=added(row.credited for row in own),
        lost=added(row.lost for row in own),
        open=added(row.open for row in own),
    )
