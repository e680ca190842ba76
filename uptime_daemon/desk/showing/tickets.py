"""Tickets for people: what is open under which agreement, with every clock that runs or ran for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.judging.rounds import ClockState
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.records import FactKind, stated
from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.desk.judging.ticket_clocks import clocks_within, notice
from uptime_daemon.letters.clocks import NothingMissedError
from uptime_daemon.store.kept import in_force

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.judging.clocks import JudgedClock
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.letters.content import Letter
    from uptime_daemon.settings.values import SignedAgreement
    from uptime_daemon.store.kept import Fact

RESOLVED_SHOWN: Final[Duration] = 90 * DAY
"""How long a resolved ticket stays in the list; it keeps its page for ever."""


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One ticket with its clocks."""

    signed: SignedAgreement
    ticket: Ticket
    clocks: tuple[JudgedClock, ...]
    resolved: Instant | None

    @property
    def next_due(self) -> Instant | None:
        """When the first of its running clocks is due."""
        running = [each.round.due for each in self.clocks if each.round.state is ClockState.RUNNING]
        return min((due for due in running if due is not None), default=None)

    @property
    def missed(self) -> int:
        """How many of its times were missed."""
        return sum(each.round.state is ClockState.MISSED for each in self.clocks)


@dataclass(frozen=True, slots=True)
class TicketDossier:
    """One ticket with its events as they were recorded."""

    line: TicketLine
    events: tuple[Fact, ...]
    notice: Letter | None
    """The breach notice that a person may send; None where nothing was missed beyond doubt."""


def ticket_lines(judge: Judge, now: Instant) -> list[TicketLine]:
    """Open tickets, the one whose clock ends first on top, then those that were resolved lately."""
    told = {fact.agreement for fact in judge.store.facts(kind=FactKind.TICKET_EVENT.value)}
    found = [
        line
        for signed in judge.settings.agreements
        if signed.agreement.id in told
        for line in _lines(judge, signed, now)
        if line.resolved is None or now - line.resolved < RESOLVED_SHOWN
    ]
    return sorted(found, key=_urgency)


def ticket_dossier(judge: Judge, agreement_id: str, name: str, now: Instant) -> TicketDossier:
    """One ticket. Raises `UnknownError`."""
    signed = judge.signed(agreement_id)
    line = next((each for each in _lines(judge, signed, now) if each.ticket.id == name), None)
    if line is None:
        raise UnknownError(f"{agreement_id} has no ticket {name!r}")
    facts = in_force(judge.store.facts(agreement=agreement_id, kind=FactKind.TICKET_EVENT.value))
    own = [fact for fact in facts if fact.subject == name]
    try:
        letter = notice(judge, agreement_id, name, now)
    except NothingMissedError:
        letter = None
    return TicketDossier(line, tuple(sorted(own, key=lambda fact: (fact.at, fact.id))), letter)


def _lines(judge: Judge, signed: SignedAgreement, now: Instant) -> Iterator[TicketLine]:
    name = signed.agreement.id
    tickets = stated(judge.store.facts(agreement=name)).tickets
    if not tickets:
        return
    since = min(ticket.events[0].at for ticket in tickets)
    clocks = clocks_within(judge, name, Span(min(since, now), now + 1), now)
    for ticket in tickets:
        own = tuple(each for each in clocks if each.round.ticket.id == ticket.id)
        resolved = ticket.first(EventKind.RESOLVED)
        yield TicketLine(signed, ticket, own, None if resolved is None else resolved.at)


def _urgency(line: TicketLine) -> tuple[int, Instant]:
    if line.resolved is not None:
        return 2, -line.resolved
    return (1, 0) if line.next_due is None else (0, line.next_due)
