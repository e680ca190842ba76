"""Every metric family there is, in one table: name, type, labels, help and where its samples come from on the board.

The page of `/metrics`, its documentation and the dashboards' tests all read this table; a name stands nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.desk.board import allowed, next_step, projected, remaining
from uptime_daemon.watch.admission import Skip
from uptime_daemon.web import samples as of
from uptime_daemon.web.joined import LABEL, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from uptime_daemon.desk.board import Board
    from uptime_daemon.web.samples import Sample

PREFIX: Final = "uptime_daemon_"


class Kind(StrEnum):
    """The type of a family."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    INFO = "info"
    """Static facts in labels, always 1: OpenMetrics has a type of its own for it, the older text format a gauge."""


class Area(StrEnum):
    """What a family is about."""

    SELF = "The daemon itself"
    MEASURING = "Measuring"
    JUDGING = "Judging"
    MONEY = "Money"
    CLAIMS = "Claims"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family. `samples` is asked for one entry at a time, so that what did not change is not asked again."""

    short_name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    entries: Callable[[Board], Sequence[Any]]
    samples: Callable[[Any], Iterable[Sample]]
    tells: Callable[[Any], object] | None = None
    """What of an entry its many samples tell, where that changes far more seldom than the entry."""

    @property
    def name(self) -> str:
        """The name as scraped; of a histogram without the suffixes of its series."""
        return PREFIX + self.short_name

    @property
    def unit(self) -> str:
        """The base unit in the name, empty for counts and flags."""
        word = self.short_name.removesuffix("_total").rpartition("_")[2]
        return word if word in {"seconds", "bytes", "ratio"} else ""


_VIEW: Final = ("probe", "group", "vantage")
_JUDGED: Final = ("agreement", "group", "period")

_SELF: Final = (
    Family(
        "build_info",
        Kind.INFO,
        ("version", "revision", "pythonversion"),
        "What software runs; constant 1.",
        of.whole,
        lambda board: (of.Sample((board.build.version, board.build.revision, board.build.python), "1"),),
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
        lambda entry: (of.Sample((entry.id, entry.contract, entry.plan or "", entry.currency or ""), "1"),),
    ),
    Family(
        "agreement_group_info",
        Kind.INFO,
        ("agreement", "group", "probe_group"),
        "Which groups of probes measure a group of an agreement's contract; constant 1.",
        of.agreements,
        of.measured_by,
    ),
    Family(
        "contract_info",
        Kind.INFO,
        ("contract", "version", "title", "vendor", "timezone"),
        "A contract in use: its version, title, vendor and zone; constant 1.",
        of.contracts,
        lambda entry: (of.Sample((entry.contract, entry.version, entry.title, entry.vendor, entry.zone.key), "1"),),
    ),
    Family(
        "probe_info",
        Kind.INFO,
        ("probe", "group", "kind", "target"),
        "A probe: its kind and what it tries, without secrets; constant 1.",
        of.probes,
        lambda entry: (of.Sample((entry.id, entry.group, entry.kind, entry.target), "1"),),
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
        of.delivery_failures,
    ),
)

_MEASURING: Final = (
    Family(
        "probe_success",
        Kind.GAUGE,
        _VIEW,
        "Whether the last attempt passed; absent while our own side could not measure.",
        of.probes,
        of.viewed(of.success),
    ),
    Family(
        "probe_last_duration_seconds",
        Kind.GAUGE,
        _VIEW,
        "How long the last attempt took.",
        of.probes,
        of.viewed(lambda view: None if view.last is None else seconds_text(view.last.duration)),
    ),
    Family(
        "probe_last_timestamp_seconds",
        Kind.GAUGE,
        _VIEW,
        "When the last attempt ended.",
        of.probes,
        of.viewed(lambda view: None if view.last is None else seconds_text(view.last.at + view.last.duration)),
    ),
    Family(
        "probe_duration_seconds",
        Kind.HISTOGRAM,
        ("group", "vantage"),
        "How long attempts took; deliberately not per probe.",
        of.groups,
        of.durations,
        lambda group: (group.id, group.durations),
    ),
    Family(
        "probes_total",
        Kind.COUNTER,
        _VIEW,
        "Finished attempts, whatever their outcome.",
        of.probes,
        of.viewed(lambda view: str(view.attempts)),
    ),
    Family(
        "probe_failures_total",
        Kind.COUNTER,
        (*_VIEW, "reason"),
        "Attempts that showed the endpoint doing wrong, by reason.",
        of.probes,
        of.by_reason("failures", of.FAIL_REASONS),
        of.counted("failures"),
    ),
    Family(
        "probe_errors_total",
        Kind.COUNTER,
        (*_VIEW, "reason"),
        "Attempts in which our own side could not measure, by reason; never downtime.",
        of.probes,
        of.by_reason("errors", of.ERROR_REASONS),
        of.counted("errors"),
    ),
    Family(
        "probes_skipped_total",
        Kind.COUNTER,
        (*_VIEW, "reason"),
        "Attempts that were due and not made, by reason.",
        of.probes,
        of.by_reason("skipped", tuple(Skip)),
        of.counted("skipped"),
    ),
    Family(
        "probe_up",
        Kind.GAUGE,
        ("probe", "group"),
        "Whether the vantages agree that it is up, after confirmation; absent while unknown.",
        of.probes,
        of.one(of.up, "id", "group"),
    ),
    Family(
        "group_up",
        Kind.GAUGE,
        ("group",),
        "Whether enough of the group's probes are up; absent while unknown. Before any contract.",
        of.groups,
        of.one(of.up, "id"),
    ),
    Family(
        "group_quorum",
        Kind.GAUGE,
        ("group",),
        "Whether enough vantages see the group to decide its state.",
        of.groups,
        of.one(lambda group: of.flag_text(group.quorum), "id"),
    ),
    Family(
        "group_degraded",
        Kind.GAUGE,
        ("group",),
        "Whether the group is up and slow; slow is not down.",
        of.groups,
        of.one(lambda group: of.flag_text(group.degraded), "id"),
    ),
    Family(
        "group_observed_seconds_total",
        Kind.COUNTER,
        ("group",),
        "Time in a known state since the start, live, never restated.",
        of.groups,
        of.one(lambda group: seconds_text(group.observed), "id"),
    ),
    Family(
        "group_down_seconds_total",
        Kind.COUNTER,
        ("group",),
        "Of the observed time, seen down, before exclusions.",
        of.groups,
        of.one(lambda group: seconds_text(group.down), "id"),
    ),
    Family(
        "agreement_group_observed_seconds_total",
        Kind.COUNTER,
        ("agreement", "group"),
        "Time in a known state since the start of a contract's group, by its binding; live, never restated.",
        of.stated,
        of.one(lambda entry: seconds_text(entry.observed), "agreement", "group"),
    ),
    Family(
        "agreement_group_down_seconds_total",
        Kind.COUNTER,
        ("agreement", "group"),
        "Of the observed time of a contract's group, seen down, before exclusions: for burn rates.",
        of.stated,
        of.one(lambda entry: seconds_text(entry.down), "agreement", "group"),
    ),
    Family(
        "tls_certificate_expiry_timestamp_seconds",
        Kind.GAUGE,
        ("probe", "group"),
        "When the first certificate of the chain last seen expires.",
        of.probes,
        of.one(lambda probe: of.instant_text(probe.certificate_end), "id", "group"),
    ),
    Family(
        "maintenance_active",
        Kind.GAUGE,
        ("agreement", "group"),
        "Whether work that the vendor announced is to go on now; whether it excuses anything is the contract's affair.",
        of.stated,
        of.one(lambda entry: of.flag_text(entry.in_maintenance), "agreement", "group"),
    ),
    Family(
        "maintenance_next_start_timestamp_seconds",
        Kind.GAUGE,
        ("agreement", "group"),
        "When the next announced work begins; absent if none is known.",
        of.stated,
        of.one(lambda entry: of.instant_text(entry.next_maintenance), "agreement", "group"),
    ),
    Family(
        "vantage_up",
        Kind.GAUGE,
        ("vantage",),
        "Whether the vantage sees enough of the world to vote.",
        of.vantages,
        of.one(lambda vantage: of.flag_text(vantage.up), "name"),
    ),
    Family(
        "vantage_last_seen_timestamp_seconds",
        Kind.GAUGE,
        ("vantage",),
        "When the vantage last reported.",
        of.vantages,
        of.one(lambda vantage: of.instant_text(vantage.last_seen), "name"),
    ),
)


def _judging(name: str, text: str, samples: Callable[[Any], Iterator[Sample]], extra: tuple[str, ...] = ()) -> Family:
    return Family(name, Kind.GAUGE, (*_JUDGED, *extra), text, of.judged, samples)


_JUDGING: Final = (
    _judging(
        "agreement_period_start_timestamp_seconds",
        "First instant of the running period.",
        of.current(lambda statement: seconds_text(statement.period.span.start)),
    ),
    _judging(
        "agreement_period_end_timestamp_seconds",
        "First instant after the running period.",
        of.current(lambda statement: seconds_text(statement.period.span.end)),
    ),
    _judging(
        "agreement_availability_ratio",
        "Availability of the whole period with the time to come deemed up (best case), as known now; may be restated.",
        of.current(of.availability("point")),
    ),
    _judging(
        "agreement_availability_so_far_ratio",
        "Availability of the part of the period that has passed; no contract figure.",
        of.current(of.so_far),
    ),
    _judging(
        "agreement_availability_shortest_ratio",
        "Availability if every outage were as short as it can have been: what is proven.",
        of.current(of.availability("shortest")),
    ),
    _judging(
        "agreement_availability_longest_ratio",
        "Availability if every outage were as long as it can have been, unmeasured time included.",
        of.current(of.availability("longest")),
    ),
    _judging(
        "agreement_availability_objective_ratio",
        "Agreed availability; the first target whose miss has consequences.",
        of.current(of.objective_ratio),
    ),
    _judging(
        "agreement_availability_projected_ratio",
        "Availability of the whole period if its rest goes like the last seven days; no contract figure.",
        of.current(lambda statement: of.exact_ratio_text(projected(statement))),
    ),
    _judging(
        "agreement_last_period_availability_ratio",
        "Availability of the period before the running one.",
        of.last_availability,
    ),
    _judging(
        "agreement_coverage_ratio",
        "Measured share of the part of the period that has passed.",
        of.current(lambda statement: of.exact_ratio_text(statement.judgement.coverage)),
    ),
    _judging(
        "agreement_service_seconds",
        "Agreed service time of the whole period: the denominator.",
        of.current(lambda statement: seconds_text(statement.judgement.denominator)),
    ),
    _judging(
        "agreement_downtime_seconds",
        "Downtime that counts, after exclusions and rounding. A gauge: it restarts with the period and may shrink.",
        of.current(lambda statement: seconds_text(statement.judgement.point.downtime)),
    ),
    _judging(
        "agreement_excluded_seconds",
        "Down or unknown time inside accepted exclusions, by cause.",
        of.labelled(of.excluded),
        ("cause",),
    ),
    _judging(
        "agreement_unmeasured_seconds",
        "Service time without usable observations, by reason.",
        of.labelled(of.unmeasured),
        ("reason",),
    ),
    _judging(
        "agreement_not_counted_seconds",
        "Down time that the contract does not count, by reason.",
        of.labelled(of.not_counted),
        ("reason",),
    ),
    _judging(
        "agreement_error_budget_seconds",
        "Downtime the period may have before a target on its sum is missed; the tightest target with consequences.",
        of.current(lambda statement: of.exact_seconds_text(allowed(statement))),
    ),
    _judging(
        "agreement_error_budget_remaining_seconds",
        "What is left of the error budget; negative after a breach.",
        of.current(lambda statement: of.exact_seconds_text(remaining(statement))),
    ),
    _judging(
        "agreement_next_credit_step_seconds",
        "Further downtime until the next completed step of credit; absent without steps or once the cap is reached.",
        of.current(lambda statement: of.exact_seconds_text(next_step(statement))),
    ),
    _judging(
        "agreement_outages",
        "Outages of the period that count in part or whole, before exclusions.",
        of.current(lambda statement: str(statement.judgement.point.number)),
    ),
    _judging(
        "agreement_longest_outage_seconds",
        "The longest outage that counts, uncut by the period, before exclusions; an open one included.",
        of.current(lambda statement: seconds_text(statement.judgement.point.longest)),
    ),
    _judging(
        "agreement_longest_outage_limit_seconds",
        "How long one outage may be; absent where the contract limits none.",
        of.current(of.longest_limit),
    ),
    _judging(
        "agreement_credit_ratio",
        "Credit of the period as a share of the fee, after the cap; absent under a contract without credit.",
        of.current(of.credit_ratio),
    ),
)

_MONEY: Final = (
    _judging(
        "agreement_credit_amount",
        "Credit of the period in major units, as known now; the statement is the authority. Never add currencies.",
        of.credit_amount,
        ("currency",),
    ),
    Family(
        "claim_amount",
        Kind.GAUGE,
        ("agreement", "state", "currency"),
        "Sum of the claims in a state in major units. Never add currencies.",
        of.claims,
        of.claim_amounts,
    ),
)

_CLAIMS: Final = (
    Family(
        "report_missing",
        Kind.GAUGE,
        ("agreement", "group", "channel"),
        "Whether an outage is going on that was not reported on any of the channels the contract names.",
        of.stated,
        of.missing_reports,
    ),
    Family(
        "tickets_open",
        Kind.GAUGE,
        ("agreement", "group", "severity"),
        "Tickets at the vendor that are not resolved.",
        of.stated,
        of.open_tickets,
    ),
    Family(
        "ticket_deadline_timestamp_seconds",
        Kind.GAUGE,
        ("agreement", "group", "clock"),
        "Last instant in time for the most urgent ticket whose clock runs; absent if none does.",
        of.stated,
        of.ticket_deadlines,
    ),
    Family(
        "ticket_deadlines_missed_total",
        Kind.COUNTER,
        ("agreement", "group", "clock"),
        "Clocks of tickets seen to run out since the start, under the chosen reading; earlier ones are not counted.",
        of.stated,
        of.missed_deadlines,
    ),
    Family(
        "claims",
        Kind.GAUGE,
        ("agreement", "state"),
        "Claims by the state they are in.",
        of.claims,
        of.claims_by_state,
    ),
    Family(
        "claim_deadline_timestamp_seconds",
        Kind.GAUGE,
        ("agreement",),
        "The first instant that is too late for the most urgent claim that has not been sent; absent if there is none.",
        of.claims,
        of.claim_deadline,
    ),
)

FAMILIES: Final[Mapping[Area, tuple[Family, ...]]] = {
    Area.SELF: _SELF,
    Area.MEASURING: _MEASURING,
    Area.JUDGING: _JUDGING,
    Area.MONEY: _MONEY,
    Area.CLAIMS: _CLAIMS,
}


def families(*, money: bool, vantages: bool = True) -> Iterator[Family]:
    """The families that a page shows, in the table's order; without `vantages` probes are told over all of them."""
    for area, members in FAMILIES.items():
        if money or area is not Area.MONEY:
            for family in members:
                of_views = LABEL in family.labels and family.entries in {of.probes, of.groups}
                yield joined(family) if of_views and not vantages else family
