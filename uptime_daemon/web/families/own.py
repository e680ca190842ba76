"""The daemon itself: what runs, how it was configured, how loop, store, judging and mail do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.web.families import samples as of
from uptime_daemon.web.families.family import Family, Kind, Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from uptime_daemon.desk.showing.board import AgreementEntry, DeliveryEntry


def measured_by(agreement: AgreementEntry) -> Iterator[Sample]:
    """One sample a group of the contract and group of probes."""
    for group, probe_groups in agreement.measured_by.items():
        for probe_group in probe_groups:
            yield Sample((agreement.id, group, probe_group), "1")


def delivery_failures(delivery: DeliveryEntry) -> Iterable[Sample]:
    """Failed attempts by reason."""
    return (Sample((delivery.integration, reason), str(count)) for reason, count in delivery.failures.items())


SELF: Final = (
    Family(
        "build_info",
        Kind.INFO,
        ("version", "revision", "pythonversion"),
        "What software runs; constant 1.",
        of.whole,
        lambda board: (Sample((board.build.version, board.build.revision, board.build.python), "1"),),
    ),
    Family(
        "config_last_reload_successful",
        Kind.GAUGE,
        (),
        "Whether the last load of the configuration took effect; a bad file keeps the old one.",
        of.whole,
        of.one(lambda board: of.flag_text(board.reload.successful)),
    ),
    Family(
        "config_last_reload_success_timestamp_seconds",
        Kind.GAUGE,
        (),
        "When the configuration in force was loaded.",
        of.whole,
        of.one(lambda board: of.instant_text(board.reload.last_success)),
    ),
    Family(
        "agreement_info",
        Kind.INFO,
        ("agreement", "contract", "plan", "currency"),
        "An agreement: its contract, plan and currency; constant 1.",
        of.agreements,
        lambda entry: (Sample((entry.id, entry.contract, entry.plan or "", entry.currency or ""), "1"),),
    ),
    Family(
        "agreement_group_info",
        Kind.INFO,
        ("agreement", "group", "probe_group"),
        "Which groups of probes measure a group of an agreement's contract; constant 1.",
        of.agreements,
        measured_by,
    ),
    Family(
        "contract_info",
        Kind.INFO,
        ("contract", "version", "title", "vendor", "timezone"),
        "A contract in use: its version, title, vendor and zone; constant 1.",
        of.contracts,
        lambda entry: (Sample((entry.contract, entry.version, entry.title, entry.vendor, entry.zone.key), "1"),),
    ),
    Family(
        "probe_info",
        Kind.INFO,
        ("probe", "group", "kind", "target"),
        "A probe: its kind and what it tries, without secrets; constant 1.",
        of.probes,
        lambda entry: (Sample((entry.id, entry.group, entry.kind, entry.target), "1"),),
    ),
    Family(
        "event_loop_lag_seconds",
        Kind.GAUGE,
        (),
        "How much later than asked the event loop's last timer came.",
        of.whole,
        of.one(lambda board: seconds_text(board.loop_lag)),
    ),
    Family(
        "store_last_commit_timestamp_seconds",
        Kind.GAUGE,
        (),
        "When something was last written durably; store lag is now minus this.",
        of.whole,
        of.one(lambda board: of.instant_text(board.store.last_commit)),
    ),
    Family(
        "store_pending_records",
        Kind.GAUGE,
        (),
        "Observations that are not durable yet.",
        of.whole,
        of.one(lambda board: str(board.store.pending)),
    ),
    Family(
        "store_write_failures_total",
        Kind.COUNTER,
        (),
        "Failed writes to the store.",
        of.whole,
        of.one(lambda board: str(board.store.write_failures)),
    ),
    Family(
        "store_size_bytes",
        Kind.GAUGE,
        (),
        "Size of the store on disk.",
        of.whole,
        of.one(lambda board: str(board.store.size_bytes)),
    ),
    Family(
        "evaluation_watermark_timestamp_seconds",
        Kind.GAUGE,
        ("agreement",),
        "Facts up to here are in the figures; evaluation lag is now minus this.",
        of.agreements,
        of.one(lambda entry: of.instant_text(entry.evaluation.watermark), "id"),
    ),
    Family(
        "evaluation_last_duration_seconds",
        Kind.GAUGE,
        ("agreement",),
        "How long the last evaluation took.",
        of.agreements,
        of.one(lambda entry: seconds_text(entry.evaluation.duration), "id"),
    ),
    Family(
        "evaluations_total",
        Kind.COUNTER,
        ("agreement",),
        "Evaluations, failed ones included.",
        of.agreements,
        of.one(lambda entry: str(entry.evaluation.runs), "id"),
    ),
    Family(
        "evaluation_failures_total",
        Kind.COUNTER,
        ("agreement",),
        "Failed evaluations.",
        of.agreements,
        of.one(lambda entry: str(entry.evaluation.failures), "id"),
    ),
    Family(
        "deliveries_total",
        Kind.COUNTER,
        ("integration",),
        "Attempts to deliver a message, failed ones included.",
        of.deliveries,
        of.one(lambda entry: str(entry.attempts), "integration"),
    ),
    Family(
        "delivery_failures_total",
        Kind.COUNTER,
        ("integration", "reason"),
        "Failed attempts to deliver a message.",
        of.deliveries,
        delivery_failures,
    ),
)
