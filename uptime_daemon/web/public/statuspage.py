"""The status API in the shape of Atlassian's Statuspage v2, which readers of status pages already understand.

Functional groups are group components, their probes the components in them. The words never leave the published sets:
readers look them up in tables and fail on others. A breach of a contract is a legal matter and never shows here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from uptime_daemon.core.facts.state import State
from uptime_daemon.desk.showing.incidents import IncidentStatus, public_id
from uptime_daemon.desk.showing.works import WorkStatus
from uptime_daemon.web.public.head import PageHead, changed_at, stamp
from uptime_daemon.web.public.words import incident_name, update_text, work_title

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.board import Board, GroupEntry, ProbeEntry
    from uptime_daemon.desk.showing.incidents import Incident
    from uptime_daemon.desk.showing.works import PlannedWork

INCIDENTS_MAX: Final = 50
"""How many incidents a list has, the newest first: as many as the original gives."""
OPERATIONAL: Final = "operational"
_ORDER: Final = (OPERATIONAL, "degraded_performance", "partial_outage", "major_outage")
_WORKS: Final = frozenset({IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM})
_DESCRIPTIONS: Final = {
    "none": "All Systems Operational",
    "minor": "Minor Service Outage",
    "major": "Partial System Outage",
    "critical": "Major Service Outage",
}


PATHS: Final = (
    "summary",
    "status",
    "components",
    "incidents",
    "incidents/unresolved",
    "scheduled-maintenances",
    "scheduled-maintenances/upcoming",
    "scheduled-maintenances/active",
)
"""What can be asked for, below `/api/v2/` and with `.json` behind it."""


class Document(NamedTuple):
    """One answer, ready to be sent."""

    body: bytes
    etag: str


@dataclass(slots=True)
class Statuspage:
    """All answers for the latest board; unknown repeats the last known state, for this API has no word for it."""

    head: PageHead
    _board: Board | None = None
    _documents: dict[str, Document] = field(default_factory=dict)
    _known: dict[str, tuple[str, Instant]] = field(default_factory=dict)
    """The last known status of a component and since when."""
    _maintained: set[str] = field(default_factory=set)
    """The groups on which announced work goes on."""

    def document(self, path: str, board: Board) -> Document:
        """The answer for one of `PATHS`."""
        self.learn(board)
        known = self._documents.get(path)
        if known is None:
            content = {"page": self._page(board), **self._content(path, board)}
            body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
            known = self._documents[path] = Document(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
        return known

    def _content(self, path: str, board: Board) -> Mapping[str, Any]:
        match path:
            case "summary":
                return {
                    "components": self._components(board),
                    "incidents": self._incidents(board, unresolved=True),
                    "scheduled_maintenances": self._works(board, WorkStatus.SCHEDULED, WorkStatus.IN_PROGRESS),
                    **self.status(board),
                }
            case "status":
                return self.status(board)
            case "components":
                # The original has no status here; one exporter reads it all the same, and no other reader minds.
                return {"components": self._components(board), **self.status(board)}
            case "incidents":
                return {"incidents": self._incidents(board, unresolved=False)}
            case "incidents/unresolved":
                return {"incidents": self._incidents(board, unresolved=True)}
            case "scheduled-maintenances":
                return {"scheduled_maintenances": self._works(board, *WorkStatus)}
            case "scheduled-maintenances/upcoming":
                return {"scheduled_maintenances": self._works(board, WorkStatus.SCHEDULED)}
            case "scheduled-maintenances/active":
                return {"scheduled_maintenances": self._works(board, WorkStatus.IN_PROGRESS)}
            case _:
                raise KeyError(path)

    def indicator(self, board: Board) -> str:
        """The worst of all groups in one word."""
        worst = [_ORDER.index(self._known[group.id][0]) for group in board.groups]
        if worst and min(worst) == _ORDER.index("major_outage"):
            return "critical"
        match max(worst, default=0):
            case 0:
                return "none"
            case 3:
                return "major"
            case _:
                return "minor"

    def status_of(self, group: GroupEntry) -> str:
        """The status of a group's component."""
        return self._known[group.id][0]

    def learn(self, board: Board) -> None:
        """Take in a board: what is known of it, and what was last known of what it does not know."""
        if board is self._board:
            return
        self._board = board
        self._documents.clear()
        for group in board.groups:
            for probe in group.probes:
                self._learn(probe.id, _probe_status(probe), probe.since)
            self._learn(group.id, _group_status(group), group.since)
        self._maintained = {
            group
            for work in board.works
            if not work.cancelled and work.status(board.at) is WorkStatus.IN_PROGRESS
            for group in work.groups
        }

    def _learn(self, name: str, status: str | None, since: Instant | None) -> None:
        if status is not None:
            self._known[name] = (status, since or self.head.began)
        elif name not in self._known:
            self._known[name] = (OPERATIONAL, self.head.began)

    def _page(self, board: Board) -> Mapping[str, Any]:
        head = self.head
        return {
            "id": head.id,
            "name": head.title,
            "url": head.url,
            "time_zone": board.zone.key,
            "updated_at": stamp(changed_at(board, head), board.zone),
        }

    def status(self, board: Board) -> Mapping[str, Any]:
        """The state of everything together."""
        indicator = self.indicator(board)
        # "maintenance" is sent by the original and refused by strict readers: the word stays in the description.
        quiet = indicator == "none" and self._maintained
        return {
            "status": {
                "indicator": indicator,
                "description": "Service Under Maintenance" if quiet else _DESCRIPTIONS[indicator],
            }
        }

    def _components(self, board: Board) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for position, group in enumerate(board.groups, start=1):
            own = self.group_component(group, position, board.zone)
            found.append(own | {"components": [public_id("component", probe.first_id) for probe in group.probes]})
            found += [
                self._component(probe, _short(probe.id), place, board.zone) | {"group_id": own["id"], "group": False}
                for place, probe in enumerate(group.probes, start=1)
            ]
        return found

    def group_component(self, group: GroupEntry, position: int, zone: ZoneInfo) -> dict[str, Any]:
        """The component of a functional group."""
        return self._component(group, group.title, position, zone) | {"group_id": None, "group": True}

    def _component(self, entry: GroupEntry | ProbeEntry, title: str, position: int, zone: ZoneInfo) -> dict[str, Any]:
        status, since = self._known[entry.id]
        if status == OPERATIONAL and entry.id in self._maintained:
            status = "under_maintenance"
        return {
            "id": public_id("component", entry.first_id),
            "name": title,
            "status": status,
            "created_at": stamp(self.head.began, zone),
            "updated_at": stamp(since, zone),
            "position": position,
            "description": None,
            "showcase": True,
            "start_date": None,
            "page_id": self.head.id,
            "only_show_if_degraded": False,
        }

    def _works(self, board: Board, *wanted: WorkStatus) -> list[Mapping[str, Any]]:
        """Planned work; what was called off takes place nowhere and is left out, the calendar alone tells of it."""
        kept = [each for each in board.works if not each.cancelled and each.status(board.at) in wanted]
        newest = sorted(kept, key=lambda each: each.span.start, reverse=True)[:INCIDENTS_MAX]
        return [self.work(each, board) for each in newest]

    def work(self, work: PlannedWork, board: Board) -> Mapping[str, Any]:
        """One piece of planned work."""
        zone, status = board.zone, work.status(board.at)
        started = work.span.start if status is not WorkStatus.SCHEDULED else None
        ended = work.span.end if status is WorkStatus.COMPLETED else None
        told = f"{work_title(work, board)}."
        return {
            "id": work.id,
            "name": work_title(work, board),
            "status": status.value,
            "created_at": stamp(work.announced_at, zone),
            "updated_at": stamp(max(at for at in (work.changed_at, started, ended) if at is not None), zone),
            "monitoring_at": None,
            "resolved_at": _stamped(ended, zone),
            "impact": "maintenance",
            "shortlink": f"{self.head.url}#work-{work.id}",
            "started_at": stamp(work.span.start, zone),
            "page_id": self.head.id,
            "scheduled_for": stamp(work.span.start, zone),
            "scheduled_until": stamp(work.span.end, zone),
            "incident_updates": [
                {
                    "id": f"{work.id}-1",
                    "status": status.value,
                    "body": told,
                    "incident_id": work.id,
                    "created_at": stamp(work.changed_at, zone),
                    "updated_at": stamp(work.changed_at, zone),
                    "display_at": stamp(work.changed_at, zone),
                    "affected_components": [],
                    "deliver_notifications": False,
                    "custom_tweet": None,
                    "tweet_id": None,
                }
            ],
            "components": [
                self.group_component(group, position, zone)
                for position, group in enumerate(board.groups, start=1)
                if group.id in work.groups
            ],
            "reminder_intervals": None,
        }

    def _incidents(self, board: Board, *, unresolved: bool) -> list[Mapping[str, Any]]:
        wanted = [each for each in board.incidents if not (unresolved and each.is_over)]
        newest = sorted(wanted, key=lambda each: each.created_at, reverse=True)[:INCIDENTS_MAX]
        return [self.incident(each, board) for each in newest]

    def incident(self, incident: Incident, board: Board) -> Mapping[str, Any]:
        """One incident with its updates, the newest first."""
        zone = board.zone
        affected = [each for each in enumerate(board.groups, start=1) if each[1].id in incident.groups]
        return {
            "id": incident.id,
            "name": incident_name(incident, board),
            "status": incident.status.value,
            "created_at": stamp(incident.created_at, zone),
            "updated_at": stamp(incident.updated_at, zone),
            "monitoring_at": _stamped(incident.first(IncidentStatus.MONITORING), zone),
            "resolved_at": _stamped(incident.first(IncidentStatus.RESOLVED), zone),
            "impact": incident.impact.value,
            "shortlink": f"{self.head.url}#incident-{incident.id}",
            "started_at": stamp(incident.started_at, zone),
            "page_id": self.head.id,
            "incident_updates": [
                {
                    "id": update.id,
                    "status": update.status.value,
                    "body": update_text(update),
                    "incident_id": incident.id,
                    "created_at": stamp(update.at, zone),
                    "updated_at": stamp(update.at, zone),
                    "display_at": stamp(update.at, zone),
                    "affected_components": [
                        {
                            "code": public_id("component", group.first_id),
                            "name": group.title,
                            "old_status": self._before(incident, position),
                            "new_status": OPERATIONAL if update.status in _WORKS else "major_outage",
                        }
                        for _, group in affected
                    ],
                    "deliver_notifications": False,
                    "custom_tweet": None,
                    "tweet_id": None,
                }
                for position, update in reversed(list(enumerate(incident.updates)))
            ],
            "components": [self.group_component(group, position, zone) for position, group in affected],
            "reminder_intervals": None,
        }

    @staticmethod
    def _before(incident: Incident, position: int) -> str:
        if position == 0 or incident.updates[position - 1].status in _WORKS:
            return OPERATIONAL
        return "major_outage"


def _probe_status(probe: ProbeEntry) -> str | None:
    match probe.state:
        case State.UP:
            return "degraded_performance" if probe.degraded else OPERATIONAL
        case State.DOWN:
            return "major_outage"
        case State.UNKNOWN:
            return None


def _group_status(group: GroupEntry) -> str | None:
    """A group that is up while one of its probes is down works, but with less behind it."""
    match group.state:
        case State.UP:
            hurt = group.degraded or any(probe.state is State.DOWN for probe in group.probes)
            return "degraded_performance" if hurt else OPERATIONAL
        case State.DOWN:
            return "major_outage"
        case State.UNKNOWN:
            return None


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _stamped(at: Instant | None, zone: ZoneInfo) -> str | None:
    return None if at is None else stamp(at, zone)
