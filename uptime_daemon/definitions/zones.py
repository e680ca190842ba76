"""IANA zones from the pinned tzdata package alone: the system's database may be years older and change unseen."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from uptime_daemon.definitions.shapes import OneOf, Shape, named, refuse

if TYPE_CHECKING:
    from uptime_daemon.definitions.nodes import Node
    from uptime_daemon.definitions.problems import Problems

# zoneinfo prefers the system's files; an empty search path leaves the tzdata package as the only source.
zoneinfo.reset_tzpath(())

TZDATA_VERSION: Final = version("tzdata")


@dataclass(frozen=True, slots=True)
class Zone:
    """The name of an IANA zone."""

    def forms(self) -> tuple[Shape[Any], ...]:
        """Every name that the pinned database has."""
        return (OneOf(tuple(sorted(zoneinfo.available_timezones()))),)

    def read(self, node: Node, path: str, problems: Problems) -> ZoneInfo:
        """The zone."""
        if isinstance(node.value, str) and node.value:
            try:
                return ZoneInfo(node.value)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                pass
        message = f"{named(node)} is no zone of the IANA database; write one such as Europe/Prague"
        raise refuse(node, path, problems, message)
