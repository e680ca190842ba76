from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.web.boards import NOW, centre_agreement, centre_terms, readings, stretch, timeline
from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.records import Maintenance
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.judging.rounds import rounds
from uptime_daemon.core.judging.statement import Statement, judged
from uptime_daemon.core.terms.clock import ClockTerms, EventRule, Limit, LimitUnit, StartRule
from uptime_daemon.core.terms.condition import ConditionKind, ConditionTerms, Reporting
from uptime_daemon.core.terms.contract import Contract
from uptime_daemon.core.terms.downtime import TicketTerms
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, Instant
from uptime_daemon.core.time.periods import named_period
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.records import Stated
from uptime_daemon.desk.members import GroupState
from uptime_daemon.desk.showing.standing import clocks_of, deadlines, missing_reports, open_tickets, stated_entry

OUTAGE = (NOW - 40 * MINUTE, NOW - 20 * SECOND)
DOWN = GroupState(State.DOWN, OUTAGE[0])


def terms() -> Contract:
    """Tickets are received by phone and in the portal; a condition asks for a call."""
    contract = centre_terms()
    tickets = TicketTerms(received_by=frozenset({"phone", "portal"}), receipts=frozenset({"opened", "attempted"}))
    called = ConditionTerms("called", "4.1", "Called", ConditionKind.REPORTED, Reporting(frozenset({"phone"})))
    return replace(contract, downtime=replace(contract.downtime, tickets=tickets), conditions=(called,))


def ticket(name: str, *events: TicketEvent, severity: str | None = None, group: str = "service") -> Ticket:
    """A ticket."""
    return Ticket(name, group, events, severity)


def opened(at: Instant, channel: str | None = "portal") -> TicketEvent:
    """A ticket is opened."""
    return TicketEvent(EventKind.OPENED, at, channel)


def statements(*tickets: Ticket) -> Sequence[Statement]:
    """June with an earlier outage and the one that goes on."""
    window = Span(stretch("2026-05-01T00:00:00", "2026-05-02T00:00:00")[0], NOW)
    service = timeline(window, stretch("2026-06-03T10:00:00", "2026-06-03T11:12:30"), OUTAGE)
    facts = Facts(timelines={"service": service}, tickets=tickets)
    return judged(readings(terms()), centre_agreement(), named_period("2026-06", terms().zone), facts, NOW)


@pytest.mark.parametrize(
    ("tickets", "missing"),
    [
        ((), {"phone|portal": True, "phone": True}),
        ((ticket("T1", opened(NOW - 30 * MINUTE)),), {"phone|portal": False, "phone": True}),
        ((ticket("T1", opened(NOW - 30 * MINUTE, "phone")),), {"phone|portal": False, "phone": False}),
        ((ticket("T1", opened(NOW - 30 * MINUTE, None)),), {"phone|portal": False, "phone": False}),
        ((ticket("T1", opened(NOW - 30 * MINUTE, "mail")),), {"phone|portal": True, "phone": True}),
        # A ticket about the outage of the third of June says nothing about this one.
        ((ticket("T1", opened(OUTAGE[0] - 18 * DAY)),), {"phone|portal": True, "phone": True}),
    ],
)
def test_report_is_missing_until_a_ticket_is_received(tickets: Sequence[Ticket], missing: dict[str, bool]) -> None:
    """While an outage goes on each duty to report is open until a ticket came on one of its own channels."""
    assert missing_reports(terms(), statements(*tickets), "service", DOWN, NOW) == missing


def test_failed_attempt_that_is_accepted_is_a_report() -> None:
    """Where the contract takes an attempt with evidence for a receipt, nobody is told to report again."""
    tried = TicketEvent(EventKind.ATTEMPTED, NOW - 30 * MINUTE, None, "screenshot")
    found = missing_reports(terms(), statements(ticket("T1", tried)), "service", DOWN, NOW)
    assert found == {"phone|portal": False, "phone": False}


@pytest.mark.parametrize("state", [State.UP, State.UNKNOWN])
def test_nothing_is_missing_where_nothing_is_down(state: State) -> None:
    """Without an outage that goes on there is nothing to report, and the series is 0 and not absent."""
    found = missing_reports(terms(), statements(), "service", GroupState(state, NOW - HOUR), NOW)
    assert found == {"phone|portal": False, "phone": False}


