"""Small contracts, agreements and facts: everything that a test does not speak of is as plain as can be."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.facts.facts import Facts
from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.facts.timeline import Timeline, known
from uptime_daemon.core.judging.statement import Statement, judged
from uptime_daemon.core.terms.agreement import Agreement
from uptime_daemon.core.terms.claim import Channel, ClaimTerms
from uptime_daemon.core.terms.contract import Contract, Readings
from uptime_daemon.core.terms.credit import Cap, CapKind, Credit, NoCredit, Steps
from uptime_daemon.core.terms.downtime import DowntimeTerms, TicketTerms
from uptime_daemon.core.terms.exclusion import Cause, ExclusionTerms
from uptime_daemon.core.terms.fee import FeeTerms
from uptime_daemon.core.terms.group import GroupTerms
from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.business import BusinessCalendar
from uptime_daemon.core.time.instants import SECOND, parse_instant
from uptime_daemon.core.time.openings import WorkingWeek, weekly
from uptime_daemon.core.time.periods import Period, PeriodKind
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.core.time.openings import Dates

UTC: Final = ZoneInfo("UTC")
GROUP: Final = GroupTerms("service", "Service", "1")
RULES: Final = DowntimeTerms(clause="2", formula_clause="3")
PLANNED: Final = ExclusionTerms(causes=(Cause("planned", "Planned work", "4"), Cause("customer", "Customer", "5")))
ALWAYS: Final = Agreement(id="acme", contract="terms", starts=None, ends=None)
TICKETS: Final = TicketTerms(received_by=frozenset({"portal", "ticket"}), receipts=frozenset({"opened"}))


def office(
    zone: ZoneInfo, weekdays: Iterable[int], opens: Duration, closes: Duration, holidays: Dates
) -> BusinessCalendar:
    """One stretch of hours on some weekdays (ISO numbers), without holidays."""
    return BusinessCalendar(WorkingWeek(zone, weekly(weekdays, opens, closes), holidays))


def contract(**changes: Any) -> Contract:
    """A contract about one group, by the calendar month in UTC, 99.9 %, without credit."""
    plain = Contract(
        id="terms",
        title="Terms",
        vendor="Vendor",
        version="1",
        plan=None,
        zone=UTC,
        period=PeriodKind.MONTH,
        period_clause="0",
        groups=(GROUP,),
        downtime=RULES,
        targets=(Target("availability", TargetKind.AVAILABILITY, Fraction("99.9"), "6"),),
        credit=NoCredit("7"),
        claim=ClaimTerms(Channel.MAIL, "8", "Credit", ("en",), (), ()),
        min_coverage=Fraction("0.95"),
        exclusions=PLANNED,
    )
    return replace(plain, **changes)


def stepped(
    target: str,
    size: str,
    percent: str,
    cap: str | None = None,
    *,
    clauses: tuple[str, str] = ("7", "7"),
    rounding: Rounding = Rounding.HALF_UP,
) -> Credit:
    """So many percent of the fee for each completed step below a target, at most the cap; its clause and the cap's."""
    clause, cap_clause = clauses
    caps = () if cap is None else (Cap(CapKind.PERIOD_FEE, Fraction(cap), cap_clause),)
    rule = Steps((target,), Fraction(size), Fraction(percent))
    return Credit(rule, clause, FeeTerms(cap_clause), caps, rounding=rounding)


def rules(**changes: Any) -> DowntimeTerms:
    """Rules of downtime that count every down instant from its first fail, but for what is said."""
    return replace(RULES, **changes)


def period(start: int, end: int) -> Period:
    """A period given by its ends."""
    return Period(None, "from-to", Span(start, end))


def seconds(start: float, end: float) -> Span:
    """A stretch in seconds since 1970."""
    return Span(int(start * SECOND), int(end * SECOND))


def stretch(start: str, end: str) -> Span:
    """A stretch between two written instants."""
    return Span(parse_instant(start), parse_instant(end))


def down(window: Span, *outages: tuple[int, int], unknown: Spans | None = None) -> Timeline:
    """A timeline with sharp edges that is down in these stretches."""
    return known(window, Spans.of(outages), [("no_data", unknown or Spans())])


def ticket(name: str, *events: tuple[str, int], group: str = "service", **rest: Any) -> Ticket:
    """A ticket from pairs of kind and instant; a kind may name its channel, as in `opened phone`."""
    made = []
    for kind, at in events:
        word, _, channel = kind.partition(" ")
        made.append(TicketEvent(EventKind(word), at, channel or None))
    return Ticket(name, group, tuple(made), **rest)


def statements(
    timelines: Timeline | Mapping[str, Timeline],
    over: Period,
    terms: Contract | Readings | None = None,
    *,
    agreement: Agreement = ALWAYS,
    as_of: int | None = None,
    **facts: Any,
) -> tuple[Statement, ...]:
    """The statements of these facts, judged a year after the period unless said otherwise."""
    readings = terms if isinstance(terms, Readings) else _one_reading(terms or contract())
    by_group = {"service": timelines} if isinstance(timelines, Timeline) else timelines
    late = over.span.end + 365 * 24 * 3_600 * SECOND
    return judged(readings, agreement, over, Facts(by_group, **facts), late if as_of is None else as_of)


def judge(timeline: Timeline, over: Period, terms: Contract | Readings | None = None, **facts: Any) -> Statement:
    """The only statement of these facts."""
    (statement,) = statements(timeline, over, terms, **facts)
    return statement


def _one_reading(terms: Contract) -> Readings:
    return Readings("recommended", terms, terms, terms)
