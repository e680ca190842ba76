"""The ledger of credits: what is owed, claimed, credited and lost, as transfers between accounts.

Theory of operation. One matter is one group of one agreement over one period, in one currency. At any moment what has
happened to it says what each account must hold; an entry is what must move to get there. So entries balance by the way
they are made, and a correction is an entry like any other: nothing is ever changed.

    income      what was recognised in all, as a credit balance
    accrued     of that, what nobody has claimed yet
    receivable  what the last letter that stands claims, less what was credited
    credited    what credit notes brought
    lost        the rest, once no claim can bring it any more, by reason
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.terms.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from uptime_daemon.core.time.instants import Instant


class Account(StrEnum):
    """Where an amount stands. Debit balances, but for income."""

    INCOME = "income"
    ACCRUED = "accrued"
    RECEIVABLE = "receivable"
    CREDITED = "credited"
    NOT_PROVEN = "lost_not_proven"
    """Measured, and more than even the shortest outages show: it was never claimed."""
    EXPIRED = "lost_expired"
    WAIVED = "lost_waived"
    WITHDRAWN = "lost_withdrawn"
    REJECTED = "lost_rejected"
    LESS_CREDITED = "lost_less_credited"
    """The vendor credited less than was claimed, and we left it at that."""


LOST: Final = tuple(account for account in Account if account.value.startswith("lost_"))


class EntryKind(StrEnum):
    """Why something moves."""

    ACCRUAL = "accrual"
    """A period has closed."""
    RECEIVABLE = "receivable"
    """A letter was approved."""
    SETTLEMENT = "settlement"
    """The vendor credited something, or the claim was settled without."""
    LOSS = "loss"
    """A claim expired or was given up."""
    CORRECTION = "correction"
    """Later facts changed what was recognised, or a claim was taken up again."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What a credit is for."""

    agreement: str
    period: str
    group: str


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a matter, in order of time."""

    at: Instant
    matter: Matter
    state: ClaimState | None
    """The step of a claim; None: the period was closed, or closed anew."""
    amount: Money | None = None
    """By the step: what is owed, could be claimed, is claimed by the letter, or was credited."""
    claim: str = ""
    day: str = ""
    """The date of the books, ISO 8601."""
    reference: str = ""
    """The credit note's number."""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer: the amount is debited to one account and credited to another."""

    kind: EntryKind
    cause: Happening
    debit: Account
    credit: Account
    amount: Money


_LIVE: Final = frozenset(
    {
        ClaimState.APPROVED,
        ClaimState.SENT,
        ClaimState.ACKNOWLEDGED,
        ClaimState.REJECTED,
        ClaimState.DISPUTED,
        ClaimState.CREDITED,
    }
)
"""A letter stands; a rejection alone ends nothing, we may hold on."""
_OPEN: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED})
_REASONS: Final[Mapping[ClaimState, Account]] = {
    ClaimState.EXPIRED: Account.EXPIRED,
    ClaimState.WAIVED: Account.WAIVED,
    ClaimState.WITHDRAWN: Account.WITHDRAWN,
}


@dataclass(slots=True)
class _Claim:
    """One claim of a matter as it stands."""

    order: int
    """Which of the matter's claims it is."""
    state: ClaimState
    provable: Money | None
    letter: Money | None = None
    approved: int = -1
    """The place of its last approval among all."""
    ended: int = -1
    credited: Money | None = None


