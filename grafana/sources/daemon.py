"""Whether the daemons measure, write and judge in time. Each daemon is shown alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.sources.parts import (
    AGE,
    BAD,
    Line,
    Variable,
    counted,
    course,
    dashboard,
    figure,
    laid,
    row,
    rows,
    selector,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.dashboard import Dashboard

INSTANCE = Variable("instance", "build_info", "One daemon, as Prometheus names it.")


def _own(name: str) -> str:
    return selector(name, "instance")


def _foreign(series: str) -> str:
    """What every process tells, of our daemons alone."""
    return f"{series} and on (job, instance) {_own('build_info')}"


def daemon() -> Dashboard:
    """The daemons' own health."""
    frame = dashboard(
        "daemon",
        "Daemon health",
        "Whether the daemons measure, write and judge in time. Each daemon is shown alone.",
        INSTANCE,
        since="now-6h",
    )
    skipped, written = _own("probes_skipped_total"), _own("store_write_failures_total")
    unjudged, cpu = _own("evaluation_failures_total"), _own("process_cpu_seconds_total")
    frame = laid(
        frame,
        figure(
            "Daemons scraped",
            "Daemons that Prometheus reaches now.",
            "short",
            Line(counted(_own("build_info")), "daemons scraped"),
            steps=((None, "red"), (1, "green")),
        ),
        figure(
            "Vantages down",
            "Vantages that see too little to vote, as any daemon tells.",
            "short",
            Line(counted(f"{_own('vantage_up')} == 0"), "vantages down"),
            steps=BAD,
        ),
        figure(
            "Last load failed",
            "Daemons whose last load of the configuration had a mistake; they keep the one before.",
            "short",
            Line(counted(f"{_own('config_last_reload_successful')} == 0"), "last load failed"),
            steps=BAD,
        ),
        figure(
            "Last durable write ago",
            "Age of the last durable write of the slowest daemon; a sign of life is written every second.",
            "s",
            Line(f"time() - min({_own('store_last_commit_timestamp_seconds')})", "last durable write ago"),
            steps=AGE,
        ),
        figure(
            "Figures' age",
            "Age of the oldest figures of any agreement.",
            "s",
            Line(f"time() - min({_own('evaluation_watermark_timestamp_seconds')})", "figures' age"),
            steps=AGE,
        ),
        figure(
            "Not yet durable",
            "Observations that would be lost if the daemons ended now.",
            "short",
            Line(f"sum({_own('store_pending_records')})", "not yet durable"),
        ),
    )
    frame = frame.with_row(row("Who runs"))
    frame = laid(
        frame,
        rows(
            "Versions",
            "What software each daemon runs.",
            {"instance": "Daemon", "version": "Version", "revision": "Revision", "pythonversion": "Python"},
            Line(_own("build_info"), "Value"),
            width=12,
            height=6,
            hidden=("Value",),
        ),
        rows(
            "Configuration",
            "How long ago the configuration in force was loaded.",
            {"instance": "Daemon"},
            Line(f"time() - {_own('config_last_reload_success_timestamp_seconds')}", "Loaded ago", "dtdurations"),
            width=12,
            height=6,
        ),
    )
    frame = frame.with_row(row("Measuring"))
    frame = laid(
        frame,
        course(
            "Event loop lag",
            "How much later than asked the event loop's last timer came. Attempts that hang on time are doubted from a "
            "tenth of their timeout on.",
            "s",
            Line(_own("event_loop_lag_seconds"), "{{instance}}"),
        ),
        course(
            "Attempts not made",
            "Attempts that were due and not made, per second, by reason.",
            "cps",
            Line(f"sum by (instance, reason) (rate({skipped}[$__rate_interval])) > 0", "{{instance}} {{reason}}"),
        ),
        course(
            "Vantages",
            "Seconds since each vantage last reported.",
            "s",
            Line(f"time() - {_own('vantage_last_seen_timestamp_seconds')}", "{{vantage}} {{instance}}"),
            width=8,
        ),
        course(
            "Clock against the sentinels",
            "How far each vantage's wall clock is from that of its sentinels, by the Date of their answers, to half a "
            "second and half the time an answer took. Empty where no sentinel tells the time.",
            "s",
            Line(_own("vantage_clock_offset_seconds"), "{{vantage}} {{instance}}"),
            width=8,
        ),
        course(
            "Duration of a scrape",
            "How long Prometheus waited for the page of metrics.",
            "s",
            Line(_foreign(_own("scrape_duration_seconds")), "{{instance}}"),
            width=8,
        ),
    )
    frame = frame.with_row(row("Store and judging"))
    frame = laid(
        frame,
        course(
            "Not durable yet",
            "Observations taken in and not yet written durably.",
            "short",
            Line(_own("store_pending_records"), "{{instance}}"),
        ),
        course(
            "Failed writes and evaluations",
            "Within five minutes; each is in the log with its cause.",
            "short",
            Line(f"increase({written}[5m])", "writes {{instance}}"),
            Line(f"sum by (instance) (increase({unjudged}[5m]))", "evaluations {{instance}}"),
        ),
        course(
            "Size of the store",
            "Size of the database on disk.",
            "bytes",
            Line(_own("store_size_bytes"), "{{instance}}"),
        ),
        course(
            "Duration of an evaluation",
            "How long the last judging of each agreement took.",
            "s",
            Line(_own("evaluation_last_duration_seconds"), "{{agreement}} {{instance}}"),
        ),
    )
    frame = frame.with_row(row("Process"))
    return laid(
        frame,
        course(
            "Memory",
            "Resident memory of the process.",
            "bytes",
            Line(_foreign(_own("process_resident_memory_bytes")), "{{instance}}"),
        ),
        course(
            "Processor",
            "Processor time a second; 1 is one core.",
            "short",
            Line(_foreign(f"rate({cpu}[$__rate_interval])"), "{{instance}}"),
        ),
    )
