"""`run`, `demo`, `init`, `healthcheck`: the commands around the daemon's own life."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from uptime_daemon.cli.common import DEFAULT_CONFIG, ConfigOption, Exit, fail, guarded, loaded

if TYPE_CHECKING:
    from uptime_daemon.definitions.probes.vendor import ProbeDefinition
    from uptime_daemon.settings.values import Settings

HEALTHCHECK_TIMEOUT_SECONDS = 5
"""Shorter than any container engine's own limit, so that the answer is ours."""


class Servants(Protocol):
    """What runs for long: handed in by `__main__`."""

    def run(self, settings: Settings) -> int:
        """The daemon, until it is told to end; its exit code."""

    def demo(self, folder: Path | None, port: int) -> int:
        """The demonstration, until it is told to end; its exit code."""


def mount(app: typer.Typer, servants: Servants) -> None:
    """Add the commands, bound to what runs."""

    @app.command()
    def run(config: ConfigOption = DEFAULT_CONFIG) -> None:
        """Run the daemon; SIGTERM ends it cleanly, SIGHUP reloads its files."""
        with guarded():
            code = servants.run(loaded(config))
        raise typer.Exit(code)

    @app.command()
    def demo(
        folder: Annotated[Path | None, typer.Option(help="Where its files are kept; else a new folder.")] = None,
        port: Annotated[int, typer.Option(help="The internal page; the next four ports are used too.")] = 8990,
    ) -> None:
        """Run a demonstration: a real daemon, a stand-in vendor, a year of history, a breach, its letter."""
        with guarded():
            code = servants.demo(folder, port)
        raise typer.Exit(code)

    app.command()(init)
    app.command()(healthcheck)


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    contract: Annotated[str | None, typer.Option(help="The name of a shipped contract.")] = None,
) -> None:
    """Write files that `check` passes, then try each probe once; asks on a terminal."""
    import sys

    from uptime_daemon.desk.beginning import contracts_shipped, written

    names = contracts_shipped()
    chosen = contract
    if chosen is None and sys.stdin.isatty():
        chosen = typer.prompt(f"Contract ({', '.join(names)})", default=names[0])
    chosen = chosen or names[0]
    if chosen not in names:
        fail(f"there is no shipped contract {chosen!r}; the contracts are: {', '.join(names)}", Exit.MISTAKE)
    with guarded():
        for path in written(folder, chosen):
            typer.echo(f"wrote {path}")
        settings = loaded(folder / "uptime.yaml")
        for name, definition in settings.probes.items():
            _try_once(name, definition, settings)
    typer.echo(f"next: edit {folder / 'uptime.yaml'}, then uptime-daemon run --config {folder / 'uptime.yaml'}")


def _try_once(name: str, definition: ProbeDefinition, settings: Settings) -> None:
    import asyncio

    from uptime_daemon.trying.once import told, tried_once

    typer.echo(f"probe {name}: {told(asyncio.run(tried_once(definition, settings)))[0]}")


def healthcheck(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Ask the running daemon whether it is healthy; for containers. Exit code 1 if it is not."""
    import urllib.error
    import urllib.request

    with guarded():
        listen = loaded(config).listen
    host = "127.0.0.1" if listen.host in {"0.0.0.0", "::"} else listen.host  # noqa: S104 - asked, not bound
    try:
        with urllib.request.urlopen(
            f"http://{host}:{listen.port}/-/healthy", timeout=HEALTHCHECK_TIMEOUT_SECONDS
        ) as answer:
            typer.echo(answer.read().decode().strip())
    except (OSError, urllib.error.URLError) as trouble:
        fail(f"unhealthy: {trouble}", Exit.NO)
