"""Lost time cut into blocks: what goes beyond the allowance, whole or started blocks of it, what each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.availability import Measure, budget
from uptime_daemon.core.terms.credit import Beyond, BlockCounts, BlockLevel, PerBlock
from uptime_daemon.core.terms.target import Target, TargetKind
from uptime_daemon.core.time.instants import MINUTE
from uptime_daemon.core.time.periods import days_within, midnight
from uptime_daemon.core.time.spans import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Duration


@dataclass(frozen=True, slots=True)
class Block:
    """The blocks of one outage, of one day or of all lost time together."""

    name: str
    """`sum`, the outage's number, or the date."""
    lost: Fraction
    """Exact microseconds that are divided into blocks."""
    number: int
    full: Fraction
    """Percent of the fee without a limit."""
    percent: Fraction
    """Percent of the fee within the limits of a day and of an outage."""


def blocks_lost(
    rule: PerBlock,
    target: Target,
    measure: Measure,
    counted: Spans,
    outages: Sequence[Duration],
    zone: ZoneInfo,
    period: Span,
    limits: Sequence[Fraction],
) -> tuple[Block, ...]:
    """The blocks that a missed target earns; what is too short for one stands with none.

    `limits` are percentages that no outage, or day, or sum goes beyond.
    """
    if rule.level is BlockLevel.DAY:
        # Time is attributed to days exactly: a rounded sum belongs to no day.
        lost = _by_day(counted, _allowed(rule, target, measure), zone, period)
    elif rule.level is BlockLevel.OUTAGE or target.kind is TargetKind.SINGLE_OUTAGE:
        lost = _by_outage(rule, target, measure, outages)
    else:
        lost = iter([("sum", max(Fraction(0), measure.downtime - _allowed(rule, target, measure)))])
    return tuple(_block(rule, name, length, limits) for name, length in lost if length > 0)


def _allowed(rule: PerBlock, target: Target, measure: Measure) -> Fraction:
    """The time that earns nothing, in exact microseconds of the whole period."""
    return budget(target, measure.denominator) if rule.beyond is Beyond.TARGET else Fraction(0)


def _by_outage(
    rule: PerBlock, target: Target, measure: Measure, outages: Sequence[Duration]
) -> Iterator[tuple[str, Fraction]]:
    if target.kind is TargetKind.SINGLE_OUTAGE:
        # Each outage has an allowance of its own, and one within its limit earns nothing at all.
        limit = target.limit * MINUTE
        for number, length in enumerate(outages, start=1):
            if length > limit:
                yield str(number), length - limit if rule.beyond is Beyond.TARGET else Fraction(length)
        return
    allowed = _allowed(rule, target, measure)
    for number, length in enumerate(outages, start=1):
        used = min(allowed, Fraction(length))  # the period's allowance goes to the earliest outages
        allowed -= used
        yield str(number), length - used


def _by_day(counted: Spans, allowed: Fraction, zone: ZoneInfo, period: Span) -> Iterator[tuple[str, Fraction]]:
    for day in days_within(period, zone):
        length = Fraction(counted.clip(Span(midnight(day, zone), midnight(day + timedelta(days=1), zone))).total)
        used = min(allowed, length)
        allowed -= used
        yield day.isoformat(), length - used


def _block(rule: PerBlock, name: str, lost: Fraction, limits: Sequence[Fraction]) -> Block:
    whole = lost / rule.block
    number = whole.__floor__() if rule.counts is BlockCounts.COMPLETED else whole.__ceil__()
    listed = rule.percents[:number]
    full = sum(listed, start=Fraction(0)) + rule.percents[-1] * (number - len(listed))
    return Block(name, lost, number, full, min([full, *limits, *([] if rule.per_day is None else [rule.per_day])]))
