"""Measuring: what was tried, how it went, and what groups and vantages are up, before any contract."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import OWN_REASONS, Outcome, Reason
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.desk.showing.board import DURATION_BOUNDS
from uptime_daemon.watch.admission import Skip
from uptime_daemon.web.families import samples as of
from uptime_daemon.web.families.family import Family, Kind, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from uptime_daemon.core.time.instants import Duration
    from uptime_daemon.desk.showing.board import GroupEntry, ProbeEntry, ViewEntry

FAIL_REASONS: Final = tuple(reason for reason in Reason if reason not in OWN_REASONS and reason is not Reason.NONE)
ERROR_REASONS: Final = tuple(reason for reason in Reason if reason in OWN_REASONS)
_VIEW: Final = ("probe", "group", "vantage")


def viewed(value: Callable[[ViewEntry], str | None]) -> Callable[[ProbeEntry], Iterator[Sample]]:
    """One sample a view of a probe."""

    def samples(probe: ProbeEntry) -> Iterator[Sample]:
        for view in probe.views:
            if (text := value(view)) is not None:
                yield Sample((probe.id, probe.group, view.vantage), text)

    return samples


def by_reason(attribute: str, reasons: Sequence[str]) -> Callable[[ProbeEntry], Iterator[Sample]]:
    """One sample a view and reason; reasons that are known ahead start at 0."""

    def samples(probe: ProbeEntry) -> Iterator[Sample]:
        for view in probe.views:
            for reason, count in {**dict.fromkeys(reasons, 0), **getattr(view, attribute)}.items():
                yield Sample((probe.id, probe.group, view.vantage, reason), str(count))

    return samples


def counted(attribute: str) -> Callable[[ProbeEntry], object]:
    """What `by_reason` tells of a probe."""

    def told(probe: ProbeEntry) -> object:
        return probe.id, probe.group, [(view.vantage, getattr(view, attribute)) for view in probe.views]

    return told


def success(view: ViewEntry) -> str | None:
    """Whether the last attempt passed; nothing where our own side could not measure."""
    if view.last is None or view.last.outcome is Outcome.ERROR:
        return None
    return of.flag_text(view.last.outcome is Outcome.PASS)


def up(entry: ProbeEntry | GroupEntry) -> str | None:
    """Whether it is up; nothing while unknown."""
    return None if entry.state is State.UNKNOWN else of.flag_text(entry.state is State.UP)


def durations(group: GroupEntry) -> Iterator[Sample]:
    """The cumulative buckets, the sum and the count of each vantage."""
    for vantage, counted in group.durations.items():
        labels = (group.id, vantage)
        sums = list(accumulate(counted.counts))
        for bound, count in zip(_BOUNDS, sums, strict=True):
            yield Sample(labels, str(count), "_bucket", bound)
        yield Sample(labels, seconds_text(counted.total), "_sum")
        yield Sample(labels, str(sums[-1]), "_count")


def _bound_text(bound: Duration) -> str:
    """OpenMetrics 1.0 wants bounds as floats in canonical form: 1.0, never 1."""
    text = seconds_text(bound)
    return text if "." in text else f"{text}.0"


_BOUNDS: Final = (*map(_bound_text, DURATION_BOUNDS), "+Inf")

MEASURING: Final = (
    Family(
        "probe_success",
        Kind.GAUGE,
        _VIEW,
        "Whether the last attempt passed; absent while our own side could not measure.",
        of.probes,
        viewed(success),
    ),
    Family(
        "probe_last_duration_seconds",
        Kind.GAUGE,
        _VIEW,
        "How long the last attempt took.",
        of.probes,
        viewed(lambda view: None if view.last is None else seconds_text(view.last.duration)),
    ),
    Family(
        "probe_last_timestamp_seconds",
        Kind.GAUGE,
        _VIEW,
        "When the last attempt ended.",
        of.probes,
        viewed(lambda view: None if view.last is None else seconds_text(view.last.at + view.last.duration)),
    ),
    Family(
        "probe_duration_seconds",
        Kind.HISTOGRAM,
        ("group", "vantage"),
        "How long attempts took; deliberately not per probe.",
        of.groups,
        durations,
        lambda group: (group.id, group.durations),
    ),
    Family(
        "probes_total",
        Kind.COUNTER,
        _VIEW,
        "Finished attempts, whatever their outcome.",
        of.probes,
        viewed(lambda view: str(view.attempts)),
    ),
    Family(
        "probe_failures_total",
        Kind.COUNTER,
        (*_VIEW, "reason"),
        "Attempts that showed the endpoint doing wrong, by reason.",
        of.probes,
        by_reason("failures", FAIL_REASONS),
        counted("failures"),
    ),
    Family(
        "probe_errors_total",
        Kind.COUNTER,
        (*_VIEW, "reason"),
        "Attempts in which our own side could not measure, by reason; never downtime.",
        of.probes,
        by_reason("errors", ERROR_REASONS),
        counted("errors"),
    ),
    Family(
        "probes_skipped_total",
        Kind.COUNTER,
        (*_VIEW, "reason"),
        "Attempts that were due and not made, by reason.",
        of.probes,
        by_reason("skipped", tuple(Skip)),
        counted("skipped"),
    ),
    Family(
        "probe_up",
        Kind.GAUGE,
        ("probe", "group"),
        "Whether the vantages agree that it is up, after confirmation; absent while unknown.",
        of.probes,
        of.one(up, "id", "group"),
    ),
    Family(
        "group_up",
        Kind.GAUGE,
        ("group",),
        "Whether enough of the group's probes are up; absent while unknown. Before any contract.",
        of.groups,
        of.one(up, "id"),
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
    Family(
        "vantage_clock_offset_seconds",
        Kind.GAUGE,
        ("vantage",),
        "The vantage's wall clock less that of its sentinels, by the Date of their answers; absent until one told it.",
        of.vantages,
        of.one(lambda vantage: of.length_text(vantage.clock_offset), "name"),
    ),
)
