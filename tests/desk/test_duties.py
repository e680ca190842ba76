"""What the contract asks of us: when it is due, who is reminded, when it is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.desk.claim_sources import CaseSources
from tests.letters.cases import steps_contract
from uptime_daemon.core.terms.agreement import People
from uptime_daemon.core.terms.duty import CustomerDuty
from uptime_daemon.core.terms.lapse import Lapse, LapseUnit
from uptime_daemon.core.time.instants import DAY, format_instant, parse_instant
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.intake.facts import Author, IntakeError
from uptime_daemon.desk.telling.duties import done, due_duties, planned, remind
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.ports import Store

PRAGUE = ZoneInfo("Europe/Prague")
US = House("claims@acme.example")
WEEK = Lapse(7, LapseUnit.DAYS, PRAGUE)
WORK = CustomerDuty("planned_work", "11.2", "Tell the vendor of planned work", "the planned work", WEEK, remind=WEEK)
IMAGES = CustomerDuty("server_images", "12", "Keep server images", every=Lapse(14, LapseUnit.DAYS, PRAGUE), remind=WEEK)
BACKUP = CustomerDuty("backup", "15.4", "Back the data up", every=Lapse(1, LapseUnit.DAYS, PRAGUE))
CONTRACT = replace(steps_contract(), duties=(WORK, IMAGES, BACKUP))
NOW = parse_instant("2026-10-01T10:00:00+02:00")
HAPPENS = parse_instant("2026-10-30T20:00:00+01:00")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    opened = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True)
    yield opened
    opened.close()


def _sources(technical: str = "sre@acme.example") -> CaseSources:
    people = People(technical=technical)
    own = CaseSources().only("acme-daktela", people=people, starts=parse_instant("2026-09-28T00:00:00+02:00"))
    return replace(own, steps=CONTRACT)


def _author(at: Instant = NOW) -> Author:
    return Author("ana", at, at)


def _due(store: Store) -> list[tuple[str, str, str]]:
    """Duty, first instant that is too late, reminder."""
    found = due_duties(CONTRACT, _sources().signed[0], store.facts(agreement="acme-daktela"))
    return [(each.duty.id, format_instant(each.due), format_instant(each.reminder)) for each in found]


def _subjects(store: Store) -> list[str]:
    return [each.mail.subject for each in store.outbox()]


def test_planned_work_is_told_a_week_ahead(store: Store) -> None:
    """The latest moment is seven dates earlier at the same time on the zone's clocks, over the end of summer time."""
    store.append_fact(planned(CONTRACT, "acme-daktela", "planned_work", HAPPENS, _author()))
    assert ("planned_work", "2026-10-23T18:00:00Z", "2026-10-16T18:00:00Z") in _due(store)


def test_a_duty_that_returns(store: Store) -> None:
    """Counted from the agreement's start, then from the last time; one without a reminder reminds nobody."""
    assert _due(store) == [("server_images", "2026-10-11T22:00:00Z", "2026-10-04T22:00:00Z")]
    store.append_fact(done(CONTRACT, "acme-daktela", "server_images", _author(NOW)))
    assert _due(store) == [("server_images", "2026-10-15T08:00:00Z", "2026-10-08T08:00:00Z")]


def test_one_reminder_each(store: Store) -> None:
    """At its time and not before, once, to the technical contact; what is done is no more reminded of."""
    store.append_fact(planned(CONTRACT, "acme-daktela", "planned_work", HAPPENS, _author()))
    reminder = parse_instant("2026-10-16T18:00:00Z")
    remind(_sources(), store, US, parse_instant("2026-10-04T21:59:59Z"))
    assert _subjects(store) == []
    for at in (reminder - 1, reminder, reminder + DAY):
        assert remind(_sources(), store, US, at) == ()
    subject = "To do: Tell the vendor of planned work (Daktela s.r.o.) [acme-daktela]"
    assert [each for each in _subjects(store) if "planned work" in each] == [subject]
    store.append_fact(done(CONTRACT, "acme-daktela", "planned_work", _author(reminder + DAY)))
    assert [name for name, _, _ in _due(store)] == ["server_images"]


def test_overdue_is_said(store: Store) -> None:
    """A daemon that was off reminds all the same and says that the time has passed."""
    store.append_fact(planned(CONTRACT, "acme-daktela", "planned_work", HAPPENS, _author()))
    remind(_sources(), store, US, parse_instant("2026-10-23T18:00:00Z"))
    assert "Overdue: Tell the vendor of planned work (Daktela s.r.o.) [acme-daktela]" in _subjects(store)


def test_nobody_to_remind_is_said(store: Store) -> None:
    """The warning names the duty and the key."""
    (warning,) = remind(_sources("nobody"), store, US, parse_instant("2026-10-05T00:00:00Z"))
    assert warning.startswith("duty server_images: nobody is reminded: agreements[acme-daktela].people.technical: ")


@pytest.mark.parametrize(
    ("duty", "happens", "message"),
    [
        ("nothing", HAPPENS, "'nothing' is no duty of .*; the duties are: planned_work, server_images, backup"),
        ("backup", HAPPENS, "backup precedes nothing; the duties that do: planned_work"),
        ("planned_work", NOW, "has passed; state when it will happen"),
    ],
)
def test_what_cannot_be_planned_is_refused(duty: str, happens: Instant, message: str) -> None:
    """Nothing is recorded of it."""
    with pytest.raises(IntakeError, match=message):
        planned(CONTRACT, "acme-daktela", duty, happens, _author())
