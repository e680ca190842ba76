"""Kinds of probes that other packages bring: an entry point in the group `uptime_daemon.probers` names a `Kind`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, TypeAlias

from uptime_daemon.core.facts.attempt import Attempt
from uptime_daemon.core.time.instants import Duration
from uptime_daemon.probers.endpoints.places import ForeignEndpoint
from uptime_daemon.probers.equipment import Equipment

TYPES: Final[tuple[Any, ...]] = (str, int, bool, list[str])
"""What a setting may be."""
_NAMED_TYPES: Final = "str, int, bool or list[str]"
GROUP: Final = "uptime_daemon.probers"
"""The group of entry points."""

Prober: TypeAlias = Callable[[Any, Duration, Equipment], Awaitable[Attempt]]
"""One try at an endpoint of its own kind that ends within the given elapsed microseconds."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a kind's definition."""

    type: type[str | int | bool | list[str]]
    """A text, a whole number, a flag, or a list of texts."""
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of probe."""

    settings: Mapping[str, Setting]
    endpoint: Callable[..., ForeignEndpoint]
    """Called with every setting by name; its `ValueError` says what to write instead."""
    attempt: Prober
    """Best made with `uptime_daemon.probers.progress.tried`."""


@cache
def found() -> Mapping[str, EntryPoint]:
    """The entry points by the name of the kind; nothing of them is loaded yet."""
    return {point.name: point for point in entry_points(group=GROUP)}


@cache
def kind(name: str) -> Kind:
    """A kind that another package brings; `ValueError` if there is none, or it cannot be loaded."""
    point = found().get(name)
    if point is None:
        raise ValueError(f"nobody brings the kind {name!r}")
    try:
        loaded = point.load()
    except (Exception, SystemExit) as error:  # whatever a package does when it is imported, the daemon goes on
        why = f"{type(error).__name__}: {error}"
        raise ValueError(f"the kind {name!r} cannot be loaded from {point.value}: {why}; mend the package") from error
    if not isinstance(loaded, Kind):
        raise ValueError(f"{point.value} is no kind of probe; it must be a uptime_daemon.probers.foreign.Kind")  # noqa: TRY004 - the file's mistake
    for key, setting in loaded.settings.items():
        if setting.type not in TYPES:
            raise ValueError(f"{point.value} has a setting {key!r} of no type of ours; it must be {_NAMED_TYPES}")
    return loaded


def endpoint(name: str, values: Mapping[str, Any]) -> ForeignEndpoint:
    """The endpoint that another package makes of its settings; `ValueError` that says what is wrong, and whose."""
    try:
        made = kind(name).endpoint(**values)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"the package of the kind {name!r} broke: {type(error).__name__}: {error}") from error
    if missing := [word for word in ("kind", "host", "place", "checks") if not hasattr(made, word)]:
        raise ValueError(f"the package of the kind {name!r} makes an endpoint without {missing[0]}; mend the package")
    return made
