"""The words of incidents and planned work: English where programs read, translated where the page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.desk.showing.incidents import Impact, IncidentStatus
from uptime_daemon.desk.showing.works import WorkStatus
from uptime_daemon.languages.catalogue import message

if TYPE_CHECKING:
    from uptime_daemon.desk.showing.board import Board
    from uptime_daemon.desk.showing.incidents import Incident, IncidentUpdate
    from uptime_daemon.desk.showing.works import PlannedWork

STATUSES: Final = {
    IncidentStatus.INVESTIGATING: message("investigating"),
    IncidentStatus.IDENTIFIED: message("identified"),
    IncidentStatus.MONITORING: message("monitoring"),
    IncidentStatus.RESOLVED: message("resolved"),
    IncidentStatus.POSTMORTEM: message("postmortem"),
}
IMPACTS: Final = {
    Impact.NONE: message("no impact"),
    Impact.MINOR: message("minor impact"),
    Impact.MAJOR: message("major impact"),
    Impact.CRITICAL: message("critical impact"),
}
WORKS: Final = {
    WorkStatus.SCHEDULED: message("scheduled"),
    WorkStatus.IN_PROGRESS: message("in progress"),
    WorkStatus.COMPLETED: message("completed"),
}
UPDATES: Final = {
    IncidentStatus.INVESTIGATING: message("Our measurements show that this does not work."),
    IncidentStatus.RESOLVED: message("Our measurements show that this works again."),
}
"""What the measurement itself has to say."""


def incident_name(incident: Incident, board: Board) -> str:
    """The name people gave it, or that of the group that was down."""
    if incident.name is not None:
        return incident.name
    titles = {group.id: group.title for group in board.groups}
    return ", ".join(titles.get(group, group) for group in incident.groups)


def work_name(work: PlannedWork, board: Board) -> str:
    """The groups that planned work is for; empty where it is for none that is watched."""
    titles = {group.id: group.title for group in board.groups}
    return ", ".join(titles.get(group, group) for group in work.groups)


def work_title(work: PlannedWork, board: Board) -> str:
    """Planned work by the groups it is for, for programs."""
    named = work_name(work, board)
    return f"Planned maintenance: {named}" if named else "Planned maintenance"


def update_text(update: IncidentUpdate) -> str:
    """What people wrote, or what the measurement says."""
    return UPDATES[update.status] if update.text is None else update.text
