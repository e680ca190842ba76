"""The public page as a whole: its name, its address, when it began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.time.instants import moment
from uptime_daemon.desk.showing.incidents import public_id

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.board import Board


@dataclass(frozen=True, slots=True)
class PageHead:
    """What stands above everything public."""

    title: str
    url: str
    """Absolute, with a slash at its end."""
    began: Instant
    """When the first definitions were recorded: the page is as old as they are."""

    @property
    def id(self) -> str:
        """The page's public id: of the address, so that a new title changes nothing."""
        return public_id("page", self.url)


def stamp(at: Instant, zone: ZoneInfo) -> str:
    """ISO 8601 with milliseconds and offset, as readers of status pages parse it."""
    return moment(at, zone).isoformat(timespec="milliseconds")


def changed_at(board: Board, head: PageHead) -> Instant:
    """When something public last changed: the page's age, which grows while nothing is news."""
    groups = [group.since for group in board.groups if group.since is not None]
    probes = [probe.since for probe in board.probes if probe.since is not None]
    news = [*(incident.updated_at for incident in board.incidents), *(work.changed_at for work in board.works)]
    return max([head.began, *groups, *probes, *news])
