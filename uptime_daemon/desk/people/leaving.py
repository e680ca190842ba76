"""What somebody leaves behind who may no longer sign in: open deadlines, and notices that contracts ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import ClaimState
from uptime_daemon.core.judging.rounds import ClockState
from uptime_daemon.core.time.instants import local_date
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.judging.ticket_clocks import clocks_within
from uptime_daemon.desk.telling.duties import due_duties

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.terms.duty import CustomerDuty
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.desk import ClaimsDesk
    from uptime_daemon.desk.judging.judge import Judge

_UNSENT: Final = frozenset({ClaimState.ELIGIBLE, ClaimState.DRAFTED, ClaimState.APPROVED})


@dataclass(frozen=True, slots=True)
class OpenDeadline:
    """Something with an end that stands in the name of a person."""

    agreement: str
    what: str
    due: Instant
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Notice:
    """The draft of a text to a vendor; a person completes and sends it."""

    agreement: str
    clause: str
    recipient: str
    """The claims address, where the agreement has one; empty otherwise."""
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """All of it, the next deadline first."""

    owns: tuple[str, ...]
    """Agreements of which the person is owner or deputy."""
    deadlines: tuple[OpenDeadline, ...]
    notices: tuple[Notice, ...]


def left_behind(judge: Judge, claims: ClaimsDesk, name: str, at: Instant) -> LeftBehind:
    """What stands in the name of a person at an instant."""
    own = [each for each in judge.agreements() if name in {each.people.owner, each.people.deputy}]
    deadlines = [each for agreement in own for each in _deadlines(judge, claims, agreement, at)]
    return LeftBehind(
        owns=tuple(agreement.id for agreement in own),
        deadlines=tuple(sorted(deadlines, key=lambda each: (each.due, each.what))),
        notices=tuple(
            _notice(agreement, contract, duty, name, at)
            for agreement in own
            for contract in [judge.contract(agreement.id, at)]
            for duty in contract.duties
            if duty.contacts
        ),
    )


def _deadlines(judge: Judge, claims: ClaimsDesk, agreement: Agreement, at: Instant) -> Iterator[OpenDeadline]:
    contract = judge.contract(agreement.id, at)
    for record in claims.recorded():
        if record.id.agreement == agreement.id and record.state in _UNSENT and record.deadline is not None:
            yield OpenDeadline(agreement.id, f"claim {record.id}, {record.state}", record.deadline, contract.zone)
    for clock in clocks_within(judge, agreement.id, Span(at, at + 1), at):
        if clock.round.state is ClockState.RUNNING and clock.round.due is not None:
            what = f"{clock.round.terms.title}, ticket {clock.round.ticket.id}"
            yield OpenDeadline(agreement.id, what, clock.round.due, contract.zone)
    for due in due_duties(contract, agreement, judge.store.facts(agreement=agreement.id, as_of=at)):
        yield OpenDeadline(agreement.id, due.duty.title, due.due, contract.zone)


def _notice(agreement: Agreement, contract: Contract, duty: CustomerDuty, name: str, at: Instant) -> Notice:
    day = local_date(at, contract.zone).isoformat()
    reference = agreement.reference.get("contract_no", agreement.id)
    follows = agreement.people.deputy if name == agreement.people.owner else agreement.people.owner
    successor = follows if follows and follows != name else "NAME, PHONE, MAIL ADDRESS"
    vendor = agreement.vendor.name or contract.vendor
    return Notice(
        agreement=agreement.id,
        clause=duty.clause,
        recipient=contract.claim.address or "",
        subject=f"Change of our contact person, contract {reference}",
        text=(
            f"To {vendor}\n\n"
            f"Dear Sir or Madam,\n\n"
            f"as clause {duty.clause} of contract {reference} asks, we report a change of our contact person:"
            f" from {day} on {name} no longer speaks for us. Please turn to {successor} from now on.\n\n"
            f"Yours faithfully\n{agreement.customer.name or 'OUR NAME'}\n"
        ),
    )
