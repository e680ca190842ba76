"""The claims desk on a real database: what becomes eligible, who may release what, what is sent, what expires."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from tests.desk.claim_sources import CaseSources
from tests.letters.cases import JUNE_OUTAGES, PRAGUE, steps_agreement, steps_contract
from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.terms.claim import Channel, Deadline, DeadlineAnchor
from uptime_daemon.core.terms.lapse import Lapse, LapseUnit
from uptime_daemon.core.time.instants import DAY, SECOND, parse_instant
from uptime_daemon.desk.claims.desk import ClaimsDesk
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.house import House
from uptime_daemon.store.database import open_store
from uptime_daemon.store.errors import ConflictError
from uptime_daemon.store.kept import MailKind, MailState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from uptime_daemon.store.kept import ClaimEvent, Mail, Notice, OutboxMail
    from uptime_daemon.store.ports import Store

US = House("claims@acme.example")
DURING = parse_instant("2026-06-25T12:00:00+02:00")
AFTER = parse_instant("2026-07-02T09:00:00+02:00")
TOO_LATE = parse_instant("2026-07-08T00:00:00+02:00")
PROVISIONAL = "acme-daktela.2026-06.service.provisional"
FINAL = "acme-daktela.2026-06.service.final"
NOTICE = "acme-oki.2025.inbound.final"
WORSE = (
    *JUNE_OUTAGES,
    (
        "2026-06-28T09:59:30+02:00",
        "2026-06-28T10:00:00+02:00",
        "2026-06-28T11:29:55+02:00",
        "2026-06-28T11:30:00+02:00",
    ),
)
"""Another 90 minutes: 157 in all, three completed steps."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new database."""
    opened = open_store(f"sqlite:///{tmp_path / 'uptime.db'}", create=True)
    yield opened
    opened.close()


def _desk(store: Store, sources: CaseSources | None = None, house: House = US) -> ClaimsDesk:
    return ClaimsDesk(sources or CaseSources().only("acme-daktela"), store, house)


def _approved(desk: ClaimsDesk, claim: str = FINAL) -> None:
    desk.review(AFTER)
    desk.render(claim, AFTER, "ana")
    desk.approve(claim, AFTER, "ana")


def _vendor_mails(store: Store) -> list[OutboxMail]:
    return [each for each in store.outbox() if each.mail.kind is MailKind.VENDOR]


def _states(desk: ClaimsDesk, claim: str) -> list[str]:
    return [event.kind for event in desk.claim(claim, AFTER).events]


def test_open_period_gives_a_provisional_claim_once(store: Store) -> None:
    """A breach in a running month is claimed provisionally, and looking again changes nothing."""
    desk = _desk(store)
    assert desk.review(DURING).eligible == (PROVISIONAL,)
    assert desk.review(DURING + DAY).eligible == ()
    assert [(str(each.id), each.state) for each in desk.recorded()] == [(PROVISIONAL, ClaimState.ELIGIBLE)]


def test_finance_is_told_in_the_same_step(store: Store) -> None:
    """The mail to finance lies in the outbox with the claim: automatic, with amount, readings and next command."""
    _desk(store).review(DURING)
    (queued,) = store.outbox()
    assert (queued.mail.kind, queued.mail.recipients) == (MailKind.INTERNAL, ("finance@acme.example",))
    message = message_from_bytes(queued.mail.mime, _class=EmailMessage, policy=default)
    assert message["Auto-Submitted"] == "auto-generated"
    assert "39.20 EUR" in message["Subject"]
    body = message.get_body(("plain",))
    assert body is not None
    assert f"uptime-daemon claim render {PROVISIONAL}" in body.get_content()


def test_nobody_to_tell_is_said(store: Store) -> None:
    """A finance contact that is no mail address loses no claim; the warning names the key."""
    people = steps_agreement(finance="ana").people
    reviewed = _desk(store, CaseSources().only("acme-daktela", people=people)).review(DURING)
    assert reviewed.eligible == (PROVISIONAL,)
    (warning,) = reviewed.warnings
    assert warning.startswith(f"claim {PROVISIONAL}: finance is not told: agreements[acme-daktela].people.finance: ")
    assert warning.endswith("'ana' has no @; write an address such as claims@vendor.example")
    assert store.outbox() == []


