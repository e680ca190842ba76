"""What has been, as pages show it: days and months as shares of up and down, incidents, work that was announced."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import MINUTE, local_date
from uptime_daemon.core.time.periods import midnight
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.desk.showing.board import DAYS_SHOWN, MONTHS_SHOWN, DayShare, MonthShare
from uptime_daemon.desk.showing.incidents import FACT_KIND, incidents
from uptime_daemon.desk.showing.works import known_works

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.facts.timeline import Timeline
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.measure import Measure
    from uptime_daemon.desk.showing.incidents import Incident
    from uptime_daemon.desk.showing.works import PlannedWork
    from uptime_daemon.settings.values import Settings

DAYS_EVERY: Final = MINUTE
"""How often the days' bars and the incidents are made anew while no outage begins or ends that makes news: a bar moves
by a pixel in a quarter of an hour, and what people write may come a minute late."""
MONTHS_EVERY: Final = 10 * MINUTE
"""How often the months are summed up anew: only history that is imported, or voided, changes one that is over."""


@dataclass(slots=True)
class Past:
    """The past of every group. `count` may run on another thread."""

    measure: Measure
    zone: ZoneInfo
    days: dict[str, tuple[DayShare, ...]] = field(default_factory=dict)
    months: dict[str, tuple[MonthShare, ...]] = field(default_factory=dict)
    months_at: Instant | None = None
    incidents: tuple[Incident, ...] = ()
    works: tuple[PlannedWork, ...] = ()
    counted_at: Instant | None = None
    were_down: set[str] = field(default_factory=set)
    """The groups that were down when the days were counted."""

    def count(self, judge: Judge, at: Instant) -> None:
        """Count anew what is due."""
        if not self.is_due(judge.settings, at):
            return
        judge.store.flush()  # what makes the news is on disk, or it would be missed until the next minute
        today = local_date(at, self.zone)
        first = today - timedelta(days=DAYS_SHOWN - 1)
        window = Span(midnight(first, self.zone), at)
        timelines = judge.group_timelines(window)
        self.days = {name: days_of(timeline, first, today, self.zone, at) for name, timeline in timelines.items()}
        self.works = known_works(judge, window.start)
        written = judge.store.facts(kind=FACT_KIND)
        self.incidents = incidents(judge.settings.groups, timelines, written, judge.settings.status_page.incident_hold)
        if self.months_at is None or at - self.months_at >= MONTHS_EVERY:
            self._count_months(judge, today, at)
        self.counted_at = at
        self.were_down = {name for name, group in self.measure.states().items() if group.state is State.DOWN}

    def _count_months(self, judge: Judge, today: date, at: Instant) -> None:
        first = today.replace(day=1)
        for _ in range(MONTHS_SHOWN - 1):
            first = (first - timedelta(days=1)).replace(day=1)
        timelines = judge.group_timelines(Span(midnight(first, self.zone), at))
        self.months = {name: months_of(timeline, first, self.zone, at) for name, timeline in timelines.items()}
        self.months_at = at

    def is_due(self, settings: Settings, at: Instant) -> bool:
        """Whether days and incidents are to be counted anew; asked often, so it looks at live states alone."""
        counted_at = self.counted_at
        return counted_at is None or at - counted_at >= DAYS_EVERY or self._has_news(settings, counted_at, at)

    def _has_news(self, settings: Settings, since: Instant, at: Instant) -> bool:
        """Whether an outage has lasted long enough to be an incident since an instant, or one has ended."""
        hold = settings.status_page.incident_hold
        for name, group in self.measure.states().items():
            begun = group.since if group.state is State.DOWN else None
            if begun is not None and since < begun + hold <= at:
                return True
            if name in self.were_down and group.state is State.UP:
                return True
        return False


def days_of(timeline: Timeline, first: date, today: date, zone: ZoneInfo, at: Instant) -> tuple[DayShare, ...]:
    """How much of each day from the first to today was up, down and unknown, on a zone's calendar."""
    shares = []
    day = first
    up, unknown = timeline.up, timeline.unknown_total
    while day <= today:
        whole = Span(midnight(day, zone), min(midnight(day + timedelta(days=1), zone), at))
        shares.append(DayShare(day, _within(up, whole), _within(timeline.point, whole), _within(unknown, whole)))
        day += timedelta(days=1)
    return tuple(shares)


def months_of(timeline: Timeline, first: date, zone: ZoneInfo, at: Instant) -> tuple[MonthShare, ...]:
    """How much of each month was up, down and unknown; those before anything was measured are left out."""
    shares: list[MonthShare] = []
    up, unknown = timeline.up, timeline.unknown_total
    while (start := midnight(first, zone)) < at:
        following = (first + timedelta(days=31)).replace(day=1)
        whole = Span(start, min(midnight(following, zone), at))
        share = MonthShare(first, _within(up, whole), _within(timeline.point, whole), _within(unknown, whole))
        if shares or share.measured:
            shares.append(share)
        first = following
    return tuple(shares)


def _within(spans: Spans, window: Span) -> Duration:
    return spans.clip(window).total
