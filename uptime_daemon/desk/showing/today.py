"""What waits for a person now: reports, deadlines, decisions, clocks that run, agreements near a breach.

It is read from the board, which is judged already, and from a few lists of the record; nothing is judged here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.facts.records import Answer, Decision
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.judging.availability import Breach
from uptime_daemon.core.judging.rounds import ClockState
from uptime_daemon.core.time.instants import DAY, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.claims.record import Note
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.desk.judging.ticket_clocks import clocks_within
from uptime_daemon.desk.showing.budget import LOW_BUDGET_PERCENT, allowed, remaining
from uptime_daemon.desk.telling.duties import DONE, PLANNED, due_duties
from uptime_daemon.store.kept import MailState, in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.judging.availability import TargetResult
    from uptime_daemon.core.judging.clocks import JudgedClock
    from uptime_daemon.core.judging.conditions import ConditionResult
    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.claims.record import ClaimRecord
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.showing.board import AgreementEntry, Board, JudgedEntry
    from uptime_daemon.desk.telling.duties import DueDuty
    from uptime_daemon.store.kept import Fact, OutboxMail

DUTIES_AHEAD: Final[Duration] = 14 * DAY
"""How far ahead our own duties are shown."""
_UNSENT: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED})


@dataclass(frozen=True, slots=True)
class MissingReport:
    """An outage that goes on and was not reported as the contract asks."""

    agreement: AgreementEntry
    group: str
    channels: tuple[str, ...]
    since: Instant | None
    """From when it is down, as far as every group of probes behind it tells."""


@dataclass(frozen=True, slots=True)
class ClaimTask:
    """A claim that a person has to bring on."""

    record: ClaimRecord
    zone: ZoneInfo
    step: str
    """What is to be done: `read`, `second`, `send`, `wait` for its mail, or `ask` a silent vendor."""
    amount: Money | None
    seconded_by: str = ""
    """Who has released it already, where two people must."""


@dataclass(frozen=True, slots=True)
class StuckMail:
    """A letter of which nobody knows whether it left, or which did not."""

    claim: str
    mail: OutboxMail


@dataclass(frozen=True, slots=True)
class OpenExclusion:
    """Time that somebody says should not count; nobody has decided."""

    agreement: AgreementEntry
    fact: Fact
    span: Span


@dataclass(frozen=True, slots=True)
class OpenCondition:
    """A condition of a breach that nobody has answered."""

    agreement: AgreementEntry
    group: str
    period: str
    condition: ConditionResult


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A time that the vendor has for an answer or a repair."""

    agreement: AgreementEntry
    clock: JudgedClock
    due: Instant


@dataclass(frozen=True, slots=True)
class Today:
    """Everything that waits, each list with the most urgent first."""

    at: Instant
    reports: tuple[MissingReport, ...] = ()
    claims: tuple[ClaimTask, ...] = ()
    mails: tuple[StuckMail, ...] = ()
    exclusions: tuple[OpenExclusion, ...] = ()
    conditions: tuple[OpenCondition, ...] = ()
    clocks: tuple[RunningClock, ...] = ()
    duties: tuple[tuple[AgreementEntry, DueDuty], ...] = ()
    near: tuple[tuple[AgreementEntry, JudgedEntry], ...] = ()


def today(judge: Judge, claims: ClaimsDesk, board: Board, at: Instant) -> Today:
    """What waits for a person at an instant."""
    agreements = {entry.id: entry for entry in board.agreements}
    return Today(
        at=at,
        reports=tuple(_reports(board)),
        claims=tuple(sorted(_claims(claims, agreements, board, at), key=_urgency)),
        mails=tuple(_stuck(claims)),
        exclusions=tuple(_exclusions(judge, agreements)),
        conditions=tuple(_conditions(board)),
        clocks=tuple(sorted(_clocks(judge, board, at), key=lambda each: each.due)),
        duties=tuple(sorted(_duties(judge, agreements, at), key=lambda each: each[1].due)),
        near=tuple(_near(board)),
    )


def _reports(board: Board) -> Iterator[MissingReport]:
    since = {group.id: group.since for group in board.groups if group.state is State.DOWN}
    for agreement in board.agreements:
        for entry in agreement.stated:
            known = [each for name in agreement.measured_by.get(entry.group, ()) if (each := since.get(name))]
            for channels, missing in entry.reports.items():
                if missing:
                    begun = max(known) if known else None
                    yield MissingReport(agreement, entry.group, tuple(channels.split("|")), begun)


