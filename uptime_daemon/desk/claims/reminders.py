"""What our own people are reminded of: a deadline that comes near, a vendor that is silent, credits about to lapse.

Twice is once: each mail is named by its claim and its step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.terms.claim import EscalationCase
from uptime_daemon.core.terms.credit import NoCredit
from uptime_daemon.core.time.instants import DAY, HOUR
from uptime_daemon.delivery.address import AddressError
from uptime_daemon.desk.claims.mails import FIRST_STEP, internal_mail
from uptime_daemon.desk.telling.notices import claim_deadline
from uptime_daemon.letters.content import style_for
from uptime_daemon.letters.notes import ClaimNoteContent, NoteKind, claim_note
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.claims.record import ClaimRecord
    from uptime_daemon.desk.claims.steps import ClaimSteps
    from uptime_daemon.desk.ports import Agreements

BEFORE: Final[tuple[Duration, ...]] = (14 * DAY, 7 * DAY, 2 * DAY, DAY, 12 * HOUR, 6 * HOUR, 3 * HOUR, HOUR)
"""How long before a deadline finance is reminded: two weeks to plan, the last hours to act."""
DEPUTY_FROM: Final = 2 * DAY
"""From this reminder on the deputy is told too: whoever has not acted by then may be away."""
BEFORE_LAPSE: Final[tuple[Duration, ...]] = (60 * DAY, 30 * DAY, 14 * DAY, 7 * DAY, DAY)
"""How long before an agreement ends its open claims are announced: two bills ahead, since a bill has to take them."""
_UNSENT: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED})
_AWAITED: Final = frozenset({ClaimState.SENT, ClaimState.ACKNOWLEDGED})
_UNCREDITED: Final = _UNSENT | _AWAITED | {ClaimState.DISPUTED, ClaimState.CREDITED}
"""What can still come to nothing: a credit counts when a bill has taken it, and that is settled."""
_ON_ITS_WAY: Final = frozenset({MailState.PENDING, MailState.SENDING, MailState.SENT})


@dataclass(frozen=True, slots=True)
class ClaimReminders:
    """Who is reminded of which claim."""

    agreements: Agreements
    steps: ClaimSteps

    def remind(self, at: Instant) -> tuple[str, ...]:
        """Queue what is due now; returns who could not be told, and why."""
        signed = {each.id: each for each in self.agreements.agreements()}
        return tuple(
            warning
            for record in self.steps.every().values()
            if (agreement := signed.get(record.id.agreement)) is not None
            for warning in (
                *self._deadline(record, agreement, at),
                *self._silence(record, agreement, at),
                *self._lapse(record, agreement, at),
            )
        )

    def _deadline(self, record: ClaimRecord, agreement: Agreement, at: Instant) -> Iterator[str]:
        before = nearest(record, at)
        mail = self.steps.mail(record)
        if before is None or record.deadline is None or (mail is not None and mail.state in _ON_ITS_WAY):
            return
        step = f"reminder-{before // HOUR}h"
        commands = (
            f"uptime-daemon claim render {record.id}",
            f"uptime-daemon claim approve {record.id} --by NAME",
            f"uptime-daemon claim send {record.id} --by NAME",
        )
        left = record.deadline - at
        content = self._content(record, agreement, NoteKind.REMINDER, record.deadline, left, commands)
        near = claim_deadline(str(record.id), agreement.id, record.deadline, record.state.value, left, step)
        self.steps.store.queue_notices(self.steps.house.listeners.notices(near, at))
        yield from self._tell(content, step, agreement.people.finance, "finance", at)
        if before <= DEPUTY_FROM and "@" in agreement.people.deputy:
            yield from self._tell(content, f"{step}-deputy", agreement.people.deputy, "deputy", at)

    def _silence(self, record: ClaimRecord, agreement: Agreement, at: Instant) -> Iterator[str]:
        last = record.events[-1]
        if record.state not in _AWAITED:
            return
        terms = self.agreements.contract(agreement.id, at).claim
        escalations = [each for each in terms.escalation if each.when is EscalationCase.SILENT]
        # How long silence may last the contract says, or else we do.
        ends = [each.after.after(last.at) for each in escalations if each.after is not None]
        if at < min(ends, default=last.at + self.steps.house.silence):
            return
        commands = (
            f"uptime-daemon claim acknowledge {record.id} --reference NUMBER --by NAME",
            f"uptime-daemon claim settle {record.id} --amount AMOUNT --reference NUMBER --by NAME",
            f"uptime-daemon claim dispute {record.id} --reason TEXT --by NAME",
        )
        content = replace(
            self._content(record, agreement, NoteKind.SILENCE, last.at, at - last.at, commands),
            advice=tuple(f"{each.how} (clause {each.clause})" for each in escalations),
        )
        yield from self._tell(content, f"silence-{last.number}", agreement.people.finance, "finance", at)

    def _lapse(self, record: ClaimRecord, agreement: Agreement, at: Instant) -> Iterator[str]:
        credit = self.agreements.contract(agreement.id, at).credit
        expiry = None if isinstance(credit, NoCredit) else credit.expiry
        ends = agreement.ends
        if record.state not in _UNCREDITED or expiry is None or not expiry.at_termination or ends is None or at >= ends:
            return
        before = next((each for each in reversed(BEFORE_LAPSE) if ends - each <= at), None)
        if before is None:
            return
        commands = (
            f"uptime-daemon claim show {record.id}",
            f"uptime-daemon claim settle {record.id} --amount AMOUNT --reference NUMBER --by NAME",
        )
        content = replace(
            self._content(record, agreement, NoteKind.LAPSE, ends, ends - at, commands), clause=expiry.clause
        )
        yield from self._tell(content, f"lapse-{before // DAY}d", agreement.people.finance, "finance", at)

    def _content(
        self,
        record: ClaimRecord,
        agreement: Agreement,
        kind: NoteKind,
        at: Instant,
        length: Duration,
        commands: tuple[str, ...],
    ) -> ClaimNoteContent:
        terms = self.agreements.contract(agreement.id, at)
        return ClaimNoteContent(
            kind=kind,
            claim=str(record.id),
            agreement=agreement,
            vendor=terms.vendor,
            zone=terms.zone,
            state=record.state.value,
            amount=record.last_amount,
            at=at,
            length=length,
            commands=commands,
            demonstration=self.steps.house.demonstration,
        )

    def _tell(self, content: ClaimNoteContent, step: str, to: str, role: str, at: Instant) -> Iterator[str]:
        written = replace(content, style=style_for(to, content.agreement, self.steps.house.language))
        try:
            note, claim = claim_note(written), content.claim
            mail = internal_mail(note, claim, step, to, self.steps.house, at, claim, follows=FIRST_STEP)
        except AddressError as error:
            place = f"agreements[{content.agreement.id}].people.{role}"
            yield f"claim {content.claim}: {role} is not reminded: {place}: {error}"
            return
        self.steps.store.queue_mail(mail)


def nearest(record: ClaimRecord, at: Instant) -> Duration | None:
    """The last reminder whose time has come, as its distance from the deadline; None if none is due.

    A daemon that was off sends the nearest one alone. What was near already when the claim became eligible is no
    reminder: finance was told just then.
    """
    if record.deadline is None or record.state not in _UNSENT or at >= record.deadline:
        return None
    begun = record.events[0].at
    return next((each for each in reversed(BEFORE) if begun < record.deadline - each <= at), None)
