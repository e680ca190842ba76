"""The claims desk: what can be claimed, until when, who released which letter, and whether it has left.

A claim's events are the only record; its state is what they lead to. Automatic steps are `eligible` and `expired`
alone: a letter leaves only after a named person has approved exactly its words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.judging.step import local_text
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.desk.claims.due import ANSWERABLE
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.hindrances import hindrances_of_claim
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.claims.letters import Draft, composed, due_stage, earlier_letter, keep, kept_draft
from uptime_daemon.desk.claims.lines import fee_lines
from uptime_daemon.desk.claims.mails import archive_copy, vendor_mail
from uptime_daemon.desk.claims.record import AUTOMATIC, ClaimRecord, KeptLetter, Note, letter_json
from uptime_daemon.desk.claims.related import Judged
from uptime_daemon.desk.claims.reviewing import Reviewed, review
from uptime_daemon.desk.claims.steps import ClaimSteps
from uptime_daemon.desk.claims.views import ClaimView, claim_view, claim_views
from uptime_daemon.letters.claim import NothingProvenError
from uptime_daemon.letters.pdf import PdfError
from uptime_daemon.letters.rendering import TemplateError
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.ports import ClaimSources, KnownStatements
    from uptime_daemon.store.kept import OutboxMail
    from uptime_daemon.store.ports import Store

_IN_FLIGHT: Final = frozenset({MailState.PENDING, MailState.SENDING, MailState.DOUBTFUL})


@dataclass(frozen=True, slots=True)
class ClaimsDesk:
    """The use cases of claiming."""

    sources: ClaimSources
    store: Store
    house: House

    @property
    def steps(self) -> ClaimSteps:
        """The claims on record."""
        return ClaimSteps(self.store, self.house)

    def review(self, at: Instant, judged: KnownStatements | None = None) -> Reviewed:
        """Make eligible what is owed and due now, tell finance, and expire what is too late."""
        return review(self.sources, self.steps, at, judged)

    def recorded(self) -> tuple[ClaimRecord, ...]:
        """Every claim as it is on record, without judging anything anew."""
        return tuple(self.steps.every().values())

    def claims(self, at: Instant) -> tuple[ClaimView, ...]:
        """Every claim, in the order in which they became eligible."""
        return claim_views(self.sources, self.steps, at)

    def claim(self, claim: str, at: Instant) -> ClaimView:
        """One claim. Raises `ClaimError` if there is none of this number."""
        return claim_view(self.sources, self.steps, claim, at)

    def render(self, claim: str, at: Instant, by: str, *, anew: bool = False, dry_run: bool = False) -> Draft:
        """The letter of a claim: the one that was approved, else one written now and kept as a draft.

        `anew` writes another one although one is approved; that approval lapses. An expired claim's letter says that
        it is late; it is kept when it is approved.
        """
        record = self.steps.one(claim)
        if record.state not in {ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.EXPIRED} and not anew:
            if record.letter is None:
                raise ClaimError(f"claim {claim} is {record.state} and has no letter")
            return kept_draft(self.store, record.letter)
        if anew:
            self._refuse_in_flight(record)
        fresh = self._fresh(record, at)
        if dry_run or record.state is ClaimState.EXPIRED:
            return fresh
        if record.letter is None or record.letter.digest != fresh.kept.digest or record.state is ClaimState.APPROVED:
            keep(self.store, fresh, at)
            self.steps.append(record, ClaimState.DRAFTED, by, at, {"letter": letter_json(fresh.kept)})
        return fresh

    def approve(
        self,
        claim: str,
        at: Instant,
        by: str,
        *,
        digest: str | None = None,
        standing: int | None = None,
        dry_run: bool = False,
    ) -> Draft:
        """Release a letter, word for word: the last draft, or one written now where there is none.

        `digest` says which letter was read; another one is not approved. An amount that needs four eyes is approved
        when a second person has released the same letter; until then the claim stays drafted. `standing` is the number
        of the standing approval by which it was released unread.
        """
        record = self.steps.one(claim)
        self.steps.refuse_unauthorised(by)
        self.steps.refuse_order(record, ClaimState.APPROVED)
        agreement, statement = self._judged(record, at)
        self._refuse_hindered(record, statement, agreement, "approved")
        if record.state is ClaimState.DRAFTED and record.letter is not None:
            _refuse_outdated(record, record.letter, statement)
            chosen = kept_draft(self.store, record.letter)
        else:
            chosen = self._fresh(record, at)
        if digest is not None and not chosen.kept.digest.startswith(digest):
            raise ClaimError(
                f"claim {claim}: the letter now is {chosen.kept.digest[:12]}, not {digest}; render it, read it again"
            )
        if not dry_run:
            keep(self.store, chosen, at)
            if self._needs_another(record, chosen.kept, by):
                self._second(record, chosen.kept, by, at)
            else:
                body: dict[str, Any] = {"letter": letter_json(chosen.kept), "fee_lines": fee_lines(statement)}
                body |= {} if standing is None else {"standing_approval": standing}
                self.steps.append(record, ClaimState.APPROVED, by, at, body)
        return chosen

    def _needs_another(self, record: ClaimRecord, letter: KeptLetter, by: str) -> bool:
        """Whether somebody else must release exactly this letter too, for its amount is large."""
        limit = None if letter.amount is None else self.house.four_eyes.get(letter.amount.currency)
        if limit is None or letter.amount is None or not limit < letter.amount:
            return False
        first = record.last(Note.SECONDED)
        return first is None or first.by == by or first.body["digest"] != letter.digest

    def _second(self, record: ClaimRecord, letter: KeptLetter, by: str, at: Instant) -> None:
        """Record the first of two releases, of a letter that is kept as the draft."""
        if record.letter is None or record.letter.digest != letter.digest or record.state is not ClaimState.DRAFTED:
            self.steps.append(record, ClaimState.DRAFTED, by, at, {"letter": letter_json(letter)})
            record = self.steps.one(str(record.id))
        self.steps.append(record, Note.SECONDED, by, at, {"digest": letter.digest})

    def send(self, claim: str, at: Instant, by: str, *, reference: str | None = None, dry_run: bool = False) -> Draft:
        """Hand the approved letter over: to the outbox, or, by any other channel, record that a person has posted it.

        `reference` is the number under which the vendor took the ticket.
        """
        record = self.steps.one(claim)
        self.steps.refuse_unauthorised(by)
        if record.state is not ClaimState.APPROVED or record.letter is None:
            raise ClaimError(
                f"claim {claim} is {record.state}, and only an approved one is sent;"
                f" uptime-daemon claim approve {claim} --by NAME"
            )
        approved = kept_draft(self.store, record.letter)
        agreement, statement = self._judged(record, at)
        self._refuse_hindered(record, statement, agreement, "sent")
        _refuse_outdated(record, record.letter, statement)
        if approved.kept.channel is not Channel.MAIL:
            if not dry_run:
                body = {"channel": approved.kept.channel.value, "reference": reference, "digest": approved.kept.digest}
                self.steps.append(record, ClaimState.SENT, by, at, body)
                self._supersede(at)
            return approved
        if record.message_id is not None:
            raise ClaimError(
                f"claim {claim}: this letter is in the outbox already; uptime-daemon claim show {claim} tells how far"
            )
        mail = vendor_mail(record, approved, agreement, self.house, at)
        if not dry_run:
            body = {"message_id": mail.message_id, "digest": approved.kept.digest}
            self.steps.append(record, Note.QUEUED, by, at, body, [mail])
        return approved

    def opening(self, claim: str, at: Instant) -> str | None:
        """From when on the contract takes a claim that would be early now, and its clause; None where it is not."""
        record = self.steps.one(claim)
        _, statement = self._judged(record, at)
        due = due_stage(record.id, statement)
        if due.opens is None or at >= due.opens:
            return None
        return f"{local_text(due.opens, statement.judgement.terms.zone)} ({due.stage.clause})"

    def send_again(self, claim: str, at: Instant, by: str) -> None:
        """Let a mail be tried again that is in doubt or has failed: a person has made sure that it did not arrive."""
        record, mail = self._stuck(claim, by, MailState.DOUBTFUL, MailState.FAILED)
        self.steps.append(
            record, Note.QUEUED_AGAIN, by, at, {"message_id": mail.mail.message_id, "was": mail.last_error}
        )
        self.store.mark(mail.id, mail.state, MailState.PENDING, due_at=at, error=f"released again by {by}")

    def confirm_arrival(self, claim: str, at: Instant, by: str) -> None:
        """Settle a mail in doubt: a person has made sure that the vendor has it."""
        _, mail = self._stuck(claim, by, MailState.DOUBTFUL)
        self.store.mark(mail.id, mail.state, MailState.SENT, error=f"arrived, says {by}")
        self.record_deliveries(at)

    def record_deliveries(self, at: Instant) -> tuple[str, ...]:
        """Make `sent` what has left; called after deliveries, twice is once. Returns the claims.

        A mail that a crash left in doubt although its proof is on record is in no doubt.
        """
        waiting = [
            each for each in self.steps.every().values() if each.state is ClaimState.APPROVED and each.message_id
        ]
        done = []
        for record in waiting:
            mail = self.steps.mail(record)
            queued = record.last(Note.QUEUED)
            if mail is None or queued is None:
                continue
            if mail.state is MailState.DOUBTFUL and record.is_dispatched:
                self.store.mark(mail.id, mail.state, MailState.SENT, error=mail.last_error)
            elif mail.state is not MailState.SENT:
                continue
            body = {
                "channel": Channel.MAIL.value,
                "message_id": mail.mail.message_id,
                "digest": queued.body["digest"],
                "reply": mail.last_error,
            }
            copies = archive_copy(record, mail.mail, self.house, at)
            self.steps.append(record, ClaimState.SENT, queued.by, at, body, copies)
            done.append(str(record.id))
        self._supersede(at)
        return tuple(done)

    def _supersede(self, at: Instant) -> None:
        """End what a later revision has taken the place of, once that has left."""
        every = {record.id: record for record in self.steps.every().values()}
        for record in every.values():
            earlier = every.get(replace(record.id, revision=record.id.revision - 1))
            if earlier is not None and record.last(ClaimState.SENT) and earlier.state in ANSWERABLE:
                self.steps.append(earlier, ClaimState.SUPERSEDED, AUTOMATIC, at, {"by": str(record.id)})

    def _fresh(self, record: ClaimRecord, at: Instant) -> Draft:
        agreement, statement = self._judged(record, at)
        others = self.steps.every().values()
        try:
            return composed(record, statement, agreement, self.sources, self.house, earlier_letter(record.id, others))
        except (NothingProvenError, PdfError, TemplateError) as error:
            raise ClaimError(f"claim {record.id}: {error}") from error

    def _judged(self, record: ClaimRecord, at: Instant) -> tuple[Agreement, Statement]:
        claim = record.id
        if (known := Judged(self.sources, at).of(claim)) is not None:
            return known
        raise ClaimError(
            f"claim {claim}: uptime.yaml has no agreement {claim.agreement!r} with group {claim.group!r} any more"
        )

    def _stuck(self, claim: str, by: str, *states: MailState) -> tuple[ClaimRecord, OutboxMail]:
        record = self.steps.one(claim)
        self.steps.refuse_unauthorised(by)
        mail = self.steps.mail(record)
        if mail is None or mail.state not in states:
            stands = "has no mail in the outbox" if mail is None else f"has a mail that is {mail.state}"
            raise ClaimError(f"claim {claim} {stands}; this is for one that is {' or '.join(states)}")
        return record, mail

    def _refuse_in_flight(self, record: ClaimRecord) -> None:
        mail = self.steps.mail(record)
        if mail is not None and mail.state in _IN_FLIGHT:
            raise ClaimError(f"claim {record.id}: its letter is on its way ({mail.state}); settle that first")

    def _refuse_hindered(self, record: ClaimRecord, statement: Statement, agreement: Agreement, step: str) -> None:
        if problems := tuple(
            hindrances_of_claim(record, statement, agreement, self.house, self.steps.every().values())
        ):
            raise ClaimError(f"claim {record.id} cannot be {step}: {'; '.join(problems)}")


def _refuse_outdated(record: ClaimRecord, written: KeptLetter, statement: Statement) -> None:
    """Downtime may have been added since, but what a letter claims must still be proven, and go where it should."""
    claim, terms = record.id, statement.judgement.terms.claim
    anew = f"uptime-daemon claim render {claim} --anew, read it, approve it"
    proven = statement.judgement.credit_proven.amount
    if written.amount is not None and (proven is None or proven < written.amount):
        raise ClaimError(
            f"claim {claim}: the letter claims {written.amount} {written.amount.currency}, but only"
            f" {proven or 'nothing'} is proven now; {anew}"
        )
    if terms.channel is not written.channel or (terms.channel is Channel.MAIL and terms.address != written.recipient):
        raise ClaimError(f"claim {claim}: the letter is for {written.recipient}, claims now go elsewhere; {anew}")
    if written.late is not (record.deadline is not None and statement.as_of >= record.deadline):
        raise ClaimError(f"claim {claim}: the deadline has passed since the letter was written; {anew}")
