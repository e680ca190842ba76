"""Claims as lists and pages show them, each beside what its period comes to now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from uptime_daemon.core.claims.claim import ClaimId, ClaimState
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.desk.claims.hindrances import hindrances_of_claim
from uptime_daemon.desk.claims.record import ClaimRecord, KeptLetter
from uptime_daemon.desk.claims.related import Judged

if TYPE_CHECKING:
    from collections.abc import Collection

    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.steps import ClaimSteps
    from uptime_daemon.desk.ports import Judging
    from uptime_daemon.store.kept import ClaimEvent, OutboxMail


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim as lists and pages show it."""

    id: ClaimId
    state: ClaimState
    deadline: Instant | None
    """The first instant that is too late; None where the contract sets none."""
    zone: tzinfo
    """The contract's; UTC where the agreement is no longer configured."""
    channel: Channel | None
    """None where the agreement is no longer configured."""
    claimed: Money | None
    """What the letter claims or would claim now; None under a contract without credit."""
    measured: Money | None
    """What the point figure comes to now; None where the agreement is no longer configured."""
    letter: KeptLetter | None
    hindrances: tuple[str, ...]
    """What keeps a letter from leaving now."""
    mail: OutboxMail | None
    """The vendor's mail, once it is in the outbox."""
    events: tuple[ClaimEvent, ...]
    related: tuple[str, ...] = ()
    """Claims under other agreements about an outage of this one."""


def claim_views(sources: Judging, steps: ClaimSteps, at: Instant) -> tuple[ClaimView, ...]:
    """Every claim, in the order in which they became eligible."""
    every = steps.every().values()
    judged = Judged(sources, at)
    return tuple(_view(steps, record, every, judged) for record in every)


def claim_view(sources: Judging, steps: ClaimSteps, claim: str, at: Instant) -> ClaimView:
    """One claim. Raises `ClaimError` if there is none of this number."""
    return _view(steps, steps.one(claim), steps.every().values(), Judged(sources, at))


def _view(steps: ClaimSteps, record: ClaimRecord, every: Collection[ClaimRecord], judged: Judged) -> ClaimView:
    claim, state = record.id, record.state
    view = ClaimView(
        id=claim,
        state=state,
        deadline=record.deadline,
        zone=UTC,
        channel=record.letter.channel if record.letter else None,
        claimed=record.last_amount,
        measured=None,
        letter=record.letter,
        hindrances=(),
        mail=steps.mail(record),
        events=record.events,
    )
    known = judged.of(claim)
    if known is None:
        return view
    agreement, statement = known
    judgement = statement.judgement
    is_open = state in {ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.EXPIRED}
    return replace(
        view,
        zone=judgement.terms.zone,
        channel=judgement.terms.claim.channel,
        claimed=judgement.credit_proven.amount if is_open else view.claimed,
        measured=judgement.credit.amount,
        hindrances=tuple(hindrances_of_claim(record, statement, agreement, steps.house, every)) if is_open else (),
        related=tuple(judged.related(claim, agreement, statement, (each.id for each in every))),
    )