def test_final_claim_after_the_period(store: Store) -> None:
    """After the month's end the final claim is due, and the unsent provisional one expires."""
    desk = _desk(store)
    desk.review(DURING)
    reviewed = desk.review(AFTER)
    assert (reviewed.eligible, reviewed.expired) == ((FINAL,), (PROVISIONAL,))


def test_claim_without_a_deadline(store: Store) -> None:
    """Where the contract sets no deadline, last year's breach is claimed at any time and never expires."""
    desk = _desk(store, CaseSources().only("acme-oki"))
    assert desk.review(AFTER).eligible == (NOTICE,)
    assert desk.review(AFTER + 150 * DAY).expired == ()


def test_loss_found_too_late_is_on_record(store: Store) -> None:
    """A final claim first seen after its deadline is recorded and expires at once: the loss is visible."""
    reviewed = _desk(store).review(TOO_LATE)
    assert (reviewed.eligible, reviewed.expired) == ((FINAL,), (FINAL,))


def test_time_outside_the_agreement_is_no_claim(store: Store) -> None:
    """A month before the agreement starts is not judged for claims."""
    sources = CaseSources().only("acme-daktela", starts=parse_instant("2026-07-01T00:00:00+02:00"))
    assert _desk(store, sources).review(AFTER).eligible == ()


def test_nothing_leaves_without_approval(store: Store) -> None:
    """An eligible or drafted claim cannot be sent, and the message has the command that comes first."""
    desk = _desk(store)
    desk.review(AFTER)
    for step in ("eligible", "drafted"):
        with pytest.raises(ClaimError, match=f"is {step}, and only an approved one is sent.* claim approve {FINAL}"):
            desk.send(FINAL, AFTER, "ana")
        desk.render(FINAL, AFTER, "ana")
    assert _vendor_mails(store) == []


def test_approved_letter_goes_to_the_outbox_once(store: Store) -> None:
    """Sending queues exactly the approved letter with its files; sending again is refused."""
    desk = _desk(store)
    _approved(desk)
    sent = desk.send(FINAL, AFTER, "ana")
    (queued,) = _vendor_mails(store)
    message = message_from_bytes(queued.mail.mime, _class=EmailMessage, policy=default)
    assert message["Subject"] == "SLA Service Credit - Contact centre - D-2026-17 - 2026-06 [" + FINAL + "]"
    assert message["To"] == "credits@vendor.example"
    assert message["From"] == "Acme Ltd <claims@acme.example>"
    assert message["Auto-Submitted"] is None
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == sent.letter.text.splitlines()
    printed, *evidence = message.iter_attachments()
    assert (printed.get_filename(), printed.get_content_type()) == ("letter.pdf", "application/pdf")
    assert evidence
    for file in evidence:
        content = file.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert hashlib.sha256(content).hexdigest() in sent.letter.text
    with pytest.raises(ClaimError, match="in the outbox already"):
        desk.send(FINAL, AFTER, "ana")
    assert len(_vendor_mails(store)) == 1


def test_claim_is_sent_when_its_mail_has_left(store: Store) -> None:
    """A queued letter leaves the claim approved; the delivery makes it sent, with the server's words, once."""
    desk = _desk(store)
    _approved(desk)
    desk.send(FINAL, AFTER, "ana")
    assert desk.record_deliveries(AFTER) == ()
    assert desk.claim(FINAL, AFTER).state is ClaimState.APPROVED
    (queued,) = _vendor_mails(store)
    store.mark(queued.id, MailState.PENDING, MailState.SENDING)
    store.mark(queued.id, MailState.SENDING, MailState.SENT, error="250 queued as 4711")
    assert desk.record_deliveries(AFTER + 1) == (FINAL,)
    assert desk.record_deliveries(AFTER + 2) == ()
    view = desk.claim(FINAL, AFTER)
    assert view.state is ClaimState.SENT
    assert (view.events[-1].by, view.events[-1].body["reply"]) == ("ana", "250 queued as 4711")


