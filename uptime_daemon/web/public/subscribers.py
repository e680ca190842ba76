"""News of the public page for programs that listen, in the envelope that subscribers of Statuspage get.

Every piece has an id of its own that never changes, so that whoever keeps them tells each of them once: an update of an
incident, a step of planned work, a change of a component.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import DAY
from uptime_daemon.desk.showing.incidents import public_id
from uptime_daemon.desk.showing.works import WorkStatus
from uptime_daemon.web.public.head import PageHead, stamp
from uptime_daemon.web.public.statuspage import OPERATIONAL, Statuspage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.showing.board import Board, GroupEntry
    from uptime_daemon.desk.showing.works import PlannedWork

NEWS_FOR: Final[Duration] = DAY
"""What happened longer ago is no news to a subscriber that came since, or after a daemon that was off."""
COMPONENT_UPDATE: Final = "component_update"
INCIDENT: Final = "incident"
_DOWN: Final = "major_outage"


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news."""

    id: str
    kind: str
    """`incident` or `component_update`."""
    content: Mapping[str, Any]


@dataclass(slots=True)
class StatusNews:
    """What is new on each board."""

    head: PageHead
    hold: Duration
    """How long a component must be slow, or no longer slow, before anybody is told."""
    told: dict[str, str] = field(default_factory=dict)
    """By public id of a component the status that was told last; who was told nothing takes it to be well."""
    _statuspage: Statuspage = field(init=False)
    _known: set[str] = field(default_factory=set)
    """The pieces that were given out since the start."""
    _since: dict[str, tuple[str, Instant]] = field(default_factory=dict)
    """By group a status that is not told yet, and since when it is seen."""

    def __post_init__(self) -> None:
        """The same words as the status API has."""
        self._statuspage = Statuspage(self.head)

    def of(self, board: Board) -> list[News]:
        """Everything that is new since the last board; on the first one what a former daemon may have told already."""
        self._statuspage.learn(board)
        return [*self._components(board), *self._incidents(board), *self._works(board)]

    def _incidents(self, board: Board) -> Iterator[News]:
        for incident in board.incidents:
            for update in incident.updates:
                if board.at - update.at <= NEWS_FOR and self._is_new(f"update-{update.id}"):
                    shown = self._statuspage.incident(incident, board)
                    yield self._news(f"update-{update.id}", INCIDENT, {"incident": shown}, board)

    def _works(self, board: Board) -> Iterator[News]:
        for work in board.works:
            status = work.status(board.at)
            name = f"work-{work.id}-{work.revision}-{status}"
            if not work.cancelled and board.at - _changed(work, status) <= NEWS_FOR and self._is_new(name):
                yield self._news(name, INCIDENT, {"incident": self._statuspage.work(work, board)}, board)

    def _components(self, board: Board) -> Iterator[News]:
        for position, group in enumerate(board.groups, start=1):
            component = self._statuspage.group_component(group, position, board.zone)
            identity = public_id("component", group.first_id)
            now, before = self._statuspage.status_of(group), self.told.get(identity, OPERATIONAL)
            if now == before:
                self._since.pop(group.id, None)
            elif self._lasts(group, now, before, board.at):
                self.told[identity] = now
                change = {
                    "id": public_id(COMPONENT_UPDATE, f"{identity}:{now}@{component['updated_at']}"),
                    "component_id": identity,
                    "old_status": before,
                    "new_status": now,
                    "created_at": stamp(board.at, board.zone),
                }
                content = {COMPONENT_UPDATE: change, "component": component}
                yield self._news(f"component-{change['id']}", COMPONENT_UPDATE, content, board)

    def _is_new(self, name: str) -> bool:
        if name in self._known:
            return False
        self._known.add(name)
        return True

    def _lasts(self, group: GroupEntry, now: str, before: str, at: Instant) -> bool:
        """Down and up again are confirmed already; that something is slow is seen anew at every attempt."""
        if _DOWN in {now, before}:
            return True
        status, since = self._since.get(group.id, (now, at))
        self._since[group.id] = (now, since if status == now else at)
        return status == now and at - since >= self.hold

    def _news(self, name: str, kind: str, content: Mapping[str, Any], board: Board) -> News:
        status = self._statuspage.status(board)["status"]
        page = {
            "id": self.head.id,
            "status_indicator": status["indicator"],
            "status_description": status["description"],
        }
        return News(name, kind, {"meta": {"documentation": self.head.url}, "page": page, **content})


def _changed(work: PlannedWork, status: WorkStatus) -> Instant:
    """When it came to where it stands."""
    match status:
        case WorkStatus.SCHEDULED:
            return work.changed_at
        case WorkStatus.IN_PROGRESS:
            return max(work.changed_at, work.span.start)
        case WorkStatus.COMPLETED:
            return max(work.changed_at, work.span.end)
