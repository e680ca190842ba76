"""What became of a claim after it left: answers, the vendor's own figures, settlement."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.desk.claim_sources import CaseSources
from tests.desk.test_claims import AFTER, FINAL, US, WORSE
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import DAY, MINUTE, format_instant, parse_instant
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.desk.claims.answers import ClaimAnswers, compared_json
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.house import House
from uptime_daemon.store.database import open_store
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.ports import Store

LATER = AFTER + 10 * DAY
DAY_OF_NOTE = date(2026, 7, 12)


@dataclass
class Countered(CaseSources):
    """June with what the vendor admits of it: judged from our shortest bounds and theirs."""

    def countered(
        self, agreement_id: str, period_name: str, group: str, theirs: Spans | None, as_of: Instant
    ) -> Statement | None:
        """The statement of June from the outages that both sides have."""
        statements = self.statements(agreement_id, period_name, as_of)
        found = next((each for each in statements if each.judgement.group.name == group), None)
        if found is None or theirs is None:
            return found
        both = [
            (format_instant(start), format_instant(start), format_instant(end), format_instant(end))
            for start, end in found.judgement.shortest.counted & theirs
        ]
        (agreed,) = replace(self, outages=both).statements(agreement_id, period_name, as_of)
        return agreed


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    opened = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True)
    yield opened
    opened.close()


def _sources() -> Countered:
    every = Countered(outages=WORSE)
    return replace(every, signed=[each for each in every.signed if each.id == "acme-daktela"])


def _answers(store: Store, house: House = US) -> ClaimAnswers:
    return ClaimAnswers(_sources(), ClaimsDesk(_sources(), store, house).steps)


def _sent(store: Store) -> ClaimAnswers:
    """The final claim, approved by ana and taken by the vendor's server."""
    desk = ClaimsDesk(_sources(), store, US)
    desk.review(AFTER)
    desk.render(FINAL, AFTER, "ana")
    desk.approve(FINAL, AFTER, "ana")
    desk.send(FINAL, AFTER, "ana")
    mail = desk.claim(FINAL, AFTER).mail
    assert mail is not None
    store.mark(mail.id, MailState.PENDING, MailState.SENDING)
    store.mark(mail.id, MailState.SENDING, MailState.SENT, error="250 queued as 4711")
    desk.record_deliveries(AFTER)
    return _answers(store)


def _state(answers: ClaimAnswers) -> ClaimState:
    return answers.steps.one(FINAL).state


def test_from_sent_to_settled(store: Store) -> None:
    """Acknowledged under the vendor's number, then credited and settled with the credit note's."""
    answers = _sent(store)
    answers.acknowledge(FINAL, LATER, "ana", reference="V-99")
    answers.settle(FINAL, LATER, "ana", amount=Money(3920, "EUR"), reference="CN-7", day=DAY_OF_NOTE)
    assert _state(answers) is ClaimState.SETTLED
    kinds = [event.kind for event in answers.steps.one(FINAL).events]
    assert kinds[-3:] == ["acknowledged", "credited", "settled"]
    last = answers.steps.one(FINAL).events[-1]
    assert last.body == {"amount": {"amount": "39.20", "currency": "EUR"}, "reference": "CN-7", "day": "2026-07-12"}


def test_nothing_came_of_it(store: Store) -> None:
    """A settlement without an amount is a rejection that we accept."""
    answers = _sent(store)
    answers.settle(FINAL, LATER, "ana", amount=None, reference="", day=DAY_OF_NOTE)
    assert [event.kind for event in answers.steps.one(FINAL).events][-2:] == ["rejected", "settled"]


def test_rejected_disputed_withdrawn(store: Store) -> None:
    """We may hold on to what was rejected, and take it back in the end."""
    answers = _sent(store)
    answers.reject(FINAL, LATER, "ana", reason="It was planned work.")
    answers.dispute(FINAL, LATER, "ana", reason="It was never announced.")
    answers.withdraw(FINAL, LATER, "ana", reason="We found the announcement.")
    assert _state(answers) is ClaimState.WITHDRAWN
    with pytest.raises(ClaimError, match="a claim that is withdrawn cannot become disputed"):
        answers.dispute(FINAL, LATER, "ana", reason="Or not.")


def test_waived_before_it_is_sent(store: Store) -> None:
    """What has not left can be given up, with a reason; what has left cannot."""
    ClaimsDesk(_sources(), store, US).review(AFTER)
    answers = _answers(store)
    with pytest.raises(ClaimError, match="waived needs its reason; add --reason TEXT"):
        answers.waive(FINAL, AFTER, "ana", reason=" ")
    answers.waive(FINAL, AFTER, "ana", reason="A goodwill credit came first.")
    assert _state(answers) is ClaimState.WAIVED


