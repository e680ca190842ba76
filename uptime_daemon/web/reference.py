"""The reference of all metrics as a Markdown page: `docs/metrics.md` is this text, and a test compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from uptime_daemon.core.facts.observation import Observation, Outcome
from uptime_daemon.core.facts.state import State
from uptime_daemon.desk.showing.board import DURATION_BOUNDS, ProbeEntry, ViewEntry
from uptime_daemon.web.families import samples as of
from uptime_daemon.web.families.family import Area
from uptime_daemon.web.families.table import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.web.families.family import Family

_INTRODUCTION: Final = """\
# Metrics

`/metrics` on the internal listener, in the text format 0.0.4 or OpenMetrics 1.0.0, whichever the scraper prefers.
This page is written from the table in `uptime_daemon/web/families/`.

- **Prometheus shows, the store proves.** A figure of a contract is the figure as it was known at the scrape; a later
  ticket, exclusion or revision changes what comes, never what was scraped. No claim is computed from metrics.
- **Contract downtime is a gauge.** It restarts with the period and may shrink. For burn rates there are
  `uptime_daemon_agreement_group_observed_seconds_total` and `uptime_daemon_agreement_group_down_seconds_total`, which
  are never restated, and the same without `agreement_` for groups of probes.
- **Absent means not known.** A group in state unknown has no `uptime_daemon_group_up`; a 0 would be a statement.
- **Periods are kinds** (`month`, `quarter`, `year`, `billing_cycle`, `rolling`, `event`), never dates; start and end of
  the running one are timestamps.
- **Two daemons side by side** report the same figures: aggregate with `max without (instance)`, never with `sum`.
- The label `group` is the contract's group in `agreement_*` families and the group of probes in all others;
  `uptime_daemon_agreement_group_info` joins the two.
- Money is shown only on loopback or with `metrics: {money: true}`.

Rules and alerts over these families are in `grafana/rules/`, each alert's page in `docs/runbooks/`, dashboards in
`grafana/dashboards/`, with previews in `docs/dashboards.md`.

Jobs made for `blackbox_exporter` work with their address changed: `/probe?target=&module=` takes a probe's id or the
address it tries, ignores the module, and answers from the last result: `probe_success`, `probe_duration_seconds`,
`probe_dns_lookup_time_seconds`, `probe_ip_protocol`, with TLS `probe_ssl_earliest_cert_expiry` and
`probe_tls_version_info`, over HTTP `probe_http_ssl`, `probe_http_status_code`, `probe_http_version`,
`probe_http_redirects`, `probe_http_duration_seconds{phase}` (`resolve`, `connect`, `tls`, and `processing` for all that
comes after them) and `probe_failed_due_to_regex`. Those are all that the dashboard and the alerts of the community's
blackbox mixin ask for, except that nothing here pings (`probe_icmp_duration_seconds`). It never probes; where nothing
is known now it is 503, so that `up` falls. `/api/v1/prometheus/targets` lists all probes for HTTP service discovery:

```yaml
scrape_configs:
  - job_name: uptime
    static_configs: [{targets: ["127.0.0.1:8990"]}]
  - job_name: blackbox
    metrics_path: /probe
    http_sd_configs: [{url: "http://127.0.0.1:8990/api/v1/prometheus/targets"}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: "127.0.0.1:8990"}
rule_files: [grafana/rules/*.yml]
```

Besides the families below there are the client library's `process_*` and `python_info`.
"""
_NOTES: Final = {
    Area.MEASURING: "Counters start with the daemon. Labels name the vantage where what one vantage saw is shown.",
    Area.JUDGING: (
        "Of the running period under the agreement's chosen reading, computed from stored facts. Contract figures use "
        "the whole period with the rest deemed up; only what is called *so far* does not."
    ),
}


_CARDINALITY: Final = """\
## How many series

- A probe brings {probe} series, {certificate} more with a certificate, and each vantage that tries it {view}: every
  reason is there from the start, so that the first failure has an increase. 200 probes from 3 vantages are about
  {middle:,} series, 10,000 from one about {large:,}.
- A group of probes brings 5 series, and {histogram} for each vantage; durations are deliberately not told per probe.
- A judged group of an agreement brings one series a family of *Judging*, and one a cause or reason; an agreement one a
  state of a claim.
- Nothing grows with time: periods are kinds, tickets and claims have no ids here, reasons are a closed list.

The budget is 35 series a probe and vantage. Of Prometheus's memory 3 kB a series were planned; 3.2 to 3.8 are what it
took with 10,000 probes over HTTPS in groups of ten (`python -m benchmarks.cardinality`, five scrapes by a Prometheus
2.42 that scrapes nothing else, on a busy machine):

| seen from | series | page | packed by zlib at once | memory of Prometheus |
|---|---|---|---|---|
| one vantage | 340,000 | 43 MB | 1.4 MB | 1.1 to 1.2 GB |
| three vantages | 950,000 | 120 MB | 3.5 MB | 3.6 GB |
| three, told together | 340,000 | 37 MB | 1.4 MB | 1.2 GB |

With several vantages `metrics: {{vantages: false}}` in `uptime.yaml` leaves out the label `vantage`: a probe then
brings as many series as from one, counts add up over the vantages, and the latest attempt stands for all. `probe_up`
and `group_up`, which the vantages agree on, stay as they are, and so do the rules.

Who has no use for the parts of failures drops them where they are scraped:

```yaml
metric_relabel_configs:
  - source_labels: [__name__]
    regex: uptime_daemon_(probe_failures|probe_errors|probes_skipped)_total
    action: drop
```

`UptimeDaemonAccessRefused` needs `uptime_daemon_probe_errors_total`.
"""


def reference() -> str:
    """The whole page."""
    areas = (line for area in FAMILIES for line in _area(area))
    return "\n".join([_INTRODUCTION, *areas, _cardinality()])


def series_of_a_probe(*, vantages: int, certificate: bool) -> int:
    """How many series one probe brings."""
    last = Observation("probe", "vantage", 0, Outcome.PASS)
    probe = ProbeEntry(
        id="probe",
        group="group",
        kind="https",
        target="https://vendor.example/",
        state=State.UP,
        certificate_end=0 if certificate else None,
        views=tuple(ViewEntry(str(number), last) for number in range(vantages)),
    )
    told = (family for members in FAMILIES.values() for family in members if family.entries is of.probes)
    return sum(1 for family in told for _ in family.samples(probe))


def _cardinality() -> str:
    bare = series_of_a_probe(vantages=0, certificate=False)
    view = series_of_a_probe(vantages=1, certificate=False) - bare
    certificate = series_of_a_probe(vantages=0, certificate=True) - bare
    return _CARDINALITY.format(
        probe=bare,
        certificate=certificate,
        view=view,
        middle=200 * (bare + certificate + 3 * view),
        large=10_000 * (bare + certificate + view),
        histogram=len(DURATION_BOUNDS) + 3,
    )


def _area(area: Area) -> Iterator[str]:
    yield f"## {area}\n"
    if note := _NOTES.get(area):
        yield f"{note}\n"
    yield "| family | type | labels | meaning |\n|---|---|---|---|"
    yield from (_row(family) for family in FAMILIES[area])
    yield ""


def _row(family: Family) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels) or "–"
    return f"| `{family.name}` | {family.kind} | {labels} | {family.help} |"
