"""Which stretches do not count and for which cause: the contract's windows, announced work, a person's decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from uptime_daemon.core.facts.records import Decision, Exclusion, Maintenance, standing
from uptime_daemon.core.judging.memory import once
from uptime_daemon.core.terms.exclusion import (
    Announced,
    EmergencyTreatment,
    ExclusionTerms,
    MaintenanceWindow,
    NoticeTime,
    NoticeUnit,
)
from uptime_daemon.core.time.instants import DAY, HOUR
from uptime_daemon.core.time.periods import period_at, periods_within
from uptime_daemon.core.time.spans import Span, Spans, at_least, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from uptime_daemon.core.judging.memory import Memory
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Duration, Instant

UNSTATED: Final = "unknown"
"""The cause of an outage about which nobody stated one."""

StatedCause = tuple[Span, str]
"""A stretch and the cause that the vendor stated for it."""


def excused(
    contract: Contract,
    groups: frozenset[str],
    window: Span,
    maintenance: Sequence[Maintenance],
    exclusions: Sequence[Exclusion],
    ticket_causes: Sequence[StatedCause],
    upstream_down: Mapping[str, Spans],
    memory: Memory,
) -> tuple[tuple[str, Spans], ...]:
    """For each cause, in the contract's order, the stretches of the window that it excuses; the sets are disjoint.

    `groups` are the contract's groups that make up what is judged; a fact without a group speaks of all of them.
    `upstream_down` is when the groups were down that stand for somebody else's services.
    """
    terms = contract.exclusions
    announced = [(work, span) for work, span in standing(maintenance) if work.group is None or work.group in groups]
    stated = [(span, work.cause) for work, span in announced if work.cause] + list(ticket_causes)
    by_cause: dict[str, list[Spans]] = {cause.id: [] for cause in terms.causes}
    for recurring in terms.windows:
        by_cause[recurring.cause].append(_window_spans(recurring, window, stated, memory))
    for work, span in announced:
        if (cause := _excusing_cause(work, terms)) is not None:
            by_cause[cause].append(Spans.one(*span))
    for upstream in terms.upstreams:
        by_cause[upstream.cause].append(upstream_down.get(upstream.group, Spans()))
    for exclusion in exclusions:
        # A cause that only another reading excuses is no cause under this one.
        excuses = exclusion.cause in by_cause and _subtracted(exclusion, contract)
        if excuses and (exclusion.group is None or exclusion.group in groups):
            by_cause[exclusion.cause].append(Spans.one(*exclusion.span))
    return tuple((cause, spans.clip(window)) for cause, spans in _disjoint(by_cause))


def _excusing_cause(work: Maintenance, terms: ExclusionTerms) -> str | None:
    """The cause under which planned work or an emergency is excused, None if it counts."""
    if work.emergency and terms.emergency is not None:
        return terms.emergency.cause if terms.emergency.treatment is EmergencyTreatment.EXCLUDED else None
    return terms.announced.cause if terms.announced is not None and noticed(work, terms.announced) else None


def capped(excuses: Sequence[tuple[str, Spans]], countable: Spans, contract: Contract) -> tuple[tuple[str, Spans], ...]:
    """The same without what exceeds the contract's caps: of a month, quarter or year the latest down time counts.

    Only down time that would count uses a cap up; windows over up time do not.
    """
    result = list(excuses)
    for cap in contract.exclusions.caps:
        used = union(spans for cause, spans in result if cause in cap.causes) & countable
        if not used:
            continue
        reach = Span(used.bounds[0], used.bounds[-1])
        excess = Spans()
        for period in periods_within(cap.per, reach, contract.zone, contract.start_month):
            excess |= _beyond(used.clip(period.span), cap.amount)
        if excess:
            result = [(cause, spans - excess if cause in cap.causes else spans) for cause, spans in result]
    return tuple(result)


def caps_from(contract: Contract, period: Span) -> Instant:
    """The first instant from which down time may use up a cap of the period: the start of the longest cap's stretch."""
    starts = [
        period_at(cap.per, period.start, contract.zone, contract.start_month).span.start
        for cap in contract.exclusions.caps
    ]
    return min([period.start, *starts])


def _beyond(used: Spans, amount: Duration) -> Spans:
    """What of a set lies after its first so much elapsed time."""
    left = amount
    for span in used:
        if span.length > left:
            return used.clip(Span(span.start + left, used.bounds[-1]))
        left -= span.length
    return Spans()


def _disjoint(by_cause: Mapping[str, Iterable[Spans]]) -> tuple[tuple[str, Spans], ...]:
    """Each cause without what an earlier one holds."""
    result: list[tuple[str, Spans]] = []
    taken = Spans()
    for cause, parts in by_cause.items():
        own = union(parts) - taken
        taken |= own
        result.append((cause, own))
    return tuple(result)


def jointly_excused(
    excuses: Sequence[tuple[tuple[str, Spans], ...]], points: Sequence[Spans], downs: int, affected: Spans
) -> tuple[tuple[str, Spans], ...]:
    """What is excused of a whole that fails while `downs` of its members do, from what is excused of each member.

    Time in which enough members are down that are not excused is not excused; `affected` is down or unknown time of
    the whole. Up time is excused only where too few members are left that could make it fail.
    """
    if len(excuses) == 1:
        return excuses[0]
    gone = [union(spans for _, spans in each) for each in excuses]
    failing = at_least(downs, [point - out for point, out in zip(points, gone, strict=True)])
    reach = (affected | at_least(len(gone) - downs + 1, gone)) - failing
    by_cause: dict[str, list[Spans]] = {}
    for each in excuses:
        for cause, spans in each:
            by_cause.setdefault(cause, []).append(spans & reach)
    return _disjoint(by_cause)


def noticed(work: Maintenance, rule: Announced) -> bool:
    """Whether the work was announced as long beforehand as the rule asks; an unknown time of notice is none."""
    at = {
        NoticeTime.ANNOUNCED: work.announced_at,
        NoticeTime.RECEIVED: work.received_at,
        NoticeTime.PUBLISHED: work.published_at,
    }[rule.judged_by]
    if at is None or (rule.channels and work.channel not in rule.channels):
        return False
    return _earliest_start(at, rule) <= work.span.start


def _earliest_start(at: Instant, rule: Announced) -> Instant:
    match rule.unit:
        case NoticeUnit.HOURS:
            return at + rule.amount * HOUR
        case NoticeUnit.DAYS:
            return at + rule.amount * DAY
        case NoticeUnit.BUSINESS_DAYS:
            if rule.working_time is None:
                raise ValueError(f"{rule.clause}: notice in business days needs the working time")
            return rule.working_time.days_later(at, rule.amount)
        case _:
            assert_never(rule.unit)


def _window_spans(recurring: MaintenanceWindow, window: Span, stated: Iterable[StatedCause], memory: Memory) -> Spans:
    """The window's occurrences, as far as the causes that were stated for them allow."""
    weekly = recurring.window
    occurrences = once(memory, "windows", (weekly, window), lambda: Spans.of(weekly.within(*window)))
    if recurring.excuses is None:
        return occurrences
    named = [(Spans.one(*span), cause in recurring.excuses) for span, cause in stated]
    if UNSTATED in recurring.excuses:
        return occurrences - union(span for span, fits in named if not fits)
    return occurrences & union(span for span, fits in named if fits)


def _subtracted(exclusion: Exclusion, contract: Contract) -> bool:
    return exclusion.decision is Decision.ACCEPTED or (
        exclusion.decision is Decision.PROPOSED and contract.exclusions.subtracts_proposed
    )
