"""The face of a blackbox exporter: `/probe` tells what is known of a probe, and a list tells Prometheus what to ask.

It never probes: whoever asks more often measures no more. Jobs made for `blackbox_exporter` work with their address
changed alone; of its metrics those are told that the board knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from aiohttp import web

from uptime_daemon.core.facts.observation import Outcome
from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.desk.board import State
from uptime_daemon.web.api import asked
from uptime_daemon.web.negotiation import Format
from uptime_daemon.web.ports import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.core.facts.observation import Observation
    from uptime_daemon.desk.board import Board, ProbeEntry
    from uptime_daemon.web.ports import BoardSource

_NAMED_MAX: Final = 5
"""Probes of one target that a message names: enough to choose from, short enough for one line."""


class _Gauge(NamedTuple):
    """One metric of a probe, under the name that others gave it."""

    name: str
    help: str
    value: str


class Blackbox:
    """The answers to a Prometheus that thinks it asks a blackbox exporter."""

    def __init__(self, boards: BoardSource) -> None:
        self._boards = boards

    def routes(self) -> list[web.RouteDef]:
        """Every path with its answer."""
        return [web.get("/probe", self.probe), web.get("/api/v1/prometheus/targets", self.targets)]

    async def probe(self, request: web.Request) -> web.Response:
        """The last result of a probe; 503 where none stands, so that `up` falls and nothing old is scraped."""
        # A module says how another exporter would probe; here the probe's own definition does, whatever the module.
        query = asked(request, ("target", "module"))
        target = query.get("target")
        if not target:
            raise QueryError(400, "missing_key", "write ?target= and a probe's id, or the address it tries", "target")
        probe = _found(self._boards.board(), target)
        return web.Response(
            body="".join(
                f"# HELP {gauge.name} {gauge.help}\n# TYPE {gauge.name} gauge\n{gauge.name} {gauge.value}\n"
                for gauge in _gauges(probe, _standing(probe))
            ).encode(),
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


def _standing(probe: ProbeEntry) -> Observation:
    """The last observation while it stands.

    The state of a probe that was not observed for two and a half intervals, or whose last attempt we ourselves could
    not make, is unknown; a 0 then would say that the endpoint is down.
    """
    last = probe.last
    if last is None or last.outcome is Outcome.ERROR or probe.state is State.UNKNOWN:
        why = f"the last attempt ended in {last.reason}" if last and last.outcome is Outcome.ERROR else "nothing recent"
        raise QueryError(503, "stale", f"nothing is known of {probe.id!r} now: {why}", "target")
    return last


def _gauges(probe: ProbeEntry, last: Observation) -> Iterator[_Gauge]:
    success = "1" if last.outcome is Outcome.PASS else "0"
    yield _Gauge("probe_success", "Whether the last attempt passed", success)
    yield _Gauge("probe_duration_seconds", "How long the last attempt took in seconds", seconds_text(last.duration))
    if probe.certificate_end is not None:
        expiry = seconds_text(probe.certificate_end)
        yield _Gauge("probe_ssl_earliest_cert_expiry", "When the first certificate of the chain expires", expiry)
    if probe.kind in {"http", "https"}:
        encrypted = "1" if probe.target.startswith("https://") else "0"
        yield _Gauge("probe_http_ssl", "Whether the address asks for TLS", encrypted)
