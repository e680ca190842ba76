"""The breach notice for a ticket: times that were promised and not kept, with everything that happened when.

Only what both readings call missed and no condition excludes leaves the house; what happens inside the vendor's house
and cannot be shown is not mentioned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.judging.conditions import Claimable
from uptime_daemon.core.judging.rounds import ClockState
from uptime_daemon.letters import figures
from uptime_daemon.letters.content import PLAIN_STYLE, Style
from uptime_daemon.letters.lines import one_line
from uptime_daemon.letters.rendering import written
from uptime_daemon.letters.wording import wording

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.judging.clocks import JudgedClock
    from uptime_daemon.core.terms.agreement import Agreement
    from uptime_daemon.core.terms.contract import Contract
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.letters.content import Letter
    from uptime_daemon.letters.wording import Wording


class NothingMissedError(ValueError):
    """No time of the ticket was missed beyond doubt; the message says so."""


@dataclass(frozen=True, slots=True)
class ClockNoticeContent:
    """Everything a breach notice for one ticket says."""

    agreement: Agreement
    terms: Contract
    ticket: Ticket
    clocks: Sequence[JudgedClock]
    """All of the ticket's; the letter picks what it may say."""
    as_of: Instant
    reply_to: str
    demonstration: bool = False
    style: Style = PLAIN_STYLE


@dataclass(frozen=True, slots=True)
class MissedFigures:
    """One promise that was not kept."""

    title: str
    clause: str
    promised: str
    start: str
    paused: tuple[tuple[str, str], ...]
    due: str
    stopped: str
    """Empty where it has not happened yet."""


@dataclass(frozen=True, slots=True)
class EventFigures:
    """One event of the ticket."""

    at: str
    kind: str
    channel: str
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ClockNoticeFigures:
    """What the templates show, as text."""

    demonstration: bool
    subject: str
    customer: figures.PartyFigures
    vendor: figures.PartyFigures
    contract: str
    version: str
    contract_no: str
    customer_no: str
    service: str
    ticket: str
    severity: str
    zone: str
    dated: str
    as_of: str
    missed: tuple[MissedFigures, ...]
    events: tuple[EventFigures, ...]
    signatory: str
    reply_to: str


def sayable(clocks: Sequence[JudgedClock]) -> tuple[JudgedClock, ...]:
    """The clocks that a letter may call missed: under both readings, claimable, with no condition against it."""
    return tuple(
        each
        for each in clocks
        if each.round.state is ClockState.MISSED and not each.is_contested and each.claimable is not Claimable.NO
    )


def clock_notice(content: ClockNoticeContent) -> Letter:
    """The letter; `NothingMissedError` where no time was missed beyond doubt."""
    missed = sayable(content.clocks)
    if not missed:
        raise NothingMissedError(f"no time of ticket {content.ticket.id} is missed beyond doubt and claimable")
    shown = _figures(content, missed, wording(content.style.language, content.terms))
    return written("clock_notice", shown.subject, content.style, mail=shown)


def _figures(content: ClockNoticeContent, missed: Sequence[JudgedClock], words: Wording) -> ClockNoticeFigures:
    agreement, terms, ticket = content.agreement, content.terms, content.ticket
    calendar = next((each.round.terms.calendar for each in missed if each.round.terms.calendar), None)
    zone = terms.zone if calendar is None else calendar.zone
    customer = figures.party(agreement.customer, agreement.id)
    mark = "DEMONSTRATION - " if content.demonstration else ""
    return ClockNoticeFigures(
        demonstration=content.demonstration,
        subject=f"{mark}{one_line(terms.claim.subject)} [{one_line(ticket.id)}]",
        customer=customer,
        vendor=figures.party(agreement.vendor, terms.vendor),
        contract=words.title(terms.title),
        version=words.title(terms.version),
        contract_no=figures.reference(agreement, "contract_no"),
        customer_no=figures.reference(agreement, "customer_no"),
        service=figures.reference(agreement, "service"),
        ticket=one_line(ticket.id),
        severity=one_line(missed[0].round.severity or ""),
        zone=zone.key,
        dated=words.formats.day(content.as_of, zone),
        as_of=words.instant(figures.whole_seconds(content.as_of), zone),
        missed=tuple(_missed(each, zone, words) for each in missed),
        events=tuple(
            EventFigures(
                at=words.instant(event.at, zone),
                kind=words.word(event.kind),
                channel=words.channel(event.channel or ""),
                reason=one_line(event.reason or ""),
                evidence=one_line(event.evidence or ""),
            )
            for event in ticket.events
        ),
        signatory=figures.reference(agreement, "signatory") or one_line(agreement.people.owner) or customer.name,
        reply_to=content.reply_to,
    )


def _missed(judged: JudgedClock, zone: ZoneInfo, words: Wording) -> MissedFigures:
    each = judged.round
    assert each.due is not None  # noqa: S101 - nothing without a due time is missed
    return MissedFigures(
        title=words.title(each.terms.title),
        clause=each.terms.clause,
        promised=_promised(judged, words),
        start=words.instant(each.start, zone),
        paused=tuple((words.instant(pause.start, zone), words.instant(pause.end, zone)) for pause in each.paused),
        due=words.instant(each.due, zone),
        stopped="" if each.stopped is None else words.instant(each.stopped, zone),
    )


def _promised(judged: JudgedClock, words: Wording) -> str:
    """How long it might take; a clock without a limit in numbers is an appointment, and its due time says it."""
    limit = judged.round.terms.limit
    amount = None if limit is None else limit.amount(judged.round.ticket.group, judged.round.severity)
    if limit is None or amount is None:
        return words.catalogue.gettext("best effort")
    return words.promise(amount, limit.unit)