def test_approval_is_of_the_draft_that_was_read(store: Store) -> None:
    """What is approved is the kept draft word for word; another digest than the one that was read is refused."""
    desk = _desk(store)
    desk.review(AFTER)
    draft = desk.render(FINAL, AFTER, "ana")
    with pytest.raises(ClaimError, match=f"the letter now is {draft.kept.digest[:12]}, not 0123"):
        desk.approve(FINAL, AFTER, "ana", digest="0123")
    assert desk.approve(FINAL, AFTER + DAY, "ivo", digest=draft.kept.digest[:8]) == draft
    event = desk.claim(FINAL, AFTER).events[-1]
    assert (event.kind, event.by) == ("approved", "ivo")
    assert event.body["letter"]["digest"] == draft.kept.digest
    assert event.body["letter"]["amount"] == {"amount": "39.20", "currency": "EUR"}


def test_approval_without_a_draft_writes_the_letter(store: Store) -> None:
    """A claim that nobody rendered is rendered, kept and approved in one go."""
    desk = _desk(store)
    desk.review(AFTER)
    approved = desk.approve(FINAL, AFTER, "ana")
    assert _states(desk, FINAL) == ["eligible", "approved"]
    assert desk.render(FINAL, AFTER, "ana") == approved


def test_rendering_twice_is_one_draft(store: Store) -> None:
    """The same letter is kept once, another one is a draft of its own."""
    desk = _desk(store)
    desk.review(AFTER)
    for at in (AFTER, AFTER, AFTER + DAY):
        desk.render(FINAL, at, "ana")
    assert _states(desk, FINAL) == ["eligible", "drafted", "drafted"]


def test_dry_runs_change_nothing(store: Store) -> None:
    """Rendering, approving and sending can be tried without a trace."""
    desk = _desk(store)
    desk.review(AFTER)
    desk.render(FINAL, AFTER, "ana", dry_run=True)
    desk.approve(FINAL, AFTER, "ana", dry_run=True)
    assert _states(desk, FINAL) == ["eligible"]
    _approved(desk)
    desk.send(FINAL, AFTER, "ana", dry_run=True)
    assert _states(desk, FINAL) == ["eligible", "drafted", "approved"]
    assert _vendor_mails(store) == []


def test_only_finance_releases_where_users_exist(store: Store) -> None:
    """With users configured, approving and sending need one with role finance; a blank name is nobody."""
    desk = _desk(store, house=House("claims@acme.example", approvers=frozenset({"ana"})))
    desk.review(AFTER)
    with pytest.raises(ClaimError, match="ivo may not decide about claims; users with role finance: ana"):
        desk.approve(FINAL, AFTER, "ivo")
    desk.approve(FINAL, AFTER, "ana")
    with pytest.raises(ClaimError, match="ivo may not decide"):
        desk.send(FINAL, AFTER, "ivo")
    with pytest.raises(ClaimError, match="named person; add --by NAME"):
        _desk(store).send(FINAL, AFTER, " ")


def test_missing_address_names_the_parameter(store: Store) -> None:
    """Without the vendor's address the letter can be read and not approved; the message says what to write where."""
    desk = _desk(store, replace(CaseSources(), steps=steps_contract(address=None)).only("acme-daktela"))
    desk.review(AFTER)
    assert "39.20 EUR" in desk.render(FINAL, AFTER, "ana").letter.text
    with pytest.raises(ClaimError, match=r"agreements\[acme-daktela\]\.parameters\.claims_address: missing"):
        desk.approve(FINAL, AFTER, "ana")
    (hindrance,) = desk.claim(FINAL, AFTER).hindrances
    assert "write claims_address: NAME@VENDOR under `parameters:`" in hindrance


@pytest.mark.parametrize("address", ["credits", "a@vendor.example\nBcc: b@vendor.example"])
def test_bad_address_is_refused_before_approval(store: Store, address: str) -> None:
    """An address without @ or with a line break never becomes a recipient."""
    desk = _desk(store, replace(CaseSources(), steps=steps_contract(address=address)).only("acme-daktela"))
    desk.review(AFTER)
    with pytest.raises(ClaimError, match=r"parameters\.claims_address: "):
        desk.approve(FINAL, AFTER, "ana")


