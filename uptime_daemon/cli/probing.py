"""`probe`: one attempt at one endpoint, with every phase and every check."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import DEFAULT_CONFIG, ConfigOption, Exit, fail, guarded, loaded

if TYPE_CHECKING:
    from uptime_daemon.core.facts.attempt import Attempt
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition


def probe(
    name: Annotated[str, typer.Argument(metavar="ID", help="vendor/probe")],
    debug: Annotated[bool, typer.Option("--debug", help="Show every phase and check, not only the outcome.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Try a probe once; nothing is recorded. Exit code 1 unless it passes."""
    from uptime_daemon.core.facts.observation import Outcome
    from uptime_daemon.probers.explain import explained

    with guarded():
        probes = loaded(config).probes
        definition = probes.get(name)
        if definition is None:
            known = ", ".join(probes) or "none"
            fail(f"there is no probe {name!r}; the probes are: {known}", Exit.MISTAKE)
            return
        attempt = asyncio.run(attempted(definition))
    lines = explained(attempt)
    for line in lines if debug else lines[:1]:
        typer.echo(line)
    if attempt.outcome is not Outcome.PASS:
        raise typer.Exit(Exit.NO)


async def attempted(definition: ProbeDefinition) -> Attempt:
    """One attempt at an endpoint, outside any schedule."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.probers.equipment import Equipment
    from uptime_daemon.probers.registry import prober
    from uptime_daemon.probers.resolver import SystemResolver

    resolver = SystemResolver()
    try:
        equipment = Equipment(SystemClock(), resolver)
        return await prober(definition.kind)(definition.endpoint, definition.probe.cadence.timeout, equipment)
    finally:
        resolver.close()
