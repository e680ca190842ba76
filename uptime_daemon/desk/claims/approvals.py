"""Standing approvals: a named person lets provisional letters up to an amount leave until a day, each unread.

They are facts, append-only like every other. Nothing else leaves the house without somebody who read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.desk.claims.due import PROVISIONAL
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.record import money_from, money_json
from uptime_daemon.store.kept import Fact, in_force

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.claims.views import ClaimView
    from uptime_daemon.store.ports import Store

FACT_KIND: Final = "standing_approval"
_WAITING: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED})


@dataclass(frozen=True, slots=True)
class StandingApproval:
    """What one person has allowed ahead."""

    id: int
    agreement: str
    ceiling: Money
    """The largest amount of one letter."""
    until: Instant
    """The first instant at which it no longer holds."""
    by: str
    at: Instant


def granted(desk: ClaimsDesk, agreement: str, ceiling: Money, until: Instant, by: str, at: Instant) -> int:
    """Record a standing approval; returns its number. Raises `ClaimError`."""
    desk.steps.refuse_unauthorised(by)
    known = [each.id for each in desk.sources.agreements()]
    if agreement not in known:
        raise ClaimError(f"there is no agreement {agreement!r}; the agreements are: {', '.join(known) or 'none'}")
    if ceiling.minor <= 0 or until <= at:
        raise ClaimError("a standing approval has an amount above zero and an end to come; state both")
    body = {"ceiling": money_json(ceiling), "until": format_instant(until)}
    return desk.store.append_fact(Fact(FACT_KIND, agreement, body, at, at, by, agreement))


def revoked(desk: ClaimsDesk, number: int, by: str, at: Instant) -> int:
    """Take a standing approval back; returns the number of that fact. Raises `ClaimError`."""
    desk.steps.refuse_unauthorised(by)
    for each in standing(desk.store):
        if each.id == number:
            fact = Fact(FACT_KIND, each.agreement, {}, at, at, by, each.agreement, supersedes=number)
            return desk.store.append_fact(fact)
    known = ", ".join(str(each.id) for each in standing(desk.store)) or "none"
    raise ClaimError(f"there is no standing approval {number}; those in force are: {known}")


def standing(store: Store) -> tuple[StandingApproval, ...]:
    """Those that nobody has taken back, ended ones among them."""
    return tuple(
        StandingApproval(fact.id, str(fact.agreement), ceiling, parse_instant(fact.body["until"]), fact.by, fact.at)
        for fact in in_force(store.facts(kind=FACT_KIND))
        if (ceiling := money_from(fact.body.get("ceiling"))) is not None
    )


def released(desk: ClaimsDesk, at: Instant) -> Iterator[str]:
    """Approve and send what standing approvals cover, in the name of who gave them; yields the claims."""
    approvals = [each for each in standing(desk.store) if each.at <= at < each.until]
    if not approvals:
        return
    for view in desk.claims(at):
        covering = next((each for each in approvals if _covers(each, view)), None)
        if covering is None or desk.opening(str(view.id), at) is not None:
            continue
        try:
            desk.approve(str(view.id), at, covering.by, standing=covering.id)
            desk.send(str(view.id), at, covering.by)
        except ClaimError:
            continue  # whoever gave it may no longer decide, or two people must: it waits for a person
        yield str(view.id)


def _covers(approval: StandingApproval, view: ClaimView) -> bool:
    amount = view.claimed
    return (
        view.id.agreement == approval.agreement
        and view.id.stage == PROVISIONAL
        and view.state in _WAITING
        and view.channel is Channel.MAIL
        and not view.hindrances
        and amount is not None
        and amount.currency == approval.ceiling.currency
        and not approval.ceiling < amount
    )