def test_no_relay_no_approval(store: Store) -> None:
    """Where no mail is configured, a claim by mail waits and says so."""
    desk = _desk(store, house=House(None))
    assert "no mail is configured" in desk.review(AFTER).warnings[0]
    with pytest.raises(ClaimError, match="no mail is configured"):
        desk.approve(FINAL, AFTER, "ana")


def test_figures_that_fell_stop_the_letter(store: Store) -> None:
    """An approved amount that is no longer proven is not sent: the letter has to be written anew."""
    _approved(_desk(store, replace(CaseSources(), outages=WORSE).only("acme-daktela")))
    desk = _desk(store)
    with pytest.raises(ClaimError, match=r"claims 117\.60 EUR, but only 39\.20 is proven now; .*--anew"):
        desk.send(FINAL, AFTER, "ana")
    desk.render(FINAL, AFTER, "ana", anew=True)
    assert desk.claim(FINAL, AFTER).state is ClaimState.DRAFTED
    desk.approve(FINAL, AFTER, "ana")
    assert "39.20 EUR" in desk.send(FINAL, AFTER, "ana").letter.text


def test_figures_that_grew_leave_a_sound_lower_bound(store: Store) -> None:
    """More downtime since the approval does not stop a letter: what it claims is still owed."""
    _approved(_desk(store))
    desk = _desk(store, replace(CaseSources(), outages=WORSE).only("acme-daktela"))
    assert desk.send(FINAL, AFTER, "ana").kept.amount == desk.claim(FINAL, AFTER).claimed


def test_changed_recipient_stops_the_letter(store: Store) -> None:
    """A letter approved for one address is not sent to it once claims go elsewhere."""
    _approved(_desk(store))
    moved = replace(CaseSources(), steps=steps_contract(address="new@vendor.example")).only("acme-daktela")
    with pytest.raises(ClaimError, match=r"is for credits@vendor\.example, claims now go elsewhere"):
        _desk(store, moved).send(FINAL, AFTER, "ana")


def test_unsent_claim_expires_with_its_deadline(store: Store) -> None:
    """The deadline is exclusive: one microsecond before it the claim stands, at it it is expired."""
    desk = _desk(store)
    _approved(desk)
    assert desk.review(TOO_LATE - 1).expired == ()
    assert desk.review(TOO_LATE).expired == (FINAL,)
    with pytest.raises(ClaimError, match="is expired, and only an approved one is sent"):
        desk.send(FINAL, TOO_LATE, "ana")


def test_letter_on_its_way_does_not_expire(store: Store) -> None:
    """A letter that was released in time stays claimed although its mail is still waiting or in doubt."""
    desk = _desk(store)
    _approved(desk)
    desk.send(FINAL, AFTER, "ana")
    assert desk.review(TOO_LATE).expired == ()
    (queued,) = _vendor_mails(store)
    store.mark(queued.id, MailState.PENDING, MailState.SENDING)
    store.mark(queued.id, MailState.SENDING, MailState.FAILED, error="550 no such user")
    assert desk.review(TOO_LATE + 1).expired == (FINAL,)


def test_late_on_purpose(store: Store) -> None:
    """An expired claim can be approved and sent; the letter admits that it is late, and it does not expire again."""
    desk = _desk(store)
    desk.review(TOO_LATE)
    late = TOO_LATE + DAY
    assert "We send this letter late" in " ".join(desk.approve(FINAL, late, "ana").letter.text.split())
    assert desk.review(late + 1).expired == ()
    desk.send(FINAL, late + 2, "ana")
    assert len(_vendor_mails(store)) == 1


