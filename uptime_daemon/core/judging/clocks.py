"""What became of the times that a contract promises for tickets: kept, missed, not shown, or still running.

Each round of a clock is held against what the other readings make of it: what only one of them calls late needs a
person's word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.judging.conditions import Claimable, answered_for, claimable
from uptime_daemon.core.judging.rounds import ClockState, Round, rounds, severity_of
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from uptime_daemon.core.facts.records import Condition
    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.terms.clock import SeverityTerms
    from uptime_daemon.core.terms.contract import Readings
    from uptime_daemon.core.time.instants import Instant


@dataclass(frozen=True, slots=True)
class JudgedClock:
    """One round with what other readings make of it."""

    round: Round
    claimable: Claimable
    conservative_due: Instant | None
    """The later one of the chosen and the conservative reading."""
    differs_by: Mapping[str, Instant | None] = field(default_factory=dict)
    """The ambiguities whose turning alone moves the recommended due instant."""
    is_contested: bool = False
    """Whether it is missed under the chosen reading and not, or not yet, under the conservative one."""


def judged_clocks(
    readings: Readings,
    tickets: Sequence[Ticket],
    conditions: Sequence[Condition],
    period: Span,
    as_of: Instant,
) -> tuple[JudgedClock, ...]:
    """Every clock that ran in a period, as known at an instant, in the order of their starts."""
    known = [then for ticket in tickets if (then := ticket.as_known(as_of)) is not None]
    chosen = list(rounds(readings.chosen, known, as_of))
    strict = _by_name(rounds(readings.conservative, known, as_of))
    base = _by_name(rounds(readings.recommended, known, as_of))
    turned = {
        name: _by_name(rounds(terms, known, as_of))
        for name, terms in readings.turned.items()
        if terms.support != readings.recommended.support
    }
    result = []
    for each in chosen:
        if each.start >= period.end or (each.stopped is not None and each.stopped < period.start):
            continue
        key = _name(each)
        recommended = base.get(key, each).due
        effects = {name: by_name[key].due for name, by_name in turned.items() if key in by_name}
        states = answered_for(readings.chosen.conditions, conditions, each.ticket)
        own = claimable(states, waived=not each.terms.claimable)
        conservative_due = _later(each.due, strict[key].due if key in strict else None)
        ended = as_of if each.stopped is None else each.stopped
        contested = each.state is ClockState.MISSED and (conservative_due is None or ended <= conservative_due)
        # What only one reading calls late, or what rests on something unrecorded, needs a person's word.
        if own is Claimable.YES and (contested or each.open_question):
            own = Claimable.OPEN
        result.append(
            JudgedClock(
                round=each,
                claimable=own,
                conservative_due=conservative_due,
                differs_by={name: effect for name, effect in effects.items() if effect != recommended},
                is_contested=contested,
            )
        )
    return tuple(sorted(result, key=lambda each: (each.round.start, each.round.ticket.id)))


def reviews(readings: Readings, tickets: Iterable[Ticket], clocks: Iterable[JudgedClock]) -> tuple[str, ...]:
    """Everything about tickets and their clocks that a person has to look at."""
    lines = [line for clock in clocks for line in clock.round.notes]
    if readings.chosen.support.clocks:
        for ticket in tickets:
            lines += _about(ticket, readings.chosen.support.severities)
    return tuple(dict.fromkeys(lines))


def _about(ticket: Ticket, terms: SeverityTerms) -> Iterator[str]:
    severity, doubtful = severity_of(ticket, terms)
    name = f"ticket {ticket.id}"
    if severity is None:
        yield f"{name}: no severity is stated, clocks that depend on it are not judged"
    elif terms.classes and severity not in {each.id for each in terms.classes}:
        known = ", ".join(each.id for each in terms.classes)
        yield f"{name}: severity {severity} is none of {known}; clocks that depend on it are not judged"
    elif doubtful:
        yield f"{name}: severity {severity} does not follow from the share of users"
    asked = 0
    held = False
    for event in ticket.events:
        at = format_instant(event.at)
        if event.kind is EventKind.QUESTION:
            asked = 1
        elif event.kind is EventKind.ANSWER:
            if not asked:
                yield f"{name}: the answer at {at} answers no question; it is kept as a comment and restarts nothing"
            asked = 0
        elif event.kind is EventKind.HOLD:
            held = True
        elif event.kind is EventKind.RESUME:
            if not held:
                yield f"{name}: the resumption at {at} ends no hold"
            held = False


def _later(one: Instant | None, other: Instant | None) -> Instant | None:
    return None if one is None or other is None else max(one, other)


def _name(each: Round) -> tuple[str, str, int]:
    return each.terms.id, each.ticket.id, each.number


def _by_name(all_rounds: Iterable[Round]) -> dict[tuple[str, str, int], Round]:
    return {_name(each): each for each in all_rounds}
