"""What happens to claims by itself: they become eligible, finance is told, and those that are too late expire."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimId, ClaimState, followed
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.delivery.address import AddressError
from uptime_daemon.desk.claims.due import amendment, latest, owed
from uptime_daemon.desk.claims.mails import eligible_mail
from uptime_daemon.desk.claims.record import AUTOMATIC, eligible_body
from uptime_daemon.desk.claims.related import related
from uptime_daemon.desk.claims.reminders import DEPUTY_FROM
from uptime_daemon.desk.telling.notices import breach_happening, claim_deadline
from uptime_daemon.store.errors import ConflictError
from uptime_daemon.store.kept import ClaimEvent, MailState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uptime_daemon.core.claims.stages import DueStage
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.house import House
    from uptime_daemon.desk.claims.steps import ClaimSteps
    from uptime_daemon.desk.ports import Judging, KnownStatements
    from uptime_daemon.store.kept import Mail

_UNSENT: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED})


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a look at all agreements changed."""

    eligible: tuple[str, ...]
    expired: tuple[str, ...]
    warnings: tuple[str, ...]
    """Who could not be told, and why."""


def review(sources: Judging, steps: ClaimSteps, at: Instant, judged: KnownStatements | None = None) -> Reviewed:
    """Make eligible what is owed and due now, tell finance in the same transaction, and expire what is too late.

    `judged` are statements that somebody else keeps current: where they show nothing new nothing is judged again.
    No claim begins by them.
    """
    known = latest(steps.every().values())
    found = list(owed(sources, known, at, judged))
    eligible: list[str] = []
    warnings: list[str] = []
    for claim, agreement, statement, due in found:
        beginning, because = claim, ""
        if (standing := known.get(claim)) is not None:
            because = amendment(standing, statement, due, at) or ""
            if not because:
                continue
            beginning = replace(claim, revision=standing.id.revision + 1)
        same = tuple(related(claim, agreement, statement, (each[:3] for each in found)))
        mails, warning = _told(steps.house, beginning, statement, agreement, due, same, at)
        warnings += warning
        if _begin(steps, beginning, statement, due, because, mails, at):
            eligible.append(str(beginning))
    return Reviewed(tuple(eligible), tuple(_expire(steps, at)), tuple(warnings))


def _told(
    us: House,
    claim: ClaimId,
    statement: Statement,
    agreement: Agreement,
    due: DueStage,
    same: tuple[str, ...],
    at: Instant,
) -> tuple[list[Mail], list[str]]:
    """Finance is told at once; so is the deputy where the time for that has come already."""
    people = agreement.people
    told = [("finance", people.finance)]
    if due.deadline is not None and due.deadline - at <= DEPUTY_FROM and "@" in people.deputy:
        told.append(("deputy", people.deputy))
    mails, warnings = [], []
    for role, recipient in told:
        try:
            mails.append(eligible_mail(claim, statement, agreement, us, at, same, (role, recipient)))
        except AddressError as error:
            warnings.append(f"claim {claim}: {role} is not told: agreements[{agreement.id}].people.{role}: {error}")
    return mails, warnings


def _begin(
    steps: ClaimSteps,
    claim: ClaimId,
    statement: Statement,
    due: DueStage,
    because: str,
    mails: Sequence[Mail],
    at: Instant,
) -> bool:
    judgement = statement.judgement
    # Taking back what was claimed too high has no deadline; `review` lets nothing else begin that late.
    is_lowered = claim.revision > 1 and due.deadline is not None and at >= due.deadline
    deadline = None if is_lowered else due.deadline
    body = eligible_body(claim, deadline, judgement.credit.amount, judgement.credit_proven.amount)
    body |= {"because": because} if because else {}
    try:
        event = ClaimEvent(str(claim), 1, at, followed(None, ClaimState.ELIGIBLE).value, AUTOMATIC, body)
        found = breach_happening(str(claim), claim.agreement, body)
        steps.store.append_claim_event(event, mails, steps.house.listeners.notices(found, at))
    except ConflictError:
        return False  # another process was faster: the claim exists, and finance is told once
    return True


def _expire(steps: ClaimSteps, at: Instant) -> Iterator[str]:
    """End unsent claims whose deadline has passed; one that was approved late, on purpose, stays."""
    for claim, record in steps.every().items():
        if record.deadline is None or record.deadline > at or record.state not in _UNSENT:
            continue
        mail = steps.mail(record)
        if mail is not None and mail.state is not MailState.FAILED:
            continue  # it was released in time; whether it arrived is another question
        approval = record.last(ClaimState.APPROVED)
        if approval is None or approval.at < record.deadline:
            passed = claim_deadline(claim, record.id.agreement, record.deadline, "expired", None, "expired")
            steps.append(
                record,
                ClaimState.EXPIRED,
                AUTOMATIC,
                at,
                {"deadline": format_instant(record.deadline)},
                notices=steps.house.listeners.notices(passed, at),
            )
            yield claim
