"""Courses and states as SVG, on an axis of time and one of values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Final

from grafana.preview.values import COLOURS, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from grafana.preview.answers import Series

PALETTE: Final = ("#5794f2", "#ff9830", "#73bf69", "#b877d9", "#fade2a", "#f2495c", "#8ab8ff", "#c8f2c2", "#ffb357")
_LEFT: Final = 74
_BELOW: Final = 18
_LINES: Final = 4
_LENGTHS: Final = (1, 5, 15, 60, 300, 900, 3_600, 7_200, 14_400, 28_800, 86_400, 604_800)
"""Round lengths of time in seconds."""
_TICKS: Final = 5
_BAR: Final = 22

Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a chart is drawn and which time it shows."""

    width: int
    height: int
    start: float
    end: float
    left: int = _LEFT

    def x(self, at: float) -> float:
        """Where a moment is."""
        return self.left + (at - self.start) / (self.end - self.start) * (self.width - self.left)

    def ticks(self) -> Iterator[str]:
        """The axis of time, UTC."""
        for number in range(1, _TICKS):
            at = self.start + (self.end - self.start) * number / _TICKS
            text = datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
            yield f'<text x="{self.x(at):.0f}" y="{self.height - 4}" text-anchor="middle">{text}</text>'

    def marks(self, stretches: Sequence[tuple[str, Stretch]]) -> Iterator[str]:
        """Annotations: a stretch that is tinted."""
        for color, (start, end) in stretches:
            width = max(1, self.x(end) - self.x(start))
            place = f'x="{self.x(start):.1f}" y="0" width="{width:.1f}" height="{self.height - _BELOW}"'
            yield f'<rect {place} fill="{COLOURS[color]}" opacity="0.14"/>'

    def drawn(self, *parts: str) -> str:
        """The chart."""
        return f'<svg width="{self.width}" height="{self.height}">{"".join(parts)}</svg>'


def course(
    frame: Frame, found: Sequence[Series], unit: str, marks: Sequence[tuple[str, Stretch]], *, stacked: bool
) -> str:
    """Lines in steps, as Grafana draws them; stacked ones as areas on each other."""
    bottom, curves = frame.height - _BELOW, _curves(found, stacked=stacked)
    values = [value for _, upper in curves for _, value in upper]
    if unit != "percentunit" or stacked:
        values.append(0.0)
    lines_at = _grid(min(values), max(values), unit)
    low, high = lines_at[0], lines_at[-1]

    def y(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - 10)

    grid = []
    for value in lines_at:
        text = escape(shown(value, unit, _decimals(unit, lines_at[1] - low)))
        grid.append(
            f'<line x1="{frame.left}" x2="{frame.width}" y1="{y(value):.1f}" y2="{y(value):.1f}" class="grid"/>'
        )
        grid.append(f'<text x="{frame.left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{text}</text>')
    lines = []
    for number, (lower, upper) in reversed(list(enumerate(curves))):
        color, path = PALETTE[number % len(PALETTE)], _steps(frame, upper, y)
        if stacked:
            back = " ".join(reversed(_steps(frame, lower, y).split()))
            lines.append(f'<polygon fill="{color}" opacity="0.4" points="{path} {back}"/>')
        lines.append(f'<polyline fill="none" stroke="{color}" stroke-width="1.5" points="{path}"/>')
    return frame.drawn(*grid, *frame.marks(marks), *lines, *frame.ticks())


def states(frame: Frame, found: Sequence[Series], words: dict[str, tuple[str, str]]) -> str:
    """A bar a series, coloured by its state; what is not known is a hole."""
    parts = []
    for number, series in enumerate(found):
        top = number * (_BAR + 6)
        parts.append(f'<text x="{frame.left - 8}" y="{top + 15}" text-anchor="end">{escape(series.name)}</text>')
        for start, end, value in _equal(series, frame):
            _, color = words[f"{value:g}"]
            width = frame.x(end) - frame.x(start)
            place = f'x="{frame.x(start):.1f}" y="{top}" width="{width:.1f}" height="{_BAR}"'
            parts.append(f'<rect {place} fill="{COLOURS[color]}" opacity="0.8"/>')
    return frame.drawn(*parts, *frame.ticks())


def stretches(series: Series, step: float) -> Iterator[Stretch]:
    """The stretches in which a series is there at all."""
    start = before = series.points[0][0]
    for at, _ in series.points[1:]:
        if at - before > 1.5 * step:
            yield start, before + step
            start = at
        before = at
    yield start, before + step


def _equal(series: Series, frame: Frame) -> Iterator[tuple[float, float, float]]:
    """Equal neighbours as one."""
    step = min((b[0] - a[0] for a, b in zip(series.points, series.points[1:], strict=False)), default=1.0)
    start, before, known = series.points[0][0], series.points[0][0], series.points[0][1]
    for at, value in series.points[1:]:
        if value != known or at - before > 1.5 * step:
            yield start, min(before + step, at), known
            start, known = at, value
        before = at
    yield start, min(before + step, frame.end), known


def _curves(found: Sequence[Series], *, stacked: bool) -> list[tuple[list[Stretch], list[Stretch]]]:
    """The lower and the upper edge of each series."""
    curves: list[tuple[list[Stretch], list[Stretch]]] = []
    below: dict[float, float] = {}
    for series in found:
        lower = [(at, below.get(at, 0.0)) for at, _ in series.points]
        upper = [(at, value + (below.get(at, 0.0) if stacked else 0)) for at, value in series.points]
        if stacked:
            below |= dict(upper)
        curves.append((lower, upper))
    return curves


def _steps(frame: Frame, points: Sequence[Stretch], y: Callable[[float], float]) -> str:
    corners, before = [], None
    for at, value in points:
        if before is not None:
            corners.append(f"{frame.x(at):.1f},{y(before):.1f}")
        corners.append(f"{frame.x(at):.1f},{y(value):.1f}")
        before = value
    return " ".join(corners)


def _grid(low: float, high: float, unit: str) -> list[float]:
    """Round values from one at or below the lowest to one at or above the highest, a handful of them."""
    length = high - low or abs(high) or 1.0
    step: float
    if unit == "dtdurations":
        step = next(
            (each for each in _LENGTHS if each * _LINES >= length), _LENGTHS[-1] * math.ceil(length / _LENGTHS[-1])
        )
    else:
        power = 10.0 ** math.floor(math.log10(length / _LINES))
        step = next(round_one * power for round_one in (1, 2, 5, 10) if round_one * power * _LINES >= length)
        step = max(step, 1.0) if unit == "short" and length > 1 else step
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _decimals(unit: str, step: float) -> int | None:
    """As many as tell the lines of a grid of percents apart."""
    if unit != "percentunit":
        return None
    return next((digits for digits in range(6) if round(step * 100, 9) >= 10**-digits), 6)
