"""Public holidays as sets of dates, computed by the holidays library once per country and year, and what it lacks.

What the library lacks is never guessed: a year without a public holiday (Ukraine under martial law), an Islamic date
that is an estimate until it is announced, a half day without an hour are named for a person to decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import HOUR
from uptime_daemon.definitions.nodes import ABSENT, Node
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.records import ListOf, Record, optional, required, unknown_keys
from uptime_daemon.definitions.shapes import OneOf, Shape, Text, named, refuse
from uptime_daemon.definitions.times import Day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from uptime_daemon.core.time.instants import Duration

HOLIDAYS_VERSION: Final = version("holidays")

PUBLIC: Final = "public"
HALF_DAY: Final = "half_day"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# The library says both in its labels alone, in the label's language.
_ESTIMATED: Final = "(estimated)"
_FROM_HOUR: Final = re.compile(r"\(from (?P<hour>1[0-2]|[1-9])(?P<half>am|pm)\)")
_NOON: Final = 12


@dataclass(frozen=True, slots=True)
class Source:
    """One country's days of some categories, or those of a part of it."""

    country: str
    """ISO 3166 code."""
    subdivision: str | None = None
    categories: tuple[str, ...] = (PUBLIC,)

    def labels(self, year: int) -> Mapping[date, str]:
        """The days of a year with the library's English labels."""
        return _labels(self.country, self.subdivision, self.categories, year)

    def __contains__(self, day: date) -> bool:
        """Whether the date is such a day."""
        return day in self.labels(day.year)


@lru_cache(maxsize=4096)  # 250 countries of some 16 years each
def _labels(country: str, subdivision: str | None, categories: tuple[str, ...], year: int) -> Mapping[date, str]:
    import holidays  # noqa: PLC0415 - 60 ms that most commands never need

    found = holidays.country_holidays(country, subdiv=subdivision, years=year, categories=categories, language="en_US")
    # A lookup in the library's object would add years to it; a copy of one year cannot change.
    return {day: label for day, label in sorted(found.items()) if day.year == year}


