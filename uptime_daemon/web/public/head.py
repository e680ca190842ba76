"""The public page as a whole: its name, its address, when it began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import moment
from uptime_daemon.desk.incidents import Impact, IncidentStatus, public_id

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.board import Board
    from uptime_daemon.desk.incidents import Incident, IncidentUpdate
    from uptime_daemon.desk.works import PlannedWork


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


def incident_name(incident: Incident, board: Board) -> str:
    """The name people gave it, or that of the group that was down."""
    if incident.name is not None:
        return incident.name
    titles = {group.id: group.title for group in board.groups}
    return ", ".join(titles.get(group, group) for group in incident.groups)


def work_name(work: PlannedWork, board: Board) -> str:
    """Planned work by the groups it is for."""
    titles = {group.id: group.title for group in board.groups}
    named = ", ".join(titles.get(group, group) for group in work.groups)
    return f"Planned maintenance: {named}" if named else "Planned maintenance"


_MEASURED: Final = {
    IncidentStatus.INVESTIGATING: "Our measurements show that this does not work.",
    IncidentStatus.RESOLVED: "Our measurements show that this works again.",
}


def update_text(update: IncidentUpdate) -> str:
    """What people wrote, or what the measurement says."""
    return _MEASURED[update.status] if update.text is None else update.text


IMPACT_WORDS: Final = {
    Impact.NONE: "no impact",
    Impact.MINOR: "minor impact",
    Impact.MAJOR: "major impact",
    Impact.CRITICAL: "critical impact",
}
