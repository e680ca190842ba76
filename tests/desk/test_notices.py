"""What webhooks are told of breaches, deadlines, outages and clocks: to whom it concerns, once, in one transaction."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.delivery.servers import Password
from tests.desk.acme import acme
from tests.desk.claim_sources import CaseSources
from tests.desk.test_claims import AFTER, FINAL, PROVISIONAL, TOO_LATE, US
from uptime_daemon.core.time.instants import DAY, HOUR, parse_instant
from uptime_daemon.delivery.http import Address
from uptime_daemon.delivery.webhooks import Receiver
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.reminders import ClaimReminders
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.desk.telling.clock_notices import tell_of_clocks
from uptime_daemon.desk.telling.notices import Listeners
from uptime_daemon.desk.telling.outages import OutageNotices
from uptime_daemon.settings.webhooks import Topic, Webhook
from uptime_daemon.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.store.ports import Store

SINCE = parse_instant("2026-06-10T10:00:00+02:00")


def webhook(name: str, *events: Topic, agreements: frozenset[str] | None = None) -> Webhook:
    """A webhook that nobody posts to here."""
    return Webhook(name, Receiver(Address("https://x.example"), (Password("x"),)), frozenset(events), agreements)


ALL = Listeners(
    (
        webhook("all", *Topic),
        webhook("breaches", Topic.BREACHES),
        webhook("others", *Topic, agreements=frozenset({"acme-oki"})),
        webhook("page", Topic.STATUS),
    )
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    opened = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True)
    yield opened
    opened.close()


def told(store: Store, webhook: str = "all") -> list[dict[str, Any]]:
    """What lies in the outbox for one webhook."""
    return [json.loads(each.notice.body) for each in store.notices(webhook)]


def test_a_breach_is_told_with_the_claim(store: Store) -> None:
    """Who wants breaches of this agreement gets the claim with its amount; looking again tells nobody twice."""
    desk = ClaimsDesk(CaseSources().only("acme-daktela"), store, replace(US, listeners=ALL))
    desk.review(AFTER)
    desk.review(AFTER + HOUR)
    (breach,) = [each for each in told(store) if each["type"] == "breach.found"]
    assert (
        breach["data"] | {"claim": FINAL, "group": "service", "period": "2026-06", "stage": "final"} == breach["data"]
    )
    assert breach["data"]["claimed"] == {"amount": "39.20", "currency": "EUR"}
    assert [each["type"] for each in told(store, "breaches")] == ["breach.found"]
    assert told(store, "others") == told(store, "page") == []


def test_deadlines_are_told_near_and_passed(store: Store) -> None:
    """Each reminder once, and at last that it is too late; without mail the webhook is told all the same."""
    house = replace(US, sender=None, listeners=ALL)
    desk = ClaimsDesk(CaseSources().only("acme-daktela"), store, house)
    desk.review(AFTER)
    reminders = ClaimReminders(desk.sources, desk.steps)
    deadline = desk.steps.one(FINAL).deadline
    assert deadline is not None
    for _ in range(2):
        reminders.remind(deadline - HOUR)
        desk.review(TOO_LATE)
    found = [each for each in told(store) if each["type"].startswith("deadline")]
    assert [(each["type"], each["data"].get("seconds_left")) for each in found if each["data"]["claim"] == FINAL] == [
        ("deadline.near", 3600),
        ("deadline.passed", None),
    ]
    assert PROVISIONAL not in {each["data"]["claim"] for each in found}
    assert store.outbox() == []


def test_outages_are_told_beside_the_mail(store: Store) -> None:
    """Start with the page that records the report, end with the length; a demonstration says so."""
    house = replace(US, url="https://uptime.example", listeners=replace(ALL, demonstration=True))
    notices = OutageNotices(CaseSources(), store, house)
    for _ in range(2):
        notices.started("acme-daktela", "service", SINCE, SINCE + 15, "silent")
        notices.ended("acme-daktela", "service", SINCE, SINCE + HOUR, SINCE + HOUR, "silent")
    started, ended = told(store)
    assert started == {
        "type": "outage.started",
        "timestamp": "2026-06-10T08:00:00.000015Z",
        "data": {
            "agreement": "acme-daktela",
            "group": "service",
            "since": "2026-06-10T08:00:00Z",
            "class": "silent",
            "report": "https://uptime.example/report?agreement=acme-daktela&group=service",
        },
        "demonstration": True,
    }
    assert (ended["type"], ended["data"]["seconds"], "report" in ended["data"]) == ("outage.ended", 3600, False)
    assert len(store.outbox()) == 2


def test_clocks_are_told_in_their_last_quarter_and_when_missed(tmp_path: Path) -> None:
    """Clocks of a ticket of now: each is told once when a quarter is left, once when it has run out, never much later.

    Of a webhook that was added a day after that nobody is told.
    """
    desk = acme(tmp_path)
    desk.said("ticket open --agreement acme --by ana --group service --severity 1 --channel phone --users-percent 100")
    with open_store(desk.settings.database, create=False) as store:
        judge = Judge(desk.settings, store)
        (begun,) = [each.at for each in store.facts(agreement="acme", kind="ticket_event")]
        first = begun + HOUR
        assert tell_of_clocks(judge, Listeners(), first) == 0
        new = [tell_of_clocks(judge, ALL, at) for at in (first - HOUR // 2, first - HOUR // 4, first + 1, first + 1)]
        (near, passed) = told(store)[:2]
        assert tell_of_clocks(judge, Listeners((webhook("late", *Topic),)), first + 3 * DAY) == 0
    assert new == [0, 1, 1, 0]
    assert (near["type"], near["data"]["seconds_left"], passed["type"]) == ("deadline.near", 900, "deadline.passed")
    assert near["data"]["ticket"] == passed["data"]["ticket"] == "T1"
    assert near["data"]["clause"]
    assert near["data"]["clock"] == passed["data"]["clock"]
