"""When another letter must take the place of one that has left, and claims that touch each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from tests.desk.claim_sources import CaseSources
from tests.desk.test_claims import AFTER, DURING, FINAL, PROVISIONAL, US
from tests.letters.cases import JUNE_OUTAGES, PRAGUE, notice_agreement, notice_contract, steps_agreement, steps_contract
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.terms.agreement import People
from uptime_daemon.core.terms.claim import Deadline, DeadlineAnchor, Escalation, EscalationCase
from uptime_daemon.core.terms.credit import Expiry, NoCredit
from uptime_daemon.core.terms.lapse import Lapse, LapseUnit
from uptime_daemon.core.terms.need import Binding, Need, NeedKind
from uptime_daemon.core.time.instants import DAY, HOUR, MINUTE
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.reminders import BEFORE_LAPSE, ClaimReminders
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.ports import Store

REVISED = f"{PROVISIONAL}.2"
SHORT = (
    "2026-06-24T09:59:30+02:00",
    "2026-06-24T10:00:00+02:00",
    "2026-06-24T10:04:55+02:00",
    "2026-06-24T10:05:00+02:00",
)
"""Five minutes more: no further step is completed."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    opened = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True)
    yield opened
    opened.close()


def _desk(
    store: Store,
    outages: Sequence[tuple[str, str, str, str]] = JUNE_OUTAGES,
    contract: Contract | None = None,
) -> ClaimsDesk:
    sources = CaseSources().only("acme-daktela")
    return ClaimsDesk(replace(sources, outages=outages, steps=contract or steps_contract()), store, US)


def _sent(desk: ClaimsDesk, claim: str, at: Instant) -> None:
    desk.review(at)
    desk.approve(claim, at, "ana")
    desk.send(claim, at, "ana")
    mail = desk.claim(claim, at).mail
    assert mail is not None
    desk.store.mark(mail.id, MailState.PENDING, MailState.SENDING)
    desk.store.mark(mail.id, MailState.SENDING, MailState.SENT, error="250 ok")
    desk.record_deliveries(at)


def _because(desk: ClaimsDesk, claim: str) -> str:
    return str(desk.steps.one(claim).events[0].body["because"])


def test_each_failure_is_reported(store: Store) -> None:
    """Downtime that was added since earns nothing more and is claimed again all the same: each failure is reported."""
    _sent(_desk(store), PROVISIONAL, DURING)
    desk = _desk(store, (*JUNE_OUTAGES, SHORT))
    assert desk.review(DURING + HOUR).eligible == (REVISED,)
    assert _because(desk, REVISED) == "1:11:50 of downtime is proven now, and the letter names 1:06:55"
    assert desk.claim(REVISED, DURING + HOUR).claimed == desk.claim(PROVISIONAL, DURING + HOUR).claimed
    assert desk.review(DURING + 2 * HOUR).eligible == ()


def test_an_outage_that_goes_on_is_waited_for(store: Store) -> None:
    """While it lasts its minutes alone write no letter after letter."""
    _sent(_desk(store), PROVISIONAL, DURING)
    going_on = (
        "2026-06-25T12:09:30+02:00",
        "2026-06-25T12:10:00+02:00",
        "2026-06-25T12:14:55+02:00",
        "2026-06-25T12:15:00+02:00",
    )
    desk = _desk(store, (*JUNE_OUTAGES, going_on))
    assert desk.review(DURING + 14 * MINUTE).eligible == ()
    assert desk.review(DURING + 20 * MINUTE).eligible == (REVISED,)


def test_what_left_too_early_goes_again(store: Store) -> None:
    """Where a clause takes claims in the last seven days alone, an earlier letter is followed by another one."""
    terms = steps_contract()
    provisional, final = terms.claim.stages
    opens = Deadline(DeadlineAnchor.PERIOD_END, Lapse(7, LapseUnit.DAYS, PRAGUE), is_before=True)
    stages = (replace(provisional, not_before=opens), final)
    desk = _desk(store, contract=replace(terms, claim=replace(terms.claim, stages=stages)))
    _sent(desk, PROVISIONAL, DURING - 5 * DAY)
    assert desk.review(DURING - 2 * DAY).eligible == ()
    assert desk.review(DURING).eligible == (REVISED,)
    assert _because(desk, REVISED) == "the letter left before the contract takes claims (5.1)"
    _sent(desk, REVISED, DURING + HOUR)
    assert desk.steps.one(PROVISIONAL).state is ClaimState.SUPERSEDED
    assert desk.review(DURING + DAY).eligible == ()


@dataclass
class TwoAgreements(CaseSources):
    """The same probes under two agreements of one contract."""

    def contract(self, agreement_id: str, at: Instant) -> Contract:
        """The same terms for both."""
        del agreement_id
        return super().contract("acme-daktela", at)

    def statements(self, agreement_id: str, period_name: str, as_of: Instant) -> tuple[Statement, ...]:
        """June for both, each with its own fee."""
        own = [each for each in self.signed if each.id == agreement_id]
        alike = replace(own[0], id="acme-daktela")
        return CaseSources([alike], self.steps, self.outages).statements("acme-daktela", period_name, as_of)


