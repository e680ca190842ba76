"""The clocks of an agreement's tickets from the record: lists, rows, sentences. Computes no due time itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.judging.clock_words import ending, promise
from uptime_daemon.core.judging.clocks import judged_clocks
from uptime_daemon.core.judging.rounds import ClockState
from uptime_daemon.core.judging.step import local_text
from uptime_daemon.core.time.instants import clock_text, format_instant
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.records import stated
from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.letters.clocks import ClockNoticeContent, clock_notice
from uptime_daemon.letters.content import style_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.judging.clocks import JudgedClock
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.letters.content import Letter

COLUMNS: Final = (
    "agreement", "ticket", "clock", "severity", "round", "start", "due", "stopped", "state", "left", "conservative due",
    "claimable",
)  # fmt: skip


def clocks_within(judge: Judge, agreement_id: str, span: Span, as_of: Instant) -> tuple[JudgedClock, ...]:
    """The clocks of an agreement's tickets that ran in a stretch, as known at an instant.

    The terms are those that decide the stretch: of the version and plan in force at its first instant.
    """
    signed = judge.signed(agreement_id)
    readings = signed.readings.deciding(Span(*signed.agreement.covered(span)))
    records = stated(judge.store.facts(agreement=agreement_id, as_of=as_of))
    return judged_clocks(readings, records.tickets, records.conditions, span, as_of)


def ticket_named(judge: Judge, agreement_id: str, name: str, at: Instant) -> Ticket:
    """A ticket of an agreement as known at an instant. Raises `UnknownError`."""
    tickets = {each.id: each for each in stated(judge.store.facts(agreement=agreement_id, as_of=at)).tickets}
    if name not in tickets:
        known = ", ".join(tickets) or "none"
        raise UnknownError(f"there is no ticket {name!r}; those of {agreement_id} are: {known}")
    return tickets[name]


def notice(judge: Judge, agreement_id: str, ticket: str, at: Instant) -> Letter:
    """The breach notice for a ticket, for a person to read and to send.

    Raises `UnknownError` for an unknown ticket and `NothingMissedError` where nothing was missed beyond doubt.
    """
    signed, settings = judge.signed(agreement_id), judge.settings
    own = ticket_named(judge, agreement_id, ticket, at)
    since = Span(own.events[0].at, at + 1)
    clocks = [each for each in clocks_within(judge, agreement_id, since, at) if each.round.ticket.id == ticket]
    terms = signed.readings.deciding(since).chosen
    return clock_notice(
        ClockNoticeContent(
            agreement=signed.agreement,
            terms=terms,
            ticket=own,
            clocks=clocks,
            as_of=at,
            reply_to="" if settings.mail is None else settings.mail.from_address,
            demonstration=settings.vantage.loopback,
            style=style_of(signed.agreement, terms),
        )
    )


def clock_rows(agreement: str, clocks: Sequence[JudgedClock], zone: ZoneInfo, at: Instant) -> list[Mapping[str, Any]]:
    """One row a round, in the contract's zone, with the time that is left of those that run."""
    return [_row(agreement, each, zone, at) for each in clocks]


def clock_lines(judged: JudgedClock, zone: ZoneInfo, *, for_vendor: bool) -> Iterator[str]:
    """One round in sentences: what was promised, what happened when, what follows; other readings inside."""
    each = judged.round
    local = zone if each.terms.calendar is None else each.terms.calendar.zone
    number = f", round {each.number}" if each.number > 1 else ""
    yield f"clock {each.terms.id}, ticket {each.ticket.id}{number}: {each.terms.title} ({each.terms.clause})"
    yield f"  promised: {promise(each)}"
    for event in each.ticket.events:
        channel = f" by {event.channel}" if event.channel else ""
        reason = f", {event.reason}" if event.reason else ""
        yield f"  {local_text(event.at, local)}  {event.kind}{channel}{reason}"
    yield f"  starts {local_text(each.start, local)}, {local.key}"
    for pause in each.paused:
        yield f"  stands still {local_text(pause.start, local)} to {local_text(pause.end, local)}"
    stopped = "not stopped" if each.stopped is None else f"stopped {local_text(each.stopped, local)}"
    yield f"  due {_at(each.due, local)}; {stopped}: {ending(each)}"
    if for_vendor:
        return
    waived = "; measured, not claimable" if not each.terms.claimable else f"; claimable: {judged.claimable}"
    yield f"  conservative reading: due {_at(judged.conservative_due, local)}{waived}"
    for name, due in judged.differs_by.items():
        yield f"    {name} read conservatively: due {_at(due, local)}"


def _row(agreement: str, judged: JudgedClock, zone: ZoneInfo, at: Instant) -> Mapping[str, Any]:
    each = judged.round
    local = zone if each.terms.calendar is None else each.terms.calendar.zone
    left = each.remaining(at)

    def shown(instant: Instant | None) -> str | None:
        return None if instant is None else format_instant(instant, local)

    return {
        "agreement": agreement,
        "ticket": each.ticket.id,
        "clock": each.terms.id,
        "severity": each.severity,
        "round": each.number,
        "start": shown(each.start),
        "due": shown(each.due),
        "stopped": shown(each.stopped),
        "state": each.state.value,
        "left": None if left is None or each.state is not ClockState.RUNNING else clock_text(left),
        "conservative due": shown(judged.conservative_due),
        "claimable": judged.claimable.value,
    }


def _at(at: Instant | None, zone: ZoneInfo) -> str:
    return "at no known time" if at is None else local_text(at, zone)
