"""What the public page shows, as values ready to print in one language. No contract, no target, no address."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, MINUTE, SECOND, local_date
from uptime_daemon.desk.showing.incidents import Impact
from uptime_daemon.desk.showing.works import WorkStatus, upcoming
from uptime_daemon.languages.catalogue import catalogue
from uptime_daemon.languages.formats import formats
from uptime_daemon.web.public.words import IMPACTS, STATUSES, UPDATES, WORKS, incident_name, update_text, work_name
from uptime_daemon.web.words import percent_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from gettext import NullTranslations

    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.showing.board import Board, DayShare, GroupEntry, MonthShare, ProbeEntry
    from uptime_daemon.desk.showing.incidents import Incident
    from uptime_daemon.desk.showing.works import PlannedWork
    from uptime_daemon.languages.formats import Formats
    from uptime_daemon.languages.language import Language

WORKS_AHEAD: Final = 31 * DAY
"""How far ahead the page shows planned work; the calendar has all of it."""
SHOWN_MAX: Final = 20
"""How many incidents that are over the page shows, the newest first; feeds and status API have more."""
DAY_WIDTH: Final = 10
"""Units of the picture that one day takes, its gap included."""
BAR_WIDTH: Final = 7
BAR_HEIGHT: Final = 40
_SLIVER: Final = 5
"""The least height of what there was at all: a minute of a day would be a fortieth of a unit and vanish."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: heights from the bottom up, in units of the picture."""

    x: int
    down: int
    unknown: int
    up: int
    title: str


@dataclass(frozen=True, slots=True)
class Month:
    """One month in one line."""

    name: str
    up: str
    """Share of the measured time that it was up; empty where nothing was measured."""
    down: str
    measured: str
    mark: str


@dataclass(frozen=True, slots=True)
class ProbeView:
    """One probe in one line."""

    name: str
    mark: str
    words: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """One functional group."""

    title: str
    mark: str
    words: str
    since: str
    bars: tuple[Bar, ...]
    width: int
    first: str
    up: str
    measured: str
    probes: tuple[ProbeView, ...]
    months: tuple[Month, ...]


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


@dataclass(frozen=True, slots=True)
class WorkView:
    """One piece of planned work."""

    id: str
    name: str
    mark: str
    words: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Headline:
    """The state of everything together."""

    mark: str
    words: str


