"""Promised times that a vendor missed beyond doubt, and what became of the notice about each ticket's.

No contract credits a missed time with money, so none is in the ledger. The notice has a short life of its own: it is
sent, acknowledged and settled, or it is waived. Its steps are facts, append-only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.facts import IntakeError, checked_note
from uptime_daemon.desk.judging.ticket_clocks import clocks_within, notice, ticket_named
from uptime_daemon.letters.clocks import sayable
from uptime_daemon.store.kept import Fact, in_force

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.desk.judging.judge import Judge

KIND: Final = "clock_notice"
COLUMNS: Final = ("agreement", "ticket", "group", "missed", "due", "state", "reference", "at", "by")


class NoticeState(StrEnum):
    """Where the notice about a ticket's missed times stands."""

    ELIGIBLE = "eligible"
    """Something was missed beyond doubt, and nobody has done anything about it."""
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    SETTLED = "settled"
    WAIVED = "waived"


_FOLLOWS: Final[Mapping[NoticeState, frozenset[NoticeState]]] = {
    NoticeState.SENT: frozenset({NoticeState.ELIGIBLE}),
    NoticeState.WAIVED: frozenset({NoticeState.ELIGIBLE}),
    NoticeState.ACKNOWLEDGED: frozenset({NoticeState.SENT}),
    NoticeState.SETTLED: frozenset({NoticeState.SENT, NoticeState.ACKNOWLEDGED}),
}


@dataclass(frozen=True, slots=True)
class MissedTimes:
    """One ticket's."""

    agreement: str
    ticket: str
    group: str
    clocks: tuple[str, ...]
    """Those that were missed beyond doubt, by their ids in the contract; empty where later facts excuse them."""
    due: Instant | None
    """When the first of them was due; None where there is none any more."""
    state: NoticeState
    reference: str = ""
    at: Instant | None = None
    by: str = ""


def missed_times(judge: Judge, agreement: str | None, at: Instant) -> Iterator[MissedTimes]:
    """Every ticket with a time that was missed beyond doubt, or with a notice, of one agreement or of all.

    Raises `UnknownError`.
    """
    wanted = [judge.signed(agreement)] if agreement else judge.settings.agreements
    for signed in wanted:
        name = signed.agreement.id
        steps = _steps(judge, name)
        for ticket in judge.stated(name, at).tickets:
            found = _of_ticket(judge, name, ticket, steps.get(ticket.id), at)
            if found.clocks or found.state is not NoticeState.ELIGIBLE:
                yield found


def stepped(
    judge: Judge, agreement: str, ticket: str, state: NoticeState, author: Author, *, reference: str, reason: str
) -> Fact:
    """Record the next step of a ticket's notice; with `sent` its letter is kept as it stands now.

    Raises `IntakeError`, `UnknownError` and `NothingMissedError`.
    """
    own = ticket_named(judge, agreement, ticket, author.known_at)
    now = _of_ticket(judge, agreement, own, _steps(judge, agreement).get(ticket), author.known_at).state
    if now not in _FOLLOWS[state]:
        after = " or ".join(sorted(_FOLLOWS[state]))
        raise IntakeError(f"the notice of ticket {ticket} is {now} and cannot become {state}; that follows {after}")
    if state is NoticeState.WAIVED and not reason.strip():
        raise IntakeError("a notice is waived with its reason; add --reason TEXT", "reason")
    evidence = None
    if state is NoticeState.SENT:
        letter = notice(judge, agreement, ticket, author.known_at)
        text = f"{letter.subject}\n\n{letter.text}"
        evidence = judge.store.keep_evidence(text.encode(), f"notice-{ticket}.txt", author.known_at)
    body = {"state": state.value, "reference": reference or None, "reason": checked_note(reason) or None}
    fact = Fact(
        kind=KIND,
        subject=ticket,
        body={key: value for key, value in body.items() if value is not None},
        at=author.at,
        known_at=author.known_at,
        by=author.by,
        agreement=agreement,
        evidence=evidence,
    )
    judge.store.append_fact(fact)
    return fact


def missed_rows(found: Iterator[MissedTimes]) -> list[dict[str, Any]]:
    """The rows for tables and JSON."""
    return [
        {
            "agreement": each.agreement,
            "ticket": each.ticket,
            "group": each.group,
            "missed": ", ".join(each.clocks),
            "due": None if each.due is None else format_instant(each.due),
            "state": each.state.value,
            "reference": each.reference or None,
            "at": None if each.at is None else format_instant(each.at),
            "by": each.by or None,
        }
        for each in found
    ]


def _steps(judge: Judge, agreement: str) -> dict[str, Fact]:
    """The last step of each ticket's notice."""
    return {fact.subject: fact for fact in in_force(judge.store.facts(agreement=agreement, kind=KIND))}


def _of_ticket(judge: Judge, agreement: str, ticket: Ticket, step: Fact | None, at: Instant) -> MissedTimes:
    since = Span(ticket.events[0].at, at + 1)
    own = [each for each in clocks_within(judge, agreement, since, at) if each.round.ticket.id == ticket.id]
    missed = sayable(own)
    return MissedTimes(
        agreement=agreement,
        ticket=ticket.id,
        group=ticket.group,
        clocks=tuple(dict.fromkeys(each.round.terms.id for each in missed)),
        due=min((each.round.due for each in missed if each.round.due is not None), default=None),
        state=NoticeState.ELIGIBLE if step is None else NoticeState(step.body["state"]),
        reference="" if step is None else step.body.get("reference", ""),
        at=None if step is None else step.at,
        by="" if step is None else step.by,
    )
