"""What stands now of what people and vendors stated: announced work, tickets with their clocks, missing reports."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.records import standing
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.judging.rounds import ClockState, severity_of
from uptime_daemon.core.time.instants import SECOND
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.showing.board import StatedEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.judging.downtime import JudgedOutage
    from uptime_daemon.core.judging.rounds import Round
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.intake.records import Stated
    from uptime_daemon.desk.members import GroupState

UNSTATED: Final = "unstated"
"""The severity of a ticket that has none."""
SLACK: Final[Duration] = SECOND
"""The live state and the record tell the same outage; where a vantage was away its ends may differ by a moment."""


def stated_entry(
    agreement: str,
    group: str,
    stated: Stated,
    terms: Contract,
    ticking: Sequence[Round],
    at: Instant,
) -> StatedEntry:
    """What stands about a group of an agreement's contract, but for what its live state makes of it."""
    work = [span for each, span in standing(stated.maintenance) if each.group in {None, group}]
    return StatedEntry(
        agreement=agreement,
        group=group,
        in_maintenance=any(span.start <= at < span.end for span in work),
        next_maintenance=min((span.start for span in work if span.start > at), default=None),
        tickets=open_tickets(stated.tickets, terms, group, at),
        deadlines=deadlines(terms, ticking, group),
    )


def clocks_of(terms: Contract, group: str) -> list[str]:
    """The ids of the clocks that a contract runs for tickets of a group."""
    return [clock.id for clock in terms.support.clocks if not clock.groups or group in clock.groups]


def deadlines(terms: Contract, ticking: Sequence[Round], group: str) -> dict[str, Instant | None]:
    """When the first clock of each kind that runs for a ticket of a group is due."""
    found: dict[str, Instant | None] = dict.fromkeys(clocks_of(terms, group))
    for each in ticking:
        if each.state is ClockState.RUNNING and each.due is not None and each.ticket.group == group:
            known = found.get(each.terms.id)
            found[each.terms.id] = each.due if known is None else min(known, each.due)
    return found


def open_tickets(tickets: Sequence[Ticket], terms: Contract, group: str, at: Instant) -> dict[str, int]:
    """How many tickets of a group are open, by severity; the contract's severities and those there were are told as 0.

    A ticket that nobody managed to open is none, and a resolved one is open no more.
    """
    rules = terms.support.severities
    own = [(severity_of(each, rules)[0] or UNSTATED, each) for each in tickets if each.group == group]
    counted = Counter(severity for severity, each in own if _is_open(each, at))
    names = [UNSTATED, *(each.id for each in rules.classes), *(severity for severity, _ in own)]
    return {severity: counted[severity] for severity in dict.fromkeys(names)}


def _is_open(ticket: Ticket, at: Instant) -> bool:
    resolved = ticket.first(EventKind.RESOLVED)
    opened = any(event.kind is not EventKind.ATTEMPTED and event.at <= at for event in ticket.events)
    return opened and (resolved is None or resolved.at > at)


def missing_reports(
    terms: Contract, statements: Sequence[Statement], group: str, state: GroupState, at: Instant
) -> dict[str, bool]:
    """For each duty to report: whether an outage is going on that nobody reported so.

    A duty is the contract's rule on tickets, or a condition that asks for a report on some channels.
    """
    tickets = terms.downtime.tickets
    if tickets is None:
        return {}
    reported = [each.reporting.channels for each in terms.conditions if each.reporting is not None]
    outage = _going_on(statements, group, state, at)
    down = state.state is State.DOWN
    return {
        "|".join(sorted(channels)): down and not _is_reported(outage, channels)
        for channels in (tickets.received_by, *reported)
    }


def _going_on(statements: Sequence[Statement], group: str, state: GroupState, at: Instant) -> JudgedOutage | None:
    """The judged outage of the group's present failure, if it was judged already."""
    if state.state is not State.DOWN or state.since is None:
        return None
    present = Span(state.since - SLACK, max(at, state.since + 1))
    own = (each for statement in statements for each in statement.judgement.point.outages if each.group == group)
    found = [each for each in own if each.span.start < present.end and present.start < each.span.end]
    return max(found, key=lambda each: each.span, default=None)


def _is_reported(outage: JudgedOutage | None, channels: frozenset[str]) -> bool:
    """Whether the outage has a ticket on one of the channels; a channel that nobody recorded is given the doubt."""
    if outage is None or outage.ticket is None:
        return False
    reports = [each.channel for each in outage.ticket.events if each.kind in {EventKind.OPENED, EventKind.REPORTED}]
    # A failed attempt that the contract accepts is the report.
    return not reports or any(channel is None or channel in channels for channel in reports)
