"""Random facts and terms for laws of judging: one tick is one microsecond, and a period is a few dozen of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from tests.core.builders import contract, judge, period, rules, stepped
from tests.core.generated import span_sets, windows
from uptime_daemon.core.facts.records import Decision, Exclusion
from uptime_daemon.core.facts.ticket import EventKind, Ticket, TicketEvent
from uptime_daemon.core.facts.timeline import Timeline
from uptime_daemon.core.terms.agreement import Agreement, Fee, FeeBase
from uptime_daemon.core.terms.contract import Contract, Readings
from uptime_daemon.core.terms.downtime import (
    Denominator,
    DowntimeTerms,
    Granularity,
    GranularityLevel,
    LengthComparison,
    LengthCounts,
    MinimumLength,
    StartEvent,
    StopEvent,
    TicketCover,
    TicketTerms,
    Unmeasured,
)
from uptime_daemon.core.terms.money import Money, Rounding
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.judging.statement import Statement

WINDOW: Final = Span(0, 100)
PERIOD: Final = Span(20, 80)
AGREED: Final = Agreement(
    id="acme", contract="terms", starts=None, ends=None, fees=(Fee(0, None, Money(98_765, "EUR"), FeeBase.MONTH),)
)
CREDIT: Final = stepped("availability", "0.7", "1.3", cap="60")
TARGETS: Final = (
    Target("availability", TargetKind.AVAILABILITY, Fraction("99.1"), "6"),
    Target("single", TargetKind.SINGLE_OUTAGE, Fraction(9, 60_000_000), "6"),  # nine ticks, in minutes
    Target("total", TargetKind.TOTAL_DOWNTIME, Fraction(20, 60_000_000), "6"),
)

instants = st.integers(*WINDOW)


@dataclass(frozen=True)
class Happened:
    """Facts, and the terms that they are judged by."""

    timeline: Timeline
    tickets: tuple[Ticket, ...]
    exclusions: tuple[Exclusion, ...]
    downtime: DowntimeTerms

    @property
    def terms(self) -> Contract:
        """A contract with these rules of downtime, three targets and credit by steps."""
        return contract(downtime=self.downtime, targets=TARGETS, credit=CREDIT)

    def statement(self, terms: Contract | Readings | None = None, over: Span = PERIOD) -> Statement:
        """The statement of these facts."""
        return judge(
            self.timeline,
            period(*over),
            terms or self.terms,
            agreement=AGREED,
            tickets=self.tickets,
            exclusions=self.exclusions,
        )

    def with_exclusions(self, exclusions: Sequence[Exclusion]) -> Happened:
        """The same, with these exclusions."""
        return replace(self, exclusions=tuple(exclusions))


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Any nested brackets, with unknown time for two reasons."""
    point = draw(span_sets(*WINDOW, 4))
    shortest = point & draw(span_sets(*WINDOW, 4)) if draw(st.booleans()) else point
    paused, silent = draw(span_sets(*WINDOW, 2)) - point, draw(span_sets(*WINDOW, 2)) - point
    unknown = [(reason, spans) for reason, spans in (("no_data", silent - paused), ("paused", paused)) if spans]
    longest = point | paused | silent | (draw(span_sets(*WINDOW, 3)) if draw(st.booleans()) else Spans())
    return Timeline(WINDOW, shortest, point, longest, tuple(unknown))


def _at(event: TicketEvent) -> int:
    return event.at


@st.composite
def tickets(draw: st.DrawFn, about: Timeline) -> tuple[Ticket, ...]:
    """Tickets on any channel, mostly sent around an outage's start; some linked, some confirmed, some resolved."""
    made = []
    starts = st.sampled_from([*about.point.bounds[::2], *about.longest.bounds[::2], draw(instants)])
    for number in range(draw(st.integers(0, 5))):
        opened = draw(starts) + draw(st.integers(-6, 12))
        kind = draw(st.sampled_from([EventKind.OPENED, EventKind.OPENED, EventKind.ATTEMPTED]))
        evidence = draw(st.sampled_from([None, "screenshot"]))
        channel = draw(st.sampled_from([None, "ticket", "ticket", "phone"]))
        events = [TicketEvent(kind, opened, channel, evidence)]
        if draw(st.booleans()):
            events.append(TicketEvent(EventKind.ACKNOWLEDGED, opened + 1))
        later = (EventKind.REPORTED, EventKind.REGISTERED, EventKind.WORKAROUND, EventKind.RESOLVED)
        events += [TicketEvent(each, opened + draw(st.integers(1, 30))) for each in later if draw(st.booleans())]
        severity = draw(st.sampled_from([None, "1", "2"]))
        linked = tuple(draw(st.lists(instants, max_size=2))) if draw(st.integers(0, 3)) == 0 else ()
        made.append(Ticket(f"T{number}", "service", tuple(sorted(events, key=_at)), severity, linked))
    return tuple(made)


@st.composite
def exclusions(draw: st.DrawFn) -> tuple[Exclusion, ...]:
    """A few exclusions of any cause and any decision."""
    causes = st.sampled_from(["planned", "planned", "customer", "other"])
    decisions = st.sampled_from([Decision.ACCEPTED, Decision.ACCEPTED, Decision.PROPOSED, Decision.REJECTED])
    spans = [draw(windows(*WINDOW)) for _ in range(draw(st.integers(0, 3)))]
    return tuple(Exclusion(span, draw(causes), draw(decisions)) for span in spans)


ticket_terms = st.builds(
    TicketTerms,
    received_by=st.just(frozenset({"ticket"})),
    receipts=st.sampled_from([frozenset({"opened"}), frozenset({"opened", "attempted"})]),
    covers=st.sampled_from(TicketCover),
    before=st.sampled_from([0, 5]),
)
minimums = st.builds(
    MinimumLength,
    length=st.integers(1, 9),
    comparison=st.sampled_from(LengthComparison),
    counts=st.sampled_from(LengthCounts),
    clause=st.just("2"),
)
granularities = st.builds(
    Granularity,
    unit=st.sampled_from([2, 4, 7]),
    rounding=st.sampled_from(Rounding),
    level=st.sampled_from(GranularityLevel),
    clause=st.just("2"),
)
any_terms = st.builds(
    rules,
    starts=st.sampled_from([*[StartEvent.PROBE] * 3, *StartEvent]),
    registered_as=st.sampled_from([frozenset[str](), frozenset({"1"})]),
    stops=st.sampled_from(StopEvent),
    tickets=ticket_terms,
    confirmed_by=st.sampled_from([*[frozenset[str]()] * 4, frozenset({"acknowledged"})]),
    minimum=st.none() | minimums,
    granularity=st.none() | granularities | granularities,
    unmeasured=st.sampled_from(Unmeasured),
    denominator=st.sampled_from(Denominator),
    denominator_causes=st.just(frozenset({"customer"})),
    unknown_splits=st.booleans(),
)


def _fixed(terms: DowntimeTerms) -> DowntimeTerms:
    """The same with the fixed amount that a fixed denominator needs."""
    return replace(terms, denominator_fixed=50) if terms.denominator is Denominator.FIXED else terms


downtime_terms = any_terms.map(_fixed)


@st.composite
def happening(draw: st.DrawFn) -> Happened:
    """Facts that fit each other, and any terms."""
    timeline = draw(timelines())
    return Happened(timeline, draw(tickets(timeline)), draw(exclusions()), draw(downtime_terms))


happenings = happening()