def test_mail_in_doubt_waits_for_a_person(store: Store) -> None:
    """A doubtful mail is sent again or settled by a person only; without a doubt there is nothing to settle."""
    desk = _desk(store)
    _approved(desk)
    with pytest.raises(ClaimError, match="has no mail in the outbox"):
        desk.send_again(FINAL, AFTER, "ana")
    desk.send(FINAL, AFTER, "ana")
    with pytest.raises(ClaimError, match="has a mail that is pending; this is for one that is doubtful or failed"):
        desk.send_again(FINAL, AFTER, "ana")
    (queued,) = _vendor_mails(store)
    for _ in range(2):
        store.mark(queued.id, MailState.PENDING, MailState.SENDING)
        store.mark(queued.id, MailState.SENDING, MailState.DOUBTFUL, error="cut after DATA")
        if _ == 0:
            desk.send_again(FINAL, AFTER, "ana")
            assert store.due_outbox(AFTER)[-1].id == queued.id
    desk.confirm_arrival(FINAL, AFTER, "ana")
    view = desk.claim(FINAL, AFTER)
    assert view.state is ClaimState.SENT
    assert view.events[-1].body["reply"] == "arrived, says ana"


def test_claim_before_the_contract_takes_it(store: Store) -> None:
    """In the month's last seven days a provisional claim is in time; before them it says from when on it is."""
    opens = Deadline(DeadlineAnchor.PERIOD_END, Lapse(7, LapseUnit.DAYS, PRAGUE), is_before=True)
    terms = steps_contract()
    provisional, final = terms.claim.stages
    stages = (replace(provisional, not_before=opens), final)
    changed = replace(terms, claim=replace(terms.claim, stages=stages))
    desk = _desk(store, replace(CaseSources().only("acme-daktela"), steps=changed))
    early = parse_instant("2026-06-23T23:59:59+02:00")
    desk.review(early)
    assert desk.opening(PROVISIONAL, early) == "2026-06-24 00:00:00 +02:00 (5.1)"
    assert desk.opening(PROVISIONAL, early + SECOND) is None
    desk.review(AFTER)
    assert desk.opening(FINAL, AFTER) is None


def test_final_letter_follows_the_provisional_one(store: Store) -> None:
    """After a sent provisional claim the final letter names it and stands in its thread."""
    desk = _desk(store)
    desk.review(DURING)
    desk.approve(PROVISIONAL, DURING, "ana")
    desk.send(PROVISIONAL, DURING, "ana")
    (first,) = _vendor_mails(store)
    store.mark(first.id, MailState.PENDING, MailState.SENDING)
    store.mark(first.id, MailState.SENDING, MailState.SENT, error="250 OK")
    desk.record_deliveries(DURING)
    _approved(desk)
    desk.send(FINAL, AFTER, "ana")
    second = message_from_bytes(_vendor_mails(store)[1].mail.mime, _class=EmailMessage, policy=default)
    assert second["In-Reply-To"] == first.mail.message_id
    body = second.get_body(("plain",))
    assert body is not None
    assert f"It follows our claim {PROVISIONAL}" in " ".join(body.get_content().split())


def test_claim_by_ticket_is_posted_by_a_person(store: Store) -> None:
    """Where the contract wants a ticket there is no mail: sending gives the text and records who posted it."""
    desk = _desk(store, CaseSources().only("acme-oki"), House(None))
    desk.review(AFTER)
    desk.approve(NOTICE, AFTER, "ana")
    posted = desk.send(NOTICE, AFTER, "ana", reference="OT-990")
    assert posted.letter.text.startswith("Acme Ltd")
    assert posted.letter.subject.startswith("Эскалация - ")
    view = desk.claim(NOTICE, AFTER)
    assert (view.state, view.events[-1].by, view.events[-1].body["reference"]) == (ClaimState.SENT, "ana", "OT-990")
    assert store.outbox() == []


@pytest.mark.parametrize("channel", [Channel.PORTAL, Channel.FORM])
def test_claim_through_a_page_is_posted_by_a_person(store: Store, channel: Channel) -> None:
    """A portal or a form takes no mail either: a person posts the text, and the channel is on record."""
    terms = steps_contract()
    changed = replace(terms, claim=replace(terms.claim, channel=channel, address=None))
    desk = _desk(store, replace(CaseSources().only("acme-daktela"), steps=changed), House(None))
    _approved(desk)
    assert desk.send(FINAL, AFTER, "ana", reference="77").kept.recipient is None
    sent = desk.claim(FINAL, AFTER).events[-1]
    assert (sent.kind, sent.body["channel"], sent.body["reference"]) == ("sent", channel.value, "77")
    assert _vendor_mails(store) == []


