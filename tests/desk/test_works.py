from dataclasses import replace

import pytest

from uptime_daemon.core.facts.records import Maintenance
from uptime_daemon.core.time.instants import DAY, HOUR, parse_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.showing.works import PlannedWork, WorkStatus, planned_works, upcoming

START = parse_instant("2026-07-04T20:00:00Z")
FIRST = Maintenance(Span(START, START + 4 * HOUR), "service", id="M-1", announced_at=START - 7 * DAY)
MOVED = replace(
    FIRST, span=Span(START + DAY, START + DAY + HOUR), id="M-2", replaces="M-1", announced_at=START - 3 * DAY
)
BOUND = {"service": ("acme/web", "acme/sip"), "api": ("acme/web",)}


def works(*announcements: Maintenance) -> list[PlannedWork]:
    """The pieces of work behind some announcements."""
    return list(planned_works("acme", announcements, BOUND))


def test_one_announcement_is_one_work() -> None:
    """It is for the groups of probes that measure the contract's group."""
    (work,) = works(FIRST)
    assert (work.groups, work.span, work.revision, work.cancelled) == (("acme/web", "acme/sip"), FIRST.span, 0, False)
    assert work.announced_at == work.changed_at == START - 7 * DAY


def test_moved_work_stays_one() -> None:
    """Its id stays, its time is the last one, its number rises; in whatever order the announcements come."""
    (before,), (work,), (turned,) = works(FIRST), works(FIRST, MOVED), works(MOVED, FIRST)
    assert work == turned
    assert (work.id, work.span, work.revision) == (before.id, MOVED.span, 1)
    assert (work.announced_at, work.changed_at) == (START - 7 * DAY, START - 3 * DAY)


def test_called_off_work_is_kept_as_such() -> None:
    """Calendars must hear of it: it has another number and is cancelled."""
    (work,) = works(FIRST, replace(MOVED, cancelled_at=START - DAY))
    assert (work.cancelled, work.revision, work.changed_at) == (True, 2, START - DAY)


def test_work_for_everything() -> None:
    """Without a group it is for every group that is measured; an unmeasured one has none."""
    (work,) = works(replace(FIRST, group=None))
    assert work.groups == ("acme/web", "acme/sip")
    (work,) = works(replace(FIRST, group="unmeasured"))
    assert work.groups == ()


def test_announcements_that_lead_in_a_circle_end() -> None:
    """Two that replace each other are no work that anybody announced first."""
    assert works(replace(FIRST, replaces="M-2"), MOVED) == []


@pytest.mark.parametrize(
    ("offset", "status"),
    [(-1, WorkStatus.SCHEDULED), (0, WorkStatus.IN_PROGRESS), (4 * HOUR, WorkStatus.COMPLETED)],
)
def test_status_by_the_clock(offset: int, status: WorkStatus) -> None:
    """Half-open like every span."""
    (work,) = works(FIRST)
    assert work.status(START + offset) is status


def test_upcoming() -> None:
    """What goes on, what begins soon; not what was called off, is over or far away."""
    (work,) = works(FIRST)
    assert upcoming([work], START - DAY, DAY) == [work]
    assert upcoming([work], START - DAY - 1, DAY) == []
    assert upcoming([work], START + 4 * HOUR, DAY) == []
    assert upcoming([replace(work, cancelled=True)], START, DAY) == []
