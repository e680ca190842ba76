"""Who is told of outages: once at the start, once at the end, with what the contract asks for."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from tests.desk.claim_sources import CaseSources
from tests.letters.cases import steps_agreement
from uptime_daemon.core.time.instants import SECOND, parse_instant
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.telling.outages import OutageNotices
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.store.ports import Store

SINCE = parse_instant("2026-06-10T10:00:00+02:00")
UNTIL = parse_instant("2026-06-10T11:07:00+02:00")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    opened = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True)
    yield opened
    opened.close()


def _texts(store: Store) -> list[tuple[str, str]]:
    """Subject and text of every queued mail."""
    found = []
    for each in store.outbox():
        message = message_from_bytes(each.mail.mime, _class=EmailMessage, policy=default)
        body = message.get_body(("plain",))
        assert body is not None
        assert message["Auto-Submitted"] == "auto-generated"
        assert (each.mail.kind, each.mail.recipients) == (MailKind.INTERNAL, ("sre@acme.example",))
        found.append((str(message["Subject"]), body.get_content()))
    return found


def test_start_and_end_are_told_once_each(store: Store) -> None:
    """The same outage told twice is one mail; its end is another one."""
    notices = OutageNotices(CaseSources(), store, House("claims@acme.example"))
    for at in (SINCE + 15 * SECOND, SINCE + 20 * SECOND):
        assert notices.started("acme-daktela", "service", SINCE, at, "silent") is None
    assert notices.ended("acme-daktela", "service", SINCE, UNTIL, UNTIL, "silent") is None
    (started, first), (ended, second) = _texts(store)
    assert started.startswith(
        "Outage started: Daktela s.r.o., Contact centre service, since 10 Jun 2026, 10:00:00 +02:00"
    )
    assert "by phone" in first
    assert "uptime-daemon ticket open --agreement acme-daktela --group service --channel phone" in first
    assert ended == "Outage ended: Daktela s.r.o., Contact centre service, after 1:07:00 [acme-daktela]"
    assert "10 Jun 2026, 11:07:00 +02:00" in second


def test_ticket_contract_asks_for_a_ticket(store: Store) -> None:
    """Where several channels would do, the command leaves the choice open."""
    notices = OutageNotices(CaseSources(), store, House("claims@acme.example", demonstration=True))
    assert notices.started("acme-oki", "inbound", SINCE, SINCE) is None
    ((subject, text),) = _texts(store)
    assert subject.startswith("DEMONSTRATION Outage started: Oki-Toki, Inbound call handling, ")
    assert "Open a ticket now" in text
    assert "--group inbound --channel CHANNEL" in text


def test_nobody_to_tell_is_returned(store: Store) -> None:
    """Without an address, a relay or the agreement itself the reason comes back and nothing is queued."""
    named = replace(CaseSources(), signed=[steps_agreement(technical="ivo")])
    us = House("claims@acme.example")
    assert OutageNotices(named, store, us).started("acme-daktela", "service", SINCE, SINCE) == (
        "outage of service: nobody is told: agreements[acme-daktela].people.technical:"
        " 'ivo' has no @; write an address such as claims@vendor.example"
    )
    reason = OutageNotices(CaseSources(), store, House(None)).started("acme-daktela", "service", SINCE, SINCE)
    assert reason is not None
    assert "no mail is configured" in reason
    assert OutageNotices(CaseSources(), store, us).started("gone", "service", SINCE, SINCE) == (
        "outage of service: there is no agreement 'gone' any more"
    )
    assert store.outbox() == []
