"""The last evening of a month: Friday 31 July 2026, down from 22:10 in Prague, outside the window, approver absent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from tests.desk.acme import acme
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.facts.observation import Observation, Outcome, Reason
from uptime_daemon.core.terms.agreement import People
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from uptime_daemon.desk.claims.approvals import granted, released
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.claims.reminders import ClaimReminders
from uptime_daemon.desk.judging.judge import Judge
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailKind, MailState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HISTORY = """\
time,target,status
2026-06-30T22:00:00Z,web,up
2026-07-31T19:59:00Z,web,up
"""
DOWN = parse_instant("2026-07-31T22:10:00+02:00")
BREACH = parse_instant("2026-07-31T23:20:00+02:00")
"""Shortly after 99.95 % was missed by a whole 0.1 %: 67 of 44640 minutes."""
MONTH_END = parse_instant("2026-08-01T00:00:00+02:00")
UP = parse_instant("2026-08-01T00:30:00+02:00")
PROVISIONAL = "acme.2026-07.service.provisional"
FINAL = "acme.2026-07.service.final"


@dataclass(frozen=True)
class Night:
    """The desk of that night, its time seen by a probe every 30 s."""

    judge: Judge
    desk: ClaimsDesk

    def seen_until(self, since: Instant, until: Instant) -> None:
        """What the probe saw within a stretch."""
        stale_after = self.judge.settings.probes["stand-in/tcp"].probe.cadence.stale_after
        for at in range(since, until, 30 * SECOND):
            is_up = not DOWN <= at < UP
            outcome, reason = (Outcome.PASS, Reason.NONE) if is_up else (Outcome.FAIL, Reason.CONNECTION_REFUSED)
            self.judge.store.observe(
                Observation("stand-in/tcp", "here", at, outcome, reason, SECOND // 10), stale_after
            )
        self.judge.store.flush()

    def mails(self, kind: MailKind) -> list[tuple[str, str]]:
        """Who is written to, and of what."""
        return [
            (each.mail.recipients[0], each.mail.subject) for each in self.desk.store.outbox() if each.mail.kind is kind
        ]

    def arrives(self, claim: str, at: Instant) -> None:
        """The vendor's server takes the letter."""
        mail = self.desk.claim(claim, at).mail
        assert mail is not None
        self.desk.store.mark(mail.id, MailState.PENDING, MailState.SENDING)
        self.desk.store.mark(mail.id, MailState.SENDING, MailState.SENT, error="250 ok")
        self.desk.record_deliveries(at)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    """July was up until 22:10 on its last evening; the people have mailboxes."""
    made = acme(tmp_path, HISTORY)
    settings = made.settings
    (signed,) = [each for each in settings.agreements if each.agreement.id == "acme"]
    people = People("ana", "ivo@acme.example", "finance@acme.example", "sre@acme.example")
    settings = replace(settings, agreements=(replace(signed, agreement=replace(signed.agreement, people=people)),))
    store = open_store(settings.database, create=False)
    store.open_session("here", DOWN - 10 * MINUTE)
    judge = Judge(settings, store)
    own = Night(judge, ClaimsDesk(judge, store, House("claims@acme.example")))
    own.seen_until(DOWN - 10 * MINUTE, BREACH)
    yield own
    store.close()


def test_nobody_is_there(night: Night) -> None:
    """Finance and deputy are told at once; the provisional claim is lost at midnight and the final one takes over."""
    desk = night.desk
    assert desk.review(DOWN + HOUR).eligible == ()
    assert desk.review(BREACH).eligible == (PROVISIONAL,)
    told = night.mails(MailKind.INTERNAL)
    assert [to for to, _ in told] == ["finance@acme.example", "ivo@acme.example"]
    assert {subject for _, subject in told} == {f"Claim eligible: 39.20 EUR, Daktela, July 2026 [{PROVISIONAL}]"}
    assert desk.claim(PROVISIONAL, BREACH).deadline == MONTH_END
    night.seen_until(BREACH, UP + HOUR)
    after = desk.review(MONTH_END + 10 * MINUTE)
    assert (after.eligible, after.expired) == ((FINAL,), (PROVISIONAL,))
    final = desk.claim(FINAL, UP)
    assert final.deadline == parse_instant("2026-08-08T00:00:00+02:00")
    assert final.claimed == Money(3920, "EUR")  # what lies in August is August's
    ClaimReminders(desk.sources, desk.steps).remind(MONTH_END + 6 * DAY)
    assert (
        "ivo@acme.example",
        f"24 hours left to claim: Daktela, 39.20 EUR [{FINAL}]",
    ) in night.mails(MailKind.INTERNAL)


def test_who_has_allowed_it_ahead_needs_not_be_there(night: Night) -> None:
    """By a standing approval the provisional letter leaves before midnight, and the final one follows.

    That meets all four readings of the deadline: by the month's end (A) and not before its last seven days (D) with
    the first mail, within seven days after it (B) and before the last seven days of the next month end (C) with the
    second.
    """
    desk = night.desk
    granted(desk, "acme", Money(10_000, "EUR"), MONTH_END, "ana", DOWN - DAY)
    desk.review(BREACH)
    assert list(released(desk, BREACH)) == [PROVISIONAL]
    night.arrives(PROVISIONAL, BREACH)
    first = desk.steps.one(PROVISIONAL).last(ClaimState.SENT)
    assert first is not None
    assert MONTH_END - 7 * DAY <= first.at < MONTH_END
    night.seen_until(BREACH, UP + HOUR)
    assert desk.review(MONTH_END + 10 * MINUTE).eligible == (FINAL,)
    desk.approve(FINAL, UP + HOUR, "ana")
    desk.send(FINAL, UP + HOUR, "ana")
    night.arrives(FINAL, UP + HOUR)
    second = desk.steps.one(FINAL).last(ClaimState.SENT)
    assert second is not None
    assert MONTH_END <= second.at < MONTH_END + 7 * DAY
    assert PROVISIONAL in desk.render(FINAL, UP + HOUR, "ana").letter.text
    assert [to for to, _ in night.mails(MailKind.VENDOR)] == ["credits@vendor.example"] * 2
