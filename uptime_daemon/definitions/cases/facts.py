"""The facts of a case as its file writes them: states, observations, runs, tickets, conditions and the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.earlier import EarlierPeriod
from uptime_daemon.core.facts.measured import NamedAbsence
from uptime_daemon.core.facts.observation import OWN_REASONS, Observation, Outcome, Reason
from uptime_daemon.core.facts.records import Answer, Condition, Decision, Exclusion, Maintenance, SeenOutage
from uptime_daemon.core.facts.requests import RequestCount
from uptime_daemon.core.facts.run import Run
from uptime_daemon.core.facts.suspicion import Suspicion
from uptime_daemon.core.facts.ticket import CHANNELS, EventKind, Ticket, TicketEvent
from uptime_daemon.core.facts.timeline import Absence
from uptime_daemon.core.time.spans import Span
from uptime_daemon.definitions.money import CURRENCY, MoneyText, money
from uptime_daemon.definitions.nodes import FloatText, Node
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.records import Key, ListOf, OneOrMore, Record, optional, required
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    PERCENT,
    Choice,
    Flag,
    OneOf,
    Shape,
    Text,
    Version,
    Whole,
    named,
    refuse,
)
from uptime_daemon.definitions.times import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from uptime_daemon.core.time.instants import Duration, Instant

COUNT_MAX: Final = 1_000_000_000
_MICRO_DIGITS: Final = 6
_FITTING: Final[Mapping[Outcome, Sequence[Reason]]] = {
    Outcome.PASS: (Reason.NONE,),
    Outcome.FAIL: tuple(each for each in Reason if each not in OWN_REASONS),
    Outcome.ERROR: (Reason.PROBER, *sorted(OWN_REASONS - {Reason.PROBER})),
}
"""The reasons that an outcome can have, the plainest first."""
_SECONDS: Final = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class StateFact:
    """A stretch in a known state, as somebody else measured or stated it."""

    group: str
    state: str
    span: Span


@dataclass(frozen=True, slots=True)
class Seconds:
    """Elapsed seconds with up to six digits, as a number or a text."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A number, or a text."""
        return (Version(),)

    def read(self, node: Node, path: str, problems: Problems) -> Duration:
        """Elapsed microseconds."""
        written = node.value.text if isinstance(node.value, FloatText) else node.value
        if isinstance(written, str | int) and not isinstance(written, bool) and _SECONDS.fullmatch(str(written)):
            return int(Decimal(str(written)).scaleb(_MICRO_DIGITS))
        raise refuse(node, path, problems, f"{named(node)} is no number of seconds; write one such as 0.25")


def stretch(from_: Instant, to_: Instant) -> Span:
    """A stretch of time; `ValueError` if it does not end after its start."""
    if to_ <= from_:
        raise ValueError("does not end after its start; write a later `to`")
    return Span(from_, to_)


def _state(group: str, state: str, from_: Instant, to_: Instant) -> StateFact:
    return StateFact(group, state, stretch(from_, to_))


def _fitting(outcome: Outcome, reason: Reason | None) -> Reason:
    """The reason, if it is one that the outcome can have; one that nobody wrote is the plainest."""
    fitting = _FITTING[outcome]
    if reason is None:
        return fitting[0]
    if reason not in fitting:
        raise ValueError(f"outcome {outcome} cannot have the reason {reason}; write one of: {', '.join(fitting)}")
    return reason


def _observation(
    probe: str, vantage: str, at: Instant, outcome: Outcome, reason: Reason | None, seconds: Duration
) -> Observation:
    return Observation(probe, vantage, at, outcome, _fitting(outcome, reason), seconds)


def _run(
    probe: str,
    vantage: str,
    outcome: Outcome,
    reason: Reason | None,
    first: Instant,
    last: Instant,
    count: int,
    largest_distance_seconds: Duration,
) -> Run:
    if last < first:
        raise ValueError("ends before it starts; write a later `last`")
    if (count == 1) is not (first == last):
        raise ValueError("a run of one observation, and no other, starts and ends at one instant; mend the count")
    return Run(probe, vantage, outcome, _fitting(outcome, reason), first, last, count, largest_distance_seconds)


