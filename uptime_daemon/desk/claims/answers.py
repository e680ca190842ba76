"""What became of a claim: the vendor's answer and its own figures, settlement, and what we gave up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.terms.money import Money
from uptime_daemon.core.time.instants import format_instant, parse_instant, seconds_text
from uptime_daemon.core.time.spans import Span, Spans
from uptime_daemon.desk.claims.errors import ClaimError
from uptime_daemon.desk.claims.record import Note, money_json
from uptime_daemon.desk.intake.posts import DOWN_FROM, posted_outages
from uptime_daemon.desk.intake.records import FactKind
from uptime_daemon.letters.content import style_of
from uptime_daemon.letters.counter import BothSides, CounterContent, counter_answer
from uptime_daemon.store.kept import MailState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from uptime_daemon.core.judging.statement import Statement
    from uptime_daemon.core.time.instants import Duration, Instant
    from uptime_daemon.desk.claims.steps import ClaimSteps
    from uptime_daemon.desk.ports import CounterFigures
    from uptime_daemon.letters.content import Letter

OUTAGES_MAX: Final = 10_000
"""How many outages a vendor may name for one period: one every four minutes of a month."""
_ANSWERED: Final = frozenset({ClaimState.SENT, ClaimState.ACKNOWLEDGED, ClaimState.REJECTED, ClaimState.DISPUTED})


@dataclass(frozen=True, slots=True)
class ComparedOutage:
    """One outage as either side has it."""

    ours: Span | None
    """What is counted of ours by its shortest bounds; None: the vendor alone has it."""
    theirs: Span | None
    both: Duration
    """How long both agree on."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Our figures beside the vendor's."""

    outages: tuple[ComparedOutage, ...]
    claimed: Money | None
    undisputed: Money | None
    """What even the time earns that both sides call downtime; None under a contract without credit or fee."""