def test_outage_that_was_not_judged_yet_is_unreported() -> None:
    """Between a failure and its first judgement the earlier outage's ticket does not count for it."""
    old = statements(ticket("T1", opened(NOW - 30 * MINUTE)))
    fresh = GroupState(State.DOWN, NOW - 5 * SECOND)
    assert missing_reports(terms(), old, "service", fresh, NOW) == {"phone|portal": True, "phone": True}


def test_contract_without_tickets_has_no_duty() -> None:
    """Where no ticket matters none is missing."""
    contract = replace(terms(), downtime=replace(terms().downtime, tickets=None))
    assert missing_reports(contract, statements(), "service", DOWN, NOW) == {}


def test_open_tickets_by_severity() -> None:
    """Resolved tickets, failed attempts and other groups' tickets are not open; their severities are told as 0."""
    resolved = TicketEvent(EventKind.RESOLVED, NOW - HOUR, "portal")
    later = TicketEvent(EventKind.RESOLVED, NOW + HOUR, "portal")
    tickets = (
        ticket("T1", opened(NOW - 2 * HOUR), severity="1"),
        ticket("T2", opened(NOW - 2 * HOUR), later, severity="1"),
        ticket("T3", opened(NOW - 2 * HOUR), resolved, severity="3"),
        ticket("T4", TicketEvent(EventKind.ATTEMPTED, NOW - HOUR)),
        ticket("T5", opened(NOW - 2 * HOUR), severity="2", group="other"),
    )
    assert open_tickets(tickets, terms(), "service", NOW) == {"unstated": 0, "1": 2, "3": 0}


def test_announced_work_now_and_next() -> None:
    """Work is active from its first to before its last instant; called-off work and other groups' work is none."""

    def work(start: Instant, end: Instant, group: str | None = None, *, cancelled: bool = False) -> Maintenance:
        return Maintenance(Span(start, end), group, cancelled=cancelled)

    stated = Stated(
        maintenance=(
            work(NOW - HOUR, NOW, "service"),
            work(NOW, NOW + HOUR),
            work(NOW + 2 * HOUR, NOW + 3 * HOUR, "other"),
            work(NOW + 3 * HOUR, NOW + 4 * HOUR, cancelled=True),
            work(NOW + 5 * HOUR, NOW + 6 * HOUR, "service"),
        )
    )
    entry = stated_entry("acme", "service", stated, terms(), (), NOW)
    assert (entry.in_maintenance, entry.next_maintenance) == (True, NOW + 5 * HOUR)
    before = stated_entry("acme", "service", stated, terms(), (), NOW - 2 * HOUR)
    assert (before.in_maintenance, before.next_maintenance) == (False, NOW - HOUR)


def clocked() -> Contract:
    """A first answer within an hour on the clock for every group, and a fix within eight for another group alone."""

    def clock(name: str, hours: int, *groups: str) -> ClockTerms:
        limit = Limit(LimitUnit.CLOCK_HOURS, {"any": hours})
        start, stops = StartRule((EventRule("opened"),)), (EventRule("response"),)
        return ClockTerms(name, "6.1", name, start, stops, limit, groups=frozenset(groups))

    contract = terms()
    support = replace(contract.support, clocks=(clock("response", 1), clock("restore", 8, "other")))
    return replace(contract, support=support)


def test_first_deadline_of_each_clock() -> None:
    """The most urgent ticket's clock is told; one that stopped or ran out is not, nor another group's."""
    answered = TicketEvent(EventKind.RESPONSE, NOW - 30 * MINUTE, "portal")
    tickets = (
        ticket("T1", opened(NOW - 10 * MINUTE)),
        ticket("T2", opened(NOW - 20 * MINUTE)),
        ticket("T3", opened(NOW - 50 * MINUTE), answered),
        ticket("T4", opened(NOW - 3 * HOUR)),
        ticket("T5", opened(NOW - 40 * MINUTE), group="other"),
    )
    ticking = tuple(rounds(clocked(), tickets, NOW))
    assert deadlines(clocked(), ticking, "service") == {"response": NOW + 40 * MINUTE}
    assert deadlines(clocked(), ticking, "other") == {"response": NOW + 20 * MINUTE, "restore": NOW + 440 * MINUTE}
    assert deadlines(clocked(), (), "service") == {"response": None}
    assert clocks_of(clocked(), "service") == ["response"]
