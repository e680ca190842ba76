"""`incident ...`: what people write for the public page. It is news; no contract and no figure rests on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from uptime_daemon.cli.common import (
    DEFAULT_CONFIG,
    AtOption,
    ByOption,
    ConfigOption,
    DryRunOption,
    Format,
    FormatOption,
    author_name,
    guarded,
    instant_option,
    loaded,
    opened,
    print_rows,
)

if TYPE_CHECKING:
    from pathlib import Path

    from uptime_daemon.core.time.instants import Instant
    from uptime_daemon.desk.showing.incidents import Incident
    from uptime_daemon.settings.values import Settings
    from uptime_daemon.store.ports import Store

incidents = typer.Typer(help="News on the public status page.", no_args_is_help=True)

TextArgument = Annotated[str, typer.Argument(help="What people shall read.")]
StatusOption = Annotated[
    str, typer.Option("--status", help="investigating, identified, monitoring, resolved or postmortem.")
]


@incidents.command("open")
def open_incident(
    text: TextArgument,
    name: Annotated[str, typer.Option("--name", help="The incident's name.")],
    group: Annotated[list[str], typer.Option("--group", help="A group of probes it affects; may be repeated.")],
    status: StatusOption = "investigating",
    impact: Annotated[str, typer.Option("--impact", help="none, minor, major or critical.")] = "minor",
    by: ByOption = "",
    at: AtOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Tell of an incident that no measurement made."""
    _write(config, by, at, text, status, name=name, groups=group, impact=impact, dry_run=dry_run)


@incidents.command("update")
def update_incident(
    incident: Annotated[str, typer.Argument(help="The incident's id, as `incident list` shows it.")],
    text: TextArgument,
    status: StatusOption,
    by: ByOption = "",
    at: AtOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write news of an incident, measured or by hand."""
    _write(config, by, at, text, status, incident=incident, dry_run=dry_run)


@incidents.command("list")
def list_incidents(shape: FormatOption = Format.TABLE, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """The incidents of the last ninety days with their last news."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.core.time.instants import format_instant

    with guarded():
        settings = loaded(config)
        with opened(settings) as store:
            rows = [
                {
                    "incident": each.id,
                    "name": each.name,
                    "groups": " ".join(each.groups),
                    "impact": each.impact.value,
                    "status": each.status.value,
                    "started": format_instant(each.started_at),
                    "updated": format_instant(each.updated_at),
                }
                for each in _known(settings, store, SystemClock().now())
            ]
    print_rows(("incident", "name", "groups", "impact", "status", "started", "updated"), rows, shape)


def _known(settings: Settings, store: Store, now: Instant) -> tuple[Incident, ...]:
    from uptime_daemon.core.time.instants import DAY
    from uptime_daemon.core.time.spans import Span
    from uptime_daemon.desk.judging.judge import Judge
    from uptime_daemon.desk.showing.board import DAYS_SHOWN
    from uptime_daemon.desk.showing.incidents import known_incidents

    return known_incidents(Judge(settings, store), Span(now - DAYS_SHOWN * DAY, now))


def _write(
    config: Path,
    by: str,
    at: str | None,
    text: str,
    status: str,
    *,
    dry_run: bool,
    incident: str | None = None,
    name: str | None = None,
    groups: list[str] | None = None,
    impact: str = "minor",
) -> None:
    """Check one piece of news, record it and say what was recorded."""
    from uptime_daemon.clock import SystemClock
    from uptime_daemon.core.time.instants import format_instant
    from uptime_daemon.desk.intake.facts import Author
    from uptime_daemon.desk.showing.incidents import Impact, IncidentStatus, news, one_of

    with guarded():
        settings = loaded(config)
        with opened(settings, create=not dry_run) as store:
            now = SystemClock().now()
            fact = news(
                _known(settings, store, now),
                settings.groups,
                Author(by or author_name(), instant_option(at, now), now),
                text,
                one_of(IncidentStatus, status),
                incident=incident,
                name=name,
                affected=groups or (),
                impact=one_of(Impact, impact),
            )
            number = "not recorded (dry run)" if dry_run else f"fact {store.append_fact(fact)}"
            typer.echo(
                f"{number}: incident {fact.subject}: {fact.body['status']}, at {format_instant(fact.at)} by {fact.by}"
            )
