"""Whose ticket reports which outage, and when the vendor counts it as received."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from tests.core.builders import TICKETS, contract, down, judge, office, period, rules, ticket
from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.judging.downtime import tickets_of
from uptime_daemon.core.terms.downtime import ReceiptTime, StartEvent, TicketCover, TicketTerms
from uptime_daemon.core.time.instants import HOUR, MINUTE, parse_instant
from uptime_daemon.core.time.spans import Span

# Three outages in minutes: A from 100 to 130, B from 200 to 220, C from 224 to 260.
OUTAGES: Final = {"A": (100, 130), "B": (200, 220), "C": (224, 260)}
SPANS: Final = {name: Span(start * MINUTE, end * MINUTE) for name, (start, end) in OUTAGES.items()}


def opened(name: str, at: int, *events: tuple[str, int], **rest: Any) -> Ticket:
    """A ticket opened in a minute, with further events in minutes."""
    minutes = [(kind, minute * MINUTE) for kind, minute in (("opened", at), *events)]
    if "outages" in rest:
        rest["outages"] = tuple(minute * MINUTE for minute in rest["outages"])
    return ticket(name, *minutes, **rest)


def owners(tickets: list[Ticket], terms: TicketTerms = TICKETS) -> str:
    """Which ticket each outage has: `A=T1`, separated by blanks."""
    found = tickets_of(tuple(SPANS.values()), tickets, terms)
    return " ".join(f"{name}={found[span][0].id}" for name, span in SPANS.items() if span in found)


@pytest.mark.parametrize(
    ("at", "owned"),
    [
        # a ticket alone, by the minute in which it was opened
        (84, ""),
        (85, "A=T1"),  # fifteen minutes before the first fail
        (99, "A=T1"),
        (100, "A=T1"),
        (129, "A=T1"),
        (130, ""),  # the outage is over
        (184, ""),
        (185, "B=T1"),
        (210, "B=T1"),  # also within 15 minutes before C: the earliest outage without a ticket has it
        (219, "B=T1"),
        (220, "C=T1"),
        (259, "C=T1"),
        (260, ""),
    ],
)
def test_a_ticket_belongs_to_the_earliest_outage_it_fits(at: int, owned: str) -> None:
    """From fifteen minutes before an outage's first fail until just before its end, a ticket is about it."""
    assert owners([opened("T1", at)]) == owned


def test_the_edges_of_fitting_are_exact() -> None:
    """Fifteen minutes are fifteen minutes to the microsecond, and an outage's end is outside it."""
    span = SPANS["A"]
    for at, fits in ((-1, False), (0, True)):
        early = ticket("T1", ("opened", span.start - 15 * MINUTE + at))
        assert bool(tickets_of([span], [early], TICKETS)) is fits
    for at, fits in ((-1, True), (0, False)):
        late = ticket("T1", ("opened", span.end + at))
        assert bool(tickets_of([span], [late], TICKETS)) is fits


@pytest.mark.parametrize(
    ("tickets", "owned"),
    [
        ([("T1", 205), ("T2", 208)], "B=T1"),  # sixteen minutes before C
        ([("T1", 205), ("T2", 210)], "B=T1 C=T2"),  # the second goes to the next outage it fits
        ([("T2", 210), ("T1", 205)], "B=T1 C=T2"),  # whatever the order in which they are told
        ([("T1", 101), ("T2", 102)], "A=T1"),  # a duplicate has no outage left
        ([("T2", 210), ("T1", 210)], "B=T1 C=T2"),  # at one instant the name decides
        ([("T1", 90), ("T2", 190), ("T3", 230)], "A=T1 B=T2 C=T3"),
    ],
)
def test_each_outage_has_the_first_ticket_that_fits(tickets: list[tuple[str, int]], owned: str) -> None:
    """Tickets are given out in the order in which they were sent."""
    assert owners([opened(name, at) for name, at in tickets]) == owned


def test_a_person_links_a_ticket() -> None:
    """A linked ticket belongs to what it names, however late it came, to several outages, and to no others."""
    assert owners([opened("T1", 500, outages=(110,))]) == "A=T1"
    assert owners([opened("T1", 110, outages=(205, 259))]) == "B=T1 C=T1"
    assert owners([opened("T1", 110, outages=(130,))]) == ""
    assert owners([opened("T1", 110, outages=(100,))]) == "A=T1"


def test_a_link_wins_over_a_guess() -> None:
    """The outage that a person linked keeps that ticket, also against an earlier one, which takes the next it fits."""
    assert owners([opened("T1", 210), opened("T2", 215, outages=(205,))]) == "B=T2 C=T1"
    assert owners([opened("T1", 105), opened("T2", 110, outages=(105,))]) == "A=T2"
    assert owners([opened("T2", 110, outages=(105,)), opened("T1", 107, outages=(105,))]) == "A=T1"


@pytest.mark.parametrize(
    ("events", "owned"),
    [
        ((), "A=T1 B=T1 C=T1"),  # unresolved for ever
        ((("resolved", 225),), "A=T1 B=T1 C=T1"),
        ((("resolved", 224),), "A=T1 B=T1"),  # resolved at the instant at which C starts
        ((("resolved", 200),), "A=T1"),
        ((("resolved", 130), ("resolved", 300)), "A=T1"),  # the first resolution decides
    ],
)
def test_an_open_ticket_covers_later_outages_of_the_problem(events: tuple[tuple[str, int], ...], owned: str) -> None:
    """Where the contract says so, later outages of the group belong to the ticket while it is unresolved."""
    terms = TicketTerms(TICKETS.received_by, TICKETS.receipts, covers=TicketCover.OPEN_PROBLEM)
    assert owners([opened("T1", 110, *events)], terms) == owned
    assert owners([opened("T1", 110, *events)]) == "A=T1"


