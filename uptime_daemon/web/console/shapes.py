"""How instants, lengths and states are written into pages: the zone named, UTC on hover, a shape beside each colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from uptime_daemon.core.time.instants import SECOND, clock_text, format_instant, moment
from uptime_daemon.web.words import amount_text, instant_text, length_text, minute_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Duration, Instant


def at(instant: Instant, zone: ZoneInfo, *, named: bool = True) -> Markup:
    """An instant to the second on a zone's clock, with the zone's name, and in UTC on hover."""
    return _time(instant, instant_text(instant, zone), zone if named else None)


def minute(instant: Instant, zone: ZoneInfo, *, named: bool = True) -> Markup:
    """The same to the minute, for deadlines and ends of periods, which lie on whole ones."""
    return _time(instant, minute_text(instant, zone), zone if named else None)


def day(instant: Instant, zone: ZoneInfo) -> Markup:
    """The day on a zone's calendar."""
    return _time(instant, f"{moment(instant, zone):%Y-%m-%d}", None)


def until(instant: Instant, now: Instant) -> Markup:
    """How far an instant is from now, in words."""
    gap = instant - now
    words = f"in {length_text(gap)}" if gap > 0 else f"{length_text(-gap)} ago"
    return Markup('<span class="until">{}</span>').format(words if abs(gap) >= SECOND else "now")


def clock(duration: Duration) -> str:
    """A length to the second and beyond: 26:03:00."""
    return clock_text(duration)


def money(amount: Money | None) -> str:
    """An amount with its currency; a dash where there is none."""
    return "–" if amount is None else amount_text(str(amount), amount.currency)


def plain(name: str) -> str:
    """A name of ours as words: `not_shown` is "not shown"."""
    return name.replace("_", " ")


def _time(instant: Instant, words: str, zone: ZoneInfo | None) -> Markup:
    utc = format_instant(instant)
    shown = Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        utc, utc.removesuffix("Z").replace("T", " "), words
    )
    return shown if zone is None else shown + Markup(' <span class="zone">{}</span>').format(zone.key)


FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "at": at,
    "minute": minute,
    "day": day,
    "until": until,
    "clock": clock,
    "lasting": length_text,
    "moment": moment,
    "money": money,
    "plain": plain,
}
"""The filters of every template."""
