"""What a metric family is: name, type, labels, help, and how one entry of the board becomes its samples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from uptime_daemon.desk.showing.board import Board

PREFIX: Final = "uptime_daemon_"


class Kind(StrEnum):
    """The type of a family."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    INFO = "info"
    """Static facts in labels, always 1: OpenMetrics has a type of its own for it, the older text format a gauge."""


class Area(StrEnum):
    """What a family is about."""

    SELF = "The daemon itself"
    MEASURING = "Measuring"
    JUDGING = "Judging"
    MONEY = "Money"
    CLAIMS = "Claims"


class Sample(NamedTuple):
    """One line: the values of the family's labels and the value as text."""

    labels: tuple[str, ...]
    value: str
    suffix: str = ""
    """Only of a histogram: `_bucket`, `_sum`, `_count`."""
    bound: str | None = None
    """Only of a histogram's bucket: its label `le`."""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family. `samples` is asked for one entry at a time, so that what did not change is not asked again."""

    short_name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    entries: Callable[[Board], Sequence[Any]]
    samples: Callable[[Any], Iterable[Sample]]
    tells: Callable[[Any], object] | None = None
    """What of an entry its many samples tell, where that changes far more seldom than the entry."""

    @property
    def name(self) -> str:
        """The name as scraped; of a histogram without the suffixes of its series."""
        return PREFIX + self.short_name

    @property
    def unit(self) -> str:
        """The base unit in the name, empty for counts and flags."""
        word = self.short_name.removesuffix("_total").rpartition("_")[2]
        return word if word in {"seconds", "bytes", "ratio"} else ""
