"""What each term of a contract may look like in its file: one shape a term, told apart by closed sets of words."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.facts.ticket import CHANNELS, EventKind
from uptime_daemon.core.terms.contract import (
    Ambiguity,
    Announced,
    Cause,
    Channel,
    ClaimTerms,
    ConditionKind,
    ConditionTerms,
    Credit,
    DeadlineAnchor,
    Denominator,
    DowntimeTerms,
    ExclusionTerms,
    Granularity,
    GranularityLevel,
    LengthComparison,
    LengthCounts,
    MaintenanceWindow,
    MinimumLength,
    NoCredit,
    NoticeTime,
    NoticeUnit,
    PrimaryCombination,
    PrimaryTerms,
    ReceiptTime,
    Stage,
    StartEvent,
    Steps,
    StopEvent,
    Target,
    TargetKind,
    TicketCover,
    TicketTerms,
    TotalLoss,
    Unmeasured,
)
from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.time.business import WeeklyWindow, WorkingTime
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.core.time.periods import PeriodKind
from uptime_daemon.definitions.documents import Node
from uptime_daemon.definitions.holidays import NO_HOLIDAYS, Holidays
from uptime_daemon.definitions.problems import Problems
from uptime_daemon.definitions.shapes import (
    IDENTIFIER,
    LIMIT,
    PERCENT,
    Choice,
    Flag,
    Length,
    ListOf,
    OneOf,
    Quoted,
    Record,
    Text,
    Version,
    WallTime,
    Whole,
    named,
    optional,
    refuse,
    required,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE_PERCENT: Final = 100

CLAUSE: Final = Version()
AMBIGUITY_ID: Final = Text("ambiguity id", r"AMB-[A-Z0-9]+-\d+[A-Z]?", "AMB-ABC-1")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _weekdays(names: Sequence[str]) -> frozenset[int]:
    return frozenset(_WEEKDAYS.index(name) + 1 for name in names)


@dataclass(frozen=True, slots=True)
class _Weekdays:
    def read(self, node: Node, path: str, problems: Problems) -> frozenset[int]:
        return _weekdays(ListOf(OneOf(_WEEKDAYS), at_least=1).read(node, path, problems))


@dataclass(frozen=True, slots=True)
class _WorkingTime:
    """`{weekdays, from, to, holidays}` in the contract's zone."""

    zone: ZoneInfo

    def read(self, node: Node, path: str, problems: Problems) -> WorkingTime:
        def build(weekdays: frozenset[int], from_: int, to_: int, holidays: Any) -> WorkingTime:
            if to_ <= from_:
                raise ValueError("closes before it opens; write a later `to`")
            return WorkingTime(self.zone, weekdays, from_, to_, holidays)

        return Record(
            build,
            {
                "weekdays": required(_Weekdays()),
                "from": required(WallTime()),
                "to": required(WallTime()),
                "holidays": optional(Holidays(), NO_HOLIDAYS),
            },
        ).read(node, path, problems)


@dataclass(frozen=True, slots=True)
class _Excuses:
    """A list of stated causes, or `any`."""

    def read(self, node: Node, path: str, problems: Problems) -> frozenset[str] | None:
        if node.value == "any":
            return None
        return frozenset(ListOf(IDENTIFIER, at_least=1).read(node, path, problems))


def _tickets(zone: ZoneInfo) -> Record[TicketTerms]:
    def build(
        received_by: Sequence[str],
        receipts: Sequence[EventKind],
        receipt_time: ReceiptTime,
        covers: TicketCover,
        before: int,
        working_time: WorkingTime | None,
    ) -> TicketTerms:
        if receipt_time is ReceiptTime.WORKING_TIME and working_time is None:
            raise ValueError("receipt_time working_time needs the vendor's working_time; write it")
        return TicketTerms(
            received_by=frozenset(received_by),
            receipts=frozenset(receipts),
            receipt_time=receipt_time,
            covers=covers,
            before=before,
            working_time=working_time,
        )

    return Record(
        build,
        {
            "received_by": required(ListOf(OneOf(CHANNELS), at_least=1)),
            "receipts": required(ListOf(Choice(EventKind), at_least=1)),
            "receipt_time": optional(Choice(ReceiptTime), ReceiptTime.AT_ONCE),
            "covers": optional(Choice(TicketCover), TicketCover.OUTAGE),
            "before": optional(Length(DAY), 15 * MINUTE),
            "working_time": optional(_WorkingTime(zone)),
        },
    )


