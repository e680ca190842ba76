"""How the process shares processor and memory among its event loop and its threads, so that attempts begin in time."""

from __future__ import annotations

import ctypes
import gc
import sys
from typing import Final

HEAPS_MAX: Final = 2
"""One for the event loop, one for all threads. By itself glibc gives each thread of judging and rendering a heap of its
own, and what these let go of stays with each: at 200 attempts a second 12 MB after ten minutes, 3 MB with two heaps."""
_ARENA_MAX: Final = -8
"""M_ARENA_MAX of mallopt(3)."""

SWITCH_SECONDS: Final = 0.0005
"""How long a thread keeps the interpreter while another one waits for it. An attempt waits several times, and with
Python's own 5 ms at each of them it begins late, and the vendor looks slow, for as long as a thread judges."""

COLLECT_AFTER: Final = (1_000, 5, 1_000_000)
"""New objects until the collector looks at the youngest, and how often until it looks at older ones. It looks at each
object once among either, so that fewer at a time cost no more and stop everything for 2 ms instead of 8. At the oldest
it looks when it is told to: with 10,000 probes that stops everything for 150 ms, and of itself it would every few s."""


def settle() -> None:
    """To be called before any thread is started."""
    _limit_heaps()
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(*COLLECT_AFTER)


def collect() -> None:
    """Let go of what only refers to itself: little, for whatever is replaced at each attempt goes without this."""
    gc.collect()


def _limit_heaps() -> None:
    """Let threads share heaps. Other C libraries than glibc have no such heaps and no such call."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, HEAPS_MAX)
