"""One step of a claim at a time: read where it stands, refuse what may not follow, append what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uptime_daemon.core.claims.claim import ClaimOrderError, ClaimState, followed
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.house import House
from uptime_daemon.desk.claims.record import ClaimRecord, Note, records
from uptime_daemon.desk.people.record import disabled_by
from uptime_daemon.store.kept import ClaimEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.store.kept import Mail, Notice, OutboxMail
    from uptime_daemon.store.ports import Store


@dataclass(frozen=True, slots=True)
class ClaimSteps:
    """The claims on record and the one way to add to them."""

    store: Store
    house: House

    def every(self) -> dict[str, ClaimRecord]:
        """The claims by number, in the order in which they became eligible."""
        return records(self.store.claim_events())

    def one(self, claim: str) -> ClaimRecord:
        """One claim. Raises `ClaimError` if there is none of this number."""
        found = records(self.store.claim_events(claim))
        if claim not in found:
            known = ", ".join(self.every()) or "none"
            raise ClaimError(f"there is no claim {claim!r}; the claims are: {known}")
        return found[claim]

    def mail(self, record: ClaimRecord) -> OutboxMail | None:
        """The vendor's mail of the last approval, if it is in the outbox."""
        if record.message_id is None:
            return None
        mails = self.store.outbox(claim=str(record.id))
        return next((each for each in mails if each.mail.message_id == record.message_id), None)

    def refuse_unauthorised(self, by: str) -> None:
        """Only a named person decides, and only one of finance where there are users."""
        if not by.strip():
            raise ClaimError("a letter is released by a named person; add --by NAME")
        if (off := disabled_by(self.store, by)) is not None:
            raise ClaimError(f"{by} may not decide any more: disabled by {off}")
        if self.house.approvers is not None and by not in self.house.approvers:
            may = ", ".join(sorted(self.house.approvers)) or "nobody: add a user with role finance"
            raise ClaimError(f"{by} may not decide about claims; users with role finance: {may}")

    def refuse_order(self, record: ClaimRecord, state: ClaimState) -> None:
        """Only what may follow the claim's state."""
        try:
            followed(record.state, state)
        except ClaimOrderError as error:
            raise ClaimError(f"claim {record.id}: {error}") from error

    def append(
        self,
        record: ClaimRecord,
        kind: ClaimState | Note,
        by: str,
        at: Instant,
        body: dict[str, Any],
        mails: Sequence[Mail] = (),
        notices: Sequence[Notice] = (),
    ) -> None:
        """Record a step with its mails and notices; `ConflictError` if somebody else was faster."""
        if isinstance(kind, ClaimState):
            self.refuse_order(record, kind)
        event = ClaimEvent(str(record.id), record.next_number, at, kind.value, by, body)
        self.store.append_claim_event(event, mails, notices)
