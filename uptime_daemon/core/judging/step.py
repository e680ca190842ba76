"""One step of a derivation, and instants as its readers see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.time.instants import format_instant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Instant


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the derivation."""

    step: str
    clause: str
    """Empty where the step follows from arithmetic or from a rule of measuring."""
    value: str


def local_text(at: Instant, zone: ZoneInfo) -> str:
    """An instant on the zone's clock, with its offset: 2026-06-03 10:00:00 +02:00."""
    text = format_instant(at, zone).replace("Z", "+00:00")
    return f"{text[:10]} {text[11:-6]} {text[-6:]}"
