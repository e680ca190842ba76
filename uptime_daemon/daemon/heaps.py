"""How many heaps the C library keeps for this process, which decides whether its memory stays flat."""

from __future__ import annotations

import ctypes
from typing import Final

HEAPS_MAX: Final = 2
"""One for the event loop, one for all threads. By itself glibc gives each thread of judging and rendering a heap of its
own, and what these let go of stays with each: at 200 attempts a second 12 MB after ten minutes, 3 MB with two heaps."""
_ARENA_MAX: Final = -8
"""M_ARENA_MAX of mallopt(3)."""


def limit_heaps() -> None:
    """Let threads share heaps; before any of them is started. Other C libraries have no such heaps and no such call."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, HEAPS_MAX)
