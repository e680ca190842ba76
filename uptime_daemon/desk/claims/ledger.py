"""The ledger of the record: frozen statements and the steps of claims as entries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from uptime_daemon.core.claims.claim import ClaimId, ClaimState
from uptime_daemon.core.claims.ledger import Account, Entry, Happening, Matter, balances, entries
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import local_date
from uptime_daemon.desk.claims.record import money_from, records
from uptime_daemon.desk.judging.judge import UnknownError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.ports import Agreements
    from uptime_daemon.store.kept import ClaimEvent, FrozenStatement
    from uptime_daemon.store.ports import Store


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
        matter=matter_of(claim),
        state=state,
        amount=amount,
        claim=str(claim),
        day=body.get("day", day),
        reference=body.get("reference", ""),
        by=event.by,
    )


def matter_of(claim: ClaimId) -> Matter:
    """What a claim is about."""
    return Matter(claim.agreement, claim.period, claim.group)
