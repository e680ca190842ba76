"""Amounts of time that a clause names: `{days: 7}`, `{business_days: 3, working_time: {...}}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from uptime_daemon.core.terms.lapse import Lapse, LapseUnit
from uptime_daemon.definitions.calendars import WorkingTimeShape
from uptime_daemon.definitions.records import Key, Record, optional
from uptime_daemon.definitions.shapes import Whole

_AMOUNT_MAX: Final = 10_000
UNITS: Final = tuple(unit.value for unit in LapseUnit)


def lapse_keys(zone: ZoneInfo) -> Mapping[str, Key[Any]]:
    """The keys of an amount of time, of which one is written; business days also say what they are."""
    return {
        **{unit: optional(Whole(0, _AMOUNT_MAX)) for unit in UNITS},
        "working_time": optional(WorkingTimeShape(zone)),
    }


def taken_lapse(zone: ZoneInfo, terms: dict[str, Any]) -> Lapse | None:
    """The amount of time among a record's values, removed from them; None where none is written."""
    working_time = terms.pop("working_time")
    written = {unit: amount for unit in UNITS if (amount := terms.pop(unit)) is not None}
    if not written:
        if working_time is not None:
            raise ValueError("working_time says what business_days are, and none are written; write business_days")
        return None
    if len(written) > 1:
        raise ValueError(f"has {' and '.join(written)}; write one amount of time")
    ((unit, amount),) = written.items()
    if (unit == LapseUnit.BUSINESS_DAYS) is not (working_time is not None):
        raise ValueError("business_days and working_time belong together; write both or neither")
    return Lapse(amount, LapseUnit(unit), zone, working_time)


def lapse(zone: ZoneInfo) -> Record[Lapse]:
    """An amount of time that stands alone."""

    def build(**terms: Any) -> Lapse:
        found = taken_lapse(zone, terms)
        if found is None:
            raise ValueError(f"names no amount of time; write one of {', '.join(UNITS)}")
        return found

    return Record(build, lapse_keys(zone))


def with_lapse(zone: ZoneInfo, build: Callable[..., Any]) -> Callable[..., Any]:
    """A builder that is called with `lapse` instead of the keys of an amount of time."""

    def built(**terms: Any) -> Any:
        found = taken_lapse(zone, terms)
        return build(lapse=found, **terms)

    return built
