"""The claims desk: what can be claimed, until when, who released which letter, and whether it has left.

A claim's events are the only record; its state is what they lead to. Automatic steps are `eligible` and `expired`
alone: a letter leaves only after a named person has approved exactly its words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.claim import ClaimId, ClaimState, followed
from uptime_daemon.core.judging.step import local_text
from uptime_daemon.core.terms.claim import Channel
from uptime_daemon.core.time.instants import format_instant
from uptime_daemon.delivery.address import AddressError
from uptime_daemon.desk.claims.due import ANSWERABLE, amendment, latest, owed
from uptime_daemon.desk.claims.letters import (
    ClaimError,
    Draft,
    House,
    archive_copy,
    composed,
    due_stage,
    earlier_letter,
    eligible_mail,
    hindrances,
    keep,
    kept_draft,
    vendor_mail,
)
from uptime_daemon.desk.claims.lines import claimed_elsewhere, fee_lines
from uptime_daemon.desk.claims.record import (
    AUTOMATIC,
    ClaimRecord,
    KeptLetter,
    Note,
    eligible_body,
    letter_json,
)
from uptime_daemon.desk.claims.related import Judged, related
from uptime_daemon.desk.claims.reminders import DEPUTY_FROM
from uptime_daemon.desk.claims.steps import ClaimSteps
from uptime_daemon.desk.telling.notices import breach_happening, claim_deadline
from uptime_daemon.letters.claim import NothingProvenError
from uptime_daemon.letters.pdf import PdfError
from uptime_daemon.letters.rendering import TemplateError
from uptime_daemon.store.errors import ConflictError
from uptime_daemon.store.kept import ClaimEvent, MailState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from uptime_daemon.core.claims.stages import DueStage
    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.money import Money
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.ports import ClaimSources, KnownStatements
    from uptime_daemon.store.kept import Mail, OutboxMail
    from uptime_daemon.store.ports import Store

_UNSENT: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED})
_IN_FLIGHT: Final = frozenset({MailState.PENDING, MailState.SENDING, MailState.DOUBTFUL})


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a look at all agreements changed."""

    eligible: tuple[str, ...]
    expired: tuple[str, ...]
    warnings: tuple[str, ...]
    """Who could not be told, and why."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim as lists and pages show it."""

    id: ClaimId
    state: ClaimState
    deadline: Instant | None
    """The first instant that is too late; None where the contract sets none."""
    zone: tzinfo
    """The contract's; UTC where the agreement is no longer configured."""
    channel: Channel | None
    """None where the agreement is no longer configured."""
    claimed: Money | None
    """What the letter claims or would claim now; None under a contract without credit."""
    measured: Money | None
    """What the point figure comes to now; None where the agreement is no longer configured."""
    letter: KeptLetter | None
    hindrances: tuple[str, ...]
    """What keeps a letter from leaving now."""
    mail: OutboxMail | None
    """The vendor's mail, once it is in the outbox."""
    events: tuple[ClaimEvent, ...]
    related: tuple[str, ...] = ()
    """Claims under other agreements about an outage of this one."""


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
        """Make eligible what is owed and due now, tell finance in the same transaction, and expire what is too late.

        `judged` are statements that somebody else keeps current: where they show nothing new nothing is judged again.
        No claim begins by them.
        """
        known = latest(self.steps.every().values())
        found = list(owed(self.sources, known, at, judged))
        eligible: list[str] = []
        warnings: list[str] = []
        for claim, agreement, statement, due in found:
            beginning, because = claim, ""
            if (standing := known.get(claim)) is not None:
                because = amendment(standing, statement, due, at) or ""
                if not because:
                    continue
                beginning = replace(claim, revision=standing.id.revision + 1)
            same = tuple(related(claim, agreement, statement, (each[:3] for each in found)))
            mails, warning = self._told(beginning, statement, agreement, due, same, at)
            warnings += warning
            if self._begin(beginning, statement, due, because, mails, at):
                eligible.append(str(beginning))
        return Reviewed(tuple(eligible), tuple(self._expire(at)), tuple(warnings))

    def recorded(self) -> tuple[ClaimRecord, ...]:
        """Every claim as it is on record, without judging anything anew."""
        return tuple(self.steps.every().values())

    def claims(self, at: Instant) -> tuple[ClaimView, ...]:
        """Every claim, in the order in which they became eligible."""
        every = self.steps.every()
        judged = Judged(self.sources, at)
        return tuple(self._view(record, every.values(), judged) for record in every.values())

    def claim(self, claim: str, at: Instant) -> ClaimView:
        """One claim. Raises `ClaimError` if there is none of this number."""
        return self._view(self.steps.one(claim), self.steps.every().values(), Judged(self.sources, at))

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

    def _told(
        self,
        claim: ClaimId,
        statement: Statement,
        agreement: Agreement,
        due: DueStage,
        same: tuple[str, ...],
        at: Instant,
    ) -> tuple[list[Mail], list[str]]:
        """Finance is told at once; so is the deputy where the time for that has come already."""
        people = agreement.people
        told = [("finance", people.finance)]
        if due.deadline is not None and due.deadline - at <= DEPUTY_FROM and "@" in people.deputy:
            told.append(("deputy", people.deputy))
        mails, warnings = [], []
        for role, recipient in told:
            try:
                mails.append(eligible_mail(claim, statement, agreement, self.house, at, same, (role, recipient)))
            except AddressError as error:
                warnings.append(f"claim {claim}: {role} is not told: agreements[{agreement.id}].people.{role}: {error}")
        return mails, warnings

    def _begin(
        self, claim: ClaimId, statement: Statement, due: DueStage, because: str, mails: Sequence[Mail], at: Instant
    ) -> bool:
        judgement = statement.judgement
        # Taking back what was claimed too high has no deadline; `review` lets nothing else begin that late.
        is_lowered = claim.revision > 1 and due.deadline is not None and at >= due.deadline
        deadline = None if is_lowered else due.deadline
        body = eligible_body(claim, deadline, judgement.credit.amount, judgement.credit_proven.amount)
        body |= {"because": because} if because else {}
        try:
            event = ClaimEvent(str(claim), 1, at, followed(None, ClaimState.ELIGIBLE).value, AUTOMATIC, body)
            found = breach_happening(str(claim), claim.agreement, body)
            self.store.append_claim_event(event, mails, self.house.listeners.notices(found, at))
        except ConflictError:
            return False  # another process was faster: the claim exists, and finance is told once
        return True

    def _expire(self, at: Instant) -> Iterator[str]:
        """End unsent claims whose deadline has passed; one that was approved late, on purpose, stays."""
        for claim, record in self.steps.every().items():
            if record.deadline is None or record.deadline > at or record.state not in _UNSENT:
                continue
            mail = self.steps.mail(record)
            if mail is not None and mail.state is not MailState.FAILED:
                continue  # it was released in time; whether it arrived is another question
            approval = record.last(ClaimState.APPROVED)
            if approval is None or approval.at < record.deadline:
                passed = claim_deadline(claim, record.id.agreement, record.deadline, "expired", None, "expired")
                self.steps.append(
                    record,
                    ClaimState.EXPIRED,
                    AUTOMATIC,
                    at,
                    {"deadline": format_instant(record.deadline)},
                    notices=self.house.listeners.notices(passed, at),
                )
                yield claim

    def _view(self, record: ClaimRecord, every: Iterable[ClaimRecord], judged: Judged) -> ClaimView:
        claim, state = record.id, record.state
        view = ClaimView(
            id=claim,
            state=state,
            deadline=record.deadline,
            zone=UTC,
            channel=record.letter.channel if record.letter else None,
            claimed=record.last_amount,
            measured=None,
            letter=record.letter,
            hindrances=(),
            mail=self.steps.mail(record),
            events=record.events,
        )
        known = judged.of(claim)
        if known is None:
            return view
        agreement, statement = known
        judgement = statement.judgement
        is_open = state in {ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.EXPIRED}
        return replace(
            view,
            zone=judgement.terms.zone,
            channel=judgement.terms.claim.channel,
            claimed=judgement.credit_proven.amount if is_open else view.claimed,
            measured=judgement.credit.amount,
            hindrances=tuple(self._hindrances(record, statement, agreement, every)) if is_open else (),
            related=tuple(judged.related(claim, agreement, statement, (each.id for each in every))),
        )

    def _hindrances(
        self, record: ClaimRecord, statement: Statement, agreement: Agreement, every: Iterable[ClaimRecord]
    ) -> Iterator[str]:
        yield from hindrances(statement, agreement, self.house)
        yield from claimed_elsewhere(record, statement, every)

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
        if problems := tuple(self._hindrances(record, statement, agreement, self.steps.every().values())):
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
