"""`probe`: one attempt at one endpoint, with every phase and every check."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from uptime_daemon.cli.common import DEFAULT_CONFIG, ConfigOption, Exit, fail, guarded, loaded


def probe(
    name: Annotated[str, typer.Argument(metavar="ID", help="vendor/probe")],
    debug: Annotated[bool, typer.Option("--debug", help="Show every phase and check, not only the outcome.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Try a probe once; nothing is recorded. Exit code 1 unless it passes."""
    from uptime_daemon.core.facts.observation import Outcome
    from uptime_daemon.trying.once import told, tried_once

    with guarded():
        settings = loaded(config)
        definition = settings.probes.get(name)
        if definition is None:
            known = ", ".join(settings.probes) or "none"
            fail(f"there is no probe {name!r}; the probes are: {known}", Exit.MISTAKE)
            return
        tried = asyncio.run(tried_once(definition, settings))
    lines = told(tried)
    for line in lines if debug else lines[:1]:
        typer.echo(line)
    if tried.observation.outcome is not Outcome.PASS:
        raise typer.Exit(Exit.NO)
