"""What is due of a statement: which stages can be claimed now, and which letters another one must take the place of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from uptime_daemon.core.claims.claim import ClaimId, ClaimState
from uptime_daemon.core.claims.stages import is_owed, stages_of
from uptime_daemon.core.time.instants import clock_text
from uptime_daemon.letters.claim import not_provable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from uptime_daemon.core.claims.stages import DueStage
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.periods import Period
    from uptime_daemon.desk.claims.record import ClaimRecord, KeptLetter
    from uptime_daemon.desk.ports import Judging, KnownStatements

PROVISIONAL: Final = "provisional"
"""The stage that is due while its period is still open; every other one follows the period's end."""
ANSWERABLE: Final = frozenset({ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.REJECTED, ClaimState.DISPUTED})
"""Sent, and neither credited nor given up: other figures can still take its place."""


def is_due(due: DueStage, period: Period, at: Instant) -> bool:
    """Whether a stage can be claimed now: a provisional one until its deadline, any other once the period is over.

    One that must be claimed inside the period is due at once. A final stage past its deadline still becomes a claim,
    and expires at once: the loss is on record. One that is early is due as well: a person decides when it leaves.
    """
    if due.stage.id == PROVISIONAL:
        return at < max(period.span.end, due.deadline or period.span.end)
    must_be_within = due.deadline is not None and due.deadline <= period.span.end
    return must_be_within or at >= period.span.end


class Owed(NamedTuple):
    """A stage that is due of what is owed, by the number of its claim's first revision."""

    claim: ClaimId
    agreement: Agreement
    statement: Statement
    due: DueStage


def owed(
    sources: Judging, known: Mapping[ClaimId, ClaimRecord], at: Instant, judged: KnownStatements | None
) -> Iterator[Owed]:
    """What is owed in the current and the last period of every agreement, with the stages that are due now.

    `known` are the claims on record, `judged` what somebody else keeps current: a period is judged anew only where that
    is not at hand, or shows something that is not claimed yet.
    """
    for agreement in sources.agreements():
        for period in sources.contract(agreement.id, at).cycle.claimed(at):
            start, end = agreement.covered(period.span)
            if start >= end:
                continue
            before = () if judged is None else judged.known(agreement.id, period, at)
            found = list(_due(agreement, before, at))
            if not before or any(_is_new(each, known, at) for each in found):
                found = list(_due(agreement, sources.statements(agreement.id, period.name, at), at))
            yield from found


def _due(agreement: Agreement, statements: Iterable[Statement], at: Instant) -> Iterator[Owed]:
    for statement in statements:
        if is_owed(statement):
            for due in stages_of(statement):
                if is_due(due, statement.period, at):
                    group = statement.judgement.group.name
                    claim = ClaimId(agreement.id, statement.period.name, group, due.stage.id)
                    yield Owed(claim, agreement, statement, due)


def _is_new(each: Owed, known: Mapping[ClaimId, ClaimRecord], at: Instant) -> bool:
    """Whether there is no claim yet, or another letter must take the place of the one that has left."""
    standing = known.get(each.claim)
    return standing is None or amendment(standing, each.statement, each.due, at) is not None


def latest(every: Iterable[ClaimRecord]) -> dict[ClaimId, ClaimRecord]:
    """The last revision of each claim, by the number of the first."""
    found: dict[ClaimId, ClaimRecord] = {}
    for record in sorted(every, key=lambda each: each.id.revision):
        found[replace(record.id, revision=1)] = record
    return found


def amendment(sent: ClaimRecord, statement: Statement, due: DueStage, at: Instant) -> str | None:
    """Why another letter must take the place of one that has left; None where none must.

    More can be claimed until the deadline; what is no longer proven is taken back at any time. Where nothing is left
    to be claimed a person withdraws it.
    """
    letter = sent.letter
    if sent.state not in ANSWERABLE or letter is None or not_provable(statement):
        return None
    is_open = due.deadline is None or at < due.deadline
    return (
        _other_amount(letter, statement, is_open=is_open)
        or _other_downtime(letter, statement, is_open=is_open)
        or (_too_early(sent, due, at) if is_open else None)
    )


def _other_amount(letter: KeptLetter, statement: Statement, *, is_open: bool) -> str | None:
    proven = statement.judgement.credit_proven.amount
    if letter.amount is None or proven is None or proven == letter.amount:
        return None
    if proven.currency != letter.amount.currency:
        return f"the fee is in {proven.currency} now, and the letter is in {letter.amount.currency}"
    if proven < letter.amount or is_open:
        return f"{proven} {proven.currency} is proven now, and the letter claims {letter.amount}"
    return None


def _other_downtime(letter: KeptLetter, statement: Statement, *, is_open: bool) -> str | None:
    """Each failure has to be reported, also one that earns nothing more; while one goes on its end is waited for."""
    judgement = statement.judgement
    proven = judgement.shortest.counted.total
    if letter.downtime is None or proven == letter.downtime:
        return None
    if proven < letter.downtime or (is_open and not _goes_on(statement)):
        return f"{clock_text(proven)} of downtime is proven now, and the letter names {clock_text(letter.downtime)}"
    return None


def _goes_on(statement: Statement) -> bool:
    """Whether one of the outages has not ended yet."""
    judgement = statement.judgement
    return any(
        outage.span.start <= seen.span.start < outage.span.end
        for outage in judgement.longest.outages
        if outage.span.end >= statement.as_of
        for seen in judgement.point.outages
    )


def _too_early(sent: ClaimRecord, due: DueStage, at: Instant) -> str | None:
    """A clause that opens a time for claims may let what came before it count for nothing."""
    left = sent.last(ClaimState.SENT)
    if due.opens is None or left is None or not left.at < due.opens <= at:
        return None
    return f"the letter left before the contract takes claims ({due.stage.clause})"
