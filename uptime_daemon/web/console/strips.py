"""Time as a strip: positions of stretches on one line, and the same as rows for whoever listens instead of looking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, clock_text, moment
from uptime_daemon.core.time.periods import days_within, midnight
from uptime_daemon.core.time.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.judging.labels import Labels
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.desk.showing.board import DayShare

WIDTH: Final = 1000
"""Units of the picture from its left to its right end."""
HEIGHT: Final = 32
_SLIVER: Final = 4
"""The least that is drawn of what there was at all: an outage of a minute must not vanish in a month."""
_STEPS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY, 7 * DAY)
_TICKS_MAX: Final = 9
_DAY_WIDTH: Final = 4
_BAR_WIDTH: Final = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One rectangle."""

    kind: str
    """Its class: up, down, excluded, unmeasured, unknown."""
    x: int
    y: int
    width: int
    height: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark below the strip, with words where it has any."""

    share: Fraction
    """From its left end, 0 to 1."""
    label: str = ""

    @property
    def percent(self) -> str:
        """As a picture without a scale of its own takes it: letters keep their shape, however wide it is drawn."""
        return f"{float(self.share * 100):.3f}%"


@dataclass(frozen=True, slots=True)
class Strip:
    """A picture and the table that says the same."""

    title: str
    width: int
    height: int
    parts: tuple[Part, ...]
    ticks: tuple[Tick, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def days_strip(days: Sequence[DayShare], title: str) -> Strip:
    """A bar a day: down at the bottom, unmeasured above it, up on top; ticks where months begin."""
    parts: list[Part] = []
    rows = []
    for index, day in enumerate(days):
        lengths = (("down", day.down), ("unmeasured", day.unknown), ("up", day.up))
        words = ", ".join(f"{name} {clock_text(length)}" for name, length in lengths if length)
        bottom = HEIGHT
        for kind, height in _heights(lengths, day.total):
            bottom -= height
            parts.append(Part(kind, index * _DAY_WIDTH, bottom, _BAR_WIDTH, height, f"{day.date.isoformat()}: {words}"))
        if day.down or day.unknown:
            rows.append((day.date.isoformat(), clock_text(day.down), clock_text(day.unknown)))
    ticks = tuple(
        Tick(Fraction(index, len(days)), f"{day.date:%Y}" if day.date.month == 1 else f"{day.date:%b}")
        for index, day in enumerate(days)
        if day.date.day == 1
    )
    heads = ("day", "down", "not measured")
    return Strip(title, max(1, len(days) * _DAY_WIDTH), HEIGHT, tuple(parts), ticks, heads, tuple(rows))


def spans_strip(
    labelled: Iterable[tuple[str, str, Spans]], window: Span, title: str, ticks: Sequence[Tick] = ()
) -> Strip:
    """Stretches of a window on one line, each of a kind and with its words; later ones are drawn over earlier ones."""
    parts, rows = [], []
    for kind, words, spans in labelled:
        for span in spans.clip(window):
            left = place(span.start, window)
            width = max(_SLIVER if kind != "up" else 1, place(span.end, window) - left)
            parts.append(Part(kind, min(left, WIDTH - width), 0, width, HEIGHT, f"{words}: {clock_text(span.length)}"))
            rows.append((words, clock_text(span.start - window.start), clock_text(span.length)))
    return Strip(title, WIDTH, HEIGHT, tuple(parts), tuple(ticks), ("what", "after the start", "length"), tuple(rows))


def labelled(labels: Labels, until: Instant) -> Iterator[tuple[str, str, Spans]]:
    """Stretches by what becomes of them under the contract; time that has not come yet is left open."""
    yield "up", "up", Spans.of((start, min(end, until)) for start, end in labels.up if start < until)
    for reason, spans in labels.unmeasured:
        yield "unmeasured", f"not measured: {reason.replace('_', ' ')}", spans
    for cause, spans in labels.excluded:
        yield "excluded", f"excluded: {cause.replace('_', ' ')}", spans
    for why, spans in labels.not_counted:
        yield "unknown", f"not counted: {why.replace('_', ' ')}", spans
    yield "down", "counted as downtime", labels.counted


def states(timeline: Timeline) -> Iterator[tuple[str, str, Spans]]:
    """Stretches as they were measured, the surer drawn over the less sure."""
    yield "up", "up", timeline.up
    yield "doubtful", "down at most", timeline.longest - timeline.point - timeline.unknown_total
    yield "down", "down", timeline.point
    yield "proven", "down for certain", timeline.shortest
    for reason, spans in timeline.unknown:
        yield "unmeasured", f"not measured: {reason.replace('_', ' ')}", spans


def clock_ticks(window: Span, zone: ZoneInfo) -> list[Tick]:
    """Round times of a zone's clock, as far apart as there is room for words; each day begins with its date."""
    step = next((each for each in _STEPS if window.length <= each * _TICKS_MAX), _STEPS[-1])
    found = []
    for day in days_within(window, zone):
        begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        for at in range(begin, end, step):
            if window.start < at < window.end:
                words = f"{day:%b} {day.day}" if at == begin else f"{moment(at, zone):%H:%M}"
                found.append(Tick(share(at, window), words))
    return found


def share(at: Instant, window: Span) -> Fraction:
    """Where an instant stands in a window, from 0 to 1."""
    return Fraction(min(max(at, window.start), window.end) - window.start, max(1, window.length))


def place(at: Instant, window: Span) -> int:
    """The same in units of the picture."""
    return round(WIDTH * share(at, window))


def _heights(lengths: Sequence[tuple[str, int]], total: int) -> list[tuple[str, int]]:
    present = [(kind, length) for kind, length in lengths if length]
    spare = HEIGHT - _SLIVER * len(present)
    heights = [(kind, _SLIVER + spare * length // total) for kind, length in present]
    if heights:
        kind, height = heights[-1]
        heights[-1] = (kind, height + HEIGHT - sum(each for _, each in heights))
    return heights
