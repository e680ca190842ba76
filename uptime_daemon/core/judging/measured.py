"""What a group's facts come to under the terms of downtime and exclusions: brackets, labels, what is excused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.brackets import (
    NOTHING,
    Bracket,
    Part,
    at_most,
    bracket,
    kept_around,
    kept_within,
    no_less,
    part,
)
from uptime_daemon.core.judging.downtime import JudgedOutage, judged_outages, outage_rules
from uptime_daemon.core.judging.exclusion import StatedCause, capped, excused, jointly_excused
from uptime_daemon.core.judging.labels import Labels, labels
from uptime_daemon.core.judging.memory import Memory, once
from uptime_daemon.core.terms.downtime import Unmeasured
from uptime_daemon.core.time.spans import Span, Spans, union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.facts.facts import Facts
    from uptime_daemon.core.judging.groups import JudgedGroup, Member
    from uptime_daemon.core.terms.contract import Contract


@dataclass(frozen=True, slots=True)
class Measured:
    """What was down and what of it counts, before any promise is looked at."""

    excuses: tuple[tuple[str, Spans], ...]
    shortest: Bracket
    point: Bracket
    longest: Bracket
    labels: Labels
    reported: tuple[JudgedOutage, ...]
    """The outages of which some time counts; one that is excused whole needs no report."""


def measured(terms: Contract, group: JudgedGroup, period: Span, facts: Facts, memory: Memory) -> Measured:
    """A group's period under the terms that bear on time; readings that differ elsewhere share it."""
    of = (terms.downtime, terms.exclusions, terms.zone, terms.start_month, group)
    return once(memory, "measured", of, lambda: _measured(terms, group, period, facts, memory))


def _measured(terms: Contract, group: JudgedGroup, span: Span, facts: Facts, memory: Memory) -> Measured:
    timeline, rules = group.timeline, terms.downtime
    unknown = timeline.unknown_total
    reach = Span(min(span.start, timeline.window.start), max(span.end, timeline.window.end))
    members = [_judged_member(terms, member, reach, facts, unknown, memory) for member in group.members]
    excuses = jointly_excused(
        [member.excuses for member in members],
        [member.timeline.point for member in group.members],
        group.downs,
        timeline.point | unknown,
    )
    gone = union(spans for _, spans in excuses)
    left_out = gone | unknown if rules.unmeasured is Unmeasured.EXCLUDED else gone

    def joined(parts: Sequence[Part]) -> Bracket:
        return bracket(parts, group.downs, rules, span, left_out) if group.counts else NOTHING

    point = joined([member.point for member in members])
    return Measured(
        excuses=excuses,
        shortest=at_most(joined([member.shortest for member in members]), point),
        point=point,
        longest=no_less(joined([member.longest for member in members]), point),
        labels=labels(timeline, group.partial, point, excuses, span, counts=group.counts),
        reported=tuple(each for each in point.outages if each.counted and point.counted.meets(each.counted)),
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    """What one member's facts come to before it is combined with others."""

    excuses: tuple[tuple[str, Spans], ...]
    shortest: Part
    point: Part
    longest: Part


def _judged_member(
    terms: Contract, member: Member, reach: Span, facts: Facts, unknown: Spans, memory: Memory
) -> _Judged:
    """A member's three brackets by its own tickets and exclusions; `unknown` is unknown time of the whole."""
    timeline, rules = member.timeline, terms.downtime
    unseen = timeline.unknown_total

    def found(down: Spans, joining: Spans) -> tuple[JudgedOutage, ...]:
        of = (outage_rules(rules), member.name, down, joining, member.tickets)
        return once(memory, "outages", of, lambda: judged_outages(member.name, down, joining, member.tickets, rules))

    outages = found(timeline.point, unseen)
    causes: list[StatedCause] = [
        (outage.span, outage.ticket.cause) for outage in outages if outage.ticket and outage.ticket.cause
    ]
    upstream_down = {
        each.group: facts.timelines[each.group].point
        for each in terms.exclusions.upstreams
        if each.group in facts.timelines
    }
    excuses = once(
        memory,
        "excuses",
        (terms.exclusions, member.groups, reach, causes, upstream_down),
        lambda: excused(
            terms, member.groups, reach, facts.maintenance, facts.exclusions, causes, upstream_down, memory
        ),
    )
    if terms.exclusions.caps:
        counts = Spans.of(outage.counted for outage in outages if outage.counted)
        excuses = capped(excuses, counts & timeline.point, terms)
    gone = union(spans for _, spans in excuses)
    # Where unmeasured time leaves the denominator, it cannot be downtime either, not even possibly.
    left_out = gone | unseen | unknown if rules.unmeasured is Unmeasured.EXCLUDED else gone

    point = part(outages, timeline.point, left_out)

    def own(down: Spans, joining: Spans) -> Part:
        judged = found(down, joining)
        return point if judged is outages else part(judged, down, left_out)

    return _Judged(
        excuses=excuses,
        shortest=kept_within(own(timeline.shortest, unseen), point),
        point=point,
        longest=kept_around(own(timeline.longest, Spans()), point),
    )
