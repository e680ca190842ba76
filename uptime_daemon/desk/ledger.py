"""The ledger of the record: frozen statements and the steps of claims as entries, and a year's summary of them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.claim import ClaimId, ClaimState
from uptime_daemon.core.claims.ledger import LOST, Account, Entry, Happening, Matter, balances, entries
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import local_date
from uptime_daemon.desk.claims_record import money_from, records
from uptime_daemon.desk.judge import UnknownError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims_record import ClaimRecord
    from uptime_daemon.desk.missed_times import MissedTimes
    from uptime_daemon.desk.ports import Agreements
    from uptime_daemon.store.ports import ClaimEvent, FrozenStatement, Store

SUMMARY_COLUMNS: Final = (
    "agreement", "vendor", "period", "group", "currency", "owed", "claimed", "credited", "lost", "open", "why"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ledger:
    """All entries in order of time."""

    entries: tuple[Entry, ...]
    vendors: Mapping[str, str]
    """By agreement; one that is no longer configured has none."""

    def totals(self) -> dict[tuple[str, Account], Money]:
        """What each account holds of each currency; those that hold nothing are left out."""
        found = balances(self.entries)
        order = list(Account)
        return {
            key: Money(minor, key[0])
            for key, minor in sorted(found.items(), key=lambda each: (each[0][0], order.index(each[0][1])))
            if minor
        }


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What one matter came to. `owed` = `credited` + `lost` + `open`; what was claimed stands beside."""

    matter: Matter
    vendor: str
    currency: str
    """Empty for a breach notice, which names no amount."""
    owed: Money | None
    claimed: Money | None
    credited: Money | None
    lost: Money | None
    open: Money | None
    why: str
    """Why something was lost, with its amount, or how a breach notice stands."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One year of all agreements."""

    year: int
    rows: tuple[SummaryRow, ...]
    totals: tuple[SummaryRow, ...]
    """One a currency; never one of two."""


def ledger(agreements: Agreements, store: Store, agreement: str | None = None) -> Ledger:
    """The ledger of one agreement or of all. Raises `UnknownError`."""
    signed = {each.id: each for each in agreements.agreements()}
    every = _happened(agreements, store)
    known = dict.fromkeys([*signed, *(each.matter.agreement for each in every)])
    if agreement is not None and agreement not in known:
        raise UnknownError(f"there is no agreement {agreement!r}; the agreements are: {', '.join(known) or 'none'}")
    happened = [each for each in every if agreement in {None, each.matter.agreement}]
    vendors = {name: each.vendor.name or each.contract for name, each in signed.items()}
    return Ledger(tuple(entries(happened)), vendors)


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


def _happened(agreements: Agreements, store: Store) -> list[Happening]:
    """Everything that moves an amount, in order of time."""
    signed = {each.id for each in agreements.agreements()}
    zones: dict[str, tzinfo] = {}

    def day(agreement: str, at: Instant) -> str:
        if agreement not in zones:
            zones[agreement] = agreements.contract(agreement, at).zone if agreement in signed else UTC
        return local_date(at, zones[agreement]).isoformat()

    closed = [_closed(frozen, day(frozen.agreement, frozen.at)) for frozen in store.statements()]
    steps = [
        (event.id, _step(record.id, event, day(record.id.agreement, event.at)))
        for record in records(store.claim_events()).values()
        for event in record.events
        if event.kind in set(ClaimState)
    ]
    in_order = sorted(
        [*((each.at, 0, each) for each in closed), *((each.at, number, each) for number, each in steps)],
        key=lambda each: each[:2],
    )
    return [each for _, _, each in in_order]


def _closed(frozen: FrozenStatement, day: str) -> Happening:
    credit = json.loads(frozen.body)["statement"]["credit"]
    is_owed = credit.get("amount") is not None and credit.get("claimable") != "no"
    return Happening(
        at=frozen.at,
        matter=Matter(frozen.agreement, frozen.period, frozen.group),
        state=None,
        amount=money_from(credit) if is_owed else None,
        day=day,
        by=frozen.by,
        reference=f"statement {frozen.digest[:12]}",
    )


def _step(claim: ClaimId, event: ClaimEvent, day: str) -> Happening:
    state, body = ClaimState(event.kind), event.body
    match state:
        case ClaimState.ELIGIBLE:
            amount = money_from(body["claimed"])
        case ClaimState.APPROVED:
            amount = money_from(body["letter"]["amount"])
        case ClaimState.CREDITED | ClaimState.SETTLED:
            amount = money_from(body.get("amount"))
        case _:
            amount = None
    return Happening(
        at=event.at,
        matter=_matter(claim),
        state=state,
        amount=amount,
        claim=str(claim),
        day=body.get("day", day),
        reference=body.get("reference", ""),
        by=event.by,
    )


def _matter(claim: ClaimId) -> Matter:
    return Matter(claim.agreement, claim.period, claim.group)


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
        why=", ".join(
            f"{account.removeprefix('lost_').replace('_', ' ')} {Money(minor, currency)}" for account, minor in lost
        ),
    )


def _claimed(claims: Iterable[ClaimRecord], matter: Matter, currency: str) -> Money:
    """What the last letter claims that has left the house."""
    sent = [
        (event.id, record.letter.amount)
        for record in claims
        if _matter(record.id) == matter and record.letter is not None and (event := record.last(ClaimState.SENT))
    ]
    _, amount = max(sent, key=lambda each: each[0], default=(0, None))
    return amount if amount is not None and amount.currency == currency else Money(0, currency)


def _notices(claims: Iterable[ClaimRecord], vendors: Mapping[str, str]) -> Iterator[SummaryRow]:
    """The claims of contracts that name no amount, each matter by its last claim."""
    last = {_matter(record.id): record for record in claims if record.last_amount is None}
    for matter, record in last.items():
        yield SummaryRow(
            matter,
            vendors.get(matter.agreement, ""),
            "",
            None,
            None,
            None,
            None,
            None,
            f"breach notice, {record.state}",
        )


def _missed(agreements: Agreements, missed: Iterable[MissedTimes], vendors: Mapping[str, str]) -> Iterator[SummaryRow]:
    """One row a ticket, by the month in which the first of its missed times was due."""
    for each in missed:
        if each.due is not None:
            zone = agreements.contract(each.agreement, each.due).zone
            matter = Matter(each.agreement, f"{local_date(each.due, zone):%Y-%m}", each.group)
            why = f"{', '.join(each.clocks)} of ticket {each.ticket} missed, notice {each.state}"
            yield SummaryRow(matter, vendors.get(each.agreement, ""), "", None, None, None, None, None, why)


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
        why="",
    )
