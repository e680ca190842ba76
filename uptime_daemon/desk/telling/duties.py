"""What the contract asks of us: when each duty is due, what was done about it, and who is reminded. Twice is once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.terms.lapse import LapseUnit
from uptime_daemon.core.time.instants import format_instant, parse_instant
from uptime_daemon.delivery.address import AddressError
from uptime_daemon.desk.claims.mails import internal_mail
from uptime_daemon.desk.intake.facts import IntakeError
from uptime_daemon.letters.content import style_for
from uptime_daemon.letters.duties import DutyContent, duty_note
from uptime_daemon.store.kept import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.terms.duty import CustomerDuty
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.claims.house import House
    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.desk.ports import Agreements
    from uptime_daemon.store.ports import Store

PLANNED: Final = "duty_planned"
"""The fact that what a duty has to precede is to happen."""
DONE: Final = "duty_done"


@dataclass(frozen=True, slots=True)
class DueDuty:
    """A duty with its latest moment."""

    agreement: str
    duty: CustomerDuty
    due: Instant
    """The first instant that is too late."""
    reminder: Instant
    """When a person is reminded; the latest moment itself where the contract file names no time ahead."""
    happens: Instant | None
    """When that happens which the duty has to precede; None for a duty that returns."""


def planned(contract: Contract, agreement: str, duty: str, happens: Instant, author: Author) -> Fact:
    """That something will happen which a duty has to precede, not yet recorded. Raises `IntakeError`."""
    found = _named(contract, duty)
    if found.lead is None:
        leading = ", ".join(each.id for each in contract.duties if each.lead is not None) or "none"
        raise IntakeError(f"{duty} precedes nothing; the duties that do: {leading}")
    if happens <= author.at:
        raise IntakeError(f"{format_instant(happens)} has passed; state when it will happen (--for INSTANT)")
    return _fact(PLANNED, agreement, duty, {"for": format_instant(happens)}, author)


def done(contract: Contract, agreement: str, duty: str, author: Author, evidence: str | None = None) -> Fact:
    """That a duty was done, not yet recorded. Raises `IntakeError`."""
    _named(contract, duty)
    return _fact(DONE, agreement, duty, {}, author, evidence)


def due_duties(contract: Contract, agreement: Agreement, facts: Sequence[Fact]) -> list[DueDuty]:
    """What is still to be done, the next first: planned things announced to nobody yet, and duties that return."""
    own = [fact for fact in facts if fact.kind in {PLANNED, DONE}]
    last_done = {fact.subject: fact.at for fact in sorted(own, key=lambda each: each.at) if fact.kind == DONE}
    found = []
    for duty in contract.duties:
        if duty.lead is not None and duty.lead.unit is not LapseUnit.BUSINESS_DAYS:
            for fact in own:
                # What was done after it was planned was done about it.
                if fact.kind == PLANNED and fact.subject == duty.id and last_done.get(duty.id, fact.at - 1) < fact.at:
                    happens = parse_instant(fact.body["for"])
                    found.append(_due(agreement, duty, duty.lead.before(happens), happens))
        elif duty.every is not None and duty.remind is not None:
            since = last_done.get(duty.id, agreement.starts)
            if since is not None:
                found.append(_due(agreement, duty, duty.every.after(since), None))
    return sorted(found, key=lambda each: each.due)


def remind(agreements: Agreements, store: Store, house: House, at: Instant) -> tuple[str, ...]:
    """Queue the reminders whose time has come; returns who could not be told, and why."""
    return tuple(
        warning
        for agreement in agreements.agreements()
        for contract in [agreements.contract(agreement.id, at)]
        for each in due_duties(contract, agreement, store.facts(agreement=agreement.id, as_of=at))
        if each.reminder <= at
        for warning in _tell(each, contract, agreement, store, house, at)
    )


def _tell(
    due: DueDuty, contract: Contract, agreement: Agreement, store: Store, house: House, at: Instant
) -> Iterator[str]:
    note = duty_note(
        DutyContent(
            agreement=agreement,
            contract=contract,
            title=due.duty.title,
            clause=due.duty.clause,
            before=due.duty.before,
            due=due.due,
            happens=due.happens,
            late=at >= due.due,
            commands=(f"uptime-daemon duty done {due.duty.id} --agreement {agreement.id}",),
            demonstration=house.demonstration,
            style=style_for(agreement.people.technical, agreement, house.language),
        )
    )
    matter = f"duty.{agreement.id}.{due.duty.id}.{format_instant(due.due)}"
    try:
        store.queue_mail(internal_mail(note, matter, "reminder", agreement.people.technical, house, at))
    except AddressError as error:
        yield f"duty {due.duty.id}: nobody is reminded: agreements[{agreement.id}].people.technical: {error}"


def _due(agreement: Agreement, duty: CustomerDuty, due: Instant, happens: Instant | None) -> DueDuty:
    ahead = duty.remind is not None and duty.remind.unit is not LapseUnit.BUSINESS_DAYS
    reminder = duty.remind.before(due) if ahead and duty.remind is not None else due
    return DueDuty(agreement.id, duty, due, reminder, happens)


def _named(contract: Contract, name: str) -> CustomerDuty:
    for duty in contract.duties:
        if duty.id == name:
            return duty
    known = ", ".join(duty.id for duty in contract.duties) or "none"
    raise IntakeError(f"{name!r} is no duty of {contract.id}; the duties are: {known}")


def _fact(
    kind: str, agreement: str, duty: str, body: dict[str, str], author: Author, evidence: str | None = None
) -> Fact:
    return Fact(
        kind=kind,
        subject=duty,
        body=body,
        at=author.at,
        known_at=author.known_at,
        by=author.by,
        agreement=agreement,
        evidence=evidence,
    )
