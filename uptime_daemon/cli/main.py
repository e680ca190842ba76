"""The command line as a whole; what runs the daemon is handed in, for a command knows nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli import (
    claim_answers,
    claims,
    corrections,
    database,
    duties,
    evidence,
    imports,
    incidents,
    judging,
    ledger,
    measured,
    pausing,
    probing,
    records,
    revisions,
    security,
    serving,
    tickets,
    webhooks,
)

if TYPE_CHECKING:
    from uptime_daemon.cli.serving import Servants


def command_line(servants: Servants) -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        name="uptime-daemon",
        help="Measures uptime honestly, judges it by the contract's own words, proves every number.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_version)
    serving.mount(app, servants)
    for command in (
        judging.check,
        probing.probe,
        pausing.pause,
        pausing.resume,
        judging.evaluate,
        judging.explain,
        judging.report,
        measured.outages,
        measured.timeline,
        evidence.verify,
        revisions.revisions,
    ):
        app.command()(command)
    app.add_typer(imports.app, name="import")
    app.add_typer(tickets.app, name="ticket")
    app.add_typer(records.conditions, name="condition")
    app.add_typer(records.maintenance, name="maintenance")
    app.add_typer(records.exclusions, name="exclusion")
    app.add_typer(corrections.outages, name="outage")
    app.add_typer(corrections.observations, name="observation")
    app.add_typer(duties.duties, name="duty")
    app.add_typer(incidents.incidents, name="incident")
    claim_answers.add_to(claims.app)
    app.add_typer(claims.app, name="claim")
    app.add_typer(claims.mail, name="mail")
    app.add_typer(webhooks.webhooks, name="webhook")
    ledger.add_to(evidence.exports)
    app.add_typer(evidence.exports, name="export")
    app.add_typer(ledger.rates, name="rate")
    app.add_typer(evidence.keys, name="evidence")
    app.add_typer(database.app, name="database")
    app.add_typer(security.users, name="user")
    app.add_typer(security.tokens, name="token")
    return app


def _shown(version: bool) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"uptime-daemon {installed('uptime-daemon')}")
        raise typer.Exit


def _version(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", is_eager=True, callback=_shown)
    ] = False,
) -> None:
    """Options before a command."""
