"""`downtime`: from when, until when and in which unit time counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from uptime_daemon.core.facts.ticket import CHANNELS, EventKind
from uptime_daemon.core.judging.denominator import exists_in_part
from uptime_daemon.core.terms.downtime import (
    Denominator,
    DowntimeTerms,
    Granularity,
    GranularityLevel,
    LengthComparison,
    LengthCounts,
    MinimumLength,
    PartialPeriod,
    ReceiptTime,
    StartEvent,
    StopEvent,
    TicketCover,
    TicketTerms,
    Unmeasured,
)
from uptime_daemon.core.terms.money import Rounding
from uptime_daemon.core.time.business import BusinessCalendar
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.definitions.calendars import WorkingTimeShape
from uptime_daemon.definitions.records import ListOf, Record, optional, required
from uptime_daemon.definitions.shapes import IDENTIFIER, Choice, OneOf, Version
from uptime_daemon.definitions.terms.common import CLAUSE
from uptime_daemon.definitions.times import Length

if TYPE_CHECKING:
    from collections.abc import Sequence


def _tickets(zone: ZoneInfo) -> Record[TicketTerms]:
    def build(
        received_by: Sequence[str],
        receipts: Sequence[EventKind],
        receipt_time: ReceiptTime,
        covers: TicketCover,
        before: int,
        working_time: BusinessCalendar | None,
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
            "working_time": optional(WorkingTimeShape(zone)),
        },
    )


def _check_denominator(terms: DowntimeTerms) -> None:
    """Refuse a denominator whose keys do not fit it."""
    if (terms.denominator is Denominator.PERIOD_MINUS_CAUSES) is not bool(terms.denominator_causes):
        raise ValueError("period_minus_causes and denominator_causes belong together; write both or neither")
    if (terms.denominator is Denominator.FIXED) is (terms.denominator_fixed is None):
        raise ValueError("denominator fixed and denominator_fixed belong together; write both or neither")
    whole = terms.denominator is Denominator.FIXED
    if whole and (exists_in_part(terms) or terms.unmeasured is Unmeasured.EXCLUDED):
        raise ValueError("a fixed denominator has no part; write partial_period: rest_up and unmeasured: up")


def downtime(zone: ZoneInfo) -> Record[DowntimeTerms]:
    """From when, until when and in which unit downtime counts; hours are of the contract's zone."""

    def build(
        tickets: TicketTerms | None,
        confirmed_by: Sequence[EventKind],
        registered_as: Sequence[str],
        denominator_causes: Sequence[str],
        **terms: Any,
    ) -> DowntimeTerms:
        built = DowntimeTerms(
            tickets=tickets,
            confirmed_by=frozenset(confirmed_by),
            registered_as=frozenset(registered_as),
            denominator_causes=frozenset(denominator_causes),
            **terms,
        )
        needs = built.starts is not StartEvent.PROBE or built.stops is not StopEvent.RECOVERY or confirmed_by
        if needs and tickets is None:
            raise ValueError("depends on tickets; write tickets: {received_by: [...], receipts: [opened]}")
        if registered_as and built.starts is not StartEvent.REGISTERED:
            raise ValueError("registered_as is for starts: registered; leave it out")
        _check_denominator(built)
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
            "registered_as": optional(ListOf(Version()), ()),
            "denominator": optional(Choice(Denominator), Denominator.PERIOD),
            "denominator_causes": optional(ListOf(IDENTIFIER), ()),
            "denominator_fixed": optional(Length()),
            "partial_period": optional(Choice(PartialPeriod), PartialPeriod.REST_UP),
        },
    )
