"""Counts of requests or users where a contract is judged by them: as timelines, or as a share beside the time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.denominator import left_out
from uptime_daemon.core.judging.memory import Memory, once
from uptime_daemon.core.judging.requests import request_timeline, shares
from uptime_daemon.core.terms.metric import WindowMetric
from uptime_daemon.core.time.spans import Span, union

if TYPE_CHECKING:
    from uptime_daemon.core.facts.facts import Facts
    from uptime_daemon.core.judging.groups import JudgedGroup
    from uptime_daemon.core.judging.measured import Measured
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Duration


def by_requests(facts: Facts, terms: Contract, period: Span, memory: Memory) -> Facts:
    """The facts with the timelines that counts make; readings with one metric share them."""
    metric = terms.metric
    if metric is None:
        return facts
    made = {}
    for group in terms.groups:
        counts = [count for count in facts.requests if count.group == group.id]
        before = facts.timelines.get(group.id)
        if counts or before is not None:
            window = period if before is None else before.window
            made[group.id] = once(
                memory,
                "timeline of requests",
                (metric, group.id, window),
                partial(request_timeline, metric, counts, window, period.start),
            )
    return replace(facts, timelines=made)


def with_shares(
    found: Measured, terms: Contract, group: JudgedGroup, period: Span, covered: Span, whole: Duration, facts: Facts
) -> Measured:
    """What was measured with the share of each bracket, under a metric that is a share; else unchanged.

    `covered` is the part of the period in which the agreement is in force, `whole` the time that downtime is held
    against.
    """
    if terms.metric is None or isinstance(terms.metric, WindowMetric) or not group.counts:
        return found
    counts = [count for count in facts.requests if count.group in group.groups]
    gone = union(spans for _, spans in found.excuses)
    leaves = left_out(terms.downtime, found.excuses)
    of = shares(terms.metric, counts, period, covered, whole, gone, leaves)
    return replace(
        found,
        shortest=replace(found.shortest, share=of.shortest),
        point=replace(found.point, share=of.point),
        longest=replace(found.longest, share=of.longest),
    )