def _ticket(
    id: str | None,  # noqa: A002 - the file's key
    group: str,
    severity: str | None,
    events: tuple[TicketEvent, ...],
    outage: tuple[Instant, ...],
    cause: str | None,
    users_percent: Fraction | None,
) -> Ticket:
    ordered = tuple(sorted(events, key=lambda event: event.at))
    opened = next((event for event in ordered if event.kind in (EventKind.OPENED, EventKind.ATTEMPTED)), None)
    resolved = next((event for event in ordered if event.kind is EventKind.RESOLVED), None)
    if resolved is not None and (opened is None or resolved.at < opened.at):
        raise ValueError("is resolved before it is opened; mend the times")
    return Ticket(id or "", group, ordered, severity, outage, cause, users_percent)


def _maintenance(from_: Instant, to_: Instant, *, cancelled: bool, **rest: Any) -> Maintenance:
    return Maintenance(span=stretch(from_, to_), cancelled=cancelled, **rest)


def _exclusion(from_: Instant, to_: Instant, **rest: Any) -> Exclusion:
    return Exclusion(span=stretch(from_, to_), **rest)


def _outage(group: str, from_: Instant, to_: Instant, evidence: str, known_at: Instant | None) -> SeenOutage:
    return SeenOutage(group, stretch(from_, to_), evidence, known_at)


def _suspicion(from_: Instant, to_: Instant, **rest: Any) -> Suspicion:
    return Suspicion(span=stretch(from_, to_), **rest)


def _absence(from_: Instant, to_: Instant, reason: str, probe: str | None, vantage: str | None) -> NamedAbsence:
    return NamedAbsence(Absence(stretch(from_, to_), reason), probe, vantage)


_STRETCH: Final[dict[str, Key[Any]]] = {"from": required(Moment()), "to": required(Moment())}
_PROBE_ID: Final = Text("probe", r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)?", "vendor/web")
STRETCHES: Final = ListOf(Record(stretch, _STRETCH), at_least=1)
"""A list of `{from, to}`: what a vendor says was down."""
STATE: Final = Record(
    _state,
    {"group": required(IDENTIFIER), "state": required(OneOf(("up", "down", "unknown"))), **_STRETCH},
)
OBSERVATION: Final = Record(
    _observation,
    {
        "probe": required(_PROBE_ID),
        "vantage": optional(IDENTIFIER, "here"),
        "at": required(Moment()),
        "outcome": required(Choice(Outcome)),
        "reason": optional(Choice(Reason)),
        "seconds": optional(Seconds(), 0),
    },
)
RUN: Final = Record(
    _run,
    {
        "probe": required(_PROBE_ID),
        "vantage": optional(IDENTIFIER, "here"),
        "outcome": required(Choice(Outcome)),
        "reason": optional(Choice(Reason)),
        "first": required(Moment()),
        "last": required(Moment()),
        "count": required(Whole(1, COUNT_MAX)),
        "largest_distance_seconds": optional(Seconds(), 0),
    },
)


def _event(contents: tuple[str, ...] | None, **rest: Any) -> TicketEvent:
    return TicketEvent(contents=None if contents is None else frozenset(contents), **rest)


EVENT: Final = Record(
    _event,
    {
        "kind": required(Choice(EventKind)),
        "at": required(Moment()),
        "channel": optional(OneOf(CHANNELS)),
        "evidence": optional(Text()),
        "known_at": optional(Moment()),
        "reason": optional(IDENTIFIER),
        "contents": optional(ListOf(IDENTIFIER)),
    },
)
TICKET: Final = Record(
    _ticket,
    {
        "id": optional(Version()),
        "group": required(IDENTIFIER),
        "severity": optional(Version()),
        "users_percent": optional(PERCENT),
        "events": required(ListOf(EVENT, at_least=1)),
        "outage": optional(OneOrMore(Moment(), at_least=0), ()),
        "cause": optional(IDENTIFIER),
    },
)
CONDITION: Final = Record(
    Condition,
    {
        "id": required(IDENTIFIER),
        "state": required(Choice(Answer)),
        "evidence": optional(Text()),
        "known_at": optional(Moment()),
    },
)
MAINTENANCE: Final = Record(
    _maintenance,
    {
        **_STRETCH,
        "group": optional(IDENTIFIER),
        "id": optional(Version()),
        "replaces": optional(Version()),
        "kind": optional(Text()),
        "emergency": optional(Flag(), default=False),
        "announced_at": optional(Moment()),
        "received_at": optional(Moment()),
        "published_at": optional(Moment()),
        "channel": optional(Text()),
        "cause": optional(IDENTIFIER),
        "cancelled": optional(Flag(), default=False),
        "cancelled_at": optional(Moment()),
        "known_at": optional(Moment()),
        "evidence": optional(Text()),
    },
)
EXCLUSION: Final = Record(
    _exclusion,
    {
        **_STRETCH,
        "group": optional(IDENTIFIER),
        "cause": required(IDENTIFIER),
        "decision": required(Choice(Decision)),
        "known_at": optional(Moment()),
        "evidence": optional(Text()),
    },
)
OUTAGE: Final = Record(
    _outage,
    {
        "group": required(IDENTIFIER),
        **_STRETCH,
        "evidence": required(Text()),
        "known_at": optional(Moment()),
    },
)
SUSPICION: Final = Record(
    _suspicion,
    {
        "group": required(IDENTIFIER),
        "probe": required(_PROBE_ID),
        **_STRETCH,
        "reason": required(Choice(Reason)),
        "confirmed_at": optional(Moment()),
        "evidence": optional(Text()),
    },
)
ABSENCE: Final = Record(
    _absence,
    {
        **_STRETCH,
        "reason": required(IDENTIFIER),
        "probe": optional(_PROBE_ID),
        "vantage": optional(IDENTIFIER),
    },
)