class Speaker:
    """The values of a board in one language."""

    def __init__(self, language: Language) -> None:
        self._words: NullTranslations = catalogue("status", language)
        self._spelled: Formats = formats(language)
        self._date = lru_cache(maxsize=1_024)(self._spelled.calendar_date)
        """Spelling one takes 50 us, and every group has the same ninety."""

    def headline(self, groups: Sequence[GroupEntry]) -> Headline:
        """The worst first, by name."""
        _ = self._words.gettext
        if not groups:
            return Headline("unknown", _("Nothing is watched yet"))
        down = [group.title for group in groups if group.state is State.DOWN]
        unseen = [group.title for group in groups if group.state is State.UNKNOWN]
        slow = [group.title for group in groups if group.degraded and group.state is State.UP]
        if down:
            return Headline("down", _("%(groups)s: down") % {"groups": self._spelled.both(down)})
        if unseen:
            return Headline("unknown", _("%(groups)s: not known") % {"groups": self._spelled.both(unseen)})
        if slow:
            return Headline("slow", _("All up; slow: %(groups)s") % {"groups": self._spelled.both(slow)})
        return Headline("up", _("All up"))

    def group(self, group: GroupEntry, board: Board) -> GroupView:
        """A group with its days, months and probes."""
        days = group.days
        up, down, unknown = (sum(getattr(day, name) for day in days) for name in ("up", "down", "unknown"))
        mark, words = self._state(group.state, degraded=group.degraded)
        _, standing = self._state(group.state, degraded=False)  # since when it is slow nobody keeps
        told = None if group.since is None else self._words.gettext("since %(time)s")
        return GroupView(
            title=group.title,
            mark=mark,
            words=words,
            since="" if told is None else f"{standing} {told % {'time': self.moment(group.since or 0, board)}}",
            bars=tuple(self._bar(index, day) for index, day in enumerate(days)),
            width=max(1, len(days) * DAY_WIDTH - (DAY_WIDTH - BAR_WIDTH)),
            first=self._date(days[0].date, "medium") if days else "",
            up=self._percent(up, up + down),
            measured=self._percent(up + down, up + down + unknown),
            probes=tuple(self._probe(probe) for probe in group.probes),
            months=tuple(self._month(each) for each in reversed(group.months)),
        )

    def incidents(self, board: Board) -> tuple[list[IncidentView], list[IncidentView]]:
        """Those that go on, and those that are over, each with the newest first."""
        newest = sorted(board.incidents, key=lambda each: each.started_at, reverse=True)
        views = [self._incident(each, board) for each in newest if not each.is_over]
        past = [self._incident(each, board) for each in [each for each in newest if each.is_over][:SHOWN_MAX]]
        return views, past

    def works(self, board: Board) -> list[WorkView]:
        """What goes on or begins within the next weeks, in order of beginning."""
        return [self._work(each, board) for each in upcoming(board.works, board.at, WORKS_AHEAD)]

    def moment(self, at: Instant, board: Board) -> str:
        """The page's clock to the minute."""
        spelled = self._spelled
        day = self._date(_day(at, board), "medium")
        return f"{day}, {spelled.time(at, board.zone)}".replace(" ", "\N{NO-BREAK SPACE}")

    def _state(self, state: State, *, degraded: bool) -> tuple[str, str]:
        """The class and the word of a state."""
        pgettext = self._words.pgettext
        match state:
            case State.UP if degraded:
                return "slow", pgettext("state", "slow")
            case State.UP:
                return "up", pgettext("state", "up")
            case State.DOWN:
                return "down", pgettext("state", "down")
            case State.UNKNOWN:
                return "unknown", pgettext("state", "not known")

    def _probe(self, probe: ProbeEntry) -> ProbeView:
        mark, words = self._state(probe.state, degraded=probe.degraded)
        if probe.paused:
            mark, words = "unknown", self._words.pgettext("state", "paused")
        return ProbeView(probe.id.rpartition("/")[2], mark, words)

    def _bar(self, index: int, day: DayShare) -> Bar:
        """Down at the bottom, unmeasured above it, up on top; what is there at all is at least a sliver."""
        lengths = {name: getattr(day, name) for name in ("down", "unknown", "up")}
        present = [name for name, length in lengths.items() if length]
        spare = BAR_HEIGHT - _SLIVER * len(present)
        heights = dict.fromkeys(lengths, 0) | {name: _SLIVER + spare * lengths[name] // day.total for name in present}
        if present:
            heights[max(present, key=lambda name: lengths[name])] += BAR_HEIGHT - sum(heights.values())
        _ = self._words.gettext
        parts = []
        if day.down:
            parts.append(_("down %(length)s") % {"length": self._length(day.down)})
        if day.unknown:
            parts.append(_("not measured %(length)s") % {"length": self._length(day.unknown)})
        told = ", ".join(parts) or _("no downtime")
        return Bar(
            index * DAY_WIDTH, heights["down"], heights["unknown"], heights["up"],
            f"{self._date(day.date, 'medium')}: {told}",
        )  # fmt: skip

    def _month(self, month: MonthShare) -> Month:
        return Month(
            name=self._spelled.month(month.first),
            up=self._percent(month.up, month.measured),
            down=self._length(month.down) if month.down else "",
            measured=self._percent(month.measured, month.total),
            mark="unknown" if not month.measured else ("down" if month.down else "up"),
        )

    def _incident(self, incident: Incident, board: Board) -> IncidentView:
        _ = self._words.gettext
        over = incident.is_over
        mark = "up" if over else ("down" if incident.impact in {Impact.MAJOR, Impact.CRITICAL} else "slow")
        end = incident.updated_at if over else board.at
        length = self._length(max(0, end - incident.started_at))
        lasting = _("lasted %(length)s") if over else _("for %(length)s")
        return IncidentView(
            id=incident.id,
            name=incident_name(incident, board),
            is_over=over,
            mark=mark,
            words=f"{_(STATUSES[incident.status])}, {_(IMPACTS[incident.impact])}",
            started=_("since %(time)s") % {"time": self.moment(incident.started_at, board)},
            lasting=lasting % {"length": length},
            updates=tuple(
                UpdateView(
                    each.id, _(STATUSES[each.status]), self.moment(each.at, board),
                    _(UPDATES[each.status]) if each.text is None else update_text(each),
                )
                for each in reversed(incident.updates)
            ),
        )  # fmt: skip

    def _work(self, work: PlannedWork, board: Board) -> WorkView:
        _ = self._words.gettext
        status = work.status(board.at)
        named = work_name(work, board)
        return WorkView(
            id=work.id,
            name=_("Planned maintenance: %(groups)s") % {"groups": named} if named else _("Planned maintenance"),
            mark="slow" if status is WorkStatus.IN_PROGRESS else "unknown",
            words=_(WORKS[status]),
            start=self.moment(work.span.start, board),
            end=self.moment(work.span.end, board),
        )

    def _length(self, duration: Duration) -> str:
        """A length at a glance: days, or down to the minute, or, where it is short, to the second."""
        if duration >= 2 * DAY:
            return self._spelled.days(duration)
        step = MINUTE if duration >= 10 * MINUTE else SECOND
        return self._spelled.length(duration - duration % step)

    def _percent(self, part: Duration, whole: Duration) -> str:
        if not whole:
            return ""
        return self._spelled.percent(percent_text(Fraction(part, whole)).rpartition("\N{NO-BREAK SPACE}")[0])


def _day(at: Instant, board: Board) -> date:
    return local_date(at, board.zone)
