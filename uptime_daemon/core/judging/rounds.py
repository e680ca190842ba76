"""The rounds of a contract's clocks for tickets under one reading: when each began, is due and was stopped.

A clock runs in rounds: the first one from its start event, another one after each answer to a question where the
contract starts it anew, or after each report where it asks for reports again and again. Only events that were recorded
by the instant of judging count. Where something is not known the reading is the vendor's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.judging.dues import appointment, late
from uptime_daemon.core.judging.dues import due as due_of
from uptime_daemon.core.terms.clock import ChainPoint
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from uptime_daemon.core.facts.ticket import Ticket, TicketEvent
    from uptime_daemon.core.terms.clock import ClockTerms, EventRule, SeverityTerms
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Duration, Instant


class ClockState(StrEnum):
    """What became of a clock."""

    RUNNING = "running"
    KEPT = "kept"
    MISSED = "missed"
    NOT_SHOWN = "not_shown"
    """Its time is over and nothing shows whether the act happened: it happens inside the vendor's house."""


@dataclass(frozen=True, slots=True)
class Round:
    """One run of one clock for one ticket."""

    terms: ClockTerms
    ticket: Ticket
    severity: str | None
    number: int
    """From 1."""
    start: Instant
    due: Instant | None
    """The last instant in time; None for best effort, while a parameter is missing, and while it stands still."""
    stopped: Instant | None
    state: ClockState
    paused: Spans = field(default_factory=Spans)
    """The stretches in which it stood still."""
    notes: tuple[str, ...] = ()
    """What a person has to look at."""
    open_question: bool = False
    """Whether something that a claim needs is not recorded."""

    def remaining(self, at: Instant) -> Duration | None:
        """What is left of its time at an instant, in the time it counts; negative once it is over; None without due."""
        if self.due is None or self.stopped is not None:
            return None
        calendar, limit = self.terms.calendar, self.terms.limit
        if calendar is None or limit is None or not limit.unit.is_business or self.due < at:
            return self.due - at
        return calendar.measure(at, self.due) - sum(
            calendar.measure(max(pause.start, at), pause.end) for pause in self.paused if pause.end > at
        )


def severity_of(ticket: Ticket, terms: SeverityTerms) -> tuple[str | None, bool]:
    """The class of a ticket, and whether a person has to look at it: as stated, else by the share of users."""
    fitting = [each.id for each in terms.classes if ticket.users is not None and each.holds(ticket.users)]
    if ticket.severity is not None:
        return ticket.severity, bool(fitting) and ticket.severity not in fitting
    if ticket.users is None:
        return terms.default, False
    return (fitting[0], False) if fitting else (terms.gap, True)


def rounds(terms: Contract, tickets: Iterable[Ticket], as_of: Instant) -> Iterator[Round]:
    """Every round of every clock under one reading, as known at an instant."""
    for ticket in tickets:
        events = tuple(event for event in ticket.events if event.at <= as_of)
        severity, _ = severity_of(ticket, terms.support.severities)
        first: dict[str, Round] = {}
        for clock in terms.support.clocks:
            if clock.severities and severity not in clock.severities:
                continue
            if clock.groups and ticket.group not in clock.groups:
                continue
            ticking = _Ticking(terms, clock, ticket, severity, events, as_of)
            for each in ticking.rounds(first):
                first.setdefault(clock.id, each)
                yield each


