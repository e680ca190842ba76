"""All agreements at a glance: which is in trouble, what is down, what has to be done and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grafana.sources.parts import (
    AGE,
    AGREED_GROUP,
    AGREEMENT,
    AS_KNOWN,
    BAD,
    BUDGET,
    PERIOD,
    UP_DOWN,
    Line,
    bars,
    counted,
    dashboard,
    figure,
    judged,
    laid,
    maintenance,
    once,
    outages,
    rows,
    selector,
    states,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard

LEFT: Final = judged("error_budget_remaining_seconds")
SHARE: Final = f"{LEFT} / ({judged('error_budget_seconds')} > 0)"
TO_SEND: Final = "eligible|drafted|approved"
MEASURED_GROUPS: Final = (
    f'label_replace({once(selector("group_up"))}, "probe_group", "$1", "group", "(.+)")'
    f" and on (job, probe_group) {once(selector('agreement_group_info', 'agreement', 'group'))}"
)
"""The raw state of the groups of probes behind the chosen groups of contracts."""


def overview() -> Dashboard:
    """The landing page."""
    frame = dashboard(
        "overview",
        "Overview",
        "All agreements: what is breached or near it, what is down, what has to be done and until when.",
        AGREEMENT,
        AGREED_GROUP,
        PERIOD,
        since="now-7d",
    )
    frame = frame.annotation(outages()).annotation(maintenance("agreement", "group"))
    return laid(
        frame,
        figure(
            "Groups in breach",
            "Judged groups whose error budget of the running period is used up.",
            "short",
            Line(counted(f"{LEFT} < 0"), "in breach"),
            steps=BAD,
        ),
        figure(
            "Smallest budget left",
            "The smallest share of an error budget that is left; below 0 a target is missed.",
            "percentunit",
            Line(f"min({SHARE})", "left", decimals=1),
            steps=BUDGET,
        ),
        figure(
            "Reports missing",
            "Outages that go on and were not reported as the contract asks: what is not reported may never count.",
            "short",
            Line(counted(f"{once(selector('report_missing', 'agreement', 'group'))} == 1"), "missing"),
            steps=BAD,
        ),
        figure(
            "Claims to send",
            "Claims that are eligible, drafted or approved and have not left the house.",
            "short",
            Line(f"sum({once(selector('claims', 'agreement', state=TO_SEND))})", "to send"),
            steps=((None, "green"), (1, "orange")),
        ),
        figure(
            "Next claim deadline",
            "Time until the first claim that has not been sent is too late. Empty when nothing is to be sent.",
            "dtdurations",
            Line(f"min({once(selector('claim_deadline_timestamp_seconds', 'agreement'))}) - time()", "left"),
            steps=((None, "red"), (2 * 86_400, "orange"), (7 * 86_400, "green")),
        ),
        figure(
            "Age of the figures",
            "How far the evaluated facts lie behind now. Old figures are not wrong, but they do not know the last "
            "minutes.",
            "s",
            Line(f"time() - min({once(selector('evaluation_watermark_timestamp_seconds', 'agreement'))})", "behind"),
            steps=AGE,
        ),
        rows(
            "Agreements, the least budget first",
            "The running period of each judged group. Best case counts the whole period with the rest deemed up and is "
            f"the contract figure; projected lets its rest go like the last seven days. {AS_KNOWN}",
            {"agreement": "Agreement", "group": "Group", "period": "Period"},
            Line(judged("availability_ratio"), "Best case", "percentunit", 4),
            Line(judged("availability_objective_ratio"), "Target", "percentunit", 4),
            Line(judged("availability_projected_ratio"), "Projected", "percentunit", 4),
            Line(SHARE, "Budget left", "percentunit", 1, BUDGET),
            Line(judged("downtime_seconds"), "Downtime", "dtdurations"),
            Line(judged("outages"), "Outages"),
            Line(judged("coverage_ratio"), "Measured", "percentunit", 2),
            Line(f"{judged('period_end_timestamp_seconds')} - time()", "Ends in", "dtdurations"),
            first="Budget left",
        ),
        bars(
            "Error budget left",
            "The share of each error budget of the running period that is left; an empty bar is a missed target.",
            "percentunit",
            Line(f"clamp_min({SHARE}, 0)", "{{agreement}} {{group}}, {{period}}"),
            width=12,
            height=7,
            steps=((None, "red"), (0.001, "orange"), (0.25, "green")),
        ),
        figure(
            "Credit of the running periods",
            "Credit under the chosen reading if nothing fails any more, per currency; currencies are never added. "
            "Empty where money is not exported.",
            "none",
            Line(f"sum by (currency) ({judged('credit_amount')})", "{{currency}}", decimals=2),
            width=12,
        ).height(7),
        states(
            "State of the groups",
            "Raw state of the groups of probes behind the chosen agreements, before any contract. A hole means not "
            "known: nothing was measured, or too few vantages saw it.",
            Line(MEASURED_GROUPS, "{{probe_group}}"),
            UP_DOWN,
        ),
    )