def test_what_is_waived_does_not_leave(store: Store) -> None:
    """A letter that waits in the outbox is stopped first; one that may have left is no longer ours to give up."""
    desk = ClaimsDesk(_sources(), store, US)
    desk.review(AFTER)
    desk.approve(FINAL, AFTER, "ana")
    desk.send(FINAL, AFTER, "ana")
    mail = desk.claim(FINAL, AFTER).mail
    assert mail is not None
    answers = _answers(store)
    store.mark(mail.id, MailState.PENDING, MailState.SENDING)
    with pytest.raises(ClaimError, match=r"its letter may have left \(sending\)"):
        answers.waive(FINAL, AFTER, "ana", reason="We settled it on the phone.")
    store.mark(mail.id, MailState.SENDING, MailState.PENDING, error="421 later")
    answers.waive(FINAL, AFTER, "ana", reason="We settled it on the phone.")
    assert mail.id not in {each.id for each in store.due_outbox(AFTER + DAY)}
    assert _state(answers) is ClaimState.WAIVED


def test_the_vendors_figures_beside_ours(store: Store) -> None:
    """Outage by outage: what both have, what ours alone is, what theirs alone is, and the undisputed amount."""
    answers = _sent(store)
    ours = list(_sources().statements("acme-daktela", "2026-06", LATER)[0].judgement.shortest.counted)
    foreign = Span(ours[-1].end + DAY, ours[-1].end + DAY + 5 * MINUTE)
    found = answers.counter(FINAL, LATER, "ana", outages=[Span(ours[0].start - MINUTE, ours[0].end), foreign])
    assert [(row.ours, row.both) for row in found.outages] == [
        (ours[0], ours[0].length),
        *((each, 0) for each in ours[1:]),
        (None, 0),
    ]
    assert found.outages[-1].theirs == foreign
    assert found.claimed is not None
    assert found.undisputed is not None
    assert found.undisputed < found.claimed
    assert answers.compared(FINAL, LATER) == found
    assert compared_json(found)["undisputed"] == {"amount": str(found.undisputed), "currency": "EUR"}
    assert _state(answers) is ClaimState.SENT  # figures alone decide nothing


def test_the_answer_to_the_vendors_figures(store: Store) -> None:
    """A letter by hand: both sides' outages, what is due even by theirs, what we maintain; none before theirs."""
    answers = _sent(store)
    with pytest.raises(ClaimError, match="has told no figures"):
        answers.answer(FINAL, LATER)
    ours = list(_sources().statements("acme-daktela", "2026-06", LATER)[0].judgement.shortest.counted)
    found = answers.counter(FINAL, LATER, "ana", outages=[ours[0]])
    written = answers.answer(FINAL, LATER)
    assert written.subject == f"SLA Service Credit - June 2026 [{FINAL}]"
    said = " ".join(written.text.split())
    assert f"Please issue a credit note of {found.undisputed} EUR now" in said
    assert f"We maintain our claim of {found.claimed} EUR" in said
    assert said.count("10 Jun 2026, 10:00:00 +02:00 – 10 Jun 2026") == 2


def test_undisputed_is_never_more_than_ours(store: Store) -> None:
    """A vendor that admits the whole month gives us no more than we prove."""
    answers = _sent(store)
    whole = Span(parse_instant("2026-06-01T00:00:00+02:00"), parse_instant("2026-07-01T00:00:00+02:00"))
    found = answers.counter(FINAL, LATER, "ana", outages=[whole])
    assert found.undisputed == found.claimed


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        (Money(3920, "USD"), "is in EUR, not USD; state what the credit note says in EUR"),
        (Money(-1, "EUR"), "a credit of -0.01 EUR is none"),
    ],
)
def test_impossible_settlements_are_refused(store: Store, amount: Money, message: str) -> None:
    """Another currency and a negative credit are mistakes; nothing is recorded."""
    answers = _sent(store)
    before = answers.steps.one(FINAL).events
    with pytest.raises(ClaimError, match=message):
        answers.settle(FINAL, LATER, "ana", amount=amount, reference="", day=DAY_OF_NOTE)
    assert answers.steps.one(FINAL).events == before


def test_answers_to_what_was_never_sent_are_refused(store: Store) -> None:
    """A vendor cannot acknowledge, reject or counter what it has not got."""
    ClaimsDesk(_sources(), store, US).review(AFTER)
    answers = _answers(store)
    with pytest.raises(ClaimError, match="cannot become acknowledged"):
        answers.acknowledge(FINAL, LATER, "ana")
    with pytest.raises(ClaimError, match="a vendor answers what it was sent"):
        answers.counter(FINAL, LATER, "ana", outages=[])


def test_only_finance_decides(store: Store) -> None:
    """With users configured, answers are recorded by finance alone."""
    _sent(store)
    answers = _answers(store, House("claims@acme.example", approvers=frozenset({"ana"})))
    with pytest.raises(ClaimError, match="ivo may not decide about claims"):
        answers.acknowledge(FINAL, LATER, "ivo")
