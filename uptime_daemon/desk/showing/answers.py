"""Questions from the API, answered from the record on another thread."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.facts.observation import OUTAGE_CLASS, OutageClass, Outcome, Phase
from uptime_daemon.core.time.instants import DAY
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.judging.clock_json import calendars_json, clock_json
from uptime_daemon.desk.judging.contexts import failures_over
from uptime_daemon.desk.judging.judge import Judge, UnknownError
from uptime_daemon.desk.judging.statement_json import statements_json
from uptime_daemon.desk.judging.ticket_clocks import clocks_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from uptime_daemon.core.facts.attempt import Failure
    from uptime_daemon.core.facts.suspicion import Suspicion
    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Spans

OUTAGES_REACH: Final = 90 * DAY
"""How far back outages are listed unless a start is given: what the status page shows."""


@dataclass(frozen=True, slots=True)
class MeasuredOutage:
    """One outage of a functional group as it was measured, before any contract."""

    group: str
    shortest: Span
    point: Span
    longest: Span
    is_open: bool
    outage_class: OutageClass | None
    reasons: Mapping[str, int]
    phases: Mapping[str, int] = field(default_factory=dict)
    """How many of its fails came how far."""
    votes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of each sentinel, how often it answered and how often it was asked."""
    suspicions: tuple[Suspicion, ...] = ()
    """The endpoints that look gone for good, so that their definition may be out of date: a person must look."""

    @property
    def is_suspect(self) -> bool:
        """Whether somebody still has to look."""
        return any(each.confirmed_at is None for each in self.suspicions)


@dataclass(frozen=True, slots=True)
class MeasuredStretch:
    """A stretch of a functional group in one state."""

    group: str
    span: Span
    state: str
    reason: str | None
    """Why it is unknown."""


async def statements(
    judge: Judge, agreement: str | None, group: str | None, period: str, as_of: Instant
) -> list[Mapping[str, Any]]:
    """Statements as JSON, one entry an agreement and period. Raises `UnknownError`."""
    return await asyncio.to_thread(_statements, judge, agreement, group, period, as_of)


async def outages(judge: Judge, group: str | None, start: Instant | None, end: Instant) -> list[MeasuredOutage]:
    """The outages of one group or all that share an instant with the stretch, in time order. Raises `UnknownError`."""
    return await asyncio.to_thread(measured_outages, judge, group, start, end)


def measured_outages(judge: Judge, group: str | None, start: Instant | None, end: Instant) -> list[MeasuredOutage]:
    """The same, at once. Raises `UnknownError`."""
    return _outages(judge, group, _window(start, end))


def measured_timeline(judge: Judge, group: str | None, start: Instant | None, end: Instant) -> list[MeasuredStretch]:
    """Every stretch of one group or all in one state, by group and time. Raises `UnknownError`."""
    window = _window(start, end)
    timelines = judge.group_timelines(window)
    stretches = []
    for name in _wanted(judge, group):
        timeline = timelines[name]
        named: list[tuple[str, str | None, Spans]] = [("up", None, timeline.up), ("down", None, timeline.point)]
        named += [("unknown", reason, spans) for reason, spans in timeline.unknown]
        parts = [MeasuredStretch(name, span, state, reason) for state, reason, spans in named for span in spans]
        stretches += sorted(parts, key=lambda part: part.span)
    return stretches


def _window(start: Instant | None, end: Instant) -> Span:
    return Span(end - OUTAGES_REACH if start is None else start, end)


def _wanted(judge: Judge, group: str | None) -> list[str]:
    if group is None:
        return list(judge.settings.groups)
    if group not in judge.settings.groups:
        known = ", ".join(judge.settings.groups) or "none"
        raise UnknownError(f"there is no group {group!r}; the groups are: {known}")
    return [group]