def downtime(zone: ZoneInfo) -> Record[DowntimeTerms]:
    """From when, until when and in which unit downtime counts; hours are of the contract's zone."""

    def build(tickets: TicketTerms | None, confirmed_by: Sequence[EventKind], **terms: Any) -> DowntimeTerms:
        built = DowntimeTerms(tickets=tickets, confirmed_by=frozenset(confirmed_by), **terms)
        needs = built.starts is StartEvent.TICKET or built.stops is StopEvent.RESOLVED or confirmed_by
        if needs and tickets is None:
            raise ValueError("depends on tickets; write tickets: {received_by: [...], receipts: [opened]}")
        return built

    minimum = Record(
        MinimumLength,
        {
            "length": required(Length()),
            "comparison": required(Choice(LengthComparison)),
            "counts": required(Choice(LengthCounts)),
            "clause": required(CLAUSE),
        },
    )
    granularity = Record(
        Granularity,
        {
            "unit": required(Length(DAY)),
            "rounding": required(Choice(Rounding)),
            "level": required(Choice(GranularityLevel)),
            "clause": required(CLAUSE),
        },
    )
    return Record(
        build,
        {
            "clause": required(CLAUSE),
            "formula_clause": required(CLAUSE),
            "starts": optional(Choice(StartEvent), StartEvent.PROBE),
            "stops": optional(Choice(StopEvent), StopEvent.RECOVERY),
            "tickets": optional(_tickets(zone)),
            "confirmed_by": optional(ListOf(Choice(EventKind)), ()),
            "minimum": optional(minimum),
            "granularity": optional(granularity),
            "unmeasured": optional(Choice(Unmeasured), Unmeasured.UP),
            "denominator": optional(Choice(Denominator), Denominator.PERIOD),
        },
    )


def _window(zone: ZoneInfo) -> Record[MaintenanceWindow]:
    def build(
        cause: str, clause: str, weekdays: frozenset[int], from_: int, to_: int, void_on: Any, excuses: Any
    ) -> MaintenanceWindow:
        ends = to_ if to_ > from_ else to_ + DAY  # a window over midnight ends on the day after its start day
        return MaintenanceWindow(
            cause=cause,
            clause=clause,
            window=WeeklyWindow(zone, weekdays, from_, ends, void_on),
            excuses=excuses,
        )

    return Record(
        build,
        {
            "cause": required(IDENTIFIER),
            "clause": required(CLAUSE),
            "weekdays": required(_Weekdays()),
            "from": required(WallTime()),
            "to": required(WallTime()),
            "void_on": optional(Holidays(), NO_HOLIDAYS),
            "excuses": required(_Excuses()),
        },
    )


def exclusions(zone: ZoneInfo) -> Record[ExclusionTerms]:
    """The causes that excuse, recurring windows and announced work; hours are of the contract's zone."""

    def build(
        causes: tuple[Cause, ...], windows: tuple[MaintenanceWindow, ...], announced: Announced | None
    ) -> ExclusionTerms:
        if announced and announced.unit is NoticeUnit.BUSINESS_DAYS and announced.working_time is None:
            raise ValueError("notice in business days needs working_time; write it under announced")
        return ExclusionTerms(causes, windows, announced)

    cause = Record(Cause, {"id": required(IDENTIFIER), "title": required(Text()), "clause": required(CLAUSE)})
    announced = Record(
        Announced,
        {
            "cause": required(IDENTIFIER),
            "clause": required(CLAUSE),
            "amount": required(Whole(0, 1000)),
            "unit": required(Choice(NoticeUnit)),
            "judged_by": required(Choice(NoticeTime)),
            "working_time": optional(_WorkingTime(zone)),
        },
    )
    return Record(
        build,
        {
            "causes": required(ListOf(cause)),
            "windows": optional(ListOf(_window(zone)), ()),
            "announced": optional(announced),
        },
    )


def _target(
    id: str,  # noqa: A002 - the file's key
    kind: TargetKind,
    limit: Fraction,
    clause: str,
    rests_on: Sequence[str],
    *,
    claimable: bool,
) -> Target:
    if kind is TargetKind.AVAILABILITY and limit > WHOLE_PERCENT:
        raise ValueError("an availability is at most 100; write a percentage")
    return Target(id=id, kind=kind, limit=limit, clause=clause, claimable=claimable, rests_on=tuple(rests_on))


TARGET: Final = Record(
    _target,
    {
        "id": required(IDENTIFIER),
        "kind": required(Choice(TargetKind)),
        "limit": required(LIMIT),
        "clause": required(CLAUSE),
        "claimable": optional(Flag(), default=True),
        "rests_on": optional(ListOf(AMBIGUITY_ID), ()),
    },
)


