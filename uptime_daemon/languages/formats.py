"""Figures, dates and lengths as a language spells them: by CLDR, after our own rounding.

Nothing here rounds. A number comes as the exact text that the rest of the house shows (`ratio_text`, `Money`), and
every digit of it stays: CLDR would print 1234.50 RSD as `1.234 RSD` and halves to even. The names of units are our own
catalogue `units`: those of CLDR as Babel holds them have holes (`2 duration-hour` in Serbian).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Final

from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, local_date, moment
from uptime_daemon.languages.catalogue import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from gettext import NullTranslations
    from typing import Literal
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.languages.language import Language

SPACE: Final = "\N{NO-BREAK SPACE}"
"""Between a figure and its unit, so that no line ends between them."""
_DAYS_FROM: Final = 2
"""From how many days on a deadline is told in days: 36 hours say more than 1 day."""


@cache
def formats(language: Language) -> Formats:
    """How a language spells figures."""
    return Formats(language, catalogue("units", language))


@dataclass(frozen=True, slots=True)
class Formats:
    """How one language spells figures."""

    language: Language
    _units: NullTranslations

    def number(self, exact: str | int) -> str:
        """A decimal with every digit it has, grouped: `12 345,79`. A fraction `43110/43200` keeps its bar."""
        text = str(exact)
        if "/" in text:
            return "/".join(self.number(part) for part in text.split("/"))
        _, _, fraction = text.partition(".")
        pattern = f"#,##0.{'0' * len(fraction)}" if fraction else "#,##0"
        return format_decimal(Decimal(text), format=pattern, locale=self.language.locale, decimal_quantization=False)

    def percent(self, exact: str | int) -> str:
        """Percent as the language sets its sign: `99,79 %`, `%99,79`, `99.79%`."""
        scaled = Decimal(str(exact)).scaleb(-2)
        digits = max(-int(Decimal(str(exact)).as_tuple().exponent), 0)
        pattern = self.language.locale.percent_formats[None].pattern
        if digits:
            pattern = pattern.replace("#,##0", f"#,##0.{'0' * digits}")
        return format_percent(scaled, format=pattern, locale=self.language.locale, decimal_quantization=False)

    def money(self, amount: Money) -> str:
        """Major units with every minor digit and the currency's code: `1.250,75 EUR`."""
        return f"{self.number(str(amount))}{SPACE}{amount.currency}"

    def calendar_date(self, day: date, form: Literal["medium", "long", "full"] = "long") -> str:
        """`3 Jun 2026`, `3 June 2026`, `Wednesday, 3 June 2026`."""
        return format_date(day, form, locale=self.language.locale)

    def month(self, day: date) -> str:
        """The month of a day: `June 2026`."""
        return format_skeleton("yMMMM", day, locale=self.language.locale)

    def quarter(self, day: date) -> str:
        """The quarter of a day: `2nd quarter 2026`."""
        return format_skeleton("yQQQQ", day, locale=self.language.locale)

    def month_short(self, day: date) -> str:
        """A month on an axis: `Jun`."""
        return format_date(day, "LLL", locale=self.language.locale)

    def day_short(self, day: date) -> str:
        """A day on an axis: `3 Jun`."""
        return format_skeleton("MMMd", day, locale=self.language.locale)

    def day(self, at: Instant, zone: ZoneInfo, form: Literal["medium", "long", "full"] = "long") -> str:
        """The date that the zone shows at an instant."""
        return self.calendar_date(local_date(at, zone), form)

    def instant(self, at: Instant, zone: ZoneInfo) -> str:
        """The zone's clock with its offset, to the microsecond where there is one: `3 Jun 2026, 10:00:00 +02:00`.

        The offset is written out: a zone has no abbreviation in most languages, and one night a year an hour occurs
        twice.
        """
        shown = moment(at, zone)
        fraction = f".{shown.microsecond:06d}".rstrip("0") if shown.microsecond else ""
        offset = f"{shown:%z}"
        return (
            f"{format_date(shown.date(), 'medium', locale=self.language.locale)}, {shown:%H:%M:%S}{fraction}"
            f" {offset[:3]}:{offset[3:5]}"
        ).replace(" ", SPACE)

    def time(self, at: Instant, zone: ZoneInfo) -> str:
        """The zone's clock to the minute."""
        return format_time(moment(at, zone), "HH:mm", locale=self.language.locale)

    def length(self, duration: Duration) -> str:
        """A length in hours, minutes and seconds, exactly: `720 h`, `1 h 30 min`, `20 min 40.5 s`."""
        if duration < 0:
            return f"-{self.length(-duration)}"
        hours, rest = divmod(duration, HOUR)
        minutes, rest = divmod(rest, MINUTE)
        parts = [(self.number(hours), self._units.pgettext("unit", "h"))] if hours else []
        if minutes:
            parts.append((str(minutes), self._units.pgettext("unit", "min")))
        if rest or not parts:
            seconds = Decimal(rest).scaleb(-6).normalize()
            parts.append((self.number(format(seconds, "f")), self._units.pgettext("unit", "s")))
        return SPACE.join(f"{number}{SPACE}{unit}" for number, unit in parts)

    def minutes(self, exact: str) -> str:
        """Minutes as contracts count them: `480 min`, `31.5 min`."""
        return f"{self.number(exact)}{SPACE}{self._units.pgettext('unit', 'min')}"

    def days(self, length: Duration) -> str:
        """Whole days, below two days whole hours, below an hour whole minutes, rounded down: `7 days`, `36 hours`."""
        number = length // DAY
        if number >= _DAYS_FROM:
            return self._units.ngettext("%(number)d day", "%(number)d days", number) % {"number": number}
        number = length // HOUR
        if number:
            return self._units.ngettext("%(number)d hour", "%(number)d hours", number) % {"number": number}
        number = length // MINUTE
        return self._units.ngettext("%(number)d minute", "%(number)d minutes", number) % {"number": number}

    def bytes(self, number: int) -> str:
        """A size, exactly: `1,540 bytes`."""
        words = self._units.ngettext("%(number)s byte", "%(number)s bytes", number)
        return words % {"number": self.number(number)}

    def both(self, items: Sequence[str]) -> str:
        """`A, B and C`."""
        return format_list(items, locale=self.language.locale)