def _statements(
    judge: Judge, agreement: str | None, group: str | None, period: str, as_of: Instant
) -> list[Mapping[str, Any]]:
    wanted = [judge.signed(agreement)] if agreement else list(judge.settings.agreements)
    answers: list[Mapping[str, Any]] = []
    for signed in wanted:
        by_period: dict[str, list[Any]] = {}
        for statement in judge.statements(signed.agreement.id, period, as_of):
            if group is None or statement.judgement.group.name == group:
                by_period.setdefault(statement.period.name, []).append(statement)
        answers += [
            {
                "agreement": signed.agreement.id,
                **statements_json(found, signed.readings.name),
                **_clocks(judge, signed.agreement.id, group, found[0].period.span, as_of),
            }
            for found in by_period.values()
        ]
    return answers


def _clocks(judge: Judge, agreement: str, group: str | None, span: Span, as_of: Instant) -> Mapping[str, Any]:
    found = clocks_within(judge, agreement, span, as_of)
    own = [each for each in found if group is None or each.round.ticket.group == group]
    return {"clocks": [clock_json(each) for each in own], "calendars": calendars_json(own)} if own else {}


def _outages(judge: Judge, group: str | None, window: Span) -> list[MeasuredOutage]:
    timelines = judge.group_timelines(window)
    suspicions = judge.group_suspicions(window)
    found = []
    for name in _wanted(judge, group):
        failures = failures_over(judge.store, judge.settings.groups[name].probes, window)
        found += _of_group(name, timelines[name], failures, [each for each in suspicions if each.group == name])
    return sorted(found, key=lambda outage: (outage.point.start, outage.group))


def _of_group(
    name: str, timeline: Timeline, failures: Iterator[Failure], suspicions: Sequence[Suspicion]
) -> list[MeasuredOutage]:
    result = []
    for point, own in _during(timeline, failures):
        longest = next(timeline.longest.touching(point), point)
        shortest = list(timeline.shortest.touching(point))
        result.append(
            MeasuredOutage(
                group=name,
                shortest=Span(shortest[0].start, shortest[-1].end) if shortest else Span(point.start, point.start),
                point=point,
                longest=longest,
                is_open=longest.end >= timeline.window.end,
                outage_class=class_of(own),
                reasons=_reasons(own),
                phases=_phases(own),
                votes=votes_of(own),
                suspicions=tuple(
                    each for each in suspicions if each.span.start < point.end and point.start < each.span.end
                ),
            )
        )
    return result


def _during(timeline: Timeline, failures: Iterator[Failure]) -> Iterator[tuple[Span, list[Failure]]]:
    """Each outage with the failures in it; both come in time order, and those of one outage are in memory."""
    last_fails = set(timeline.shortest.bounds[1::2])
    following = next(failures, None)
    for outage in timeline.point:
        own = []
        until = outage.end + (outage.end in last_fails)  # one that is open ends with its last fail, for now
        while following is not None and following.observation.at < until:
            if outage.start <= following.observation.at:
                own.append(following)
            following = next(failures, None)
        yield outage, own


def class_of(failures: Sequence[Failure]) -> OutageClass | None:
    """The most telling way in which failures showed themselves."""
    classes = {OUTAGE_CLASS[each.observation.reason] for each in failures if each.observation.reason in OUTAGE_CLASS}
    return next((each for each in OutageClass if each in classes), None)


def _reasons(failures: Sequence[Failure]) -> dict[str, int]:
    reasons: dict[str, int] = {}
    for each in failures:
        if each.observation.outcome is Outcome.FAIL:
            reasons[each.observation.reason.value] = reasons.get(each.observation.reason.value, 0) + 1
    return dict(sorted(reasons.items()))


def _phases(failures: Sequence[Failure]) -> dict[str, int]:
    """In the order in which an attempt goes through them."""
    came = Counter(each.attempt.phase for each in failures if each.observation.outcome is Outcome.FAIL)
    return {phase.value: came[phase] for phase in Phase if came[phase]}


def votes_of(failures: Sequence[Failure]) -> dict[str, tuple[int, int]]:
    """Of each sentinel, how often it answered and how often it was asked."""
    votes = [vote for each in failures for vote in each.votes]
    asked = Counter(vote.place for vote in votes)
    passed = Counter(vote.place for vote in votes if vote.passed)
    return {place: (passed[place], asked[place]) for place in sorted(asked)}