def test_only_proven_amounts_are_written(store: Store) -> None:
    """A claim whose shortest outages earn nothing is eligible for a look, and no letter is written."""
    thin = (("2026-06-10T09:59:30+02:00", "2026-06-10T10:00:00+02:00", "2026-06-10T10:50:00+02:00", "2026-06-10T11:07:00+02:00"),)  # fmt: skip  # noqa: E501 - one outage
    desk = _desk(store, replace(CaseSources(), outages=thin).only("acme-daktela"))
    desk.review(AFTER)
    with pytest.raises(ClaimError, match=r"the shortest outages alone earn 0\.00 EUR"):
        desk.render(FINAL, AFTER, "ana")
    assert "0.00 EUR" in desk.claim(FINAL, AFTER).hindrances[0]


def test_list_shows_where_each_claim_stands(store: Store) -> None:
    """State, deadline, amounts and channel of every claim, also of an agreement that is gone from the files."""
    desk = _desk(store, CaseSources())
    desk.review(AFTER)
    views = {str(view.id): view for view in desk.claims(AFTER)}
    assert set(views) == {FINAL, NOTICE}
    june = views[FINAL]
    assert (str(june.claimed), str(june.measured), june.deadline, str(june.channel)) == (
        "39.20",
        "39.20",
        TOO_LATE,
        "mail",
    )
    assert (views[NOTICE].claimed, views[NOTICE].deadline) == (None, None)
    (gone,) = [view for view in _desk(store, CaseSources().only("acme-oki")).claims(AFTER) if str(view.id) == FINAL]
    assert (gone.state, str(gone.claimed), gone.measured) == (ClaimState.ELIGIBLE, "39.20", None)
    with pytest.raises(ClaimError, match="has no agreement 'acme-daktela' with group 'service' any more"):
        _desk(store, CaseSources().only("acme-oki")).render(FINAL, AFTER, "ana")


def test_unknown_claim_lists_the_known(store: Store) -> None:
    """A wrong number is answered with the right ones."""
    desk = _desk(store)
    with pytest.raises(ClaimError, match="there is no claim 'x'; the claims are: none"):
        desk.claim("x", AFTER)
    desk.review(AFTER)
    with pytest.raises(ClaimError, match=f"the claims are: {FINAL}"):
        desk.render("x", AFTER, "ana")


def test_claims_survive_a_restart(tmp_path: Path) -> None:
    """Closed and opened again, the database gives the same approved letter, byte for byte."""
    url = f"sqlite:///{tmp_path / 'uptime.db'}"
    first = open_store(url, create=True)
    desk = _desk(first)
    _approved(desk)
    approved = desk.render(FINAL, AFTER, "ana")
    first.close()
    again = open_store(url, create=False)
    assert _desk(again).render(FINAL, AFTER + DAY, "ivo") == approved
    again.close()


def test_two_people_at_once(tmp_path: Path) -> None:
    """Of two who approve at the same moment one does, and the other is told to look again; nothing is half done."""
    url = f"sqlite:///{tmp_path / 'uptime.db'}"
    stores = [open_store(url, create=True), open_store(url, create=False)]
    desks = [_desk(store) for store in stores]
    desks[0].review(AFTER)
    together = threading.Barrier(2)

    def approve(desk: ClaimsDesk, by: str) -> str:
        append = desk.store.append_claim_event

        def at_once(event: ClaimEvent, mails: Sequence[Mail] = (), notices: Sequence[Notice] = ()) -> int:
            together.wait(120)
            return append(event, mails, notices)

        with patch.object(desk.store, "append_claim_event", at_once):
            try:
                desk.approve(FINAL, AFTER, by)
            except ConflictError as conflict:
                return str(conflict)
        return "approved"

    with ThreadPoolExecutor(2) as threads:
        told = sorted(threads.map(approve, desks, ("ana", "ivo")))
    assert told[0] == "approved"
    assert told[1].startswith(f"claim {FINAL} has 2 steps; 2 is not the next one: somebody else acted meanwhile")
    assert _states(desks[0], FINAL) == ["eligible", "approved"]
    for store in stores:
        store.close()