@dataclass(slots=True)
class _Standing:
    """What is known of a matter so far."""

    owed: Money | None = None
    closed: bool = False
    """Whether what is owed is known: while a period is open, its letters alone say what there is."""
    claims: dict[str, _Claim] = field(default_factory=dict)
    steps: int = 0

    def take(self, step: Happening) -> None:
        self.steps += 1
        if step.state is None:
            self.owed, self.closed = step.amount, True
            return
        if step.state is ClaimState.ELIGIBLE:
            self.claims[step.claim] = _Claim(len(self.claims), step.state, step.amount)
            return
        claim = self.claims[step.claim]
        claim.state = step.state
        claim.ended = self.steps
        if step.state is ClaimState.APPROVED:
            claim.letter, claim.approved = step.amount, self.steps
        elif step.state in {ClaimState.CREDITED, ClaimState.SETTLED} and step.amount is not None:
            claim.credited = step.amount

    def currencies(self) -> set[str]:
        amounts = [self.owed, *(each for claim in self.claims.values() for each in (claim.letter, claim.credited))]
        return {amount.currency for amount in amounts if amount is not None}

    def balances(self, currency: str) -> dict[Account, int]:
        """What each account must hold of one currency, in minor units, debits positive."""
        owed = _minor(self.owed, currency)
        credited = sum(_minor(claim.credited, currency) for claim in self.claims.values())
        settled = max((claim.order for claim in self.claims.values() if claim.state is ClaimState.SETTLED), default=-1)
        going = [claim for claim in self.claims.values() if claim.order > settled and claim.state in _LIVE | _OPEN]
        if self.claims and not going:
            return self._over(owed, credited, currency)
        standing = max((claim for claim in going if claim.state in _LIVE), key=lambda each: each.approved, default=None)
        claimed = 0 if standing is None else _minor(standing.letter, currency)
        total = max(owed, claimed, credited)
        receivable = max(claimed - credited, 0)
        return {
            Account.INCOME: -total,
            Account.ACCRUED: total - credited - receivable,
            Account.RECEIVABLE: receivable,
            Account.CREDITED: credited,
        }

    def _over(self, owed: int, credited: int, currency: str) -> dict[Account, int]:
        """No claim can bring anything any more: what is missing is lost."""
        last = max(self.claims.values(), key=lambda each: each.ended)
        claimed = _minor(last.letter if last.letter is not None else last.provable, currency)
        total = max(owed if self.closed else claimed, credited)
        not_proven = max(total - max(claimed, credited), 0)
        if last.state is ClaimState.SETTLED:
            reason = Account.LESS_CREDITED if _minor(last.credited, currency) else Account.REJECTED
        else:
            reason = _REASONS.get(last.state, Account.WITHDRAWN)
        return {
            Account.INCOME: -total,
            Account.CREDITED: credited,
            Account.NOT_PROVEN: not_proven,
            reason: total - credited - not_proven,
        }


def entries(happenings: Iterable[Happening]) -> Iterator[Entry]:
    """What moved, in order. Each step of a claim follows the one by which it became eligible."""
    standing: dict[Matter, _Standing] = defaultdict(_Standing)
    held: dict[tuple[Matter, str], dict[Account, int]] = defaultdict(dict)
    for step in happenings:
        matter = standing[step.matter]
        before = matter.currencies()
        matter.take(step)
        for currency in sorted(before | matter.currencies()):
            now, then = matter.balances(currency), held[step.matter, currency]
            yield from _moved(step, then, now, currency)
            held[step.matter, currency] = now


def balances(moved: Iterable[Entry]) -> dict[tuple[str, Account], int]:
    """What each account holds of each currency, in minor units, debits positive; amounts of two never meet."""
    found: dict[tuple[str, Account], int] = defaultdict(int)
    for entry in moved:
        found[entry.amount.currency, entry.debit] += entry.amount.minor
        found[entry.amount.currency, entry.credit] -= entry.amount.minor
    return dict(found)


def _moved(step: Happening, then: Mapping[Account, int], now: Mapping[Account, int], currency: str) -> Iterator[Entry]:
    change = {account: now.get(account, 0) - then.get(account, 0) for account in Account}
    kind = _kind(step, rises=change[Account.INCOME] < 0)
    givers = {account: -amount for account, amount in change.items() if amount < 0}
    for debit, amount in change.items():
        left = amount
        for giver, has in givers.items():
            part = min(left, has)
            if part > 0:
                yield Entry(kind, step, debit, giver, Money(part, currency))
                givers[giver] -= part
                left -= part


def _kind(step: Happening, *, rises: bool) -> EntryKind:
    match step.state:
        case None:
            return EntryKind.ACCRUAL if rises else EntryKind.CORRECTION
        case ClaimState.APPROVED:
            return EntryKind.RECEIVABLE
        case ClaimState.CREDITED | ClaimState.SETTLED:
            return EntryKind.SETTLEMENT
        case ClaimState.EXPIRED | ClaimState.WAIVED | ClaimState.WITHDRAWN:
            return EntryKind.LOSS
        case _:
            return EntryKind.CORRECTION


def _minor(amount: Money | None, currency: str) -> int:
    return amount.minor if amount is not None and amount.currency == currency else 0
