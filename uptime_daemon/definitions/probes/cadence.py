"""When a probe is tried and what confirms a change: the keys of every probe and of `defaults`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from uptime_daemon.core.facts.probe import Cadence, Confirmation
from uptime_daemon.core.time.instants import DAY, MINUTE
from uptime_daemon.definitions.records import Key, Record, optional
from uptime_daemon.definitions.shapes import Whole
from uptime_daemon.definitions.times import Length

INTERVAL_MAX: Final = DAY
TIMEOUT_MAX: Final = 5 * MINUTE
CONFIRM_MAX: Final = 100

CADENCE_KEYS: Final[dict[str, Key[Any]]] = {
    "interval": optional(Length(INTERVAL_MAX)),
    "repeat": optional(Length(INTERVAL_MAX)),
    "timeout": optional(Length(TIMEOUT_MAX)),
    "confirm": optional(
        Record(
            Confirmation,
            {"fails": optional(Whole(1, CONFIRM_MAX), 3), "passes": optional(Whole(1, CONFIRM_MAX), 1)},
        )
    ),
}


@dataclass(frozen=True, slots=True)
class CadenceParts:
    """What of a cadence a file says; the rest is inherited."""

    interval: int | None
    repeat: int | None
    timeout: int | None
    confirm: Confirmation | None

    def over(self, cadence: Cadence, confirmation: Confirmation) -> tuple[Cadence, Confirmation]:
        """The cadence with what is said here."""
        changes = {
            name: value
            for name, value in (("interval", self.interval), ("repeat", self.repeat), ("timeout", self.timeout))
            if value is not None
        }
        merged = replace(cadence, **changes)
        if self.interval is not None and self.repeat is None:
            merged = replace(merged, repeat=min(merged.repeat, merged.interval))
        if merged.repeat > merged.interval:
            raise ValueError("repeat is longer than interval; write a shorter one")
        return merged, self.confirm or confirmation


CADENCE: Final = Record(CadenceParts, CADENCE_KEYS)
