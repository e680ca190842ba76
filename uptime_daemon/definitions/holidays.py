"""Public holidays as sets of dates, computed by the holidays library once per country and year."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from uptime_daemon.definitions.documents import ABSENT, Node
from uptime_daemon.definitions.problems import Problems, RefusedError
from uptime_daemon.definitions.shapes import named, refuse, unknown_keys

if TYPE_CHECKING:
    from datetime import date

HOLIDAYS_VERSION: Final = version("holidays")


@lru_cache(maxsize=4096)  # 250 countries of some 16 years each
def _public(country: str, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - 60 ms that most commands never need

    # A lookup in the library's object would add years to it; a frozen copy of one year cannot change.
    return frozenset(day for day in holidays.country_holidays(country, years=year) if day.year == year)


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The country codes that the library knows."""
    import holidays  # noqa: PLC0415 - as above

    return frozenset(holidays.list_supported_countries(include_aliases=False))


@dataclass(frozen=True, slots=True)
class HolidaySet:
    """The public holidays of one or several countries: those of any of them, or only those common to all."""

    countries: tuple[str, ...] = ()
    common: bool = False

    def __contains__(self, day: date) -> bool:
        """Whether the date is such a holiday; no country has none."""
        if not self.countries:
            return False
        held = (day in _public(country, day.year) for country in self.countries)
        return all(held) if self.common else any(held)


NO_HOLIDAYS: Final = HolidaySet()


@dataclass(frozen=True, slots=True)
class Holidays:
    """A country code, a list of codes (holidays of any of them), `{all_of: [...]}`, or `[]` for none."""

    def read(self, node: Node, path: str, problems: Problems) -> HolidaySet:
        """The set. A parameter that is not set gives no holidays: a window is then never void and excuses more."""
        match node.value:
            case dict() as mapping:
                if unknown_keys(node, path, problems, ("all_of",)):
                    raise RefusedError
                inner = mapping.get("all_of")
                if inner is None or not isinstance(inner.value, list):
                    raise refuse(node, path, problems, "has no list all_of; write {all_of: [CZ, RS]}")
                if any(child.value is ABSENT for child in inner.value):
                    return NO_HOLIDAYS
                return HolidaySet(_codes(inner.value, f"{path}.all_of", problems), common=True)
            case list() as items:
                return HolidaySet(_codes(items, path, problems))
            case _ if node.value is ABSENT:
                return NO_HOLIDAYS
            case _:
                return HolidaySet(_codes([node], path, problems))


def _codes(nodes: list[Node], path: str, problems: Problems) -> tuple[str, ...]:
    result: list[str] = []
    refused = False
    for node in nodes:
        if isinstance(node.value, list):
            result.extend(_codes(node.value, path, problems))
        elif isinstance(node.value, str) and node.value in countries():
            result.append(node.value)
        elif node.value is not ABSENT:
            refuse(
                node,
                path,
                problems,
                f"{named(node)} is no country with known holidays; write an ISO 3166 code such as RS",
            )
            refused = True
    if refused:
        raise RefusedError
    return tuple(dict.fromkeys(result))