@lru_cache(maxsize=4096)  # as above
def _moved(country: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - as above

    found = holidays.country_holidays(country, years=year)
    # The library lists 2013-12-28 among Kazakhstan's moved working days of every year.
    return frozenset(day for day in found.weekend_workdays if day.year == year)


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The country codes that the library knows."""
    import holidays  # noqa: PLC0415 - as above

    return frozenset(holidays.list_supported_countries(include_aliases=False))


@dataclass(frozen=True, slots=True)
class HolidaySet:
    """The days of one or several sources: those of any of them, or only those common to all; and dates named singly."""

    sources: tuple[Source, ...] = ()
    common: bool = False
    days: frozenset[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        """Whether the date is such a day; no source has none."""
        if day in self.days:
            return True
        if not self.sources:
            return False
        held = (day in source for source in self.sources)
        return all(held) if self.common else any(held)

    def label(self, day: date) -> str:
        """What the library calls a day of the set; empty for one that is named singly."""
        labels = [source.labels(day.year)[day] for source in self.sources if day in source]
        return " / ".join(dict.fromkeys(labels))

    def is_estimated(self, day: date) -> bool:
        """Whether the date is a day of the set by an estimate that nobody has confirmed."""
        return day in self and _ESTIMATED in self.label(day)

    def within(self, years: Iterable[int]) -> Mapping[date, str]:
        """The days of some years with their labels, in order."""
        wanted = sorted(set(years))
        found = {day for source in self.sources for year in wanted for day in source.labels(year)}
        found |= {day for day in self.days if day.year in wanted}
        return {day: self.label(day) for day in sorted(found) if day in self}

    def gaps(self, years: Iterable[int]) -> tuple[str, ...]:
        """What the library does not know of some years, in words."""
        return tuple(
            f"holidays {HOLIDAYS_VERSION} knows no {'/'.join(source.categories)} holiday of {source.country} in {year}"
            for year in sorted(set(years))
            for source in self.sources
            if not source.labels(year)
        )


NO_HOLIDAYS: Final = HolidaySet()


@dataclass(frozen=True, slots=True)
class HalfDays:
    """The half days of some countries: when they begin stands in the library's labels alone."""

    countries: tuple[str, ...] = ()

    def get(self, day: date, /) -> Duration | None:
        """The wall-clock time after midnight from which the earliest of them is closed; None on other days."""
        hours = [hour for each in self._sources() if (hour := _closing(each.labels(day.year).get(day))) is not None]
        return min(hours, default=None)

    def within(self, years: Iterable[int]) -> Mapping[date, Duration]:
        """The half days of some years with the times from which they are closed."""
        days = sorted({day for source in self._sources() for year in set(years) for day in source.labels(year)})
        return {day: closing for day in days if (closing := self.get(day)) is not None}

    def gaps(self, years: Iterable[int]) -> tuple[str, ...]:
        """Half days of which the library does not say the hour, in words."""
        return tuple(
            f"holidays {HOLIDAYS_VERSION} says not from which hour {day} ({label}) of {source.country} is free"
            for year in sorted(set(years))
            for source in self._sources()
            for day, label in source.labels(year).items()
            if _closing(label) is None
        )

    def _sources(self) -> Sequence[Source]:
        return [Source(each, categories=(HALF_DAY,)) for each in self.countries if HALF_DAY in _categories(each)]


NO_HALF_DAYS: Final = HalfDays()


@dataclass(frozen=True, slots=True)
class MovedDays:
    """Days off that the governments of some countries declared working days in exchange for others."""

    countries: tuple[str, ...] = ()

    def __contains__(self, day: date) -> bool:
        """Whether the date is such a day."""
        return any(day in _moved(each, day.year) for each in self.countries)


NO_MOVED_DAYS: Final = MovedDays()


def _closing(label: str | None) -> Duration | None:
    """The hour of a label such as `Republic Day (from 1pm)`."""
    found = _FROM_HOUR.search(label or "")
    if found is None:
        return None
    return (int(found["hour"]) % _NOON + (_NOON if found["half"] == "pm" else 0)) * HOUR


@lru_cache(maxsize=256)
def _categories(country: str) -> tuple[str, ...]:
    import holidays  # noqa: PLC0415 - as above

    return tuple(holidays.country_holidays(country).supported_categories)


@lru_cache(maxsize=256)
def _subdivisions(country: str) -> tuple[str, ...]:
    import holidays  # noqa: PLC0415 - as above

    return tuple(holidays.country_holidays(country).subdivisions)


@dataclass(frozen=True, slots=True)
class Holidays:
    """Whose holidays: a country code, `{country, subdivision, categories}`, a date, a list of these, `{all_of: [...]}`.

    A list holds the days of any of its members, `all_of` those common to all; `[]` is none.
    """

    def forms(self) -> tuple[Shape[Any], ...]:
        """A country, a part of it, a date, a list of these, or what several have in common."""
        return (
            OneOf(tuple(sorted(countries()))),
            Text("date", _DATE.pattern, "2026-12-31"),
            _source(),
            ListOf(self),
            Record(dict, {"all_of": required(ListOf(self))}),
        )

    def read(self, node: Node, path: str, problems: Problems) -> HolidaySet:
        """The set. A parameter that is not set gives no holidays: a window is then never void and excuses more."""
        match node.value:
            case dict() as mapping if "country" not in mapping:
                if unknown_keys(node, path, problems, ("all_of",)):
                    raise RefusedError
                inner = mapping.get("all_of")
                if inner is None or not isinstance(inner.value, list):
                    raise refuse(node, path, problems, "has no list all_of; write {all_of: [CZ, RS]}")
                if any(child.value is ABSENT for child in inner.value):
                    return NO_HOLIDAYS
                sources, days = _members(inner.value, f"{path}.all_of", problems)
                if days:
                    raise refuse(inner, f"{path}.all_of", problems, "holds a date; write countries, dates stand alone")
                return HolidaySet(sources, common=True)
            case list() as items:
                sources, days = _members(items, path, problems)
                return HolidaySet(sources, days=days)
            case _ if node.value is ABSENT:
                return NO_HOLIDAYS
            case _:
                sources, days = _members([node], path, problems)
                return HolidaySet(sources, days=days)


@dataclass(frozen=True, slots=True)
class Countries:
    """A country code or a list of them, `[]` is none; of other members of a list the country alone counts."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """A code or a list of codes."""
        return (OneOf(tuple(sorted(countries()))), ListOf(Holidays()))

    def read(self, node: Node, path: str, problems: Problems) -> tuple[str, ...]:
        """The codes."""
        sources, _ = _members(node.value if isinstance(node.value, list) else [node], path, problems)
        return tuple(dict.fromkeys(source.country for source in sources))


def _members(nodes: list[Node], path: str, problems: Problems) -> tuple[tuple[Source, ...], frozenset[date]]:
    sources: list[Source] = []
    days: set[date] = set()
    refused = False
    for node in nodes:
        try:
            match node.value:
                case list() as items:
                    inner, inner_days = _members(items, path, problems)
                    sources += inner
                    days |= inner_days
                case str() as text if text in countries():
                    sources.append(Source(text))
                case str() as text if _DATE.fullmatch(text):
                    days.add(Day().read(node, path, problems))
                case dict():
                    sources.append(_source().read(node, path, problems))
                case _ if node.value is not ABSENT:
                    message = f"{named(node)} is no country with known holidays; write an ISO 3166 code such as RS"
                    raise refuse(node, path, problems, message)
        except RefusedError:
            refused = True
    if refused:
        raise RefusedError
    return tuple(dict.fromkeys(sources)), frozenset(days)


@lru_cache(maxsize=1)
def _source() -> Record[Source]:
    """`{country: US, subdivision: CA, categories: [public, government]}`."""

    def build(country: str, subdivision: str | None, categories: tuple[str, ...]) -> Source:
        if country not in countries():
            raise ValueError(f"{country!r} is no country with known holidays; write an ISO 3166 code such as RS")
        if subdivision is not None and subdivision not in _subdivisions(country):
            known = ", ".join(_subdivisions(country)) or "none; leave it out"
            raise ValueError(f"{subdivision!r} is no part of {country}; the parts are: {known}")
        if unknown := [each for each in categories if each == HALF_DAY or each not in _categories(country)]:
            known = ", ".join(each for each in _categories(country) if each != HALF_DAY)
            hint = "; half days have a key of their own, half_days" if HALF_DAY in unknown else ""
            raise ValueError(f"{unknown[0]!r} is no category of {country}; the categories are: {known}{hint}")
        return Source(country, subdivision, tuple(sorted(set(categories))))

    return Record(
        build,
        {
            "country": required(Text("country", r"[A-Z]{2}", "RS")),
            "subdivision": optional(Text("subdivision", r"[A-Za-z0-9-]+", "CA")),
            "categories": optional(ListOf(Text("category", r"[a-z_]+", "public"), at_least=1), (PUBLIC,)),
        },
    )
