"""One agreement in detail: how the running period goes, against which limits, and where the time went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.sources.overview import MEASURED_GROUPS
from grafana.sources.parts import (
    AGREED_GROUP,
    AGREEMENT,
    AS_KNOWN,
    PERIOD,
    UP_DOWN,
    Line,
    course,
    dashboard,
    figure,
    judged,
    laid,
    maintenance,
    once,
    outages,
    row,
    rows,
    selector,
    states,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard

OF = "{{agreement}} {{group}}"


def agreement() -> Dashboard:
    """The running period of the chosen groups."""
    frame = dashboard(
        "agreement",
        "Agreement",
        "The running period of an agreement: availability, budget, outages and what does not count.",
        AGREEMENT,
        AGREED_GROUP,
        PERIOD,
        since="now-30d",
    )
    frame = frame.annotation(outages()).annotation(maintenance("agreement", "group"))
    budget, left = judged("error_budget_seconds"), judged("error_budget_remaining_seconds")
    longest = f"{judged('longest_outage_seconds')} / ({judged('longest_outage_limit_seconds')} > 0)"
    next_work = once(selector("maintenance_next_start_timestamp_seconds", "agreement", "group"))
    frame = laid(
        frame,
        figure(
            "Best case",
            f"Availability of the whole running period with the rest deemed up: the contract figure. {AS_KNOWN}",
            "percentunit",
            Line(f"min({judged('availability_ratio')})", "best case", decimals=4),
        ),
        figure(
            "Target",
            "Agreed availability, the first target whose miss has consequences.",
            "percentunit",
            Line(f"min({judged('availability_objective_ratio')})", "target", decimals=4),
        ),
        figure(
            "Last period",
            "Availability of the period before the running one.",
            "percentunit",
            Line(f"min({judged('last_period_availability_ratio')})", "last period", decimals=4),
        ),
        figure(
            "Longest outage of its limit",
            "The longest outage of the running period as a share of what the contract lets one last. Empty where it "
            "limits none.",
            "percentunit",
            Line(f"max({longest})", "of the limit", decimals=0),
            steps=((None, "green"), (0.8, "orange"), (1, "red")),
        ),
        figure(
            "Period ends in",
            "Time until the running period ends, the earliest of those chosen.",
            "dtdurations",
            Line(f"min({judged('period_end_timestamp_seconds')}) - time()", "left"),
        ),
        figure(
            "Next announced work in",
            "Time until the next work that the vendor announced begins. Empty if none is known.",
            "dtdurations",
            Line(f"min({next_work}) - time()", "next"),
        ),
        rows(
            "Availability against target",
            "The running period of each judged group. So far looks only at what has passed and is no contract figure. "
            f"Shortest and longest bracket what sampling cannot know. {AS_KNOWN}",
            {"agreement": "Agreement", "group": "Group", "period": "Period"},
            Line(judged("availability_ratio"), "Best case", "percentunit", 4),
            Line(judged("availability_so_far_ratio"), "So far", "percentunit", 4),
            Line(judged("availability_projected_ratio"), "Projected", "percentunit", 4),
            Line(judged("availability_shortest_ratio"), "Shortest outages", "percentunit", 4),
            Line(judged("availability_longest_ratio"), "Longest outages", "percentunit", 4),
            Line(judged("availability_objective_ratio"), "Target", "percentunit", 4),
            Line(left, "Budget left", "dtdurations", steps=((None, "red"), (0, "green"))),
            Line(judged("service_seconds"), "Service time", "dtdurations"),
            Line(judged("coverage_ratio"), "Measured", "percentunit", 2),
            first="Budget left",
            height=7,
        ),
    )
    frame = frame.with_row(row("Measured")).with_panel(
        states(
            "State of the groups",
            "Raw state of the groups of probes behind the chosen groups, before any contract. A hole means not known.",
            Line(MEASURED_GROUPS, "{{probe_group}}"),
            UP_DOWN,
        )
    )
    frame = frame.with_row(row("Judged"))
    ideal_start, ideal_end = judged("period_start_timestamp_seconds"), judged("period_end_timestamp_seconds")
    return laid(
        frame,
        course(
            "Availability and target",
            "Availability of the whole running period with the rest deemed up, and the agreed target. It starts at "
            f"100 % and falls with each outage that counts. {AS_KNOWN}",
            "percentunit",
            Line(judged("availability_ratio"), OF),
            Line(judged("availability_projected_ratio"), f"projected {OF}"),
            Line(judged("availability_objective_ratio"), f"target {OF}"),
        ),
        course(
            "Error budget left",
            "Downtime that the running period may still have before a target on its sum is missed; below 0 it is. "
            f"The even line is a budget that is used up at the period's last instant. {AS_KNOWN}",
            "dtdurations",
            Line(left, OF),
            Line(f"{budget} * ({ideal_end} - time()) / ({ideal_end} - {ideal_start})", f"even {OF}"),
        ),
        course(
            "Where the time went",
            "Downtime that counts, and beside it what does not: excluded by cause, not counted by reason.",
            "dtdurations",
            Line(judged("downtime_seconds"), f"counts: {OF}"),
            Line(f"{judged('excluded_seconds')} > 0", f"excluded, {{{{cause}}}}: {OF}"),
            Line(f"{judged('not_counted_seconds')} > 0", f"not counted, {{{{reason}}}}: {OF}"),
            stacked=True,
        ),
        course(
            "Not measured",
            "Service time of the running period without usable observations, by reason. It is never downtime.",
            "dtdurations",
            Line(judged("unmeasured_seconds"), f"{{{{reason}}}}: {OF}"),
            stacked=True,
        ),
        course(
            "Outages",
            "Outages of the running period that count in part or whole, before exclusions.",
            "short",
            Line(judged("outages"), OF),
            width=8,
        ),
        course(
            "Longest outage and its limit",
            "The longest outage of the running period that counts, and how long the contract lets one be.",
            "dtdurations",
            Line(judged("longest_outage_seconds"), OF),
            Line(judged("longest_outage_limit_seconds"), f"limit {OF}"),
            width=8,
        ),
        course(
            "Credit",
            "Credit of the running period as a share of the fee under the chosen reading, after the cap. Contracts "
            f"without credit have none. {AS_KNOWN}",
            "percentunit",
            Line(judged("credit_ratio"), OF),
            width=8,
        ),
        course(
            "Until the next step of credit",
            "Further downtime until the next completed step. Empty without steps or once the cap is reached.",
            "dtdurations",
            Line(judged("next_credit_step_seconds"), OF),
        ),
        rows(
            "What was signed",
            "The agreements chosen with their contract, plan and currency.",
            {"agreement": "Agreement", "contract": "Contract", "plan": "Plan", "currency": "Currency"},
            Line(once(selector("agreement_info", "agreement")), "Value"),
            width=12,
            hidden=("Value",),
        ),
    )
