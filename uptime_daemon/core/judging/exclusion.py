"""Which stretches do not count and for which cause: the contract's windows, announced work, a person's decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from uptime_daemon.core.facts.records import Decision, Exclusion, Maintenance, standing
from uptime_daemon.core.terms.exclusion import Announced, MaintenanceWindow, NoticeTime, NoticeUnit
from uptime_daemon.core.time.instants import DAY, HOUR
from uptime_daemon.core.time.spans import Span, Spans, at_least, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant

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
) -> tuple[tuple[str, Spans], ...]:
    """For each cause, in the contract's order, the stretches of the window that it excuses; the sets are disjoint.

    `groups` are the contract's groups that make up what is judged; a fact without a group speaks of all of them.
    """
    announced = [(work, span) for work, span in standing(maintenance) if work.group is None or work.group in groups]
    stated = [(span, work.cause) for work, span in announced if work.cause] + list(ticket_causes)
    by_cause: dict[str, list[Spans]] = {cause.id: [] for cause in contract.exclusions.causes}
    for recurring in contract.exclusions.windows:
        by_cause[recurring.cause].append(_window_spans(recurring, window, stated))
    if (rule := contract.exclusions.announced) is not None:
        by_cause[rule.cause].extend(Spans.one(*span) for work, span in announced if noticed(work, rule))
    for exclusion in exclusions:
        # A cause that only another reading excuses is no cause under this one.
        excuses = exclusion.cause in by_cause and _subtracted(exclusion, contract)
        if excuses and (exclusion.group is None or exclusion.group in groups):
            by_cause[exclusion.cause].append(Spans.one(*exclusion.span))
    return tuple((cause, spans.clip(window)) for cause, spans in _disjoint(by_cause))


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
    at = work.announced_at if rule.judged_by is NoticeTime.ANNOUNCED else work.received_at
    return at is not None and _earliest_start(at, rule) <= work.span.start


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


def _window_spans(recurring: MaintenanceWindow, window: Span, stated: Iterable[StatedCause]) -> Spans:
    """The window's occurrences, as far as the causes that were stated for them allow."""
    occurrences = Spans.of(recurring.window.within(*window))
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