def _claims(
    claims: ClaimsDesk, agreements: dict[str, AgreementEntry], board: Board, at: Instant
) -> Iterator[ClaimTask]:
    for record in claims.recorded():
        agreement = agreements.get(record.id.agreement)
        zone = board.zone if agreement is None else agreement.zone
        amount = record.last_amount
        match record.state:
            case ClaimState.APPROVED:
                yield ClaimTask(record, zone, "wait" if record.message_id else "send", amount)
            case ClaimState.ELIGIBLE | ClaimState.DRAFTED:
                first = record.last(Note.SECONDED)
                waits = first is not None and record.letter is not None and first.body["digest"] == record.letter.digest
                yield ClaimTask(
                    record, zone, "second" if waits else "read", amount, first.by if waits and first is not None else ""
                )
            case ClaimState.SENT | ClaimState.ACKNOWLEDGED:
                if at - record.events[-1].at >= claims.house.silence:
                    yield ClaimTask(record, zone, "ask", amount)


def _urgency(task: ClaimTask) -> tuple[bool, Instant, str]:
    deadline = task.record.deadline if task.record.state in _UNSENT else None
    return deadline is None, deadline or task.record.events[-1].at, str(task.record.id)


def _stuck(claims: ClaimsDesk) -> Iterator[StuckMail]:
    for mail in claims.store.outbox((MailState.DOUBTFUL, MailState.FAILED)):
        if mail.mail.claim is not None and mail.mail.kind.value == "vendor":
            yield StuckMail(mail.mail.claim, mail)


def _exclusions(judge: Judge, agreements: dict[str, AgreementEntry]) -> Iterator[OpenExclusion]:
    for fact in in_force(judge.store.facts(kind=FactKind.EXCLUSION.value)):
        agreement = agreements.get(fact.agreement or "")
        if agreement is not None and fact.body["decision"] == Decision.PROPOSED.value:
            yield OpenExclusion(agreement, fact, Span(parse_instant(fact.body["from"]), parse_instant(fact.body["to"])))


def _conditions(board: Board) -> Iterator[OpenCondition]:
    """Of breaches alone: what nobody would claim needs no answer."""
    for agreement in board.agreements:
        told: set[str] = set()
        for judged in agreement.judged:
            for statement in (judged.last, judged.current):
                if statement is None or not statement.judgement.breached:
                    continue
                for condition in statement.judgement.conditions:
                    if condition.state is Answer.UNKNOWN and condition.terms.id not in told:
                        told.add(condition.terms.id)
                        yield OpenCondition(agreement, judged.group, statement.period.name, condition)


def _clocks(judge: Judge, board: Board, at: Instant) -> Iterator[RunningClock]:
    for agreement in board.agreements:
        if not any(due is not None for entry in agreement.stated for due in entry.deadlines.values()):
            continue
        for clock in clocks_within(judge, agreement.id, Span(at, at + 1), at):
            if clock.round.state is ClockState.RUNNING and clock.round.due is not None:
                yield RunningClock(agreement, clock, clock.round.due)


def _duties(
    judge: Judge, agreements: dict[str, AgreementEntry], at: Instant
) -> Iterator[tuple[AgreementEntry, DueDuty]]:
    facts = [*judge.store.facts(kind=PLANNED), *judge.store.facts(kind=DONE)]
    for agreement in judge.agreements():
        entry = agreements.get(agreement.id)
        contract = judge.contract(agreement.id, at)
        if entry is not None and contract.duties:
            own = sorted((fact for fact in facts if fact.agreement == agreement.id), key=lambda fact: fact.id)
            for due in due_duties(contract, agreement, own):
                if due.due - at <= DUTIES_AHEAD:
                    yield entry, due


def _near(board: Board) -> Iterator[tuple[AgreementEntry, JudgedEntry]]:
    """Breaches first, then what is possibly one, then what has little left."""
    found = [
        (rank, agreement, judged)
        for agreement in board.agreements
        for judged in agreement.judged
        if (rank := nearness(judged)) is not None
    ]
    for _, agreement, judged in sorted(found, key=lambda each: (each[0], each[1].id, each[2].group)):
        yield agreement, judged


def nearness(judged: JudgedEntry) -> int | None:
    """How near the running period is to a breach: 0 is one, 1 may be one, 2 has little left; None is none of it."""
    statement = judged.current
    if statement is None or not statement.judgement.group.counts:
        return None
    binding = _binding(statement.judgement.targets)
    if any(result.exceeded for result in binding):
        return 0
    whole, left = allowed(statement), remaining(statement)
    if any(result.breach is Breach.POSSIBLE and result.met is not None for result in binding):
        return 1
    is_low = whole is not None and left is not None and whole > 0 and left * 100 < whole * LOW_BUDGET_PERCENT
    return 2 if is_low else None


def _binding(targets: Sequence[TargetResult]) -> Iterable[TargetResult]:
    return [result for result in targets if result.target.claimable] or targets
