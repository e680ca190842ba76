"""Slow and plain interpreters of the same rules, second by second, written from the design and not from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime_daemon.core.time.spans import Spans


def ticks(spans: Spans) -> set[int]:
    """Every whole instant that a set holds."""
    return {at for start, end in spans for at in range(start, end)}


def bits(spans: Spans, low: int, high: int) -> int:
    """A row of bits, one for each instant of a stretch, set where the set holds it."""
    held = ticks(spans)
    return sum(1 << (at - low) for at in range(low, high) if at in held)
