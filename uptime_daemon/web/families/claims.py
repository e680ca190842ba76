"""What people and vendors have to do: missing reports, tickets and their clocks, claims and their deadlines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.claims.claim import FOLLOWS, ClaimState
from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.web.families import samples as of
from uptime_daemon.web.families.family import Family, Kind, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.desk.showing.board import StatedEntry
    from uptime_daemon.web.families.samples import AgreementClaims

CAN_EXPIRE: Final = FOLLOWS[ClaimState.EXPIRED]
"""The states of a claim that has not left the house, in which its deadline still matters."""


def open_tickets(entry: StatedEntry) -> Iterator[Sample]:
    """How many tickets are open, by severity."""
    for severity, number in entry.tickets.items():
        yield Sample((entry.agreement, entry.group, severity), str(number))


def ticket_deadlines(entry: StatedEntry) -> Iterator[Sample]:
    """When the first running clock of each kind is due."""
    for clock, due in entry.deadlines.items():
        if due is not None:
            yield Sample((entry.agreement, entry.group, clock), seconds_text(due))


def missed_deadlines(entry: StatedEntry) -> Iterator[Sample]:
    """How many clocks of each kind ran out."""
    for clock, number in entry.missed.items():
        yield Sample((entry.agreement, entry.group, clock), str(number))


def missing_reports(entry: StatedEntry) -> Iterator[Sample]:
    """Whether a report is missing, by the channels it may come on."""
    for channel, missing in entry.reports.items():
        yield Sample((entry.agreement, entry.group, channel), of.flag_text(missing))


def claims_by_state(entry: AgreementClaims) -> Iterator[Sample]:
    """How many claims are in each state."""
    agreement, members = entry
    for state in ClaimState:
        yield Sample((agreement, state), str(sum(claim.state is state for claim in members)))


def claim_deadline(entry: AgreementClaims) -> Iterator[Sample]:
    """The earliest deadline of what has not been sent."""
    agreement, members = entry
    deadlines = [claim.deadline for claim in members if claim.state in CAN_EXPIRE and claim.deadline is not None]
    if deadlines:
        yield Sample((agreement,), seconds_text(min(deadlines)))


CLAIMS: Final = (
    Family(
        "report_missing",
        Kind.GAUGE,
        ("agreement", "group", "channel"),
        "Whether an outage is going on that was not reported on any of the channels the contract names.",
        of.stated,
        missing_reports,
    ),
    Family(
        "tickets_open",
        Kind.GAUGE,
        ("agreement", "group", "severity"),
        "Tickets at the vendor that are not resolved.",
        of.stated,
        open_tickets,
    ),
    Family(
        "ticket_deadline_timestamp_seconds",
        Kind.GAUGE,
        ("agreement", "group", "clock"),
        "Last instant in time for the most urgent ticket whose clock runs; absent if none does.",
        of.stated,
        ticket_deadlines,
    ),
    Family(
        "ticket_deadlines_missed_total",
        Kind.COUNTER,
        ("agreement", "group", "clock"),
        "Clocks of tickets seen to run out since the start, under the chosen reading; earlier ones are not counted.",
        of.stated,
        missed_deadlines,
    ),
    Family(
        "claims",
        Kind.GAUGE,
        ("agreement", "state"),
        "Claims by the state they are in.",
        of.claims,
        claims_by_state,
    ),
    Family(
        "claim_deadline_timestamp_seconds",
        Kind.GAUGE,
        ("agreement",),
        "The first instant that is too late for the most urgent claim that has not been sent; absent if there is none.",
        of.claims,
        claim_deadline,
    ),
)