def _earlier(credited: str | None, currency: str | None, missed: tuple[str, ...], **rest: Any) -> EarlierPeriod:
    if (credited is None) is not (currency is None):
        raise ValueError("credited and currency belong together; write both or neither")
    paid = None if credited is None or currency is None else money(credited, currency)
    return EarlierPeriod(missed=frozenset(missed), credited=paid, **rest)


def _requests(group: str, from_: Instant, to_: Instant, total: int, failed: int) -> RequestCount:
    return RequestCount(group, stretch(from_, to_), total, failed)


REQUESTS: Final = Record(
    _requests,
    {
        "group": required(IDENTIFIER),
        **_STRETCH,
        "total": required(Whole(0, COUNT_MAX)),
        "failed": required(Whole(0, COUNT_MAX)),
    },
)
EARLIER: Final = Record(
    _earlier,
    {
        "group": required(Text("group or groups", r"[a-z0-9][a-z0-9_+-]*", "service")),
        "period": required(Version()),
        "missed": required(ListOf(IDENTIFIER)),
        "availability": optional(PERCENT),
        "credited": optional(MoneyText()),
        "currency": optional(CURRENCY),
    },
)


@dataclass(frozen=True, slots=True)
class RecordedSeries:
    """History of one probe that others measured and how long its states hold."""

    probe: str
    vantage: str
    stale_after_seconds: Duration


RECORDED: Final = Record(
    RecordedSeries,
    {
        "probe": required(_PROBE_ID),
        "vantage": required(IDENTIFIER),
        "stale_after_seconds": required(Seconds()),
    },
)


@dataclass(frozen=True, slots=True)
class FactList:
    """The facts of a case as its file gives them."""

    states: tuple[StateFact, ...] = ()
    observations: tuple[Observation, ...] = ()
    runs: tuple[Run, ...] = ()
    recorded: tuple[RecordedSeries, ...] = ()
    absences: tuple[NamedAbsence, ...] = ()
    requests: tuple[RequestCount, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    conditions: tuple[Condition, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    outages: tuple[SeenOutage, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    earlier: tuple[EarlierPeriod, ...] = ()

    @property
    def instants(self) -> tuple[Instant, ...]:
        """Every instant at which a state is stated or seen."""
        return (
            *(bound for fact in self.states for bound in fact.span),
            *(observation.at for observation in self.observations),
            *(bound for count in self.requests for bound in count.span),
            *(bound for run in self.runs for bound in (run.first, run.last)),
        )


FACTS: Final = Record(
    FactList,
    {
        "states": optional(ListOf(STATE), ()),
        "observations": optional(ListOf(OBSERVATION), ()),
        "runs": optional(ListOf(RUN), ()),
        "recorded": optional(ListOf(RECORDED), ()),
        "absences": optional(ListOf(ABSENCE), ()),
        "requests": optional(ListOf(REQUESTS), ()),
        "tickets": optional(ListOf(TICKET), ()),
        "conditions": optional(ListOf(CONDITION), ()),
        "maintenance": optional(ListOf(MAINTENANCE), ()),
        "exclusions": optional(ListOf(EXCLUSION), ()),
        "outages": optional(ListOf(OUTAGE), ()),
        "suspicions": optional(ListOf(SUSPICION), ()),
        "earlier": optional(ListOf(EARLIER), ()),
    },
)
