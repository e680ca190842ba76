"""The daily report: what is down, what is due, when nobody looked, and the head that leaves the house with it."""

from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.web.console.house import NOW, Rooms, Stopped, copied
from tests.web.crowd import BEGIN, Crowd, settings_of
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import DAY, HOUR
from uptime_daemon.delivery.address import AddressError
from uptime_daemon.desk.claims.house import house
from uptime_daemon.desk.showing.today import Today
from uptime_daemon.desk.telling.daily import ROWS_MAX, daily_letter, send_daily
from uptime_daemon.settings.values import MailSettings
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import KeptAbsence
from uptime_daemon.watch.confirmation import Changed

OPERATORS = "ops@acme.example"


def test_the_report_of_a_day(tmp_path: Path) -> None:
    """Once a day, by mail, from the board and the record; the head is that of the chain."""
    made = copied(tmp_path)
    mail = MailSettings("127.0.0.1", 9, "none", None, None, "claims@acme.example", daily=OPERATORS)
    settings = replace(made.settings, mail=mail)
    with open_store(settings.database, create=False) as store:
        rooms = Rooms(settings, store, Stopped())
        store.append_absence(KeptAbsence(NOW - 20 * HOUR, NOW - 19 * HOUR, "daemon_off", "prague-1"))
        store.seal(NOW - DAY)
        *_, last = store.seal(NOW)
        us = house(settings)
        before = len(store.outbox())

        def sent(at: int) -> bool:
            return send_daily(rooms.judge(), rooms.claims(), rooms.board(), store, OPERATORS, us, at)

        assert sent(NOW)
        assert not sent(NOW + HOUR)
        assert sent(NOW + DAY)
        written = [message_from_bytes(each.mail.mime, policy=policy.default) for each in store.outbox()[before:]]
        assert [each["To"] for each in written] == [OPERATORS] * 2
        body = written[0].get_body(("plain",))
        assert body is not None
        text = " ".join(body.get_content().split())
        for said in (
            "Daily report of 2026-11-03",
            "2026-11-07 23:00", "claim acme.2026-10.service.final: read acme",
            "daemon_off prague-1 2026-11-02 12:30 2026-11-02 13:30", "seals until 2026-11-03 00:00", last.head,
        ):  # fmt: skip
            assert said in text, (said, text)
        assert "deadlines within 14 days [daily]" in written[0]["Subject"]
        with pytest.raises(AddressError):
            send_daily(rooms.judge(), rooms.claims(), rooms.board(), store, OPERATORS, replace(us, sender=None), NOW)


def test_a_day_without_news_and_a_day_with_too_much() -> None:
    """What is empty says so; a table that nobody reads to its end is cut, and says how much is missing."""
    crowd = Crowd(settings_of(10 * (ROWS_MAX + 3)))
    quiet = daily_letter(Today(BEGIN), crowd.board(), (), (), BEGIN, demonstration=True)
    assert quiet.subject == "DEMONSTRATION 0 down, 0 deadlines within 14 days [daily]"
    for said in ("Nothing is down.", "measured throughout", "No day is sealed yet.", "D E M O N S T R A T I O N"):
        assert said in quiet.text, quiet.text
    for probe in crowd.names:
        crowd.measure.changed(Changed(probe, "prague-1", State.DOWN, BEGIN))
    loud = daily_letter(Today(BEGIN), crowd.refreshed(), (), (), BEGIN, demonstration=False)
    assert loud.subject == "53 down, 0 deadlines within 14 days [daily]"
    assert "and 3 more" in loud.text
    assert loud.html.count("vendor/group-") == ROWS_MAX
