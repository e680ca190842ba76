"""Money in major units, for the eye: the statement and the ledger are the authority."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.terms.money import Money
from uptime_daemon.web.families import samples as of
from uptime_daemon.web.families.family import Family, Kind, Sample
from uptime_daemon.web.families.judging import of_period

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.desk.showing.board import JudgedEntry
    from uptime_daemon.web.families.samples import AgreementClaims


def credit_amount(entry: JudgedEntry) -> Iterator[Sample]:
    """The credit in major units."""
    if entry.current is not None and (amount := entry.current.judgement.credit.amount) is not None:
        yield Sample((entry.agreement, entry.group, entry.kind, amount.currency), str(amount))


def claim_amounts(entry: AgreementClaims) -> Iterator[Sample]:
    """The sum of the claims of each state and currency."""
    agreement, members = entry
    sums: dict[tuple[str, str], Money] = {}
    for claim in members:
        if (amount := claim.amount) is not None:
            key = (claim.state.value, amount.currency)
            sums[key] = sums.get(key, Money(0, amount.currency)) + amount
    for (state, currency), total in sums.items():
        yield Sample((agreement, state, currency), str(total))


MONEY: Final = (
    of_period(
        "agreement_credit_amount",
        "Credit of the period in major units, as known now; the statement is the authority. Never add currencies.",
        credit_amount,
        ("currency",),
    ),
    Family(
        "claim_amount",
        Kind.GAUGE,
        ("agreement", "state", "currency"),
        "Sum of the claims in a state in major units. Never add currencies.",
        of.claims,
        claim_amounts,
    ),
)