@dataclass(frozen=True, slots=True)
class CreditShape:
    """One of the credit kinds, told apart by `kind`."""

    def read(self, node: Node, path: str, problems: Problems) -> Credit:
        """The credit's terms."""
        if not isinstance(node.value, dict):
            raise refuse(node, path, problems, "is no mapping; write kind: none or kind: steps with its keys")
        kind_node = node.value.get("kind")
        kind = None if kind_node is None else kind_node.value
        match kind:
            case "none":
                return Record(_no_credit, {"kind": required(Text()), "clause": required(CLAUSE)}).read(
                    node, path, problems
                )
            case "steps":
                return Record(
                    _steps,
                    {
                        "kind": required(Text()),
                        "target": required(IDENTIFIER),
                        "size": required(Quoted("step in percentage points", "0.1", at_most=100)),
                        "percent": required(PERCENT),
                        "cap": optional(PERCENT),
                        "clause": required(CLAUSE),
                        "cap_clause": optional(CLAUSE, ""),
                        "rounding": optional(Choice(Rounding), Rounding.HALF_UP),
                    },
                ).read(node, path, problems)
            case _:
                what = "is missing" if kind_node is None else f"{named(kind_node)} is no kind of credit"
                raise refuse(kind_node or node, f"{path}.kind", problems, f"{what}; write one of: none, steps")


def _no_credit(kind: str, clause: str) -> NoCredit:  # noqa: ARG001 - the key is read and refused elsewhere
    return NoCredit(clause)


def _steps(kind: str, size: Fraction, **terms: Any) -> Steps:  # noqa: ARG001 - as above
    if size == 0:
        raise ValueError('a step of 0 is never completed; write one such as "0.1"')
    return Steps(size=size, **terms)


def _condition(channels: Sequence[str], kind: ConditionKind, **terms: Any) -> ConditionTerms:
    if (kind is ConditionKind.REPORTED) is not bool(channels):
        raise ValueError("kind reported and channels belong together; write both or neither")
    return ConditionTerms(kind=kind, channels=frozenset(channels), **terms)


CONDITION: Final = Record(
    _condition,
    {
        "id": required(IDENTIFIER),
        "clause": required(CLAUSE),
        "title": required(Text()),
        "kind": optional(Choice(ConditionKind), ConditionKind.STATED),
        "channels": optional(ListOf(OneOf(CHANNELS)), ()),
    },
)


def _stage(id: str, clause: str, anchor: DeadlineAnchor | None, days: int) -> Stage:  # noqa: A002 - the file's key
    if anchor is None and days:
        raise ValueError("days are counted from an anchor; write anchor: period_end")
    return Stage(id=id, clause=clause, anchor=anchor, days=days)


STAGE: Final = Record(
    _stage,
    {
        "id": required(OneOf(("provisional", "final"))),
        "clause": required(CLAUSE),
        "anchor": optional(Choice(DeadlineAnchor)),
        "days": optional(Whole(0, 3660), 0),
    },
)
CLAIM: Final = Record(
    ClaimTerms,
    {
        "channel": required(Choice(Channel)),
        "clause": required(CLAUSE),
        "subject": required(Text()),
        "languages": required(ListOf(Text("language", r"[a-z]{2}", "en"), at_least=1)),
        "stages": required(ListOf(STAGE, at_least=1)),
        "evidence": required(ListOf(Text())),
        "address": optional(Text("mail address", r"[^@\s]+@[^@\s]+", "credits@vendor.example")),
    },
)


@dataclass(frozen=True, slots=True)
class GroupHead:
    """A group as the file writes it; its id is its key."""

    title: str
    clause: str
    counts: bool
    judged: bool


GROUP: Final = Record(
    GroupHead,
    {
        "title": required(Text()),
        "clause": required(CLAUSE),
        "counts": optional(Flag(), default=True),
        "judged": optional(Flag(), default=True),
    },
)
TOTAL_LOSS: Final = Record(
    TotalLoss,
    {
        "group": required(IDENTIFIER),
        "functions": required(IDENTIFIER),
        "condition": optional(IDENTIFIER),
        "clause": required(CLAUSE),
    },
)
PRIMARY: Final = Record(PrimaryTerms, {"combination": required(Choice(PrimaryCombination)), "clause": required(CLAUSE)})
AMBIGUITY: Final = Record(
    Ambiguity,
    {
        "id": required(AMBIGUITY_ID),
        "clause": required(CLAUSE),
        "question": required(Text()),
        "recommended": required(Text()),
        "conservative": required(Text()),
    },
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the contract leaves to the agreement."""

    clause: str
    needed_for: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A variant of the contract with numbers of its own."""

    title: str
    clause: str


@dataclass(frozen=True, slots=True)
class PeriodHead:
    """A period as the file writes it."""

    kind: PeriodKind
    clause: str
    start_month: int


def _period(kind: PeriodKind, clause: str, start_month: int) -> PeriodHead:
    return PeriodHead(kind, clause, start_month)


PARAMETER: Final = Record(Parameter, {"clause": required(CLAUSE), "needed_for": required(Text())})
PLAN: Final = Record(Plan, {"title": required(Text()), "clause": required(CLAUSE)})
PERIOD: Final = Record(
    _period,
    {
        "kind": required(Choice(PeriodKind)),
        "clause": required(CLAUSE),
        "start_month": optional(Whole(1, 12), 1),
    },
)