@dataclass(frozen=True, slots=True)
class ClaimAnswers:
    """The steps after a letter has left."""

    figures: CounterFigures
    steps: ClaimSteps

    def acknowledge(
        self, claim: str, at: Instant, by: str, *, reference: str = "", evidence: str | None = None
    ) -> None:
        """The vendor has it, under a number of its own."""
        self._step(claim, ClaimState.ACKNOWLEDGED, at, by, {"reference": reference, "evidence": evidence})

    def reject(self, claim: str, at: Instant, by: str, *, reason: str, evidence: str | None = None) -> None:
        """The vendor refuses."""
        self._step(claim, ClaimState.REJECTED, at, by, {"reason": reason, "evidence": evidence})

    def dispute(self, claim: str, at: Instant, by: str, *, reason: str, evidence: str | None = None) -> None:
        """The parties differ, and we hold on to the claim."""
        self._step(claim, ClaimState.DISPUTED, at, by, {"reason": reason, "evidence": evidence})

    def waive(self, claim: str, at: Instant, by: str, *, reason: str) -> None:
        """Give up what has not been sent; a letter that waits in the outbox does not leave any more."""
        record = self.steps.one(claim)
        mail = self.steps.mail(record)
        if mail is not None and mail.state in {MailState.SENDING, MailState.DOUBTFUL, MailState.SENT}:
            raise ClaimError(f"claim {claim}: its letter may have left ({mail.state}); settle that first (claim send)")
        self.steps.refuse_unauthorised(by)
        self.steps.refuse_order(record, ClaimState.WAIVED)
        if mail is not None and mail.state is MailState.PENDING and reason.strip():
            self.steps.store.mark(mail.id, MailState.PENDING, MailState.FAILED, error=f"the claim was waived by {by}")
        self._step(claim, ClaimState.WAIVED, at, by, {"reason": reason})

    def withdraw(self, claim: str, at: Instant, by: str, *, reason: str) -> None:
        """Take back what was sent."""
        self._step(claim, ClaimState.WITHDRAWN, at, by, {"reason": reason})

    def settle(
        self,
        claim: str,
        at: Instant,
        by: str,
        *,
        amount: Money | None,
        reference: str,
        day: date,
        evidence: str | None = None,
    ) -> None:
        """What came of it in the end: an amount with the credit note's number and its day, or nothing.

        A contract without credit is settled without an amount, a rejection that we accept with none either.
        """
        record = self.steps.one(claim)
        self.steps.refuse_unauthorised(by)
        claimed = record.last_amount
        if amount is not None and claimed is not None and amount.currency != claimed.currency:
            raise ClaimError(
                f"claim {claim} is in {claimed.currency}, not {amount.currency}; state what the credit note says in"
                f" {claimed.currency}, or withdraw the claim"
            )
        if amount is not None and amount.minor < 0:
            raise ClaimError(f"claim {claim}: a credit of {amount} {amount.currency} is none; state what was credited")
        body = {"amount": money_json(amount), "reference": reference, "day": day.isoformat(), "evidence": evidence}
        if amount is not None and amount.minor > 0 and record.state is not ClaimState.CREDITED:
            self.steps.append(record, ClaimState.CREDITED, by, at, _without_none(body))
            record = self.steps.one(claim)
        elif record.state in {ClaimState.SENT, ClaimState.ACKNOWLEDGED}:
            self.steps.append(record, ClaimState.REJECTED, by, at, _without_none(body))
            record = self.steps.one(claim)
        self.steps.append(record, ClaimState.SETTLED, by, at, _without_none(body))

    def counter(
        self, claim: str, at: Instant, by: str, *, outages: Sequence[Span], evidence: str | None = None
    ) -> Compared:
        """Record the outages that the vendor admits, and compare them with ours."""
        record = self.steps.one(claim)
        self.steps.refuse_unauthorised(by)
        if record.state not in _ANSWERED:
            raise ClaimError(f"claim {claim} is {record.state}: a vendor answers what it was sent")
        if len(outages) > OUTAGES_MAX:
            raise ClaimError(f"{len(outages)} outages are more than {OUTAGES_MAX}; give those of this claim's period")
        theirs = Spans.of(outages)
        body = {
            "outages": [{"from": format_instant(each.start), "to": format_instant(each.end)} for each in theirs],
            "evidence": evidence,
        }
        found = self._compared(str(record.id), theirs, at)
        self.steps.append(record, Note.COUNTERED, by, at, _without_none(body))
        return found

    def posted(
        self, claim: str, at: Instant, lightest: str = DOWN_FROM
    ) -> tuple[tuple[Span, ...], str | None, tuple[str, ...]]:
        """The outages that the vendor's status page admits within a claim's period, as `posted_outages` has them."""
        record = self.steps.one(claim)
        statement = self.figures.countered(record.id.agreement, record.id.period, record.id.group, None, at)
        if statement is None:
            raise ClaimError(f"claim {claim}: its agreement or group is no longer configured")
        facts = self.steps.store.facts(agreement=record.id.agreement, kind=FactKind.VENDOR_POST.value)
        if not facts:
            raise ClaimError(f"claim {claim}: nothing of a status page is on record; uptime-daemon import statuspage")
        return posted_outages(facts, statement.period.span, lightest)

    def compared(self, claim: str, at: Instant) -> Compared | None:
        """The vendor's last figures beside ours; None while it has told none."""
        told = self.steps.one(claim).last(Note.COUNTERED)
        if told is None:
            return None
        return self._compared(claim, spans_of(told.body["outages"]), at)

    def answer(self, claim: str, at: Instant) -> Letter:
        """The letter that holds the vendor's last figures against ours, for a person to read and to send."""
        record, found = self.steps.one(claim), self.compared(claim, at)
        ours = self.figures.countered(record.id.agreement, record.id.period, record.id.group, None, at)
        agreement = next((each for each in self.figures.agreements() if each.id == record.id.agreement), None)
        if found is None or ours is None or agreement is None:
            raise ClaimError(f"claim {claim}: the vendor has told no figures; record them first: claim counter")
        us = self.steps.house
        return counter_answer(
            CounterContent(
                claim=claim,
                agreement=agreement,
                statement=ours,
                outages=tuple(BothSides(each.ours, each.theirs, each.both) for each in found.outages),
                claimed=found.claimed,
                undisputed=found.undisputed,
                at=at,
                reply_to=us.sender or "",
                demonstration=us.demonstration,
                style=style_of(agreement, ours.judgement.terms),
            )
        )

    def _compared(self, claim: str, theirs: Spans, at: Instant) -> Compared:
        record = self.steps.one(claim)
        ours = self.figures.countered(record.id.agreement, record.id.period, record.id.group, None, at)
        agreed = self.figures.countered(record.id.agreement, record.id.period, record.id.group, theirs, at)
        if ours is None or agreed is None:
            raise ClaimError(f"claim {claim}: its agreement or group is no longer configured")
        # Both sides' downtime can be no more than what we prove ourselves.
        return Compared(
            outages=tuple(_side_by_side(ours, theirs)),
            claimed=record.last_amount,
            undisputed=agreed.judgement.credit_proven.amount,
        )

    def _step(self, claim: str, state: ClaimState, at: Instant, by: str, body: dict[str, Any]) -> None:
        record = self.steps.one(claim)
        self.steps.refuse_unauthorised(by)
        if "reason" in body and not str(body["reason"]).strip():
            raise ClaimError(f"claim {claim}: {state} needs its reason; add --reason TEXT")
        self.steps.append(record, state, by, at, _without_none(body))


def spans_of(outages: Sequence[dict[str, str]]) -> Spans:
    """The outages of an event's body."""
    return Spans.of(Span(parse_instant(each["from"]), parse_instant(each["to"])) for each in outages)


def compared_json(compared: Compared) -> dict[str, Any]:
    """Our figures beside the vendor's, as programs read them."""

    def span(each: Span | None) -> dict[str, str] | None:
        return None if each is None else {"from": format_instant(each.start), "to": format_instant(each.end)}

    return {
        "outages": [
            {"ours": span(each.ours), "theirs": span(each.theirs), "both_seconds": seconds_text(each.both)}
            for each in compared.outages
        ],
        "claimed": money_json(compared.claimed),
        "undisputed": money_json(compared.undisputed),
    }


def _side_by_side(ours: Statement, theirs: Spans) -> list[ComparedOutage]:
    """Every outage of ours with the vendor's that touches it most, and the vendor's that touch none."""
    counted = ours.judgement.shortest.counted
    rows = []
    met: set[Span] = set()
    for own in counted:
        touching = list(theirs.touching(own))
        met |= set(touching)
        most = max(touching, key=lambda each: min(each.end, own.end) - max(each.start, own.start), default=None)
        rows.append(ComparedOutage(own, most, theirs.clip(own).total))
    rows += [ComparedOutage(None, each, 0) for each in theirs if each not in met]
    return sorted(rows, key=lambda row: (row.ours or row.theirs or Span(0, 0)).start)


def _without_none(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value is not None and value != ""}
