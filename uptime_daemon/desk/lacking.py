"""What probes lack on this machine, or can never do; none of it is a mistake, for the daemon may run elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from uptime_daemon.core.time.instants import seconds_text
from uptime_daemon.probers.endpoints.conditions import SecondsBelow
from uptime_daemon.probers.endpoints.programs import ExecEndpoint
from uptime_daemon.probers.endpoints.scenarios import ScenarioEndpoint
from uptime_daemon.probers.registry import missing_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uptime_daemon.definitions.probes.vendor import ProbeDefinition

_FILES: Final = ("ca_file", "client_certificate", "client_key", "certificate", "issuer", "authorities")
"""The keys of endpoints that name a file."""


def lacking(definition: ProbeDefinition) -> Iterator[str]:
    """What a probe lacks, one line each."""
    if extra := missing_extra(definition.kind):
        yield f"the kind {definition.kind} needs the extra {extra}; install uptime-daemon[{extra}]"
    for file in dict.fromkeys(_files(definition.endpoint)):
        if not Path(file).is_file():
            yield f"there is no file {file} here"
    if isinstance(definition.endpoint, ExecEndpoint):
        program = definition.endpoint.command[0]
        if not Path(program).is_file():
            yield f"there is no program {program} here"
        elif not os.access(program, os.X_OK):
            yield f"{program} may not be run by this user"
    cadence = definition.probe.cadence
    if cadence.timeout > cadence.interval:
        yield (
            f"timeout {seconds_text(cadence.timeout)} s is longer than interval {seconds_text(cadence.interval)} s:"
            " an attempt that hangs has the next one left out"
        )
    for check in definition.endpoint.checks:
        if isinstance(check, SecondsBelow) and check.limit >= cadence.timeout:
            yield (
                f"seconds_below {seconds_text(check.limit)} can never fail: after {seconds_text(cadence.timeout)} s the"
                " attempt ends, by its timeout"
            )


def _files(endpoint: object) -> Iterator[str]:
    """The files that an endpoint names, its requests' among them."""
    for name in _FILES:
        if file := getattr(endpoint, name, None):
            yield file
    requests = [step.request for step in endpoint.steps] if isinstance(endpoint, ScenarioEndpoint) else []
    for request in (*requests, *filter(None, [getattr(endpoint, "request", None)])):
        yield from _files(request)
