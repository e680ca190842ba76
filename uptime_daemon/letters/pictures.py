"""What a letter shows as pictures: the period as a strip, and how the downtime that was allowed was used up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.judging.availability import budget
from uptime_daemon.core.terms.target import TargetKind
from uptime_daemon.core.time.instants import DAY, MINUTE, local_date
from uptime_daemon.core.time.periods import days_within, midnight
from uptime_daemon.core.time.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.judging.judgement import Judgement
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.target import Target
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Spans
    from uptime_daemon.letters.wording import Wording

PERIOD: Final = "period"
BUDGET: Final = "budget"
NAMES: Final = (PERIOD, BUDGET)
"""What a fenced block named `picture` may show."""
_TICKS_MAX: Final = 11
_LAST_TICK: Final = 0.95
"""A label that begins later would not end on the page."""
_DAYS_OF_MONTHS: Final = 100
"""A longer period is marked by months instead of days."""


class Shade(StrEnum):
    """What a stretch of the strip is; the label that is drawn last stands on top."""

    UP = "up"
    UNKNOWN = "unknown"
    NOT_COUNTED = "not_counted"
    EXCLUDED = "excluded"
    DOWN = "down"
    AHEAD = "ahead"
    """Time that had not passed when the letter was written."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis of time."""

    at: float
    """From 0, the start of the period, to 1."""
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The period from left to right."""

    stretches: tuple[tuple[Shade, float, float], ...]
    """Everything but up time, from and to, from 0 to 1."""
    ticks: tuple[Tick, ...]
    legend: tuple[tuple[Shade, str], ...]
    """The shades that occur, with their words."""
    words: str
    """What the picture shows, for those who do not see it."""


@dataclass(frozen=True, slots=True)
class BurnDown:
    """The allowed downtime that is left, over the period."""

    points: tuple[tuple[float, float], ...]
    """Time from 0 to 1, and minutes left; negative once the target is missed."""
    allowed: float
    """Minutes at the start."""
    ticks: tuple[Tick, ...]
    labels: tuple[str, str, str]
    """At the top, at zero and at the end of the line: allowed, none left, what is left or beyond."""
    words: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of one letter."""

    period: Strip
    budget: BurnDown | None
    """None where no target allows an amount of time."""


def pictures(statement: Statement, words: Wording) -> Pictures:
    """The pictures of a statement. What they show is to the eye; every figure stands exactly in the letter."""
    judgement, period = statement.judgement, statement.period.span
    ticks = tuple(_ticks(period, judgement.terms.zone, words))
    known = Span(period.start, max(period.start, min(period.end, statement.as_of)))
    strip = _strip(judgement, period, known, ticks, words)
    found = next((each.target for each in judgement.targets if each.target.kind in _WITH_BUDGET), None)
    return Pictures(strip, None if found is None else _burn_down(judgement, found, period, known, ticks, words))


_WITH_BUDGET: Final = (TargetKind.AVAILABILITY, TargetKind.TOTAL_DOWNTIME)


def _strip(judgement: Judgement, period: Span, known: Span, ticks: tuple[Tick, ...], words: Wording) -> Strip:
    labels = judgement.labels
    by_shade = {
        Shade.UNKNOWN: [spans for _, spans in labels.unmeasured],
        Shade.NOT_COUNTED: [spans for _, spans in labels.not_counted],
        Shade.EXCLUDED: [spans for _, spans in labels.excluded],
        Shade.DOWN: [labels.counted],
    }
    stretches = tuple(
        (shade, _place(span.start, period), _place(span.end, period))
        for shade, many in by_shade.items()
        for spans in many
        for span in spans.clip(period)
    )
    if known.end < period.end:
        stretches = (*stretches, (Shade.AHEAD, _place(known.end, period), 1.0))
    say = words.catalogue.gettext
    names = {
        Shade.UP: say("available"),
        Shade.DOWN: say("counts as downtime"),
        Shade.EXCLUDED: say("excluded"),
        Shade.NOT_COUNTED: say("down, does not count"),
        Shade.UNKNOWN: say("not measured"),
        Shade.AHEAD: say("still to come"),
    }
    seen = {shade for shade, _, _ in stretches} | {Shade.UP}
    described = say("The period %(period)s as a strip; the outages are listed below with their times.")
    first, last = (words.formats.day(at, judgement.terms.zone) for at in (period.start, period.end - 1))
    return Strip(
        stretches,
        ticks,
        tuple((shade, name) for shade, name in names.items() if shade in seen),
        described % {"period": f"{first} – {last}"},
    )


def _burn_down(
    judgement: Judgement, target: Target, period: Span, known: Span, ticks: tuple[Tick, ...], words: Wording
) -> BurnDown:
    allowed = budget(target, judgement.measure(judgement.point).denominator) / MINUTE
    points = tuple(_left(judgement.labels.counted, allowed, period, known))
    left = points[-1][1]
    say, minutes = words.catalogue.gettext, words.formats.minutes
    end = (
        say("%(minutes)s beyond it") % {"minutes": minutes(_rough(-left))}
        if left < 0
        else say("%(minutes)s left") % {"minutes": minutes(_rough(left))}
    )
    described = say("Allowed downtime: %(allowed)s at the start of the period, %(end)s at its end.")
    top = say("allowed: %(minutes)s") % {"minutes": minutes(_rough(float(allowed)))}
    return BurnDown(
        points,
        float(allowed),
        ticks,
        (top, say("used up"), end),
        described % {"allowed": minutes(_rough(float(allowed))), "end": end},
    )


def _left(counted: Spans, allowed: Fraction, period: Span, known: Span) -> Iterator[tuple[float, float]]:
    left = allowed
    yield 0.0, float(left)
    for span in counted.clip(known):
        yield _place(span.start, period), float(left)
        left -= Fraction(span.length, MINUTE)
        yield _place(span.end, period), float(left)
    yield _place(known.end, period), float(left)


def _rough(minutes: float) -> str:
    """To one decimal: the exact figures stand in the computation."""
    return f"{minutes:.1f}".removesuffix(".0")


def _place(at: Instant, period: Span) -> float:
    return (at - period.start) / period.length


def _ticks(period: Span, zone: ZoneInfo, words: Wording) -> Iterator[Tick]:
    """Marks at days, or at firsts of months where the period is long."""
    days = [day for day in days_within(period, zone) if midnight(day, zone) >= period.start]
    if period.length > _DAYS_OF_MONTHS * DAY:
        days = [day for day in days if day.day == 1]
        for day in days:
            yield Tick(_place(midnight(day, zone), period), words.formats.month_short(day))
        return
    step = max(1, -(-len(days) // _TICKS_MAX))
    for day in days[::step]:
        if (at := _place(midnight(day, zone), period)) < _LAST_TICK:
            yield Tick(at, words.formats.day_short(day))
    if not days:
        yield Tick(0.0, words.formats.day_short(local_date(period.start, zone)))
