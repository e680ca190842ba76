"""What is tried, how it goes and what our own side could not see, before any contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.sources.parts import (
    BAD,
    COLUMNS,
    UP_DOWN,
    Line,
    Variable,
    counted,
    course,
    dashboard,
    figure,
    laid,
    once,
    outages,
    rate,
    row,
    rows,
    selector,
    states,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard

GROUP = Variable("group", "probe_info", "A group of probes.")
PROBE = Variable("probe", "probe_info", "One probe.", ("group",))


def _probe(name: str) -> str:
    return once(selector(name, "group", "probe"))


def _group(name: str) -> str:
    return once(selector(name, "group"))


def _by_reason(name: str) -> str:
    return f"sum by (reason) ({rate(selector(name, 'group', 'probe'))}) > 0"


def _quantile(share: str) -> str:
    buckets = rate(selector("probe_duration_seconds_bucket", "group"))
    return f"histogram_quantile({share}, sum by (le) ({buckets}))"


def probes() -> Dashboard:
    """The measuring."""
    frame = dashboard(
        "probes",
        "Probes",
        "What is tried, how it goes and what our own side could not see, before any contract.",
        GROUP,
        PROBE,
        since="now-6h",
    ).annotation(outages("group"))
    unknown = f"{_probe('probe_info')} unless on (job, probe) {_probe('probe_up')}"
    expiry = _probe("tls_certificate_expiry_timestamp_seconds")
    latest = _probe("probe_last_timestamp_seconds")
    frame = laid(
        frame,
        figure(
            "Groups down",
            "Groups of probes that are down now, after confirmation.",
            "short",
            Line(counted(f"{_group('group_up')} == 0"), "groups down"),
            steps=BAD,
        ),
        figure(
            "Probes down",
            "Probes that are down now, after confirmation.",
            "short",
            Line(counted(f"{_probe('probe_up')} == 0"), "probes down"),
            steps=BAD,
        ),
        figure(
            "Probes not known",
            "Probes whose state nobody knows now: our side could not measure, or nothing was tried.",
            "short",
            Line(counted(unknown), "probes not known"),
            steps=((None, "green"), (1, "orange")),
        ),
        figure(
            "Groups slow",
            "Groups that are up and slow; slow is not down.",
            "short",
            Line(counted(f"{_group('group_degraded')} == 1"), "groups slow"),
            steps=((None, "green"), (1, "orange")),
        ),
        figure(
            "Groups without quorum",
            "Groups that too few vantages see to decide their state.",
            "short",
            Line(counted(f"{_group('group_quorum')} == 0"), "groups without quorum"),
            steps=((None, "green"), (1, "orange")),
        ),
        figure(
            "Next certificate expires in",
            "Time until the first certificate last seen at any of the chosen probes expires.",
            "dtdurations",
            Line(f"min({expiry}) - time()", "next certificate expires in"),
            steps=((None, "red"), (14 * 86_400, "orange"), (30 * 86_400, "green")),
        ),
    )
    frame = frame.with_row(row("States"))
    frame = laid(
        frame,
        states(
            "State of the probes",
            "Confirmed state of each probe, before any contract. A hole means not known.",
            Line(_probe("probe_up"), "{{probe}}"),
            UP_DOWN,
            height=8,
        ),
        rows(
            "Probes",
            "What each probe tries, how the last attempt went and when it ended. A probe without a state is not known; "
            "1 is up or passed, 0 is down or failed.",
            {"probe": "Probe", "group": "Group", "kind": "Kind", "target": "Target"},
            Line(_probe("probe_info"), "Probe known"),
            Line(_probe("probe_up"), "Up", steps=((None, "red"), (1, "green"))),
            Line(f"min without (vantage) ({_probe('probe_success')})", "Last attempt passed"),
            Line(f"max without (vantage) ({_probe('probe_last_duration_seconds')})", "Took", "s", 3),
            Line(f"time() - max without (vantage) ({latest})", "Ago", "s", 0),
            Line(f"{expiry} - time()", "Certificate expires in", "dtdurations"),
            height=9,
            hidden=("Value #A",),
        ),
    )
    frame = frame.with_row(row("Attempts"))
    return laid(
        frame,
        course(
            "Fails by reason",
            "Attempts that showed the endpoint doing wrong, per second. A fail is no outage before it is confirmed.",
            "cps",
            Line(_by_reason("probe_failures_total"), "{{reason}}"),
        ),
        course(
            "Errors of ours by reason",
            "Attempts in which our own side could not measure, per second; never downtime.",
            "cps",
            Line(_by_reason("probe_errors_total"), "{{reason}}"),
        ),
        course(
            "Attempts not made, by reason",
            "Attempts that were due and not made, per second. Enough of them in a row are a gap.",
            "cps",
            Line(_by_reason("probes_skipped_total"), "{{reason}}"),
        ),
        course(
            "Attempts",
            "Finished attempts per second, whatever their outcome.",
            "cps",
            Line(f"sum by (group) ({rate(selector('probes_total', 'group', 'probe'))})", "{{group}}"),
        ),
        course(
            "Duration of the last attempt",
            "How long the last attempt of each probe took.",
            "s",
            Line(_probe("probe_last_duration_seconds"), "{{probe}} {{vantage}}"),
        ),
        course(
            "Duration of attempts",
            "Half, 95 and 99 of 100 attempts of the chosen groups took at most so long, from the histogram's buckets.",
            "s",
            Line(_quantile("0.5"), "half"),
            Line(_quantile("0.95"), "95 of 100"),
            Line(_quantile("0.99"), "99 of 100"),
        ),
        course(
            "Time seen down",
            "Share of the observed time in which a group was seen down, before any contract and never restated.",
            "percentunit",
            Line(
                f"{rate(selector('group_down_seconds_total', 'group'))}"
                f" / ({rate(selector('group_observed_seconds_total', 'group'))} > 0)",
                "{{group}}",
            ),
            width=COLUMNS,
        ),
    )
