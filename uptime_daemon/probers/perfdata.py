"""The performance data in what a monitoring plugin says: the times that it measured, by their labels, no processes."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime_daemon.core.time.instants import Duration

_UNITS: Final[Mapping[str, Decimal]] = {
    "s": Decimal(SECOND),
    "ms": Decimal(SECOND) / 1_000,
    "us": Decimal(SECOND) / 1_000_000,
}


def measured(output: str, label: str) -> Duration | None:
    """The time of this label, elapsed microseconds; None where the plugin told none."""
    first, _, longer = output.partition("\n")
    # the first line's data after its bar, and everything after the bar of the longer text below it
    for part in (first.partition("|")[2], longer.partition("|")[2]):
        if found := _time_of(label).search(part):
            return int(Decimal(found["value"]) * _UNITS[found["unit"]])
    return None


@lru_cache(maxsize=1024)
def _time_of(label: str) -> re.Pattern[str]:
    """`'label'=value[UOM];warn;crit;min;max` (guidelines of the monitoring plugins, "Performance data")."""
    quoted = label.replace("'", "''")
    return re.compile(
        rf"(?<!\S)(?:{re.escape(label)}|'{re.escape(quoted)}')="
        r"(?P<value>\d{1,12}(?:\.\d{1,12})?(?:[eE]-?\d)?)(?P<unit>s|ms|us)(?=[;\s]|$)",
        re.ASCII,
    )
