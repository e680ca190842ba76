"""The face of a blackbox exporter: `/probe` tells what is known of a probe, and a list tells Prometheus what to ask.

It never probes: whoever asks more often measures no more. Jobs made for `blackbox_exporter` work with their address
changed alone; of its metrics those are told that the board knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from aiohttp import web

from uptime_daemon.core.facts.observation import Outcome, Phase
from uptime_daemon.core.facts.state import State
from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.web.endpoints import TARGETS
from uptime_daemon.web.negotiation import Format
from uptime_daemon.web.ports import QueryError
from uptime_daemon.web.questions import asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from uptime_daemon.desk.showing.board import Board, ProbeEntry, Trace, ViewEntry
    from uptime_daemon.web.ports import BoardSource

_NAMED_MAX: Final = 5
"""Probes of one target that a message names: enough to choose from, short enough for one line."""


_PHASES: Final = {Phase.NAME: "resolve", Phase.TCP: "connect", Phase.TLS: "tls", Phase.ANSWER: "processing"}
"""What others call the phases of an attempt over HTTP. The time to the last byte of the answer is one phase for us; a
series `transfer` would be made up."""
_PATTERN_CHECKS: Final = ("body_contains", "body_matches", "expect", " matches")
"""How the names of checks end that look for something in an answer."""


class _Gauge(NamedTuple):
    """One metric of a probe, under the name that others gave it; its values by the label, if it has one."""

    name: str
    help: str
    values: Mapping[str, str]


class Blackbox:
    """The answers to a Prometheus that thinks it asks a blackbox exporter."""

    def __init__(self, boards: BoardSource) -> None:
        self._boards = boards

    def routes(self) -> list[web.RouteDef]:
        """Every path with its answer."""
        return [web.get("/probe", self.probe), web.get(TARGETS.path, self.targets)]

    async def probe(self, request: web.Request) -> web.Response:
        """The last result of a probe; 503 where none stands, so that `up` falls and nothing old is scraped."""
        # A module says how another exporter would probe; here the probe's own definition does, whatever the module.
        query = asked(request, ("target", "module"))
        target = query.get("target")
        if not target:
            raise QueryError(400, "missing_key", "write ?target= and a probe's id, or the address it tries", "target")
        probe = _found(self._boards.board(), target)
        return web.Response(
            body="".join(line for gauge in _gauges(probe, _standing(probe)) for line in _lines(gauge)).encode(),
            headers={"Content-Type": Format.TEXT.value},
        )

    async def targets(self, request: web.Request) -> web.Response:
        """Every probe as a target of HTTP service discovery: always the whole list, empty without probes."""
        asked(request, ())
        return web.json_response(
            [
                {
                    "targets": [probe.id],
                    # Labels that begin so are there for relabelling and vanish after it: none clashes with a user's.
                    "labels": {
                        "__meta_uptime_daemon_probe": probe.id,
                        "__meta_uptime_daemon_group": probe.group,
                        "__meta_uptime_daemon_kind": probe.kind,
                        "__meta_uptime_daemon_target": probe.target,
                    },
                }
                for probe in self._boards.board().probes
            ]
        )


def _found(board: Board, target: str) -> ProbeEntry:
    """The probe with this id, else the only one that tries this address."""
    for probe in board.probes:
        if probe.id == target:
            return probe
    same = [probe for probe in board.probes if probe.target == target]
    if not same:
        raise QueryError(404, "not_found", f"no probe is called {target!r} or tries it", "target")
    if len(same) > 1:
        names = ", ".join(probe.id for probe in same[:_NAMED_MAX])
        raise QueryError(
            400, "ambiguous", f"{len(same)} probes try {target!r}; write one's id, such as {names}", "target"
        )
    return same[0]


def _standing(probe: ProbeEntry) -> ViewEntry:
    """The view with the last observation while it stands.

    The state of a probe that was not observed for too long, or whose last attempt we ourselves could not make, is
    unknown; a 0 then would say that the endpoint is down.
    """
    view, last = probe.last_view, probe.last
    if view is None or last is None or last.outcome is Outcome.ERROR or probe.state is State.UNKNOWN:
        why = f"the last attempt ended in {last.reason}" if last and last.outcome is Outcome.ERROR else "nothing recent"
        raise QueryError(503, "stale", f"nothing is known of {probe.id!r} now: {why}", "target")
    return view


def _lines(gauge: _Gauge) -> Iterator[str]:
    yield f"# HELP {gauge.name} {gauge.help}\n# TYPE {gauge.name} gauge\n"
    for label, value in gauge.values.items():
        yield f"{gauge.name}{label} {value}\n"


def _one(name: str, text: str, value: str) -> _Gauge:
    return _Gauge(name, text, {"": value})


def _gauges(probe: ProbeEntry, view: ViewEntry) -> Iterator[_Gauge]:
    last, trace = view.last, view.trace
    assert last is not None  # noqa: S101 - a view that stands has one
    success = "1" if last.outcome is Outcome.PASS else "0"
    spent = dict(trace.phases)
    yield _one("probe_success", "Whether the last attempt passed", success)
    yield _one("probe_duration_seconds", "How long the last attempt took in seconds", seconds_text(last.duration))
    if Phase.NAME in spent:
        text = "How long looking up the name took in seconds"
        yield _one("probe_dns_lookup_time_seconds", text, seconds_text(spent[Phase.NAME]))
    if trace.ip_version is not None:
        yield _one("probe_ip_protocol", "The version of IP, 4 or 6", str(trace.ip_version))
    if probe.certificate_end is not None:
        expiry = seconds_text(probe.certificate_end)
        yield _one("probe_ssl_earliest_cert_expiry", "When the first certificate of the chain expires", expiry)
    if trace.tls_version:
        versions = {f'{{version="{trace.tls_version}"}}': "1"}
        yield _Gauge("probe_tls_version_info", "The version of TLS that was spoken", versions)
    if probe.kind in {"http", "https"}:
        yield from _of_http(probe, trace)


def _of_http(probe: ProbeEntry, trace: Trace) -> Iterator[_Gauge]:
    encrypted = "1" if probe.target.startswith("https://") else "0"
    yield _one("probe_http_ssl", "Whether the address asks for TLS", encrypted)
    spent = {f'{{phase="{_PHASES[phase]}"}}': seconds_text(took) for phase, took in trace.phases if phase in _PHASES}
    if spent:
        yield _Gauge("probe_http_duration_seconds", "How long each phase took in seconds", spent)
    if trace.status is not None:
        yield _one("probe_http_status_code", "The status code of the answer", str(trace.status))
        yield _one("probe_http_redirects", "How many redirects were followed", str(trace.redirects))
    if trace.version:
        yield _one("probe_http_version", "The version of HTTP in the answer", trace.version)
    by_pattern = "1" if any(check.endswith(_PATTERN_CHECKS) for check in trace.failed_checks) else "0"
    yield _one("probe_failed_due_to_regex", "Whether what was looked for was not found", by_pattern)
