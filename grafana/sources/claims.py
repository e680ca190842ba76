"""What can be claimed, until when, what became of it, which tickets are open, and whether the letters left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.sources.parts import (
    AGREEMENT,
    BAD,
    Line,
    counted,
    course,
    dashboard,
    figure,
    laid,
    once,
    row,
    rows,
    selector,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard


def _claims(pattern: str) -> str:
    return f"sum({once(selector('claims', 'agreement', state=pattern))})"


def _of(name: str) -> str:
    return once(selector(name, "agreement"))


def claims() -> Dashboard:
    """The desk's work."""
    frame = dashboard(
        "claims",
        "Claims and clocks",
        "What can be claimed, until when, what became of it, which tickets are open, and whether the letters left.",
        AGREEMENT,
        since="now-90d",
    )
    deadline = _of("claim_deadline_timestamp_seconds")
    frame = laid(
        frame,
        figure(
            "Next deadline in",
            "Time until the most urgent claim that has not been sent is void.",
            "dtdurations",
            Line(f"min({deadline}) - time()", "next deadline in"),
            steps=((None, "red"), (2 * 86_400, "orange"), (7 * 86_400, "green")),
        ),
        figure(
            "To be sent",
            "Claims that wait for a draft, an approval or their sending.",
            "short",
            Line(_claims("eligible|drafted|approved"), "to be sent"),
            steps=((None, "green"), (1, "orange")),
        ),
        figure(
            "With the vendor",
            "Claims that are sent, acknowledged or disputed.",
            "short",
            Line(_claims("sent|acknowledged|disputed"), "with the vendor"),
        ),
        figure(
            "Expired",
            "Claims whose deadline passed before they were sent: money that is gone.",
            "short",
            Line(_claims("expired"), "expired"),
            steps=BAD,
        ),
        figure(
            "Open tickets",
            "Tickets at the vendor that are not resolved.",
            "short",
            Line(f"sum({_of('tickets_open')})", "open tickets"),
        ),
        figure(
            "Reports missing",
            "Outages that go on and were not reported as the contract asks.",
            "short",
            Line(counted(f"{_of('report_missing')} == 1"), "missing"),
            steps=BAD,
        ),
    )
    frame = frame.with_row(row("Claims"))
    frame = laid(
        frame,
        rows(
            "Deadlines",
            "How long each agreement's most urgent claim that has not been sent may wait.",
            {"agreement": "Agreement"},
            Line(f"{deadline} - time()", "Left", "dtdurations", steps=((None, "red"), (172_800, "green"))),
            width=8,
            first="Left",
        ),
        rows(
            "Claims by state",
            "How many claims of each agreement are in each state.",
            {"agreement": "Agreement", "state": "State"},
            Line(f"{_of('claims')} > 0", "Claims"),
            width=8,
        ),
        rows(
            "Amounts by state",
            "Sums of the claims in major units as known now; the ledger is the authority. Currencies are never added. "
            "Shown only where the daemon tells money.",
            {"agreement": "Agreement", "state": "State", "currency": "Currency"},
            Line(_of("claim_amount"), "Amount", "none", 2),
            width=8,
        ),
        course(
            "Claims over time",
            "Claims by state; a claim leaves a state and enters the next.",
            "short",
            Line(f"sum by (state) ({_of('claims')}) > 0", "{{state}}"),
            stacked=True,
        ),
        course(
            "Amounts over time",
            "Sums by state and currency, in major units. Never add currencies.",
            "none",
            Line(f"sum by (state, currency) ({_of('claim_amount')})", "{{state}} {{currency}}"),
        ),
    )
    frame = frame.with_row(row("Reports and tickets"))
    missed = selector("ticket_deadlines_missed_total", "agreement")
    frame = laid(
        frame,
        rows(
            "Duties to report",
            "Whether an outage goes on that was not reported on any of the channels; 1 is missing.",
            {"agreement": "Agreement", "group": "Group", "channel": "Channels"},
            Line(_of("report_missing"), "Missing", steps=((None, "green"), (1, "red"))),
            width=12,
        ),
        rows(
            "Tickets",
            "Tickets at the vendor that are not resolved, by group and severity.",
            {"agreement": "Agreement", "group": "Group", "severity": "Severity"},
            Line(_of("tickets_open"), "Open"),
            width=12,
        ),
        rows(
            "Clocks of tickets",
            "How long the vendor has for the most urgent ticket of each clock that runs. Empty when none does.",
            {"agreement": "Agreement", "group": "Group", "clock": "Clock"},
            Line(
                f"{_of('ticket_deadline_timestamp_seconds')} - time()",
                "Left",
                "dtdurations",
                steps=((None, "red"), (0, "orange"), (1_800, "green")),
            ),
            width=12,
            first="Left",
        ),
        course(
            "Clocks that ran out",
            "Times promised for tickets and missed within a day, by clock, under the chosen reading.",
            "short",
            Line(
                f"sum by (agreement, clock) ({once(f'increase({missed}[1d])')})",
                "{{agreement}} {{clock}}",
            ),
        ),
    )
    frame = frame.with_row(row("Mail"))
    attempts, failed = selector("deliveries_total"), selector("delivery_failures_total")
    return laid(
        frame,
        course(
            "Messages",
            "Attempts to deliver a message within an hour, failed ones included.",
            "short",
            Line(f"sum by (integration) ({once(f'increase({attempts}[1h])')})", "{{integration}}"),
        ),
        course(
            "Messages that failed",
            "Failed attempts within an hour, by reason. A letter to a vendor leaves at most once; one in doubt waits "
            "for a person.",
            "short",
            Line(f"sum by (integration, reason) ({once(f'increase({failed}[1h])')})", "{{integration}} {{reason}}"),
        ),
    )