def test_a_ticket_of_its_own_goes_before_an_open_problem() -> None:
    """An outage with a fitting ticket of its own has that one; an earlier outage is never covered by a later ticket."""
    terms = TicketTerms(TICKETS.received_by, TICKETS.receipts, covers=TicketCover.OPEN_PROBLEM)
    assert owners([opened("T1", 110), opened("T2", 205)], terms) == "A=T1 B=T2 C=T1"
    assert owners([opened("T2", 205)], terms) == "B=T2 C=T2"


@pytest.mark.parametrize(
    ("kind", "channel", "evidence", "receipts", "received"),
    [
        ("opened", "portal", None, {"opened"}, True),
        ("opened", "ticket", None, {"opened"}, True),
        ("opened", None, None, {"opened"}, True),  # nobody wrote down the channel
        ("opened", "phone", None, {"opened"}, False),
        ("opened", "mail", "header.eml", {"opened"}, False),
        ("attempted", "portal", "screenshot.png", {"opened"}, False),
        ("attempted", "portal", "screenshot.png", {"opened", "attempted"}, True),
        ("attempted", "portal", None, {"opened", "attempted"}, False),
        ("attempted", "portal", "", {"opened", "attempted"}, False),
        ("attempted", "mail", "bounce.eml", {"opened", "attempted"}, False),
        ("comment", "portal", None, {"opened"}, False),
    ],
)
def test_what_is_a_receipt(
    kind: str, channel: str | None, evidence: str | None, receipts: set[str], received: bool
) -> None:
    """A ticket counts by an event, on a channel that the contract accepts; a failed attempt only with evidence."""
    event = TicketEvent(EventKind(kind), 110 * MINUTE, channel, evidence)
    terms = TicketTerms(TICKETS.received_by, frozenset(receipts))
    assert owners([Ticket("T1", "service", (event,))], terms) == ("A=T1" if received else "")


def test_the_first_accepted_event_is_the_receipt() -> None:
    """A call that does not count is followed by a ticket that does: the ticket's instant is the receipt."""
    both = ticket("T1", ("opened phone", 101 * MINUTE), ("opened portal", 104 * MINUTE))
    assert tickets_of([SPANS["A"]], [both], TICKETS) == {SPANS["A"]: (both, 104 * MINUTE)}


KYIV: Final = ZoneInfo("Europe/Kyiv")
OFFICE: Final = office(KYIV, frozenset(range(1, 6)), 9 * HOUR, 18 * HOUR, frozenset())
DAYTIME: Final = TicketTerms(
    TICKETS.received_by, TICKETS.receipts, receipt_time=ReceiptTime.WORKING_TIME, working_time=OFFICE
)


@pytest.mark.parametrize(
    ("from_", "to", "sent", "at_once", "working_time", "reason"),
    [
        # an outage over a night, in minutes that count when the ticket counts at once, and from the next working time
        ("2026-06-03T22:00", "2026-06-04T10:00", "2026-06-03T22:05", 715, 60, "before_ticket"),
        ("2026-06-03T22:00", "2026-06-04T08:00", "2026-06-03T22:05", 595, 0, "before_ticket"),
        ("2026-06-03T10:00", "2026-06-03T11:00", "2026-06-03T10:20", 40, 40, "before_ticket"),
        ("2026-06-05T17:00", "2026-06-08T09:30", "2026-06-05T18:00", 3_810, 30, "before_ticket"),  # over a weekend
    ],
)
def test_a_ticket_at_night_may_count_from_the_morning(
    from_: str, to: str, sent: str, at_once: int, working_time: int, reason: str
) -> None:
    """Whose ticket it is follows from when it was sent; from when the outage counts, from when it is received."""
    start, end, at = (parse_instant(f"{text}:00+03:00") for text in (from_, to, sent))
    june = period(parse_instant("2026-06-01T00:00:00+03:00"), parse_instant("2026-07-01T00:00:00+03:00"))
    for terms, minutes in ((TICKETS, at_once), (DAYTIME, working_time)):
        judged = judge(
            down(june.span, (start, end)),
            june,
            contract(downtime=rules(starts=StartEvent.TICKET, tickets=terms)),
            tickets=[ticket("T1", ("opened portal", at))],
        ).judgement
        assert judged.point.downtime == minutes * MINUTE
        assert {why.value: spans.total for why, spans in judged.labels.not_counted} == {
            reason: end - start - minutes * MINUTE
        }


def test_a_ticket_at_night_is_about_that_night() -> None:
    """A ticket sent for an outage at night is not taken for the report of another outage the next morning."""
    night = Span(parse_instant("2026-06-03T22:00:00+03:00"), parse_instant("2026-06-03T23:00:00+03:00"))
    morning = Span(parse_instant("2026-06-04T08:55:00+03:00"), parse_instant("2026-06-04T09:30:00+03:00"))
    sent = ticket("T1", ("opened portal", night.start + MINUTE))
    found = tickets_of([night, morning], [sent], DAYTIME)
    assert found == {night: (sent, parse_instant("2026-06-04T09:00:00+03:00"))}


def test_what_was_known_of_a_ticket() -> None:
    """Events recorded later were not known; a ticket without any known event was not known itself."""
    first, second = TicketEvent(EventKind.OPENED, 0, known_at=5), TicketEvent(EventKind.RESOLVED, 1, known_at=9)
    whole = Ticket("T1", "service", (first, second))
    assert [whole.as_known(at) for at in (4, 5, 9)] == [None, Ticket("T1", "service", (first,)), whole]
