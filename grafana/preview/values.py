"""Figures with their units, and the colours of thresholds, much as Grafana shows them."""

from __future__ import annotations

from typing import Any, Final

COLOURS: Final = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "blue": "#5794f2"}
PLAIN: Final = "#e9edf1"
_DIGITS: Final = 6
_BYTES: Final = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"), (1, "B"))


def shown(value: float, unit: str, decimals: int | None = None) -> str:
    """A figure in its unit."""
    match unit:
        case "percentunit":
            return f"{_number(value * 100, decimals)} %"
        case "dtdurations":
            return _length(value)
        case "s":
            return f"{value * 1_000:.3g} ms" if 0 < abs(value) < 1 else f"{_number(value, decimals, 4)} s"
        case "bytes":
            size, name = next((each for each in _BYTES if abs(value) >= each[0]), _BYTES[-1])
            return f"{value / size:.3g} {name}"
        case "cps":
            return f"{_number(value, decimals, 3)} /s"
        case _:
            return _number(value, decimals)


def colour(value: float, thresholds: Any) -> str:
    """The colour of the last step that a value reaches; plain without steps."""
    found = PLAIN
    for step in (thresholds or {}).get("steps", ()):
        if step["value"] is None or value >= step["value"]:
            found = COLOURS[step["color"]]
    return found


def _number(value: float, decimals: int | None, digits: int = _DIGITS) -> str:
    return f"{value:,.{decimals}f}" if decimals is not None else f"{value:.{digits}g}"


def _length(seconds: float) -> str:
    """The two largest of days, hours, minutes and seconds."""
    sign, whole = "-" if seconds < 0 else "", int(abs(seconds))
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    if days:
        return f"{sign}{days} d {hours} h"
    if hours:
        return f"{sign}{hours} h {minutes} min"
    return f"{sign}{minutes} min {left} s" if minutes else f"{sign}{left} s"