@dataclass(frozen=True, slots=True)
class _Ticking:
    """One clock at work on one ticket."""

    contract: Contract
    clock: ClockTerms
    ticket: Ticket
    severity: str | None
    events: tuple[TicketEvent, ...]
    as_of: Instant

    def rounds(self, before: Mapping[str, Round]) -> Iterator[Round]:
        """Its rounds, one after another; there are at most as many as the ticket has events."""
        start = self._start(before)
        number = 1
        while start is not None:
            each = self._round(number, start)
            yield each
            start, number = self._next_start(each), number + 1

    def _start(self, before: Mapping[str, Round]) -> Instant | None:
        rule = self.clock.start
        if rule.after is not None:
            previous = before.get(rule.after)
            if previous is None:
                return None
            if previous.terms.limit is None or _amount(previous.terms, self.ticket, self.severity) == (True, None):
                return previous.start
            return previous.stopped if rule.chained_from is ChainPoint.STOPPED else previous.due
        firsts = [next((event.at for event in self.events if _fits(event, each)), None) for each in rule.events]
        found = [at for at in firsts if at is not None]
        if not found:
            return None
        start = max(found) if rule.latest else min(found)
        completed = self._first(EventKind.COMPLETED)
        return max(start, completed) if rule.complete and completed is not None else start

    def _first(self, kind: EventKind) -> Instant | None:
        return next((event.at for event in self.events if event.kind is kind), None)

    def _round(self, number: int, start: Instant) -> Round:
        clock = self.clock
        stop, notes = self._stop(start, number)
        stopped = None if stop is None else stop.at
        paused, standing = self._paused(start, stopped)
        is_known, amount = _amount(clock, self.ticket, self.severity)
        lacks_hours = clock.limit is not None and clock.limit.unit.is_business and clock.calendar is None
        due: Instant | None = None
        if not is_known:
            notes.append(
                f"{clock.clause} clock {clock.id}: no time is set for severity {self.severity or 'not stated'}"
            )
        elif lacks_hours and amount is not None:
            notes.append(f"{clock.clause} clock {clock.id}: the hours of calendar {clock.calendar_id} are not set")
        elif amount is not None:
            due = self._due(start, amount, paused)
            if standing is not None and standing < due:
                due = None
        is_complete = not clock.start.complete or self._first(EventKind.COMPLETED) is not None
        if not is_complete and clock.claimable:
            notes.append(f"{clock.clause} ticket {self.ticket.id}: whether the report was complete is not recorded")
        is_open_ended = due is None and (is_known and not lacks_hours)
        return Round(
            terms=clock,
            ticket=self.ticket,
            severity=self.severity,
            number=number,
            start=start,
            due=due,
            stopped=stopped,
            state=self._state(due, stopped, is_open_ended=is_open_ended),
            paused=paused,
            notes=tuple(notes),
            open_question=not is_complete,
        )

    def _due(self, start: Instant, amount: int, paused: Spans) -> Instant:
        clock = self.clock
        assert clock.limit is not None  # noqa: S101 - it has an amount
        zone = self.contract.zone
        if clock.late is not None and clock.calendar is not None:
            day = late(clock.late, start, clock.calendar)
            if day is not None and clock.late.due_at is not None:
                return appointment(day, clock.late.due_at, start, clock.calendar, paused)
            if day is not None:
                start = clock.calendar.hours_of(day).bounds[0]
        return due_of(clock.limit, amount, start, clock.calendar, zone, paused)

    def _state(self, due: Instant | None, stopped: Instant | None, *, is_open_ended: bool) -> ClockState:
        if stopped is not None:
            if due is None:  # best effort has nothing to miss; without its value nothing is shown
                return ClockState.KEPT if is_open_ended else ClockState.NOT_SHOWN
            if stopped <= due:
                return ClockState.KEPT
        elif due is None or self.as_of <= due:
            return ClockState.RUNNING
        return ClockState.NOT_SHOWN if self.clock.inside else ClockState.MISSED

    def _stop(self, start: Instant, number: int) -> tuple[TicketEvent | None, list[str]]:
        """The event that ends a round, and what is to be said of events that do not."""
        notes: list[str] = []
        for event in self.events:
            if event.at < start or (number > 1 and event.at == start):
                continue
            if event.kind is EventKind.RESOLVED:
                return event, notes
            for rule in self.clock.stops:
                if event.kind != rule.kind or not _on_channel(event, rule):
                    continue
                at = format_instant(event.at)
                if event.contents is None and rule.contents:
                    notes.append(
                        f"{self.clock.clause} ticket {self.ticket.id}: whether the {event.kind} at {at} holds "
                        f"{', '.join(sorted(rule.contents))} is not recorded"
                    )
                elif event.contents is not None and (lacking := rule.contents - event.contents):
                    notes.append(
                        f"{self.clock.clause} ticket {self.ticket.id}: the {event.kind} at {at} lacks "
                        f"{', '.join(sorted(lacking))} and stops no clock"
                    )
                    continue
                return event, notes
        return None, notes

    def _next_start(self, last: Round) -> Instant | None:
        """When the clock starts anew after a round that was stopped."""
        if last.stopped is None:
            return None
        resolved = self._first(EventKind.RESOLVED)
        if resolved is not None and resolved <= last.stopped:
            return None
        if self.clock.repeats:
            return last.stopped
        if self.clock.restarts:
            return next((answer for _, answer in questions(self.events) if answer and answer > last.start), None)
        return None

    def _paused(self, start: Instant, stopped: Instant | None) -> tuple[Spans, Instant | None]:
        """The stretches in which the clock stands still, and since when it does so without an end.

        What begins after it was stopped and has no end yet cannot move it any more.
        """
        pauses = self.clock.pauses
        pairs: list[tuple[Instant, Instant | None]] = []
        if pauses.questions:
            pairs += questions(self.events)
        if pauses.holds:
            pairs += _holds(self.events, pauses.reasons)
        resolved = self._first(EventKind.RESOLVED)
        ended = [(begun, end or resolved) for begun, end in pairs]
        spans = Spans.of((max(begun, start), end) for begun, end in ended if end is not None)
        standing = [max(begun, start) for begun, end in ended if end is None]
        return spans, min((begun for begun in standing if stopped is None or begun < stopped), default=None)


def questions(events: Sequence[TicketEvent]) -> list[tuple[Instant, Instant | None]]:
    """The questions of a ticket with their answers; an answer without a question is none."""
    return _stretches(events, lambda event: event.kind is EventKind.QUESTION, EventKind.ANSWER)


def _holds(events: Sequence[TicketEvent], reasons: frozenset[str]) -> list[tuple[Instant, Instant | None]]:
    """The holds of a ticket that the contract knows, with their ends."""

    def begins(event: TicketEvent) -> bool:
        return event.kind is EventKind.HOLD and (not reasons or event.reason is None or event.reason in reasons)

    return _stretches(events, begins, EventKind.RESUME)


def _stretches(
    events: Sequence[TicketEvent], begins: Callable[[TicketEvent], bool], end: EventKind
) -> list[tuple[Instant, Instant | None]]:
    """From each event that begins something to the next one that ends it; None while nothing has."""
    found: list[tuple[Instant, Instant | None]] = []
    begun: Instant | None = None
    for event in events:
        if begun is None and begins(event):
            begun = event.at
        elif begun is not None and event.kind is end:
            found.append((begun, event.at))
            begun = None
    return found if begun is None else [*found, (begun, None)]


def _amount(clock: ClockTerms, ticket: Ticket, severity: str | None) -> tuple[bool, int | None]:
    """Whether the time for a ticket is known, and how much it is; None for best effort."""
    if clock.limit is None:
        return True, None
    try:
        return True, clock.limit.amount(ticket.group, severity)
    except KeyError:
        return False, None


def _fits(event: TicketEvent, rule: EventRule) -> bool:
    return event.kind == rule.kind and _on_channel(event, rule)


def _on_channel(event: TicketEvent, rule: EventRule) -> bool:
    return not rule.channels or event.channel is None or event.channel in rule.channels
