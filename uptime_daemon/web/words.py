"""Figures as people read them: short, exact where a contract is concerned, never rounded across a limit."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.terms.money import decimal_text, ratio_text
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, clock_text, moment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Duration, Instant

_SPACE: Final = "\N{NO-BREAK SPACE}"
"""Between a figure and its unit, so that no line ends between them."""
_MILLISECOND: Final[Duration] = 1_000
_PERCENT_DIGITS: Final = 3
_PERCENT_DIGITS_MAX: Final = 10
_UNITS: Final = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))


def percent_text(ratio: Fraction, limit: Fraction | None = None) -> str:
    """A ratio in percent with 3 decimals, with more where fewer would show it on the other side of a limit or on it.

    99.89996 % is never shown as 99.900 % beside a target of 99.9 %, nor anything below 1 as 100 %.
    """
    exact = ratio * 100
    edges = [Fraction(100), *([] if limit is None else [limit * 100])]
    for digits in range(_PERCENT_DIGITS, _PERCENT_DIGITS_MAX):
        shown = Fraction(round(exact * 10**digits), 10**digits)
        if all((exact > edge, exact == edge) == (shown > edge, shown == edge) for edge in edges):
            return f"{ratio_text(exact, digits)}{_SPACE}%"
    return f"{ratio_text(exact, _PERCENT_DIGITS_MAX)}{_SPACE}%"


def limit_text(limit: Fraction, unit: str) -> str:
    """A target's limit with its unit: `99.9 %`, `480 min`."""
    return f"{decimal_text(limit)}{_SPACE}{'%' if unit == 'percent' else 'min'}"


def amount_text(amount: str, currency: str | None) -> str:
    """An amount in major units with its currency, where one is known."""
    return amount if currency is None else f"{amount}{_SPACE}{currency}"


def exact_length_text(microseconds: Fraction | Duration) -> str:
    """Hours, minutes and whole seconds, rounded down: what is left of a budget is never shown as more."""
    return clock_text((Fraction(microseconds) / SECOND).__floor__() * SECOND)


def length_text(duration: Duration) -> str:
    """A length at a glance, in its two largest units: `2 d 5 h`, `47 min 12 s`, `340 ms`."""
    if duration < SECOND:
        return f"{duration // _MILLISECOND} ms" if duration >= _MILLISECOND else "under 1 ms"
    if duration < 10 * SECOND:
        return f"{ratio_text(Fraction(duration, SECOND), 1)} s"
    for index, (size, name) in enumerate(_UNITS):
        if duration >= size:
            whole, rest = divmod(duration, size)
            if index + 1 == len(_UNITS):
                return f"{whole} {name}"
            next_size, next_name = _UNITS[index + 1]
            return f"{whole} {name} {rest // next_size} {next_name}" if rest >= next_size else f"{whole} {name}"
    raise AssertionError("ten seconds and more have a unit")


def instant_text(at: Instant, zone: ZoneInfo) -> str:
    """The zone's clock to the second: `2026-06-03 10:00:00`; the zone is named beside it."""
    return f"{moment(at, zone):%Y-%m-%d %H:%M:%S}"


def minute_text(at: Instant, zone: ZoneInfo) -> str:
    """The zone's clock to the minute, for deadlines and ends of periods."""
    return f"{moment(at, zone):%Y-%m-%d %H:%M}"
