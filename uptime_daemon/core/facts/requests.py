"""Counts of requests, or of users, over stretches of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime_daemon.core.time.spans import Span


@dataclass(frozen=True, slots=True)
class RequestCount:
    """How many requests of a stretch failed; under contracts on users, how many of them could not work in it."""

    group: str
    span: Span
    total: int
    failed: int

    def __post_init__(self) -> None:
        """More cannot fail than there are."""
        if not 0 <= self.failed <= self.total:
            raise ValueError(f"{self.failed} of {self.total} cannot fail; mend the counts")
