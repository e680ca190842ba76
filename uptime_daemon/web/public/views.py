"""Incidents as the public page shows them, values ready to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import DAY
from uptime_daemon.desk.incidents import Impact
from uptime_daemon.desk.works import WorkStatus, upcoming
from uptime_daemon.web.public.head import IMPACT_WORDS, incident_name, update_text, work_name
from uptime_daemon.web.words import length_text, minute_text

if TYPE_CHECKING:
    from uptime_daemon.desk.board import Board
    from uptime_daemon.desk.incidents import Incident

WORKS_AHEAD: Final = 31 * DAY
"""How far ahead the page shows planned work; the calendar has all of it."""
SHOWN_MAX: Final = 20
"""How many incidents the page shows, the newest first; the feeds and the status API have more."""


@dataclass(frozen=True, slots=True)
class UpdateView:
    """One piece of news."""

    id: str
    status: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident with its news, the newest first."""

    id: str
    name: str
    is_over: bool
    mark: str
    words: str
    started: str
    lasting: str
    updates: tuple[UpdateView, ...]


def incident_views(board: Board) -> list[IncidentView]:
    """Those that go on first, then the newest."""
    newest = sorted(board.incidents, key=lambda each: each.started_at, reverse=True)
    ordered = sorted(newest, key=lambda each: each.is_over)
    return [_view(each, board) for each in ordered[:SHOWN_MAX]]


@dataclass(frozen=True, slots=True)
class WorkView:
    """One piece of planned work."""

    id: str
    name: str
    mark: str
    words: str
    start: str
    end: str


def work_views(board: Board) -> list[WorkView]:
    """What goes on or begins within the next weeks, in order of beginning."""
    return [
        WorkView(
            id=each.id,
            name=work_name(each, board),
            mark="slow" if each.status(board.at) is WorkStatus.IN_PROGRESS else "unknown",
            words=each.status(board.at).value.replace("_", " "),
            start=minute_text(each.span.start, board.zone),
            end=minute_text(each.span.end, board.zone),
        )
        for each in upcoming(board.works, board.at, WORKS_AHEAD)
    ]


def _view(incident: Incident, board: Board) -> IncidentView:
    over = incident.is_over
    mark = "up" if over else ("down" if incident.impact in {Impact.MAJOR, Impact.CRITICAL} else "slow")
    end = incident.updated_at if over else board.at
    return IncidentView(
        id=incident.id,
        name=incident_name(incident, board),
        is_over=over,
        mark=mark,
        words=f"{incident.status.value}, {IMPACT_WORDS[incident.impact]}",
        started=minute_text(incident.started_at, board.zone),
        lasting=length_text(max(0, end - incident.started_at)),
        updates=tuple(
            UpdateView(each.id, each.status.value, minute_text(each.at, board.zone), update_text(each))
            for each in reversed(incident.updates)
        ),
    )
