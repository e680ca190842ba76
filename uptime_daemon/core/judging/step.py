"""One step of a derivation: sentences with named values, so that any language says them with the same figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from uptime_daemon.core.time.instants import clock_text, format_instant

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Duration, Instant


@dataclass(frozen=True, slots=True)
class Clock:
    """A length, as hours:minutes:seconds."""

    duration: Duration

    def __str__(self) -> str:
        """`720:00:00`."""
        return clock_text(self.duration)


@dataclass(frozen=True, slots=True)
class Local:
    """An instant on a zone's clock."""

    at: Instant
    zone: ZoneInfo

    def __str__(self) -> str:
        """`2026-06-03 10:00:00 +02:00`."""
        return local_text(self.at, self.zone)


@dataclass(frozen=True, slots=True)
class Exact:
    """A number with every digit that is shown, or a fraction: `99.95`, `43110/43200`."""

    text: str

    def __str__(self) -> str:
        """The text as it is."""
        return self.text


@dataclass(frozen=True, slots=True)
class Percent:
    """A number of percent."""

    text: str

    def __str__(self) -> str:
        """`99.95 %`."""
        return f"{self.text} %"


@dataclass(frozen=True, slots=True)
class Amount:
    """Major units of a currency, exact or rounded."""

    text: str
    currency: str

    def __str__(self) -> str:
        """`39.20 EUR`."""
        return f"{self.text} {self.currency}"


@dataclass(frozen=True, slots=True)
class Named:
    """Something that a contract's file names, and calls by a title."""

    code: str
    title: Value

    def __str__(self) -> str:
        """The name: what programs and those who wrote the file know it by."""
        return self.code


@dataclass(frozen=True, slots=True)
class Gap:
    """Why time was not measured: a word of an open set."""

    reason: str

    def __str__(self) -> str:
        """`daemon_off`."""
        return self.reason


@dataclass(frozen=True, slots=True)
class Joined:
    """Values one after another."""

    items: tuple[Value, ...]
    separator: str = ", "

    def __str__(self) -> str:
        """All of them with the separator between."""
        return self.separator.join(str(each) for each in self.items)


@dataclass(frozen=True, slots=True)
class Phrase:
    """English words around named values, `%(start)s to %(end)s`; the words are what catalogues translate."""

    text: str
    values: tuple[tuple[str, Value], ...]

    def __str__(self) -> str:
        """In English, with figures as programs write them."""
        return self.text % {name: str(value) for name, value in self.values}


Value: TypeAlias = "Amount | Clock | Local | Exact | Percent | Named | Gap | Joined | Phrase | StrEnum | str"
"""What stands in a phrase. A member of an enumeration is a word of a closed set; plain text is a name."""


def say(text: str, **values: Value) -> Phrase:
    """A phrase; `text` is found by the catalogues, so it is written out where this is called."""
    return Phrase(text, tuple(values.items()))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the derivation."""

    title: Phrase
    clause: str
    """Empty where the step follows from arithmetic or from a rule of measuring."""
    says: Phrase

    @property
    def step(self) -> str:
        """What the step is, in English."""
        return str(self.title)

    @property
    def value(self) -> str:
        """What it comes to, in English."""
        return str(self.says)


def local_text(at: Instant, zone: ZoneInfo) -> str:
    """An instant on the zone's clock, with its offset: 2026-06-03 10:00:00 +02:00."""
    text = format_instant(at, zone).replace("Z", "+00:00")
    return f"{text[:10]} {text[11:-6]} {text[-6:]}"