def _two(store: Store, invoice: str) -> ClaimsDesk:
    binding = {"service": Binding(Need(NeedKind.ALL), ("stand-in/web",))}
    first = replace(steps_agreement(), bindings=binding)
    fee = replace(first.fees[0], invoice=invoice)
    second = replace(first, id="acme-second", fees=(fee,))
    return ClaimsDesk(TwoAgreements([first, second]), store, US)


SECOND = FINAL.replace("acme-daktela", "acme-second")


def test_one_outage_under_two_agreements(store: Store) -> None:
    """Two claims that name each other: in the mails to finance, and wherever either is looked at; never to a vendor."""
    desk = _two(store, "FV-OTHER")
    assert set(desk.review(AFTER).eligible) == {FINAL, SECOND}
    assert [(str(each.id), each.related) for each in desk.claims(AFTER)] == [(FINAL, (SECOND,)), (SECOND, (FINAL,))]
    for mail, other in zip(store.outbox(), (SECOND, FINAL), strict=True):
        assert other.encode() in mail.mail.mime.replace(b"=\r\n", b"")
    assert SECOND not in desk.render(FINAL, AFTER, "ana").letter.text
    desk.approve(FINAL, AFTER, "ana")
    desk.approve(SECOND, AFTER, "ana")  # two fees are two credits


def test_one_line_is_credited_once(store: Store) -> None:
    """The same line of the same invoice is refused under the second agreement, until the first claim is given up."""
    desk = _two(store, steps_agreement().fees[0].invoice)
    desk.review(AFTER)
    desk.approve(FINAL, AFTER, "ana")
    (hindrance,) = desk.claim(SECOND, AFTER).hindrances
    assert hindrance.startswith(f"invoice FV-2026-0617, 980.00 EUR: claim {FINAL} takes its part of this line already")
    with pytest.raises(ClaimError, match="no line is credited twice"):
        desk.approve(SECOND, AFTER, "ana")
    desk.send(FINAL, AFTER, "ana")  # the first one is free to leave
    desk.steps.append(desk.steps.one(FINAL), ClaimState.WAIVED, "ana", AFTER, {"reason": "the other one is larger"})
    desk.approve(SECOND, AFTER, "ana")


def _mails(store: Store) -> list[str]:
    return [each.mail.subject for each in store.outbox()]


def test_a_credit_that_lapses_is_announced_ahead(store: Store) -> None:
    """Two bills before the agreement ends, and nearer, finance hears of each claim that no bill has taken."""
    terms = steps_contract()
    assert not isinstance(terms.credit, NoCredit)
    terms = replace(terms, credit=replace(terms.credit, expiry=Expiry("5.2", at_termination=True)))
    ends = AFTER + 70 * DAY
    people = People("ana", "", "finance@acme.example", "sre@acme.example")
    desk = ClaimsDesk(replace(CaseSources().only("acme-daktela", ends=ends, people=people), steps=terms), store, US)
    _sent(desk, FINAL, AFTER)
    before = len(_mails(store))
    reminders = ClaimReminders(desk.sources, desk.steps)
    reminders.remind(AFTER + 9 * DAY)
    assert len(_mails(store)) == before
    for distance in BEFORE_LAPSE:
        for _ in range(2):
            assert reminders.remind(ends - distance) == ()
    lapses = [subject for subject in _mails(store) if "until credits lapse" in subject]
    assert len(lapses) == len(BEFORE_LAPSE)
    assert lapses[0] == f"60 days until credits lapse: Daktela s.r.o., 39.20 EUR [{FINAL}]"
    reminders.remind(ends)
    assert len([subject for subject in _mails(store) if "until credits lapse" in subject]) == len(BEFORE_LAPSE)


def test_how_long_silence_lasts_the_contract_says(store: Store) -> None:
    """Its own time comes before ours, and the mail says where the claim goes then."""
    terms = steps_contract()
    goes = Escalation(EscalationCase.SILENT, "9.1", "a letter to the board", Lapse(5, LapseUnit.DAYS, PRAGUE))
    desk = _desk(store, contract=replace(terms, claim=replace(terms.claim, escalation=(goes,))))
    _sent(desk, FINAL, AFTER)
    reminders = ClaimReminders(desk.sources, desk.steps)
    before = len(_mails(store))
    reminders.remind(AFTER + 5 * DAY - 1)
    assert len(_mails(store)) == before
    reminders.remind(AFTER + 5 * DAY)
    (mail,) = store.outbox()[before:]
    assert mail.mail.subject.startswith("No answer for 5 days")
    assert b"a letter to the board (clause 9.1)" in mail.mail.mime


def test_agreements_without_common_probes_are_strangers(store: Store) -> None:
    """Outages at the same time alone relate nothing."""
    first = replace(steps_agreement(), bindings={"service": Binding(Need(NeedKind.ALL), ("stand-in/web",))})
    other = replace(notice_agreement(), bindings={"inbound": Binding(Need(NeedKind.ALL), ("other/inbound",))})
    desk = ClaimsDesk(CaseSources([first, other]), store, US)
    assert notice_contract().id != steps_contract().id
    desk.review(AFTER)
    assert {each.related for each in desk.claims(AFTER)} == {()}
