"""The hour of an outage: what is down under a contract that wants it reported, and what was reported already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime_daemon.core.facts.ticket import EventKind
from uptime_daemon.core.judging.downtime import tickets_of
from uptime_daemon.core.time.spans import Span
from uptime_daemon.desk.intake.records import stated
from uptime_daemon.desk.judging.judge import UnknownError
from uptime_daemon.letters.content import style_of
from uptime_daemon.letters.report import ReportSheet, report_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from uptime_daemon.core.facts.ticket import Ticket
    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.judging.judge import Judge


@dataclass(frozen=True, slots=True)
class Reported:
    """One report that is on record."""

    ticket: str
    at: Instant
    channel: str | None


@dataclass(frozen=True, slots=True)
class OutageReport:
    """How things stand with the report of one group of an agreement's contract."""

    agreement: str
    group: str
    title: str
    vendor: str
    zone: ZoneInfo
    since: Instant | None
    """From when it is down; None while it is not."""
    sheet: ReportSheet
    reported: tuple[Reported, ...]
    """Of the outage that is going on."""


def outage_report(judge: Judge, agreement_id: str, group: str, since: Instant | None, now: Instant) -> OutageReport:
    """How things stand. Raises `UnknownError` for an agreement or a group that does not exist."""
    signed = judge.signed(agreement_id)
    agreement, terms = signed.agreement, signed.readings.chosen
    titles = {each.id: each.title for each in terms.groups}
    if group not in titles:
        raise UnknownError(f"{terms.id} has no group {group!r}; its groups are: {', '.join(titles)}")
    tickets = [ticket for ticket in stated(judge.store.facts(agreement=agreement_id)).tickets if ticket.group == group]
    covering: tuple[Ticket, ...] = ()
    if since is not None and terms.downtime.tickets is not None:
        outage = Span(since, max(now, since) + 1)
        covering = tuple(ticket for ticket, _ in tickets_of([outage], tickets, terms.downtime.tickets).values())
    return OutageReport(
        agreement=agreement_id,
        group=group,
        title=titles[group],
        vendor=agreement.vendor.name or terms.vendor,
        zone=terms.zone,
        since=since,
        sheet=report_sheet(
            agreement,
            terms,
            group,
            now if since is None else since,
            said_in=style_of(agreement, terms).language,
        ),
        reported=tuple(report for ticket in covering for report in _reports(ticket)),
    )


def _reports(ticket: Ticket) -> Iterator[Reported]:
    for event in ticket.events:
        if event.kind in {EventKind.OPENED, EventKind.ATTEMPTED}:
            yield Reported(ticket.id, event.at, event.channel)
